"""A file or a pasted text, read as rows of cells: any delimiter and encoding, workbooks, within bounds."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.people.formats.oldtext import OldText

MAX_FILE_BYTES = 50 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL_CHARS = 32 * 1024
_MAX_CELL_LINES = 60  # more lines than this in one cell: a quote that was never closed
_SAMPLE_CHARS = 64 * 1024
_SAMPLE_ROWS = 40
_CHUNK = 256 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_SQLITE = b"SQLite format 3\0"
_VCARD = re.compile(r"\ufeff?\s*BEGIN:VCARD\b", re.IGNORECASE)

Row = tuple[int, list[str]]


class BadRow(list[str]):
    """A row that its format could not read whole: ``reason`` says why, ``value`` names it to a person."""

    def __init__(self, cells: list[str], reason: str, value: str = "") -> None:
        super().__init__(cells)
        self.reason, self.value = reason, value


class ImportFailure(Exception):
    """A list that cannot be read at all; the text says why and what to do. Nothing was kept of it."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a list comes from: a ``path``, or else a pasted ``text``.

    ``format`` is one of ``formats.NAMES`` that a person chose; "" goes by what is in it.
    """

    name: str
    path: Path | None = None
    text: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a source is to be read. ``delimiter`` is "" for one column and for a workbook.

    ``format`` is one of ``formats.NAMES``.
    """

    kind: str  # "csv" | "xlsx" | "paste" | "vcard" | "backup" | "smsd"
    encoding: str = ""
    delimiter: str = ""
    note: str = ""
    estimated_rows: int = 0
    format: str = "table"


def open_source(path_or_text: Path | str) -> Source:
    """A file (:class:`~pathlib.Path`) or a pasted text (``str``). Raises :class:`ImportFailure`."""
    if isinstance(path_or_text, str):
        if len(path_or_text) > MAX_FILE_BYTES:
            raise ImportFailure("The pasted text is too long. Save it as a file in smaller parts.")
        return Source("Pasted list", text=whole(path_or_text))
    try:
        size = path_or_text.stat().st_size
        regular = path_or_text.is_file()
    except OSError as error:
        raise ImportFailure(f"{path_or_text.name} cannot be opened: {error.strerror}.") from error
    if not regular:
        raise ImportFailure(f"{path_or_text.name} is not a file.")
    most = _most_bytes(path_or_text)
    if size > most:
        limit = most // (1024 * 1024)
        raise ImportFailure(f"{path_or_text.name} has over {limit} MB. Split it into smaller lists.")
    return Source(whole(path_or_text.name), path=path_or_text)


def _most_bytes(path: Path) -> int:
    """Lists are small; a phone's history is read as a stream and may be larger."""
    from app.people.formats import backup

    with path.open("rb") as file:
        head = file.read(_SAMPLE_CHARS)
    history = backup.recognise(head.decode("utf-8", "replace")) or head.startswith(_SQLITE)
    return backup.MAX_BYTES if history else MAX_FILE_BYTES


def whole(text: str) -> str:
    """``text`` with a ? for each half of a character; nothing could store those."""
    return text.encode("utf-8", "replace").decode("utf-8")


def inspect(source: Source) -> Layout:
    """Find out how to read ``source``. Raises :class:`ImportFailure` for what is no table.

    A format that the source's ``format`` names is taken at its word; else the content decides.
    """
    if source.path is None:
        return _as_format(source, _text_layout("paste", "", source.text, len(source.text)), source.text)
    start, size = _head(source.path)
    if start.startswith(b"PK\x03\x04"):
        from app.people import workbook

        return Layout("xlsx", estimated_rows=workbook.estimate(source.path))
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportFailure("This is an old Excel file (.xls). Save it as .xlsx or as CSV and try again.")
    if start.startswith(_SQLITE) or source.format == "smsd":
        return Layout("smsd", estimated_rows=size // 500, format="smsd")
    encoding = _encoding(source.path, start)
    with source.path.open(encoding=encoding, errors=_errors(encoding), newline="") as file:
        try:
            sample = file.read(_SAMPLE_CHARS)
        except UnicodeError as error:
            raise ImportFailure(f"{source.name} is not a text file that can be read.") from error
    return _as_format(source, _text_layout("csv", encoding, sample, size), sample, size)


def _as_format(source: Source, layout: Layout, sample: str, size: int = 0) -> Layout:
    """``layout``, or that of the format that the sample shows or a person chose."""
    from app.people.formats import COLUMNED, backup, columned

    chosen = source.format
    if chosen == "vcard" or (not chosen and _VCARD.match(sample)):
        cards = max(1, sample[:_SAMPLE_CHARS].upper().count("BEGIN:VCARD"))
        size = size or len(sample)
        estimate = cards * max(1, size // _SAMPLE_CHARS) if size > _SAMPLE_CHARS else cards
        return replace(layout, kind="vcard", format="vcard", estimated_rows=min(estimate, MAX_ROWS))
    if chosen == "backup" or (not chosen and source.path is not None and backup.recognise(sample)):
        return replace(layout, kind="backup", format="backup", estimated_rows=max(1, size // 700))
    if chosen in COLUMNED or not chosen:
        first = next(_csv_rows(io.StringIO(sample, newline=""), layout.delimiter), (1, []))[1]
        return replace(layout, format=chosen or columned.recognise(first) or "table")
    return layout


def _head(path: Path) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(16), path.stat().st_size
    except OSError as error:
        raise ImportFailure(f"{path.name} cannot be read: {error.strerror}.") from error


def _encoding(path: Path, start: bytes) -> str:
    """By the mark at the start, else UTF-8 if the whole file is, else Windows-1252.

    No statistics: guessing among the single-byte encodings turns names into other names.
    """
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _errors(encoding: str) -> str:
    # Five bytes mean nothing in cp1252; they must not cost the whole list.
    return "replace" if encoding == "cp1252" else "strict"


def _text_layout(kind: str, encoding: str, sample: str, size: int) -> Layout:
    head = sample[:_SAMPLE_CHARS]
    if "\0" in head:
        raise ImportFailure("This is not a list of text: it has binary data in it. Use CSV or .xlsx.")
    if not head.strip():
        raise ImportFailure("There is nothing in this list.")
    lines = max(1, head.count("\n") or head.count("\r"))
    rows = lines if len(head) == len(sample) < _SAMPLE_CHARS else int(size / max(1, len(head) / lines))
    return Layout(kind, encoding, _delimiter(head), estimated_rows=min(rows, MAX_ROWS))


def _delimiter(sample: str) -> str:
    """The delimiter that parts the most rows into the same number of cells; "" for a single column."""
    best, best_score = "", (0.5, 0)
    for delimiter in _DELIMITERS:
        widths = _sample_widths(sample, delimiter)
        if not widths:
            continue
        width, rows = Counter(widths).most_common(1)[0]
        score = (round(rows / len(widths), 2), width)
        if width > 1 and score > best_score:
            best, best_score = delimiter, score
    return best


def _sample_widths(sample: str, delimiter: str) -> list[int]:
    widths: list[int] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True):
            if any(cell.strip() for cell in row):
                widths.append(len(row))
            if len(widths) >= _SAMPLE_ROWS:
                break
    except csv.Error:
        return []
    return widths


def rows(source: Source, layout: Layout) -> Iterator[Row]:
    """Every row that is not blank as (line number from 1, cells). Raises :class:`ImportFailure`."""
    if layout.kind in ("xlsx", "backup", "smsd"):
        yield from _bounded(_from_file(source, layout))
        return
    try:
        with _open_text(source, layout) as file:
            yield from _bounded(_from_text(file, layout))
    except OSError as error:
        raise ImportFailure(f"{source.name} cannot be read: {error.strerror}.") from error
    except UnicodeError as error:
        raise ImportFailure(f"{source.name} is damaged: part of it is not text.") from error


def _from_file(source: Source, layout: Layout) -> Iterator[Row]:
    if source.path is None:
        raise ImportFailure("There is no file.")
    if layout.kind == "xlsx":
        from app.people import workbook

        return workbook.rows(source.path)
    from app.people.formats import oldtext

    return oldtext.people(old_texts(source, layout))


def old_texts(source: Source, layout: Layout) -> Iterator[OldText]:
    """The history in a source that has one (``formats.HISTORIES``); nothing for any other."""
    if source.path is None or layout.format not in ("backup", "smsd"):
        return iter(())
    from app.people.formats import backup, smsd

    return backup.texts(source.path) if layout.format == "backup" else smsd.texts(source.path)


def _from_text(file: io.TextIOBase, layout: Layout) -> Iterator[Row]:
    from app.people.formats import COLUMNED, columned, vcard

    if layout.format == "vcard":
        return vcard.rows(file)
    found = _split_pasted(_csv_rows(file, layout.delimiter), layout)
    return columned.adapt(layout.format, found) if layout.format in COLUMNED else found


def _open_text(source: Source, layout: Layout) -> io.TextIOBase:
    if source.path is None:
        return io.StringIO(source.text, newline="")
    return source.path.open(encoding=layout.encoding, errors=_errors(layout.encoding), newline="")


def _csv_rows(file: io.TextIOBase, delimiter: str) -> Iterator[Row]:
    if not delimiter:
        # One column: nothing parts the line, a comma in it belongs to it.
        for number, content in enumerate(file, 1):
            yield number, [str(content).strip().strip('"')]
        return
    reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportFailure(
            f"Line {line} cannot be read ({error}). A quotation mark may be missing there. "
            "Nothing was imported."
        ) from error


def _split_pasted(source_rows: Iterator[Row], layout: Layout) -> Iterator[Row]:
    """Numbers pasted on one line with commas between are a column."""
    if layout.kind != "paste":
        yield from source_rows
        return
    for line, cells in source_rows:
        filled = [cell for cell in cells if cell.strip()]
        if len(filled) > 1 and all(looks_like_number(cell) for cell in filled):
            yield from ((line, [cell]) for cell in filled)
        else:
            yield line, cells


def _bounded(source_rows: Iterator[Row]) -> Iterator[Row]:
    count = 0
    for line, cells in source_rows:
        if (not any(cells) or not any(map(str.strip, cells))) and not isinstance(cells, BadRow):
            continue
        count += 1
        if count > MAX_ROWS + 1:
            raise ImportFailure(
                f"The list has over {MAX_ROWS:,} rows. Split it into smaller lists. Nothing was imported."
            )
        if len(cells) > MAX_COLUMNS:
            raise ImportFailure(f"Line {line} has over {MAX_COLUMNS} columns. Nothing was imported.")
        if max(map(len, cells)) > 200:
            _check_cells(line, cells)
        yield line, cells


def _check_cells(line: int, cells: list[str]) -> None:
    for cell in cells:
        if len(cell) > MAX_CELL_CHARS:
            raise ImportFailure(
                f"A cell on line {line} has over {MAX_CELL_CHARS:,} characters. Nothing was imported."
            )
        if cell.count("\n") > _MAX_CELL_LINES:
            raise ImportFailure(
                f"On line {line} a quotation mark opens that never closes. Correct it and import again. "
                "Nothing was imported."
            )


def looks_like_number(cell: str) -> bool:
    """True for what has the shape of a phone number: seven digits or more, and what stands between them."""
    digits = 0
    for character in cell:
        if character.isdigit():
            digits += 1
        elif character.isalpha() and not (digits and character in "xXeE"):
            return False
    return 7 <= digits <= 17 and digits * 2 >= len(cell.strip())
