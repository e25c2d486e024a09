"""A file of faults that come by chance, for long runs: ``--faults FILE.toml``.

Each ``[[fault]]`` has ``fault``, its name and arguments as on the command line, and either ``chance``, from
0 to 1 for each occasion, or ``per_minute``, how often on average, with ``seconds``, how long, from and to.
``most`` bounds how often it strikes.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_PER_MINUTE = 600.0
_KEYS = frozenset({"fault", "chance", "per_minute", "seconds", "most"})


class MishapError(ValueError):
    """A faults file that cannot be used; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class Mishap:
    """One fault that comes by chance: at each occasion, or ``per_minute`` for ``seconds`` (from, to)."""

    words: tuple[str, ...]
    chance: float = 0.0
    per_minute: float = 0.0
    seconds: tuple[float, float] = (1.0, 1.0)
    most: int | None = None


def load_mishaps(path: Path) -> tuple[Mishap, ...]:
    """Read a faults file. Raises :class:`MishapError` saying what is wrong with it and where."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MishapError(f"The faults file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MishapError(f"The faults file {path} is no valid TOML: {error}.") from error
    rows = data.get("fault", [])
    if set(data) - {"fault"} or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MishapError(f"In {path}, write [[fault]] with two brackets, and nothing else.")
    return tuple(_mishap(path, row) for row in rows)


def _mishap(path: Path, row: dict[str, Any]) -> Mishap:
    words = row.get("fault")
    if not isinstance(words, str) or not words.split() or set(row) - _KEYS:
        raise MishapError(
            f'In {path}, each [[fault]] needs fault = "NAME ARGUMENTS"; known: {", ".join(sorted(_KEYS))}.'
        )
    if ("chance" in row) == ("per_minute" in row):
        raise MishapError(f"In {path}, {words!r} needs either chance or per_minute.")
    most = row.get("most")
    if most is not None and not (isinstance(most, int) and most > 0):
        raise MishapError(f'In {path}, "most" of {words!r} must be a whole number above 0.')
    return Mishap(
        tuple(words.split()),
        chance=_number(path, row, "chance", 1.0),
        per_minute=_number(path, row, "per_minute", MOST_PER_MINUTE),
        seconds=_seconds(path, row),
        most=most,
    )


def _number(path: Path, row: dict[str, Any], key: str, highest: float) -> float:
    value = row.get(key, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= highest:
        raise MishapError(f'In {path}, "{key}" of {row["fault"]!r} must be from 0 to {highest:g}.')
    return float(value)


def _seconds(path: Path, row: dict[str, Any]) -> tuple[float, float]:
    value = row.get("seconds", [1.0, 1.0])
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(x, int | float) for x in value)
        or not 0 <= value[0] <= value[1] <= 3600
    ):
        raise MishapError(f'In {path}, "seconds" of {row["fault"]!r} must be from and to, such as [1, 5].')
    return float(value[0]), float(value[1])
