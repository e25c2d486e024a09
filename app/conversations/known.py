"""Somebody who wrote becomes a contact when there is something to keep of them, and not before."""

from __future__ import annotations

import sqlalchemy as sa

from app.clock import Clock
from app.people import contacts
from app.store.engine import Unit
from app.store.events import ContactsChanged
from app.store.tables import contact, conversation


def contact_of(unit: Unit, clock: Clock, number: str) -> int:
    """The contact of ``number`` (E.164), made where there is none, and tied to its conversation."""
    person = contacts.by_number(unit.conn, number)
    if person is not None:
        return person.id
    now = clock.now()
    insert = sa.insert(contact).returning(contact.c.id)
    key = int(unit.conn.execute(insert.values(number=number, created_at=now, updated_at=now)).scalar_one())
    unit.conn.execute(sa.update(conversation).where(conversation.c.number == number).values(contact_id=key))
    unit.publish(ContactsChanged())
    return key
