"""Templates: ``{first_name}``, ``{first_name|there}``, and nothing else. One pass, no surprises.

A value is put in as it is and never looked at again, so a list cannot smuggle a field into a text. ``{{``
and ``}}`` are single braces. Names are compared as the import folds the headers of a list: without case and
accents, whatever is no letter or digit an underscore.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.people.columns import folded

#: Bounds: the longest template, and the longest value of a field, in characters.
MAX_TEMPLATE = 5_000
MAX_VALUE = 1_000
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_LOOKED_AT = 1_000


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
    """One place to fill. ``fallback`` None means that a value must be there."""

    name: str
    fallback: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: plain text and fields in turn."""

    pieces: tuple[str | Field, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """The names it uses, each once, in order."""
        return tuple(dict.fromkeys(piece.name for piece in self.pieces if isinstance(piece, Field)))

    def missing(self, values: Mapping[str, str]) -> tuple[str, ...]:
        """The fields without fallback that ``values`` (of :func:`keys`) leaves empty."""
        return tuple(
            dict.fromkeys(
                piece.name
                for piece in self.pieces
                if isinstance(piece, Field)
                and piece.fallback is None
                and not values.get(piece.name, "").strip()
            )
        )

    def render(self, values: Mapping[str, str]) -> Rendered:
        """Fill the fields from ``values`` (names as :func:`key` gives them).

        Raises :class:`MissingField` for an empty one without fallback.
        """
        parts: list[str] = []
        spans: list[tuple[int, int, str]] = []
        length = 0
        for piece in self.pieces:
            if isinstance(piece, Field):
                value = _value(piece, values)
                spans.append((length, length + len(value), piece.name))
            else:
                value = piece
            parts.append(value)
            length += len(value)
        return Rendered("".join(parts), tuple(spans))


def key(name: str) -> str:
    """The form in which names are compared: "First Name" is "first_name", "Réf. (month)" "ref_month"."""
    return folded(name[:_LOOKED_AT]).replace(" ", "_")


def parse(template: str) -> Template:
    """Read a template. Raises :class:`TemplateError` with the place of the mistake."""
    if len(template) > MAX_TEMPLATE:
        raise TemplateError(f"The message is longer than {MAX_TEMPLATE:,} characters.", MAX_TEMPLATE)
    pieces: list[str | Field] = []
    plain: list[str] = []
    last = 0
    for token in _TOKEN.finditer(template):
        plain.append(template[last : token.start()])
        last = token.end()
        if token[0] in ("{{", "}}"):
            plain.append(token[0][0])
            continue
        field = _field(token)
        if any(plain):
            pieces.append("".join(plain))
        plain = []
        pieces.append(field)
    plain.append(template[last:])
    if any(plain):
        pieces.append("".join(plain))
    return Template(tuple(pieces))


def _field(token: re.Match[str]) -> Field:
    at = token.start()
    if token[1] is None:
        raise TemplateError(
            f"There is a lone {token[0]} at character {at + 1}. Write {token[0] * 2} for a brace itself.", at
        )
    name, bar, fallback = token[1].partition("|")
    known = key(name)
    if not known:
        raise TemplateError(
            f"{{{token[1][:40]}}} at character {at + 1} is no field. Fields look like {{first_name}} or "
            "{first_name|there}.",
            at,
        )
    return Field(known, fallback if bar else None, at, token.end())


def _value(field: Field, values: Mapping[str, str]) -> str:
    value = values.get(field.name, "").strip()[:MAX_VALUE]
    if value:
        return value
    if field.fallback is None:
        raise MissingField(field.name)
    return field.fallback
