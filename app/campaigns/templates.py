"""Templates: ``{first_name}``, ``{first_name|there}``, ``{if slot}…{else}…{end}``, ``{visit:weekday}``.

One pass, no surprises: a value is put in as it is and never looked at again, so a list cannot smuggle a field
into a text. ``{{`` and ``}}`` are single braces. Names are compared as the import folds the headers of a
list: without case and accents, whatever is no letter or digit an underscore. ``{else}`` and ``{end}`` are
fields like any other outside an ``{if}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from app.campaigns import dates
from app.campaigns.dates import Day
from app.people.columns import folded

#: Bounds: the longest template, the longest value of a field, in characters; conditions within conditions.
MAX_TEMPLATE = 5_000
MAX_VALUE = 1_000
MAX_DEPTH = 5
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LOOKED_AT = 1_000
_IF = re.compile(r"if\s+(.+)", re.IGNORECASE | re.DOTALL)
#: Values that say no: ``{if member}`` of a column with "no" in it takes the other way.
NO = frozenset(("", "no", "n", "false", "0", "-"))


class TemplateError(ValueError):
    """A template that cannot be used. ``position`` counts characters from 0."""

    def __init__(self, words: str, position: int = 0) -> None:
        super().__init__(words)
        self.position = position


class MissingField(Exception):
    """A person has no value for a field without a fallback. ``name`` is the field."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no {name} for this person.")
        self.name = name


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished text. ``spans`` are (start, end, field) of what was put in, in characters of ``text``."""

    text: str
    spans: tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One place to fill. ``fallback`` None means that a value must be there.

    ``form`` is one of ``dates.FORMS`` where the value is a date to be said, else "".
    """

    name: str
    fallback: str | None
    start: int
    end: int
    form: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """Text for those who have a value (or just ``wanted``), and text for everyone else."""

    name: str
    wanted: str | None
    then: tuple[Piece, ...]
    other: tuple[Piece, ...]
    start: int


Piece = str | Field | Choice


@dataclass(frozen=True)
class Template:
    """A parsed template: plain text, fields and choices in turn."""

    pieces: tuple[Piece, ...]

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The names it uses, each once, in order; what is computed from the day alone is none."""
        named = (piece for piece in _all(self.pieces) if not isinstance(piece, str))
        return tuple(dict.fromkeys(piece.name for piece in named if not _of_the_day(piece)))

    @cached_property
    def moves(self) -> bool:
        """Whether the text says another thing on another day."""
        return any(
            isinstance(piece, Field) and (piece.form in ("relative", "date") or _of_the_day(piece))
            for piece in _all(self.pieces)
        )

    @cached_property
    def dated(self) -> bool:
        """Whether it says a date at all."""
        return any(isinstance(piece, Field) and bool(piece.form) for piece in _all(self.pieces))

    @cached_property
    def plain(self) -> str:
        """The text between the fields, of every way through it."""
        return "".join(piece for piece in _all(self.pieces) if isinstance(piece, str))

    def taken(self, values: Mapping[str, str]) -> Iterator[str | Field]:
        """The pieces that a person gets, conditions decided."""
        return iter(self._flat) if self._flat is not None else _taken(self.pieces, values)

    @cached_property
    def _flat(self) -> tuple[str | Field, ...] | None:
        """The pieces where nothing is to be decided; None with a condition."""
        flat = tuple(piece for piece in self.pieces if not isinstance(piece, Choice))
        return flat if len(flat) == len(self.pieces) else None

    def past(self, values: Mapping[str, str], day: Day) -> tuple[str, ...]:
        """The fields said as a day of their own ("tomorrow") whose day is over."""
        relative = (
            piece for piece in self.taken(values) if isinstance(piece, Field) and piece.form == "relative"
        )
        return tuple(
            dict.fromkeys(
                piece.name
                for piece in relative
                if (found := dates.read(values.get(piece.name, "").strip(), day.month_first)) is not None
                and found[0] < day.today
            )
        )

    def missing(self, values: Mapping[str, str], day: Day | None = None) -> tuple[str, ...]:
        """The fields without fallback that ``values`` (of :func:`key`) leaves empty, or that are no date."""
        return tuple(
            dict.fromkeys(
                piece.name
                for piece in self.taken(values)
                if isinstance(piece, Field) and piece.fallback is None and not _value(piece, values, day)
            )
        )

    def render(self, values: Mapping[str, str], day: Day | None = None) -> Rendered:
        """Fill the fields from ``values`` (names as :func:`key` gives them), dates as said on ``day``.

        Raises :class:`MissingField` for an empty one without fallback.
        """
        parts: list[str] = []
        spans: list[tuple[int, int, str]] = []
        length = 0
        for piece in self.taken(values):
            if isinstance(piece, Field):
                value = _value(piece, values, day) or piece.fallback
                if value is None:
                    raise MissingField(piece.name)
                spans.append((length, length + len(value), piece.name))
            else:
                value = piece
            parts.append(value)
            length += len(value)
        return Rendered("".join(parts), tuple(spans))


def _all(pieces: tuple[Piece, ...]) -> Iterator[Piece]:
    for piece in pieces:
        yield piece
        if isinstance(piece, Choice):
            yield from _all(piece.then)
            yield from _all(piece.other)


def _taken(pieces: tuple[Piece, ...], values: Mapping[str, str]) -> Iterator[str | Field]:
    for piece in pieces:
        if isinstance(piece, Choice):
            yield from _taken(piece.then if _holds(piece, values) else piece.other, values)
        else:
            yield piece


def _holds(choice: Choice, values: Mapping[str, str]) -> bool:
    value = values.get(choice.name, "").strip()[:MAX_VALUE].casefold()
    return value not in NO if choice.wanted is None else value == choice.wanted


def _of_the_day(piece: Field | Choice) -> bool:
    return isinstance(piece, Field) and bool(piece.form) and dates.names_today(piece.name)


def _value(piece: Field, values: Mapping[str, str], day: Day | None) -> str:
    value = values.get(piece.name, "").strip()[:MAX_VALUE]
    if not piece.form:
        return value
    if day is None:
        return ""
    if _of_the_day(piece):
        when = dates.shifted(piece.name, day.today)
        return dates.say(piece.form, when, None, day) if when is not None else ""
    found = dates.read(value, day.month_first) if value else None
    return dates.say(piece.form, *found, day) if found is not None else ""


def key(name: str) -> str:
    """The form in which names are compared: "First Name" is "first_name", "Réf. (month)" "ref_month"."""
    return _key(name[:_LOOKED_AT])


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    return folded(name).replace(" ", "_")


# -- reading --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Open:
    """A condition whose end has not come yet; the outermost one is the template itself."""

    name: str = ""
    wanted: str | None = None
    start: int = 0
    words: str = ""
    then: list[Piece] = field(default_factory=list)
    other: list[Piece] | None = None

    def add(self, piece: Piece) -> None:
        pieces = self.then if self.other is None else self.other
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        elif piece != "":
            pieces.append(piece)


def parse(template: str) -> Template:
    """Read a template. Raises :class:`TemplateError` with the place of the mistake."""
    if len(template) > MAX_TEMPLATE:
        raise TemplateError(f"The message is longer than {MAX_TEMPLATE:,} characters.", MAX_TEMPLATE)
    stack = [_Open()]
    last = 0
    for token in _TOKEN.finditer(template):
        stack[-1].add(template[last : token.start()])
        last = token.end()
        if token[0] in ("{{", "}}"):
            stack[-1].add(token[0][0])
        elif not _condition(token, stack):
            stack[-1].add(_field(token))
    stack[-1].add(template[last:])
    if len(stack) > 1:
        unclosed = stack[-1]
        raise TemplateError(
            f"{{{unclosed.words}}} at character {unclosed.start + 1} has no {{end}}.", unclosed.start
        )
    return Template(tuple(stack[0].then))


def _condition(token: re.Match[str], stack: list[_Open]) -> bool:
    """Take a token that belongs to a condition; False for any other."""
    at, inner = token.start(), (token[1] or "").strip()
    if match := _IF.fullmatch(inner):
        if len(stack) > MAX_DEPTH:
            raise TemplateError(
                f"At character {at + 1} there are more than {MAX_DEPTH} {{if}} in one another.", at
            )
        stack.append(_opened(match[1], inner, at))
        return True
    if len(stack) == 1:
        return False
    if inner.casefold() == "else":
        if stack[-1].other is not None:
            raise TemplateError(f"There is a second {{else}} at character {at + 1}.", at)
        stack[-1].other = []
        return True
    if inner.casefold() == "end":
        done = stack.pop()
        stack[-1].add(Choice(done.name, done.wanted, tuple(done.then), tuple(done.other or ()), done.start))
        return True
    return False


def _opened(condition: str, words: str, at: int) -> _Open:
    name, equals, wanted = condition.partition("=")
    known = key(name)
    if not known:
        raise TemplateError(
            f"{{{words[:40]}}} at character {at + 1} names no field. Write {{if slot}} or "
            "{if language = es}.",
            at,
        )
    return _Open(known, wanted.strip().casefold() if equals else None, at, words[:40])


def _field(token: re.Match[str]) -> Field:
    at = token.start()
    if token[1] is None:
        raise TemplateError(
            f"There is a lone {token[0]} at character {at + 1}. Write {token[0] * 2} for a brace itself.", at
        )
    name, bar, fallback = token[1].partition("|")
    before, _colon, form = name.rpartition(":")
    form = form.strip().casefold()
    if form in dates.FORMS and before.strip():
        today = dates.names_today(before)
        known = "".join(before.split()).casefold() if today else key(before)
    else:
        known, form = key(name), ""
    if not known:
        raise TemplateError(
            f"{{{token[1][:40]}}} at character {at + 1} is no field. Fields look like {{first_name}} or "
            "{first_name|there}.",
            at,
        )
    return Field(known, fallback if bar else None, at, token.end(), form)
