"""What a campaign asks of each of its lines before it starts: segments, cost, and days by its limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import office
from app.campaigns.linting import Check
from app.campaigns.looking import Findings
from app.store.tables import line, message
from app.texting import budgets, routing

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Share:
    """What leaves by one line, about: those who keep it, and its share of those who have no line."""

    row: Row
    people: int
    segments: int
    new: int  # of the people, those whom the line has not texted this month


def of_the_lines(conn: sa.Connection, campaign_id: int, found: Findings, now: float) -> tuple[Check, ...]:
    """A check for each line, where there are several, a choice of them, or limits; else nothing to say."""
    rows = conn.execute(sa.select(line).where(line.c.enabled).order_by(line.c.id)).mappings().all()
    chosen = budgets.chosen(conn, campaign_id)
    if not rows or not (len(rows) > 1 or chosen or budgets.limits_of(rows[0]).any):
        return ()
    open_to_new = [row for row in rows if not chosen or row["id"] in chosen]
    if not open_to_new:
        return (Check("warn", "None of the lines that were chosen is there: choose others, or all lines"),)
    shares = _shares(conn, rows, open_to_new, found, now)
    checks = [_check(conn, each, now) for each in shares if each.people]
    return (*_kept_elsewhere(shares, chosen), *checks)


def _shares(
    conn: sa.Connection, rows: Sequence[Row], open_to_new: Sequence[Row], found: Findings, now: float
) -> list[Share]:
    there = {row["id"] for row in rows}
    free = [number for key, numbers in found.numbers.items() if key not in there for number in numbers]
    segments = sum(count for key, count in found.by_line.items() if key not in there)
    turns = {row["id"]: index for index, row in enumerate(open_to_new)}
    shares = []
    for row in rows:
        key = row["id"]
        share: list[str] = []
        if key in turns:
            share = free[turns[key] :: len(turns)]
        numbers = [*found.numbers.get(key, ()), *share]
        part = round(segments * len(share) / len(free)) if free else 0
        new = _new(conn, row, numbers, now) if row["people_month"] else 0
        shares.append(Share(row, len(numbers), found.by_line[key] + part, new))
    return shares


def _new(conn: sa.Connection, row: Row, numbers: list[str], now: float) -> int:
    texted = conn.execute(
        sa.select(message.c.number)
        .where(
            message.c.line_id == row["id"],
            message.c.direction == "out",
            message.c.claimed_at >= budgets.month_start(now, row["month_day"]),
            message.c.state.in_(budgets.LEFT),
        )
        .distinct()
    ).scalars()
    return len(set(numbers).difference(texted))


def _kept_elsewhere(shares: list[Share], chosen: tuple[int, ...]) -> tuple[Check, ...]:
    if not chosen:
        return ()
    return tuple(
        Check(
            "warn",
            f"{_people(each.people)} {each.row['name']}, which was not chosen here: a person keeps their "
            "line, so their texts leave by it all the same",
        )
        for each in shares
        if each.people and each.row["id"] not in chosen
    )


def _people(count: int) -> str:
    return "1 person has" if count == 1 else f"{count:,} people have"


def _check(conn: sa.Connection, share: Share, now: float) -> Check:
    row, limits = share.row, budgets.limits_of(share.row)
    who = "1 person" if share.people == 1 else f"{share.people:,} people"
    size = "1 segment" if share.segments == 1 else f"{share.segments:,} segments"
    words = f"{row['name']}: about {who}, {size}" + _cost(conn, row, share.segments)
    holds = tuple(
        part for part in (_days(conn, share, limits, now), _month(conn, share, limits, now)) if part
    )
    if row["paused"]:
        holds = ("it is paused: resume it on the Lines page", *holds)
    if holds:
        return Check("warn", "; ".join((words, *holds)))
    fits = f"; fits into its {limits.per_day:,} of today" if limits.per_day else ""
    return Check("pass", words + fits)


def _cost(conn: sa.Connection, row: Row, segments: int) -> str:
    ours = office.load(conn)
    price = dict(ours.prices).get(row["id"], ours.price)
    if price is None or row["practice"]:
        return ""
    return f", {segments * price:,.2f} {ours.currency}".rstrip()


def _days(conn: sa.Connection, share: Share, limits: budgets.Limits, now: float) -> str:
    """ "needs 3 days with 400 a day"; "" where today is enough."""
    key = share.row["id"]
    if limits.per_day:
        used = budgets.left_since(conn, key, budgets.day_start(now)) + routing.waiting(conn, key)
        left = max(limits.per_day - used, 0)
        days = math.ceil(max(share.people - left, 0) / limits.per_day) + (1 if left else 0)
        if share.people > left and days > 1:
            return f"needs {days:,} days with {limits.per_day:,} a day"
        if share.people > left:
            return f"its {limits.per_day:,} of today are used up: from tomorrow on"
    if limits.per_hour and share.people > limits.per_hour:
        hours = math.ceil(share.people / limits.per_hour)
        return f"needs {hours:,} hours with {limits.per_hour:,} an hour"
    return ""


def _month(conn: sa.Connection, share: Share, limits: budgets.Limits, now: float) -> str:
    if not limits.people_month:
        return ""
    begin, end = (
        budgets.month_start(now, limits.month_day),
        budgets.month_end(now, limits.month_day),
    )
    beyond = share.new - max(limits.people_month - budgets.people_since(conn, share.row["id"], begin), 0)
    if beyond <= 0:
        return ""
    who = "1 of them is" if beyond == 1 else f"{beyond:,} of them are"
    return f"{who} beyond its {limits.people_month:,} people of this month, until {budgets.date_words(end)}"
