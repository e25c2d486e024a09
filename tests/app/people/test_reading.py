"""Any bytes are a list or a sentence that says why not; a workbook cannot unpack to more than it may."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.people import columns, reading, workbook
from app.people.columns import Mapping
from app.people.person import Reader
from app.people.reading import ImportFailure, inspect, open_source


def _read(source: reading.Source) -> list[reading.Row] | None:
    try:
        rows = list(reading.rows(source, inspect(source)))
    except ImportFailure:
        return None
    assert all(isinstance(line, int) and any(cell.strip() for cell in cells) for line, cells in rows)
    return rows


def workbook_rows(path: Path) -> list[reading.Row]:
    source = open_source(path)
    return list(reading.rows(source, inspect(source)))


def _read_bytes(data: bytes) -> list[reading.Row] | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_bytes(data)
        return _read(open_source(path))


TABLES = st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=5), max_size=8)
SHAPED = st.builds(
    lambda rows, d: "\n".join(d.join(row) for row in rows), TABLES, st.sampled_from(list(",;\t|"))
)
BYTES = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda text, codec: text.encode(codec, "replace"), SHAPED, st.sampled_from(["utf-8-sig", "cp1252", "utf-16"])),
    st.builds(lambda head, rest: head + rest, st.sampled_from([b"PK\x03\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"\xff\xfe\0\0", b"\xd0\xcf\x11\xe0"]), st.binary(max_size=200)),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(BYTES)
def test_any_file_is_rows_or_one_kind_of_failure(data: bytes) -> None:
    _read_bytes(data)


@given(st.one_of(st.text(max_size=300), SHAPED))
def test_any_pasted_text_is_rows_with_a_mapping_and_people(text: str) -> None:
    rows = _read(open_source(text))
    if not rows:
        return
    cells = [found for _, found in rows]
    header = columns.has_header(cells[0], cells[1:])
    width = max(len(row) for row in cells)
    names = columns.names(cells[0], header, width)
    mapping = columns.guess(names, header, cells[1:] if header else cells)
    assert mapping == columns.guess(names, header, cells[1:] if header else cells)
    assert Mapping.from_json(mapping.to_json(), width) == mapping
    reader = Reader(mapping, "US")
    for row in cells:
        assert "\0" not in reader.person(row).name
        reader.opted_out(row)


@given(st.text(max_size=80))
def test_a_kept_mapping_that_is_damaged_is_not_used(text: str) -> None:
    Mapping.from_json(text, 3)
    Mapping.from_json('{"number": ' + text + ', "fields": []}', 3)


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["phone", "name"], [3125550187, "Maria"], ["+15035550101", "José"]):
        sheet.append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


WORKBOOK = _workbook()


def test_a_workbook_reads() -> None:
    rows = _read_bytes(WORKBOOK)
    assert rows == [(1, ["phone", "name"]), (2, ["3125550187", "Maria"]), (3, ["+15035550101", "José"])]


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(0, len(WORKBOOK) - 1), st.integers(0, 255)), min_size=1, max_size=6),
    st.integers(0, 400),
)
def test_a_damaged_workbook_is_rows_or_a_failure(damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(WORKBOOK)
    for at, value in damage:
        data[at] = value
    _read_bytes(bytes(data[: len(data) - cut] if cut < 200 else data))


def _repacked(change: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in {*old.namelist(), *change}:
            new.writestr(name, change.get(name) or old.read(name))
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def _refused(data: bytes, match: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(data)
    with pytest.raises(ImportFailure, match=match) as failure:
        workbook_rows(path)
    assert str(failure.value).endswith(".")


def test_a_sheet_that_unpacks_a_hundredfold_is_not_opened(tmp_path: Path) -> None:
    bomb = _repacked({SHEET: b"<worksheet><sheetData>" + b" " * 30_000_000})
    assert len(bomb) < 200_000
    _refused(bomb, "unpacks to far more", tmp_path)


def test_a_zip_that_lies_about_its_size_is_not_opened(tmp_path: Path) -> None:
    honest = _repacked({SHEET: b"<worksheet><sheetData>" + b" " * 30_000_000})
    size = struct.pack("<I", 30_000_022)
    assert honest.count(size) >= 1
    _refused(honest.replace(size, struct.pack("<I", 100)), "not a workbook|unpacks", tmp_path)


def test_many_sheets_and_much_in_all_are_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ENTRIES", 50)
    _refused(_repacked({f"xl/worksheets/s{i}.xml": b"<x/>" for i in range(60)}), "unpacks", tmp_path)
    monkeypatch.setattr(workbook, "MAX_INFLATED_BYTES", 1000)
    _refused(WORKBOOK, "unpacks", tmp_path)


def test_entities_do_not_multiply(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    sheet = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row></sheetData></worksheet>'
    )
    rows = _read_bytes(_repacked({SHEET: sheet.encode()}))
    assert rows is None or sum(len(cell) for _, row in rows for cell in row) < 1000


def test_another_zip_is_no_workbook(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../evil.txt", "x")
    _refused(out.getvalue(), "no Excel workbook", tmp_path)


def test_wide_and_locked_workbooks(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["phone"] + ["x"] * 250)
    book.save(tmp_path / "wide.xlsx")
    _refused((tmp_path / "wide.xlsx").read_bytes(), "columns", tmp_path)
    empty = openpyxl.Workbook()
    empty.save(tmp_path / "empty.xlsx")
    assert _read_bytes((tmp_path / "empty.xlsx").read_bytes()) == []


def test_a_sheet_that_claims_to_be_huge_is_refused_before_it_is_filled(tmp_path: Path) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>3125550187</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    data = _repacked({SHEET: sheet.encode()})
    _refused(data, "rows|columns|unpacks|not a workbook", tmp_path)
