"""What looks odd about a list before it is imported: made-up numbers, shouting names, one block."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.people import reading
from app.people.batch import Batch, Progress, Stopped
from app.people.columns import Mapping
from app.people.households import Household, joined
from app.people.person import Person
from app.people.reading import Source

LEAST_RUN = 10  # numbers one after the other that nobody collected
_LEAST_BLOCK = 50
_LEAST_SHOUTING = 3


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts over a whole list, before anything is stored.

    ``sequential``: people in runs of numbers one after the other; ``block``: the first digits that most
    numbers share, and how many do; ``example`` is how the first household would be merged.
    """

    total: int
    people: int
    doubles: int
    refused: int
    households: int
    example: str
    sequential: int
    shouting: int
    nameless: int
    block: tuple[str, int]

    def findings(self) -> tuple[str, ...]:
        """A sentence for each thing that is odd."""
        found = []
        if self.sequential:
            found.append(
                f"{self.sequential:,} numbers follow one another without a gap, as made-up numbers do."
            )
        if self.block[1]:
            found.append(f"{self.block[1]:,} of {self.people:,} numbers begin with {self.block[0]}.")
        if self.shouting:
            found.append(f"{self.shouting:,} names are all in capitals and would shout in a message.")
        if self.people > 1 and self.nameless == self.people:
            found.append("Nobody in this list has a name.")
        elif self.nameless * 2 > self.people > 3:
            found.append(f"{self.nameless:,} of {self.people:,} people have no name.")
        return tuple(found)


def survey(
    source: Source,
    mapping: Mapping,
    country: str,
    *,
    progress: Progress = lambda done, total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Survey | None:
    """Read the whole list as an import would and keep nothing. None: cancelled, or no column has numbers.

    Raises :class:`~app.people.reading.ImportFailure`.
    """
    if mapping.number is None:
        return None
    layout = reading.inspect(source)
    batch = Batch(mapping, country, layout.estimated_rows, progress, cancelled)
    try:
        batch.read(reading.rows(source, layout))
    except Stopped:
        return None
    names = [values[0] for values in batch.people.values()]
    return Survey(
        total=batch.total,
        people=len(batch.people),
        doubles=batch.duplicates,
        refused=batch.rejected,
        households=len(batch.shared),
        example=_example(batch.people, batch.shared),
        sequential=in_runs(batch.people),
        shouting=_shouting(names),
        nameless=sum(not name for name in names),
        block=_block(batch.people),
    )


def _example(people: dict[str, tuple[object, ...]], shared: dict[str, Household]) -> str:
    number = next(iter(shared), None)
    return joined(Person(*people[number]), shared[number]).name if number else ""  # type: ignore[arg-type]


def in_runs(numbers: Iterable[str]) -> int:
    """How many of ``numbers`` are in runs of ``LEAST_RUN`` or more without a gap."""
    return len(runs(numbers))


def runs(numbers: Iterable[str]) -> list[str]:
    """Those of ``numbers`` (E.164) that are in runs of ``LEAST_RUN`` or more without a gap, in order."""
    found: list[str] = []
    run: list[str] = []
    for number in sorted(numbers, key=lambda text: int(text[1:])):
        if run and int(number[1:]) != int(run[-1][1:]) + 1:
            found.extend(run if len(run) >= LEAST_RUN else ())
            run = []
        run.append(number)
    return [*found, *(run if len(run) >= LEAST_RUN else ())]


def _shouting(names: list[str]) -> int:
    loud = sum(name.isupper() and sum(map(str.isalpha, name)) > 3 for name in names)
    return loud if loud >= _LEAST_SHOUTING else 0


def _block(numbers: Iterable[str]) -> tuple[str, int]:
    blocks = Counter(number[:-4] for number in numbers)
    if sum(blocks.values()) < _LEAST_BLOCK:
        return "", 0
    block, count = blocks.most_common(1)[0]
    return (block, count) if count * 2 > sum(blocks.values()) else ("", 0)
