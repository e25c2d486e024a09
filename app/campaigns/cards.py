"""A card: one person, one text, and all that one should know before pressing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import hours, merging, templates, wordings
from app.campaigns.ending import Ending, ending
from app.campaigns.gate import Gate
from app.campaigns.local import local
from app.campaigns.wordings import Wording
from app.conversations import bubbles, who
from app.conversations.bubbles import Bubble
from app.people import numbers
from app.store.prepared import Prepared
from app.store.tables import campaign, contact_tag, conversation, message, tag
from modem import sms

HISTORY = 6
TAGS = 4
DAY = 24 * 3600.0
NO_ENDING = Ending()


# Fifty cards are made at a time beside a person who sends, so these statements are built once.
_NUMBER = sa.bindparam("number", type_=sa.Text)
_THREAD = Prepared(sa.select(conversation.c.id).where(conversation.c.number == _NUMBER))
_TAGS = Prepared(
    sa.select(tag.c.name)
    .join(contact_tag, contact_tag.c.tag_id == tag.c.id)
    .where(contact_tag.c.contact_id == sa.bindparam("contact", type_=sa.Integer))
    .order_by(tag.c.folded)
    .limit(TAGS)
)
_LAST = Prepared(
    sa.select(message.c.claimed_at, message.c.campaign_id, campaign.c.name)
    .outerjoin(campaign, campaign.c.id == message.c.campaign_id)
    .where(
        message.c.number == _NUMBER,
        message.c.direction == "out",
        message.c.claimed_at.is_not(None),
        message.c.id != sa.bindparam("but", type_=sa.Integer),
    )
    .order_by(message.c.claimed_at.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Card:
    """What is painted. A press is bound to ``message_id`` and ``text_hash``; spans count characters."""

    message_id: int
    campaign_id: int | None
    contact_id: int | None
    position: int
    number: str
    number_display: str
    name: str
    initials: str
    text: str
    text_hash: str
    spans: tuple[tuple[int, int, str], ...]
    edited: bool
    segments: int
    units: int
    limit: int
    alphabet: str
    offending: str | None
    local_time: str
    place: str
    consent: str
    badge: str
    gate: Gate
    history: tuple[Bubble, ...]
    state: str
    reason: str = ""  # of a skipped one: why
    consent_from: str = ""  # where consent came from and what was promised: "web form · 2 a month"
    consent_ended: bool = False
    tags: tuple[str, ...] = ()
    held: Ending = NO_ENDING  # when what holds it ends


class Maker:
    """Makes cards within one reading of the database."""

    def __init__(self, conn: sa.Connection, now: float) -> None:
        self._conn = conn
        self._now = now
        self._mergers: dict[tuple[str, str, str], merging.Merger | None] = {}

    def card(self, row: Mapping[Any, Any], verdict: Gate) -> Card:
        """The card of a message joined with its person and campaign."""
        cost = sms.split(row["text"])
        zones = hours.zones_of(row["number"], row["time_zone"] or "")
        where = local(zones, self._now)
        thread = _THREAD.rows(self._conn, number=row["number"])
        return Card(
            message_id=row["id"],
            campaign_id=row["campaign_id"],
            contact_id=row["contact_id"],
            position=row["position"],
            number=row["number"],
            number_display=numbers.display(row["number"]),
            name=row["name"] or "",
            initials=who.initials(row["name"] or "", row["number"]),
            text=row["text"],
            text_hash=row["text_hash"],
            spans=self._spans(row),
            edited=row["edited"],
            segments=len(cost.segments),
            units=cost.units,
            limit=cost.limit,
            alphabet=str(cost.alphabet),
            offending=cost.offending,
            local_time=where.time,
            place=where.place,
            consent=consent_words(row["consent_source"], row["consent_at"], row["consent_until"], self._now),
            badge=self._badge(row),
            gate=verdict,
            history=self._history(thread[0][0] if thread else None, row["id"]),
            state=row["state"],
            reason=row["reason"],
            consent_from=_consent_from(row),
            consent_ended=ended(row["consent_until"], self._now),
            tags=self._tags(row["contact_id"]),
            held=ending(zones, verdict.until, self._now) if verdict.verdict == "hold" else NO_ENDING,
        )

    def _tags(self, contact_id: int | None) -> tuple[str, ...]:
        if contact_id is None:
            return ()
        return tuple(str(row[0]) for row in _TAGS.rows(self._conn, contact=contact_id))

    def _history(self, thread: int | None, but: int) -> tuple[Bubble, ...]:
        return () if thread is None else bubbles.latest(self._conn, int(thread), HISTORY, but=but)

    def _spans(self, row: Mapping[Any, Any]) -> tuple[tuple[int, int, str], ...]:
        """Where the fields stand, if the text is still what the template makes of this person."""
        merger = self._merger(row["template"] or "", row["texter"] or "", row["campaign_fields"] or "")
        if merger is None or row["edited"] or row["kind"] != "first":
            return ()
        person = merging.Person(
            row["position"],
            row["contact_id"] or 0,
            row["number"],
            row["name"] or "",
            row["first_name"] or "",
            row["last_name"] or "",
            row["time_zone"] or "",
            "",
            None,
            row["fields"] or "{}",
            row["language"] or "",
        )
        merged = merger.merge(person)
        return merged.spans if isinstance(merged, merging.Merged) and merged.text == row["text"] else ()

    def _merger(self, text: str, texter: str, fields: str) -> merging.Merger | None:
        key = (text, texter, fields)
        if key not in self._mergers:
            try:
                wording = Wording(wordings.FIRST, text, templates.parse(text))
                self._mergers[key] = merging.Merger(
                    (wording,), texter, self._now, fields=merging.values_in(fields)
                )
            except templates.TemplateError:
                self._mergers[key] = None
        return self._mergers[key]

    def _badge(self, row: Mapping[Any, Any]) -> str:
        """When and in what this person was texted last; else that this is the first."""
        found = _LAST.rows(self._conn, number=row["number"], but=row["id"])
        if not found:
            return "first text ever"
        at, campaign_id, name = found[0]
        words = f"texted {ago(self._now - float(at))}"
        return f"{words} in {name}" if name and campaign_id != row["campaign_id"] else words


def consent_words(source: str | None, at: float | None, until: float | None = None, now: float = 0.0) -> str:
    """ "consent 3 Mar 2026", "consent: web form", "consent ended 3 Mar 2026", or "" without any."""
    if until is not None and ended(until, now):
        return f"consent ended {who.day(until)}"
    if at is not None and who.day(at):
        return f"consent {who.day(at)}"
    return f"consent: {source}" if source else ""


def ended(until: float | None, now: float) -> bool:
    """Whether a consent that was given until a day (UTC seconds) is over."""
    return until is not None and until <= now


def _consent_from(row: Mapping[Any, Any]) -> str:
    promised = f"promised {row['consent_frequency']}" if row["consent_frequency"] else ""
    source = row["consent_source"] if row["consent_at"] is not None else ""
    return " · ".join(words for words in (source, promised) if words)


def ago(seconds: float) -> str:
    """How long ago, in words for a chip."""
    if seconds < 3600:
        minutes = max(1, round(seconds / 60))
        return f"{minutes} min ago"
    if seconds < DAY:
        return f"{round(seconds / 3600)} h ago"
    days = round(seconds / DAY)
    return "yesterday" if days == 1 else f"{days} days ago"
