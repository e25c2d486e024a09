"""What is learned of a person while one talks with them: fields, tags, notes, kept from the thread itself."""

from __future__ import annotations

import sqlalchemy as sa

from app.clock import Clock
from app.conversations import known
from app.people import beside, contacts
from app.people.contacts import Contact
from app.store.engine import Store
from app.store.tables import conversation

#: The most fields that a person can get by hand.
MAX_FIELDS = 200


def person(store: Store, clock: Clock, conversation_id: int) -> Contact | None:
    """The person of a conversation, added to the contacts if they are none yet; None for a sender's name."""
    with store.write() as unit:
        row = unit.conn.execute(
            sa.select(conversation.c.number, conversation.c.kind).where(conversation.c.id == conversation_id)
        ).first()
        if row is None or row.kind != "number":
            return None
        known.contact_of(unit, clock, row.number)
        return contacts.by_number(unit.conn, row.number)


def set_field(
    store: Store, clock: Clock, conversation_id: int, name: str, value: str | None, country: str = ""
) -> str | None:
    """Change one field, or add it; it is read by its kind. None takes it away. Returns what it was before.

    Raises ``contacts.ContactError``.
    """
    whom = person(store, clock, conversation_id)
    if whom is None:
        return None
    if name not in whom.fields and len(whom.fields) >= MAX_FIELDS:
        raise contacts.ContactError(f"This person has {MAX_FIELDS} details already. Nothing was changed.")
    before = whom.raw_fields.get(name, whom.fields.get(name))
    fields = {key: each for key, each in whom.fields.items() if key != name or value is not None}
    if value is not None:
        fields[name] = value
    contacts.save(store, clock, whom.id, {"fields": fields}, country)
    return before


def put_field_back(
    store: Store, clock: Clock, conversation_id: int, name: str, before: str | None, given: str, country: str
) -> str:
    """Undo a change of a field; a sentence where it was changed again since, and nothing is done then."""
    whom = person(store, clock, conversation_id)
    if whom is None or given not in (whom.raw_fields.get(name), whom.fields.get(name)):
        return "This detail was changed again since. It stays as it is."
    set_field(store, clock, conversation_id, name, before, country)
    return ""


def set_notes(store: Store, clock: Clock, conversation_id: int, text: str) -> None:
    """Write the notes anew."""
    whom = person(store, clock, conversation_id)
    if whom is not None and whom.notes != text:
        contacts.save(store, clock, whom.id, {"notes": text})


def change_tags(store: Store, clock: Clock, conversation_id: int, *, add: str = "", remove: str = "") -> None:
    """Give a tag, or take one away."""
    whom = person(store, clock, conversation_id)
    if whom is not None:
        gone = (remove,) if remove else ()
        beside.tag_people(store, (whom.id,), add=(add,) if add else (), remove=gone)
