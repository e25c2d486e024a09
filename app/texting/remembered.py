"""What is remembered of a SIM: its PIN in the desktop's keyring, its balance in the database."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from app.store.engine import Store
from app.store.tables import sim
from modem.api import LineState
from modem.errors import NotReadyError

_CODE = re.compile(r"[0-9*#+]{1,182}", re.ASCII)
_NOTHING: tuple[str, str, int | None] = ("", "", None)
_NAMELESS = (
    "The PIN was right, but it is not remembered: before the PIN this modem does not tell which SIM it has "
    "or how many tries are left, and without that p2ptext enters none by itself."
)
_KEPT_CHARACTERS = 500


class Secrets(Protocol):
    """The keyring, as ``app.secrets.Secrets`` is."""

    @property
    def available(self) -> bool: ...

    @property
    def why(self) -> str: ...

    def get(self, name: str) -> str: ...

    def put(self, name: str, value: str) -> bool: ...

    def forget(self, name: str) -> None: ...


class NoSecrets:
    """The keyring of a program that was given none."""

    available = False
    why = "This program was started without a keyring, so PINs and passwords are asked for each time."

    def get(self, name: str) -> str:
        """Nothing is kept."""
        return ""

    def put(self, name: str, value: str) -> bool:
        """Nothing is kept."""
        return False

    def forget(self, name: str) -> None:
        """Nothing is kept."""


class Pins:
    """Remembered PINs. Each is entered by itself once at most while the program runs, and no last try."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self._used: set[str] = set()
        self._refused: set[tuple[str, bytes]] = set()  # (SIM, digest of a PIN that it did not take)
        self._lock = threading.Lock()

    def take(self, error: NotReadyError) -> str:
        """The PIN to enter for a SIM that asks for it; "" to ask the person.

        Nothing is entered where the SIM or its tries are not known, or only one try is left.
        """
        if error.state != LineState.NEEDS_PIN or not error.iccid or (error.tries or 0) <= 1:
            return ""
        with self._lock:
            if error.iccid in self._used:
                return ""
            self._used.add(error.iccid)
        return self._secrets.get(_name(error.iccid))

    def refuse(self, sim: str, pin: str) -> None:
        """A SIM did not take a PIN that a person typed: it is not entered there again."""
        with self._lock:
            self._refused.add((sim, _digest(pin)))

    def was_refused(self, sim: str, pin: str) -> bool:
        """Whether it did not take this one before, while the program runs."""
        with self._lock:
            return (sim, _digest(pin)) in self._refused

    def anew(self, sim: str) -> None:
        """Its tries came back, so it was opened elsewhere and may have another PIN by now."""
        with self._lock:
            self._refused = {each for each in self._refused if each[0] != sim}

    def forget(self, iccid: str) -> None:
        """It was refused."""
        self._secrets.forget(_name(iccid))

    def keep(self, iccid: str, pin: str) -> str:
        """Remember a PIN that the SIM has taken. Returns what went wrong, "" for nothing."""
        with self._lock:
            self._used.discard(iccid)
        if iccid and self._secrets.put(_name(iccid), pin):
            return ""
        why = self._secrets.why if iccid else "The modem does not tell which SIM it has."
        return f"The PIN was right, but it is not remembered. {why}".strip()


AGAIN = "The SIM refused this PIN before, so it was not entered again."


class PinEntry:
    """The PIN for one line's next attempt: typed by a person, or a remembered one that enters itself once."""

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self._typed = self._remembered = ""
        self._keep = ""  # to be remembered when the SIM has taken it
        self._entering = ""  # the SIM whose remembered PIN is being entered
        self._entered = False  # a PIN was given to this attempt
        # What became of the last PIN, of which SIM with how many tries: it stays to be read while that holds.
        self._told = _NOTHING
        self._nameless = False  # the locked SIM did not tell what a PIN that enters itself needs
        self._sim = f"entry {id(self)}"  # as the last refusal told
        self._tries: int | None = None
        self._given = ""  # the typed PIN of this attempt
        self._again = False  # one that the SIM refused before was typed, and is not entered

    def type(self, pin: str, remember: bool) -> None:
        """A person typed it. From any thread."""
        self._typed, self._keep = pin, pin if remember else ""

    @property
    def by_itself(self) -> bool:
        """Whether a remembered PIN waits for the next attempt."""
        return bool(self._remembered)

    def take(self) -> str | None:
        """The PIN for this attempt, None for none. It is given once."""
        typed, self._typed = self._typed, ""
        self._again = bool(typed) and self._pins.was_refused(self._sim, typed)
        self._given = typed = "" if self._again else typed
        remembered, self._remembered = self._remembered, ""
        if typed or not remembered:
            self._entering = ""
        self._entered = bool(typed or remembered)
        return typed or remembered or None

    def accepted(self, iccid: str, told: Callable[[str], None]) -> None:
        """The SIM is open. The line does not wait for the keyring; ``told`` gets what failed."""
        pin, self._keep, self._entering, self._told = self._keep, "", "", _NOTHING
        self._tries, self._given = None, ""
        nameless, self._nameless = self._nameless, False
        if not pin:
            return

        def keep() -> None:
            told(_NAMELESS if nameless else self._pins.keep(iccid, pin))

        threading.Thread(target=keep, name="remember-pin", daemon=True).start()

    def refused(self, error: NotReadyError) -> str:
        """The SIM is not open: the sentence for people. A remembered PIN that was wrong is forgotten."""
        entered, self._entering = self._entering, ""
        self._note_refusal(error)
        if not self._typed:
            self._keep = ""
        self._nameless = not error.iccid or error.tries is None
        if self._entered and error.state in (LineState.NEEDS_PIN.value, LineState.NEEDS_PUK.value):
            if entered:
                self._pins.forget(entered)
            said = f"The remembered PIN was not taken; it is forgotten. {error}" if entered else str(error)
            self._told = (said, error.iccid, error.tries)
            return said
        if self._again:
            self._again = False
            self._told = (f"{AGAIN} {error}", error.iccid, error.tries)
            return self._told[0]
        if not self._typed and (remembered := self._pins.take(error)):
            self._remembered, self._entering = remembered, error.iccid
        if error.state != LineState.NEEDS_PIN.value or self._told[1:] != (error.iccid, error.tries):
            self._told = _NOTHING
        return self._told[0] or str(error)

    def _note_refusal(self, error: NotReadyError) -> None:
        """Keep what is known of the SIM, and a typed PIN that cost a try."""
        before, given = self._tries, self._given
        self._sim, self._tries, self._given = error.iccid or self._sim, error.tries, ""
        if before is not None and error.tries is not None and error.tries > before:
            self._pins.anew(self._sim)
        cost = error.tries is None or (before is not None and error.tries < before)
        if given and error.state == LineState.NEEDS_PIN.value and cost:
            self._pins.refuse(self._sim, given)


def _digest(pin: str) -> bytes:
    return hashlib.sha256(pin.encode()).digest()


def _name(iccid: str) -> str:
    return f"pin:{iccid}"


@dataclass(frozen=True, slots=True)
class Balance:
    """What is known of a SIM's balance. ``at`` in UTC epoch seconds, None when it was never asked."""

    code: str = ""
    text: str = ""
    at: float | None = None


def good_code(text: str) -> str:
    """A USSD code without spaces. Raises ``ValueError`` for what is none (22.030 6.5.2)."""
    code = "".join(text.split())
    if _CODE.fullmatch(code) is None:
        raise ValueError("A code has digits, * and # only, such as *100#. Your operator tells yours.")
    return code


def balance(conn: sa.Connection, iccid: str) -> Balance:
    """What is kept of the SIM's balance."""
    if not iccid:
        return Balance()
    row = conn.execute(sa.select(sim).where(sim.c.iccid == iccid)).mappings().first()
    return Balance() if row is None else Balance(row["balance_code"], row["balance_text"], row["balance_at"])


def keep_code(store: Store, iccid: str, code: str) -> None:
    """Remember the code that asks for the balance of this SIM."""
    _put(store, iccid, balance_code=code)


def keep_answer(store: Store, iccid: str, text: str, at: float) -> None:
    """Remember the operator's last answer, cut where it is longer than any balance."""
    _put(store, iccid, balance_text=" ".join(text.split())[:_KEPT_CHARACTERS], balance_at=at)


def _put(store: Store, iccid: str, **values: object) -> None:
    if not iccid:
        return
    with store.write() as unit:
        there = unit.conn.execute(sa.select(sim.c.iccid).where(sim.c.iccid == iccid)).first()
        if there is None:
            unit.conn.execute(sa.insert(sim).values(iccid=iccid, **values))
        else:
            unit.conn.execute(sa.update(sim).where(sim.c.iccid == iccid).values(**values))
