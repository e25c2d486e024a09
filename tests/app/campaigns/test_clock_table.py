"""Clocks, zones and summer time as tables: each row says what must come out, in UTC and in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.campaigns import dates, gate, hours, occasions
from app.campaigns.caps import Left
from app.campaigns.gate import Facts
from app.campaigns.occasions import Rule
from app.people import numbers

NY, LONDON, SYDNEY, HOWE = "America/New_York", "Europe/London", "Australia/Sydney", "Australia/Lord_Howe"
KATHMANDU, PHOENIX, LAGOS = "Asia/Kathmandu", "America/Phoenix", "Africa/Lagos"
APIA, PAGO, KIRITIMATI = "Pacific/Apia", "Pacific/Pago_Pago", "Pacific/Kiritimati"


@pytest.fixture(autouse=True)
def in_london(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This computer's clock."""
    monkeypatch.setenv("TZ", LONDON)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def utc(words: str) -> float:
    return datetime.fromisoformat(words).replace(tzinfo=UTC).timestamp()


def said(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"


# now (UTC), zones, policy -> until (UTC; "" = may go now, "never" = no moment is known), words
HOURS: list[tuple[str, str, tuple[str, ...], str, str, str]] = [
    ("noon", "2026-04-24 16:00", (NY,), "9:00-20:00", "", ""),
    ("the first minute is open", "2026-04-24 13:00", (NY,), "9:00-20:00", "", ""),
    ("the minute before", "2026-04-24 12:59", (NY,), "9:00-20:00", "2026-04-24 13:00", "08:59 in New York: held until Fri 09:00"),
    ("the last minute", "2026-04-24 23:59", (NY,), "9:00-20:00", "", ""),
    ("the end is closed", "2026-04-25 00:00", (NY,), "9:00-20:00", "2026-04-25 13:00", "20:00 in New York: held until Sat 09:00"),
    # spring forward, New York: 8 March 2026, 2:00 EST is 3:00 EDT (7:00 UTC)
    ("NY the evening before", "2026-03-08 02:00", (NY,), "9:00-20:00", "2026-03-08 13:00", "21:00 in New York: held until Sun 09:00"),
    ("NY opens in the hour left out", "2026-03-08 06:30", (NY,), "2:30-20:00", "2026-03-08 07:00", "01:30 in New York: held until Sun 03:00"),
    ("NY just after", "2026-03-08 07:00", (NY,), "2:30-20:00", "", ""),
    ("NY window wholly left out", "2026-03-08 06:30", (NY,), "2:00-3:00", "2026-03-09 06:00", "held until Mon 02:00"),
    # fall back, New York: 1 November 2026, 2:00 EDT is 1:00 EST (6:00 UTC)
    ("NY first turn of 1:30", "2026-11-01 05:30", (NY,), "1:00-2:00", "", ""),
    ("NY second turn of 1:30", "2026-11-01 06:30", (NY,), "1:00-2:00", "", ""),
    ("NY after both", "2026-11-01 07:00", (NY,), "1:00-2:00", "2026-11-02 06:00", "02:00 in New York: held until Mon 01:00"),
    ("NY between the turns", "2026-11-01 05:45", (NY,), "1:00-1:30", "2026-11-01 06:00", "01:45 in New York: held until Sun 01:00"),
    ("NY morning of 25 hours", "2026-11-01 13:30", (NY,), "9:00-20:00", "2026-11-01 14:00", "08:30 in New York: held until Sun 09:00"),
    # London: 29 March 2026 1:00 GMT is 2:00 BST; 25 October 2026 2:00 BST is 1:00 GMT
    ("London the spring morning", "2026-03-29 07:30", (LONDON,), "9:00-20:00", "2026-03-29 08:00", "08:30 in London"),
    ("London opens in the hour left out", "2026-03-29 00:30", (LONDON,), "1:30-20:00", "2026-03-29 01:00", "held until Sun 02:00"),
    ("London the autumn morning", "2026-10-25 08:30", (LONDON,), "9:00-20:00", "2026-10-25 09:00", "08:30 in London"),
    ("London over the change", "2026-10-24 20:00", (LONDON,), "9:00-20:00", "2026-10-25 09:00", "21:00 in London"),
    # UTC+0 is a zone like any other
    ("London in winter is UTC", "2026-01-15 08:59", (LONDON,), "9:00-20:00", "2026-01-15 09:00", "08:59 in London"),
    ("Accra is UTC all year", "2026-07-15 09:00", ("Africa/Accra",), "9:00-20:00", "", ""),
    # Sydney: 5 April 2026 3:00 AEDT is 2:00 AEST; 4 October 2026 2:00 AEST is 3:00 AEDT
    ("Sydney autumn", "2026-04-04 22:30", (SYDNEY,), "9:00-20:00", "2026-04-04 23:00", "08:30 in Sydney: held until Sun 09:00"),
    ("Sydney spring", "2026-10-03 21:30", (SYDNEY,), "9:00-20:00", "2026-10-03 22:00", "08:30 in Sydney: held until Sun 09:00"),
    ("Sydney second turn of 2:30", "2026-04-04 16:30", (SYDNEY,), "2:00-3:00", "", ""),
    # Lord Howe changes by half an hour: 5 April 2026 2:00 +11 is 1:30 +10:30; 4 October 2026 2:00 is 2:30
    ("Lord Howe first 1:45", "2026-04-04 14:45", (HOWE,), "1:30-2:00", "", ""),
    ("Lord Howe second 1:45", "2026-04-04 15:15", (HOWE,), "1:30-2:00", "", ""),
    ("Lord Howe after both", "2026-04-04 15:30", (HOWE,), "1:30-2:00", "2026-04-05 15:00", "02:00 in Lord Howe: held until Mon 01:30"),
    ("Lord Howe half hour left out", "2026-10-03 15:15", (HOWE,), "2:00-2:30", "2026-10-04 15:00", "01:45 in Lord Howe: held until Mon 02:00"),
    ("Lord Howe opens within it", "2026-10-03 15:15", (HOWE,), "2:15-20:00", "2026-10-03 15:30", "held until Sun 02:30"),
    # no summer time
    ("Phoenix when Denver changes", "2026-03-08 15:59", (PHOENIX,), "9:00-20:00", "2026-03-08 16:00", "08:59 in Phoenix"),
    ("Lagos", "2026-10-25 08:00", (LAGOS,), "9:00-20:00", "", ""),
    ("Kathmandu +5:45 closed", "2026-05-01 03:14", (KATHMANDU,), "9:00-20:00", "2026-05-01 03:15", "08:59 in Kathmandu: held until Fri 09:00"),
    ("Kathmandu +5:45 open", "2026-05-01 03:15", (KATHMANDU,), "9:00-20:00", "", ""),
    ("Chatham +12:45", "2026-06-30 20:14", ("Pacific/Chatham",), "9:00-20:00", "2026-06-30 20:15", "08:59 in Chatham"),
    # unknown, and several
    ("unknown", "2026-05-01 12:00", (), "9:00-20:00", "never", "set the time zone on this person's page"),
    ("a zone nobody knows", "2026-05-01 12:00", ("Mars/Olympus",), "9:00-20:00", "never", "set the time zone"),
    ("one of two unknown", "2026-05-01 16:00", (NY, "Mars/Olympus"), "9:00-20:00", "never", "set the time zone"),
    ("two, only one open", "2026-05-01 13:30", (NY, "America/Los_Angeles"), "9:00-20:00", "2026-05-01 16:00", "06:30 in Los Angeles, where this number may be: held until Fri 09:00"),
    ("two, both open", "2026-05-01 16:00", (NY, "America/Los_Angeles"), "9:00-20:00", "", ""),
    ("two, one closed in the evening", "2026-05-02 00:00", (NY, "America/Los_Angeles"), "9:00-20:00", "2026-05-02 16:00", "20:00 in New York"),
    ("two that never meet", "2026-05-01 16:00", (NY, "Asia/Tokyo"), "9:00-12:00", "never", "set other hours"),
    # midnight and windows over it
    ("midnight of a whole day", "2026-05-01 04:00", (NY,), "00:00-24:00", "", ""),
    ("over midnight, before", "2026-05-02 03:30", (NY,), "Fri 22:00-6:00", "", ""),
    ("over midnight, after", "2026-05-02 09:59", (NY,), "Fri 22:00-6:00", "", ""),
    ("over midnight, at its end", "2026-05-02 10:00", (NY,), "Fri 22:00-6:00", "2026-05-09 02:00", "held until Fri 8 May 22:00"),
    ("over midnight, the spring night is short", "2026-03-08 07:30", (NY,), "Sat 22:00-3:30", "2026-03-15 02:00", "held until Sat 14 Mar 22:00"),
    ("over midnight, the autumn night is long", "2026-11-01 06:59", (NY,), "Sat 22:00-2:00", "", ""),
    ("closed on Sunday", "2026-05-03 16:00", (NY,), "Mon-Sat 9:00-20:00", "2026-05-04 13:00", "12:00 in New York: held until Mon 09:00"),
    # year's end, the date line
    ("New Year's Eve", "2027-01-01 01:30", (NY,), "9:00-20:00", "2027-01-01 14:00", "20:30 in New York: held until Fri 09:00"),
    ("New Year in Sydney", "2026-12-31 13:00", (SYDNEY,), "9:00-20:00", "2026-12-31 22:00", "00:00 in Sydney: held until Fri 09:00"),
    ("Sunday in Kiritimati is Saturday here", "2026-05-02 22:30", (KIRITIMATI,), "Mon-Sat 9:00-20:00, Sun 13:00-20:00", "2026-05-02 23:00", "12:30 in Kiritimati: held until Sun 13:00"),
    ("Pago Pago is a day behind Apia", "2026-05-04 00:30", (PAGO,), "Sun 12:00-20:00", "", ""),
    ("Apia at the same moment", "2026-05-04 00:30", (APIA,), "Sun 12:00-20:00", "2026-05-09 23:00", "13:30 in Apia"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "now", "zones", "policy", "until", "words"), HOURS, ids=[row[0] for row in HOURS]
)
def test_hours(name: str, now: str, zones: tuple[str, ...], policy: str, until: str, words: str) -> None:
    verdict = hours.check(hours.parse(policy), zones, utc(now))
    assert verdict.allowed == (until == "")
    assert (said(verdict.until) or ("never" if until == "never" else "")) == until
    assert words in verdict.why
    if verdict.until is not None:  # the promised moment is open, and the minute before it is not
        assert hours.check(hours.parse(policy), zones, verdict.until).allowed
        assert not hours.check(hours.parse(policy), zones, verdict.until - 60).allowed


@pytest.mark.parametrize(
    ("number", "several"),
    [("+13125550142", False), ("+447400123456", True), ("+5511912345678", False), ("+88213312345", False)],
)
def test_a_number_s_zones_must_all_be_open(number: str, several: bool) -> None:
    zones = numbers.zones(number)
    assert (len(zones) > 1) == several
    for moment in range(int(utc("2026-03-28 00:00")), int(utc("2026-03-31 00:00")), 1800):
        each = [hours.check(hours.Policy(), (zone,), moment).allowed for zone in zones]
        assert hours.check(hours.Policy(), zones, moment).allowed == (bool(each) and all(each))


# value, zones, rule -> key, due (UTC), expires (UTC)
DUE: list[tuple[str, str, tuple[str, ...], Rule, str, str, str]] = [
    ("a day before", "2026-05-12 10:30", (NY,), Rule("date", days=-1), "2026-05-12", "2026-05-11 14:00", "2026-05-12 04:00"),
    ("the day before has 23 hours", "2026-03-09 10:30", (NY,), Rule("date", days=-1), "2026-03-09", "2026-03-08 14:00", "2026-03-09 04:00"),
    ("the day before has 25 hours", "2026-11-02 10:30", (NY,), Rule("date", days=-1), "2026-11-02", "2026-11-01 15:00", "2026-11-02 05:00"),
    ("over a change of the clock", "2026-03-10", (NY,), Rule("date", days=-3), "2026-03-10", "2026-03-07 15:00", "2026-03-08 05:00"),
    ("a time that is left out", "2026-03-09", (NY,), Rule("date", days=-1, at=150), "2026-03-09", "2026-03-08 07:30", "2026-03-09 04:00"),
    ("a time that comes twice is its first turn", "2026-11-02", (NY,), Rule("date", days=-1, at=90), "2026-11-02", "2026-11-01 05:30", "2026-11-02 05:00"),
    ("London, left out", "2026-03-30", (LONDON,), Rule("date", days=-1, at=90), "2026-03-30", "2026-03-29 01:30", "2026-03-29 23:00"),
    ("Lord Howe, twice", "2026-04-06", (HOWE,), Rule("date", days=-1, at=105), "2026-04-06", "2026-04-04 14:45", "2026-04-05 13:30"),
    ("Lord Howe, left out", "2026-10-05", (HOWE,), Rule("date", days=-1, at=135), "2026-10-05", "2026-10-03 15:45", "2026-10-04 13:00"),
    ("Sydney, the short day", "2026-10-05", (SYDNEY,), Rule("date", days=-1), "2026-10-05", "2026-10-03 23:00", "2026-10-04 13:00"),
    ("Kathmandu", "2026-05-12", (KATHMANDU,), Rule("date", days=-1), "2026-05-12", "2026-05-11 04:15", "2026-05-11 18:15"),
    ("at midnight", "2026-05-12", (NY,), Rule("date", at=0), "2026-05-12", "2026-05-12 04:00", "2026-05-13 04:00"),
    ("no midnight that day", "2026-09-06", ("America/Santiago",), Rule("date", at=0), "2026-09-06", "2026-09-06 04:00", "2026-09-07 03:00"),
    ("on the day, gone at its hour", "2026-05-12 10:30", (NY,), Rule("date", at=480), "2026-05-12", "2026-05-12 12:00", "2026-05-12 14:30"),
    ("two hours, then stale", "2026-05-12 10:30", (NY,), Rule("date", days=-1, stale_hours=2), "2026-05-12", "2026-05-11 14:00", "2026-05-11 16:00"),
    ("hours are real ones over a change", "2026-03-08", (NY,), Rule("date", days=-1, at=1380, stale_hours=4), "2026-03-08", "2026-03-08 04:00", "2026-03-08 08:00"),
    ("after a date", "2026-05-12", (NY,), Rule("date", days=3), "2026-05-12", "2026-05-15 14:00", "2026-05-16 04:00"),
    ("over the year's end", "2027-01-01 09:00", (NY,), Rule("date", days=-1), "2027-01-01", "2026-12-31 15:00", "2027-01-01 05:00"),
    ("two zones: the later one", "2026-05-12", (NY, "America/Los_Angeles"), Rule("date", days=-1), "2026-05-12", "2026-05-11 17:00", "2026-05-12 07:00"),
    ("no zone: this computer's clock", "2026-05-12", (), Rule("date", days=-1), "2026-05-12", "2026-05-11 09:00", "2026-05-11 23:00"),
    ("Apia", "2026-05-12", (APIA,), Rule("date", days=-1), "2026-05-12", "2026-05-10 21:00", "2026-05-11 11:00"),
    ("Pago Pago", "2026-05-12", (PAGO,), Rule("date", days=-1), "2026-05-12", "2026-05-11 21:00", "2026-05-12 11:00"),
    ("the leap day", "2028-03-01", (NY,), Rule("date", days=-1), "2028-03-01", "2028-02-29 15:00", "2028-03-01 05:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "zones", "rule", "key", "due", "expires"), DUE, ids=[row[0] for row in DUE]
)
def test_due(
    name: str, value: str, zones: tuple[str, ...], rule: Rule, key: str, due: str, expires: str
) -> None:
    found = occasions.dated(replace(rule, field="x"), value, True, zones)
    assert found is not None
    assert (found.key, said(found.due_at), said(found.expires_at)) == (key, due, expires)


@pytest.mark.parametrize("value", ["", "soon", "2026-02-30", "9999-12-31", "0001-01-01", "5", "{x}" * 900])
def test_what_is_no_date_is_never_due(value: str) -> None:
    found = occasions.dated(Rule("date", field="x", days=-3), value, True, (NY,))
    assert found is None or found.expires_at < utc("1900-01-01") or found.due_at > utc("2500-01-01")


@pytest.mark.parametrize(
    ("born", "leap", "year", "day"),
    [
        ("1992-02-29", "28 Feb", 2026, "2026-02-28"),
        ("1992-02-29", "1 Mar", 2026, "2026-03-01"),
        ("1992-02-29", "28 Feb", 2028, "2028-02-29"),
        ("1992-02-29", "1 Mar", 2028, "2028-02-29"),
        ("1992-02-29", "28 Feb", 2100, "2100-02-28"),  # no leap year
        ("1992-02-29", "1 Mar", 2000, "2000-02-29"),  # one
        ("29 February", "1 Mar", 2027, "2027-03-01"),
        ("--0229", "28 Feb", 2027, "2027-02-28"),
        ("02-29", "28 Feb", 2027, "2027-02-28"),
        ("December 31", "28 Feb", 2026, "2026-12-31"),
        ("02-30", "28 Feb", 2026, ""),
        ("2000-13-01", "28 Feb", 2026, ""),
    ],
)
def test_birthdays(born: str, leap: str, year: int, day: str) -> None:
    rule = Rule("birthday", field="x", leap=leap)
    found = list(occasions.birthdays(rule, born, True, (NY,), range(year, year + 1)))
    assert [each.key for each in found] == ([day] if day else [])
    if day:
        assert said(found[0].due_at)[:10] == day


def test_a_birthday_s_eve_may_lie_in_the_year_before() -> None:
    rule = Rule("birthday", field="x", days=-1)
    (found,) = occasions.birthdays(rule, "1 January 1970", False, (SYDNEY,), range(2027, 2028))
    assert (found.key, said(found.due_at)) == ("2027-01-01", "2026-12-30 23:00")


# joined at (UTC), zones, days -> due (UTC), expires
AFTER: list[tuple[str, str, tuple[str, ...], Rule, str, str]] = [
    ("later than the time of day", "2026-05-01 19:00", (NY,), Rule("joined"), "2026-05-01 19:00", "2026-05-02 04:00"),
    ("earlier", "2026-05-01 11:00", (NY,), Rule("joined"), "2026-05-01 14:00", "2026-05-02 04:00"),
    ("the evening there is the next day here", "2026-05-02 02:30", (NY,), Rule("joined", days=1), "2026-05-02 14:00", "2026-05-03 04:00"),
    ("a date without a time", "2026-05-01 00:00", (NY,), Rule("joined", days=1), "2026-05-02 14:00", "2026-05-03 04:00"),
    ("over a change of the clock", "2026-10-31 16:00", (NY,), Rule("joined", days=2), "2026-11-02 15:00", "2026-11-03 05:00"),
    ("two days that lie apart", "2026-05-04 00:30", (PAGO, APIA), Rule("joined", days=1), "2026-05-05 21:00", "2026-05-06 11:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "at", "zones", "rule", "due", "expires"), AFTER, ids=[row[0] for row in AFTER]
)
def test_after(name: str, at: str, zones: tuple[str, ...], rule: Rule, due: str, expires: str) -> None:
    found = occasions.after(rule, "joined", utc(at), zones)
    assert found is not None
    assert (said(found.due_at), said(found.expires_at)) == (due, expires)


# -- this computer's clock goes wrong ---------------------------------------------------------------

_NOW = utc("2026-05-01 16:00")
_TEXT = Facts("+13125550142", is_reply=False, campaign_state="running", time_zone=NY)
#: what the text has -> rule at: an hour before, at the moment itself, an hour behind it
JUMPS: list[tuple[str, Facts, tuple[str, str, str]]] = [
    ("start", replace(_TEXT, starts_at=_NOW), ("start", "", "")),
    ("end", replace(_TEXT, ends_at=_NOW), ("", "end", "end")),
    ("due", replace(_TEXT, due_at=_NOW), ("due", "", "")),
    ("stale", replace(_TEXT, expires_at=_NOW), ("", "stale", "stale")),
    ("day over", replace(_TEXT, fresh_until=_NOW), ("", "day", "day")),
    ("cap", replace(_TEXT, left=(Left(_NOW - 86400, True),) * 3), ("caps", "", "")),
    ("texts that left in a wrong future still count", replace(_TEXT, left=(Left(_NOW + 9 * 86400, True),) * 3), ("caps", "caps", "caps")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "facts", "rules"), JUMPS, ids=[row[0] for row in JUMPS])
def test_the_clock_jumps_over_a_moment_and_back(name: str, facts: Facts, rules: tuple[str, str, str]) -> None:
    before, at, behind = _NOW - 3600, _NOW, _NOW + 3600
    for moment, rule in ((before, 0), (behind, 2), (before, 0), (at, 1), (behind, 2), (before, 0)):
        assert gate.judge(facts, moment).rule == rules[rule]


@pytest.mark.parametrize("now", [0.0, -86400.0, 2**31 + 5.0, 4e9, 9e10])
def test_1970_2038_and_beyond_are_times_like_others(now: float) -> None:
    for facts in (_TEXT, replace(_TEXT, starts_at=now + 9e6), replace(_TEXT, ends_at=now - 9e6)):
        assert gate.judge(facts, now).verdict in ("go", "hold")


@pytest.mark.parametrize(
    ("zone", "now", "day", "ends"),
    [
        (NY, "2026-03-08 06:59", "2026-03-08", "2026-03-09 04:00"),  # a day of 23 hours
        (NY, "2026-11-01 05:30", "2026-11-01", "2026-11-02 05:00"),  # of 25
        (HOWE, "2026-10-03 15:00", "2026-10-04", "2026-10-04 13:00"),  # of 23 and a half
        (
            "America/Santiago",
            "2026-09-05 23:00",
            "2026-09-05",
            "2026-09-06 04:00",
        ),  # its midnight is left out
        (KIRITIMATI, "2026-12-31 10:00", "2027-01-01", "2027-01-01 10:00"),
    ],
)
def test_when_the_day_that_a_text_names_is_over(zone: str, now: str, day: str, ends: str) -> None:
    found = dates.local_day(zone, utc(now))
    assert found is not None
    assert (found[0], said(found[1])) == (date.fromisoformat(day), ends)


def test_every_moment_of_a_year_around_the_world_keeps_its_word() -> None:
    """Whatever hours are promised, they are open then, and nothing between now and then was."""
    policy = hours.parse("Mon-Sat 9:00-20:00, Sun 12:00-20:00")
    looked: list[Any] = []
    for zone in (NY, LONDON, SYDNEY, HOWE, KATHMANDU, "Africa/Casablanca", "America/St_Johns"):
        for day in range(0, 366, 3):
            now = utc("2026-01-01 03:20") + day * 86400.0 + day * 613.0
            verdict = hours.check(policy, (zone,), now)
            if verdict.until is None:
                assert verdict.allowed
                continue
            looked.append(verdict.until)
            assert hours.check(policy, (zone,), verdict.until).allowed
            step = (verdict.until - now) / 7
            assert not any(hours.check(policy, (zone,), now + step * part).allowed for part in range(7))
    assert len(looked) > 300
