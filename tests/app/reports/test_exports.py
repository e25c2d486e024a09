"""Exports: complete, private, harmless in a spreadsheet, and readable by our own import."""

from __future__ import annotations

import csv
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.clock import FixedClock
from app.people import contacts, importing, optout_list, optouts
from app.people.person import clean
from app.reports import exports, tables_out
from app.reports.tables_out import guarded
from app.store import tables as t
from app.store.engine import Store, open_store

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "'=1",
    "''+x",
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _sent(store: Store, text: str = "Hi Maria") -> None:
    with store.write() as unit:
        c = unit.conn
        c.execute(sa.insert(t.line).values(id=1, name="Stick", url="x", created_at=0.0))
        c.execute(sa.insert(t.campaign).values(id=1, name="October", state="running", created_at=0.0))
        c.execute(
            sa.insert(t.message).values(
                id=1, direction="out", kind="first", number="+13125550187", text=text, text_hash="ab", state="queued",
                created_at=1_800_000_000.0, campaign_id=1, line_id=1, parts=2, parts_sent=2,
            )
        )  # fmt: skip
        c.execute(
            sa.insert(t.click).values(
                id=1,
                message_id=1,
                operator="Ana",
                at=1_800_000_001.5,
                monotonic=1.0,
                device="key:Return",
                text_hash="ab",
            )
        )
        c.execute(
            sa.update(t.message).values(
                state="sent",
                click_id=1,
                clicked_at=1_800_000_001.5,
                claimed_at=1_800_000_002.0,
                error_code="CMS 38",
            )
        )
        c.execute(
            sa.insert(t.message).values(
                direction="in",
                kind="text",
                number="+13125550187",
                text="=cmd|'/c calc'!A1",
                state="received",
                created_at=3.0,
            )
        )


def test_a_message_says_who_pressed_what_and_when(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    contacts.add(store, clock, "+13125550187", "Maria")
    _sent(store)
    path = tmp_path / "messages.csv"
    assert exports.export(store, "messages", path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    out, received = _rows(path)
    assert {key: out[key] for key in ("operator", "click_device", "clicked_at", "text_hash", "state", "line", "segments")} == {
        "operator": "Ana", "click_device": "key:Return", "clicked_at": "2027-01-15T08:00:01+00:00", "text_hash": "ab",
        "state": "sent", "line": "Stick", "segments": "2",
    }  # fmt: skip
    assert (out["campaign"], out["error_code"], out["name"], out["number"]) == (
        "October",
        "CMS 38",
        "Maria",
        "'+13125550187",
    )
    assert received["text"] == "'=cmd|'/c calc'!A1"
    assert received["operator"] == ""


@pytest.mark.parametrize("what", exports.KINDS)
@pytest.mark.parametrize("form", exports.FORMATS)
def test_masked_exports_hold_no_number_name_or_text(
    what: str, form: str, store: Store, clock: FixedClock
) -> None:
    contacts.add(store, clock, "+13125550187", "Maria Lopez", fields={"slot": "secret"})
    _sent(store, "secret words")
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550187", source="sms", evidence="secret")
    target = io.StringIO()
    assert exports.export(store, what, target, form, mask=True) >= 1
    assert "•••187" in target.getvalue()
    for secret in ("3125550", "Maria", "Lopez", "secret"):
        assert secret not in target.getvalue()


@pytest.mark.parametrize("value", DANGEROUS)
def test_no_cell_begins_a_formula_and_our_import_takes_the_guard_off(value: str) -> None:
    cell = guarded(value)
    assert cell.startswith("'")
    assert clean(cell) == clean(value) or clean(cell) == value.strip()


@given(st.text(max_size=20))
def test_a_guarded_cell_never_begins_with_danger(value: str) -> None:
    assert not guarded(value).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"))
    if not value.startswith("'") and guarded(value) == value:
        assert value[:1] not in tuple("=+-@")


PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me", "Mc")),
    max_size=15,
)


@given(PRINTABLE)
def test_guarding_and_cleaning_are_each_others_way_back(value: str) -> None:
    import unicodedata

    assert clean(guarded(value)) == unicodedata.normalize("NFC", value)


def test_people_exported_and_imported_elsewhere_are_the_same(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    text = (
        "phone,first_name,last_name,time_zone,consent,consent_date,Name,number,note\n"
        '3125550187,Maria,Lopez,Eastern,web,2026-09-01,x,7,=1+1\n5035550101,José,Ruiz,,,,,,"two\nlines, ""q"""\n'
        "2125550143,,,,,,,,+12\n"
    )
    source = importing.open_source(text)
    importing.run(store, clock, source, importing.preview(store, source, "US").mapping, "US")
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+15035550101", source="sms")
    path = tmp_path / "people.csv"
    assert exports.export(store, "contacts", path) == 3
    other = open_store(tmp_path / "other")
    try:
        again = importing.open_source(path)
        mapping = importing.preview(other, again, "GB").mapping
        report = importing.run(other, clock, again, mapping, "GB")
        assert (report.imported, report.rejected_count, report.opted_out) == (3, 0, 1)
        columns = [c for c in t.contact.c if c.name not in ("fields",)]
        with store.read() as mine, other.read() as theirs:
            assert mine.execute(sa.select(*columns)).all() == theirs.execute(sa.select(*columns)).all()
        for i in (1, 2, 3):
            before, after = contacts.get(store, i), contacts.get(other, i)
            assert before is not None
            assert after is not None
            assert sorted(before.fields.values()) == sorted(after.fields.values())
            assert before.opted_out == after.opted_out
    finally:
        other.close()


def test_opt_outs_exported_and_imported_elsewhere_stand(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    with store.write() as unit:
        for number in ("+13125550187", "+447400123456", "+15035550101"):
            optouts.opt_out(unit, clock, number, source="sms", evidence="=STOP")
        optouts.lift(unit, clock, "+15035550101", source="sms", reason="START")
    path = tmp_path / "optouts.csv"
    assert exports.export(store, "optouts", path) == 3
    assert _rows(path)[0]["evidence"] == "'=STOP"
    other = open_store(tmp_path / "other")
    try:
        found = optout_list.import_numbers(other, clock, importing.open_source(path), "US")
        assert (found.added, found.rejected_count) == (2, 0)
        assert {row.number for row in optouts.page(other)} == {"+13125550187", "+447400123456"}
    finally:
        other.close()


def test_json_has_values_with_their_types(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    contacts.add(store, clock, "+13125550187", "Maria", fields={"opted_out": "mine"})
    path = tmp_path / "people.json"
    assert exports.export(store, "contacts", path, "json") == 1
    found = json.loads(path.read_text("utf-8"))
    assert found[0]["opted_out"] is False
    assert found[0]["field: opted_out"] == "mine"
    assert found[0]["number"] == "+13125550187"
    assert exports.export(store, "messages", path, "json") == 0
    assert json.loads(path.read_text("utf-8")) == []


def test_pages_leave_nobody_out(store: Store, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_PAGE", 3)
    for i in range(10):
        contacts.add(store, clock, f"+1312555{i:04d}")
    target = io.StringIO()
    assert exports.export(store, "contacts", target) == 10
    assert len({line.split(",")[0] for line in target.getvalue().splitlines()}) == 11


def test_a_failed_export_leaves_the_old_file(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "messages.csv"
    path.write_text("old")

    def broken(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exports, "_write", broken)
    with pytest.raises(OSError, match="space"):
        exports.export(store, "messages", path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["messages.csv"]
    with pytest.raises(ValueError, match="no export"):
        exports.export(store, "passwords", path)


def test_a_time_out_of_range_is_shown_as_it_is() -> None:
    assert exports.iso(1e20) == "1e+20"
    assert exports.iso(None) is None
    assert exports.masked("12") == "•••"
    assert tables_out.guarded("") == ""
