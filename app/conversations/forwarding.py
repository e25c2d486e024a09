"""One text that somebody wrote, forwarded to the own phone of who reads it: prepared, read, and pressed once.

It is a message like any other: its own row, its own click, counted by its line. It stands in the thread of
the person who wrote, marked as forwarded, so that whoever works there sees that the words went on, and so
that it goes when the person is erased. Their thread goes on waiting: nobody answered them.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate
from app.clock import Clock
from app.conversations import forwarding_phones as phones
from app.conversations.forwarding_phones import FORWARD
from app.store.engine import Store
from app.store.tables import contact, conversation, message
from app.texting import clicks, measure
from app.texting.clicks import Clicked, Press, Refused, text_hash
from app.texting.rows import changed, insert, message_row

#: The longest text that is forwarded, in segments; the rest of it is cut, and says so.
MOST_SEGMENTS = 3
CUT = " (cut)"
_LONGEST_NAME, _LOOKED_AT = 30, 2_000
#: Zero-width joiners: letters of some scripts and some emoji are written with them.
_JOINERS = "\u200c\u200d"
NO_PHONE = "No number of your own phone is kept. Set it under Settings, My phone."
ITS_OWN = "They wrote from this phone: there is nothing to forward."
CHANGED = "The number of your phone or the text changed after it was shown. Read it again, then press."


@dataclass(frozen=True, slots=True)
class Forward:
    """A text as it would go. ``why`` says why it cannot; ``to`` is E.164, "" where no phone is kept.

    ``before`` is when the same text went to this phone already (UTC seconds), None for never.
    """

    message_id: int
    to: str
    to_display: str
    text: str
    cut: bool = False
    why: str = ""
    before: float | None = None


def prepare(store: Store, clock: Clock, message_id: int, who: int | None, *, masked: bool) -> Forward:
    """The text that would be forwarded of one that came in. Reads only; nothing waits to be sent.

    ``who`` is the operator's id. ``masked``: of their number only the end is in it.
    """
    with store.read() as conn:
        return _prepare(conn, clock.now(), message_id, who, masked=masked)


def send(
    store: Store,
    clock: Clock,
    shown: Forward,
    who: int | None,
    *,
    masked: bool,
    press: Press,
    operator: str,
    grace: float = 0.0,
) -> Clicked | Refused:
    """Take a press on what was ``shown``: a new message to the own phone, with this click."""
    now = clock.now()
    with store.write() as unit:
        found = _prepare(unit.conn, now, shown.message_id, who, masked=masked)
        if found.why:
            return Refused(found.why)
        if (found.to, found.text) != (shown.to, shown.text):
            return Refused(CHANGED)
        thread = message_row(unit.conn, shown.message_id)
        assert thread is not None
        key = insert(
            unit.conn,
            message,
            direction="out",
            state="queued",
            kind=FORWARD,
            number=found.to,
            conversation_id=thread["conversation_id"],
            text=found.text,
            text_hash=text_hash(found.text),
            created_at=now,
        )
    taken = clicks.accept(
        store, clock, key, text_hash=text_hash(shown.text), press=press, operator=operator, grace=grace
    )
    if isinstance(taken, Refused):
        with store.write() as unit:
            row = message_row(unit.conn, key)
            unit.conn.execute(sa.delete(message).where(message.c.id == key, message.c.state == "queued"))
            if row is not None:
                unit.publish(changed(row))
    return taken


def forwardable(direction: str, message_id: int, text: str) -> bool:
    """Whether a text of a thread is one that can be forwarded: theirs, kept here, and with words."""
    return direction == "in" and message_id > 0 and bool(text.strip())


# -- parts ----------------------------------------------------------------------------------------


def _prepare(conn: sa.Connection, now: float, message_id: int, who: int | None, *, masked: bool) -> Forward:
    query = (
        sa.select(message.c.text, message.c.number, message.c.direction, conversation.c.kind, contact.c.name)
        .join(conversation, conversation.c.id == message.c.conversation_id)
        .outerjoin(contact, contact.c.id == conversation.c.contact_id)
        .where(message.c.id == message_id)
    )
    row = conn.execute(query).first()
    phone = phones.of(conn, who)
    if row is None or row.kind == "system" or not forwardable(row.direction, message_id, row.text):
        return Forward(message_id, "", "", "", why="This text cannot be forwarded.")
    text, cut = words_of(row.name or "", row.number, row.text, masked=masked)
    if phone is None:
        return Forward(message_id, "", "", text, cut, NO_PHONE)
    return Forward(
        message_id,
        phone.number,
        phone.display,
        text,
        cut,
        ITS_OWN if phone.number == row.number else _why_not(conn, now, phone),
        _before(conn, phone.number, text),
    )


def _why_not(conn: sa.Connection, now: float, phone: phones.Phone) -> str:
    theirs = phones.contacts(conn, phone.number)
    if theirs and not phone.sure:
        return (
            f"The number that is kept as your phone is {theirs} by now. "
            "Say under Settings, My phone, whether it is yours."
        )
    row: dict[str, Any] = {"id": None, "number": phone.number, "kind": FORWARD}
    found = gate.check(conn, now, row | {"campaign_id": None, "resend_of": None})
    return "" if found.verdict == "go" else f"Your phone's number: {found.why}"


def _before(conn: sa.Connection, number: str, text: str) -> float | None:
    query = sa.select(sa.func.max(message.c.created_at)).where(
        message.c.number == number,
        message.c.direction == "out",
        message.c.kind == FORWARD,
        message.c.text_hash == text_hash(text),
        message.c.state.in_(("clicked", "sending", "sent", "unknown")),
    )
    return conn.execute(query).scalar()


def words_of(name: str, number: str, text: str, *, masked: bool) -> tuple[str, bool]:
    """ "From Ana Ruiz (..0187): their words", in one line, and whether the words were cut.

    What cannot be seen is taken out, so that the words cannot turn the line around, nor begin another line
    that looks like another person's. The two dots are letters of the GSM alphabet; "…" would be none and make
    every text longer.
    """
    shown = f"..{number[-4:]}" if masked and number.startswith("+") else _plain(number)
    who = _plain(name)[:_LONGEST_NAME].strip()
    head = f"From {who} ({shown}): " if who else f"From {shown}: "
    words = _plain(text[:_LOOKED_AT])
    if len(text) <= _LOOKED_AT and _segments(head + words) <= MOST_SEGMENTS:
        return head + words, False
    fits, too_long = 0, len(words) + 1
    while too_long - fits > 1:
        half = (fits + too_long) // 2
        if _segments(head + words[:half] + CUT) <= MOST_SEGMENTS:
            fits = half
        else:
            too_long = half
    return head + words[:fits].rstrip(_JOINERS + " ") + CUT, True


def _plain(text: str) -> str:
    kept = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or char in _JOINERS or unicodedata.category(char)[0] != "C"
    )
    return " ".join(kept.split())


def _segments(text: str) -> int:
    return measure.measure(text).segments
