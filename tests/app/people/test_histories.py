"""Old texts of a phone or of gammu-smsd: into threads once, never as messages; a STOP among them counts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.clock import SystemClock
from app.conversations import threads
from app.people import importing, optouts, reading
from app.people.formats import backup
from app.people.reading import ImportFailure, open_source
from app.store import tables as t
from app.store.engine import Store, open_store

AT = 1_790_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    yield store
    store.close()


def sms(address: str, kind: int, body: str, at: int = AT, name: str = "(Unknown)", **more: str) -> str:
    extra = "".join(f' {key}="{value}"' for key, value in more.items())
    return (
        f'<sms protocol="0" address="{address}" date="{at}000" type="{kind}" subject="null" body="{body}" '
        f'read="1" status="-1" contact_name="{name}"{extra} />'
    )


def backup_file(tmp_path: Path, *rows: str, name: str = "sms.xml") -> Path:
    path = tmp_path / name
    head = "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--File Created By SMS Backup-->\n"
    path.write_text(f'{head}<smses count="{len(rows)}">\n' + "\n".join(rows) + "\n</smses>\n", "utf-8")
    return path


def run(store: Store, path: Path, **more: Any) -> Any:
    source = open_source(path)
    preview = importing.preview(store, source, "US")
    return importing.run(store, SystemClock(), source, preview.mapping, "US", **more)


def thread(store: Store, number: str) -> list[tuple[str, str, str, float]]:
    row = threads.by_number(store, number)
    assert row is not None
    return [(b.direction, b.text, b.state, b.at) for b in threads.messages(store, row.id)]


def test_a_phones_texts_come_into_their_threads(store: Store, tmp_path: Path) -> None:
    path = backup_file(
        tmp_path,
        sms("(312) 555-0187", 1, "Hello &#55357;&#56846; there &#xD83D;&#xDE0D;", AT, "Maria Ortega"),
        sms("+13125550187", 2, "Hi Maria", AT + 60, "Maria Ortega"),
        sms("3125550187", 5, "Did it fail?", AT + 120, "Maria Ortega"),
        sms("3125550187", 3, "a draft", AT + 130),
        sms("HMRC", 1, "Your code", AT),
        '<mms address="3125550187" date="1"><parts><part data="AAAA"/></parts></mms>',
    )
    source = open_source(path)
    preview = importing.preview(store, source, "US")
    assert preview.format == "backup"
    assert preview.columns == ("Name", "Mobile", "Texts received", "Texts sent", "Last text")
    report = run(store, path)
    assert (report.format, report.texts, report.texts_left) == ("backup", 3, 1)
    assert (report.imported, report.rejected_count) == (1, 1)
    assert thread(store, "+13125550187") == [
        ("in", "Hello 😎 there 😍", "received", AT),
        ("out", "Hi Maria", "sent", AT + 60),
        ("out", "Did it fail?", "not_sent", AT + 120),
    ]
    row = threads.by_number(store, "+13125550187")
    assert row is not None
    assert (row.name, row.last_text, row.unread, row.waiting_since) == (
        "Maria Ortega",
        "Did it fail?",
        0,
        None,
    )


def test_old_texts_are_no_messages_and_have_no_clicks(store: Store, tmp_path: Path) -> None:
    run(store, backup_file(tmp_path, sms("3125550187", 2, "Hi"), sms("3125550187", 5, "failed", AT + 1)))
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(t.message)).scalar_one() == 0
        assert conn.execute(sa.select(sa.func.count()).select_from(t.click)).scalar_one() == 0
    row = threads.by_number(store, "+13125550187")
    assert row is not None
    for bubble in threads.messages(store, row.id):
        assert bubble.id < 0
        assert (bubble.kind, bubble.campaign_name, bubble.resolution) == ("imported", "imported", "imported")


def test_a_second_import_adds_nothing(store: Store, tmp_path: Path) -> None:
    rows = [sms("3125550187", 1 + i % 2, f"text {i}", AT + i) for i in range(30)]
    assert run(store, backup_file(tmp_path, *rows)).texts == 30
    again = run(store, backup_file(tmp_path, *rows, sms("3125550187", 1, "new", AT + 99), name="newer.xml"))
    assert (again.texts, again.texts_known) == (1, 30)
    assert len(thread(store, "+13125550187")) == 31


def test_our_own_record_of_a_text_is_not_doubled(store: Store, tmp_path: Path) -> None:
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(t.conversation).values(number="+13125550187", last_at=AT)
        ).inserted_primary_key[0]
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in",
                number="+13125550187",
                conversation_id=key,
                text="Yes please",
                state="received",
                created_at=AT + 30,
            )
        )
    report = run(
        store,
        backup_file(
            tmp_path, sms("3125550187", 1, "Yes please", AT), sms("3125550187", 1, "Yes please", AT + 9000)
        ),
    )
    assert (report.texts, report.texts_known) == (1, 1)


def test_pages_of_a_thread_with_old_and_new(store: Store, tmp_path: Path) -> None:
    run(store, backup_file(tmp_path, *(sms("3125550187", 1, f"old {i}", AT + i // 2) for i in range(40))))
    row = threads.by_number(store, "+13125550187")
    assert row is not None
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.message),
            [
                {
                    "direction": "in",
                    "number": row.number,
                    "conversation_id": row.id,
                    "text": f"new {i}",
                    "state": "received",
                    "created_at": AT + i,
                }
                for i in range(20)
            ],
        )
    seen: list[Any] = []
    before = None
    while page := threads.messages(store, row.id, before=before, limit=7):
        assert [(b.at, b.id) for b in page] == sorted((b.at, b.id) for b in page)
        seen = [*page, *seen]
        before = (page[0].at, page[0].id)
    assert len(seen) == len({b.id for b in seen}) == 60
    assert [(b.at, b.id) for b in seen] == sorted((b.at, b.id) for b in seen)


@pytest.mark.parametrize(
    ("texts", "out"),
    [
        ([(1, "STOP")], True),
        ([(1, "stop"), (1, "START")], False),
        ([(1, "START"), (1, "Stop please")], True),
        ([(1, "STOP"), (1, "where is my parcel?")], True),
        ([(2, "Reply STOP to opt out"), (1, "ok")], False),
        ([(2, "STOP")], False),
        ([(1, "stop by at five?")], False),
    ],
)
def test_a_stop_among_them_opts_out_unless_they_came_back(
    store: Store, tmp_path: Path, texts: list[tuple[int, str]], out: bool
) -> None:
    rows = [sms("3125550187", kind, body, AT + i) for i, (kind, body) in enumerate(texts)]
    report = run(store, backup_file(tmp_path, *reversed(rows)))
    with store.read() as conn:
        assert optouts.active(conn, "+13125550187") is out
    assert report.opted_out_before == out
    if out:
        (row,) = optouts.page(store)
        assert row.source == "import"
        assert row.evidence.startswith("their old text, imported: ")


def test_who_came_back_here_stays_in(store: Store, tmp_path: Path) -> None:
    clock = SystemClock()
    with store.write() as unit:
        optouts.opt_out(unit, clock, "+13125550187", source="operator", evidence="said so")
        optouts.lift(
            unit, clock, "+13125550187", source="operator", reason="asked to be back", evidence="her letter"
        )
    report = run(store, backup_file(tmp_path, sms("3125550187", 1, "STOP", 1_700_000_000)))
    assert report.opted_out_before == 0
    with store.read() as conn:
        assert not optouts.active(conn, "+13125550187")


def test_without_history_only_people_come(store: Store, tmp_path: Path) -> None:
    report = run(store, backup_file(tmp_path, sms("3125550187", 1, "STOP")), history=False)
    assert (report.imported, report.texts, report.opted_out_before) == (1, 0, 0)
    assert threads.by_number(store, "+13125550187") is None


def test_cancelled_keeps_nothing(store: Store, tmp_path: Path) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    report = run(store, backup_file(tmp_path, sms("3125550187", 1, "Hello")), cancelled=cancelled)
    assert report.cancelled
    with store.read() as conn:
        for table in (t.contact, t.imported_text, t.conversation, t.people_list):
            assert conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0


# -- hostile and damaged --------------------------------------------------------------------------

LAUGHS = '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]>\n<smses><sms address="3125550187" date="1" type="1" body="&lol2;"/></smses>'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (LAUGHS, "document type"),
        ('<!DOCTYPE smses SYSTEM "file:///etc/passwd"><smses></smses>', "document type"),
        ("<smses><sms body='", "damaged at line 1"),
        ("<smses><sms address='3125550187' date='1000' type='1' body='a'/>", "damaged"),
        ("<smses>\n</smses>", "no rows"),
    ],
)
def test_what_is_no_backup_is_refused_in_words(store: Store, tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "sms.xml"
    path.write_text(text, "utf-8")
    with pytest.raises(ImportFailure, match=words):
        run(store, path)
    with store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(t.conversation)).scalar_one() == 0


@pytest.mark.parametrize("chunk", [1, 2, 7, 64, 100_000])
def test_pairs_survive_any_chunk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(backup, "_CHUNK", chunk)
    body = "a&#55357;&#56846;b&#xd83d;&#xde0d;&amp;c&#55357;d&#0;"
    (text,) = backup.texts(backup_file(tmp_path, sms("3125550187", 1, body)))
    assert text.text == "a😎b😍&c\ufffdd\ufffd"


@given(st.binary(max_size=80))
def test_rewriting_references_never_fails(data: bytes) -> None:
    assert isinstance(backup.whole_references(b"&#55357;" + data), bytes)


def test_a_long_history_is_read_fast(tmp_path: Path) -> None:
    rows = (
        sms(f"312555{i % 5000:04}", 1 + i % 2, f"This is text {i} &#55357;&#56846;", AT + i)
        for i in range(20_000)
    )
    path = backup_file(tmp_path, *rows)
    started = time.process_time()
    assert sum(1 for _ in backup.texts(path)) == 20_000
    assert time.process_time() - started < 4


# -- gammu-smsd -----------------------------------------------------------------------------------


def smsd_file(tmp_path: Path, inbox: list[tuple[Any, ...]], sent: list[tuple[Any, ...]]) -> Path:
    """A database with the columns of gammu's schema 17 that matter here, and some of the others."""
    path = tmp_path / "smsd.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("""
            CREATE TABLE gammu (Version INTEGER NOT NULL DEFAULT '0');
            CREATE TABLE inbox (UpdatedInDB TEXT, ReceivingDateTime NUMERIC NOT NULL, Text TEXT NOT NULL DEFAULT '',
              SenderNumber TEXT NOT NULL DEFAULT '', Coding TEXT, UDH TEXT NOT NULL DEFAULT '', SMSCNumber TEXT,
              Class INTEGER, TextDecoded TEXT NOT NULL DEFAULT '', ID INTEGER PRIMARY KEY AUTOINCREMENT);
            CREATE TABLE sentitems (UpdatedInDB TEXT, SendingDateTime NUMERIC NOT NULL, DeliveryDateTime NUMERIC,
              Text TEXT, DestinationNumber TEXT NOT NULL DEFAULT '', UDH TEXT NOT NULL DEFAULT '',
              TextDecoded TEXT NOT NULL DEFAULT '', ID INTEGER, SequencePosition INTEGER NOT NULL DEFAULT 1,
              Status TEXT NOT NULL DEFAULT 'SendingOK', PRIMARY KEY (ID, SequencePosition));
        """)
        db.executemany(
            "INSERT INTO inbox (ReceivingDateTime, SenderNumber, TextDecoded, UDH) VALUES (?,?,?,?)", inbox
        )
        db.executemany(
            "INSERT INTO sentitems (ID, SequencePosition, SendingDateTime, DestinationNumber, TextDecoded, Status) VALUES (?,?,?,?,?,?)",
            sent,
        )
        db.commit()
    return path


def test_smsds_people_and_threads(store: Store, tmp_path: Path) -> None:
    path = smsd_file(
        tmp_path,
        [
            ("2026-05-01 10:00:00", "+13125550187", "second", "050003A70202"),
            ("2026-05-01 10:00:00", "+13125550187", "first ", "050003A70201"),
            ("2026-05-01 11:00:00", "+13125550119", "STOP", ""),
            ("2026-05-01 11:00:00", "+13125550119", "half of it", "06080412340201"),
            ("0000-00-00 00:00:00", "+13125550118", "no time", ""),
        ],
        [
            (7, 1, "2026-05-01 09:00:00", "+13125550187", "a long ", "SendingOKNoReport"),
            (7, 2, "2026-05-01 09:00:01", "+13125550187", "text", "SendingOKNoReport"),
            (8, 1, "2026-05-01 09:30:00", "+13125550142", "lost", "SendingError"),
            (9, 1, "2026-05-01 09:30:00", "+13125550142", "never tried", "Reserved"),
        ],
    )
    source = open_source(path)
    assert importing.preview(store, source, "US").format == "smsd"
    report = run(store, path)
    assert (report.imported, report.texts, report.opted_out_before) == (3, 5, 1)
    assert [(d, text, state) for d, text, state, _ in thread(store, "+13125550187")] == [
        ("out", "a long text", "sent"), ("in", "first second", "received"),
    ]  # fmt: skip
    assert thread(store, "+13125550142")[0][:3] == ("out", "lost", "not_sent")
    assert "half of it [1 of its parts missing]" in {text for _, text, _, _ in thread(store, "+13125550119")}


def test_another_database_is_refused_and_a_view_is_not_run(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "trap.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE sentitems (a)")
        db.execute(
            "CREATE VIEW inbox AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i FROM n"
        )
        db.commit()
    with pytest.raises(ImportFailure, match="not one of gammu-smsd"):
        importing.preview(store, open_source(path), "US")


def test_a_damaged_database_is_refused(store: Store, tmp_path: Path) -> None:
    path = smsd_file(tmp_path, [("2026-05-01 10:00:00", "+13125550187", "x" * 900, "")] * 200, [])
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(ImportFailure, match="cannot be read"):
        importing.preview(store, open_source(path), "US")


def test_smsd_is_left_as_it_was(store: Store, tmp_path: Path) -> None:
    path = smsd_file(tmp_path, [("2026-05-01 10:00:00", "+13125550187", "hi", "")], [])
    before = path.read_bytes()
    run(store, path)
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.glob("smsd*")) == ["smsd.db"]


def test_a_history_may_be_larger_than_a_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = backup_file(tmp_path, sms("3125550187", 1, "x" * 5000))
    monkeypatch.setattr(reading, "MAX_FILE_BYTES", 1000)
    assert open_source(path).path == path
    monkeypatch.setattr(backup, "MAX_BYTES", 2000)
    with pytest.raises(ImportFailure, match="over 0 MB"):
        open_source(path)
