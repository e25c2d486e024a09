"""The own phones of who works here: where a text that somebody wrote can be forwarded to, and nowhere else.

Each person has one at most. They are kept in the database, since a number is nobody else's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.operators.profiles import clean
from app.people import numbers
from app.people.numbers import NumberError
from app.store.engine import Store, Unit
from app.store.tables import audit, contact, conversation, line, office_setting

KEY = "own_phones"
#: ``message.kind`` of a text that was forwarded.
FORWARD = "forward"
_LONGEST_NAME = 40


class PhoneError(ValueError):
    """A number that cannot be an own phone; the text is for a person. Nothing was changed."""


class SomebodysError(PhoneError):
    """The number is of somebody whom this office texts: a person must say that it is theirs."""


@dataclass(frozen=True, slots=True)
class Phone:
    """An own phone. ``sure``: its owner said so although the number is a contact's or has a conversation."""

    number: str
    sure: bool = False

    @property
    def display(self) -> str:
        """The number as people read it."""
        return numbers.display(self.number)


def of(conn: sa.Connection, who: int | None) -> Phone | None:
    """The phone of the operator with that id (None where nobody is asked); None where there is none."""
    found = _load(conn).get(str(who or 0))
    return None if found is None else Phone(str(found["number"]), bool(found.get("sure")))


def get(store: Store, who: int | None) -> Phone | None:
    """The same, read from the store."""
    with store.read() as conn:
        return of(conn, who)


def save(
    store: Store, clock: Clock, who: int | None, raw: str, country: str, operator: str, *, sure: bool = False
) -> Phone | None:
    """Keep a number as somebody's own phone; an empty one takes it away, and gives None.

    Raises :class:`PhoneError` for what is no number or is one of our lines', and :class:`SomebodysError` for
    the number of a person whom this office texts, unless ``sure``: a slip of one digit would send one
    person's words to another.
    """
    if not raw.strip():
        with store.write() as unit:
            _put(unit, clock, who, None, operator)
        return None
    try:
        number = numbers.parse(raw, country)
    except NumberError as error:
        raise PhoneError(f"{error} Write it with its country code, as in +1 312 555 0187.") from error
    with store.write() as unit:
        if number in _of_lines(unit.conn, country):
            raise PhoneError("This is the number of one of the lines here. A text to it would come back in.")
        theirs = _somebodys(unit.conn, number)
        if theirs and not sure:
            raise SomebodysError(
                f"This number is {theirs}: what others write would go there. Is it your own phone?"
            )
        phone = Phone(number, sure=bool(theirs))
        _put(unit, clock, who, phone, operator)
    return phone


def contacts(conn: sa.Connection, number: str) -> str:
    """Whose a number is among the contacts: "Ana Ruiz's", "a contact's"; "" for nobody's."""
    name = conn.execute(sa.select(contact.c.name).where(contact.c.number == number)).scalar()
    if name is None:
        return ""
    return f"{clean(name)[:_LONGEST_NAME]}'s" if clean(name) else "a contact's"


def _somebodys(conn: sa.Connection, number: str) -> str:
    """The same, or that somebody wrote from it."""
    theirs = contacts(conn, number)
    if theirs:
        return theirs
    wrote = sa.select(conversation.c.id).where(
        conversation.c.number == number, conversation.c.last_in_at.is_not(None)
    )
    return "that of a conversation here" if conn.execute(wrote).first() is not None else ""


def is_own(conn: sa.Connection, row: Mapping[Any, Any]) -> bool:
    """Whether a row of ``message`` is forwarded to a phone that is somebody's own now. The gate asks this."""
    if row["kind"] != FORWARD:
        return False
    return any(found["number"] == row["number"] for found in _load(conn).values())


def _of_lines(conn: sa.Connection, country: str) -> set[str | None]:
    stored = conn.execute(sa.select(line.c.number).where(line.c.number != "")).scalars()
    return {numbers.same_number(each, country) for each in stored}


def _load(conn: sa.Connection) -> dict[str, dict[str, Any]]:
    """By the operator's id; what cannot be read counts as none."""
    stored = conn.execute(sa.select(office_setting.c.value).where(office_setting.c.key == KEY)).scalar()
    try:
        rows = json.loads(stored) if stored else {}
        return {str(who): row for who, row in rows.items() if isinstance(row["number"], str)}
    except (ValueError, TypeError, AttributeError, KeyError):
        return {}


def _put(unit: Unit, clock: Clock, who: int | None, phone: Phone | None, operator: str) -> None:
    rows = _load(unit.conn)
    if phone is None:
        rows.pop(str(who or 0), None)
    else:
        rows[str(who or 0)] = {"number": phone.number, "sure": phone.sure}
    o, value = office_setting, json.dumps(rows)
    if not unit.conn.execute(sa.update(o).where(o.c.key == KEY).values(value=value)).rowcount:
        unit.conn.execute(sa.insert(o).values(key=KEY, value=value))
    action = "own phone set" if phone is not None else "own phone removed"
    detail = f"ends in {phone.number[-4:]}" if phone is not None else ""
    unit.conn.execute(
        sa.insert(audit).values(at=clock.now(), operator=operator, action=action, detail=detail)
    )
