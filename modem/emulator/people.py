"""Scripted subscribers: who is on the network, what they answer and when, from a TOML file.

What a number does depends on the seed and that number alone, so a run can be had again.
"""

from __future__ import annotations

import fnmatch
import random
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_REPLY = 4000
REPORTS = {"delivered": 0x00, "expired": 0x46, "failed": 0x41, "none": None}


class PeopleError(ValueError):
    """A people file that cannot be used; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Person:
    """One kind of subscriber. ``replies`` has, for the first text they get, the second and so on, the
    alternatives to choose from; after the last they are silent. ``after`` is seconds, from and to."""

    name: str
    weight: float = 1.0
    numbers: tuple[str, ...] = ()
    after: tuple[float, float] = (2.0, 10.0)
    replies: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """What the network does with some numbers: ``reject`` with a CMS code, or which ``report`` comes
    (a TP-Status, None for no report at all)."""

    numbers: tuple[str, ...]
    reject: int | None = None
    report: int | None = 0x00


@dataclass(frozen=True, slots=True)
class Reply:
    """A text to be sent back after ``delay`` seconds."""

    text: str
    delay: float


class People:
    """The cast of a network. ``speed`` divides every delay."""

    def __init__(
        self,
        persons: tuple[Person, ...] = (),
        rules: tuple[Rule, ...] = (),
        *,
        seed: int = 0,
        speed: float = 1.0,
    ) -> None:
        self._persons = persons
        self._anyone = tuple(person for person in persons if not person.numbers)
        self._rules = rules
        self._seed = seed
        self._speed = speed
        self._received: dict[str, int] = {}

    def rule(self, number: str) -> Rule | None:
        """The first network rule that names the number."""
        return next((rule for rule in self._rules if _named(number, rule.numbers)), None)

    def person(self, number: str) -> Person | None:
        """Who answers at a number: an exact name before a pattern before the common cast."""
        for person in self._persons:
            if number in person.numbers:
                return person
        for person in self._persons:
            if _named(number, person.numbers):
                return person
        if not self._anyone:
            return None
        chance = self._random(number, "who")
        return chance.choices(self._anyone, [person.weight for person in self._anyone])[0]

    def hears(self, number: str) -> Reply | None:
        """A text reached ``number``: what comes back, if anything does."""
        turn = self._received.get(number, 0)
        self._received[number] = turn + 1
        person = self.person(number)
        if person is None or turn >= len(person.replies) or not person.replies[turn]:
            return None
        chance = self._random(number, str(turn))
        text = chance.choice(person.replies[turn])
        return Reply(text, chance.uniform(*person.after) / self._speed)

    def _random(self, number: str, purpose: str) -> random.Random:
        return random.Random(f"{self._seed}/{number}/{purpose}")


def _named(number: str, patterns: tuple[str, ...]) -> bool:
    return any(number == pattern or fnmatch.fnmatchcase(number, pattern) for pattern in patterns)


def load_people(path: Path, *, seed: int = 0, speed: float = 1.0) -> People:
    """Read a people file. Raises :class:`PeopleError` saying what is wrong with it and where."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise PeopleError(f"The people file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PeopleError(f"The people file {path} is no valid TOML: {error}.") from error
    persons = tuple(_person(path, row) for row in _tables(path, data, "person"))
    rules = tuple(_rule(path, row) for row in _tables(path, data, "network"))
    return People(persons, rules, seed=seed, speed=speed)


def _tables(path: Path, data: dict[str, Any], key: str) -> list[dict[str, Any]]:
    rows = data.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PeopleError(f"In {path}, write [[{key}]] with two brackets.")
    return rows


def _strings(path: Path, row: dict[str, Any], key: str) -> tuple[str, ...]:
    values = row.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise PeopleError(f"In {path}, {key} must be a list of texts in quotation marks.")
    return tuple(values)


def _person(path: Path, row: dict[str, Any]) -> Person:
    name = str(row.get("name", "someone"))
    after = row.get("after", [2.0, 10.0])
    if (
        not isinstance(after, list)
        or len(after) != 2
        or not all(isinstance(x, int | float) and x >= 0 for x in after)
    ):
        raise PeopleError(f'In {path}, "after" of {name} must be two numbers of seconds, such as [2, 10].')
    weight = row.get("weight", 1.0)
    if not isinstance(weight, int | float) or not weight > 0:
        raise PeopleError(f'In {path}, "weight" of {name} must be a number above 0.')
    return Person(
        name=name,
        weight=float(weight),
        numbers=_strings(path, row, "numbers"),
        after=(float(after[0]), float(after[1])),
        replies=_replies(path, name, row.get("replies", [])),
    )


def _replies(path: Path, name: str, rows: object) -> tuple[tuple[str, ...], ...]:
    problem = PeopleError(
        f'In {path}, "replies" of {name} must be a list of lists of texts of at most {MAX_REPLY} characters.'
    )
    if not isinstance(rows, list):
        raise problem
    turns: list[tuple[str, ...]] = []
    for row in rows:
        if not isinstance(row, list) or not all(
            isinstance(text, str) and len(text) <= MAX_REPLY for text in row
        ):
            raise problem
        turns.append(tuple(row))
    return tuple(turns)


def _rule(path: Path, row: dict[str, Any]) -> Rule:
    numbers = _strings(path, row, "numbers")
    reject = row.get("reject")
    if not numbers or not (reject is None or (isinstance(reject, int) and 0 <= reject <= 999)):
        raise PeopleError(
            f'In {path}, [[network]] needs "numbers" and, where it rejects, a CMS code from 0 to 999.'
        )
    report = row.get("report", "delivered")
    if report not in REPORTS:
        raise PeopleError(f'In {path}, "report" must be one of {", ".join(REPORTS)}.')
    return Rule(numbers, reject, REPORTS[report])
