"""Sending one text: claim, send, settle. The one place of the program that gives a modem a text.

Claim is one transaction that checks everything once more and writes ``sending``; it is the last write before
the first octet. Send holds no transaction. Settle is one transaction that writes the outcome. A program that
dies after the claim leaves *unknown* (``recovery``); nothing here ever tries a second time.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from app.campaigns import gate
from app.clock import Clock
from app.conversations import threads
from app.store.engine import Store, Unit
from app.store.tables import click, line, message
from app.texting import crash, settling
from app.texting.clicks import UNDER_WAY, text_hash
from app.texting.returning import block, give_back
from app.texting.rows import Row, changed
from app.texting.settling import Settlement
from modem import sms
from modem.api import Modem, Outcome, Outgoing, Refusal, SendResult
from modem.errors import ModemError

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"^\+?[0-9]{3,15}$", re.ASCII)


# Made once: between a press and the modem the time of building statements would show.
_WAITING = (
    message.c.line_id == sa.bindparam("line_id"),
    message.c.state == "clicked",
    sa.text(UNDER_WAY),
    line.c.enabled,
    ~line.c.paused,
)
_JOINED = message.join(line, line.c.id == message.c.line_id)
_OLDEST_ID = sa.select(message.c.id).select_from(_JOINED).where(*_WAITING).limit(1)
_OLDEST = sa.select(message).select_from(_JOINED).where(*_WAITING).order_by(message.c.click_id).limit(1)
_MADE_ON = sa.select(click.c.text_hash).where(
    click.c.id == sa.bindparam("click_id"),
    click.c.message_id == sa.bindparam("message_id"),
    click.c.voided_at.is_(None),
)
_CLAIM = (
    sa.update(message)
    .where(message.c.id == sa.bindparam("key"), message.c.state == "clicked")
    .values(
        state="sending",
        reason="",
        claimed_at=sa.bindparam("claimed_at"),
        # Its place in the thread is where it leaves, not where it was queued.
        created_at=sa.bindparam("created_at"),
        conversation_id=sa.bindparam("conversation_id"),
        parts=sa.bindparam("parts"),
    )
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A text that is this line's to send, now and once. ``row`` is the message as it was claimed."""

    row: Row
    outgoing: Outgoing
    parts: int


def never() -> bool:
    """The ``stopping`` of a program that is not about to close."""
    return False


def ignore_refusal(refusal: Refusal) -> None:
    """The ``refused`` of a caller that goes on in any case."""


def send_next(
    store: Store,
    clock: Clock,
    modem: Modem,
    line_id: int,
    *,
    stopping: Callable[[], bool] = never,
    called: bool = False,
    refused: Callable[[Refusal], None] = ignore_refusal,
) -> bool:
    """Send the line's oldest clicked text; False when none may go. ``called`` says that one surely waits.

    ``refused`` is told, after the outcome is settled, what a modem's refusal asks for: on ``NOT_READY`` the
    text is back on the desk, and the line should wait until it is ready. Every outcome is settled in the
    database before this returns or raises. Raises what the modem raised, which should be nothing, and
    ``SettleError`` when the outcome could not be kept anywhere.
    """
    claimed = claim(store, clock, line_id, called=called, whole=not modem.capabilities.parts)
    if claimed is None:
        return False
    crash.reach("P2")
    watch = _Watch(store, clock, line_id, claimed, stopping)
    try:
        result = modem.send(claimed.outgoing, watch.proceed, watch.on_part)
    except Exception as error:
        settling.settle(store, watch.settlement(_broken(claimed, watch, error)))
        raise
    settling.settle(store, watch.settlement(result))
    if result.outcome is Outcome.NOT_SENT and result.refusal is not Refusal.NONE:
        refused(result.refusal)
    return True


# -- claim ----------------------------------------------------------------------------------------


def claim(
    store: Store, clock: Clock, line_id: int, *, called: bool = False, whole: bool = False
) -> Claimed | None:
    """Take the oldest clicked text of the line if every rule still lets it go, else give it back.

    Without ``called`` it looks first whether any text waits, and takes the write lock only then. ``whole``
    is for a modem that is given whole texts: they count as one part.
    """
    if not called and not _any_waits(store, line_id):
        return None
    with store.write() as unit:
        while (row := _oldest(unit.conn, line_id)) is not None:
            if _may_go(unit, clock.now(), row):
                return _claim(unit, clock, row, whole)
    return None


def _any_waits(store: Store, line_id: int) -> bool:
    with store.read() as conn:
        return conn.execute(_OLDEST_ID, {"line_id": line_id}).first() is not None


def _oldest(conn: sa.Connection, line_id: int) -> Row | None:
    """The line's oldest clicked text; none while the line is paused or taken out."""
    return conn.execute(_OLDEST, {"line_id": line_id}).mappings().first()


def _may_go(unit: Unit, now: float, row: Row) -> bool:
    """Ask every rule; a text that may not go is given back or blocked, in this transaction."""
    if not _click_stands(unit.conn, row):
        give_back(unit, now, row, "The text changed after it was pressed; read it and press again.")
        return False
    if not _NUMBER.match(row["number"]):
        block(unit, now, row, "This is no number that a text can be sent to.")
        return False
    verdict = gate.check(unit.conn, now, row)
    if verdict.verdict == "blocked":
        block(unit, now, row, verdict.why)
    elif verdict.verdict != "go":
        give_back(unit, now, row, verdict.why)
    return bool(verdict.verdict == "go")


def _click_stands(conn: sa.Connection, row: Row) -> bool:
    """Whether the click is this message's own, not voided, and made on exactly this text."""
    made_on = conn.execute(
        _MADE_ON, {"click_id": row["click_id"], "message_id": row["id"]}
    ).scalar_one_or_none()
    return bool(made_on is not None and made_on == row["text_hash"] == text_hash(row["text"]))


def _claim(unit: Unit, clock: Clock, row: Row, whole: bool) -> Claimed:
    now = clock.now()
    parts = 1 if whole else len(sms.split(row["text"]).segments)
    thread = row["conversation_id"]
    if thread is None:
        thread = threads.ensure(unit, clock, row["number"], "number", row["contact_id"], row["line_id"])
    values = {"claimed_at": now, "created_at": now, "conversation_id": thread, "parts": parts}
    unit.conn.execute(_CLAIM, {"key": row["id"], **values})
    taken = {**row, **values, "state": "sending", "reason": ""}
    unit.publish(changed(taken))
    reference = _concat_reference(unit.conn, row["line_id"]) if parts > 1 else 0
    token = f"{row['id']}-{row['click_id']}"
    return Claimed(taken, Outgoing(row["number"], row["text"], reference, token=token), parts)


def _concat_reference(conn: sa.Connection, line_id: int) -> int:
    """The line's next 8-bit concatenation reference (TS 23.040 9.2.3.24.1), counted in the database."""
    following = (line.c.concat_reference + 1) % 256
    conn.execute(sa.update(line).where(line.c.id == line_id).values(concat_reference=following))
    return int(conn.execute(sa.select(line.c.concat_reference).where(line.c.id == line_id)).scalar_one())


# -- while the modem sends ------------------------------------------------------------------------


class _Watch:
    """What the modem asks and tells while it sends one text."""

    def __init__(
        self, store: Store, clock: Clock, line_id: int, claimed: Claimed, stopping: Callable[[], bool]
    ) -> None:
        self.store, self.clock, self.line_id, self.claimed = store, clock, line_id, claimed
        self.stopping = stopping
        self.objection = ""
        self.references: list[int] = []

    def proceed(self, part: int) -> bool:
        """The last question before the octets that cannot be called back (once for each part)."""
        if self.stopping():
            self.objection = "p2ptext was closed before this text was sent."
        else:
            self.objection = self._object()
        return not self.objection

    def _object(self) -> str:
        try:
            with self.store.read() as conn:
                return _objection(conn, self.clock.now(), self.claimed.row)
        except sa.exc.SQLAlchemyError:
            log.exception("the last check before a text could not read the database")
            return "The database could not be read just before this text was to leave."

    def on_part(self, part: int, reference: int) -> None:
        """Keep the reference of a part that the network took, at once."""
        self.references.append(reference)
        try:
            self.store.write_vital(lambda unit: self._keep(unit, part, reference))
        except sa.exc.SQLAlchemyError:
            # The settlement brings every reference again.
            log.exception("the reference of a part could not be stored yet")

    def _keep(self, unit: Unit, part: int, reference: int) -> None:
        row = self.claimed.row
        settling.add_part(unit.conn, row, part, reference, self.clock.now())
        unit.publish(changed(row))

    def settlement(self, result: SendResult) -> Settlement:
        """What to write: the outcome, with the program's own objection where it had one."""
        row = self.claimed.row
        references = max(tuple(result.references), tuple(self.references), key=len)
        parts = result.parts or self.claimed.parts
        state, reason = result.outcome.value, result.detail
        if result.outcome is Outcome.NOT_SENT:
            reason = self.objection or reason
            if result.refusal is Refusal.NOT_READY and not references:
                state = settling.RETURNED
            elif references:
                # Part of it is with the receiver, so it is not "not sent".
                state = Outcome.UNKNOWN.value
                reason = (
                    f"{len(references)} of {parts} parts left, then it stopped: {reason} "
                    "The phone may show a fragment or nothing."
                )
        return Settlement(
            message_id=row["id"],
            state=state,
            parts=parts,
            references=references,
            reason="" if state == Outcome.SENT.value else reason,
            error_code=f"{result.kind} {result.code}".strip() if result.code is not None else result.kind,
            at=self.clock.now(),
        )


def _objection(conn: sa.Connection, now: float, row: Row) -> str:
    """Why this claimed text may no longer leave; "" when it may. Reads only."""
    paused = conn.execute(sa.select(line.c.paused).where(line.c.id == row["line_id"])).scalar_one_or_none()
    if paused is None or paused:
        return "The line was paused before this text was sent."
    verdict = gate.check(conn, now, row)
    return "" if verdict.verdict == "go" else verdict.why


def _broken(claimed: Claimed, watch: _Watch, error: Exception) -> SendResult:
    """The outcome of a send that raised, which is not knowing."""
    words = str(error) if isinstance(error, ModemError) else "the program failed while it was sending"
    return SendResult(
        Outcome.UNKNOWN, claimed.parts, tuple(watch.references), detail=f"This text may have left: {words}"
    )
