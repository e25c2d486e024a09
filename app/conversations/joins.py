"""Words that ask to be in: JOIN and what an office likes. A text of one is a suggestion, never an entry.

Who wrote it is put on a list, with their consent on record, when somebody says so; the welcome is filled
into the answer and waits for a press like any other text. Whoever opted out comes back by START alone.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa

from app.campaigns import templates
from app.clock import Clock
from app.conversations import canned, known
from app.people import consents, matching, optouts
from app.store.engine import Store, Unit
from app.store.events import ContactsChanged, ConversationChanged
from app.store.tables import (
    contact,
    conversation,
    list_member,
    message,
    office_setting,
    people_list,
)

KEY = "joins"
MAX_JOINS, MAX_WORD, MAX_NAME = 50, 40, 80
#: A longer text is no keyword, whatever it begins with.
MAX_TEXT = 60
#: The most conversations that one look for wishes goes through.
MOST = 20_000


class JoinError(ValueError):
    """A keyword that cannot be kept; the text is for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Join:
    """One keyword. ``source`` is where people were told of it ("SMS", "Instagram post")."""

    keyword: str
    list_name: str
    source: str = "SMS"
    wording: str = ""  # what they agree to by it, word for word
    frequency: str = ""  # what is promised: "2 a month"
    welcome: str = ""  # a template

    @property
    def consent_source(self) -> str:
        """What is put on record: "SMS: JOIN"."""
        return f"{self.source or 'SMS'}: {self.keyword}"


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody's text that asks to be in. ``opted_out``: only START brings them back."""

    join: Join
    message_id: int
    at: float
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a press brought: the text for the answer, or the fields that it lacks."""

    text: str = ""
    missing: tuple[str, ...] = ()


# -- the keywords ---------------------------------------------------------------------------------


def load(conn: sa.Connection) -> tuple[Join, ...]:
    """The office's keywords; what cannot be read counts as none."""
    stored = conn.execute(sa.select(office_setting.c.value).where(office_setting.c.key == KEY)).scalar()
    try:
        rows = json.loads(stored) if stored else []
        names = {each.name for each in fields(Join)}
        return tuple(
            Join(**{k: str(v) for k, v in row.items() if k in names}) for row in rows if row.get("keyword")
        )[:MAX_JOINS]
    except (ValueError, TypeError, AttributeError):
        return ()


def get(store: Store) -> tuple[Join, ...]:
    """The same, read from the store."""
    with store.read() as conn:
        return load(conn)


def save(store: Store, joins: tuple[Join, ...]) -> tuple[Join, ...]:
    """Keep these keywords in the place of all. Raises :class:`JoinError` and ``templates.TemplateError``."""
    checked = tuple(_checked(each) for each in joins)
    if len(checked) > MAX_JOINS:
        raise JoinError(f"There can be {MAX_JOINS} keywords at most.")
    words = [normal(each.keyword) for each in checked]
    twice = next((word for word in words if words.count(word) > 1), "")
    if twice:
        raise JoinError(f"{twice.upper()} is there twice. Each keyword leads to one list.")
    value = json.dumps([asdict(each) for each in checked], ensure_ascii=False)
    with store.write() as unit:
        _put(unit, value)
        unit.publish(ContactsChanged())
    return checked


def _put(unit: Unit, value: str) -> None:
    o = office_setting
    if not unit.conn.execute(sa.update(o).where(o.c.key == KEY).values(value=value)).rowcount:
        unit.conn.execute(sa.insert(o).values(key=KEY, value=value))


def _checked(each: Join) -> Join:
    keyword = " ".join(each.keyword.split()).upper()[:MAX_WORD]
    if not normal(keyword):
        raise JoinError("A keyword is a word that people text, such as JOIN.")
    clash = clash_of(keyword)
    if clash:
        raise JoinError(clash)
    name = " ".join(each.list_name.split())[:MAX_NAME]
    if not name:
        raise JoinError(f"Name the list that {keyword} adds people to.")
    templates.parse(each.welcome)
    source = " ".join(each.source.split())[:MAX_NAME] or "SMS"
    return Join(
        keyword, name, source, each.wording.strip()[:2000], " ".join(each.frequency.split())[:200],
        each.welcome.strip(),
    )  # fmt: skip


def clash_of(keyword: str) -> str:
    """Why a word cannot be a join keyword: whoever texts it opts out or in; "" where it can."""
    tier = matching.classify(keyword).tier
    if tier == matching.HARD:
        return f"{keyword.upper()} opts people out: choose another word to join by."
    if tier == matching.LIFT:
        return f"{keyword.upper()} lifts an opt-out: choose another word to join by."
    return ""


def normal(text: str) -> str:
    """A text as keywords are compared: no case, no accents, no signs."""
    return matching.plain(text)


def match(joins: tuple[Join, ...], text: str) -> Join | None:
    """The keyword that is the whole of ``text``."""
    if len(text) > MAX_TEXT or not joins:
        return None
    said = normal(text)
    return next((each for each in joins if said and normal(each.keyword) == said), None)


# -- wishes ---------------------------------------------------------------------------------------


def wish(conn: sa.Connection, conversation_id: int) -> Wish | None:
    """What the newest text of a conversation asks for, unless it was done already."""
    joins = load(conn)
    if not joins:
        return None
    row = conn.execute(
        sa.select(message.c.id, message.c.text, message.c.number, message.c.created_at)
        .where(message.c.conversation_id == conversation_id, message.c.direction == "in")
        .order_by(message.c.created_at.desc(), message.c.id.desc())
        .limit(1)
    ).first()
    join = match(joins, row.text) if row is not None else None
    if row is None or join is None or _done(conn, row.number, join, row.created_at):
        return None
    return Wish(join, row.id, row.created_at, optouts.active(conn, row.number))


def _done(conn: sa.Connection, number: str, join: Join, at: float) -> bool:
    """Whether they are on the list, with a consent that is not older than their text."""
    on_list = (
        sa.select(contact.c.id)
        .join(list_member, list_member.c.contact_id == contact.c.id)
        .join(people_list, people_list.c.id == list_member.c.list_id)
        .where(contact.c.number == number, people_list.c.name == join.list_name, contact.c.consent_at >= at)
    )
    return conn.execute(on_list.limit(1)).first() is not None


def wishing(conn: sa.Connection) -> tuple[int, ...]:
    """The conversations that wait for an answer to a keyword, whoever waits longest first."""
    joins = load(conn)
    if not joins:
        return ()
    c = conversation.c
    rows = conn.execute(
        sa.select(c.id, c.number, c.last_text, c.last_in_at)
        .where(
            sa.text("conversation.waiting_since IS NOT NULL"),
            c.kind == "number",
            c.last_direction == "in",
            sa.func.length(c.last_text) <= MAX_TEXT,
        )
        .order_by(c.waiting_since)
        .limit(MOST)
    ).all()
    found, by_word = [], {normal(each.keyword): each for each in joins}
    for row in rows:
        join = by_word.get(normal(row.last_text))
        if join is not None and not _done(conn, row.number, join, row.last_in_at or 0.0):
            found.append(int(row.id))
    return tuple(found)


def accept(store: Store, clock: Clock, conversation_id: int, asked: Wish, operator: str) -> Welcome:
    """Put who wrote on the list, with their consent, in one transaction; returns the welcome to fill in.

    Raises :class:`JoinError` where they opted out meanwhile, or wrote something else.
    """
    join, now = asked.join, clock.now()
    with store.write() as unit:
        standing = wish(unit.conn, conversation_id)
        if standing is None or standing.message_id != asked.message_id or standing.join != join:
            raise JoinError("This was done already, or they wrote something else since. Nothing was changed.")
        if standing.opted_out:
            raise JoinError("This number opted out, and only START brings it back. Nothing was changed.")
        number = unit.conn.execute(
            sa.select(conversation.c.number).where(conversation.c.id == conversation_id)
        )
        whom = number.scalar_one()
        key = known.contact_of(unit, clock, whom)
        _consent(unit.conn, whom, join, max(now, asked.at), now, operator)
        _put_on(unit, now, join.list_name, key)
        optouts.record(
            unit, now, operator, "joined by text", f"{whom}: {join.keyword}, list {join.list_name}"
        )
        unit.publish(ContactsChanged(), ConversationChanged(conversation_id))
        here = canned.campaign_of(unit.conn, whom)
        filled = canned.Filler(unit.conn, now, whom, operator, here).text(join.welcome)
    return Welcome(filled) if isinstance(filled, str) else Welcome("", filled)


def _consent(conn: sa.Connection, number: str, join: Join, at: float, now: float, operator: str) -> None:
    values = {
        "consent_source": join.consent_source, "consent_at": at, "consent_wording": join.wording,
        "consent_frequency": join.frequency, "consent_until": None,
    }  # fmt: skip
    columns = (contact.c[name] for name in values)
    before = conn.execute(sa.select(*columns).where(contact.c.number == number)).one()
    conn.execute(sa.update(contact).where(contact.c.number == number).values(**values, updated_at=now))
    consents.note_change(conn, now, number, dict(before._mapping), values, operator)


def _put_on(unit: Unit, now: float, name: str, contact_id: int) -> None:
    """Add a person to the newest list of that name, which is made where there is none."""
    conn, m = unit.conn, list_member
    found = conn.execute(
        sa.select(people_list.c.id).where(people_list.c.name == name).order_by(people_list.c.id.desc())
    ).scalar()
    if found is None:
        insert = sa.insert(people_list).returning(people_list.c.id)
        found = conn.execute(insert.values(name=name, created_at=now)).scalar_one()
    there = sa.select(m.c.contact_id).where(m.c.list_id == found, m.c.contact_id == contact_id)
    if conn.execute(there).first() is None:
        last: Any = conn.execute(sa.select(sa.func.max(m.c.position)).where(m.c.list_id == found)).scalar()
        place = 0 if last is None else int(last) + 1
        conn.execute(sa.insert(m).values(list_id=found, position=place, contact_id=contact_id))
