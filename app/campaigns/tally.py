"""How the answers of a campaign stand: counts, and their share of those who were texted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.campaigns import script
from app.campaigns.script import Question
from app.people import fields
from app.store.engine import Store
from app.store.tables import answer, message

#: Answers in words that are listed, the most frequent first.
LISTED = 12
_LEFT = ("sending", "sent", "unknown")


@dataclass(frozen=True, slots=True)
class Line:
    """One answer and how many gave it. ``option_id`` None: words or a number, as ``label`` says them."""

    label: str
    count: int
    option_id: int | None = None
    tone: str = ""
    removed: bool = False


@dataclass(frozen=True, slots=True)
class QuestionTally:
    """One question. ``answered`` people gave ``lines``; ``total`` is the sum of numbers, None for others."""

    id: int
    text: str
    kind: str
    answered: int
    lines: tuple[Line, ...] = ()
    total: float | None = None
    removed: bool = False

    def toned(self, tone: str) -> int:
        """How many gave an answer of a tone: "good", "bad", or "" for neither."""
        return sum(line.count for line in self.lines if line.tone == tone)

    @property
    def has_tones(self) -> bool:
        """Whether its answers speak for or against something."""
        return any(line.tone for line in self.lines)


@dataclass(frozen=True, slots=True)
class Tally:
    """A campaign's answers. ``texted``: people whose first message left, or may have."""

    campaign_id: int
    texted: int = 0
    questions: tuple[QuestionTally, ...] = ()


def share(count: int, of: int) -> str:
    """ "12 of 48, 25 %"; without a percentage where there is nobody to be a share of."""
    return f"{count:,} of {of:,}, {100 * count / of:.0f} %" if of else f"{count:,}"


def tally(store: Store, campaign_id: int) -> Tally:
    """Count the standing answers; questions taken out count as long as somebody answered them."""
    with store.read() as conn:
        found = script.load(conn, campaign_id)
        if not found.every:
            return Tally(campaign_id)
        texted = _texted(conn, campaign_id)
        rows = conn.execute(
            sa.select(answer.c.question_id, answer.c.option_id, answer.c.value, sa.func.count())
            .where(answer.c.campaign_id == campaign_id, answer.c.cleared_at.is_(None))
            .group_by(answer.c.question_id, answer.c.option_id, answer.c.value)
        ).all()
    by_question: dict[int, list[tuple[int | None, str, int]]] = {}
    for question_id, option_id, value, count in rows:
        by_question.setdefault(question_id, []).append((option_id, value, int(count)))
    counted = (_question(each, by_question.get(each.id, [])) for each in found.every)
    return Tally(campaign_id, texted, tuple(each for each in counted if each.answered or not each.removed))


def _texted(conn: sa.Connection, campaign_id: int) -> int:
    m = message.c
    query = sa.select(sa.func.count(sa.distinct(m.number))).where(
        m.campaign_id == campaign_id,
        m.direction == "out",
        m.kind == "first",
        m.state.in_(_LEFT),
        m.claimed_at.is_not(None),
    )
    return int(conn.execute(query).scalar_one())


def _question(each: Question, rows: list[tuple[int | None, str, int]]) -> QuestionTally:
    answered = sum(count for _option, _value, count in rows)
    by_option: dict[int, int] = {}
    for option_id, _value, count in rows:
        if option_id is not None:
            by_option[option_id] = by_option.get(option_id, 0) + count
    lines = [
        Line(option.label, by_option.get(option.id, 0), option.id, option.tone, option.removed)
        for option in each.options
        if by_option.get(option.id) or (each.kind == "choice" and not option.removed)
    ]
    said: dict[str, int] = {}
    for option_id, value, count in rows:
        if option_id is None:
            said[value] = said.get(value, 0) + count
    often = sorted(said.items(), key=lambda pair: (-pair[1], pair[0].casefold()))
    lines += [Line(value, count) for value, count in often[:LISTED]]
    return QuestionTally(
        each.id, each.text, each.kind, answered, tuple(lines), _total(each, said), each.removed
    )


def _total(each: Question, said: dict[str, int]) -> float | None:
    if each.kind != "number" or not said:
        return None
    return sum((fields.amount(value) or 0.0) * count for value, count in said.items())
