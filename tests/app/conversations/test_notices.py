"""What a notification says of texts that came in, and when it is quiet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.conversations import notices, threads
from app.conversations.notices import ALWAYS, News
from app.settings import Settings
from app.store import tables as t
from app.store.engine import Store, open_store
from app.texting import arrivals
from app.texting.arrivals import Arrival

NOW = 1_794_585_600.0
HIDDEN = "\u202e\u200b\x07"


class Clock(SystemClock):
    def now(self) -> float:
        return NOW


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path)
    with opened.write() as unit:
        unit.conn.execute(sa.insert(t.line).values(id=1, name="Office", url="/dev/null", created_at=NOW))
    yield opened
    opened.close()


def person(store: Store, number: str, name: str) -> None:
    with store.write() as unit:
        values = {"number": number, "name": name, "created_at": NOW, "updated_at": NOW}
        unit.conn.execute(sa.insert(t.contact).values(**values))


def says(store: Store, number: str, text: str, *, sent_at: float | None = NOW, kind: str = "number") -> int:
    arrival = Arrival(number, number, kind, text, 1, is_person=kind == "number", sent_at=sent_at)
    with store.write() as unit:
        return arrivals.store(unit, Clock(), arrival)


def thread_of(store: Store, number: str) -> int:
    found = threads.by_number(store, number)
    assert found is not None
    return found.id


def test_each_conversation_is_told_once_and_danger_first(store: Store) -> None:
    person(store, "+13125550001", f"Ana{HIDDEN} Ruiz")
    ids = [
        says(store, "+13125550001", "is it far?"),
        says(store, "+13125550001", "and when?"),
        says(store, "+13125550002", "I want to kill myself"),
    ]
    news = notices.read(store, ids)
    assert [(one.name, one.urgent, one.old) for one in news] == [
        ("", True, False),
        ("Ana Ruiz", False, False),
    ]
    assert news[0].conversation_id == thread_of(store, "+13125550002")


def test_nothing_is_told_of_machines_opt_outs_names_and_what_was_read(store: Store) -> None:
    machine = says(store, "+13125550003", "I'm driving right now and will get back to you later.")
    stop = says(store, "+13125550004", "STOP")
    after = says(store, "+13125550004", "thanks")
    bank = says(store, "BANK", "Your code is 1234", kind="sender")
    read = says(store, "+13125550005", "what time?")
    threads.mark_read(store, thread_of(store, "+13125550005"))
    assert notices.read(store, [machine, stop, after, bank, read, 9_999]) == ()
    assert notices.read(store, []) == ()


def test_a_text_that_waited_on_the_sim_is_old_unless_a_new_one_came_too(store: Store) -> None:
    old = says(store, "+13125550006", "are you open?", sent_at=NOW - 86_400)
    unknown = says(store, "+13125550007", "are you open?", sent_at=None)
    assert [one.old for one in notices.read(store, [old, unknown])] == [True, False]
    new = says(store, "+13125550006", "hello?")
    assert [one.old for one in notices.read(store, [old, new])] == [False]


def test_more_texts_than_one_statement_takes_are_read(store: Store) -> None:
    ids = [says(store, f"+1312555{tail:04d}", "is it far?") for tail in range(1, 4)]
    padded = ids[:2] + list(range(10_000, 10_500)) + ids[2:]
    assert len(notices.read(store, padded)) == 3


ANA, BO, EVE = News(1, "Ana <b>"), News(2, "Bo"), News(3, "Eve")
NOBODY = News(4)
DANGER = News(9, "Cy", urgent=True)


@pytest.mark.parametrize(
    ("news", "level", "title", "opens"),
    [
        ((ANA,), "somebody", "Somebody wrote", 1),
        ((ANA, BO, EVE, NOBODY, News(5)), "somebody", "5 people wrote", None),
        ((ANA,), "who", "Ana <b> wrote", 1),
        ((ANA, BO), "who", "Ana <b> and Bo wrote", None),
        ((ANA, BO, EVE), "who", "Ana <b>, Bo and 1 other wrote", None),
        ((ANA, BO, EVE, NOBODY), "who", "Ana <b>, Bo and 2 others wrote", None),
        ((NOBODY,), "who", "Somebody wrote", 4),
        ((ANA, NOBODY), "who", "Ana <b> and 1 other wrote", None),
        ((DANGER,), "somebody", "Somebody may be in danger", 9),
        ((DANGER, ANA, BO), "who", "Cy may be in danger", 9),
    ],
)
def test_the_words(news: tuple[News, ...], level: str, title: str, opens: int | None) -> None:
    words = notices.words(news, level, locked=False)
    assert (words.title, words.conversation_id) == (title, opens)
    assert "<" not in words.body  # a desktop may read the body as HTML
    assert words.urgent == (news[0] is DANGER)


def test_while_locked_nothing_is_said_but_that_somebody_wrote() -> None:
    for news in ((ANA,), (ANA, BO, EVE), (DANGER, ANA)):
        words = notices.words(news, "who", locked=True)
        assert (words.title, words.conversation_id, words.urgent) == ("Somebody wrote", None, False)


def test_quiet_until_a_time_or_until_it_is_ended() -> None:
    assert not notices.quiet(Settings(), NOW)
    assert notices.quiet_words(Settings(), NOW) == ""
    until = Settings(quiet_until=NOW + 60)
    assert notices.quiet(until, NOW)
    assert not notices.quiet(until, NOW + 60)
    then = dt.datetime.fromtimestamp(NOW + 60).astimezone()
    assert notices.quiet_words(until, NOW) == f"Quiet until {then:%H:%M}"
    far = dt.datetime.fromtimestamp(NOW + 86_400).astimezone()
    assert notices.quiet_words(Settings(quiet_until=NOW + 86_400), NOW) == f"Quiet until {far:%a %H:%M}"
    assert notices.quiet_words(Settings(quiet_until=ALWAYS), NOW + 1e9) == "Quiet"
    assert [until for _words, until in notices.choices(NOW)][0::2] == [NOW + 3600, ALWAYS]


def at(hour: int, minute: int = 0) -> float:
    return dt.datetime(2026, 11, 13, hour, minute).timestamp()


@pytest.mark.parametrize(
    ("start", "end", "moment", "is_silent"),
    [
        (21 * 60, 8 * 60, at(20, 59), False),
        (21 * 60, 8 * 60, at(21), True),
        (21 * 60, 8 * 60, at(7, 59), True),
        (21 * 60, 8 * 60, at(8), False),
        (12 * 60, 13 * 60, at(12, 30), True),
        (12 * 60, 13 * 60, at(13), False),
        (600, 600, at(10), False),
    ],
)
def test_hours_without_sound(start: int, end: int, moment: float, is_silent: bool) -> None:
    settings = Settings(silent_hours=True, silent_from=start, silent_to=end)
    assert notices.silent(settings, moment) is is_silent
    assert not notices.silent(Settings(silent_from=start, silent_to=end), moment)
    assert notices.silent(Settings(notify_sound=False), moment)
    assert notices.silent(Settings(quiet_until=ALWAYS), moment)
