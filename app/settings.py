"""What a person chose, in ``settings.toml`` of the data folder; written whole and renamed into place."""

from __future__ import annotations

import dataclasses
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE_NAME = "settings.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings. ``country`` is ISO 3166 ("US"), "" until the first run is answered."""

    country: str = ""
    texter: str = ""
    organisation: str = ""
    theme: str = "system"  # system | light | dark
    notice_accepted: bool = False  # has read what a SIM's carrier may object to
    default_list_order: str = "file"
    grace_seconds: int = 0  # a click waits so long before its line may take it
    second_press: bool = False  # Send asks for a second press before it makes a click
    lead_every: int = 20  # after so many cards the desk leads to a waiting reply; 0: never
    go_on: bool = False  # Enter in the inbox sends and goes on to who waits longest; else Ctrl+Enter does
    break_minutes: int = 50  # of work without a pause until a break is suggested; 0: never
    lock_minutes: int = 15  # of idleness until the window locks; 0: never. Only where a passphrase is set
    notify: str = "somebody"  # what a desktop notification says: off | somebody | who
    notify_sound: bool = True
    quiet_until: float = 0.0  # UTC seconds: no notification and no sound before; -1: until it is ended
    silent_hours: bool = False  # no sound between the two, minutes of the day on this computer's clock
    silent_from: int = 21 * 60
    silent_to: int = 8 * 60
    window: str = ""  # where it stood when it was closed: left top width height [maximized]
    forward_masked: bool = True  # a text forwarded to one's own phone shows the end of its number alone

    @property
    def first_run_done(self) -> bool:
        """True once the questions that the program cannot do without are answered."""
        return bool(self.country and self.texter)


def load(folder: Path) -> Settings:
    """Read the settings; what is missing, unknown or of a wrong type keeps its default."""
    try:
        data: dict[str, Any] = tomllib.loads((folder / FILE_NAME).read_text("utf-8"))
    except (OSError, ValueError):  # not there, not TOML, or not UTF-8
        return Settings()
    known = {f.name: f for f in dataclasses.fields(Settings)}
    default = Settings()
    kept = {k: v for k, v in data.items() if k in known and type(v) is type(getattr(default, k))}
    return dataclasses.replace(default, **kept)


def save(folder: Path, settings: Settings) -> None:
    """Write the settings: to a new file, synced, then renamed, so that a crash leaves the old or the new."""
    import tomlkit  # only for writing; reading happens at every start

    document = tomlkit.document()
    for field in dataclasses.fields(settings):
        document[field.name] = getattr(settings, field.name)
    temporary = folder / (FILE_NAME + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(tomlkit.dumps(document))
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / FILE_NAME)
