"""Proofs: every merged message of a campaign, one after another; those that deserve a look are found.

Everyone is merged once; what is kept of each is a place in an array, so that a hundred thousand people take a
few megabytes. The text itself is merged again for the one that is looked at.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import hours, merging, sizes, wordings
from app.campaigns.hours import HoursError, Policy
from app.campaigns.merging import Merged, Merger, Person
from app.campaigns.starting import merger_of
from app.clock import Clock
from app.people import numbers, optouts
from app.store.engine import Store
from app.store.tables import campaign, opt_out

#: The presets, in the order of their number keys: key -> name.
PRESETS = {
    "everyone": "Everyone",
    "longest": "Longest",
    "segments": "Most segments",
    "missing": "Missing field",
    "letters": "Not GSM-7",
    "held": "Held by hours",
    "blocked": "Opted out",
}
#: How many of the longest are kept.
LONGEST = 500


@dataclass(frozen=True, slots=True)
class ProofText:
    """One person's message. ``lacking`` names the fields they have no value for; the text is "" then."""

    contact_id: int
    position: int
    name: str
    number_display: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    label: str
    segments: int
    units: int
    limit: int
    alphabet: str
    offending: str
    lacking: tuple[str, ...]
    held: str
    blocked: bool


class Proof:
    """What one look at everyone found: by preset the positions in the list, in the order to step through."""

    def __init__(self, campaign_id: int, places: dict[str, array[int]], several: bool) -> None:
        self.campaign_id = campaign_id
        self.several = several  # more than one text: the label is worth showing
        self._places = places

    def count(self, preset: str) -> int:
        """How many people a preset has."""
        return len(self._places[preset])

    def position(self, preset: str, index: int) -> int:
        """The place in the list of the ``index``-th (from 0) of a preset."""
        return self._places[preset][index]

    def index_of(self, preset: str, position: int) -> int:
        """Where in a preset a place of the list stands; 0 where it does not."""
        try:
            return self._places[preset].index(position)
        except ValueError:
            return 0


def look(
    store: Store,
    clock: Clock,
    campaign_id: int,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Proof | None:
    """Merge everyone of the list; None when cancelled. Raises ``TemplateError`` and ``LookupError``."""
    with store.read() as conn:
        row, merger = _open(conn, campaign_id, clock.now())
        policy = _policy(row)
        out = set(conn.execute(sa.select(opt_out.c.number).where(opt_out.c.lifted_at.is_(None))).scalars())
        total = merging.count(conn, row["list_id"])
        places = {preset: array("q") for preset in PRESETS}
        measured: list[tuple[int, int, int]] = []  # units, segments, position
        for done, person in enumerate(merging.people(conn, row["list_id"]), start=1):
            _sort(places, measured, person, merger)
            if person.number in out:
                places["blocked"].append(person.position)
            zones = hours.zones_of(person.number, person.time_zone)
            if not hours.check(policy, zones, clock.now()).allowed:
                places["held"].append(person.position)
            if done % 500 == 0:
                if progress is not None:
                    progress(done, total)
                if cancelled is not None and cancelled():
                    return None
    _longest(places, measured)
    return Proof(campaign_id, places, len(merger.wordings) > 1)


def _sort(
    places: dict[str, array[int]], measured: list[tuple[int, int, int]], person: Person, merger: Merger
) -> None:
    places["everyone"].append(person.position)
    merged = merger.merge(person)
    if not isinstance(merged, Merged):
        places["missing"].append(person.position)
        return
    size = sizes.of(merged.text)
    if size.offending:
        places["letters"].append(person.position)
    measured.append((size.units, size.segments, person.position))


def _longest(places: dict[str, array[int]], measured: list[tuple[int, int, int]]) -> None:
    measured.sort(key=lambda each: (-each[0], each[2]))
    places["longest"].extend(each[2] for each in measured[:LONGEST])
    most = max((each[1] for each in measured), default=1)
    if most > 1:
        places["segments"].extend(sorted(each[2] for each in measured if each[1] == most))


def read(store: Store, clock: Clock, campaign_id: int, position: int) -> ProofText | None:
    """The message of the person at a place of the list; None when they are gone."""
    with store.read() as conn:
        row, merger = _open(conn, campaign_id, clock.now())
        person = merging.person_at(conn, row["list_id"], position)
        if person is None:
            return None
        blocked = optouts.active(conn, person.number)
    merged = merger.merge(person)
    lacking = () if isinstance(merged, Merged) else merged
    text = merged.text if isinstance(merged, Merged) else ""
    size = sizes.of(text)
    verdict = hours.check(_policy(row), hours.zones_of(person.number, person.time_zone), clock.now())
    return ProofText(
        contact_id=person.contact_id,
        position=person.position,
        name=person.name,
        number_display=numbers.display(person.number),
        text=text,
        spans=merged.spans if isinstance(merged, Merged) else (),
        label=merged.label if isinstance(merged, Merged) else "",
        segments=size.segments,
        units=size.units,
        limit=_limit(size),
        alphabet="UCS-2" if size.offending else "GSM-7",
        offending=size.offending,
        lacking=lacking,
        held=verdict.why,
        blocked=blocked,
    )


def _limit(size: sizes.Size) -> int:
    alone, each = (70, 67) if size.offending else (160, 153)
    return alone if size.segments == 1 else each * size.segments


def _open(conn: sa.Connection, campaign_id: int, now: float) -> tuple[Any, Merger]:
    row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise LookupError("This campaign is no longer there.")
    return row, merger_of(conn, row, wordings.load(conn, row), now)


def _policy(row: Any) -> Policy:
    try:
        return hours.from_json(row["hours"])
    except HoursError:
        return Policy((None,) * 7)
