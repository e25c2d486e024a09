"""What is known of numbers before they are texted: opted out, failed for good, texted, waiting elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
import sqlalchemy as sa
from phonenumbers import PhoneNumberType

from app.campaigns.caps import LEFT, WINDOW_SECONDS
from app.store.tables import campaign, click, conversation, message, message_part, opt_out

#: Refusals that speak of the number itself (3GPP TS 24.011 E-2): unassigned, unidentified, unknown.
BAD_NUMBER = ("CMS 1", "CMS 28", "CMS 30")
#: TP-Status values of the same kind (3GPP TS 23.040 9.2.3.15): incompatible destination, not obtainable.
_BAD_STATUS = (0x41, 0x43)
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
class Known:
    """By number. ``recent`` counts unanswered texts of the last 24 h, ``lines`` the line a person keeps."""

    opted_out: frozenset[str]
    bad: frozenset[str]
    waiting: frozenset[str]
    recent: dict[str, int]
    lines: dict[str, int]
    answered: frozenset[str] = frozenset()  # who wrote since a second wave was made for the silent


def load(conn: sa.Connection, campaign_id: int, now: float) -> Known:
    """Read it for everyone at once; for the campaign that is to start."""
    out = conn.execute(sa.select(opt_out.c.number).where(opt_out.c.lifted_at.is_(None))).scalars()
    lines = conn.execute(
        sa.select(conversation.c.number, conversation.c.line_id).where(conversation.c.line_id.is_not(None))
    )
    waiting = conn.execute(
        sa.select(message.c.number)
        .join(campaign, campaign.c.id == message.c.campaign_id)
        .where(
            campaign.c.state.in_(("running", "paused")),
            message.c.campaign_id != campaign_id,
            message.c.state == "queued",
        )
    ).scalars()
    return Known(
        frozenset(out),
        bad_numbers(conn),
        frozenset(waiting),
        _recent(conn, now),
        {str(number): int(key) for number, key in lines},
        _answered(conn, campaign_id),
    )


def _answered(conn: sa.Connection, campaign_id: int) -> frozenset[str]:
    made = sa.select(campaign.c.created_at).where(
        campaign.c.id == campaign_id, campaign.c.wave_of.is_not(None)
    )
    since = conn.execute(made).scalar()
    if since is None:
        return frozenset()
    query = sa.select(conversation.c.number).where(conversation.c.last_in_at >= since)
    return frozenset(conn.execute(query).scalars())


def _recent(conn: sa.Connection, now: float) -> dict[str, int]:
    # Clicks are numbered in time: those of a day are found without reading the years before.
    before = (
        sa.select(click.c.id).where(click.c.at <= now - WINDOW_SECONDS).order_by(click.c.id.desc()).limit(1)
    )
    first = conn.execute(before).scalar() or 0
    rows = conn.execute(
        sa.select(message.c.number)
        .outerjoin(conversation, conversation.c.number == message.c.number)
        .where(
            message.c.click_id > first,
            message.c.claimed_at > now - WINDOW_SECONDS,
            message.c.state.in_(LEFT),
            sa.or_(conversation.c.last_in_at.is_(None), conversation.c.last_in_at < message.c.claimed_at),
        )
    )
    return Counter(rows.scalars())


def bad_numbers(conn: sa.Connection) -> frozenset[str]:
    """Numbers whose last texts failed because of the number, and nothing was delivered or written since."""
    failed: dict[str, float] = {}
    refused = sa.select(message.c.number, message.c.settled_at).where(
        sa.text(
            "message.direction = 'out' AND message.state IN ('unknown', 'sending', 'clicked', 'not_sent')"
        ),
        message.c.state == "not_sent",
        message.c.error_code.in_(BAD_NUMBER),
    )
    reported = (
        sa.select(message.c.number, message_part.c.reported_at)
        .join(message_part, message_part.c.message_id == message.c.id)
        .where(
            sa.text("message.delivery IN ('delivered', 'failed')"),
            message.c.delivery == "failed",
            message_part.c.report_status.in_(_BAD_STATUS),
        )
    )
    for query in (refused, reported):
        for number, at in conn.execute(query):
            failed[number] = max(failed.get(number, 0.0), at or 0.0)
    return frozenset(number for number, at in failed.items() if not _well_since(conn, number, at))


def _well_since(conn: sa.Connection, number: str, at: float) -> bool:
    query = (
        sa.select(message.c.id)
        .where(
            message.c.number == number,
            sa.or_(
                sa.and_(message.c.direction == "in", message.c.created_at > at),
                sa.and_(message.c.delivery == "delivered", message.c.delivered_at > at),
            ),
        )
        .limit(1)
    )
    return conn.execute(query).first() is not None


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
