"""Lists in the shapes that people bring them, and what the import says of each row."""

from __future__ import annotations

import csv
import json
import stat
import threading
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.people import contacts, optout_list, optouts, reading
from app.people.importing import ImportFailure, ImportReport, Mapping, open_source, preview, run, save_rejects
from app.people.person import moment, split_name, zone
from app.store import tables as t
from app.store.engine import Store, open_store
from app.store.events import ContactsChanged, Event, MessageChanged, OptOutChanged

PEOPLE = (
    "Given,Surname,Mobile No.,Due Month\nMaria,Lopez,(312) 555-0187,October\nJosé,Ruiz,503-555-0101,May\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def take(store: Store, clock: FixedClock, tmp_path: Path) -> Callable[..., ImportReport]:
    """Import a text, bytes or a file as the guessed mapping says."""

    def _take(content: str | bytes | Path, country: str = "US", **more: object) -> ImportReport:
        if isinstance(content, bytes):
            path = tmp_path / "list.csv"
            path.write_bytes(content)
            content = path
        source = open_source(content)
        mapping = preview(store, source, country).mapping
        return run(store, clock, source, mapping, country, **more)  # type: ignore[arg-type]

    return _take


def _all(store: Store) -> list[tuple[str, str]]:
    with store.read() as conn:
        return [
            tuple(r)
            for r in conn.execute(sa.select(t.contact.c.number, t.contact.c.name).order_by(t.contact.c.id))
        ]


EXPECTED = [("+13125550187", "Maria Lopez"), ("+15035550101", "José Ruiz")]


@pytest.mark.parametrize(
    "content",
    [
        PEOPLE.encode(),
        PEOPLE.encode("utf-8-sig"),
        PEOPLE.encode("cp1252"),
        PEOPLE.encode("utf-16"),
        PEOPLE.replace(",", ";").encode(),
        PEOPLE.replace(",", "\t").encode("utf-16"),
        PEOPLE.replace(",", "|").encode(),
        PEOPLE.replace("\n", "\r\n").encode(),
        PEOPLE.replace("\n", "\r").encode(),
        PEOPLE.replace("Mobile No.", "  Mobile No. ").encode(),
        ("\n\n" + PEOPLE + "\n,,,\n").encode(),
        PEOPLE.replace("October", '"Oct\nober, ""late"""').encode(),
        PEOPLE.replace("Given,", "Given , ").replace("Maria,", 'Maria, ').encode(),
        "Maria;Lopez;3125550187;5\nJosé;Ruiz;5035550101;6\n".encode("cp1252"),
        "3125550187,Maria Lopez\n5035550101,José Ruiz\n".encode(),
        "name\tto\nMaria Lopez\t312 555 0187\nJosé Ruiz\t503 555 0101".encode(),
        'phone,name\n3125550187,"Lopez, Maria"\n5035550101,José Ruiz\n'.encode().replace(b'"Lopez, Maria"', b"Maria Lopez"),
    ],
)  # fmt: skip
def test_reads_every_kind_of_text_file(
    content: bytes, store: Store, take: Callable[..., ImportReport]
) -> None:
    report = take(content)
    assert _all(store) == EXPECTED
    assert (report.total, report.imported, report.new, report.rejected_count) == (2, 2, 2, 0)


@pytest.mark.parametrize(
    "pasted",
    [
        "3125550187\n5035550101",
        "(312) 555-0187\r\n(503) 555-0101\r\n",
        "Phone\n312-555-0187\n503-555-0101",
        "+1 312 555 0187, +1 503 555 0101",
        "\u202d+1 312 555 0187\u202c\n\u202d+1 503 555 0101\u202c",
        "3125550187; 5035550101",
        "3125550187\t5035550101",
    ],
)
def test_numbers_alone_are_a_list(pasted: str, store: Store, take: Callable[..., ImportReport]) -> None:
    report = take(pasted)
    assert [number for number, _ in _all(store)] == ["+13125550187", "+15035550101"]
    assert report.name == "Pasted list"


def test_half_an_emoji_is_stored_as_a_question_mark(store: Store, take: Callable[..., ImportReport]) -> None:
    report = take("phone,na\udc41me,\ud83d\n3125550187,Maria \ud83d,x\n\ud83d,y,z\n", name="list \ud83d")
    assert report.name == "list ?"
    assert report.rejects[0].value == "?"


def _book(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.create_sheet("Notes").append(["nothing"])
    book.save(path)
    return path


def test_reads_a_workbook(tmp_path: Path, store: Store, take: Callable[..., ImportReport]) -> None:
    import datetime as dt

    rows: list[list[object]] = [
        ["First Name", "Last Name", "Cell", "Zip", "Consent Date", "Member"],
        ["Maria", "Lopez", 3125550187, "02134", dt.datetime(2026, 9, 1), True],
        ["José", "Ruiz", "+1 503 555 0101", 97201.5, dt.datetime(2026, 9, 1, 12, 30), None],
        [None, None, None, None, None, None],
        ["Bad", "Row", 1.23e11, "", None, ""],
    ]
    report = take(_book(tmp_path / "people.xlsx", rows))
    assert _all(store) == EXPECTED
    assert report.rejected_count == 1
    assert report.rejects[0].line == 5
    maria, jose = (contacts.get(store, row.id) for row in contacts.page(store, query="")[::-1])
    assert maria is not None
    assert jose is not None
    assert maria.fields == {"zip": "02134", "member": "yes"}
    assert jose.fields == {"zip": "97201.5"}
    assert maria.consent_at == dt.datetime(2026, 9, 1, tzinfo=dt.UTC).timestamp()
    assert jose.consent_at == dt.datetime(2026, 9, 1, 12, 30, tzinfo=dt.UTC).timestamp()


def test_the_sample_list_imports_whole(store: Store, take: Callable[..., ImportReport]) -> None:
    report = take(Path(str(files("resources") / "samples" / "people.csv")))
    assert (report.total, report.imported, report.rejected_count, report.duplicates) == (24, 24, 0, 0)
    assert report.columns[:3] == ("first_name", "last_name", "phone")
    first = contacts.get(store, 1)
    assert first is not None
    assert (first.first_name, first.consent_source, first.fields["slot"]) == (
        "Maria",
        "clinic form",
        "Tue 9:30",
    )
    zones = {z for row in contacts.page(store) for z in importing_zones(row.number)}
    assert len(zones) >= 5


def importing_zones(number: str) -> tuple[str, ...]:
    from app.people.numbers import zones

    return zones(number)


# -- which column is which ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "number"),
    [
        ("name,total,hotel,phone", 3),
        ("hotel,cancelled,to", 2),
        ("phone type,phone", 1),
        ("home phone,mobile", 1),
        ("First,Last,cell_phone", 2),
        ("Nombre,Teléfono", 1),
        ("Vorname,Nachname,Handynummer", 2),
        ("contact[firstName],contact[cell]", 1),
        ("who,where", 1),
        ("name,Customer Mobile Phone (UK)", 1),
    ],
)
def test_finds_the_numbers_column(header: str, number: int, store: Store) -> None:
    width = header.count(",") + 1
    rows = "\n".join(
        ",".join("312-555-0187" if i == number else f"text {i}" for i in range(width)) for _ in range(3)
    )
    found = preview(store, open_source(f"{header}\n{rows}"), "US")
    assert found.has_header
    assert found.mapping.number == number


def test_a_header_that_lies_is_not_believed(store: Store) -> None:
    found = preview(store, open_source("to,number\nMaria Lopez,312-555-0187\nJosé,503-555-0101"), "US")
    assert found.mapping.number == 1


def test_every_other_column_is_a_field_of_its_own(store: Store) -> None:
    text = "phone,Order #,order,name,Name,,Time Zone\n3125550187,1,2,Maria,x,y,Eastern\n"
    mapping = preview(store, open_source(text), "US").mapping
    assert mapping.name == 3
    assert mapping.time_zone == 6
    assert mapping.fields == ((1, "order"), (2, "order_2"), (4, "name_2"), (5, "column_6"))


def test_preview_shows_the_first_rows_as_they_are(store: Store) -> None:
    found = preview(
        store, open_source("a,b\n" + "\n".join(f"3125550{i:03d},x" for i in range(100, 400))), "US"
    )
    assert len(found.rows) == 5
    assert found.rows[0] == ("3125550100", "x")
    assert found.columns == ("a", "b")
    assert 250 < found.total_rows_estimate < 350
    bare = preview(store, open_source("3125550187,x\n3125550188,y"), "US")
    assert not bare.has_header
    assert bare.columns == ("Column 1", "Column 2")


def test_a_mapping_is_remembered_for_the_same_header(store: Store, clock: FixedClock) -> None:
    source = open_source(PEOPLE)
    first = preview(store, source, "US")
    assert not first.remembered
    mine = Mapping(number=2, name=1, fields=((0, "nick"),))
    run(store, clock, source, mine, "US")
    again = preview(store, open_source(PEOPLE.replace("Maria", "Mia")), "US")
    assert again.remembered
    assert again.mapping == mine
    assert not preview(store, open_source(PEOPLE.replace("Given", "First")), "US").remembered
    with store.write() as unit:
        unit.conn.execute(sa.update(t.column_mapping).values(mapping='{"number": 99, "fields": []}'))
    assert not preview(store, source, "US").remembered


def test_a_person_can_say_that_there_is_no_header(store: Store, clock: FixedClock) -> None:
    source = open_source("Maria,Lopez\n3125550187,x\n3125550188,y")
    assert preview(store, source, "US").has_header
    found = preview(store, source, "US", has_header=False)
    assert not found.has_header
    report = run(store, clock, source, found.mapping, "US")
    assert (report.total, report.rejected_count) == (3, 1)


# -- what becomes of each row -----------------------------------------------------------------------


def test_says_of_every_refused_row_its_line_and_why(
    store: Store, take: Callable[..., ImportReport], tmp_path: Path
) -> None:
    text = (
        "name,phone,note\nMaria,312-555-0187,ok\nA,1.23E+11,x\nB,,x\nC,312-555-0199 x4,x\nD,555-0100,=1+1\n"
        '"E\nF",n/a,x\nG,503 555 0101,ok\n'
    )
    report = take(text)
    assert (report.total, report.imported, report.rejected_count) == (7, 2, 5)
    assert [(r.line, r.value) for r in report.rejects] == [
        (3, "1.23E+11"), (4, ""), (5, "312-555-0199 x4"), (6, "555-0100"), (7, "n/a"),
    ]  # fmt: skip
    assert all(reject.reason.endswith(".") for reject in report.rejects)
    path = tmp_path / "rejects.csv"
    assert save_rejects(report, path) == 5
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8-sig", newline="") as file:
        saved = list(csv.DictReader(file))
    assert saved[3]["note"] == "'=1+1"
    assert saved[0]["import line"] == "3"
    # corrected by a person, it imports without our two columns becoming fields
    corrected = path.read_text("utf-8-sig").replace("555-0100", "312-555-0100")
    again = take(corrected)
    assert (again.imported, again.rejected_count) == (1, 4)
    row = contacts.page(store, query="312 555 0100")[0]
    found = contacts.get(store, row.id)
    assert found is not None
    assert found.fields == {"note": "=1+1"}


def test_the_first_of_two_rows_stays_and_that_is_said(
    store: Store, take: Callable[..., ImportReport]
) -> None:
    report = take("name,phone\nMaria,312-555-0187\nMario,+1 (312) 555.0187\n")
    assert (report.total, report.imported, report.duplicates) == (2, 1, 1)
    assert _all(store) == [("+13125550187", "Maria")]
    assert "first row stays" in report.kept_rule


KNOWN = "phone,first name,last name,time zone,slot,room\n3125550187,Maria,,Eastern,9:30,\n"
LATER = "phone,first name,last name,time zone,slot,room,seat\n3125550187,Mia,Ruiz,Pacific,10:00,4,7\n"


@pytest.mark.parametrize(
    ("keep", "name", "zone_", "fields"),
    [
        ("existing", "Maria", "America/New_York", {"slot": "9:30", "room": "4", "seat": "7"}),
        ("file", "Mia Ruiz", "America/Los_Angeles", {"slot": "10:00", "room": "4", "seat": "7"}),
    ],
)
def test_which_value_stays_for_a_known_person(
    keep: str, name: str, zone_: str, fields: dict[str, str], store: Store, take: Callable[..., ImportReport]
) -> None:
    take(KNOWN)
    report = take(LATER, keep=keep)
    assert (report.imported, report.new, report.updated) == (1, 0, 1)
    found = contacts.get(store, 1)
    assert found is not None
    assert (found.name, found.time_zone, found.fields) == (name, zone_, fields)
    again = take(LATER, keep=keep)
    assert (again.new, again.updated) == (0, 0)


def test_an_empty_cell_never_erases(store: Store, take: Callable[..., ImportReport]) -> None:
    take(KNOWN)
    take("phone,first name,slot\n3125550187,,\n", keep="file")
    found = contacts.get(store, 1)
    assert found is not None
    assert (found.first_name, found.fields["slot"]) == ("Maria", "9:30")


def test_opted_out_people_are_counted_and_stay_opted_out(
    store: Store, clock: FixedClock, take: Callable[..., ImportReport]
) -> None:
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550103", source="sms")
        optouts.opt_out(unit, clock, "+13125550107", source="sms")
    report = take("phone\n" + "\n".join(f"31255501{i:02d}" for i in range(10)))
    assert (report.imported, report.opted_out) == (10, 2)
    assert {row.number for row in contacts.page(store) if row.opted_out} == {"+13125550103", "+13125550107"}


def test_a_list_that_says_who_opted_out_is_heard(store: Store, take: Callable[..., ImportReport]) -> None:
    seen: list[Event] = []
    store.subscribe(seen.append)
    report = take("name,phone,optOut\nMaria,3125550187,true\nJosé,5035550101,false\n", name="Export")
    assert (report.imported, report.opted_out) == (2, 1)
    row = optouts.page(store)[0]
    assert (row.number, row.source, row.evidence) == (
        "+13125550187",
        "import",
        "marked as opted out in the list Export",
    )
    assert seen == [OptOutChanged("", active=True), ContactsChanged()]


def test_the_list_keeps_its_order_and_its_figures(store: Store, take: Callable[..., ImportReport]) -> None:
    take("phone\n5035550101")
    report = take(PEOPLE, name="  October  ")
    with store.read() as conn:
        members = conn.execute(
            sa.select(t.contact.c.number)
            .join(t.list_member, t.list_member.c.contact_id == t.contact.c.id)
            .where(t.list_member.c.list_id == report.list_id)
            .order_by(t.list_member.c.position)
        ).scalars().all()  # fmt: skip
        row = conn.execute(sa.select(t.people_list).where(t.people_list.c.id == report.list_id)).one()
    assert members == ["+13125550187", "+15035550101"]
    assert row.name == "October"
    assert json.loads(row.columns) == ["due_month"]
    assert json.loads(row.report)["new"] == 1
    assert [(found.name, found.people) for found in contacts.lists(store)] == [
        ("October", 2),
        ("Pasted list", 1),
    ]


@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6])
def test_a_cancelled_import_keeps_nothing(at: int, store: Store, clock: FixedClock) -> None:
    source = open_source("phone\n" + "\n".join(f"312555{i:04d}" for i in range(2500)))
    looks = iter(range(1, 100))
    seen: list[Event] = []
    store.subscribe(seen.append)
    mapping = preview(store, source, "US").mapping
    report = run(store, clock, source, mapping, "US", cancelled=lambda: next(looks) >= at)
    assert report.cancelled
    assert (report.list_id, report.imported) == (0, 0)
    assert "nothing was kept" in report.kept_rule
    assert (contacts.count(store), contacts.lists(store), seen) == (0, (), [])


def test_progress_goes_forward_to_the_end(store: Store, clock: FixedClock) -> None:
    source = open_source("phone\n" + "\n".join(f"312555{i % 3000:04d}" for i in range(3500)))
    seen: list[tuple[int, int]] = []
    run(
        store,
        clock,
        source,
        preview(store, source, "US").mapping,
        "US",
        progress=lambda a, b: seen.append((a, b)),
    )
    shares = [done / total for done, total in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


# -- what is no list ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n \n",
        b"\x00\x01\x02" * 50,
        b"\xd0\xcf\x11\xe0" + b"x" * 100,
        b"PK\x03\x04 no zip",
        b"\xff\xfe\x00\xd8\x00",
    ],
)
def test_says_what_is_no_list(content: bytes, store: Store, take: Callable[..., ImportReport]) -> None:
    with pytest.raises(ImportFailure) as failure:
        take(content)
    assert str(failure.value).endswith(".")
    assert contacts.count(store) == 0


def test_a_list_without_one_number_is_no_list(store: Store, take: Callable[..., ImportReport]) -> None:
    with pytest.raises(ImportFailure, match="Line 2: 'n/a'"):
        take("phone,name\nn/a,Maria\n,José\n")
    with pytest.raises(ImportFailure, match="no country"):
        take("phone\n3125550187", country="ZZ")
    with pytest.raises(ImportFailure, match="There are no rows"):
        take("phone,name\n")
    with pytest.raises(ImportFailure, match="Choose which one"):
        take("colour,name\nred,Maria\n")
    assert contacts.lists(store) == ()


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match=r"missing\.csv"):
        open_source(tmp_path / "missing.csv")
    with pytest.raises(ImportFailure, match="not a file"):
        open_source(tmp_path)


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: Callable[..., ImportReport]) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 10)
    with pytest.raises(ImportFailure, match="over 10 rows"):
        take("phone\n" + "3125550187\n" * 12)
    with pytest.raises(ImportFailure, match="columns"):
        take("phone" + ",x" * 201 + "\n3125550187" + ",x" * 201)
    with pytest.raises(ImportFailure, match="characters"):
        take("phone,x\n3125550187," + "y" * 33_000)
    with pytest.raises(ImportFailure, match="quotation mark"):
        take('phone,x\n3125550187,"y\n' + "3125550187,y\n" * 100)
    with pytest.raises(ImportFailure, match="quotation mark"):
        take('phone,x\n3125550187,"y\n' + "3125550187,y\n" * 20_000)
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 100)
    big = tmp_path / "big.csv"
    big.write_text("x" * 101)
    with pytest.raises(ImportFailure, match="Split"):
        open_source(big)
    with pytest.raises(ImportFailure, match="too long"):
        open_source("x" * 101)


# -- values -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Maria Lopez", ("Maria", "Lopez")),
        ("Lopez, Maria", ("Maria", "Lopez")),
        ("Dr. Maria Lopez Ruiz", ("Maria", "Lopez Ruiz")),
        ("Dr. Lopez", ("", "Lopez")),
        ("Maria", ("Maria", "")),
        ("Mrs", ("", "")),
        ("", ("", "")),
        (",", ("", "")),
    ],
)
def test_splits_whole_names(text: str, expected: tuple[str, str]) -> None:
    assert split_name(text) == expected


@pytest.mark.parametrize(
    ("text", "month_first", "expected"),
    [
        ("2026-09-01", True, 1788220800.0),
        ("2026-09-01T00:00:00+02:00", True, 1788213600.0),
        ("9/1/2026", True, 1788220800.0),
        ("1/9/2026", False, 1788220800.0),
        ("01.09.2026", True, 1788220800.0),
        ("1.9.26", False, 1788220800.0),
        ("2026/09/01", True, 1788220800.0),
        ("31/31/2026", True, None),
        ("September", True, None),
        ("0001-01-01T00:00:00+14:00", True, None),
    ],
)
def test_reads_dates(text: str, month_first: bool, expected: float | None) -> None:
    assert moment(text, month_first=month_first) == expected


def test_reads_zones() -> None:
    assert zone("america/chicago") == "America/Chicago"
    assert zone("Pacific Time") == "America/Los_Angeles"
    assert zone("US/Pacific") == "US/Pacific"
    assert zone("utc") == "UTC"
    assert zone("Nowhere/Land") == ""
    assert zone("") == ""


def test_a_consent_date_that_is_not_understood_is_not_lost(
    store: Store, take: Callable[..., ImportReport]
) -> None:
    take("phone,consent,consent date\n3125550187,web form,last summer\n")
    found = contacts.get(store, 1)
    assert found is not None
    assert (found.consent_source, found.consent_at) == ("web form (last summer)", None)


# -- other threads ---------------------------------------------------------------------------------------


def test_other_threads_read_and_run_meanwhile(store: Store, clock: FixedClock) -> None:
    source = open_source(
        "phone,name\n" + "\n".join(f"{npa}555{i:04d},P{i}" for npa in (312, 503) for i in range(4000))
    )
    mapping = preview(store, source, "US").mapping
    done = threading.Event()
    reports: list[ImportReport] = []

    def work() -> None:
        reports.append(run(store, clock, source, mapping, "US"))
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    reads, deadline = 0, time.monotonic() + 30
    while not done.is_set() and time.monotonic() < deadline:
        assert contacts.count(store) in (0, 8000)  # all or nothing, to everyone
        reads += 1
    thread.join(30)
    assert reports[0].imported == 8000
    assert reads > 3


# -- the opt-out lists of others -----------------------------------------------------------------------------


def test_imports_a_list_of_numbers_not_to_text(store: Store, clock: FixedClock) -> None:
    seen: list[Event] = []
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550187", source="sms")
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="out", number="+15035550101", text="x", state="queued", created_at=0.0
            )
        )
    store.subscribe(seen.append)
    source = open_source(
        "number,lifted_at\n312-555-0187,\n503-555-0101,\nbad,\n312-555-0199,2026-01-01T00:00:00+00:00\n"
    )
    found = optout_list.import_numbers(store, clock, source, "US", "Ana")
    assert (found.total, found.added, found.already, found.rejected_count) == (4, 1, 1, 1)
    assert found.rejects[0][:2] == (4, "bad")
    assert [type(event) for event in seen] == [MessageChanged, OptOutChanged]
    assert {row.number for row in optouts.page(store)} == {"+13125550187", "+15035550101"}
    with pytest.raises(ImportFailure):
        optout_list.import_numbers(store, clock, open_source("colour,name\nred,Maria\n"), "US")
