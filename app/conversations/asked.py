"""What to ask a person next: the questions that their answers led to, the text that follows, a suggestion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from app.campaigns import merging, script, templates
from app.campaigns.merging import Merged, Merger, Person
from app.campaigns.script import Question, Script
from app.campaigns.wordings import FIRST, Wording
from app.clock import Clock
from app.conversations import suggesting
from app.conversations.answers import Given, standing
from app.store.engine import Store
from app.store.tables import campaign, contact, message, question

#: The states of a first message that left, or may have.
_LEFT = ("sending", "sent", "unknown")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands with one person.

    ``text`` is what its answer brings, merged for them; ``missing`` names the fields it lacks instead.
    ``suggested`` is the option that their last text speaks for, ``offer`` a number that it has.
    """

    question: Question
    answer: Given | None = None
    text: str = ""
    missing: tuple[str, ...] = ()
    suggested: int | None = None
    offer: str = ""

    @property
    def opts_out(self) -> bool:
        """Whether the answer given asks to be taken out."""
        option = self.question.option(self.answer.option_id) if self.answer is not None else None
        return option is not None and option.opts_out


@dataclass(frozen=True, slots=True)
class Sheet:
    """A campaign's script with one person. ``asked``: what was asked and is to be asked, in order."""

    campaign_id: int
    name: str
    number: str
    asked: tuple[Asked, ...] = ()

    @property
    def turn(self) -> int:
        """The place of the question whose turn it is: the first without an answer, else the last."""
        open_ones = (place for place, each in enumerate(self.asked) if each.answer is None)
        return next(open_ones, len(self.asked) - 1)

    @property
    def opts_out(self) -> bool:
        """Whether one of the answers asks to be taken out."""
        return any(each.opts_out for each in self.asked)

    def find(self, question_id: int) -> Asked | None:
        """One of the questions."""
        return next((each for each in self.asked if each.question.id == question_id), None)


def campaigns(conn: sa.Connection, number: str) -> tuple[tuple[int, str], ...]:
    """(id, name) of the campaigns with a script whose first message went to ``number``, the newest first."""
    m = message.c
    has = sa.select(question.c.id).where(
        question.c.campaign_id == campaign.c.id, question.c.removed_at.is_(None)
    )
    rows = conn.execute(
        sa.select(campaign.c.id, campaign.c.name)
        .join(message, m.campaign_id == campaign.c.id)
        .where(
            m.number == number,
            m.direction == "out",
            m.claimed_at.is_not(None),
            m.state.in_(_LEFT),
            m.kind == "first",
            has.exists(),
        )
        .group_by(campaign.c.id)
        .order_by(sa.func.max(m.claimed_at).desc(), campaign.c.id.desc())
    )
    return tuple((int(key), str(name)) for key, name in rows)


def current(store: Store, clock: Clock, campaign_id: int, number: str) -> Sheet | None:
    """What a campaign's script has for ``number`` (E.164); None where the campaign is gone."""
    with store.read() as conn:
        return read(conn, clock.now(), campaign_id, number)


def read(conn: sa.Connection, now: float, campaign_id: int, number: str) -> Sheet | None:
    """The same within a transaction."""
    row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        return None
    found = script.load(conn, campaign_id)
    answers = standing(conn, campaign_id, number)
    asked = [Asked(each, answers.get(each.id)) for each in in_turn(found, answers)]
    merge = _Merge(conn, row, number, now)
    asked = [merge.with_text(each) for each in asked]
    sheet = Sheet(campaign_id, row["name"], number, tuple(asked))
    return _with_suggestion(conn, sheet, answers)


def in_turn(found: Script, answers: dict[int, Given]) -> tuple[Question, ...]:
    """The first question and those that the answers lead to; then what was answered beside that way."""
    chain: dict[int, Question] = {}
    here = found.first
    while here is not None and here.id not in chain:
        chain[here.id] = here
        given = answers.get(here.id)
        here = found.get(_next(here, given)) if given is not None else None
    beside = (each for each in found.questions if each.id in answers and each.id not in chain)
    return (*chain.values(), *beside)


def _next(here: Question, given: Given) -> int | None:
    option = here.option(given.option_id)
    return option.next_id if option is not None else here.next_id


class _Merge:
    """Merges what answers bring for one person."""

    def __init__(self, conn: sa.Connection, row: Any, number: str, now: float) -> None:
        self._row, self._now = row, now
        self._person = person(conn, number)

    def with_text(self, each: Asked) -> Asked:
        if each.answer is None:
            return each
        option = each.question.option(each.answer.option_id)
        text = option.next_text if option is not None else each.question.next_text
        merged = one(text, self._row, self._person, self._now)
        return replace(each, text=merged) if isinstance(merged, str) else replace(each, missing=merged)


def person(conn: sa.Connection, number: str) -> Person:
    """The contact of ``number`` as merging needs them; one who is no contact has their number alone."""
    columns = (sa.literal(0), *merging.COLUMNS[1:])
    row = conn.execute(sa.select(*columns).where(contact.c.number == number)).first()
    return merging.person_of(row) if row is not None else Person(0, 0, number, "", "", "", "", "", None, "{}")


def one(text: str, row: Any, whom: Person, now: float) -> str | tuple[str, ...]:
    """A text of a campaign (``row`` of its table) merged for one person, or the fields that they lack.

    As with the first message a value is put in once and never read again. A text with a mistake is no text.
    """
    if not text.strip():
        return ""
    try:
        wording = Wording(FIRST, text, templates.parse(text))
    except templates.TemplateError:
        return ""
    merger = Merger((wording,), row["texter"], now, fields=merging.values_in(row["fields"]))
    merged = merger.merge(whom)
    return merged.text if isinstance(merged, Merged) else merged


def _with_suggestion(conn: sa.Connection, sheet: Sheet, answers: dict[int, Given]) -> Sheet:
    """The question whose turn it is, with what their last text since the last answer speaks for."""
    if not sheet.asked or sheet.asked[sheet.turn].answer is not None:
        return sheet
    since = max((each.at for each in answers.values()), default=None)
    text = _last_text(conn, sheet, since)
    if not text:
        return sheet
    here = sheet.asked[sheet.turn]
    option, offer = suggesting.option(here.question, text), suggesting.number(here.question, text)
    asked = list(sheet.asked)
    asked[sheet.turn] = replace(here, suggested=option, offer=offer)
    return replace(sheet, asked=tuple(asked))


def _last_text(conn: sa.Connection, sheet: Sheet, since: float | None) -> str:
    m = message.c
    if since is None:
        first = sa.select(sa.func.min(m.claimed_at)).where(
            m.number == sheet.number, m.direction == "out", m.campaign_id == sheet.campaign_id
        )
        since = conn.execute(first).scalar() or 0.0
    row = conn.execute(
        sa.select(m.text)
        .where(m.number == sheet.number, m.direction == "in", m.kind == "text", m.created_at >= since)
        .order_by(m.created_at.desc(), m.id.desc())
        .limit(1)
    ).first()
    return str(row[0]) if row is not None else ""
