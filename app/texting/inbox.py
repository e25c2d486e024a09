"""Receiving: one transaction stores the raw text, joins it, and lets a STOP take effect. Then it is deleted.

Nothing here touches the SIM: the line's thread deletes a message only after :func:`receive` has returned,
that is after the commit. What the SIM offers again is recognised and only deleted.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.people import matching, numbers
from app.store.engine import Store, Unit
from app.store.prepared import Prepared
from app.store.tables import inbound_part
from app.texting import arrivals, crash, delivery, joining
from app.texting.arrivals import Arrival
from app.texting.rows import Row, insert
from modem import sms
from modem.api import Incoming
from modem.errors import PduError
from modem.sms import Address, Deliver, StatusReport

log = logging.getLogger(__name__)

#: The longest raw text that is kept: many times the PDU that 3GPP TS 23.040 allows, and a whole long text as
#: JSON from a backend without PDUs.
MAX_PDU = 64 * 1024
#: A text longer than 255 parts of GSM 7-bit is cut: nobody wrote it to be read.
MAX_TEXT = 255 * 153
#: So many are stored in one transaction: what a SIM holds, and short enough for a press that waits behind it.
BATCH = 25
SYSTEM_THREAD = "System messages"
# 3GPP TS 23.040 9.2.3.9: for the device's own use, and for the SIM's.
_FOR_DEVICE, _FOR_SIM, _FOR_SIM_OF_ANSI = (0x7D, 0x7E), 0x7F, 0x7C
_SIM_CLASS = 2
_NAME_LENGTH = 64
# Common PCN Handset Specification 4.2, B.4.2.1: voice mail waits, or waits no more, as an odd sender's name.
_CPHS = {
    "_@": "Voice mail is reported by the operator.",
    "Δ@": "The operator reports that no voice mail waits.",
}
_WAITING = ("Voice mail is", "A fax is", "E-mail is", "Another message is")
_ON_SIM = "inbound_part.deleted_at IS NULL AND inbound_part.slot IS NOT NULL"


@dataclass(frozen=True, slots=True)
class LineInfo:
    """What the inbox must know of a line. ``sim`` is the ICCID; ``country`` completes national numbers."""

    id: int
    sim: str
    country: str


@dataclass(frozen=True, slots=True)
class Received:
    """Stored and committed: the SIM's copy may go. ``kind`` is that of the row; ``new`` False for R3."""

    part_id: int
    kind: str
    message_id: int | None
    new: bool = True


def receive(store: Store, clock: Clock, line: LineInfo, incoming: Incoming) -> Received:
    """Store what came in. After this returns it is safely on disk, and a STOP in it is in force."""
    return receive_all(store, clock, line, (incoming,))[0]


def receive_all(
    store: Store, clock: Clock, line: LineInfo, incoming: Sequence[Incoming]
) -> tuple[Received, ...]:
    """The same for what came together, :data:`BATCH` in one transaction; in order."""
    stored: list[Received] = []
    if incoming:
        arrivals.warm()  # before the first write: others would wait for it
    for start in range(0, len(incoming), BATCH):
        some = incoming[start : start + BATCH]
        stored += store.write_vital(partial(_receive_some, clock=clock, line=line, some=some))
        for _ in some:
            crash.reach("R3")
    return tuple(stored)


def deleted(store: Store, clock: Clock, part_ids: Sequence[int]) -> None:
    """Note that the SIM's copies are gone."""
    with store.write() as unit:
        _mark_deleted(unit.conn, clock.now(), part_ids)


def reconcile(store: Store, clock: Clock, line: LineInfo, on_sim: Sequence[Incoming]) -> int:
    """After a sweep: what is stored here and lies on the SIM no longer is deleted. Returns how many."""
    there = {(item.slot.storage, item.slot.index, _sha(item)) for item in on_sim if item.slot is not None}
    query = sa.select(
        inbound_part.c.id, inbound_part.c.storage, inbound_part.c.slot, inbound_part.c.sha256
    ).where(sa.text(_ON_SIM), inbound_part.c.line_id == line.id, inbound_part.c.sim == line.sim)
    with store.read() as conn:
        gone = [row.id for row in conn.execute(query) if (row.storage, row.slot, row.sha256) not in there]
    if gone:
        with store.write() as unit:
            _mark_deleted(unit.conn, clock.now(), gone)
    return len(gone)


def in_order(incoming: Sequence[Incoming]) -> list[Incoming]:
    """A SIM's messages by the centre's time; its slots are in no order. What has no time comes last."""
    return sorted(incoming, key=_centre_time)


def show_overdue(store: Store, clock: Clock) -> int:
    """Show the texts whose missing parts did not come in ten minutes, and close them after a day."""
    with store.read() as conn:
        if not joining.overdue(conn, clock.now()):
            return 0
    with store.write() as unit:
        rows = joining.overdue(unit.conn, clock.now())
        for row in rows:
            arrivals.show_incomplete(
                unit, clock.now(), row, close=row["created_at"] <= clock.now() - joining.GENERATION_SECONDS
            )
    return len(rows)


def _receive_some(unit: Unit, clock: Clock, line: LineInfo, some: Sequence[Incoming]) -> list[Received]:
    return [_receive(unit, clock, line, one) for one in some]


def warm() -> None:
    """Load the word lists and numbering plans now, so that the first text of the day need not wait."""
    matching.classify("warm")
    arrivals.warm()
    numbers.same_number("+13125550100", "US")


# -- one message ----------------------------------------------------------------------------------


def _receive(unit: Unit, clock: Clock, line: LineInfo, incoming: Incoming) -> Received:
    twins = _twins(unit.conn, line, incoming)
    again = next((row for row in twins if _is_here(row, line, incoming)), None)
    if again is not None:
        return Received(again["id"], again["kind"], again["message_id"], new=False)
    repeat = any(row["slot"] is None or row["deleted_at"] is not None for row in twins)
    values = _raw(clock.now(), line, incoming)
    decoded = _decode(incoming)
    if decoded is None:
        received = _unreadable(unit, clock, line, values, repeat)
    elif isinstance(decoded, StatusReport):
        received = _report(unit, line, values, decoded, repeat)
    else:
        received = _text(unit, clock, line, values, decoded, repeat)
    crash.reach("R2")
    return received


_TWINS = Prepared(
    sa.select(
        inbound_part.c.id,
        inbound_part.c.kind,
        inbound_part.c.message_id,
        inbound_part.c.sim,
        inbound_part.c.storage,
        inbound_part.c.slot,
        inbound_part.c.deleted_at,
    ).where(inbound_part.c.sha256 == sa.bindparam("sha"), inbound_part.c.line_id == sa.bindparam("line"))
)


def _twins(conn: sa.Connection, line: LineInfo, incoming: Incoming) -> Sequence[Row]:
    rows = _TWINS.rows(conn, sha=_sha(incoming), line=line.id)
    return [dict(zip(_TWINS.columns, row, strict=True)) for row in rows]


def _is_here(row: Row, line: LineInfo, incoming: Incoming) -> bool:
    """Whether the row is this very message: in the same place of the same SIM and not deleted yet."""
    slot = incoming.slot
    if slot is None or row["deleted_at"] is not None:
        return False
    return (row["sim"], row["storage"], row["slot"]) == (line.sim, slot.storage, slot.index)


def _raw(now: float, line: LineInfo, incoming: Incoming) -> dict[str, Any]:
    slot = incoming.slot
    return {
        "line_id": line.id,
        "sim": line.sim,
        "storage": "" if slot is None else slot.storage,
        "slot": None if slot is None else slot.index,
        "pdu": _storable(incoming.pdu[:MAX_PDU]),
        "sha256": _sha(incoming),
        "received_at": now,
    }


def _decode(incoming: Incoming) -> Deliver | StatusReport | None:
    if isinstance(incoming.message, Deliver):
        # A text of a backend without PDUs is whole: there is nothing that a part of it could be joined to.
        return replace(incoming.message, concat=None, text=_storable(incoming.message.text)[:MAX_TEXT])
    if incoming.message is not None:
        return incoming.message
    try:
        return sms.decode_incoming(incoming.pdu)
    except PduError:
        return None
    except Exception:  # a fault of the decoder must not make the line deaf: the raw text stays
        log.exception("the decoder failed on a PDU of %d characters", len(incoming.pdu))
        return None


def _unreadable(unit: Unit, clock: Clock, line: LineInfo, values: dict[str, Any], repeat: bool) -> Received:
    if repeat:
        return Received(insert(unit.conn, inbound_part, **values | {"kind": "repeat"}), "repeat", None)
    arrival = Arrival(
        number=SYSTEM_THREAD,
        thread=SYSTEM_THREAD,
        thread_kind="system",
        text="Unreadable message. It is kept as it came, and can be exported.",
        line_id=line.id,
    )
    message_id = arrivals.store(unit, clock, arrival)
    part_id = insert(unit.conn, inbound_part, **values | {"kind": "unreadable", "message_id": message_id})
    return Received(part_id, "unreadable", message_id)


def _report(
    unit: Unit, line: LineInfo, values: dict[str, Any], report: StatusReport, repeat: bool
) -> Received:
    kind = "repeat" if repeat else "report"
    recipient = report.recipient.number
    values = values | {
        "kind": kind,
        "sender": numbers.same_number(recipient, line.country) or recipient,
        "reference": report.reference,
        "sent_at": None if report.submitted is None else report.submitted.timestamp(),
        "note": str(report.status),
    }
    part_id = insert(unit.conn, inbound_part, **values)
    if repeat:
        return Received(part_id, kind, None)
    row = unit.conn.execute(sa.select(inbound_part).where(inbound_part.c.id == part_id)).mappings().one()
    return Received(part_id, kind, delivery.match(unit, row))


def _text(
    unit: Unit, clock: Clock, line: LineInfo, values: dict[str, Any], part: Deliver, repeat: bool
) -> Received:
    arrival = _arrival(line, part)
    group = None if repeat else joining.place(unit.conn, clock.now(), arrival.number, part)
    values = values | _described(arrival, part)
    if group is not None and part.replace_type and not arrival.words:
        values["note"] = kind_of_replacing = f"replace {part.replace_type}"
        earlier = arrivals.replaced(unit.conn, arrival.number, kind_of_replacing, group.message_id)
        if earlier is not None:
            arrivals.mark_replaced(unit, earlier)
            arrival = replace(arrival, note="replaces an earlier text")
    if group is None:
        # Kept raw and not shown twice; a STOP in it still counts.
        part_id = insert(unit.conn, inbound_part, **values | {"kind": "repeat"})
        arrivals.judge(unit, clock, arrival, message_id=None, whole=False)
        return Received(part_id, "repeat", None)
    message_id = arrivals.store_group(unit, clock, arrival, group)
    kind = "system" if arrival.thread_kind == "system" else "text"
    part_id = insert(unit.conn, inbound_part, **values | {"kind": kind, "message_id": message_id})
    return Received(part_id, kind, message_id)


def _described(arrival: Arrival, part: Deliver) -> dict[str, Any]:
    values: dict[str, Any] = {"sender": arrival.number, "sent_at": arrival.sent_at}
    if part.concat is not None:
        values |= {
            "reference": part.concat.reference,
            "reference_bits": part.concat.bits,
            "total": part.concat.total,
            "part": part.concat.part,
        }
    return values


def _arrival(line: LineInfo, part: Deliver) -> Arrival:
    number = None if part.sender.alphanumeric else numbers.same_number(part.sender.number, line.country)
    sender = number or _sender_name(part.sender)
    words = _system_words(part, sender)
    kind = "system" if words else "number" if number else "sender"
    return Arrival(
        number=sender,
        thread=SYSTEM_THREAD if words else sender,
        thread_kind=kind,
        text=part.text,
        line_id=line.id,
        words=words,
        is_person=number is not None,
        sent_at=None if part.timestamp is None else part.timestamp.timestamp(),
        note="flash" if part.is_flash else "",
    )


def _sender_name(sender: Address) -> str:
    """What stands for a sender that has no number. A name that looks like a number must not become one."""
    name = _storable(sender.number).strip()[:_NAME_LENGTH]
    if not name:
        return "Unknown sender"
    if sender.alphanumeric and not any(c.isalpha() for c in name):
        return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"
    if name == SYSTEM_THREAD:
        return name + " (a sender)"
    return name


def _system_words(part: Deliver, sender: str) -> str:
    """What a message that is no person's text is, as a sentence; "" for a text."""
    if part.is_silent:
        return f"Silent message from {sender}: a phone would not have shown it."
    if part.is_mms_notification:
        return f"Picture message (MMS) from {sender}. It cannot be fetched with this modem."
    if part.is_wap_push:
        return f"Service message (WAP push) from {sender}. It was not opened."
    if part.sender.alphanumeric and part.sender.number in _CPHS and not part.text.strip():
        return _CPHS[part.sender.number]
    if part.waiting is not None:
        return f"{_WAITING[part.waiting]} reported by {sender}."
    if part.pid in (_FOR_SIM, _FOR_SIM_OF_ANSI) or part.message_class == _SIM_CLASS:
        return f"Message for the SIM card from {sender}. It was not passed on to the card."
    if part.pid in _FOR_DEVICE:
        return f"Message for the modem itself from {sender}. It was not carried out."
    if part.ports is not None:
        return f"Data for a program (port {part.ports[0]}) from {sender}. It was not run."
    if part.alphabet is sms.Alphabet.BINARY:
        return f"Data that is no text, from {sender}. It is kept as it came."
    return ""


def _mark_deleted(conn: sa.Connection, now: float, part_ids: Sequence[int]) -> None:
    conn.execute(sa.update(inbound_part).where(inbound_part.c.id.in_(part_ids)).values(deleted_at=now))


def _sha(incoming: Incoming) -> str:
    """What a raw text is recognised by. Hexadecimal may be written in either case, JSON may not."""
    raw = incoming.pdu if incoming.message is not None else incoming.pdu.upper()
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


def _storable(text: str) -> str:
    """``text`` without what no database takes: halves of characters, and NUL."""
    return (
        text.encode("utf-16", "surrogatepass")
        .decode("utf-16", "replace")
        .replace("\0", "\N{REPLACEMENT CHARACTER}")
    )


def _centre_time(incoming: Incoming) -> float:
    decoded = _decode(incoming)
    if isinstance(decoded, Deliver) and decoded.timestamp is not None:
        return decoded.timestamp.timestamp()
    return float("inf")
