"""Caps: how often one number may be texted without an answer, by campaigns, and as it was promised."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from app.campaigns import promises
from app.campaigns.local import moment
from app.store.prepared import Prepared
from app.store.tables import conversation, message

LIMIT = 3
WINDOW_SECONDS = 86400.0
#: The most texts and days that a campaign's cap can have.
MOST_TEXTS, MOST_DAYS = 99, 366
#: The states of a text that left, or may have.
LEFT = ("sending", "sent", "unknown")
_CHUNK = 400  # bound variables in one statement


class Left(NamedTuple):
    """A text that left: when (UTC seconds), and whether it was a campaign's."""

    at: float
    of_campaign: bool


@dataclass(frozen=True, slots=True)
class CapVerdict:
    """Whether one more text may go; ``until`` (UTC seconds) and the sentence ``why`` when it may not."""

    allowed: bool
    until: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is allowed: ``texts`` of campaigns in ``days`` (0 = no cap), and the words of a promise."""

    texts: int = 0
    days: int = 0
    promised: str = ""

    @property
    def capped(self) -> bool:
        """Whether the campaign has a cap of its own."""
        return self.texts > 0 and self.days > 0

    @property
    def window(self) -> float:
        """Seconds that must be looked back."""
        days = [1, self.days if self.capped else 1]
        promise = promises.read(self.promised) if self.promised else None
        if promise is not None:
            days.append(promise.days)
        return max(days) * WINDOW_SECONDS


NO_LIMITS = Limits()


def check(
    conn: sa.Connection, number: str, now: float, limit: int = LIMIT, *, but: int | None = None
) -> CapVerdict:
    """Ask whether fewer than ``limit`` texts left for ``number`` within 24 h since it last wrote.

    Long texts count once. ``but`` is the id of the message that is asked for, which never counts itself.
    """
    left = left_for(conn, number, now - WINDOW_SECONDS, but=but)
    answered = conn.execute(
        sa.select(conversation.c.last_in_at).where(conversation.c.number == number)
    ).scalar_one_or_none()
    return judge(left, answered, now, limit)


def judge(left: Sequence[Left], answered: float | None, now: float, limit: int = LIMIT) -> CapVerdict:
    """The rule for every text. ``left`` are the texts that left, ``answered`` is when they last wrote."""
    until = _unanswered_until(left, answered, now, limit)
    if until is None:
        return _FREE
    words = (
        f"{limit} texts in the last 24 hours had no answer: held until {moment(until, now)}, or their answer."
    )
    return CapVerdict(False, until, words)


def judge_campaign(left: Sequence[Left], limits: Limits, now: float) -> CapVerdict:
    """The rules for a campaign's text: the campaign's own cap, then what the person was promised."""
    until = _capped_until(left, limits, now)
    if until is not None:
        words = (
            f"This campaign texts a person at most {_times(limits.texts)} in {_days(limits.days)}, other "
            f"campaigns counted: held until {moment(until, now)}."
        )
        return CapVerdict(False, until, words)
    until, days = _promised_until(left, limits, now)
    if until is not None:
        words = (
            f"They were promised “{limits.promised[:60]}”, and that many went to them in "
            f"{_days(days)}: held until {moment(until, now)}, unless a manager gives a reason "
            "under When and from where."
        )
        return CapVerdict(False, until, words)
    return _FREE


def held_until(
    left: Sequence[Left], answered: float | None, limits: Limits, now: float, *, campaign_only: bool = False
) -> tuple[float | None, bool]:
    """The same without the words, for many people: until when one of these rules holds, None for none.

    Behind it, whether that lasts whatever the person answers.
    """
    until = _capped_until(left, limits, now)
    if until is None:
        until = _promised_until(left, limits, now)[0]
    if until is not None or campaign_only:
        return until, True
    return _unanswered_until(left, answered, now, LIMIT), False


_FREE = CapVerdict(True)


def _unanswered_until(left: Sequence[Left], answered: float | None, now: float, limit: int) -> float | None:
    if len(left) < limit:
        return None
    since = max(now - WINDOW_SECONDS, answered if answered is not None else 0.0)
    counted = sorted((each.at for each in left if each.at > since), reverse=True)
    return counted[limit - 1] + WINDOW_SECONDS if len(counted) >= limit else None


def _capped_until(left: Sequence[Left], limits: Limits, now: float) -> float | None:
    return _full_until(left, limits.texts, limits.days, now) if left and limits.capped else None


def _promised_until(left: Sequence[Left], limits: Limits, now: float) -> tuple[float | None, int]:
    promise = promises.read(limits.promised) if left and limits.promised else None
    if promise is None:
        return None, 0
    return _full_until(left, promise.texts, promise.days, now), promise.days


def _full_until(left: Sequence[Left], texts: int, days: int, now: float) -> float | None:
    window = days * WINDOW_SECONDS
    counted = sorted((each.at for each in left if each.of_campaign and each.at > now - window), reverse=True)
    return counted[texts - 1] + window if len(counted) >= texts else None


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _days(count: int) -> str:
    return "24 hours" if count == 1 else f"{count} days"


_OF_CAMPAIGN = sa.and_(message.c.kind == sa.literal_column("'first'"), message.c.campaign_id.is_not(None))
_LEFT_FOR_ONE = Prepared(
    sa.select(message.c.claimed_at, _OF_CAMPAIGN).where(
        message.c.number == sa.bindparam("number", type_=sa.Text),
        message.c.direction == sa.literal_column("'out'"),
        message.c.claimed_at > sa.bindparam("since", type_=sa.Float),
        message.c.state.in_([sa.literal_column(f"'{state}'") for state in LEFT]),
        message.c.id != sa.bindparam("but", type_=sa.Integer),
    )
)


def left_for(conn: sa.Connection, number: str, since: float, *, but: int | None) -> tuple[Left, ...]:
    """What left for ``number`` after ``since``; ``but`` is the id of a text that is not counted."""
    rows = _LEFT_FOR_ONE.rows(conn, number=number, since=since, but=-1 if but is None else but)
    return tuple([Left(row[0], bool(row[1])) for row in rows])


def recent(conn: sa.Connection, numbers: Iterable[str], since: float) -> dict[str, list[tuple[int, Left]]]:
    """(message id, what left) after ``since``, for each of ``numbers`` that has any."""
    wanted = list(numbers)
    found: dict[str, list[tuple[int, Left]]] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = conn.execute(
            sa.select(message.c.number, message.c.id, message.c.claimed_at, _OF_CAMPAIGN).where(
                message.c.number.in_(wanted[start : start + _CHUNK]),
                message.c.direction == "out",
                message.c.claimed_at > since,
                message.c.state.in_(LEFT),
            )
        )
        for number, key, at, of_campaign in rows:
            found.setdefault(number, []).append((key, Left(at, bool(of_campaign))))
    return found
