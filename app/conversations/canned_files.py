"""Canned replies as a table: written for a spreadsheet, read from one, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.campaigns.templates import TemplateError
from app.clock import Clock
from app.conversations import canned
from app.conversations.canned import Action, CannedError, Draft, Shelf
from app.people import columns, reading
from app.people.person import clean
from app.reports import tables_out
from app.store.engine import Store

COLUMNS = ("label", "text", "tag", "action")
#: What other programs call the columns.
_ALSO = {
    "label": ("label", "title", "name", "shortcut"),
    "text": ("text", "message", "reply", "script", "body"),
    "tag": ("tag", "tags"),
    "action": ("action", "actions", "then"),
}
_ACTIONS: dict[str, Action] = {
    "": "",
    "none": "",
    "done": "done",
    "close": "done",
    "opt_out": "opt_out",
    "opt out": "opt_out",
    "optout": "opt_out",
}
MAX_REJECTS = 50


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: how many are new, how many were there already, (line, why) of each refused."""

    added: int
    already: int
    rejects: tuple[tuple[int, str], ...]


def export(store: Store, shelf: Shelf, path: Path) -> int:
    """Write a shelf to ``path`` (only its owner can read it); returns how many replies."""
    import csv

    replies = canned.of_shelf(store, shelf)
    with tables_out.private_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for each in replies:
            cells = (each.label, each.text, each.tag, each.action)
            writer.writerow([tables_out.guarded(cell) for cell in cells])
    return len(replies)


def import_file(store: Store, clock: Clock, shelf: Shelf, path: Path) -> Imported:
    """Add the replies of a file to a shelf. One that is there with the same label and text is passed over.

    Raises :class:`~app.people.reading.ImportFailure` for what is no table.
    """
    source = reading.open_source(path)
    there = {(each.label, each.text) for each in canned.of_shelf(store, shelf)}
    added = already = 0
    rejects: list[tuple[int, str]] = []
    places: dict[str, int] | None = None
    for line, cells in reading.rows(source, reading.inspect(source)):
        if places is None:
            places = _places(cells)
            if places is not None:
                continue
            places = {name: place for place, name in enumerate(COLUMNS)}
        try:
            draft = _draft(cells, places)
            values = canned.checked(draft)
            if (values["label"], values["text"]) in there:
                already += 1
                continue
            canned.save(store, clock, shelf, draft)
        except (CannedError, TemplateError) as error:
            if len(rejects) < MAX_REJECTS:
                rejects.append((line, str(error)))
            if len(there) >= canned.MAX_REPLIES:
                break
            continue
        there.add((values["label"], values["text"]))
        added += 1
    return Imported(added, already, tuple(rejects))


def _places(cells: Sequence[str]) -> dict[str, int] | None:
    """Where the columns are by their names; None where the row names none."""
    names = [columns.folded(cell) for cell in cells]
    found = {
        column: next(place for place, name in enumerate(names) if name in also)
        for column, also in _ALSO.items()
        if any(name in also for name in names)
    }
    return found if "label" in found and "text" in found else None


def _draft(cells: Sequence[str], places: dict[str, int]) -> Draft:
    if isinstance(cells, reading.BadRow):
        raise CannedError(cells.reason)

    def cell(name: str) -> str:
        place = places.get(name)
        return clean(cells[place]) if place is not None and place < len(cells) else ""

    said = cell("action").casefold()
    if said not in _ACTIONS:
        raise CannedError(f"{said[:40]!r} is no action: leave it empty, or write done or opt_out.")
    action = _ACTIONS[said]
    # Other programs keep a text with an opt-out; here nothing is sent to who is out.
    return Draft(cell("label"), "" if action == "opt_out" else cell("text"), cell("tag"), action)
