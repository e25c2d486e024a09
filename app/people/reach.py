"""Whether a number can be texted at all: what failures taught, what its plan says, what a person says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers
import sqlalchemy as sa
from phonenumbers import PhoneNumberType

from app.clock import Clock
from app.people.contacts import ContactError
from app.store.engine import Store
from app.store.events import ContactsChanged
from app.store.tables import audit, contact, message, message_part

#: Refusals that speak of the number itself (3GPP TS 24.011 E-2): unassigned, unidentified, unknown.
BAD_NUMBER = ("CMS 1", "CMS 28", "CMS 30")
#: TP-Status values of the same kind (3GPP TS 23.040 9.2.3.15): incompatible destination, not obtainable.
_BAD_STATUS = {0x41: "the phone there cannot take texts", 0x43: "nobody can be reached there"}
#: Service codes of +1 that are no mobile phone.
_TOLL = ("800", "833", "844", "855", "866", "877", "888", "900")
_NO_MOBILE = frozenset(
    (
        PhoneNumberType.FIXED_LINE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    )
)
#: Numbers are given out in blocks of a thousand at least, so that the last digits say nothing of the kind.
_BLOCK = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a number is taken for a bad one. ``at``: UTC seconds of the failure, 0 where it is the plan's."""

    at: float
    why: str


def failures(conn: sa.Connection, number: str | None = None) -> dict[str, Failure]:
    """Numbers whose last texts failed because of the number, with why; of one ``number`` or of all.

    Whoever was delivered a text since, wrote since, or was said to work since, is not among them.
    """
    failed: dict[str, Failure] = {}
    for query, why in ((_refused(), "no such number"), (_reported(), "")):
        wanted = query if number is None else query.where(message.c.number == number)
        for row in conn.execute(wanted):
            at, words = row.at or 0.0, why or _BAD_STATUS[row.status]
            if row.number not in failed or at > failed[row.number].at:
                failed[row.number] = Failure(at, words)
    return {key: found for key, found in failed.items() if not _well_since(conn, key, found.at)}


def bad_numbers(conn: sa.Connection) -> frozenset[str]:
    """The numbers of :func:`failures`."""
    return frozenset(failures(conn))


def _refused() -> sa.Select[Any]:
    return sa.select(message.c.number, message.c.settled_at.label("at")).where(
        sa.text(
            "message.direction = 'out' AND message.state IN ('unknown', 'sending', 'clicked', 'not_sent')"
        ),
        message.c.state == "not_sent",
        message.c.error_code.in_(BAD_NUMBER),
    )


def _reported() -> sa.Select[Any]:
    part = message_part.c
    return (
        sa.select(message.c.number, part.reported_at.label("at"), part.report_status.label("status"))
        .join(message_part, part.message_id == message.c.id)
        .where(
            sa.text("message.delivery IN ('delivered', 'failed')"),
            message.c.delivery == "failed",
            part.report_status.in_(list(_BAD_STATUS)),
        )
    )


def _well_since(conn: sa.Connection, number: str, at: float) -> bool:
    works = sa.select(contact.c.id).where(contact.c.number == number, contact.c.works_since >= at)
    query = sa.select(message.c.id).where(
        message.c.number == number,
        sa.or_(
            sa.and_(message.c.direction == "in", message.c.created_at > at),
            sa.and_(message.c.delivery == "delivered", message.c.delivered_at > at),
        ),
    )
    return any(conn.execute(asked.limit(1)).first() is not None for asked in (works, query))


def of_contact(store: Store, contact_id: int) -> Failure | None:
    """Why a person's number is taken for a bad one; None where it is not."""
    with store.read() as conn:
        row = conn.execute(
            sa.select(contact.c.number, contact.c.works_since).where(contact.c.id == contact_id)
        ).first()
        if row is None:
            return None
        found = failures(conn, row.number).get(row.number)
    if found is None and row.works_since is None and no_mobile(row.number):
        return Failure(0.0, "its numbering plan says that it is no mobile phone")
    return found


def say_it_works(store: Store, clock: Clock, contact_id: int, operator: str) -> None:
    """A person says that a number can be texted: checks do not speak of it until it fails again.

    Raises :class:`ContactError` when the person is gone.
    """
    now = clock.now()
    with store.write() as unit:
        changed = unit.conn.execute(
            sa.update(contact).where(contact.c.id == contact_id).values(works_since=now)
        )
        if not changed.rowcount:
            raise ContactError("This person is no longer there.")
        detail = f"contact {contact_id}"
        unit.conn.execute(
            sa.insert(audit).values(at=now, operator=operator, action="number said to work", detail=detail)
        )
        unit.publish(ContactsChanged())


def no_mobile(number: str) -> bool:
    """Whether the numbering plan says that this E.164 number is surely no mobile phone."""
    if number.startswith("+1") and len(number) == 12:
        return number[2:5] in _TOLL  # elsewhere in this plan nobody can tell
    return _no_mobile_block(number[:-_BLOCK], len(number))


@lru_cache(maxsize=65536)
def _no_mobile_block(block: str, length: int) -> bool:
    try:
        parsed = phonenumbers.parse(block + "1" * (length - len(block)), None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) in _NO_MOBILE
