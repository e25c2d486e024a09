"""The gate: whether one text may go now. The same question for the card, the press, the claim and the last
moment before the octets that cannot be called back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import caps, hours
from app.people import optouts
from app.store.prepared import Prepared
from app.store.tables import campaign, contact, conversation, opt_out

#: A person who wrote within this time may be answered at any hour.
ANSWER_SECONDS = 86400.0
_CHUNK = 400  # bound variables in one statement

_STATES = {
    "draft": "This campaign has not been started.",
    "paused": "This campaign is paused. Resume it to go on.",
    "done": "This campaign is finished.",
}
DAY_OVER = "The day that this text names is over. It is written anew; read it again, then press."
OPTED_OUT = "They opted out: nothing can be sent to this number."


@dataclass(frozen=True, slots=True)
class Gate:
    """``verdict`` is "go", "hold" (later, or after somebody does something) or "blocked" (not at all).

    ``why`` is a sentence; with "go" it is a warning, or "". ``until`` is when a held text may go (UTC
    seconds), None where no time is known. ``rule`` names what holds it: optout, campaign, hours, caps, day.
    """

    verdict: str
    why: str = ""
    until: float | None = None
    rule: str = ""


GO = Gate("go")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules need to know about one text."""

    number: str
    is_reply: bool
    is_again: bool = False
    opted_out: bool = False
    campaign_state: str | None = None  # None: of no campaign
    campaign_hours: str = ""
    time_zone: str = ""
    last_in_at: float | None = None
    fresh_until: float | None = None  # the text names a day that ends then
    left: tuple[float, ...] = ()  # when texts left for this number in the last 24 h, this one not counted


def check(conn: sa.Connection, now: float, row: Mapping[Any, Any]) -> Gate:
    """Ask for one row of ``message`` (a mapping) at ``now`` (UTC seconds). Reads only."""
    return judge(facts_of(conn, now, row), now)


def check_many(conn: sa.Connection, now: float, rows: Sequence[Mapping[Any, Any]]) -> list[Gate]:
    """The same for many rows, in order, with a handful of statements."""
    return [judge(each, now) for each in _facts(conn, now, rows)]


def zones_of(conn: sa.Connection, number: str) -> tuple[str, ...]:
    """The time zones that the person of ``number`` may be in; () when none is known."""
    own = conn.execute(sa.select(contact.c.time_zone).where(contact.c.number == number)).scalar_one_or_none()
    return hours.zones_of(number, own or "")


def judge(facts: Facts, now: float) -> Gate:
    """The rules, in the order of their weight."""
    if facts.opted_out:
        return Gate("blocked", OPTED_OUT, rule="optout")
    # A person's own decision to send a text once more is not part of the queue that finishing closes.
    closed = facts.campaign_state == "done" and not facts.is_again
    if not facts.is_reply and (facts.campaign_state in ("draft", "paused") or closed):
        return Gate("hold", _STATES[str(facts.campaign_state)], rule="campaign")
    cap = caps.judge(facts.left, facts.last_in_at, now)
    if not cap.allowed:
        return Gate("hold", cap.why, cap.until, "caps")
    found = _hours(facts, now)
    if found.verdict == "go" and facts.fresh_until is not None and facts.fresh_until <= now:
        return Gate("hold", DAY_OVER, rule="day")
    return found


def _hours(facts: Facts, now: float) -> Gate:
    try:
        policy = hours.from_json("" if facts.is_reply else facts.campaign_hours)
    except hours.HoursError as error:
        return Gate("hold", str(error), rule="hours")
    verdict = hours.check(policy, hours.zones_of(facts.number, facts.time_zone), now)
    if verdict.allowed:
        return GO
    wrote = facts.last_in_at is not None and now - facts.last_in_at < ANSWER_SECONDS
    if facts.is_reply and wrote:
        local = f"It is {verdict.local[0][1]} where they are." if verdict.local else ""
        return Gate("go", local, rule="hours")
    return Gate("hold", verdict.why, verdict.until, "hours")


# One text is asked about between a press and its first octet, so its two statements are built once.
_NUMBER = sa.bindparam("number", type_=sa.Text)
_CAMPAIGN = sa.bindparam("campaign", type_=sa.Integer)
_ONE = Prepared(
    sa.select(
        sa.exists().where(opt_out.c.number == _NUMBER, opt_out.c.lifted_at.is_(None)),
        sa.select(contact.c.time_zone).where(contact.c.number == _NUMBER).scalar_subquery(),
        sa.select(conversation.c.last_in_at).where(conversation.c.number == _NUMBER).scalar_subquery(),
        sa.select(campaign.c.state).where(campaign.c.id == _CAMPAIGN).scalar_subquery(),
        sa.select(campaign.c.hours).where(campaign.c.id == _CAMPAIGN).scalar_subquery(),
    )
)


def facts_of(conn: sa.Connection, now: float, row: Mapping[Any, Any]) -> Facts:
    """What :func:`judge` needs to know about one row of ``message``. Reads only."""
    number = row["number"]
    (found,) = _ONE.rows(conn, number=number, campaign=row["campaign_id"])
    return Facts(
        number=number,
        is_reply=row["kind"] == "reply",
        is_again=row["resend_of"] is not None,
        opted_out=bool(found[0]),
        time_zone=found[1] or "",
        last_in_at=found[2],
        campaign_state=found[3],
        campaign_hours=found[4] or "",
        fresh_until=row.get("fresh_until"),
        left=caps.left_for(conn, number, now, but=row["id"]),
    )


def _facts(conn: sa.Connection, now: float, rows: Sequence[Mapping[Any, Any]]) -> list[Facts]:
    numbers = list({row["number"] for row in rows})
    out = optouts.active_set(conn, numbers)
    left = caps.recent(conn, numbers, now)
    zones = _by_number(conn, contact.c.number, contact.c.time_zone, numbers)
    wrote = _by_number(conn, conversation.c.number, conversation.c.last_in_at, numbers)
    campaigns = _campaigns(conn, {row["campaign_id"] for row in rows})
    facts = []
    for row in rows:
        number = row["number"]
        state, policy = campaigns.get(row["campaign_id"], (None, ""))
        facts.append(
            Facts(
                number=number,
                is_reply=row["kind"] == "reply",
                is_again=row["resend_of"] is not None,
                opted_out=number in out,
                campaign_state=state,
                campaign_hours=policy,
                time_zone=zones.get(number) or "",
                last_in_at=wrote.get(number),
                fresh_until=row.get("fresh_until"),
                left=tuple(at for key, at in left.get(number, ()) if key != row["id"]),
            )
        )
    return facts


def _campaigns(conn: sa.Connection, ids: set[int | None]) -> dict[int | None, tuple[str, str]]:
    wanted = [key for key in ids if key is not None]
    if not wanted:
        return {}
    rows = conn.execute(
        sa.select(campaign.c.id, campaign.c.state, campaign.c.hours).where(campaign.c.id.in_(wanted))
    )
    return {key: (state, policy) for key, state, policy in rows}


def _by_number(
    conn: sa.Connection, key: sa.Column[str], value: sa.Column[Any], numbers: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        found.update((row[0], row[1]) for row in conn.execute(sa.select(key, value).where(key.in_(some))))
    return found
