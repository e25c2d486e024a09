"""How a line stood during the last day: rows when something changed and now and then, and words for them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.clock import Clock
from app.store.engine import Store
from app.store.tables import line_history
from app.texting.views import OFF, Live, bars

log = logging.getLogger(__name__)

EVERY_SECONDS = 300.0
KEPT_SECONDS = 26 * 3600.0
DAY_SECONDS = 24 * 3600.0
#: Without a row for so long the program was not running: nothing is known of the line.
SILENT_SECONDS = 2 * EVERY_SECONDS + 60.0
SLOTS = 96  # a quarter of an hour each


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """How a line stood ``at`` a moment (UTC epoch seconds): ``modem.api.LineState``'s word, or "off"."""

    at: float
    state: str
    signal_dbm: int | None = None
    operator: str = ""
    technology: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A piece of the day: ``kind`` "ready", "waiting", "offline" or "" (not running); the least bars."""

    start: float
    kind: str
    bars: int


class History:
    """Writes one line's rows. Used by the line's thread alone."""

    def __init__(self, store: Store, clock: Clock, line_id: int) -> None:
        self._store, self._clock, self._line_id = store, clock, line_id
        self._last: tuple[object, ...] = ()
        self._due = 0.0

    def note(self, live: Live) -> None:
        """Keep how the line stands if it changed, or if some minutes have gone by. Never raises."""
        key = (live.state, bars(live.signal_dbm), live.operator, live.technology)
        now = self._clock.monotonic()
        if key == self._last and now < self._due:
            return
        try:
            self._write(live)
        except (sa.exc.SQLAlchemyError, OSError):
            log.warning("line %d: its history could not be written", self._line_id)
        self._last, self._due = key, now + EVERY_SECONDS

    def _write(self, live: Live) -> None:
        at = self._clock.now()
        with self._store.write() as unit:
            unit.conn.execute(
                sa.insert(line_history).values(
                    line_id=self._line_id,
                    at=at,
                    state=live.state,
                    signal_dbm=live.signal_dbm,
                    operator=live.operator[:80],
                    technology=live.technology[:20],
                )
            )
            old = (line_history.c.line_id == self._line_id, line_history.c.at < at - KEPT_SECONDS)
            unit.conn.execute(sa.delete(line_history).where(*old))


def day(conn: sa.Connection, line_id: int, now: float) -> tuple[HistoryRow, ...]:
    """The rows of the last day, oldest first, with the one that stood when it began."""
    query = (
        sa.select(line_history)
        .where(line_history.c.line_id == line_id, line_history.c.at > now - KEPT_SECONDS)
        .order_by(line_history.c.at, line_history.c.id)
    )
    rows = tuple(
        HistoryRow(row["at"], row["state"], row["signal_dbm"], row["operator"], row["technology"])
        for row in conn.execute(query).mappings()
    )
    begin = now - DAY_SECONDS
    first = next((index for index, row in enumerate(rows) if row.at > begin), len(rows))
    return rows[max(first - 1, 0) :]


def spans(rows: Sequence[HistoryRow], now: float) -> tuple[tuple[float, float, HistoryRow], ...]:
    """(start, end, row): from when to when each row held, within the last day and up to ``now``."""
    begin, found = now - DAY_SECONDS, []
    for index, row in enumerate(rows):
        following = rows[index + 1].at if index + 1 < len(rows) else now
        end = min(following, row.at + SILENT_SECONDS, now)
        if end > begin and row.state != OFF:
            found.append((max(row.at, begin), end, row))
    return tuple(found)


def kind(state: str) -> str:
    """ "ready", "waiting" (for its network or a PIN) or "offline"."""
    if state == "ready":
        return "ready"
    return "waiting" if state in ("searching", "connecting", "needs_pin") else "offline"


_WORST = ("", "ready", "waiting", "offline")


def slots(rows: Sequence[HistoryRow], now: float, count: int = SLOTS) -> tuple[Slot, ...]:
    """The last day in ``count`` equal pieces. A piece shows the worst that was in it."""
    width = DAY_SECONDS / count
    begin = now - DAY_SECONDS
    kinds, signals = [""] * count, [5] * count
    for start, end, row in spans(rows, now):
        first = min(int((start - begin) / width), count - 1)
        last = min(int(max(end - begin - 0.001, 0.0) / width), count - 1)
        for index in range(first, last + 1):
            kinds[index] = max(kinds[index], kind(row.state), key=_WORST.index)
            if row.state == "ready":
                signals[index] = min(signals[index], bars(row.signal_dbm))
    return tuple(
        Slot(begin + index * width, kinds[index], signals[index] % 5 if kinds[index] else 0)
        for index in range(count)
    )


def words(rows: Sequence[HistoryRow], now: float) -> str:
    """The last day in a sentence or two."""
    held = spans(rows, now)
    if not held:
        return "Nothing is known of the last 24 hours yet."
    lasted = {"ready": 0.0, "waiting": 0.0, "offline": 0.0}
    for start, end, row in held:
        lasted[kind(row.state)] += end - start
    parts = [f"ready for {duration(lasted['ready'])}"]
    if lasted["waiting"] >= 1:
        parts.append(f"waiting for {duration(lasted['waiting'])}")
    if lasted["offline"] >= 1:
        parts.append(f"not usable for {duration(lasted['offline'])}")
    known = [row.signal_dbm for _, _, row in held if row.signal_dbm is not None]
    signal = ""
    if known:
        weak, strong = min(known), max(known)
        signal = f" Signal {strong} dBm." if weak == strong else f" Signal {weak} to {strong} dBm."
    return f"In the last 24 hours: {', '.join(parts)}.{signal}"


def changes(rows: Sequence[HistoryRow], now: float, most: int = 50) -> tuple[HistoryRow, ...]:
    """The newest rows of the day at which state, operator or technology changed, newest first."""
    found: list[HistoryRow] = []
    last: tuple[str, str, str] | None = None
    for row in rows:
        key = (row.state, row.operator, row.technology)
        if key != last:
            found.append(row)
        last = key
    return tuple(reversed([row for row in found if row.at > now - DAY_SECONDS][-most:]))


def duration(seconds: float) -> str:
    """ "22 h 10 min", "3 min", "less than a minute"."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return "less than a minute"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"
