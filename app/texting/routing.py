"""Which line a text leaves by, and in which lane: asked once, at the press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.store.prepared import Prepared
from app.store.tables import campaign, campaign_line, conversation, line, message
from app.texting import budgets
from app.texting.rows import UNDER_WAY, Row

#: The order in which a line takes its clicks: an urgent campaign's, replies, everything else.
URGENT, REPLY, OTHER = 0, 1, 2
NO_LINE = "There is no line to send with. Add a modem on the Lines page, then press again."
NOT_THERE = (
    "None of the lines that were chosen for this campaign is there. Choose others in the campaign, or add "
    "them on the Lines page, then press again."
)

_CAMPAIGN = sa.bindparam("campaign", type_=sa.Integer)
_CLICKED = (message.c.state == sa.literal_column("'clicked'"), sa.text(UNDER_WAY))
# Made once: this stands between a press and the modem. One statement tells all that the choice needs.
_LINES = Prepared(
    sa.select(
        line.c.id,
        line.c.name,
        line.c.paused,
        line.c.practice,
        line.c.per_minute,
        line.c.per_hour,
        line.c.per_day,
        line.c.people_month,
        line.c.month_day,
        sa.exists()
        .where(campaign_line.c.campaign_id == _CAMPAIGN, campaign_line.c.line_id == line.c.id)
        .label("chosen"),
        sa.exists().where(campaign_line.c.campaign_id == _CAMPAIGN).label("choice"),
        sa.select(conversation.c.line_id)
        .where(conversation.c.number == sa.bindparam("number", type_=sa.Text))
        .scalar_subquery()
        .label("kept"),
        sa.select(campaign.c.urgent).where(campaign.c.id == _CAMPAIGN).scalar_subquery().label("urgent"),
        sa.select(sa.func.count())
        .select_from(message)
        .where(message.c.line_id == line.c.id, *_CLICKED)
        .correlate(line)
        .scalar_subquery()
        .label("waiting"),
    )
    .where(line.c.enabled)
    .order_by(line.c.id)
)
_WAITING = Prepared(
    sa.select(sa.func.count())
    .select_from(message)
    .where(message.c.line_id == sa.bindparam("line_id", type_=sa.Integer), *_CLICKED)
)


@dataclass(frozen=True, slots=True)
class Way:
    """The line a text leaves by, how many clicks wait there, and the text's lane."""

    line_id: int
    ahead: int
    lane: int


def waiting(conn: sa.Connection, line_id: int) -> int:
    """How many clicks wait for this line."""
    return int(_WAITING.rows(conn, line_id=line_id)[0][0])


def way_of(conn: sa.Connection, now: float, row: Row, wanted: int | None = None) -> Way | str:
    """The way of a row of ``message``, or a sentence why there is none. Reads only.

    A person keeps their line. Who has none gets the line of the campaign that has something left of its
    limits and the fewest clicks waiting. ``wanted`` is a line that a person asked for.
    """
    values = _LINES.rows(conn, campaign=row["campaign_id"], number=row["number"])
    lines = [dict(zip(_LINES.columns, each, strict=True)) for each in values]
    if not lines:
        return NO_LINE
    keeps = lines[0]["kept"] if wanted is None else wanted
    real = _not_practice(lines)
    candidates = [
        each for each in (real if wanted is None and row["kind"] != "reply" else lines) if each["id"] == keeps
    ]
    if not candidates and wanted is None:
        candidates = _campaigns(real, row)
    if not candidates:
        return NO_LINE if wanted is not None else NOT_THERE
    found = _with_budget(conn, now, row["number"], candidates)
    if isinstance(found, str):
        return found
    return Way(int(found["id"]), int(found["waiting"]), _lane(row, bool(lines[0]["urgent"])))


def _not_practice(lines: list[dict[Any, Any]]) -> list[dict[Any, Any]]:
    """Where there is a real line, nothing leaves by the practice line unless it was chosen for the campaign:
    it would be called sent and reach nobody."""
    if all(each["practice"] for each in lines):
        return lines
    return [each for each in lines if not each["practice"] or each["chosen"]]


def _campaigns(lines: list[dict[Any, Any]], row: Row) -> list[dict[Any, Any]]:
    """The lines that the text may leave by, those with the fewest clicks waiting first, paused ones last."""
    if row["kind"] != "reply" and lines[0]["choice"]:
        lines = [each for each in lines if each["chosen"]]
    return sorted(lines, key=lambda each: (bool(each["paused"]), each["waiting"], each["id"]))


def _with_budget(
    conn: sa.Connection, now: float, number: str, candidates: list[dict[Any, Any]]
) -> dict[Any, Any] | str:
    refused: list[budgets.Verdict] = []
    for each in candidates:
        limits = budgets.limits_of(each)
        found = budgets.GO
        if limits.any:
            found = budgets.verdict(
                conn, each["id"], each["name"], limits, now, number, waiting=each["waiting"]
            )
        if found.allowed:
            return each
        refused.append(found)
    return min(refused, key=lambda found: found.until or now).why


def _lane(row: Row, urgent: bool) -> int:
    if urgent:
        return URGENT
    return REPLY if row["kind"] == "reply" else OTHER
