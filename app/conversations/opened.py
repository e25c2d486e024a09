"""A conversation as it is opened: the thread, the person, and the canned replies that fit them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.clock import Clock
from app.conversations import bubbles, canned, joins, threads
from app.conversations.bubbles import Bubble
from app.conversations.canned import Offered
from app.conversations.joins import Wish
from app.conversations.threads import Thread
from app.people import confirming_offers, contacts, fieldtypes, holds
from app.people.confirming_offers import Offer
from app.people.contacts import Contact
from app.people.holds import Hold
from app.store.engine import Store
from app.store.tables import tag


@dataclass(frozen=True, slots=True)
class Opened:
    """``contact`` is None for a number that is nobody's yet; ``campaign_id`` the campaign it answers.

    ``kinds`` are those of the fields by name, ``tags`` the names of all tags there are; ``wish`` says that
    their newest text asks to be in; ``hold`` that a person must decide whether they opted out.
    ``said`` is their newest text, judged; ``waiting`` what may be pressed though, or as, they opted out.
    """

    thread: Thread
    contact: Contact | None = None
    offers: tuple[Offered, ...] = ()
    campaign_id: int | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    wish: Wish | None = None
    hold: Hold | None = None
    said: Bubble | None = None
    waiting: tuple[Offer, ...] = ()


#: Tags that are offered while one is typed.
MAX_TAGS = 2_000


def read(store: Store, clock: Clock, conversation_id: int, operator: str) -> Opened | None:
    """Everything about one conversation; None where there is none."""
    thread = threads.get(store, conversation_id, clock)
    if thread is None:
        return None
    if thread.row.kind != "number":
        return Opened(thread)
    with store.read() as conn:
        return Opened(
            thread,
            contacts.by_number(conn, thread.row.number),
            canned.offered(conn, clock.now(), conversation_id, operator),
            canned.campaign_of(conn, thread.row.number),
            fieldtypes.kinds_of(conn),
            tuple(conn.execute(sa.select(tag.c.name).order_by(tag.c.folded).limit(MAX_TAGS)).scalars()),
            joins.wish(conn, conversation_id),
            None if thread.row.opted_out else holds.of_number(conn, thread.row.number, clock.now()),
            bubbles.newest_in(conn, conversation_id),
            confirming_offers.read(store, conn, clock, conversation_id),
        )
