"""The gate: whether one text may go now. The same question for the card, the press, the claim and the last
moment before the octets that cannot be called back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.campaigns import caps, hours
from app.campaigns.caps import NO_LIMITS, Left, Limits
from app.campaigns.local import moment, moment_there
from app.conversations import forwarding_phones
from app.people import confirming_permits, consents, holds, ledger, optouts
from app.people.confirming_permits import Allowed
from app.store.prepared import Prepared
from app.store.tables import campaign, contact, conversation, erased, hold, opt_out

#: A person who wrote within this time may be answered at any hour.
ANSWER_SECONDS = 86400.0
_CHUNK = 400  # bound variables in one statement

#: The rules, by the name that a :class:`Gate` gives. Every hold says when it ends or what a person must do.
RULES = (
    "optout", "asked", "consent", "campaign", "start", "end", "due", "stale", "answered", "caps", "hours",
    "day",
)  # fmt: skip
#: How the occasion of a follow-up to people who did not answer begins.
SILENCE = "no answer to "

_STATES = {
    "draft": "This campaign has not been started. Start it first.",
    "paused": "This campaign is paused. Resume it to go on.",
    "done": "This campaign is finished. Resume it to go on.",
}
DAY_OVER = "The day that this text names is over. It is written anew; read it again, then press."
MAY_BE_OUT = "They may have asked for no more texts. Decide in the inbox first; until then nothing is sent."
OPTED_OUT = "They opted out: nothing can be sent to this number."


@dataclass(frozen=True, slots=True)
class Gate:
    """``verdict`` is "go", "hold" (later, or after somebody does something) or "blocked" (not at all).

    ``why`` is a sentence; with "go" it is a warning, or "". ``until`` is when a held text may go (UTC
    seconds), None where no time is known. ``rule`` names what holds it, as in ``RULES``.
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
    left: tuple[Left, ...] = ()  # what left for this number, this one not counted, as far as ``limits`` ask
    limits: Limits = NO_LIMITS
    starts_at: float | None = None  # of the campaign
    ends_at: float | None = None
    due_at: float | None = None
    expires_at: float | None = None
    consent: str = ""  # why their consent does not carry a text of a campaign; "" where it may
    held: bool = False  # a person must first say whether they opted out
    unless_answered_since: float | None = None  # of a follow-up to somebody who did not answer
    own_phone: bool = False  # forwarded to the phone of who works here, who pressed for it
    allowed: Allowed | None = None  # it answers one text of somebody who opted out, or one HELP


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
    out = _opted_out(facts, now)
    if out is not None:
        return out
    if facts.held:
        return Gate("hold", MAY_BE_OUT, rule="asked")
    if facts.own_phone:
        return GO  # hours and caps keep others from being pestered; here who gets it asked for it
    if not facts.is_reply:
        if facts.consent:
            return Gate("hold", facts.consent, rule="consent")
        held = _campaign(facts, now) or _moment(facts, now)
        if held is not None:
            return held
    cap = caps.judge(facts.left, facts.last_in_at, now)
    if cap.allowed and not facts.is_reply and not facts.is_again:
        cap = caps.judge_campaign(facts.left, facts.limits, now)
    if not cap.allowed:
        return Gate("hold", cap.why, cap.until, "caps")
    found = _hours(facts, now)
    if found.verdict == "go" and facts.fresh_until is not None and facts.fresh_until <= now:
        return Gate("hold", DAY_OVER, rule="day")
    return found


def _opted_out(facts: Facts, now: float) -> Gate | None:
    """What an opt-out says; a permit opens it for the one text that it was written for, and for no other."""
    if facts.allowed is None:
        return Gate("blocked", OPTED_OUT, rule="optout") if facts.opted_out else None
    refusal = facts.allowed.refusal(now)
    if not refusal:
        return None
    # What a person typed goes back into the draft; what was prepared is prepared anew, or not at all.
    return Gate("hold" if facts.allowed.kind == "answer" else "blocked", refusal, rule="optout")


def of_campaign(state: str, starts_at: float | None, ends_at: float | None, now: float) -> Gate | None:
    """What holds every first text of a campaign; None when nothing does."""
    if state in ("draft", "paused", "done"):
        return Gate("hold", _STATES[state], rule="campaign")
    if ends_at is not None and ends_at <= now:
        return Gate(
            "hold", f"This campaign ended {moment(ends_at, now)}; set a later end to go on.", rule="end"
        )
    if starts_at is not None and starts_at > now:
        return Gate(
            "hold", f"This campaign starts later: held until {moment(starts_at, now)}.", starts_at, "start"
        )
    return None


def _campaign(facts: Facts, now: float) -> Gate | None:
    if facts.campaign_state is None:
        return None
    # A person's own decision to send a text once more is not part of the queue that finishing closes.
    state = "running" if facts.campaign_state == "done" and facts.is_again else facts.campaign_state
    return of_campaign(state, facts.starts_at, facts.ends_at, now)


def _moment(facts: Facts, now: float) -> Gate | None:
    """What a text that is due at some moment waits for, and when it is too late for it."""
    if facts.expires_at is not None and facts.expires_at <= now:
        was = moment_there(facts.expires_at, now, _first_zone(facts))
        return Gate(
            "hold", f"Its time passed ({was} where they are): it leaves the desk. Skip it.", rule="stale"
        )
    if facts.due_at is not None and facts.due_at > now:
        until = moment_there(facts.due_at, now, _first_zone(facts))
        return Gate("hold", f"It is not due yet: held until {until} where they are.", facts.due_at, "due")
    since = facts.unless_answered_since
    if since is not None and facts.last_in_at is not None and facts.last_in_at > since:
        return Gate(
            "hold", "They have answered meanwhile: read it in the inbox. Skip this one.", rule="answered"
        )
    return None


def _first_zone(facts: Facts) -> str:
    zones = hours.zones_of(facts.number, facts.time_zone)
    return zones[0] if zones else ""


def _hours(facts: Facts, now: float) -> Gate:
    try:
        policy = hours.from_json("" if facts.is_reply else facts.campaign_hours)
    except hours.HoursError as error:
        return Gate("hold", str(error), rule="hours")
    verdict = hours.check(policy, hours.zones_of(facts.number, facts.time_zone), now)
    if verdict.allowed:
        return GO
    wrote = facts.last_in_at is not None and now - facts.last_in_at < ANSWER_SECONDS
    asked = facts.allowed is None or facts.allowed.kind != "confirmation"  # nobody asks to be confirmed
    if facts.is_reply and wrote and asked:
        local = f"It is {verdict.local[0][1]} where they are." if verdict.local else ""
        return Gate("go", local, rule="hours")
    return Gate("hold", verdict.why, verdict.until, "hours")


# One text is asked about between a press and its first octet, so its two statements are built once.
_NUMBER = sa.bindparam("number", type_=sa.Text)
_CAMPAIGN = sa.bindparam("campaign", type_=sa.Integer)
#: What the rules ask of a campaign, in the order of :class:`_Of`.
_OF_CAMPAIGN = (
    campaign.c.state, campaign.c.hours, campaign.c.starts_at, campaign.c.ends_at, campaign.c.cap_texts,
    campaign.c.cap_days, campaign.c.promise_reason,
)  # fmt: skip
_ALWAYS = sa.select(sa.literal_column("1").label("one")).subquery("always")
_ONE = Prepared(
    sa.select(
        sa.exists().where(opt_out.c.number == _NUMBER, opt_out.c.lifted_at.is_(None)),
        sa.exists().where(hold.c.number == _NUMBER, hold.c.decided_at.is_(None)),
        sa.select(erased.c.number_key).limit(sa.literal_column("1")).scalar_subquery(),
        contact.c.time_zone,
        contact.c.consent_frequency,
        conversation.c.last_in_at,
        contact.c.consent_until,
        consents.withdrawn_at(_NUMBER),
        *_OF_CAMPAIGN,
    ).select_from(
        _ALWAYS.outerjoin(contact, contact.c.number == _NUMBER)
        .outerjoin(conversation, conversation.c.number == _NUMBER)
        .outerjoin(campaign, campaign.c.id == _CAMPAIGN)
    )
)


class _Of(NamedTuple):
    """What the rules ask of a campaign; all None for a text of none."""

    state: str | None = None
    hours: str | None = None
    starts_at: float | None = None
    ends_at: float | None = None
    cap_texts: int | None = None
    cap_days: int | None = None
    promise_reason: str | None = None

    def limits(self, promised: str | None) -> Limits:
        """How often a person may be texted by this campaign."""
        if self.state is None:
            return NO_LIMITS
        kept = "" if self.promise_reason else promised or ""
        return Limits(self.cap_texts or 0, self.cap_days or 0, kept) if kept or self.cap_texts else NO_LIMITS


def facts_of(conn: sa.Connection, now: float, row: Mapping[Any, Any]) -> Facts:
    """What :func:`judge` needs to know about one row of ``message``. Reads only."""
    number = row["number"]
    (found,) = _ONE.rows(conn, number=number, campaign=row["campaign_id"])
    of = _Of._make(found[8:])
    limits = NO_LIMITS if row["kind"] == "reply" else of.limits(found[4])
    left = caps.left_for(conn, number, now - limits.window, but=row["id"])
    out = bool(found[0]) or (found[2] is not None and bool(ledger.erased_among(conn, (number,))))
    allowed = confirming_permits.check(conn, row, out=out)
    own = forwarding_phones.is_own(conn, row)
    agreed = consents.why_not(found[6], found[7], now)
    stops = (out, bool(found[1]), allowed)
    return _made(row, stops, found[3], found[5], of, limits, left, own_phone=own, consent=agreed)


def reply_to(conn: sa.Connection, now: float, number: str, allowed: Allowed) -> Gate:
    """Whether a text that answers such an event could be pressed now, before it is written. Reads only."""
    row = {"id": None, "number": number, "kind": "reply", "campaign_id": None, "resend_of": None}
    return judge(replace(facts_of(conn, now, row), allowed=allowed), now)


def _made(
    row: Mapping[Any, Any],
    out: tuple[bool, bool, Allowed | None],
    zone: str | None,
    wrote: float | None,
    of: _Of,
    limits: Limits,
    left: tuple[Left, ...],
    *,
    own_phone: bool = False,
    consent: str = "",
) -> Facts:
    follows = str(row.get("occasion") or "").startswith(SILENCE)
    return Facts(
        number=row["number"],
        is_reply=row["kind"] == "reply",
        is_again=row["resend_of"] is not None,
        own_phone=own_phone,
        consent=consent,
        opted_out=out[0],
        held=out[1],
        allowed=out[2],
        time_zone=zone or "",
        last_in_at=wrote,
        campaign_state=of.state,
        campaign_hours=of.hours or "",
        fresh_until=row.get("fresh_until"),
        left=left,
        limits=limits,
        starts_at=of.starts_at,
        ends_at=of.ends_at,
        due_at=row.get("due_at"),
        expires_at=row.get("expires_at"),
        unless_answered_since=row.get("created_at") if follows else None,
    )


def _facts(conn: sa.Connection, now: float, rows: Sequence[Mapping[Any, Any]]) -> list[Facts]:
    numbers = list({row["number"] for row in rows})
    agreed = consents.why_not_among(conn, numbers, now)
    out = optouts.active_set(conn, numbers)
    held = holds.standing_set(conn, numbers)
    zones = _by_number(conn, contact.c.number, contact.c.time_zone, numbers)
    promised = _by_number(conn, contact.c.number, contact.c.consent_frequency, numbers)
    wrote = _by_number(conn, conversation.c.number, conversation.c.last_in_at, numbers)
    campaigns = _campaigns(conn, {row["campaign_id"] for row in rows})
    places = [campaigns.get(row["campaign_id"], _Of()) for row in rows]
    limits = [of.limits(promised.get(row["number"])) for row, of in zip(rows, places, strict=True)]
    window = max((each.window for each in limits), default=caps.WINDOW_SECONDS)
    left = caps.recent(conn, numbers, now - window)
    facts = []
    for row, of, limit in zip(rows, places, limits, strict=True):
        number = row["number"]
        mine = tuple(each for key, each in left.get(number, ()) if key != row["id"])
        stops = (number in out, number in held, confirming_permits.check(conn, row, out=number in out))
        said = agreed.get(number, "")
        facts.append(_made(row, stops, zones.get(number), wrote.get(number), of, limit, mine, consent=said))
    return facts


def _campaigns(conn: sa.Connection, ids: set[int | None]) -> dict[int | None, _Of]:
    wanted = [key for key in ids if key is not None]
    if not wanted:
        return {}
    rows = conn.execute(sa.select(campaign.c.id, *_OF_CAMPAIGN).where(campaign.c.id.in_(wanted)))
    return {row[0]: _Of._make(row[1:]) for row in rows}


def _by_number(
    conn: sa.Connection, key: sa.Column[str], value: sa.Column[Any], numbers: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for start in range(0, len(numbers), _CHUNK):
        some = numbers[start : start + _CHUNK]
        found.update((row[0], row[1]) for row in conn.execute(sa.select(key, value).where(key.in_(some))))
    return found
