"""One data folder, opened: what every screen and every line is handed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app import settings as settings_module
from app.clock import Clock, SystemClock
from app.operators import roles
from app.settings import Settings
from app.store.engine import Store, open_store


@dataclass(frozen=True, slots=True)
class PassphraseWish:
    """To set a passphrase ("" to remove it), which needs the database closed.

    ``remember``: the key is put into the desktop's keyring, so that this computer opens without asking.
    """

    passphrase: str = field(repr=False)
    remember: bool = False


@dataclass(slots=True)
class Workspace:
    """The store, the settings and the clock of one data folder."""

    folder: Path
    store: Store
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=SystemClock)
    #: What the database is encrypted with; None when no passphrase is set.
    key: bytes | None = field(default=None, repr=False)
    #: What is to be done to the passphrase once everything is closed.
    wanted: PassphraseWish | None = field(default=None, repr=False)
    #: The role of who is signed in; without profiles everybody is a manager.
    role: str = roles.MANAGER

    @property
    def encrypted(self) -> bool:
        """Whether a passphrase is set."""
        return self.key is not None

    @property
    def operator(self) -> str:
        """Who is texting."""
        return self.settings.texter

    def why_not(self, act: str) -> str:
        """Why who is signed in may not do ``act`` (of ``roles.MANAGERS_ONLY``), as a sentence; "" = may."""
        return roles.why_not(self.role, act)

    def change_settings(self, settings: Settings) -> None:
        """Keep and save new settings."""
        settings_module.save(self.folder, settings)
        self.settings = settings

    def close(self) -> None:
        """Close the store."""
        self.store.close()


def open_workspace(folder: Path, clock: Clock | None = None, key: bytes | None = None) -> Workspace:
    """Open the workspace in ``folder``; raises ``StoreError`` with a sentence for a person.

    ``key`` is needed where a passphrase is set: :func:`app.store.keys.unlock` gives it.
    """
    store = open_store(folder, key)
    return Workspace(folder, store, settings_module.load(folder), clock or SystemClock(), key)
