"""Clicks: the one way in which a text gets leave to go. Each is made from one press of a person.

A click is a row of its own (who, when, with what, and the hash of the text that was on screen). Nothing in
this program makes one but the window's press handler, and each lets exactly one text go, once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate
from app.clock import Clock
from app.conversations import threads
from app.operators import training
from app.people import confirming_offers, confirming_permits
from app.people.confirming_offers import Offer
from app.people.confirming_permits import Kind
from app.store.engine import Store, Unit
from app.store.events import ConversationChanged
from app.store.tables import click, conversation, message
from app.texting import routing
from app.texting.returning import give_back
from app.texting.rows import UNDER_WAY as UNDER_WAY
from app.texting.rows import Row, changed, insert, message_row
from modem import sms

#: Clicks that may wait for one line: few, so that Pause and Opt out stay meaningful.
MAX_WAITING = 25
#: The most parts that one text can have (TS 23.040 9.2.3.24.1).
MAX_PARTS = 255
#: The longest grace of a click, in seconds.
MOST_GRACE = 60.0

_NOT_QUEUED = {
    "clicked": "This text waits for its line already.",
    "sending": "This text is being sent already.",
    "sent": "This text was sent already.",
    "not_sent": "This text was tried already; choose Send again.",
    "unknown": "This text may have left already; say first whether it did.",
    "skipped": "This person was skipped. Put them back first.",
    "blocked": "This text is blocked: the person opted out.",
    "removed": "This text was taken out.",
}


# Made once: between a press and the modem the time of building statements would show.
_OUTGOING = sa.select(message).where(message.c.id == sa.bindparam("id"), message.c.direction == "out")
_CLICK = (
    sa.update(message)
    .where(message.c.id == sa.bindparam("key"))
    .values(
        state="clicked",
        reason="",
        click_id=sa.bindparam("click_id"),
        line_id=sa.bindparam("line_id"),
        clicked_at=sa.bindparam("clicked_at"),
        lane=sa.bindparam("lane"),
        not_before=sa.bindparam("not_before"),
    )
)


@dataclass(frozen=True, slots=True)
class Press:
    """One press of a person: made by the window's press handler from a real key or mouse event."""

    device: str  # "key:Return", "key:Space", "mouse", "touch"
    monotonic: float  # seconds
    at: float  # UTC seconds since the epoch


@dataclass(frozen=True, slots=True)
class Clicked:
    """The click was taken; the text waits for its line behind ``ahead`` others."""

    message_id: int
    click_id: int
    line_id: int
    ahead: int


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was taken and nothing changed; ``why`` is a sentence for the person."""

    why: str


class _RefusalError(Exception):
    """Leaves the transaction, which takes back whatever it wrote."""


def _unlocked(store: Store) -> None:
    if store.locked:
        raise _RefusalError("p2ptext is locked. Unlock it, read the text, then press.")
    if store.away:
        raise _RefusalError(store.away)


def text_hash(text: str) -> str:
    """SHA-256 of a text, in hex: what ties a click to what was on screen."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_hash = text_hash  # which arguments below are called, too


def accept(
    store: Store,
    clock: Clock,
    message_id: int,
    *,
    text_hash: str,
    press: Press,
    operator: str,
    line_id: int | None = None,
    grace: float = 0.0,
) -> Clicked | Refused:
    """Take a press on a queued text. ``text_hash`` is the hash of the text that the person saw.

    Its line leaves it alone for ``grace`` seconds, so that it can be taken back.
    """
    try:
        _unlocked(store)
        with store.write() as unit:
            row = _row(unit.conn, message_id)
            if row["state"] != "queued":
                raise _RefusalError(_NOT_QUEUED.get(row["state"], "This text cannot be sent."))
            if text_hash != row["text_hash"]:
                raise _RefusalError("The text changed after it was shown. Read it again, then press.")
            return _take(unit, clock, row, press, operator, line_id, grace)
    except _RefusalError as refusal:
        return Refused(str(refusal))


def compose(
    store: Store,
    clock: Clock,
    to: int | str,
    text: str,
    *,
    press: Press,
    operator: str,
    line_id: int | None = None,
    grace: float = 0.0,
    answers: int | None = None,
) -> Clicked | Refused:
    """Take a press on a text that a person typed. ``to`` is a conversation's id or an E.164 number.

    The draft is cleared, and the thread no longer waits for an answer. ``answers`` is the id of the text of
    somebody who opted out who, as the person who presses says, asked in it for an answer: one goes.
    """
    try:
        _unlocked(store)
        with store.write() as unit:
            thread = _thread(unit, clock, to)
            _check_text(text)
            row = _new_reply(unit.conn, clock.now(), thread, text)
            if answers is not None:
                offer = _offer(store, unit, clock, thread["id"], "answer", answers, "")
                _permit(unit, clock, offer, row, operator)
            clicked = _take(unit, clock, row, press, operator, line_id, grace)
            unit.conn.execute(
                sa.update(conversation)
                .where(conversation.c.id == thread["id"])
                .values(draft="", waiting_since=None, snoozed_until=None)
            )
            unit.publish(ConversationChanged(thread["id"]))
            return clicked
    except _RefusalError as refusal:
        return Refused(str(refusal))


def prepared(
    store: Store,
    clock: Clock,
    conversation_id: int,
    kind: Kind,
    answers: int,
    *,
    language: str,
    text_hash: str,
    press: Press,
    operator: str,
    grace: float = 0.0,
) -> Clicked | Refused:
    """Take a press on the confirmation of an opt-out, or on the answer to HELP, that waits in a thread.

    ``answers`` is the id of the text of theirs that it is for, ``text_hash`` the hash of what the person saw
    in ``language``. The draft of the thread stays.
    """
    try:
        _unlocked(store)
        with store.write() as unit:
            thread = _thread(unit, clock, conversation_id)
            offer = _offer(store, unit, clock, conversation_id, kind, answers, language)
            if not offer.text or text_hash != _hash(offer.text):
                raise _RefusalError("The text changed after it was shown. Read it again, then press.")
            row = _new_reply(unit.conn, clock.now(), thread, offer.text)
            _permit(unit, clock, offer, row, operator)
            clicked = _take(unit, clock, row, press, operator, None, grace)
            if kind == "help" and confirming_permits.newest_in(unit.conn, thread["number"]) == answers:
                done = sa.update(conversation).where(conversation.c.id == conversation_id)
                unit.conn.execute(done.values(waiting_since=None, snoozed_until=None))
            unit.publish(ConversationChanged(conversation_id))
            return clicked
    except _RefusalError as refusal:
        return Refused(str(refusal))


def take_back(store: Store, clock: Clock, message_id: int) -> bool:
    """Undo a click whose text is not yet on its way; False when the line was faster."""
    with store.write() as unit:
        row = message_row(unit.conn, message_id)
        if row is None or row["state"] != "clicked":
            return False
        give_back(unit, clock.now(), row, "taken back")
        return True


def resolve_sent(store: Store, clock: Clock, message_id: int, operator: str) -> bool:
    """A person says that an unknown text did leave; False when it is not unknown."""
    with store.write() as unit:
        row = message_row(unit.conn, message_id)
        if row is None or row["state"] != "unknown":
            return False
        unit.conn.execute(
            sa.update(message)
            .where(message.c.id == message_id)
            .values(
                state="sent", resolution="person_sent", reason=f"{operator or 'A person'} says it was sent."
            )
        )
        unit.publish(changed(row))
        return True


def send_again(
    store: Store, clock: Clock, message_id: int, *, press: Press, operator: str, grace: float = 0.0
) -> Clicked | Refused:
    """Take a press that sends a text once more which is unknown or did not leave: a new message."""
    try:
        _unlocked(store)
        with store.write() as unit:
            old = _row(unit.conn, message_id)
            if old["state"] not in ("unknown", "not_sent"):
                raise _RefusalError("Only a text that did not leave, or may not have, can be sent again.")
            if old["resolution"]:
                raise _RefusalError("This text was decided on already.")
            if confirming_permits.prepared(unit.conn, old["id"]):
                raise _RefusalError("A text that was prepared for STOP or HELP goes once, and not again.")
            row = _copy(unit.conn, clock.now(), old)
            clicked = _take(unit, clock, row, press, operator, None, grace)
            unit.conn.execute(
                sa.update(message).where(message.c.id == old["id"]).values(resolution="person_again")
            )
            unit.publish(changed(old))
            return clicked
    except _RefusalError as refusal:
        return Refused(str(refusal))


# -- one click ------------------------------------------------------------------------------------


def _take(
    unit: Unit, clock: Clock, row: Row, press: Press, operator: str, wanted: int | None, grace: float
) -> Clicked:
    now = clock.now()
    verdict = gate.check(unit.conn, now, row)
    if verdict.verdict != "go":
        raise _RefusalError(verdict.why)
    way = routing.way_of(unit.conn, now, row, wanted)
    if isinstance(way, str):
        raise _RefusalError(way)
    if way.ahead >= MAX_WAITING:
        raise _RefusalError(
            f"{way.ahead} clicks wait for this line. Let some of them leave, or take them back, then press "
            "again."
        )
    untrained = training.why_not(unit.conn, operator, way.line_id)
    if untrained:
        raise _RefusalError(untrained)
    click_id = insert(
        unit.conn,
        click,
        message_id=row["id"],
        operator=operator,
        at=press.at,
        monotonic=press.monotonic,
        device=press.device,
        text_hash=row["text_hash"],
    )
    values = {"key": row["id"], "click_id": click_id, "line_id": way.line_id, "clicked_at": now}
    later = now + min(grace, MOST_GRACE) if grace > 0 else None
    unit.conn.execute(_CLICK, values | {"lane": way.lane, "not_before": later})
    unit.publish(changed(row))
    return Clicked(row["id"], click_id, way.line_id, way.ahead)


# -- to somebody who opted out ----------------------------------------------------------------------


def _offer(
    store: Store, unit: Unit, clock: Clock, conversation_id: int, kind: Kind, answers: int, language: str
) -> Offer:
    found = confirming_offers.one(store, unit.conn, clock, conversation_id, kind, answers, language)
    if isinstance(found, str):
        raise _RefusalError(found)
    return found


def _permit(unit: Unit, clock: Clock, offer: Offer, row: Row, operator: str) -> None:
    """Bind a text to the event that it answers, and note it; the gate asks for it from now on."""
    why = confirming_permits.put(unit, offer.event, row)
    if why:
        raise _RefusalError(why)
    confirming_offers.note(unit, clock.now(), row["number"], offer, operator)


# -- rows -----------------------------------------------------------------------------------------


def _row(conn: sa.Connection, message_id: int) -> Row:
    row = conn.execute(_OUTGOING, {"id": message_id}).mappings().first()
    if row is None:
        raise _RefusalError("This text is no longer there.")
    return row


def _thread(unit: Unit, clock: Clock, to: int | str) -> Row:
    if isinstance(to, str):
        to = threads.ensure(unit, clock, to, "number", None, None)
    row = unit.conn.execute(sa.select(conversation).where(conversation.c.id == to)).mappings().first()
    if row is None:
        raise _RefusalError("This conversation is no longer there.")
    if row["kind"] != "number":
        raise _RefusalError("This sender cannot be answered by text.")
    return row


def _check_text(text: str) -> None:
    if not text.strip():
        raise _RefusalError("The text is empty.")
    if len(sms.split(text).segments) > MAX_PARTS:
        raise _RefusalError("The text is too long to send. Shorten it, then press again.")


def _new_reply(conn: sa.Connection, now: float, thread: Row, text: str) -> Row:
    return _insert(
        conn,
        number=thread["number"],
        conversation_id=thread["id"],
        contact_id=thread["contact_id"],
        kind="reply",
        text=text,
        created_at=now,
    )


def _copy(conn: sa.Connection, now: float, old: Row) -> Row:
    kept = (
        "number", "conversation_id", "contact_id", "campaign_id", "kind", "position", "text", "edited",
        "wording_id", "fresh_until", "expires_at",
    )  # fmt: skip
    return _insert(conn, **{name: old[name] for name in kept}, resend_of=old["id"], created_at=now)


def _insert(conn: sa.Connection, **values: Any) -> Row:
    key = insert(
        conn, message, direction="out", state="queued", text_hash=text_hash(values["text"]), **values
    )
    return _row(conn, key)
