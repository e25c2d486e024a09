"""One data folder, opened: what every screen and every line is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from app import settings as settings_module
from app.clock import Clock, SystemClock
from app.operators import profiles, roles
from app.operators.profiles import Profile
from app.settings import Settings
from app.store.engine import Store, open_store

if TYPE_CHECKING:
    from app.operators.room import Room


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
    #: Who is signed in; None where nobody is asked, or nobody is there yet.
    signed_in: Profile | None = None
    #: Everybody who works here, as last read.
    people: tuple[Profile, ...] = ()
    #: What a manager allows a texter at this moment.
    allowed_once: str = ""
    #: Makes the room for the training: an own workspace with emulated people. The composition root sets it.
    training_room: Callable[[], Room] | None = None
    #: Makes the room in which the campaign of an id is tried on the emulator.
    rehearsal_room: Callable[[int], Room] | None = None

    @property
    def encrypted(self) -> bool:
        """Whether a passphrase is set."""
        return self.key is not None

    @property
    def operator(self) -> str:
        """Who is texting."""
        return self.signed_in.name if self.signed_in is not None else self.settings.texter

    @property
    def asks_who(self) -> bool:
        """Whether the window has to ask who is there."""
        return profiles.asks_who(self.people)

    def read_people(self) -> tuple[Profile, ...]:
        """Read again who works here; the first person is whom the settings name.

        Who is signed in keeps their place, with the name and the role that they have now. Where nobody is
        asked, the one person is there and may do what their role allows.
        """
        self.people = people = profiles.ensure_first(self.store, self.clock, self.settings.texter)
        here = self.signed_in
        if here is not None:
            self.sign_in(next((each for each in people if each.id == here.id), here))
        elif not self.asks_who:
            self.sign_in(next((each for each in people if each.active), None))
        return people

    def sign_in(self, who: Profile | None) -> None:
        """From now on this is who works here; None for nobody."""
        self.signed_in = who
        nobody = roles.TEXTER if self.asks_who else roles.MANAGER
        self.role = who.role if who is not None else nobody

    def why_not(self, act: str) -> str:
        """Why who is signed in may not do ``act`` (of ``roles.MANAGERS_ONLY``), as a sentence; "" = may."""
        return "" if act and act == self.allowed_once else roles.why_not(self.role, act)

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
    clock = clock or SystemClock()
    _finish_erasing(store, clock)
    return Workspace(folder, store, settings_module.load(folder), clock, key)


def _finish_erasing(store: Store, clock: Clock) -> None:
    """Carry on where somebody was erased and the program ended before all of it was done."""
    query = "SELECT 1 FROM office_setting WHERE key IN ('scrub due', 'erasures begun')"
    with store.read() as conn:
        due = conn.exec_driver_sql(query).first()
    if due is not None:
        from app.people import privacy

        privacy.resume(store, clock)
