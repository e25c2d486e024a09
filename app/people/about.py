"""Which rows of which table are about one person: the one list that handing over, erasing and tests go by.

A table that is about people and not in here would be forgotten by both: a test goes through all tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from app.people import ledger
from app.store import tables as t
from app.store.base import metadata

#: Tables without a row about anybody in particular, and what they are about.
NOT_ABOUT: Final = {
    "variant": "a campaign's texts before they are filled in",
    "wording": "a campaign's texts before they are filled in",
    "text_template": "texts of the office",
    "text_template_favourite": "texts of the office",
    "office_setting": "the office; the words that corrections taught are unlearned (see privacy)",
    "operator": "who works here",
    "question": "a campaign's script",
    "question_option": "a campaign's script",
    "canned_reply": "texts of the office",
    "campaign_line": "a campaign's lines",
    "shift": "who works here",
    "training": "who works here",
    "thread_group": "names of groups",
    "tag": "words of the office; one that nobody else has goes (see privacy)",
    "field_type": "kinds of fields",
    "audience": "rules",
    "people_list": "lists, without who is on them",
    "column_mapping": "headings of files",
    "line": "our own numbers",
    "sim": "our own numbers",
    "line_history": "our own lines",
    "campaign": "campaigns",
}


@dataclass(frozen=True, slots=True)
class Theirs:
    """Whom it is about: ``numbers`` (E.164), the contact's id, and the ledger's hashes of the numbers."""

    numbers: tuple[str, ...]
    contact: int | None
    keys: tuple[str, ...]


def theirs(conn: sa.Connection, number: str) -> Theirs:
    """The person who has ``number`` (E.164), their further numbers that are no other contact's with it."""
    c, n = t.contact.c, t.contact_number.c
    contact = conn.execute(sa.select(c.id).where(c.number == number)).scalar()
    more = (
        sa.select(n.number)
        .where(n.contact_id == contact, n.number.not_in(sa.select(c.number)))
        .order_by(n.number)
    )
    numbers = (number, *conn.execute(more).scalars())
    return Theirs(numbers, contact, ledger.keys_of(conn, numbers))


def conditions(who: Theirs) -> dict[sa.Table, sa.ColumnElement[bool]]:
    """Which rows of each table are about them; in an order in which they can be deleted."""
    threads = sa.select(t.conversation.c.id).where(t.conversation.c.number.in_(who.numbers))
    m = t.message.c
    # A text that was forwarded to one's own phone has that phone's number, and stands in their thread.
    texts = sa.or_(m.number.in_(who.numbers), m.conversation_id.in_(threads))
    own = sa.select(m.id).where(texts)

    def number(table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.number.in_(who.numbers)

    def text(table: sa.Table) -> sa.ColumnElement[bool]:
        return table.c.message_id.in_(own)

    part, permit, log = t.inbound_part, t.permit, t.opt_out_log
    return {
        permit: sa.or_(text(permit), permit.c.answers_id.in_(own)),
        t.judgement: text(t.judgement),
        t.group_message: text(t.group_message),
        t.message_part: sa.or_(text(t.message_part), number(t.message_part)),
        part: sa.or_(text(part), part.c.sender.in_(who.numbers)),
        t.answer: number(t.answer),
        t.hold: number(t.hold),
        t.consent: number(t.consent),
        t.opt_out: number(t.opt_out),
        t.imported_text: sa.or_(number(t.imported_text), t.imported_text.c.conversation_id.in_(threads)),
        t.message: texts,
        t.click: text(t.click),
        t.thread_group_member: t.thread_group_member.c.conversation_id.in_(threads),
        t.conversation: number(t.conversation),
        t.contact_tag: t.contact_tag.c.contact_id == who.contact,
        t.list_member: t.list_member.c.contact_id == who.contact,
        t.contact_number: sa.or_(t.contact_number.c.contact_id == who.contact, number(t.contact_number)),
        t.contact: t.contact.c.number == who.numbers[0],
        log: sa.or_(number(log), log.c.number_key.in_(who.keys)),
        t.erased: t.erased.c.number_key.in_(who.keys),
        t.audit: sa.or_(*(t.audit.c.detail.contains(each, autoescape=True) for each in who.numbers)),
    }


def rows(conn: sa.Connection, who: Theirs, table: sa.Table) -> list[dict[str, Any]]:
    """The rows of one table that are about them, by their key."""
    query = sa.select(table).where(conditions(who)[table]).order_by(*table.primary_key.columns)
    return [dict(row) for row in conn.execute(query).mappings()]


def mentions(conn: sa.Connection, numbers: tuple[str, ...]) -> dict[str, int]:
    """How many rows of other tables, and of other people, have one of ``numbers`` in words that were typed.

    Nobody can say what to make of those but a person who reads them: notes of a shift, a text of the office,
    notes about somebody else.
    """
    found: dict[str, int] = {}
    about = {table.name for table in conditions(Theirs(numbers, None, ()))}
    for table in metadata.sorted_tables:
        if table.name in about and table not in (t.contact, t.message):
            continue
        words = [c for c in table.columns if isinstance(c.type, sa.Text) and c.name != "number"]
        hits = [c.contains(each[-9:], autoescape=True) for c in words for each in numbers if len(each) > 9]
        if table in (t.contact, t.message):
            hits = [sa.and_(table.c.number.not_in(numbers), sa.or_(*hits))] if hits else []
        if hits:
            query = sa.select(sa.func.count()).select_from(table).where(sa.or_(*hits))
            if count := int(conn.execute(query).scalar_one()):
                found[table.name] = count
    return found
