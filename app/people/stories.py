"""The whole story of a number on the opt-out list: each act with its words, who did it, what stands now."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.people import examining, holds, ledger, optouts
from app.people.holds import Hold
from app.store import tables as t
from app.store.engine import Store

#: A row of the list and its row in the ledger are of one write, so their times are the same.
_SAME = 0.001


@dataclass(frozen=True, slots=True)
class Step:
    """One act. ``at`` in UTC seconds; ``action`` of ``ledger.ACTIONS``; ``said`` their words or how it was
    said, and ``said_at`` when, where that was earlier; ``why`` the reason that was typed, or the rule's, and
    ``shown_by`` what shows it; "" where nothing is known or the person was erased."""

    at: float
    action: str
    source: str = ""
    operator: str = ""
    said: str = ""
    rule: str = ""
    why: str = ""
    shown_by: str = ""
    said_at: float | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """``steps`` the newest first. ``out``: nothing may be sent; ``hold``: a person has to decide first;
    ``erased``: only a keyed hash is known of them."""

    number: str
    name: str = ""
    out: bool = False
    hold: Hold | None = None
    erased: bool = False
    steps: tuple[Step, ...] = ()


def of_number(store: Store, number: str, now: float) -> Story:
    """Everything that the list knows of ``number`` (E.164) at ``now``."""
    known = ledger.story(store, number)
    with store.read() as conn:
        name = conn.execute(sa.select(t.contact.c.name).where(t.contact.c.number == number)).scalar() or ""
        told = [*_of_opt_outs(conn, number), *_of_holds(conn, number)]
        out = optouts.active(conn, number)
        erased = bool(ledger.erased_among(conn, (number,)))
        hold = None if out else holds.of_number(conn, number, now)
    steps = [_with_words(entry, told) for entry in known]
    # Rows from before the ledger was kept stand on the list alone.
    steps += [each for each in told if not any(_is_of(each, entry) for entry in known)]
    order = sorted(range(len(steps)), key=lambda place: (steps[place].at, place), reverse=True)
    return Story(number, name, out, hold, erased, tuple(steps[place] for place in order))


def _of_opt_outs(conn: sa.Connection, number: str) -> list[Step]:
    o = t.opt_out.c
    found = []
    for row in conn.execute(sa.select(t.opt_out).where(o.number == number).order_by(o.id)):
        found.append(
            Step(row.created_at, "out", row.source, row.operator, row.evidence, row.rule, said_at=row.said_at)
        )
        if row.lifted_at is not None:
            by_text = row.lifted_source == "sms"
            words = {"said": row.lifted_reason} if by_text else {"why": row.lifted_reason}
            words["shown_by"] = row.lifted_evidence
            found.append(Step(row.lifted_at, "in", row.lifted_source, row.lifted_by, **words))
    return found


def _of_holds(conn: sa.Connection, number: str) -> list[Step]:
    h = t.hold.c
    found = []
    for row in conn.execute(sa.select(t.hold).where(h.number == number).order_by(h.id)):
        found.append(Step(row.created_at, "held", "sms", "", row.said, row.rule, row.why))
        if row.decision == "kept":
            found.append(Step(row.decided_at, "kept", "operator", row.decided_by))
    return found


def _is_of(step: Step, entry: ledger.Entry) -> bool:
    return step.action == entry.action and abs(step.at - entry.at) < _SAME


def _with_words(entry: ledger.Entry, told: list[Step]) -> Step:
    """A row of the ledger, which has the words as a hash alone, with the words that the list has."""
    step = Step(entry.at, entry.action, entry.source.removesuffix(examining.CARRIED), entry.operator)
    match = next((each for each in told if _is_of(each, entry)), None)
    return step if match is None else replace(match, at=step.at, source=step.source, operator=step.operator)
