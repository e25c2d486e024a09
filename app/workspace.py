"""One data folder, opened: what every screen and every line is handed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app import settings as settings_module
from app.clock import Clock, SystemClock
from app.settings import Settings
from app.store.engine import Store, open_store


@dataclass(slots=True)
class Workspace:
    """The store, the settings and the clock of one data folder."""

    folder: Path
    store: Store
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=SystemClock)

    @property
    def operator(self) -> str:
        """Who is texting."""
        return self.settings.texter

    def change_settings(self, settings: Settings) -> None:
        """Keep and save new settings."""
        settings_module.save(self.folder, settings)
        self.settings = settings

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def open_workspace(folder: Path, clock: Clock | None = None) -> Workspace:
    """Open the workspace in ``folder``; raises ``StoreError`` with a sentence for a person."""
    store = open_store(folder)
    return Workspace(folder, store, settings_module.load(folder), clock or SystemClock())
