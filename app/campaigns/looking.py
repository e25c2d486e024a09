"""Everyone in a campaign, looked at once before it starts: who has what that a check speaks of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.campaigns import caps, hours, knowing, merging, sizes
from app.campaigns.hours import HoursError, Policy
from app.campaigns.knowing import Known
from app.campaigns.linting import Check, Level
from app.campaigns.starting import merger_of
from app.campaigns.wordings import Wording
from app.people import suspicions

#: People that a check keeps to be shown; the count goes on.
KEPT = 1_000
#: Consent older than this many seconds is worth a thought: two years.
OLD_CONSENT = 2 * 365 * 86400.0
#: Kinds of people, in ``Findings.people``; ``WAITS`` has the other campaign's id behind it.
TEXTED_TODAY, TEXTED_WEEK, WAITS = "texted today", "texted this week", "waits in "
#: Fields whose values are meant for one person each.
_CODE = re.compile(r"(?:^|_)(?:code|coupon|voucher|promo|ticket|token)(?:$|_)", re.IGNORECASE)
#: Letters of a name in capitals that shout; "JD" and "Ann" do not.
_SHOUTS = 4


@dataclass(slots=True)
class Tally:
    """People of one kind, by contact id, and the names of the first of them."""

    people: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def add(self, person: merging.Person) -> None:
        self.people.append(person.contact_id)
        if len(self.names) < 3:
            self.names.append(person.called)

    @property
    def count(self) -> int:
        return len(self.people)

    def check(self, level: Level, words: str, kind: str = "") -> Check:
        return Check(level, words, tuple(self.people[:KEPT]), self.count, kind)

    @property
    def called(self) -> str:
        more = self.count - len(self.names)
        return ", ".join(self.names) + (f" and {more:,} more" if more > 0 else "")


@dataclass(slots=True)
class Findings:
    """What looking at everyone brought. ``people`` has a tally for each kind that was met."""

    people: dict[str, Tally] = field(default_factory=dict)
    lacking: dict[str, Tally] = field(default_factory=dict)
    labels: Counter[str] = field(default_factory=Counter)
    segments: Counter[int] = field(default_factory=Counter)
    by_line: Counter[int] = field(default_factory=Counter)  # segments by the line a person keeps; 0: none yet
    numbers: dict[int, list[str]] = field(default_factory=dict)  # those who get a text, by the same line
    offending: Counter[str] = field(default_factory=Counter)
    seen: dict[str, merging.Person] = field(default_factory=dict)  # by number
    campaigns: dict[int, str] = field(default_factory=dict)  # names of the others that wait for someone here

    def add(self, kind: str, person: merging.Person) -> None:
        self.people.setdefault(kind, Tally()).add(person)

    def tally(self, kind: str) -> Tally:
        return self.people.get(kind) or Tally()


class Looker:
    """Looks at every person of a campaign once."""

    def __init__(
        self, conn: sa.Connection, row: Mapping[Any, Any], texts: tuple[Wording, ...], now: float
    ) -> None:
        self._conn, self._row, self._now = conn, row, now
        self._merger = merger_of(conn, row, texts, now)
        self._known: Known = knowing.load(conn, row["id"], now)
        fields = dict.fromkeys(name for each in texts for name in each.template.fields)
        self._codes = tuple(name for name in fields if _CODE.search(name))
        self._given: dict[str, dict[str, list[merging.Person]]] = {name: {} for name in self._codes}
        self._calls = tuple(name for name in ("first_name", "last_name", "name") if name in fields)
        try:
            self._policy = hours.from_json(row["hours"])
        except HoursError:
            self._policy = Policy((None,) * 7)
        self.found = Findings()

    def look(
        self, progress: Callable[[int, int], None] | None, cancelled: Callable[[], bool] | None
    ) -> Findings | None:
        total = merging.count(self._conn, self._row["list_id"])
        for done, person in enumerate(merging.people(self._conn, self._row["list_id"]), start=1):
            self._look_at(person)
            if done % 500 == 0:
                if progress is not None:
                    progress(done, total)
                if cancelled is not None and cancelled():
                    return None
        if progress is not None:
            progress(total, total)
        self._look_at_all()
        return self.found

    def _look_at(self, person: merging.Person) -> None:
        found, number = self.found, person.number
        if number in self._known.opted_out:
            found.add("opted out", person)
            return
        if number in found.seen:
            found.add("twice", person)
            return
        found.seen[number] = person
        self._consent(person)
        self._number(person)
        self._before(person)
        if any(name.isupper() and sum(map(str.isalpha, name)) >= _SHOUTS for name in self._names(person)):
            found.add("shouting", person)
        if self._codes:
            self._keep_codes(person)
        self._clock(person)
        self._text(person)

    def _keep_codes(self, person: merging.Person) -> None:
        values = merging.values_in(person.fields)
        for name in self._codes:
            if value := values.get(name, "").strip():
                self._given[name].setdefault(value.casefold(), []).append(person)

    def _names(self, person: merging.Person) -> tuple[str, ...]:
        return tuple(getattr(person, name) for name in self._calls)

    def _number(self, person: merging.Person) -> None:
        number = person.number
        if number in self._known.bad:
            self.found.add("bad number", person)
        elif number not in self._known.works and knowing.no_mobile(number):
            self.found.add("no mobile", person)

    def _before(self, person: merging.Person) -> None:
        """What went before, here and in other campaigns."""
        found, known, number = self.found, self._known, person.number
        if number in known.answered:
            found.add("answered", person)
        for key in known.waiting.get(number, ()):
            found.campaigns[key] = known.names[key]
            found.add(f"{WAITS}{key}", person)
        if known.recent.get(number, 0) >= caps.LIMIT:
            found.add("capped", person)
        elif number in known.texted:
            today = known.texted[number] > self._now - knowing.DAY
            found.add(TEXTED_TODAY if today else TEXTED_WEEK, person)

    def _look_at_all(self) -> None:
        """What is seen of all together: runs of numbers, and codes that several people share."""
        for number in suspicions.runs(self.found.seen):
            self.found.add("made up", self.found.seen[number])
        for name, values in self._given.items():
            doubled = [people for people in values.values() if len(people) > 1]
            if len(values) > sum(map(len, doubled)):  # one code for everyone, or for groups, is meant so
                for person in (person for people in doubled for person in people):
                    self.found.add(f"code {name}", person)

    def _consent(self, person: merging.Person) -> None:
        if person.consent_until is not None and person.consent_until <= self._now:
            self.found.add("consent over", person)
        elif not person.consent_source and person.consent_at is None:
            self.found.add("no consent", person)
        elif person.consent_at is not None and self._now - person.consent_at > OLD_CONSENT:
            self.found.add("old consent", person)

    def _clock(self, person: merging.Person) -> None:
        zones = hours.zones_of(person.number, person.time_zone)
        if not zones:
            self.found.add("no zone", person)
            return
        verdict = hours.check(self._policy, zones, self._now)
        if not verdict.allowed:
            self.found.add("held", person)

    def _text(self, person: merging.Person) -> None:
        found = self.found
        merged = self._merger.merge(person)
        if not isinstance(merged, merging.Merged):
            for name in merged:
                found.lacking.setdefault(name, Tally()).add(person)
            return
        if self._merger.past(person):
            found.add("past", person)
        size = sizes.of(merged.text)
        found.labels[merged.label] += 1
        found.segments[size.segments] += 1
        kept = self._known.lines.get(person.number, 0)
        found.by_line[kept] += size.segments
        found.numbers.setdefault(kept, []).append(person.number)
        if size.segments > 1:
            found.add("several", person)
        if size.offending:
            found.offending[size.offending] += 1
