"""Quiet hours: windows, zones, and the days on which the clocks are changed."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.campaigns import hours
from app.campaigns.hours import HoursError, Policy
from app.people import numbers

NEW_YORK, CHICAGO, LOS_ANGELES = "America/New_York", "America/Chicago", "America/Los_Angeles"
ALWAYS = hours.parse("00:00-24:00")


def at(text: str, zone: str = "UTC", fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def utc(seconds: float | None) -> str:
    return "never" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"


# -- the default ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("local", "allowed", "until"),
    [
        ("2026-04-24 08:59", False, "2026-04-24 09:00"),  # a Friday
        ("2026-04-24 09:00", True, None),
        ("2026-04-24 19:59", True, None),
        ("2026-04-24 20:00", False, "2026-04-25 09:00"),
        ("2026-04-25 20:00", False, "2026-04-26 12:00"),  # Saturday evening: Sunday opens at noon
        ("2026-04-26 11:59", False, "2026-04-26 12:00"),
        ("2026-04-26 12:00", True, None),
        ("2026-04-26 20:00", False, "2026-04-27 09:00"),
    ],
)
def test_the_default_is_nine_to_eight_and_noon_to_eight_on_sunday(
    local: str, allowed: bool, until: str | None
) -> None:
    verdict = hours.check(Policy(), (CHICAGO,), at(local, CHICAGO))
    assert verdict.allowed is allowed
    assert verdict.until == (at(until, CHICAGO) if until else None)
    assert verdict.local == ((CHICAGO, local[-5:]),)
    assert bool(verdict.why) is not allowed


def test_every_zone_a_number_may_lie_in_must_be_inside() -> None:
    zones = (NEW_YORK, LOS_ANGELES)
    early = hours.check(Policy(), zones, at("2026-04-24 10:00", NEW_YORK))
    assert (early.allowed, early.until) == (False, at("2026-04-24 09:00", LOS_ANGELES))
    assert "Los Angeles" in early.why
    assert hours.check(Policy(), zones, at("2026-04-24 12:00", NEW_YORK)).allowed
    late = hours.check(Policy(), zones, at("2026-04-24 20:00", NEW_YORK))
    assert (late.allowed, late.until) == (False, at("2026-04-25 09:00", LOS_ANGELES))


def test_no_zone_is_a_question_and_not_a_guess() -> None:
    for zones in ((), ("Mars/Olympus_Mons",), (CHICAGO, "Nowhere/At_All"), ("../../etc/passwd",), ("",)):
        verdict = hours.check(ALWAYS, zones, at("2026-04-24 12:00"))
        assert (verdict.allowed, verdict.until) == (False, None)
        assert "unknown" in verdict.why


@pytest.mark.parametrize("zone", ["Africa/Accra", "Africa/Abidjan", "Atlantic/Reykjavik", "UTC", "Etc/GMT"])
def test_a_zone_at_utc_is_a_zone(zone: str) -> None:
    assert hours.check(Policy(), (zone,), at("2026-04-24 09:00")).allowed
    closed = hours.check(Policy(), (zone,), at("2026-04-24 08:30"))
    assert (closed.allowed, utc(closed.until)) == (False, "2026-04-24 09:00")


def test_london_is_at_utc_in_winter_alone() -> None:
    assert utc(hours.check(Policy(), ("Europe/London",), at("2026-01-16 03:00")).until) == "2026-01-16 09:00"
    assert utc(hours.check(Policy(), ("Europe/London",), at("2026-07-17 03:00")).until) == "2026-07-17 08:00"


@pytest.mark.parametrize(
    ("zone", "until"),
    [("Asia/Kathmandu", "2026-04-24 03:15"), ("Australia/Eucla", "2026-04-24 00:15")],
)
def test_zones_with_odd_offsets(zone: str, until: str) -> None:
    assert utc(hours.check(Policy(), (zone,), at("2026-04-23 20:00")).until) == until


def test_the_zones_of_an_exchange_are_those_of_each_of_its_numbers() -> None:
    chance = random.Random(5)
    for area in range(201, 1000, 3):
        exchange = f"+1{area}{chance.randrange(200, 1000)}"
        for _ in range(3):
            number = f"{exchange}{chance.randrange(10_000):04d}"
            assert hours.zones_of(number, "") == numbers.zones(number), number
    assert hours.zones_of("+442079460000", "") == ("Europe/London",)
    assert hours.zones_of("+13125550187", "Asia/Tokyo") == ("Asia/Tokyo",)
    assert hours.zones_of("+12", "") == hours.zones_of("+10000000000", "") == ()


# -- the clocks are changed -----------------------------------------------------------------------

NIGHT = hours.parse("01:15-01:45")


@pytest.mark.parametrize(
    ("moment", "allowed", "until"),
    [
        # New York, 1 November 2026: 1:00 to 2:00 comes twice, first in EDT (UTC-4), then in EST (UTC-5).
        ("2026-11-01 05:14", False, "2026-11-01 05:15"),
        ("2026-11-01 05:15", True, None),
        ("2026-11-01 05:45", False, "2026-11-01 06:15"),  # the second 1:15
        ("2026-11-01 06:15", True, None),
        ("2026-11-01 06:44", True, None),
        ("2026-11-01 06:45", False, "2026-11-02 06:15"),
    ],
)
def test_an_hour_that_comes_twice_counts_by_the_clock_both_times(
    moment: str, allowed: bool, until: str | None
) -> None:
    verdict = hours.check(NIGHT, (NEW_YORK,), at(moment))
    assert (verdict.allowed, utc(verdict.until) if until else None) == (allowed, until)


@pytest.mark.parametrize(
    ("policy", "moment", "allowed", "until"),
    [
        # New York, 8 March 2026: 2:00 to 3:00 does not exist, 06:59 UTC is 1:59 and 07:00 UTC is 3:00.
        ("02:30-02:45", "2026-03-08 06:00", False, "2026-03-09 06:30"),
        ("02:30-03:30", "2026-03-08 06:59", False, "2026-03-08 07:00"),
        ("02:30-03:30", "2026-03-08 07:00", True, None),
        ("02:30-03:30", "2026-03-08 07:29", True, None),
        ("02:30-03:30", "2026-03-08 07:30", False, "2026-03-09 06:30"),
        ("01:00-02:30", "2026-03-08 06:59", True, None),
        ("01:00-02:30", "2026-03-08 07:00", False, "2026-03-09 05:00"),
    ],
)
def test_an_hour_that_is_left_out_never_comes(
    policy: str, moment: str, allowed: bool, until: str | None
) -> None:
    verdict = hours.check(hours.parse(policy), (NEW_YORK,), at(moment))
    assert (verdict.allowed, utc(verdict.until) if until else None) == (allowed, until)


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2026-03-07", 14), ("2026-03-09", 13), ("2026-10-31", 13), ("2026-11-02", 14)],
)
def test_nine_stays_nine_over_the_change(day: str, opens: int) -> None:
    before = at(f"{day} {opens - 1}:59")
    assert not hours.check(Policy(), (NEW_YORK,), before).allowed
    assert hours.check(Policy(), (NEW_YORK,), before + 60).allowed


def test_where_the_clock_changes_at_midnight() -> None:
    # Havana, 8 March 2026: midnight does not exist, the day begins at 1:00.
    policy = hours.parse("00:00-02:00")
    before = at("2026-03-07 23:59", "America/Havana")
    verdict = hours.check(policy, ("America/Havana",), before)
    assert (verdict.allowed, verdict.until) == (False, before + 60)


# -- windows --------------------------------------------------------------------------------------


def test_a_window_may_go_past_midnight() -> None:
    policy = hours.parse("Fri 22:00-06:00")
    table = {
        "2026-04-24 21:59": False,  # Friday
        "2026-04-24 22:00": True,
        "2026-04-25 05:59": True,
        "2026-04-25 06:00": False,
        "2026-04-25 22:00": False,
        "2026-04-24 05:00": False,
    }
    assert {text: hours.check(policy, (CHICAGO,), at(text, CHICAGO)).allowed for text in table} == table
    assert hours.check(policy, (CHICAGO,), at("2026-04-25 06:00", CHICAGO)).until == at(
        "2026-05-01 22:00", CHICAGO
    )


def test_sunday_night_goes_on_into_monday() -> None:
    policy = hours.parse("Sun 22:00-06:00")
    assert hours.check(policy, (CHICAGO,), at("2026-04-27 05:59", CHICAGO)).allowed
    assert not hours.check(policy, (CHICAGO,), at("2026-04-27 06:00", CHICAGO)).allowed


def test_midnight_to_midnight_is_the_whole_week() -> None:
    for minute in range(0, 7 * 24 * 60, 7):
        assert hours.check(ALWAYS, (CHICAGO,), at("2026-04-20 00:00", CHICAGO) + minute * 60).allowed


def test_hours_that_never_open_say_so() -> None:
    verdict = hours.check(Policy((None,) * 7), (CHICAGO,), at("2026-04-24 12:00"))
    assert (verdict.allowed, verdict.until) == (False, None)
    assert "never" in verdict.why


def test_zones_that_are_never_open_together() -> None:
    verdict = hours.check(hours.parse("09:00-10:00"), (NEW_YORK, LOS_ANGELES), at("2026-04-24 13:30"))
    assert (verdict.allowed, verdict.until) == (False, None)


# -- written --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("00:00-24:00", "Mon-Sun 0:00-24:00"),
        ("9:00-20:00", "Mon-Sun 9:00-20:00"),
        ("Mon-Fri 9:00 – 18:00, Sat 10:00-17:00", "Mon-Fri 9:00-18:00, Sat 10:00-17:00"),
        ("Fri-Mon 22:00-06:00", "Mon 22:00-6:00, Fri-Sun 22:00-6:00"),
        ("monday 8:00-9:00, Wednesday 8:00-9:00", "Mon 8:00-9:00, Wed 8:00-9:00"),
        ("09:00-20:00, Sun 12:00-20:00", "Mon-Sat 9:00-20:00, Sun 12:00-20:00"),
    ],
)
def test_hours_as_people_write_them(text: str, words: str) -> None:
    policy = hours.parse(text)
    assert policy.words() == words
    assert hours.from_json(policy.to_json()) == policy


@pytest.mark.parametrize(
    "text",
    ["", "9-20", "25:00-26:00", "9:60-10:00", "09:00-24:01", "24:00-09:00", "9:00-9:00", "Xyz 9:00-10:00", "Mon",
     "9:00-20:00;", "9:00-20:00-", "9:00-20:00, ", "١٢:00-13:00"],
)  # fmt: skip
def test_other_hours_are_refused(text: str) -> None:
    with pytest.raises(HoursError):
        hours.parse(text)


@pytest.mark.parametrize(
    "text", ["[]", "{}", "null", "[[1]]", "[[0,0],null,null,null,null,null,null]", "x", "7"]
)
def test_damaged_hours_are_refused_and_not_guessed(text: str) -> None:
    with pytest.raises(HoursError):
        hours.from_json(text)


def test_the_default_needs_no_place_in_the_database() -> None:
    assert Policy().to_json() == ""
    assert hours.from_json("") == Policy.from_json("") == Policy()


@pytest.mark.parametrize(
    ("text", "looser"),
    [
        ("9:00-20:00, Sun 12:00-20:00", False),
        ("10:00-18:00, Sun 13:00-14:00", False),
        ("Mon 9:00-20:00", False),
        ("9:00-20:00", True),
        ("9:00-20:01, Sun 12:00-20:00", True),
        ("00:00-24:00", True),
        ("Sun 22:00-06:00", True),
        ("Mon 8:59-9:00", True),
    ],
)
def test_what_is_looser_than_usual(text: str, looser: bool) -> None:
    assert hours.parse(text).is_looser_than(Policy()) is looser


# -- against a plain count ------------------------------------------------------------------------

ZONES = (
    NEW_YORK, CHICAGO, LOS_ANGELES, "Europe/London", "Africa/Accra", "Asia/Kathmandu", "Pacific/Apia",
    "Australia/Lord_Howe", "America/Havana", "Africa/Casablanca", "Pacific/Kiritimati",
)  # fmt: skip
spans = st.none() | st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda s: s[0] != s[1])
policies = st.tuples(*[spans] * 7).map(Policy)
#: 2026 and 2027, around the clock.
moments = st.integers(int(at("2026-01-01 00:00")) // 60, int(at("2028-01-01 00:00")) // 60).map(
    lambda m: m * 60
)
near_changes = st.tuples(
    st.sampled_from(
        ["2026-03-08 07:00", "2026-11-01 06:00", "2026-03-29 01:00", "2026-10-25 01:00", "2026-04-04 15:00"]
    ),
    st.integers(-600, 600),
).map(lambda pair: int(at(pair[0])) + pair[1] * 60)


def plain(policy: Policy, zones: tuple[str, ...], now: float) -> bool:
    """The rule said once more, minute by minute of the week."""
    for zone in zones:
        wall = datetime.fromtimestamp(now, ZoneInfo(zone)).replace(tzinfo=None)
        for back in (0, 1):
            day = wall.date() - timedelta(days=back)
            span = policy.days[day.weekday()]
            if span is None:
                continue
            start = datetime.combine(day, datetime.min.time())
            end = start + timedelta(minutes=span[1], days=int(span[1] < span[0]))
            if start + timedelta(minutes=span[0]) <= wall < end:
                break
        else:
            return False
    return True


@settings(max_examples=200, deadline=None)
@given(
    policies, st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True), moments | near_changes
)
def test_the_verdict_is_that_of_a_plain_count_and_until_is_the_first_moment(
    policy: Policy, zones: list[str], now: int
) -> None:
    where = tuple(zones)
    verdict = hours.check(policy, where, now + 59.0)
    assert verdict.allowed is plain(policy, where, now)
    if verdict.allowed:
        return
    last = now + 8 * 86400 if verdict.until is None else int(verdict.until)
    if verdict.until is not None:
        assert plain(policy, where, last)
        assert not plain(policy, where, last - 60)
    # Nothing opened in between; every fifth minute is looked at.
    assert not any(plain(policy, where, moment) for moment in range(now, min(last, now + 2 * 86400), 300))
