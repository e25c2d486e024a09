"""The consent ledger: how each person's consent was given, changed and taken back, in rows that never change.

What stands now is on the contact; a row is added here in the same write that changes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.store.engine import Store
from app.store.tables import consent, contact

KINDS: Final = ("given", "changed", "withdrawn")
#: What a contact keeps of a consent, and the name that a row here has for it.
COLUMNS: Final = {
    "consent_source": "source",
    "consent_wording": "wording",
    "consent_frequency": "frequency",
    "consent_until": "until",
    "consent_at": "given_at",
}
_CHUNK = 500  # bound variables in one statement


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. ``at`` is when it was noted, ``given_at`` the day that the consent is said to be of, ``until``
    when it ends; all in UTC seconds, None where not known."""

    id: int
    at: float
    kind: str
    source: str
    wording: str
    frequency: str
    until: float | None
    given_at: float | None
    operator: str

    def over(self, now: float) -> bool:
        """Whether this consent has expired."""
        return self.kind != "withdrawn" and self.until is not None and self.until <= now


def note(
    conn: sa.Connection,
    at: float,
    number: str,
    kind: str,
    *,
    source: str = "",
    wording: str = "",
    frequency: str = "",
    until: float | None = None,
    given_at: float | None = None,
    operator: str = "",
) -> None:
    """Add a row in the caller's transaction. ``at`` in UTC seconds, ``number`` in E.164."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind of consent: {kind!r}")
    row = {
        "number": number, "at": at, "kind": kind, "source": source, "wording": wording,
        "frequency": frequency, "until": until, "given_at": given_at, "operator": operator,
    }  # fmt: skip
    conn.execute(sa.insert(consent).values(row))


def note_change(
    conn: sa.Connection,
    at: float,
    number: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    operator: str = "",
) -> None:
    """The same, where a contact's columns were ``before`` and are ``after``; nothing where none changed."""
    row = change(at, number, before, after, operator)
    if row is not None:
        conn.execute(sa.insert(consent).values(row))


def change(
    at: float, number: str, before: Mapping[str, Any], after: Mapping[str, Any], operator: str = ""
) -> dict[str, Any] | None:
    """The row that :func:`note_many` takes for a contact's change; None where its consent is as it was."""
    old, new = _of(before), _of(after)
    if old == new:
        return None
    kind = "changed" if any(old.values()) else "given"
    if not any(new.values()):
        kind, new = "withdrawn", {**new, "source": "taken off the contact"}
    return {"number": number, "at": at, "kind": kind, "operator": operator, **new}


def _of(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: contact.get(column) or (None if name in ("until", "given_at") else "")
        for column, name in COLUMNS.items()
    }


def note_many(conn: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Add many rows at once."""
    if rows:
        conn.execute(sa.insert(consent), rows)


def withdraw_many(
    conn: sa.Connection, at: float, told: Sequence[Mapping[str, Any]], *, source: str, operator: str
) -> None:
    """Note that each of ``told`` (``number``, ``evidence``, ``said_at``) opted out."""
    row = {"at": at, "kind": "withdrawn", "source": source, "operator": operator}
    for start in range(0, len(told), _CHUNK):
        rows = [
            {"number": each["number"], "wording": each["evidence"], "given_at": each["said_at"], **row}
            for each in told[start : start + _CHUNK]
        ]
        conn.execute(sa.insert(consent), rows)


def of_number(store: Store, number: str, limit: int = 200) -> tuple[Entry, ...]:
    """The rows of one number (E.164), the newest first."""
    columns = (consent.c[name] for name in Entry.__dataclass_fields__)
    query = sa.select(*columns).where(consent.c.number == number).order_by(consent.c.id.desc()).limit(limit)
    with store.read() as conn:
        return tuple(Entry(*row) for row in conn.execute(query))


# -- what a consent carries ------------------------------------------------------------------------


def withdrawn_at(number: sa.ColumnElement[str]) -> sa.ScalarSelect[float | None]:
    """When the consent of ``number`` was taken back, as a part of a statement; NULL while it was not."""
    newest = sa.select(sa.func.max(consent.c.id)).where(consent.c.number == number).scalar_subquery()
    taken = sa.select(consent.c.at).where(consent.c.id == newest, consent.c.kind == "withdrawn")
    return taken.scalar_subquery()


def why_not(until: float | None, withdrawn: float | None, now: float) -> str:
    """Why a consent carries no campaign's text any more, as a sentence; "" where it does, or none is known.

    ``until`` is when it ends and ``withdrawn`` when it was taken back, both in UTC seconds.
    """
    if withdrawn is not None:
        return f"They took their consent back on {_day(withdrawn)}. {_ANEW}"
    if until is not None and until <= now:
        return f"Their consent ended on {_day(until)}. {_ANEW}"
    return ""


_ANEW: Final = "Note a new one on their page in Contacts, or skip them."


def _day(at: float) -> str:
    when = dt.datetime.fromtimestamp(at, dt.UTC)
    return f"{when.day} {when:%b} {when.year}"


def why_not_among(conn: sa.Connection, numbers: Sequence[str], now: float) -> dict[str, str]:
    """The same for many numbers (E.164); those whose consent carries a text are left out."""
    ended: dict[str, float] = {}
    taken: dict[str, float] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        over = sa.select(contact.c.number, contact.c.consent_until)
        over = over.where(contact.c.number.in_(some), contact.c.consent_until <= now)
        ended.update((row[0], row[1]) for row in conn.execute(over))
        newest = sa.select(sa.func.max(consent.c.id)).where(consent.c.number.in_(some))
        last = sa.select(consent.c.number, consent.c.at).where(
            consent.c.id.in_(newest.group_by(consent.c.number)), consent.c.kind == "withdrawn"
        )
        taken.update((row[0], row[1]) for row in conn.execute(last))
    return {each: why_not(ended.get(each), taken.get(each), now) for each in {*ended, *taken}}
