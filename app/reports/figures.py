"""The figures of a period: how many texts left, who answered, how fast, at what hours, at what cost.

One walk over the period's texts in the order of time counts nearly all; what stands beside the texts
(opt-outs, names, tags) is asked in SQL. The rules are in :data:`RULES`, and are shown with the figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from app.clock import Clock
from app.reports import figures_beside, figures_drops, figures_walk
from app.reports.figures_drops import Drop
from app.reports.figures_walk import ALWAYS, Delays, Period, Scope
from app.store import tables as t
from app.store.engine import Store
from app.store.stopping import stoppable

#: What can be asked for: days up to and with today (0 = all there is), and its name.
PERIODS = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "A year"), (0, "All time"))
STEPS = 6

RULES = (
    "A day and an hour are those of this computer's clock. A period of 7 days is today and the six days"
    " before.",
    "People texted: numbers that a text left to, or may have left to (unknown). A text to one's own "
    "phone counts as a text and not as a person.",
    "Answered: people who wrote after a text of ours of this period, once each. A machine's text (a "
    "tapback, an automatic reply) is no answer, and neither is a text that opts out by itself, such as "
    "STOP; somebody who answers and opts out later counts in both.",
    "Opted out: people texted who opted out after that, in this period, in whatever way; also where it "
    "was lifted later.",
    "Until they answered: from our last text before it to the first text of theirs. Until we answered: "
    "from the first of theirs that waited to our next text; a campaign's first message is no answer. "
    "Both texts lie in the period.",
    "Of one campaign: its own texts, and what people wrote while its text was the last one they had.",
    "Segments count from the moment a line took the text; prices are those that are set now.",
    "The practice line, imported old texts and people who were erased are not counted.",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the figures are to be of: ``days`` of :data:`PERIODS`, and one campaign or (None) all."""

    days: int = 30
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A count and what it is a part of."""

    count: int
    of: int

    @property
    def percent(self) -> float | None:
        """In percent; None of nothing."""
        return 100.0 * self.count / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why texts were not sent: words, the modem's code ("CMS 38") or "", and how many texts."""

    words: str
    code: str
    count: int


@dataclass(frozen=True, slots=True)
class LineUse:
    """What left on a line; ``cost`` is None where no price is set."""

    name: str
    texts: int
    segments: int
    price: float | None
    cost: float | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody one talks with; ``number`` is E.164."""

    conversation_id: int
    name: str
    number: str
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Day:
    """The texts of one day of this computer's calendar."""

    date: dt.date
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class OfWording:
    """What came of one text of a campaign, over all its versions; ``version`` is the latest."""

    label: str
    version: int
    people: int
    delivered: int
    answered: int
    opted_out: int


Heat = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """All of it. ``asked_report`` are sent texts that a delivery report was asked for.

    ``heat_sent[weekday][hour]`` begins on Monday. ``practice`` are texts that left on a practice line and
    are in none of the other figures. ``campaign`` is a name, "" for all; ``zone`` names the clock used.
    """

    asked: Asked
    period: Period
    campaign: str
    zone: str
    at: float
    sent: int
    unknown: int
    not_sent: int
    reasons: tuple[Reason, ...]
    asked_report: int
    delivered: int
    undelivered: int
    received: int
    by_machines: int
    people: int
    people_delivered: int
    answered: int
    answered_delivered: int
    opted_out: int
    opted_out_delivered: int
    lines: tuple[LineUse, ...]
    currency: str
    theirs: Delays
    ours: Delays
    heat_sent: Heat
    heat_received: Heat
    days: tuple[Day, ...]
    top: tuple[Person, ...]
    wordings: tuple[OfWording, ...]
    drops: tuple[Drop, ...]
    practice: int

    @property
    def empty(self) -> bool:
        """Nothing happened in it."""
        return not (self.sent or self.unknown or self.not_sent or self.received)


def period_of(days: int, now: float, zone: dt.tzinfo | None = None) -> Period:
    """The period of so many days with today, by ``zone`` or (None) this computer's clock; 0 is all."""
    if not days:
        return ALWAYS
    today = dt.datetime.fromtimestamp(now, zone).date()
    first, after = today - dt.timedelta(days=days - 1), today + dt.timedelta(days=1)
    return Period(figures_walk.midnight(first, zone), figures_walk.midnight(after, zone))


def campaigns(store: Store) -> tuple[tuple[int, str], ...]:
    """The campaigns that can be chosen, the newest first: id and name."""
    c = t.campaign.c
    query = sa.select(c.id, c.name).where(c.state != "draft").order_by(c.id.desc())
    with store.read() as conn:
        return tuple((int(key), str(name)) for key, name in conn.execute(query))


def read(
    store: Store,
    clock: Clock,
    asked: Asked,
    *,
    zone: dt.tzinfo | None = None,
    progress: Callable[[int, int], None] | None = None,
    stopped: Callable[[], bool] | None = None,
) -> Figures:
    """Count. ``progress`` gets (done, total) in thousandths; ``stopped`` is asked about once a millisecond.

    Raises ``LookupError`` for a campaign that is not there, and ``store.stopping.Stopped``.
    """
    now = clock.now()
    period = period_of(asked.days, now, zone)
    with store.read() as conn, stoppable(conn, stopped):
        scope = Scope.of(conn, period, asked.campaign_id)
        firsts = figures_drops.Firsts(period.start, now - figures_drops.WAIT) if asked.days else None
        walked = figures_walk.walk(
            conn,
            scope,
            zone,
            earlier=2 * period.start - period.end if firsts is not None else None,
            also=firsts.take if firsts is not None else None,
            progress=progress,
            stopped=stopped,
        )
        out, out_delivered, gone = figures_beside.opted_out(conn, scope)
        said = _say(progress, 920)
        lines, currency = figures_beside.lines(conn, walked.segments)
        reasons = figures_beside.reasons(conn, scope)
        said(940)
        top = figures_beside.people(conn, walked.top)
        wordings = figures_beside.wordings(conn, scope, walked.answered, gone)
        said(960)
        drops = firsts.drops(conn) if firsts is not None else ()
        practice = figures_beside.practice(conn, scope)
        campaign = figures_beside.campaign_name(conn, asked.campaign_id)
    said(1000)
    return Figures(
        asked=asked,
        period=period,
        campaign=campaign,
        zone=dt.datetime.fromtimestamp(now, zone).astimezone(zone).tzname() or "",
        at=now,
        sent=walked.sent,
        unknown=walked.unknown,
        not_sent=walked.not_sent,
        reasons=tuple(Reason(*each) for each in reasons),
        asked_report=walked.asked_report,
        delivered=walked.delivered,
        undelivered=walked.undelivered,
        received=walked.received,
        by_machines=walked.by_machines,
        people=len(walked.texted),
        people_delivered=len(walked.reached),
        answered=len(walked.answered),
        answered_delivered=len(walked.answered & walked.reached),
        opted_out=out,
        opted_out_delivered=out_delivered,
        lines=tuple(LineUse(*each) for each in lines),
        currency=currency,
        theirs=walked.theirs,
        ours=walked.ours,
        heat_sent=walked.heat_sent,
        heat_received=walked.heat_received,
        days=tuple(Day(*each) for each in _days(walked.days, period, now, zone)),
        top=tuple(Person(*each) for each in top),
        wordings=tuple(OfWording(*each) for each in wordings),
        drops=drops,
        practice=practice,
    )


def _say(progress: Callable[[int, int], None] | None, first: int) -> Callable[[int], None]:
    def say(done: int) -> None:
        if progress is not None:
            progress(done, 1000)

    say(first)
    return say


def _days(
    counted: dict[dt.date, tuple[int, int]], period: Period, now: float, zone: dt.tzinfo | None
) -> list[tuple[dt.date, int, int]]:
    """Every day of the period, also those on which nothing happened; of all time from the first text on."""
    if period == ALWAYS:
        if not counted:
            return []
        first, last = min(counted), max(counted)
    else:
        first = dt.datetime.fromtimestamp(period.start, zone).date()
        last = dt.datetime.fromtimestamp(now, zone).date()
    return [
        (day, *counted.get(day, (0, 0)))
        for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    ]
