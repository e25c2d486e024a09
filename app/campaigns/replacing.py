"""Find and replace over all that a campaign says: its texts, its script, its canned replies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import templates, wordings
from app.campaigns.changing import rerender
from app.campaigns.refusing import CampaignError
from app.clock import Clock
from app.store import tables as t
from app.store.engine import Store
from app.store.events import CampaignChanged

Span = tuple[int, int]
#: (table, column) of what is looked at; a place is named in words besides.
_TABLES: dict[str, sa.Table] = {
    "text": t.campaign,
    "variant": t.variant,
    "question": t.question,
    "answer": t.question_option,
    "reply": t.canned_reply,
}
_NAME = re.compile(r"\{[^{}|\n]*")
MOST = 500  # characters of what is looked for and of what replaces it


@dataclass(frozen=True, slots=True)
class Place:
    """One stored text. ``kind`` is a key of the tables looked at, ``where`` names it for a person."""

    kind: str
    id: int
    column: str
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that would change: ``found`` are the spans of ``place.text``, ``put`` those of ``after``.

    ``problem`` says why it cannot be changed so, "" where it can.
    """

    place: Place
    after: str
    found: tuple[Span, ...]
    put: tuple[Span, ...]
    problem: str = ""


def look(
    store: Store, campaign_id: int, find: str, put: str, *, case: bool = False, whole: bool = False
) -> tuple[Hit, ...]:
    """Every text of the campaign in which ``find`` stands, as it would be with ``put`` instead.

    ``find`` is plain text, however many lines; ``case`` tells capitals apart, ``whole`` wants whole words.
    The names of fields are looked at only when ``find`` has a brace: "due" is not found in ``{due_month}``.
    """
    if not find:
        return ()
    written = re.escape(find[:MOST])
    pattern = re.compile(
        rf"(?<!\w){written}(?!\w)" if whole else written, re.NOFLAG if case else re.IGNORECASE
    )
    with store.read() as conn:
        places = tuple(_places(conn, campaign_id))
    found = ((place, _found(place.text, pattern, "{" in find or "}" in find)) for place in places)
    return tuple(_hit(place, spans, put[:MOST]) for place, spans in found if spans)


def _found(text: str, pattern: re.Pattern[str], names: bool) -> tuple[Span, ...]:
    spans = (match.span() for match in pattern.finditer(text))
    if names:
        return tuple(spans)
    taken = [match.span() for match in _NAME.finditer(text)]
    return tuple((a, b) for a, b in spans if not any(a < end and start < b for start, end in taken))


def _hit(place: Place, found: tuple[Span, ...], put: str) -> Hit:
    pieces, places = [], []
    last = length = 0
    for start, end in found:
        pieces += [place.text[last:start], put]
        length += start - last
        places.append((length, length + len(put)))
        length += len(put)
        last = end
    after = "".join((*pieces, place.text[last:]))
    return Hit(place, after, found, tuple(places), _problem(place, after))


def _problem(place: Place, after: str) -> str:
    if len(after) > templates.MAX_TEMPLATE:
        return "It would be too long."
    if place.kind in ("question", "reply") and place.column == "text" and not after.strip():
        return "Nothing would be left."
    try:
        templates.parse(after)
    except templates.TemplateError as error:
        return str(error)
    return ""


def replace(store: Store, clock: Clock, campaign_id: int, hits: Iterable[Hit]) -> int:
    """Change these texts, all or none; returns how many. What waits on the desk is merged anew.

    Raises :class:`CampaignError` when one of them was changed since it was looked at or cannot be.
    """
    wanted = tuple(hits)
    with store.write() as unit:
        now = {(place.kind, place.id, place.column): place for place in _places(unit.conn, campaign_id)}
        for hit in wanted:
            place = hit.place
            if hit.problem:
                raise CampaignError(f"{place.where}: {hit.problem} Nothing was changed.")
            if now.get((place.kind, place.id, place.column)) != place:
                raise CampaignError(f"{place.where} was changed meanwhile. Nothing was replaced; look again.")
            table = _TABLES[place.kind]
            values: dict[str, Any] = {place.column: hit.after}
            if place.kind == "reply":
                values["updated_at"] = clock.now()
            unit.conn.execute(sa.update(table).where(table.c.id == place.id).values(**values))
        state = unit.conn.execute(
            sa.select(t.campaign.c.state).where(t.campaign.c.id == campaign_id)
        ).scalar()
        if state != "draft" and any(hit.place.kind in ("text", "variant") for hit in wanted):
            rerender(unit, campaign_id, clock.now())
        unit.publish(CampaignChanged(campaign_id))
    return len(wanted)


def _places(conn: sa.Connection, campaign_id: int) -> Iterator[Place]:
    """Every text, in the order in which a person meets them."""
    row = conn.execute(sa.select(t.campaign.c.template).where(t.campaign.c.id == campaign_id)).first()
    if row is None:
        return
    variants = conn.execute(
        sa.select(t.variant).where(t.variant.c.campaign_id == campaign_id).order_by(t.variant.c.position)
    ).all()
    first = f"Text {wordings.FIRST}" if variants else "First message"
    yield Place("text", campaign_id, "template", first, row.template)
    for each in variants:
        yield Place("variant", each.id, "template", f"Text {each.label}", each.template)
    yield from _of_the_script(conn, campaign_id)
    replies = sa.select(t.canned_reply).where(t.canned_reply.c.campaign_id == campaign_id)
    for each in conn.execute(replies.order_by(t.canned_reply.c.position)):
        yield Place("reply", each.id, "text", f"Canned reply “{each.label}”", each.text)


def _of_the_script(conn: sa.Connection, campaign_id: int) -> Iterator[Place]:
    q, o = t.question.c, t.question_option.c
    questions = sa.select(t.question).where(q.campaign_id == campaign_id, q.removed_at.is_(None))
    for each in conn.execute(questions.order_by(q.position, q.id)).all():
        yield Place("question", each.id, "text", "Question", each.text)
        if each.next_text:
            yield Place("question", each.id, "next_text", f"After “{each.text}”", each.next_text)
        options = sa.select(t.question_option).where(o.question_id == each.id, o.removed_at.is_(None))
        for option in conn.execute(options.order_by(o.position, o.id)).all():
            if option.next_text:
                where = f"“{each.text}”: {option.label}"
                yield Place("answer", option.id, "next_text", where, option.next_text)
