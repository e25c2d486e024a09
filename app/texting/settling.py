"""Settling: what became of a text, written in one transaction, and never lost while there is any disk.

Where the database takes nothing even after the reserve was freed, the outcome goes to ``emergency.log`` in
the data folder, line by line and synced, and the next start puts it into the database.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.campaigns import gate
from app.conversations.forwarding_phones import FORWARD
from app.people import confirming_permits
from app.store.engine import Store, Unit
from app.store.events import ConversationChanged
from app.store.prepared import Prepared
from app.store.tables import conversation, message, message_part
from app.texting import delivery, spike
from app.texting.returning import block, give_back, unclaim, waits_again
from app.texting.rows import Row, changed, message_row

log = logging.getLogger(__name__)

EMERGENCY_NAME = "emergency.log"
#: The modem was not ready and nothing left: the text goes back to where it was before the click.
RETURNED = "returned"
#: A thread's head shows this much of its last text.
HEAD_CHARACTERS = 200


class SettleError(Exception):
    """The outcome of a send could be written nowhere; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of one claimed text. ``references`` are its parts' TP-MR in order; ``at`` UTC seconds."""

    message_id: int
    state: str  # sent | not_sent | unknown | RETURNED
    parts: int
    references: tuple[int, ...]
    reason: str
    error_code: str
    at: float


def settle(store: Store, settlement: Settlement) -> None:
    """Write the outcome. Raises :class:`SettleError` when neither the database nor the disk takes it."""
    try:
        store.write_vital(lambda unit: apply(unit, settlement))
    except sa.exc.SQLAlchemyError:
        log.exception("an outcome could not be settled; it goes to %s", EMERGENCY_NAME)
        _keep_aside(store.folder, settlement)


_SETTLE = Prepared(
    sa.update(message)
    .where(message.c.id == sa.bindparam("key"), message.c.state == sa.literal_column("'sending'"))
    .values(
        state=sa.bindparam("new_state"),
        reason=sa.bindparam("why"),
        error_code=sa.bindparam("code"),
        settled_at=sa.bindparam("at"),
        parts=sa.bindparam("all_parts"),
        parts_sent=sa.bindparam("known"),
        delivery=sa.bindparam("report"),
    )
)
_PARTS = Prepared(sa.select(message_part.c.part).where(message_part.c.message_id == sa.bindparam("key")))
_ADD_PART = Prepared(
    sa.insert(message_part).values(
        message_id=sa.bindparam("message_id"),
        part=sa.bindparam("part"),
        reference=sa.bindparam("reference"),
        line_id=sa.bindparam("line_id"),
        number=sa.bindparam("number"),
        accepted_at=sa.bindparam("accepted_at"),
    )
)
_COUNT_PARTS = Prepared(
    sa.update(message).where(message.c.id == sa.bindparam("key")).values(parts_sent=sa.bindparam("known"))
)
_NEWER = conversation.c.last_in_at > sa.bindparam("clicked_at", type_=sa.Float)
_HEAD = Prepared(
    sa.update(conversation)
    .where(conversation.c.id == sa.bindparam("key"))
    .values(
        last_text=sa.bindparam("words"),
        last_direction=sa.literal_column("'out'"),
        last_at=sa.bindparam("at"),
        line_id=sa.bindparam("line"),
        waiting_since=sa.case((_NEWER, conversation.c.waiting_since), else_=sa.null()),
    )
)


def apply(unit: Unit, settlement: Settlement) -> bool:
    """Put an outcome into the database; False when the text is settled already."""
    row = message_row(unit.conn, settlement.message_id)
    if row is None or row["state"] != "sending":
        return False
    there = {part for (part,) in _PARTS.rows(unit.conn, key=row["id"])}
    return apply_to(unit, settlement, row, there)


def apply_to(unit: Unit, settlement: Settlement, row: Row, there: set[int]) -> bool:
    """The same for a text whose row, as it was claimed, and stored parts are known to the caller."""
    sent = settlement.state == "sent"
    parts = settlement.parts or row["parts"]
    known = len(there | set(range(1, len(settlement.references) + 1)))
    if settlement.state == RETURNED and not known:
        _give_back(unit, row, settlement)
        return True
    taken = _SETTLE.run(
        unit.conn,
        key=row["id"],
        new_state="unknown" if settlement.state == RETURNED else settlement.state,
        why=settlement.reason,
        code=settlement.error_code,
        at=settlement.at,
        all_parts=parts,
        known=parts if sent else known,
        report="pending" if sent and known else "",
    )
    if not taken:
        return False
    for part, reference in enumerate(settlement.references, start=1):
        if part not in there:
            _insert_part(unit.conn, row, part, reference, settlement.at)
    _update_thread(unit, row, settlement)
    delivery.match_early(unit, row)
    if spike.counts(settlement.state, settlement.error_code):
        spike.look(unit, row["line_id"], settlement.at)
    unit.publish(changed(row))
    return True


def _give_back(unit: Unit, row: Row, settlement: Settlement) -> None:
    """Undo the claim. Who opted out meanwhile is not asked about again."""
    verdict = gate.check(unit.conn, settlement.at, row)
    if verdict.verdict == "blocked":
        block(unit, settlement.at, row, verdict.why)
    else:
        give_back(unit, settlement.at, row, settlement.reason)
    unclaim(unit.conn, row)


def _insert_part(conn: sa.Connection, row: Row, part: int, reference: int, at: float) -> None:
    _ADD_PART.run(
        conn,
        message_id=row["id"],
        part=part,
        reference=reference,
        line_id=row["line_id"],
        number=row["number"],
        accepted_at=at,
    )


def add_part(conn: sa.Connection, row: Row, part: int, reference: int, at: float) -> None:
    """Keep the reference (TP-MR) that the network gave a part; nothing happens when it is there."""
    there = {known for (known,) in _PARTS.rows(conn, key=row["id"])}
    if part not in there:
        _insert_part(conn, row, part, reference, at)
        _COUNT_PARTS.run(conn, key=row["id"], known=len(there) + 1)


def parts_known(conn: sa.Connection, message_id: int) -> int:
    """How many parts of a text are known to have left."""
    return len(_PARTS.rows(conn, key=message_id))


def _update_thread(unit: Unit, row: Row, settlement: Settlement) -> None:
    """The thread's head. What they wrote after the click still waits for an answer."""
    thread = row["conversation_id"]
    if thread is None or row["kind"] == FORWARD:  # nothing was said to whom the thread is with
        return
    # Whom a prepared text does not answer goes on waiting.
    until = confirming_permits.answers_until(unit.conn, row["id"]) if row["kind"] == "reply" else None
    if settlement.state != "not_sent":
        _HEAD.run(
            unit.conn,
            key=thread,
            words=row["text"][:HEAD_CHARACTERS],
            at=settlement.at,
            line=row["line_id"],
            clicked_at=row["clicked_at"] if until is None else until,
        )
    elif row["kind"] == "reply" and until != 0.0:
        unit.conn.execute(
            sa.update(conversation).where(conversation.c.id == thread).values(waiting_since=waits_again())
        )
    unit.publish(ConversationChanged(thread))


# -- when the database takes nothing --------------------------------------------------------------


def _keep_aside(folder: Path, settlement: Settlement) -> None:
    line = json.dumps(dataclasses.asdict(settlement)) + "\n"
    try:
        descriptor = os.open(folder / EMERGENCY_NAME, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode("ascii"))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise SettleError(
            "The disk takes nothing more: what became of the last text could not be kept, and it is shown "
            "as unknown. Make room on the disk, then start p2ptext again."
        ) from error


def read_emergency(folder: Path) -> tuple[Settlement, ...]:
    """The outcomes that wait in the emergency log; a line that was cut short is left out."""
    try:
        lines = (folder / EMERGENCY_NAME).read_text("ascii", "replace").splitlines()
    except OSError:
        return ()
    found = []
    for line in lines:
        try:
            values = json.loads(line)
            found.append(Settlement(**{**values, "references": tuple(values["references"])}))
        except (ValueError, TypeError, KeyError):
            log.warning("a line of %s cannot be read", EMERGENCY_NAME)
    return tuple(found)


def forget_emergency(folder: Path) -> None:
    """Remove the emergency log once its outcomes are in the database."""
    (folder / EMERGENCY_NAME).unlink(missing_ok=True)
