"""Search: words as they are typed, names, numbers, and what stands beside a text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.clock import FixedClock
from app.conversations import looking
from app.conversations import search as searching
from app.conversations.search import search
from app.people import contacts
from app.store import fulltext
from app.store import tables as t
from app.store.engine import Store, open_store
from app.store.stopping import Stopped, stoppable

MARIA, PAUL = "+13125550187", "+15035550101"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("search"))
    clock = FixedClock()
    contacts.add(opened, clock, MARIA, "María Ortega")
    contacts.add(opened, clock, PAUL, "Paul Kern")
    with opened.write() as unit:
        spring = _insert(unit.conn, t.campaign, name="Spring reminders", state="running", created_at=1.0)
        threads = {
            number: _insert(unit.conn, t.conversation, number=number, last_at=1.0, contact_id=key)
            for key, number in enumerate((MARIA, PAUL), start=1)
        }
        rows: list[dict[str, Any]] = [
            {
                "number": MARIA,
                "text": "Hi María, your check-up is on Tuesday at 10:30",
                "campaign_id": spring,
                "out": True,
            },
            {"number": MARIA, "text": "Is it ok if my daughter comes along?"},
            {"number": PAUL, "text": "Tuesday is good, señor"},
            {
                "number": PAUL,
                "text": "I could not sleep on Tuesday night " + "x " * 80 + "daughters everywhere",
            },
        ]
        for place, row in enumerate(rows):
            out = row.pop("out", False)
            number = row["number"]
            values = {
                **row,
                "direction": "out" if out else "in",
                "state": "queued" if out else "received",
                "kind": "first" if out else "text",
                "conversation_id": threads[number],
                "created_at": dt.datetime(2026, 5, 10 + place).astimezone().timestamp(),
            }
            key = _insert(unit.conn, t.message, **values)
            if out:
                click = _insert(
                    unit.conn,
                    t.click,
                    message_id=key,
                    operator="A",
                    at=0.0,
                    monotonic=0.0,
                    device="mouse",
                    text_hash="",
                )
                unit.conn.execute(
                    sa.update(t.message)
                    .where(t.message.c.id == key)
                    .values(
                        state="sent",
                        click_id=click,
                        claimed_at=2.0,
                        error_code="CMS 38",
                        reason="the network failed",
                    )
                )
        for key, labels, corrected in (
            (2, "question", None),
            (3, "negative question", "positive"),
            (4, "", ""),
        ):
            judged = {"message_id": key, "tier": "NONE", "labels": labels, "corrected": corrected}
            unit.conn.execute(sa.insert(t.judgement).values(**judged))
        waiting = {"number": PAUL, "text": "a Tuesday text that waits", "direction": "out", "state": "queued"}
        _insert(unit.conn, t.message, **waiting, kind="first", campaign_id=spring, created_at=5.0)
        tag = _insert(unit.conn, t.tag, name="Parking", folded="parking")
        unit.conn.execute(sa.insert(t.contact_tag).values(tag_id=tag, contact_id=2))
        asked = _insert(unit.conn, t.question, campaign_id=spring, position=0, text="Will they come?")
        _insert(unit.conn, t.answer, question_id=asked, campaign_id=spring, number=MARIA, value="Yes", at=3.0)
    yield opened
    opened.close()


def _insert(conn: sa.Connection, table: sa.Table, **values: Any) -> int:
    key = conn.execute(sa.insert(table).values(**values)).inserted_primary_key
    assert key is not None
    return int(key[0])


def texts(store: Store, typed: str) -> list[str]:
    return [hit.snippet[:20] for hit in search(store, typed) if hit.message_id is not None]


HI, OK, GOOD, SLEEP = (
    "Hi María, your check",
    "Is it ok if my daugh",
    "Tuesday is good, señ",
    "I could not sleep on",
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tuesday", [SLEEP, GOOD, HI]),
        ("tues", [SLEEP, GOOD, HI]),
        ("TUESDAY go", [GOOD]),
        ("senor", [GOOD]),
        ("señor", [GOOD]),
        ("check-up", [HI]),
        ("10:30", ["…"]),
        ("daughter", ["…" , OK]),
        ("waits", []),
        ("nothing like this", []),
        ('"', []),
        ("* OR NOT AND NEAR(", []),
        ("tuesday from:them", [SLEEP, GOOD]),
        ("from:me", [HI]),
        ("tuesday after:2026-05-12", [SLEEP, GOOD]),
        ("tuesday until:2026-05-12", [GOOD, HI]),
        ("tuesday tag:parking", [SLEEP, GOOD]),
        ('campaign:"spring rem"', [HI]),
        ("answer:yes daughter", [OK]),
        ("error:38", [HI]),
        ("error:network", [HI]),
        ("label:question", [OK]),  # of two, one was corrected
        ("label:yes", [GOOD]),
        ("label:positive tuesday", [GOOD]),
        ("LABEL:Question daughter", [OK]),
        ("label:no", []),
        ("label:quest", []),
        ("", []),
        ("   ", []),
    ],
)  # fmt: skip
def test_what_is_typed_is_found_newest_first(store: Store, typed: str, found: list[str]) -> None:
    got = texts(store, typed)
    assert len(got) == len(found)
    assert all(one.startswith(other) for one, other in zip(got, found, strict=True))


@pytest.mark.parametrize("few", [0, 1, 2_000])
@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("tuesday tag:parking", [SLEEP, GOOD]),
        ("tag:parking", [SLEEP, GOOD]),
        ("answer:yes", [OK, HI]),
        ("answer:yes daughter", [OK]),
        ("answer:yes tag:parking", []),
        ("error:38", [HI]),
        ("error:38 from:them", []),
        ("campaign:spring", [HI]),
        ("campaign:spring tuesday", [HI]),
        ("campaign:spring after:2026-05-11", []),
        ("tag:parking after:2026-05-13 until:2026-05-13", [SLEEP]),
        ("answer:no", []),
        ("label:yes", [GOOD]),
        ("label:question daughter", [OK]),
        ("label:no", []),
        ("tag:nobody", []),
        ("campaign:autumn", []),
    ],
)
def test_it_is_the_same_whichever_side_is_asked_first(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: int, typed: str, found: list[str]
) -> None:
    monkeypatch.setattr(looking, "FEW", few)
    got = texts(store, typed)
    assert [one[:3] for one in got] == [one[:3] for one in found]


@pytest.mark.parametrize("few", [0, 200])
@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ortega", ["María Ortega"]),
        ("kern paul", ["Paul Kern"]),
        ("ern", ["Paul Kern"]),
        ("+1312", ["María Ortega"]),
        ("0101", ["Paul Kern"]),
        ("555", ["María Ortega", "Paul Kern"]),
        ("nobody", []),
    ],
)
def test_people_are_found_however_many_fit(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: int, typed: str, names: list[str]
) -> None:
    monkeypatch.setattr(looking, "FEW_PEOPLE", few)
    assert sorted(hit.name for hit in search(store, typed) if hit.message_id is None) == names


def test_a_letter_by_itself_is_a_word(store: Store) -> None:
    assert texts(store, "x") == ["I could not sleep on"]
    assert texts(store, "t") == []
    assert len(texts(store, "on t")) == 2


def test_a_search_that_nobody_waits_for_any_more_ends(store: Store) -> None:
    with pytest.raises(Stopped):
        search(store, "tuesday", stopped=lambda: True)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    asked: list[int] = []

    def stopped() -> bool:
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(Stopped), store.read() as conn, stoppable(conn, stopped):
        conn.exec_driver_sql(endless)
    assert len(asked) > 3
    assert len(texts(store, "tuesday")) == 3


def test_people_stand_in_front(store: Store) -> None:
    for typed in ("ortega", "Maria"[:3] + "ía", "5550187", "(312) 555-0187"[6:]):
        first = search(store, typed)[0]
        assert (first.message_id, first.name) == (None, "María Ortega"), typed


def test_the_piece_around_the_word_has_its_marks(store: Store) -> None:
    hit = search(store, "daughters")[0]
    assert hit.snippet.startswith("…")
    ((start, end),) = hit.marks
    assert hit.snippet[start:end] == "daughters"
    assert len(hit.snippet) < 200


def test_pages_follow_each_other(store: Store) -> None:
    whole = [hit.message_id for hit in search(store, "tuesday")]
    first = search(store, "tuesday", limit=2)
    rest = search(store, "tuesday", limit=2, before=first[-1].message_id)
    assert [hit.message_id for hit in (*first, *rest)] == whole


def test_a_day_that_is_none_is_said() -> None:
    assert searching.parse("x after:tomorrow").problems == ("“tomorrow” is no day: write it as 2026-05-12.",)


def test_the_index_follows_what_becomes_of_a_text(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    with store.write() as unit:
        thread = _insert(unit.conn, t.conversation, number=MARIA, last_at=1.0)
        key = _insert(
            unit.conn, t.message, direction="in", state="received", number=MARIA, text="one of", created_at=1.0,
            conversation_id=thread,
        )  # fmt: skip
    assert [hit.message_id for hit in search(store, "one")] == [key]
    with store.write() as unit:
        unit.conn.execute(sa.update(t.message).values(text="one of two parts"))
    assert [hit.message_id for hit in search(store, "parts")] == [key]
    with store.write() as unit:
        unit.conn.execute(sa.delete(t.message))
    assert search(store, "parts") == ()
    with store.engine.connect() as conn:
        conn.exec_driver_sql(f"INSERT INTO {fulltext.TABLE}({fulltext.TABLE}) VALUES ('integrity-check')")
    store.close()


@given(st.text(max_size=60))
def test_anything_can_be_typed(store: Store, typed: str) -> None:
    search(store, typed)
