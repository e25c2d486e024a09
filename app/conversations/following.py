"""What goes with a canned reply once it was sent: the tag, the answer, and that nobody waits any more."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.clock import Clock
from app.conversations import answers, known, threads
from app.people import beside
from app.store.engine import Store
from app.store.events import ContactsChanged
from app.store.tables import conversation


@dataclass(frozen=True, slots=True)
class Following:
    """``option_id`` is an answer of a campaign's script; ``done`` says that nobody waits any more."""

    tag: str = ""
    option_id: int | None = None
    done: bool = False


def follow(
    store: Store, clock: Clock, conversation_id: int, what: Following, operator: str, country: str = ""
) -> str:
    """Do what follows; a sentence where a part of it could not be done, "" where all was.

    A person who is not known yet is added, for a tag to hold on to.
    """
    with store.read() as conn:
        number = conn.execute(
            sa.select(conversation.c.number).where(conversation.c.id == conversation_id)
        ).scalar()
    if number is None:
        return ""
    if what.tag:
        tag(store, clock, number, what.tag)
    problem = ""
    if what.option_id is not None:
        try:
            answers.give_option(store, clock, operator, number, what.option_id, country=country)
        except answers.AnswerError as error:
            problem = str(error)
    if what.done:
        threads.mark_done(store, conversation_id)
    return problem


def tag(store: Store, clock: Clock, number: str, name: str) -> None:
    """Give the person of ``number`` a tag."""
    with store.write() as unit:
        known.contact_of(unit, clock, number)
        beside.add_tags(unit.conn, {number: (name,)})
        unit.publish(ContactsChanged())
