"""How a person looks in the long list, and how a screen reader says them."""

from __future__ import annotations

from app.people import numbers
from app.people.contacts import ContactRow
from ui import wording
from ui.listrows import RowWords
from ui.widgets import one_line

MOST_TAGS = 2  # shown in a row


def row_words(row: ContactRow) -> RowWords:
    """One person as a row."""
    number = numbers.display(row.number)
    last = one_line(row.value, 30) or (wording.day(row.last_at) if row.last_at is not None else "")
    chips = tuple((one_line(tag, 16), "accent") for tag in row.tags[:MOST_TAGS])
    if len(row.tags) > MOST_TAGS:
        chips += ((f"+{len(row.tags) - MOST_TAGS}", "neutral"),)
    if row.opted_out:
        chips += (("opted out", "bad"),)
    return RowWords(one_line(row.name) or number, number if row.name else "no name", last, chips=chips)


def row_spoken(row: ContactRow) -> str:
    """One person for a screen reader."""
    words = row_words(row)
    return ", ".join(
        part for part in (words.title, words.second, *row.tags, "opted out" if row.opted_out else "") if part
    )
