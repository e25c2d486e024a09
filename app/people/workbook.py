"""Excel workbooks (.xlsx), checked before they are opened: a zip may hold far more than it weighs."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

import python_calamine

from app.people.reading import MAX_COLUMNS, MAX_ROWS, ImportFailure, Row

MAX_ENTRIES = 2000
MAX_INFLATED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
_RATIO_FREE_BYTES = 5 * 1024 * 1024  # a small sheet of equal rows compresses well and harms nobody
_CHUNK = 256 * 1024
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # an encrypted entry
    NotImplementedError,  # a compression that we cannot undo
)
_NEEDED = ("[Content_Types].xml", "_rels/", "xl/")
_MAX_GRID = 10_000_000  # cells of the rectangle around all that is filled: the reader lays it out whole
_NOT_NEEDED = ("xl/media/", "xl/drawings/", "xl/embeddings/", "xl/charts/", "xl/pivot", "xl/vba", "xl/theme/")


def estimate(path: Path) -> int:
    """About how many rows the first sheet has, by its size; checks the bounds."""
    with _open_zip(path) as archive:
        sheets = [i.file_size for i in _needed(archive, path) if i.filename.startswith("xl/worksheets/")]
    return max(sheets, default=0) // 200


def rows(path: Path) -> Iterator[Row]:
    """Rows of the first sheet that has any, as (row number in the sheet, cells as text).

    Raises :class:`ImportFailure` when the workbook is damaged, locked or out of bounds.
    """
    try:
        book = python_calamine.load_workbook(_checked_copy(path))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            if sheet.start is not None and sheet.height:
                first = sheet.start[0] + 1
                yield from ((first + i, [_text(v) for v in row]) for i, row in enumerate(sheet.iter_rows()))
                return
    except python_calamine.PasswordError as error:
        raise ImportFailure(f"{path.name} has a password. Save it without one and try again.") from error
    except (python_calamine.CalamineError, ValueError, OverflowError, OSError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> ImportFailure:
    return ImportFailure(
        f"{path.name} is not a workbook that can be read. Open it in your spreadsheet program and save it as "
        ".xlsx or CSV."
    )


def _open_zip(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except _ZIP_ERRORS as error:
        raise _damaged(path) from error


def _needed(archive: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise _bomb(path)
    needed = [entry for entry in entries if _is_needed(entry.filename)]
    if not any(i.filename == "xl/workbook.xml" for i in needed):
        raise ImportFailure(f"{path.name} is a zip, but no Excel workbook (.xlsx). Use .xlsx or CSV.")
    if sum(i.file_size for i in needed) > MAX_INFLATED_BYTES:
        raise _bomb(path)
    return needed


def _is_needed(name: str) -> bool:
    return name.startswith(_NEEDED) and not name.startswith(_NOT_NEEDED) and name.endswith((".xml", ".rels"))


def _bomb(path: Path) -> ImportFailure:
    return ImportFailure(
        f"{path.name} unpacks to far more than a list needs, so it was not opened. Save the sheet as CSV."
    )


def _checked_copy(path: Path) -> io.BytesIO:
    """The parts that are read, inflated and counted by us, packed anew without compression.

    The sizes that a zip states about itself may be lies, so nothing else than this copy is given to the
    reader. The work goes in small pieces, and other threads run between them.
    """
    copy = io.BytesIO()
    left = MAX_INFLATED_BYTES
    with _open_zip(path) as archive, zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as stored:
        for entry in _needed(archive, path):
            allowed = min(left, max(_RATIO_FREE_BYTES, entry.compress_size * MAX_RATIO))
            left -= _copy_entry(archive, stored, entry, allowed, path)
    copy.seek(0)
    return copy


def _copy_entry(
    archive: zipfile.ZipFile, stored: zipfile.ZipFile, entry: zipfile.ZipInfo, allowed: int, path: Path
) -> int:
    size = 0
    extent = _Extent(path)
    try:
        with archive.open(entry) as source, stored.open(entry.filename, "w") as target:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > allowed:
                    raise _bomb(path)
                extent.feed(chunk)
                target.write(chunk)
        extent.feed(b"", last=True)
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        RuntimeError,
        EOFError,
        ValueError,
        NotImplementedError,
    ) as e:
        raise _damaged(path) from e
    return size


@lru_cache(maxsize=1024)
def _columns(letters: str) -> int | None:
    """The number of a column's letters, A = 1; None for what names no column."""
    if not 1 <= len(letters) <= 3 or not (letters.isascii() and letters.isalpha()):
        return None
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column


class _Extent:
    """Goes through a part's XML and refuses what would be laid out as a table without measure.

    Two filled cells far apart make the reader lay out everything between them, and a document type
    could multiply entities; neither is in a list that a spreadsheet program saved.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._row = self._column = 0
        self._row_text = ""
        self._low, self._high = (1 << 30, 1 << 30), (0, 0)
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, data: bytes, *, last: bool = False) -> None:
        """The next piece of the part."""
        self._parser.Parse(data, last)

    def _doctype(self, *_: object) -> None:
        raise _damaged(self._path)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        if name == "c":
            self._cell(attributes.get("r", ""))
        elif name == "v" or name == "is":
            row, column = self._row, self._column
            if not (self._low[0] <= row <= self._high[0] and self._low[1] <= column <= self._high[1]):
                self._widen(row, column)
        elif name == "row":
            self._row_text = attributes.get("r", "")
            known = self._row_text.isascii() and self._row_text.isdigit()
            self._row = int(self._row_text[:9]) if known else self._row + 1
            self._column = 0

    def _cell(self, reference: str) -> None:
        letters = reference.rstrip("0123456789")
        column = _columns(letters)
        if column is None:
            self._column += 1
            return
        self._column = column
        digits = reference[len(letters) :]
        if digits != self._row_text and digits:
            self._row = int(digits[:9])

    def _widen(self, row: int, column: int) -> None:
        self._low = min(self._low[0], row), min(self._low[1], column)
        self._high = max(self._high[0], row), max(self._high[1], column)
        height, width = (high - low + 1 for low, high in zip(self._low, self._high, strict=True))
        if height > MAX_ROWS + 1 or width > MAX_COLUMNS or height * width > _MAX_GRID:
            raise ImportFailure(
                f"{self._path.name} has a sheet of {height:,} rows and {width:,} columns. A list may have "
                f"{MAX_ROWS:,} rows and {MAX_COLUMNS} columns. Copy the people to a new sheet and save that."
            )


def _text(value: Any) -> str:
    """A cell as a person sees it; 5035550100.0 is a number that a spreadsheet keeps as a float."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e17 else repr(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time(0) else value.isoformat(" ")
    return "" if value is None else str(value)
