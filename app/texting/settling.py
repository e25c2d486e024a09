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
from typing import Any

import sqlalchemy as sa

from app.campaigns import gate
from app.store.engine import Store, Unit
from app.store.events import ConversationChanged
from app.store.tables import conversation, message, message_part
from app.texting import delivery
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


def apply(unit: Unit, settlement: Settlement) -> bool:
    """Put an outcome into the database; False when the text is settled already."""
    row = message_row(unit.conn, settlement.message_id)
    if row is None or row["state"] != "sending":
        return False
    for part, reference in enumerate(settlement.references, start=1):
        add_part(unit.conn, row, part, reference, settlement.at)
    known = parts_known(unit.conn, row["id"])
    if settlement.state == RETURNED and not known:
        _give_back(unit, row, settlement)
        return True
    sent = settlement.state == "sent"
    parts = settlement.parts or row["parts"]
    unit.conn.execute(
        sa.update(message)
        .where(message.c.id == row["id"])
        .values(
            state="unknown" if settlement.state == RETURNED else settlement.state,
            reason=settlement.reason,
            error_code=settlement.error_code,
            settled_at=settlement.at,
            parts=parts,
            parts_sent=parts if sent else known,
            delivery="pending" if sent and known else "",
        )
    )
    _update_thread(unit, row, settlement)
    delivery.match_early(unit, row)
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


def add_part(conn: sa.Connection, row: Row, part: int, reference: int, at: float) -> None:
    """Keep the reference (TP-MR) that the network gave a part; nothing happens when it is there."""
    there = conn.execute(
        sa.select(message_part.c.part).where(
            message_part.c.message_id == row["id"], message_part.c.part == part
        )
    ).first()
    if there is not None:
        return
    conn.execute(
        sa.insert(message_part).values(
            message_id=row["id"],
            part=part,
            reference=reference,
            line_id=row["line_id"],
            number=row["number"],
            accepted_at=at,
        )
    )
    conn.execute(
        sa.update(message).where(message.c.id == row["id"]).values(parts_sent=parts_known(conn, row["id"]))
    )


def parts_known(conn: sa.Connection, message_id: int) -> int:
    """How many parts of a text are known to have left."""
    count = sa.select(sa.func.count()).select_from(message_part)
    return int(conn.execute(count.where(message_part.c.message_id == message_id)).scalar_one())


def _update_thread(unit: Unit, row: Row, settlement: Settlement) -> None:
    """The thread's head. What they wrote after the click still waits for an answer."""
    if row["conversation_id"] is None:
        return
    if settlement.state == "not_sent":
        values: dict[str, Any] = {"waiting_since": waits_again()} if row["kind"] == "reply" else {}
    else:
        newer = conversation.c.last_in_at > row["clicked_at"]
        values = {
            "last_text": row["text"][:HEAD_CHARACTERS],
            "last_direction": "out",
            "last_at": settlement.at,
            "line_id": row["line_id"],
            "waiting_since": sa.case((newer, conversation.c.waiting_since), else_=None),
        }
    if values:
        unit.conn.execute(
            sa.update(conversation).where(conversation.c.id == row["conversation_id"]).values(**values)
        )
    unit.publish(ConversationChanged(row["conversation_id"]))


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
