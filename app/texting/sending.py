"""Sending one text: claim, send, settle. The one place of the program that gives a modem a text.

Claim is one transaction that checks everything once more and writes ``sending``; it is the last write before
the first octet. Send holds no transaction. Settle is one transaction that writes the outcome. A program that
dies after the claim leaves *unknown* (``recovery``); nothing here ever tries a second time.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from app.campaigns import gate
from app.clock import Clock
from app.conversations import threads
from app.store.engine import Store, Unit
from app.store.prepared import Prepared
from app.store.tables import click, line, message
from app.texting import budgets, crash, settling
from app.texting.clicks import MOST_GRACE, UNDER_WAY, text_hash
from app.texting.returning import block, give_back
from app.texting.rows import Row, changed
from app.texting.settling import Settlement
from modem import sms
from modem.api import Modem, Outcome, Outgoing, Refusal, SendResult
from modem.errors import ModemError

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"^\+?[0-9]{3,15}$", re.ASCII)


# Made once: between a press and the modem the time of building statements would show.
_LIMITS = (
    line.c.per_minute,
    line.c.per_hour,
    line.c.per_day,
    line.c.people_month,
    line.c.month_day,
)
_WAITING = (
    message.c.line_id == sa.bindparam("line_id"),
    message.c.state == sa.literal_column("'clicked'"),
    sa.text(UNDER_WAY),
    line.c.enabled,
    ~line.c.paused,
)
# A click's grace is over. Where the clock was set back since the click, it does not last for hours.
_DUE = sa.or_(
    message.c.not_before.is_(None),
    message.c.not_before <= sa.bindparam("now", type_=sa.Float),
    message.c.clicked_at > sa.bindparam("now", type_=sa.Float) + sa.literal_column("60.0"),
)
_JOINED = message.join(line, line.c.id == message.c.line_id)
_OLDEST_ID = Prepared(
    sa.select(message.c.id).select_from(_JOINED).where(*_WAITING, _DUE).limit(sa.literal_column("1"))
)
_NEXT = Prepared(
    sa.select(message.c.not_before, *_LIMITS)
    .select_from(_JOINED)
    .where(*_WAITING)
    .order_by(message.c.not_before)  # NULL, which is now, comes first
    .limit(sa.literal_column("1"))
)
# With the words' hash that its own, standing click was made on, and its line's limits.
_OLDEST = Prepared(
    sa.select(message, click.c.text_hash.label("clicked_hash"), line.c.name.label("line_name"), *_LIMITS)
    .select_from(
        _JOINED.outerjoin(
            click,
            sa.and_(
                click.c.id == message.c.click_id,
                click.c.message_id == message.c.id,
                click.c.voided_at.is_(None),
            ),
        )
    )
    .where(*_WAITING, _DUE)
    # The order of ix_message_line_click, so that a thousand that wait need no sorting.
    .order_by(message.c.lane, message.c.click_id)
    .limit(sa.literal_column("1"))
)
_CLAIM = Prepared(
    sa.update(message)
    .where(message.c.id == sa.bindparam("key"), message.c.state == sa.literal_column("'clicked'"))
    .values(
        state=sa.literal_column("'sending'"),
        reason=sa.literal_column("''"),
        claimed_at=sa.bindparam("claimed"),
        # Its place in the thread is where it leaves, not where it was queued.
        created_at=sa.bindparam("claimed"),
        conversation_id=sa.bindparam("thread"),
        parts=sa.bindparam("part_count"),
    )
)
_PAUSED = Prepared(sa.select(line.c.paused).where(line.c.id == sa.bindparam("line_id")))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A text that is this line's to send, now and once. ``row`` is the message as it was claimed."""

    row: Row
    outgoing: Outgoing
    parts: int
    facts: gate.Facts
    mark: int | None = None  # while the store is untouched since, the facts still hold


def never() -> bool:
    """The ``stopping`` of a program that is not about to close, and the ``meanwhile`` of an idle line."""
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
    meanwhile: Callable[[], bool] = never,
) -> bool:
    """Send the line's oldest clicked text; False when none may go. ``called`` says that one surely waits.

    ``refused`` is told, after the outcome is settled, what a modem's refusal asks for: on ``NOT_READY`` the
    text is back on the desk, and the line should wait until it is ready. Every outcome is settled in the
    database before this returns or raises. Raises what the modem raised, which should be nothing, and
    ``SettleError`` when the outcome could not be kept anywhere.

    While texts go well and ``meanwhile``, asked after each, says that nothing else is to be done first, the
    next clicked text is claimed in the transaction that settles the one before: one commit for each text.
    """
    claimed = claim(store, clock, line_id, called=called, whole=not modem.capabilities.parts)
    if claimed is None:
        return False
    while claimed is not None:
        claimed = _send(modem, _Watch(store, clock, line_id, claimed, stopping), meanwhile, refused)
    return True


def _send(
    modem: Modem, watch: _Watch, meanwhile: Callable[[], bool], refused: Callable[[Refusal], None]
) -> Claimed | None:
    """Send one claimed text and settle it; the next one where that could be claimed with the settlement."""
    store, claimed = watch.store, watch.claimed
    crash.reach("P2")
    try:
        result = modem.send(claimed.outgoing, watch.proceed, watch.on_part)
    except Exception as error:
        settling.settle(store, watch.settlement(_broken(claimed, watch, error)))
        raise
    settlement = watch.settlement(result)
    goes_on = False
    try:
        goes_on = settlement.state == Outcome.SENT.value and not watch.stopping() and not meanwhile()
    finally:
        if not goes_on:
            settling.settle(store, settlement)
    if goes_on:
        return _settle_and_claim(watch, settlement, whole=not modem.capabilities.parts)
    if result.outcome is Outcome.NOT_SENT and result.refusal is not Refusal.NONE:
        refused(result.refusal)
    return None


def _settle_and_claim(watch: _Watch, settlement: Settlement, *, whole: bool) -> Claimed | None:
    store, clock = watch.store, watch.clock
    try:
        with store.write() as unit:
            settling.apply_to(unit, settlement, watch.claimed.row, watch.stored)
            return _claim_oldest(store, unit, clock, watch.line_id, whole)
    except sa.exc.SQLAlchemyError:
        log.exception("an outcome and the next claim could not be written together")
    # The outcome alone may use the reserve, and has a place outside the database.
    settling.settle(store, settlement)
    return None


# -- claim ----------------------------------------------------------------------------------------


def claim(
    store: Store, clock: Clock, line_id: int, *, called: bool = False, whole: bool = False
) -> Claimed | None:
    """Take the oldest clicked text of the line if every rule still lets it go, else give it back.

    Without ``called`` it looks first whether any text waits, and takes the write lock only then. ``whole``
    is for a modem that is given whole texts: they count as one part.
    """
    if not called and not _any_waits(store, clock, line_id):
        return None
    with store.write() as unit:
        return _claim_oldest(store, unit, clock, line_id, whole)


def _claim_oldest(store: Store, unit: Unit, clock: Clock, line_id: int, whole: bool) -> Claimed | None:
    while (row := _OLDEST.mapping(unit.conn, line_id=line_id, now=clock.now())) is not None:
        limits = budgets.limits_of(row)
        if limits.per_minute and budgets.pace(unit.conn, line_id, limits, clock.now()) is not None:
            return None  # the click stays as it is, and its line comes back in time
        facts = _may_go(unit, clock.now(), row)
        if facts is not None and (not limits.any or _fits(unit, clock.now(), row, limits)):
            return replace(_claim(unit, clock, row, facts, whole), mark=store.mark())
    return None


def _any_waits(store: Store, clock: Clock, line_id: int) -> bool:
    with store.read() as conn:
        return _OLDEST_ID.first(conn, line_id=line_id, now=clock.now()) is not None


def next_at(store: Store, clock: Clock, line_id: int) -> float | None:
    """When the line's next clicked text may leave by its grace and its pace, in UTC seconds."""
    with store.read() as conn:
        found = _NEXT.first(conn, line_id=line_id)
        if found is None:
            return None
        now, limits = clock.now(), budgets.Limits(*found[1:])
        pace = budgets.pace(conn, line_id, limits, now) if limits.per_minute else None
    grace = min(found[0] or now, now + MOST_GRACE)
    return max(grace, pace or now, now)


def _fits(unit: Unit, now: float, row: Row, limits: budgets.Limits) -> bool:
    """Whether the line's limits have room; a text that does not fit is given back, in this transaction."""
    found = budgets.verdict(unit.conn, row["line_id"], row["line_name"], limits, now, row["number"])
    if not found.allowed:
        give_back(unit, now, row, found.why)
    return found.allowed


def _may_go(unit: Unit, now: float, row: Row) -> gate.Facts | None:
    """Ask every rule; a text that may not go is given back or blocked, in this transaction: None."""
    if not _click_stands(row):
        give_back(unit, now, row, "The text changed after it was pressed; read it and press again.")
        return None
    if not _NUMBER.match(row["number"]):
        block(unit, now, row, "This is no number that a text can be sent to.")
        return None
    facts = gate.facts_of(unit.conn, now, row)
    verdict = gate.judge(facts, now)
    if verdict.verdict == "blocked":
        block(unit, now, row, verdict.why)
    elif verdict.verdict != "go":
        give_back(unit, now, row, verdict.why)
    return facts if verdict.verdict == "go" else None


def _click_stands(row: Row) -> bool:
    """Whether the click is this message's own, not voided, and made on exactly this text."""
    made_on = row["clicked_hash"]
    return bool(made_on is not None and made_on == row["text_hash"] == text_hash(row["text"]))


def _claim(unit: Unit, clock: Clock, row: Row, facts: gate.Facts, whole: bool) -> Claimed:
    now = clock.now()
    parts = 1 if whole else len(sms.split(row["text"]).segments)
    thread = row["conversation_id"]
    if thread is None:
        thread = threads.ensure(unit, clock, row["number"], "number", row["contact_id"], row["line_id"])
    _CLAIM.run(unit.conn, key=row["id"], claimed=now, thread=thread, part_count=parts)
    values = {"claimed_at": now, "created_at": now, "conversation_id": thread, "parts": parts}
    taken = {**row, **values, "state": "sending", "reason": ""}
    unit.publish(changed(taken))
    reference = _concat_reference(unit.conn, row["line_id"]) if parts > 1 else 0
    token = f"{row['id']}-{row['click_id']}"
    outgoing = Outgoing(row["number"], row["text"], reference, token=token)
    return Claimed(taken, outgoing, parts, facts)


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
        self.stored: set[int] = set()  # the parts whose references are in the database

    def proceed(self, part: int) -> bool:
        """The last question before the octets that cannot be called back (once for each part)."""
        if self.stopping():
            self.objection = "p2ptext was closed before this text was sent."
        else:
            self.objection = self._object()
        return not self.objection

    def _object(self) -> str:
        now = self.clock.now()
        if self.store.untouched(self.claimed.mark):
            # Nobody has written anything since the claim: only the time went on.
            return _why_not(gate.judge(self.claimed.facts, now))
        try:
            with self.store.read() as conn:
                return _objection(conn, now, self.claimed.row)
        except sa.exc.SQLAlchemyError:
            log.exception("the last check before a text could not read the database")
            return "The database could not be read just before this text was to leave."

    def on_part(self, part: int, reference: int) -> None:
        """Keep the reference of a part at once; the settlement follows the last one and brings it."""
        self.references.append(reference)
        if part == self.claimed.parts:
            return
        try:
            self.store.write_vital(lambda unit: self._keep(unit, part, reference))
            self.stored.add(part)
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
    paused = _PAUSED.first(conn, line_id=row["line_id"])
    if paused is None or paused[0]:
        return "The line was paused before this text was sent."
    return _why_not(gate.check(conn, now, row))


def _why_not(verdict: gate.Gate) -> str:
    return "" if verdict.verdict == "go" else verdict.why


def _broken(claimed: Claimed, watch: _Watch, error: Exception) -> SendResult:
    """The outcome of a send that raised, which is not knowing."""
    words = str(error) if isinstance(error, ModemError) else "the program failed while it was sending"
    return SendResult(
        Outcome.UNKNOWN, claimed.parts, tuple(watch.references), detail=f"This text may have left: {words}"
    )
