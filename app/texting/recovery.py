"""What a start does with what the last run left. Nothing leaves after it without a new click."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import sqlalchemy as sa

from app.clock import Clock
from app.store.engine import Store, Unit
from app.store.tables import message
from app.texting import settling
from app.texting.returning import give_back
from app.texting.rows import Row
from app.texting.settling import Settlement

log = logging.getLogger(__name__)

_UNDER_WAY = (
    "message.direction = 'out' AND message.state IN ('unknown', 'sending', 'clicked', 'not_sent') "
    "AND message.state IN ('sending', 'clicked')"
)
PRESS_AGAIN = "p2ptext stopped before this text was sent; press again."


@dataclass(frozen=True, slots=True)
class Recovered:
    """How many texts became sent, unknown, or wait for a new press; ``settled``: by the emergency log."""

    settled: int = 0
    sent: int = 0
    unknown: int = 0
    returned: int = 0


def recover(store: Store, clock: Clock) -> Recovered:
    """Call this once at the start, before any line runs.

    A text whose parts the network all took is *sent*; another that was under way is *unknown*; a click that
    no line had taken up is void: a campaign's text waits on the desk again, a reply's is in its draft.
    """
    aside = settling.read_emergency(store.folder)

    def work(unit: Unit) -> Recovered:
        settled = sum(settling.apply(unit, settlement) for settlement in aside)
        rows = unit.conn.execute(sa.select(message).where(sa.text(_UNDER_WAY))).mappings().all()
        sending = [row for row in rows if row["state"] == "sending"]
        sent = sum(_end(unit, clock.now(), row) for row in sending)
        clicked = [row for row in rows if row["state"] == "clicked"]
        # The newest first, so that the replies of one draft keep their order.
        for row in sorted(clicked, key=lambda row: -int(row["click_id"])):
            give_back(unit, clock.now(), row, PRESS_AGAIN)
        return Recovered(settled, sent, len(sending) - sent, len(clicked))

    done = store.write_vital(work)
    settling.forget_emergency(store.folder)
    if done != Recovered():
        log.info("left from the last run: %s", done)
    return done


def recover_line(store: Store, clock: Clock, line_id: int) -> None:
    """Settle what a line of this process left under way when its thread failed; its clicks still stand."""
    query = sa.select(message).where(
        sa.text(_UNDER_WAY), message.c.line_id == line_id, message.c.state == "sending"
    )
    with store.read() as conn:
        if conn.execute(query).first() is None:
            return
    aside = settling.read_emergency(store.folder)

    def work(unit: Unit) -> None:
        for settlement in aside:
            settling.apply(unit, settlement)
        for row in unit.conn.execute(query).mappings().all():
            _end(unit, clock.now(), row)

    # The log stays for the next start: applying an outcome twice changes nothing.
    store.write_vital(work)


def _end(unit: Unit, now: float, row: Row) -> bool:
    """Settle a text that was under way; True when all of it is known to have left."""
    known, parts = settling.parts_known(unit.conn, row["id"]), row["parts"]
    sent = bool(0 < parts <= known)
    reason = (
        "p2ptext stopped while this text was being sent; "
        f"{known} of {parts} {'part' if parts == 1 else 'parts'} known to have left."
    )
    settlement = Settlement(
        row["id"], "sent" if sent else "unknown", parts, (), "" if sent else reason, "", now
    )
    settling.apply(unit, settlement)
    return sent
