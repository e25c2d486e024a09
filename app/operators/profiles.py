"""Who works with this program: names, roles and PINs.

An installation with one person and no PIN never asks anything: its one operator is who the settings name.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.operators import pins
from app.operators.roles import MANAGER, TEXTER
from app.store.engine import Store, Unit
from app.store.tables import audit, operator

MAX_NAME = 60
#: More people than any counter has; what comes from elsewhere may not fill the list of names.
MAX_PEOPLE = 200


class OperatorError(Exception):
    """It cannot be done; the text says why, and that nothing was changed."""


class WrongPinError(OperatorError):
    """The PIN is wrong, or it is too soon for another try. ``wait`` is seconds until one counts."""

    def __init__(self, words: str, wait: float = 0.0) -> None:
        super().__init__(words)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Profile:
    """One person who works here."""

    id: int
    name: str
    role: str = MANAGER
    has_pin: bool = False
    active: bool = True


def everyone(store: Store) -> tuple[Profile, ...]:
    """All of them: who is active first, then by name."""
    with store.read() as conn:
        return read(conn)


def read(conn: sa.Connection) -> tuple[Profile, ...]:
    """As :func:`everyone`."""
    rows = conn.execute(sa.select(operator)).mappings()
    found = [_profile(row) for row in rows]
    return tuple(sorted(found, key=lambda each: (not each.active, key_of(each.name))))


def asks_who(people: tuple[Profile, ...]) -> bool:
    """Whether the window asks who is there: with several active people, or where one has a PIN."""
    active = [each for each in people if each.active]
    return len(active) > 1 or any(each.has_pin for each in active)


def ensure_first(store: Store, clock: Clock, name: str) -> tuple[Profile, ...]:
    """Everybody, with the person of the settings as the first of them.

    While there is one person alone, that person is whom the settings name, also after these changed.
    """
    name = clean(name)
    people = everyone(store)
    if name and not people:
        with store.write() as unit:
            unit.conn.execute(sa.insert(operator).values(name=name, created_at=clock.now(), role=MANAGER))
        return everyone(store)
    if name and len(people) == 1 and people[0].name != name:
        with store.write() as unit:
            unit.conn.execute(sa.update(operator).where(operator.c.id == people[0].id).values(name=name))
            note(unit, clock, name, "operator renamed", f"{people[0].name} is now {name}")
        return everyone(store)
    return people


# -- changing -------------------------------------------------------------------------------------


def add(store: Store, clock: Clock, name: str, role: str = TEXTER, *, pin: str = "", by: str = "") -> Profile:
    """A new person. Raises ``OperatorError`` for a name that is taken, a bad PIN or too many people."""
    name = _wanted_name(name)
    kept = _hash(pin)
    with store.write() as unit:
        people = read(unit.conn)
        _check_free(people, name, None)
        if len(people) >= MAX_PEOPLE:
            raise OperatorError(f"There are {MAX_PEOPLE} people already. Nothing was added.")
        result = unit.conn.execute(
            sa.insert(operator).values(
                name=name, created_at=clock.now(), role=_role(role), pin_hash=kept, active=True
            )
        )
        key = result.inserted_primary_key
        assert key is not None
        note(unit, clock, by, "operator added", f"{name}: {role}{', with a PIN' if pin else ''}")
        return Profile(int(key[0]), name, role, bool(pin), True)


def change(
    store: Store,
    clock: Clock,
    operator_id: int,
    *,
    name: str | None = None,
    role: str | None = None,
    active: bool | None = None,
    by: str = "",
) -> Profile:
    """Change what is not None. Raises ``OperatorError`` where no active manager would be left.

    What somebody did keeps the name that they had then.
    """
    with store.write() as unit:
        people = read(unit.conn)
        old = _find(people, operator_id)
        values: dict[str, Any] = {}
        if name is not None and _wanted_name(name) != old.name:
            values["name"] = _wanted_name(name)
            _check_free(people, values["name"], old.id)
        if role is not None and _role(role) != old.role:
            values["role"] = role
        if active is not None and active != old.active:
            values["active"] = active
        if not values:
            return old
        new = Profile(
            old.id,
            values.get("name", old.name),
            values.get("role", old.role),
            old.has_pin,
            values.get("active", old.active),
        )
        _check_manager_left(people, new)
        unit.conn.execute(sa.update(operator).where(operator.c.id == old.id).values(**values))
        note(unit, clock, by, "operator changed", f"{old.name}: {_words(old, new)}")
        return new


def set_pin(store: Store, clock: Clock, operator_id: int, pin: str, *, by: str = "") -> None:
    """Give a PIN, or take it away with "". Wrong tries are forgotten. Raises ``OperatorError``."""
    kept = _hash(pin)
    with store.write() as unit:
        who = _find(read(unit.conn), operator_id)
        unit.conn.execute(
            sa.update(operator)
            .where(operator.c.id == operator_id)
            .values(pin_hash=kept, tries=0, tried_at=None)
        )
        note(unit, clock, by, "PIN set" if pin else "PIN removed", who.name)


# -- who is there ---------------------------------------------------------------------------------


def check_pin(store: Store, clock: Clock, operator_id: int, pin: str) -> Profile:
    """The person, if ``pin`` is theirs. Raises ``WrongPinError``, ``OperatorError`` when they left.

    A try is counted before it is looked at, so that nothing that dies in between is a free one.
    """
    with store.write() as unit:
        row = unit.conn.execute(sa.select(operator).where(operator.c.id == operator_id)).mappings().first()
        if row is None or not row["active"]:
            raise OperatorError("This person does not work here any more. Choose another name.")
        if not row["pin_hash"]:
            return _profile(row)
        wait = pins.wait_for(row["tries"], row["tried_at"], clock.now())
        if wait > 0:
            raise WrongPinError(_too_soon(wait), wait)
        tries = row["tries"] + 1
        unit.conn.execute(
            sa.update(operator).where(operator.c.id == operator_id).values(tries=tries, tried_at=clock.now())
        )
    if pins.matches(pin, row["pin_hash"]):
        with store.write() as unit:
            unit.conn.execute(
                sa.update(operator).where(operator.c.id == operator_id).values(tries=0, tried_at=None)
            )
        return _profile(row)
    wait = pins.wait_for(tries, clock.now(), clock.now())
    if wait > 0:
        with store.write() as unit:
            detail = f"{row['name']}: {tries} wrong PINs, the next try waits {math.ceil(wait)} s"
            note(unit, clock, row["name"], "PIN wait", detail)
        raise WrongPinError(f"This PIN is wrong. {_too_soon(wait)}", wait)
    left = pins.FREE_TRIES - tries
    after = f"{left} more {'try' if left == 1 else 'tries'} before there is a wait."
    raise WrongPinError(f"This PIN is wrong. {after}")


def signed_in(store: Store, clock: Clock, who: Profile) -> None:
    """Write down that somebody signed in."""
    with store.write() as unit:
        note(unit, clock, who.name, "signed in", who.role)


def allowed_once(store: Store, clock: Clock, manager: Profile, texter: str, what: str) -> None:
    """Write down that a manager let a texter do one thing."""
    with store.write() as unit:
        note(unit, clock, manager.name, "allowed once", f"{texter or 'a texter'} may {what}")


def manager_of(store: Store, name: str) -> Profile:
    """The active manager called ``name``. Raises ``OperatorError`` when there is none."""
    wanted = key_of(name)
    for each in everyone(store):
        if each.active and key_of(each.name) == wanted:
            if each.role != MANAGER:
                raise OperatorError(f"{each.name} is a texter. Only a manager may do this.")
            return each
    raise OperatorError(f"Nobody called {clean(name)[:MAX_NAME]!r} works here.")


# -- parts ----------------------------------------------------------------------------------------


def clean(name: str) -> str:
    """A name as it is kept: one line, one space between words, no invisible signs."""
    seen = "".join(" " if char.isspace() else char for char in unicodedata.normalize("NFC", name))
    return " ".join("".join(char for char in seen if unicodedata.category(char)[0] != "C").split())


def key_of(name: str) -> str:
    """What two spellings of one name have in common."""
    return unicodedata.normalize("NFKC", clean(name)).casefold()


def note(unit: Unit, clock: Clock, by: str, action: str, detail: str) -> None:
    """One line of the audit trail. Never a PIN."""
    unit.conn.execute(
        sa.insert(audit).values(at=clock.now(), operator=by, action=action, detail=detail[:500])
    )


def _profile(row: Any) -> Profile:
    return Profile(row["id"], row["name"], row["role"], bool(row["pin_hash"]), bool(row["active"]))


def _find(people: tuple[Profile, ...], operator_id: int) -> Profile:
    for each in people:
        if each.id == operator_id:
            return each
    raise OperatorError("This person is no longer in the list. Nothing was changed.")


def _wanted_name(name: str) -> str:
    name = clean(name)
    if not name:
        raise OperatorError("Type a name.")
    if len(name) > MAX_NAME:
        raise OperatorError(f"A name has at most {MAX_NAME} letters. Nothing was changed.")
    return name


def _check_free(people: tuple[Profile, ...], name: str, but: int | None) -> None:
    for each in people:
        if each.id != but and key_of(each.name) == key_of(name):
            where = "" if each.active else ", who left; let them come back instead"
            raise OperatorError(f"There is a {each.name} already{where}. Add something to tell them apart.")


def _check_manager_left(people: tuple[Profile, ...], new: Profile) -> None:
    after = [new if each.id == new.id else each for each in people]
    if not any(each.active and each.role == MANAGER for each in after):
        raise OperatorError(
            f"{new.name} is the last manager. Nothing was changed. Make somebody else a manager first."
        )


def _role(role: str) -> str:
    if role not in (MANAGER, TEXTER):
        raise OperatorError(f"There is no role {role[:20]!r}.")
    return role


def _hash(pin: str) -> str:
    problem = pins.problem(pin) if pin else ""
    if problem:
        raise OperatorError(problem)
    return pins.make_hash(pin) if pin else ""


def _too_soon(wait: float) -> str:
    return f"After so many wrong tries the next one waits {math.ceil(wait)} seconds."


def _words(old: Profile, new: Profile) -> str:
    said = []
    if new.name != old.name:
        said.append(f"is now called {new.name}")
    if new.role != old.role:
        said.append(f"is now a {new.role}")
    if new.active != old.active:
        said.append("works here again" if new.active else "works here no more")
    return ", ".join(said)
