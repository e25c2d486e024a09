"""Which column of a list holds what: by the header's words, else by what the cells look like."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from app.people.headers import EXACT, PARTIAL
from app.people.reading import looks_like_number

ROLES = (
    "number",
    "first_name",
    "last_name",
    "name",
    "time_zone",
    "consent_source",
    "consent_at",
    "opted_out",
    "other_numbers",
    "tags",
    "notes",
    "language",
    "consent_wording",
    "consent_frequency",
    "consent_until",
)
#: Roles that a table's header alone does not give: a column "Notes" has always been the field {notes}.
BY_FORMAT = ("notes",)
#: Columns of a saved rejects report; never a person's field.
REPORT_COLUMNS = ("import line", "import reason")

#: Our own exports' columns; known again, and never a person's field.
EXPORT_COLUMNS = ("added at", "changed at")
_DAMAGED = re.compile(r"[0-9][.,][0-9]+[eE]\+?[0-9]+")
_NO_NUMBER = re.compile(r"\b(?:type|label|ext|extension|carrier|valid|fax|status|count|country|notes?)\b")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Which column (index from 0, None = no column) holds what; ``fields`` are the list's own columns."""

    number: int | None = None
    first_name: int | None = None
    last_name: int | None = None
    name: int | None = None
    time_zone: int | None = None
    consent_source: int | None = None
    consent_at: int | None = None
    opted_out: int | None = None  # a "yes" here puts the person on the opt-out list
    other_numbers: int | None = None
    tags: int | None = None
    notes: int | None = None
    language: int | None = None
    consent_wording: int | None = None
    consent_frequency: int | None = None
    consent_until: int | None = None
    fields: tuple[tuple[int, str], ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()  # (field, kind of ``fields.KINDS``); one not named is text
    has_header: bool | None = None  # None: as found; set it when a person says otherwise

    def to_json(self) -> str:
        """For keeping."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str, width: int) -> Mapping | None:
        """A kept mapping for a list of ``width`` columns; None when it does not fit."""
        try:
            data: dict[str, Any] = json.loads(text)
            roles = {role: data.get(role) for role in ROLES}
            fields = tuple((int(index), str(name)) for index, name in data["fields"])
            kinds = tuple((str(name), str(kind)) for name, kind in data.get("kinds", ()))
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        used = [*(index for index in roles.values() if index is not None), *(index for index, _ in fields)]
        if not all(isinstance(index, int) and 0 <= index < width for index in used):
            return None
        header = data.get("has_header")
        said = header if isinstance(header, bool) else None
        return Mapping(**roles, fields=fields, kinds=kinds, has_header=said)


def folded(header: str) -> str:
    """A header for comparing: "Mobile No." is "mobile no"."""
    text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", header).casefold())
    plain = "".join(c if c.isalnum() else " " for c in text if unicodedata.category(c) not in ("Mn", "Cf"))
    return " ".join(plain.split())


def signature(header: Sequence[str]) -> str:
    """SHA-256 of a header row, by which its mapping is found again."""
    return hashlib.sha256("\x1f".join(cell.strip() for cell in header).encode("utf-8", "replace")).hexdigest()


def has_header(first: Sequence[str], others: Sequence[Sequence[str]]) -> bool:
    """True when the first row names the columns."""
    if any(looks_like_number(cell) for cell in first):
        return False
    names = {folded(cell) for cell in first}
    known = any(not names.isdisjoint(words) for words in EXACT.values())
    return known or any(looks_like_number(cell) for row in others for cell in row)


def names(first: Sequence[str], header: bool, width: int) -> tuple[str, ...]:
    """What the columns are called on screen: the header's words, or "Column 3"."""
    found = [" ".join(cell.split())[:80] for cell in first] if header else []
    found += [""] * (width - len(found))
    return tuple(name or f"Column {i}" for i, name in enumerate(found, 1))


def guess(
    columns: Sequence[str], header: bool, rows: Sequence[Sequence[str]], *, table: bool = True
) -> Mapping:
    """The mapping that the header's words and the cells suggest; the same for the same list, always.

    ``table``: a list of unknown making; what another program wrote has columns that mean what they say.
    """
    roles: dict[str, int] = {}
    keys = [folded(column) for column in columns] if header else [""] * len(columns)
    taken = {i for i, key in enumerate(keys) if key in (*REPORT_COLUMNS, *EXPORT_COLUMNS)}
    table = table and not set(EXPORT_COLUMNS) <= set(keys)  # our own export means what it says
    for role in ROLES:
        if table and role in BY_FORMAT:
            continue
        index = _by_words(role, keys, taken, rows)
        if index is not None:
            roles[role] = index
            taken.add(index)
    if "number" not in roles:
        index = _most_like_numbers(rows, taken)
        if index is None:
            index = _by_words("number", keys, taken, ())  # each of its cells is wrong, and each is told so
        if index is not None:
            roles["number"] = index
            taken.add(index)
    if not header:
        roles.update(_names_by_content(rows, taken))
        taken.update(roles.values())
    return replace(Mapping(fields=tuple(_fields(columns, taken))), **roles)  # type: ignore[arg-type]


def _by_words(role: str, keys: list[str], taken: set[int], rows: Sequence[Sequence[str]]) -> int | None:
    """The column whose header says ``role``: whole headers before parts of them, better words first."""
    for word in EXACT[role]:
        for index, key in enumerate(keys):
            if index not in taken and key == word and _may_be(role, index, rows):
                return index
    for word in PARTIAL.get(role, ()):
        for index, key in enumerate(keys):
            fits = f" {word} " in f" {key} " and not (role == "number" and _NO_NUMBER.search(key))
            if index not in taken and fits and _may_be(role, index, rows):
                return index
    return None


def _may_be(role: str, index: int, rows: Sequence[Sequence[str]]) -> bool:
    """A column called "to" or "Number" is only the phone's when something in it looks like one."""
    if role != "number":
        return True
    filled = [row[index] for row in rows if index < len(row) and row[index].strip()]
    return not filled or any(looks_like_number(cell) or _DAMAGED.fullmatch(cell.strip()) for cell in filled)


def _most_like_numbers(rows: Sequence[Sequence[str]], taken: set[int]) -> int | None:
    width = max((len(row) for row in rows), default=0)
    shares = [(_share(rows, i, looks_like_number), -i) for i in range(width) if i not in taken]
    best, index = max(shares, default=(0.0, 0))
    if best >= 0.5:
        return -index
    return 0 if width == 1 and 0 not in taken else None  # a single column can be nothing else


def _share(rows: Sequence[Sequence[str]], index: int, test: Any) -> float:
    filled = [row[index] for row in rows if index < len(row) and row[index].strip()]
    return sum(bool(test(cell)) for cell in filled) / len(filled) if filled else 0.0


def _names_by_content(rows: Sequence[Sequence[str]], taken: set[int]) -> dict[str, int]:
    width = max((len(row) for row in rows), default=0)
    wordy = [i for i in range(width) if i not in taken and _share(rows, i, _is_name) >= 0.8]
    if not wordy:
        return {}
    several = _share(rows, wordy[0], lambda cell: " " in cell.strip()) >= 0.5
    if several:
        return {"name": wordy[0]}
    if len(wordy) > 1 and wordy[1] == wordy[0] + 1:
        return {"first_name": wordy[0], "last_name": wordy[1]}
    return {"first_name": wordy[0]}


def _is_name(cell: str) -> bool:
    text = cell.strip()
    return len(text) <= 60 and text[:1].isupper() and all(c.isalpha() or c in " .'’,-" for c in text)


def _fields(columns: Sequence[str], taken: Iterable[int]) -> Iterable[tuple[int, str]]:
    used = {*ROLES, ""}.difference(BY_FORMAT)
    for index, column in enumerate(columns):
        if index in taken:
            continue
        base = folded(column).replace(" ", "_")[:60] or f"column_{index + 1}"
        name, suffix = base, 2
        while name in used:
            name, suffix = f"{base}_{suffix}", suffix + 1
        used.add(name)
        yield index, name
