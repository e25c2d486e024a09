"""The figures as tables: for the screen's readable form, for plain text, and for CSV and JSON files."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from app.people import numbers
from app.reports.exports import iso, masked
from app.reports.figures import PERIODS, RULES, Figures, Share
from app.reports.figures_drops import WAIT, Drop
from app.reports.figures_walk import ALWAYS
from app.reports.tables_out import guarded, private_file

FORMATS = ("csv", "json")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """One part of the figures: its heads, and rows of as many cells."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tables(found: Figures, *, mask: bool = True) -> tuple[Table, ...]:
    """All parts that have anything. ``mask`` leaves three digits of numbers, and no names."""
    every = (
        Table("Texts", ("What", "Count", "Of", "Percent"), _texts(found)),
        Table("People", ("What", "Count", "Of", "Percent"), _people(found)),
        Table("Answer times", ("What", "Count", "Median seconds", "90th percentile seconds"), _times(found)),
        Table(
            "Why texts were not sent",
            ("Reason", "Code", "Count"),
            tuple((each.words, each.code, each.count) for each in found.reasons),
        ),
        Table(
            "Segments and cost",
            ("Line", "Texts", "Segments", "Price of a segment", "Cost", "Currency"),
            tuple((u.name, u.texts, u.segments, u.price, u.cost, found.currency) for u in found.lines),
        ),
        Table(
            "Texts of the campaign",
            ("Text", "Version", "People", "Delivered", "Answered", "Opted out"),
            tuple(
                (w.label, w.version, w.people, w.delivered, w.answered, w.opted_out) for w in found.wordings
            ),
        ),
        Table("Answers drop off", ("Notice",), tuple((drop_words(each, found),) for each in found.drops)),
        Table("Texts by weekday and hour", ("Weekday and hour", "Sent", "Received"), _hours(found)),
        Table(
            "Texts per day",
            ("Day", "Sent", "Received"),
            tuple((each.date.isoformat(), each.sent, each.received) for each in found.days),
        ),
        Table("People one talks with most", ("Name", "Number", "Sent", "Received"), _top(found, mask)),
    )
    return tuple(each for each in every if each.rows)


def period_words(found: Figures) -> str:
    """ "30 days, all campaigns"."""
    name = next((words for days, words in PERIODS if days == found.asked.days), f"{found.asked.days} days")
    return f"{name}, {found.campaign or 'all campaigns'}"


def percent_words(share: Share) -> str:
    """ "32 %", "0.4 %" below one; "" of nothing."""
    percent = share.percent
    if percent is None:
        return ""
    return f"{percent:.1f} %" if 0 < percent < 1 or 99 < percent < 100 else f"{percent:.0f} %"


def share_words(share: Share, of: str) -> str:
    """ "412 of 1,280 people texted, 32 %"."""
    end = percent_words(share)
    return f"{share.count:,} of {share.of:,} {of}" + (f", {end}" if end else "")


def span_words(seconds: float | None) -> str:
    """How long: "40 seconds", "1 min 30 s", "2 h 5 min", "3 days 4 h"; "–" for None."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return "1 second" if whole == 1 else f"{whole} seconds"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = whole // 60
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    days, hours = divmod(minutes // 60, 24)
    words = f"{days} day" if days == 1 else f"{days:,} days"
    return f"{words} {hours} h" if hours else words


def drop_words(drop: Drop, found: Figures) -> str:
    """The notice: both shares with their denominators, the interval, and what helps."""
    whose = {
        "all": "Fewer people answer",
        "campaign": f"Fewer people answer in “{drop.name}”",
        "tag": f"Fewer people tagged “{drop.name}” answer",
    }[drop.kind]
    now = share_words(Share(drop.answered_now, drop.people_now), "people texted")
    before = share_words(Share(drop.answered_before, drop.people_before), "people texted")
    days = found.asked.days
    return (
        f"{whose}: {now}, answered within {WAIT / 86400:.0f} days; in the {days} days before, {before}. "
        f"That is {drop.fewer:.0f} percentage points fewer (between {drop.least:.0f} and {drop.most:.0f}, "
        "95 % sure). It may help to write to them less often."
    )


def text(found: Figures, *, mask: bool = True) -> str:
    """All of it as plain text, to be pasted anywhere."""
    lines = [f"Figures: {period_words(found)}", _when(found), ""]
    for table in tables(found, mask=mask):
        lines.append(table.title)
        if table.title == "Answer times":
            lines += [f"  {words}" for words in time_words(found)]
        else:
            lines += [f"  {_line(table.heads, row)}" for row in table.rows if any(_counts(row))]
        lines.append("")
    lines.append("How it is counted")
    lines += [f"  {rule}" for rule in RULES]
    return "\n".join(lines) + "\n"


def time_words(found: Figures) -> tuple[str, str]:
    """Both answer times as sentences."""
    theirs, ours = found.theirs, found.ours
    return (
        f"Until they answered: half within {span_words(theirs.median)}, "
        f"9 of 10 within {span_words(theirs.p90)} ({theirs.count:,} answers)",
        f"Until we answered: half within {span_words(ours.median)}, "
        f"9 of 10 within {span_words(ours.p90)} ({ours.count:,} answers)",
    )


def write(found: Figures, target: Path | TextIO, format: str = "csv", *, mask: bool = True) -> int:
    """Write the figures as "csv" or "json"; returns the rows.

    A path is written with mode 0600, whole or not at all. CSV has a value a row; no cell can become a
    formula. Raises ``OSError``.
    """
    if format not in FORMATS:
        raise ValueError(f"no figures as {format!r}")
    if not isinstance(target, Path):
        return _write(found, target, format, mask)
    with private_file(target, "utf-8-sig" if format == "csv" else "utf-8") as file:
        return _write(found, file, format, mask)


def _write(found: Figures, file: TextIO, format: str, mask: bool) -> int:
    parts = tables(found, mask=mask)
    if format == "json":
        json.dump(_as_json(found, parts), file, ensure_ascii=False, indent=1)
        file.write("\n")
        return sum(len(table.rows) for table in parts)
    writer = csv.writer(file)
    writer.writerow(("part", "item", "figure", "value"))
    count = 0
    for row in (*_about(found), *(each for table in parts for each in _values(table))):
        writer.writerow([guarded(_cell(cell)) for cell in row])
        count += 1
    return count


def _values(table: Table) -> list[tuple[Cell, ...]]:
    """One value a row: its part, which item, which figure."""
    found: list[tuple[Cell, ...]] = []
    if len(table.heads) == 1:
        found += [(table.title, "", table.heads[0], cell) for row in table.rows for cell in row]
        return found
    # The people of the list may share a name, and a masked one has none: their place tells them apart.
    numbered = table.title == "People one talks with most"
    for place, row in enumerate(table.rows, 1):
        item, cells = (place, zip(table.heads, row, strict=True)) if numbered else (
            row[0], zip(table.heads[1:], row[1:], strict=True)
        )  # fmt: skip
        found += [(table.title, item, head, cell) for head, cell in cells if cell is not None and cell != ""]
    return found


def _about(found: Figures) -> list[tuple[Cell, ...]]:
    about: list[tuple[Cell, ...]] = [("Period", "", name, value) for name, value in _period(found).items()]
    about += [("Rule", "", str(place), rule) for place, rule in enumerate(RULES, 1)]
    return about


def _period(found: Figures) -> dict[str, Cell]:
    everything = found.period == ALWAYS
    return {
        "period": period_words(found),
        "from": None if everything else iso(found.period.start),
        "until": None if everything else iso(found.period.end),
        "read_at": iso(found.at),
        "clock": found.zone,
        "texts_on_practice_lines_not_counted": found.practice,
    }


def _as_json(found: Figures, parts: tuple[Table, ...]) -> dict[str, Any]:
    clean = [
        {
            "title": table.title,
            "rows": [
                {head: _clean(cell) for head, cell in zip(table.heads, row, strict=True)}
                for row in table.rows
            ],
        }
        for table in parts
    ]
    about = {name: _clean(value) for name, value in _period(found).items()}
    return {**about, "rules": list(RULES), "parts": clean}


def _clean(cell: Cell) -> Cell:
    # A lone surrogate of a damaged name must not stop the file.
    return cell.encode("utf-8", "replace").decode("utf-8") if isinstance(cell, str) else cell


def _cell(cell: Cell) -> str:
    return "" if cell is None else str(_clean(cell))


def _line(heads: tuple[str, ...], row: tuple[Cell, ...]) -> str:
    if heads[1:3] == ("Count", "Of"):
        share = "" if row[2] is None else f" of {row[2]:,}" + ("" if row[3] is None else f", {row[3]:g} %")
        return f"{row[0]}: {row[1]:,}{share}"
    rest = [
        f"{head.lower()} {cell:,}" if isinstance(cell, int | float) else str(cell)
        for head, cell in zip(heads[1:], row[1:], strict=True)
        if cell is not None and cell != ""
    ]
    return " · ".join([" ".join(str(row[0]).split()), *rest]) if row[0] else " · ".join(rest)


def _counts(row: tuple[Cell, ...]) -> list[bool]:
    """Whether there is anything to say: a row of nothing but noughts is left out of the text."""
    counted = [cell for cell in row[1:] if isinstance(cell, int | float)]
    return [cell != 0 for cell in counted] or [True]


def _when(found: Figures) -> str:
    clock = f" ({found.zone})" if found.zone else ""
    return f"Read at {iso(found.at)}; days and hours by this computer's clock{clock}."


def _share(words: str, share: Share) -> tuple[Cell, ...]:
    percent = share.percent
    return (words, share.count, share.of, None if percent is None else round(percent, 2))


def _texts(found: Figures) -> tuple[tuple[Cell, ...], ...]:
    asked = found.asked_report
    return (
        ("Sent", found.sent, None, None),
        _share("Delivered, of those with a report asked for", Share(found.delivered, asked)),
        _share("Reported as not delivered", Share(found.undelivered, asked)),
        ("Not sent", found.not_sent, None, None),
        ("Unknown: may have left", found.unknown, None, None),
        ("Received", found.received, None, None),
        _share("Received from machines", Share(found.by_machines, found.received)),
    )


def _people(found: Figures) -> tuple[tuple[Cell, ...], ...]:
    return (
        ("People texted", found.people, None, None),
        _share("Surely reached, of people texted", Share(found.people_delivered, found.people)),
        _share("Answered, of people texted", Share(found.answered, found.people)),
        _share("Answered, of people surely reached", Share(found.answered_delivered, found.people_delivered)),
        _share("Opted out, of people texted", Share(found.opted_out, found.people)),
        _share(
            "Opted out, of people surely reached", Share(found.opted_out_delivered, found.people_delivered)
        ),
    )


def _times(found: Figures) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (words, each.count, each.median, each.p90)
        for words, each in (("Until they answered", found.theirs), ("Until we answered", found.ours))
    )


def _hours(found: Figures) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (f"{WEEKDAYS[day]} {hour:02d}:00", found.heat_sent[day][hour], found.heat_received[day][hour])
        for day in range(7)
        for hour in range(24)
    )


def _top(found: Figures, mask: bool) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        ("" if mask else p.name, masked(p.number) if mask else numbers.display(p.number), p.sent, p.received)
        for p in found.top
    )
