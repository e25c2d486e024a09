"""What a trainee does, step by step, looked up in the training's own database: what was done counts."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.operators.room import cast
from app.store.engine import Store
from app.store.tables import conversation, message, opt_out

#: Who skips more has not tried enough.
LEAST_SENT = 5
_LEFT = ("sent", "unknown", "sending")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``open`` is False while it cannot be done yet; ``hint`` is what went otherwise.

    ``needed`` is False for people who were skipped: nothing comes from them.
    """

    key: str
    title: str
    words: str
    done: bool
    open: bool = True
    hint: str = ""
    needed: bool = True


@dataclass(frozen=True, slots=True)
class _Person:
    """What became of one person of the cast."""

    name: str
    texted: bool
    wrote: bool
    waits: bool
    answered: int
    opted_out: str  # where the opt-out comes from; "" for none


def finished(steps: tuple[Step, ...]) -> bool:
    """Whether everything that had to be done is done."""
    return all(step.done or not step.needed for step in steps)


def look(store: Store) -> tuple[Step, ...]:
    """The steps as they stand. Reads some rows."""
    with store.read() as conn:
        ana, ben, chloe, dev, _ella, frank, grace, hal = (_person(conn, c.number, c.name) for c in cast())
        sent = _count(
            conn, message.c.kind == "first", message.c.state.in_(_LEFT), message.c.resend_of.is_(None)
        )
        left = _count(conn, message.c.kind == "first", message.c.state.in_(("queued", "clicked")))
        unknown = _count(conn, message.c.state == "unknown", message.c.resolution == "")
        decided = _count(conn, message.c.resolution.in_(("person_sent", "person_again")))
    return (
        Step(
            "send",
            f"Send a text to each of the eight ({min(sent, 8)} of 8)",
            "On the desk: read the card, then press Enter. Each person gets their own press. "
            "After the fifth the modem goes away for a moment; it comes back by itself.",
            sent >= LEAST_SENT and not left,
        ),
        Step(
            "unknown",
            "Say what became of the unknown text",
            "The modem was gone before it answered, so nobody knows whether the fifth text left. "
            "On the desk press D. Here the network took it, so press Y: it was sent.",
            decided > 0 and not unknown,
            open=unknown > 0 or decided > 0,
        ),
        Step(
            "question",
            f"Answer {ben.name}",
            "Ben asks something. Choose him in the inbox, write an answer and send it: "
            "the reading evening starts at seven.",
            ben.answered > 0,
            open=ben.wrote,
            needed=ben.texted,
        ),
        Step(
            "stop",
            f"Leave {chloe.name} and {dev.name} alone",
            "Chloe wrote STOP, and Dev said it in a sentence. Both were opted out in the moment their text "
            "came in, and nobody can text them. Look into both threads, and go on.",
            bool(chloe.opted_out and dev.opted_out) and not (chloe.waits or dev.waits),
            open=chloe.wrote and dev.wrote,
            needed=chloe.texted and dev.texted,
        ),
        _opt_out(
            hal,
            "hostile",
            f"Opt {hal.name} out",
            "Hal is angry and did not use the word. “Leave me alone” is enough: opt him out, "
            "and do not argue.",
        ),
        _opt_out(
            frank,
            "wrong",
            f"Opt {frank.name}'s number out",
            "This number belongs to somebody else now, who never agreed to anything. Opt it out.",
        ),
        Step(
            "driving",
            f"Look at what {grace.name}'s phone wrote",
            "Her phone answered by itself: such a text is folded and waits for nobody. Look into the thread, "
            "and do not write to somebody who drives.",
            grace.wrote and not grace.waits,
            open=grace.wrote,
            hint="You answered an automatic reply. It rings in a car." if grace.answered else "",
            needed=grace.texted,
        ),
        Step(
            "yes",
            f"Take {ana.name}'s yes",
            "Ana comes. Thank her, or mark the thread as done: nothing else is to be decided.",
            ana.wrote and not ana.waits,
            open=ana.wrote,
            needed=ana.texted,
        ),
    )


def _opt_out(who: _Person, key: str, title: str, words: str) -> Step:
    hint = "You wrote to them. It happens; next time opt them out first." if who.answered else ""
    return Step(key, title, words, bool(who.opted_out), open=who.wrote, hint=hint, needed=who.texted)


def _person(conn: sa.Connection, number: str, name: str) -> _Person:
    row = conn.execute(
        sa.select(conversation.c.waiting_since, conversation.c.last_in_at, conversation.c.unread).where(
            conversation.c.number == number
        )
    ).first()
    answered = _count(
        conn, message.c.number == number, message.c.kind == "reply", message.c.state.in_((*_LEFT, "clicked"))
    )
    source = conn.execute(
        sa.select(opt_out.c.source).where(opt_out.c.number == number, opt_out.c.lifted_at.is_(None))
    ).scalar()
    wrote = row is not None and row.last_in_at is not None
    waits = row is not None and bool((row.waiting_since is not None and not source) or row.unread)
    texted = _count(conn, message.c.number == number, message.c.kind == "first", message.c.state.in_(_LEFT))
    return _Person(name, texted > 0, wrote, waits, answered, source or "")


def _count(conn: sa.Connection, *where: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(message).where(message.c.direction == "out", *where)
    return int(conn.execute(query).scalar_one())
