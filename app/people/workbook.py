"""Excel workbooks (.xlsx), checked before they are opened: a zip may hold far more than it weighs."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import python_calamine

from app.people.reading import ImportFailure, Row

MAX_ENTRIES = 2000
MAX_INFLATED_BYTES = 200 * 1024 * 1024
MAX_RATIO = 100
_RATIO_FREE_BYTES = 5 * 1024 * 1024  # a small sheet of equal rows compresses well and harms nobody
_CHUNK = 256 * 1024
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,  # an encrypted entry
    NotImplementedError,  # a compression that we cannot undo
)
_NEEDED = ("[Content_Types].xml", "_rels/", "xl/")
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
    needed = [i for i in entries if i.filename.startswith(_NEEDED) and not i.filename.startswith(_NOT_NEEDED)]
    if not any(i.filename == "xl/workbook.xml" for i in needed):
        raise ImportFailure(f"{path.name} is a zip, but no Excel workbook (.xlsx). Use .xlsx or CSV.")
    if sum(i.file_size for i in needed) > MAX_INFLATED_BYTES:
        raise _bomb(path)
    return needed


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
    try:
        with archive.open(entry) as source, stored.open(entry.filename, "w") as target:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > allowed:
                    raise _bomb(path)
                target.write(chunk)
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
