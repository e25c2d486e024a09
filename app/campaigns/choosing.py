"""Whom a draft is for: lists and audiences together, each person once, without those who are to be left out.

What is chosen becomes a list of its own, made for the draft: its people stay as they are when a tag or a
field changes later. A single list that nobody is left out of is used as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import knowing
from app.campaigns.looking import Looker
from app.campaigns.refusing import CampaignError
from app.campaigns.templates import TemplateError
from app.campaigns.wordings import load as load_texts
from app.clock import Clock
from app.people import audiences
from app.store import tables as t
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged, ContactsChanged

LIST, AUDIENCE = "list", "audience"
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Source:
    """A list or an audience."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be chosen, with how many people it has now; an audience's without who opted out."""

    source: Source
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Choice:
    """``texted_hours``: who was texted within so many hours is left out, 0 nobody; ``waiting``: who waits in
    another campaign; ``unreachable``: whose number failed for good or is no mobile one."""

    sources: tuple[Source, ...] = ()
    texted_hours: int = 0
    waiting: bool = False
    unreachable: bool = False

    def plain_list(self) -> int | None:
        """The id of the list, where a single one is chosen and nobody is left out."""
        whole = not (self.texted_hours or self.waiting or self.unreachable)
        if whole and len(self.sources) == 1 and self.sources[0].kind == LIST:
            return self.sources[0].id
        return None


@dataclass(frozen=True, slots=True)
class Counts:
    """``people`` get a text; ``every`` is all that are chosen, each once, ``doubles`` the further places of
    the same people. The others are of ``every``, without who opted out: one person may be in several."""

    people: int = 0
    every: int = 0
    doubles: int = 0
    opted_out: int = 0
    today: int = 0
    week: int = 0
    waiting: int = 0
    campaigns: tuple[tuple[str, int], ...] = ()  # name, how many wait there; most first
    unreachable: int = 0


def offers(store: Store, clock: Clock) -> tuple[Offer, ...]:
    """Audiences by name, then imported lists, newest first; not those made for a campaign."""
    found = [
        Offer(Source(AUDIENCE, each.id), each.name, audiences.count(store, clock, each.rules).people)
        for each in audiences.every(store)
    ]
    members = (
        sa.select(sa.func.count())
        .where(t.list_member.c.list_id == t.people_list.c.id)
        .correlate(t.people_list)
        .scalar_subquery()
    )
    query = sa.select(t.people_list, members.label("people")).order_by(t.people_list.c.id.desc()).limit(500)
    with store.read() as conn:
        rows = conn.execute(query).all()
    found.extend(
        Offer(Source(LIST, row.id), row.name, row.people)
        for row in rows
        if not _report(row.report).get("made_for")
    )
    return tuple(found)


def count(store: Store, clock: Clock, choice: Choice, campaign_id: int) -> Counts:
    """How many people ``choice`` gives the campaign, and how many of them each exclusion speaks of."""
    now = clock.now()
    with store.read() as conn:
        everyone, doubles = _everyone(conn, choice.sources, now)
        out = set(
            conn.execute(sa.select(t.opt_out.c.number).where(t.opt_out.c.lifted_at.is_(None))).scalars()
        )
        facts = _Facts(conn, campaign_id, now)
    free = [(key, number) for key, number in everyone.items() if number not in out]
    by_campaign: dict[int, int] = {}
    for _key, number in free:
        for campaign in facts.waiting.get(number, ()):
            by_campaign[campaign] = by_campaign.get(campaign, 0) + 1
    named = sorted(((facts.names[key], n) for key, n in by_campaign.items()), key=lambda pair: -pair[1])
    return Counts(
        people=sum(not facts.left_out(number, choice) for _key, number in free),
        every=len(everyone),
        doubles=doubles,
        opted_out=len(everyone) - len(free),
        today=sum(facts.was_texted(number, 24) for _key, number in free),
        week=sum(facts.was_texted(number, 168) for _key, number in free),
        waiting=sum(number in facts.waiting for _key, number in free),
        campaigns=tuple(named),
        unreachable=sum(facts.is_unreachable(number) for _key, number in free),
    )


def take(store: Store, clock: Clock, campaign_id: int, choice: Choice) -> int:
    """Give a draft these people; returns its list's id. Raises :class:`CampaignError` for nobody."""
    now = clock.now()
    with store.write() as unit:
        row = _draft(unit.conn, campaign_id)
        list_id = choice.plain_list()
        if list_id is None:
            everyone, _doubles = _everyone(unit.conn, choice.sources, now)
            facts = _Facts(unit.conn, campaign_id, now)
            people = [key for key, number in everyone.items() if not facts.left_out(number, choice)]
            if not people:
                raise CampaignError("Nobody is left with this choice. The campaign keeps the people it had.")
            list_id = _made(unit, row, people, choice, now)
        _give(unit, row, list_id)
    return list_id


def chosen(store: Store, campaign_id: int) -> Choice:
    """What a campaign's people were made of."""
    with store.read() as conn:
        row = conn.execute(
            sa.select(t.people_list.c.id, t.people_list.c.report)
            .join(t.campaign, t.campaign.c.list_id == t.people_list.c.id)
            .where(t.campaign.c.id == campaign_id)
        ).first()
    return Choice() if row is None else _choice(row.id, row.report)


def leave_out(store: Store, clock: Clock, campaign_id: int, kind: str) -> int:
    """Take the people of one check (``Check.kind``) out of a draft; returns how many.

    The list itself stays: the draft gets one of its own. Raises :class:`CampaignError`.
    """
    now = clock.now()
    with store.write() as unit:
        row = _draft(unit.conn, campaign_id)
        try:
            found = Looker(unit.conn, row, load_texts(unit.conn, row), now).look(None, None)
        except TemplateError as error:
            raise CampaignError(f"Correct the text first: {error}") from error
        gone = set(found.tally(kind).people) if found is not None else set()
        member = t.list_member.c
        query = sa.select(member.contact_id).where(member.list_id == row["list_id"]).order_by(member.position)
        people = [key for key in dict.fromkeys(unit.conn.execute(query).scalars()) if key not in gone]
        if not people:
            raise CampaignError("Nobody would be left. The campaign keeps its people.")
        if gone:
            before = unit.conn.execute(
                sa.select(t.people_list.c.report).where(t.people_list.c.id == row["list_id"])
            ).scalar_one()
            list_id = _made(unit, row, people, _choice(row["list_id"], before), now)
            _give(unit, row, list_id)
    return len(gone)


# -- inside -----------------------------------------------------------------------------------------


class _Facts:
    """What is known of all numbers, for counting and for leaving out."""

    def __init__(self, conn: sa.Connection, campaign_id: int, now: float) -> None:
        self._now = now
        self._texted = knowing.texted(conn, now, knowing.WEEK)
        self.waiting, self.names = knowing.waiting(conn, campaign_id)
        self._bad = knowing.bad_numbers(conn)
        self._works = knowing.said_to_work(conn)

    def was_texted(self, number: str, hours: int) -> bool:
        return self._texted.get(number, 0.0) > self._now - hours * 3600.0

    def is_unreachable(self, number: str) -> bool:
        return number in self._bad or (number not in self._works and knowing.no_mobile(number))

    def left_out(self, number: str, choice: Choice) -> bool:
        return bool(
            (choice.texted_hours and self.was_texted(number, choice.texted_hours))
            or (choice.waiting and number in self.waiting)
            or (choice.unreachable and self.is_unreachable(number))
        )


def _everyone(conn: sa.Connection, sources: Iterable[Source], now: float) -> tuple[dict[int, str], int]:
    """Contact id -> number, each once in the order of the sources; and how many places were doubles."""
    found: dict[int, str] = {}
    places = 0
    for source in sources:
        if source.kind == AUDIENCE:
            rows: Iterable[Any] = audiences.with_numbers(conn, source.id, now)
        else:
            rows = conn.execute(
                sa.select(t.contact.c.id, t.contact.c.number)
                .join(t.list_member, t.list_member.c.contact_id == t.contact.c.id)
                .where(t.list_member.c.list_id == source.id)
                .order_by(t.list_member.c.position)
            )
        for key, number in rows:
            places += 1
            found.setdefault(key, number)
    return found, places - len(found)


def _draft(conn: sa.Connection, campaign_id: int) -> Mapping[Any, Any]:
    row = conn.execute(sa.select(t.campaign).where(t.campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise CampaignError("This campaign is no longer there.")
    if row["state"] != "draft":
        raise CampaignError("The people of a started campaign stay as they are; More… adds and takes out.")
    return row


def _give(unit: Unit, row: Mapping[Any, Any], list_id: int) -> None:
    unit.conn.execute(sa.update(t.campaign).where(t.campaign.c.id == row["id"]).values(list_id=list_id))
    unit.publish(CampaignChanged(row["id"]))
    unit.publish(ContactsChanged())


def _report(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _choice(list_id: int, report: str) -> Choice:
    made_of = _report(report).get("made_of")
    try:
        kept = dict(made_of or {})
        sources = tuple(Source(str(each["kind"]), int(each["id"])) for each in kept.get("sources", ()))
        rest = int(kept.get("texted_hours", 0)), bool(kept.get("waiting")), bool(kept.get("unreachable"))
    except (TypeError, ValueError, KeyError):
        sources, rest = (), (0, False, False)
    return Choice(sources, *rest) if sources else Choice((Source(LIST, list_id),))


def _made(unit: Unit, row: Mapping[Any, Any], people: list[int], choice: Choice, now: float) -> int:
    """A list of these people for the draft; the one that was made for it before is filled anew."""
    conn = unit.conn
    values = {
        "name": _name(conn, row, choice),
        "created_at": now,
        "columns": _columns(conn, choice),
        "report": json.dumps({"made_for": row["id"], "made_of": asdict(choice), "imported": len(people)}),
    }
    list_id = _own_list(conn, row)
    if list_id is None:
        key = conn.execute(sa.insert(t.people_list).values(**values)).inserted_primary_key
        list_id = int(key[0]) if key else 0
    else:
        conn.execute(sa.update(t.people_list).where(t.people_list.c.id == list_id).values(**values))
        conn.execute(sa.delete(t.list_member).where(t.list_member.c.list_id == list_id))
    rows = [{"list_id": list_id, "position": at, "contact_id": key} for at, key in enumerate(people)]
    conn.execute(sa.insert(t.list_member), rows)
    return list_id


def _own_list(conn: sa.Connection, row: Mapping[Any, Any]) -> int | None:
    """The draft's list where it was made for it and no other campaign has it."""
    if row["list_id"] is None:
        return None
    report = conn.execute(
        sa.select(t.people_list.c.report).where(t.people_list.c.id == row["list_id"])
    ).scalar_one_or_none()
    if report is None or _report(report).get("made_for") != row["id"]:
        return None
    others = sa.select(t.campaign.c.id).where(
        t.campaign.c.list_id == row["list_id"], t.campaign.c.id != row["id"]
    )
    return None if conn.execute(others.limit(1)).first() is not None else int(row["list_id"])


def _name(conn: sa.Connection, row: Mapping[Any, Any], choice: Choice) -> str:
    names = []
    for source in choice.sources:
        table = t.audience if source.kind == AUDIENCE else t.people_list
        names.append(conn.execute(sa.select(table.c.name).where(table.c.id == source.id)).scalar() or "")
    words = " + ".join(name for name in names if name) or row["name"] or "People"
    return words if len(words) <= 120 else f"{words[:119]}…"


def _columns(conn: sa.Connection, choice: Choice) -> str:
    """The fields that these people may have: those of their lists, of all lists for an audience."""
    wanted = sa.select(t.people_list.c.columns).order_by(t.people_list.c.id)
    if all(source.kind == LIST for source in choice.sources):
        wanted = wanted.where(t.people_list.c.id.in_([source.id for source in choice.sources][:_CHUNK]))
    found: dict[str, None] = {}
    for text in conn.execute(wanted).scalars():
        found.update(dict.fromkeys(json.loads(text)))
    return json.dumps(list(found))
