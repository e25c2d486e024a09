"""Dates and conditions in texts: what is read as a date, how it is said, and that values stay values."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from app.campaigns import dates, templates
from app.campaigns.dates import Day
from app.campaigns.templates import MAX_DEPTH, MissingField, TemplateError

FRIDAY = Day(date(2026, 4, 24), month_first=True)


@pytest.mark.parametrize(
    ("text", "american", "elsewhere"),
    [
        ("2026-04-25", date(2026, 4, 25), date(2026, 4, 25)),
        ("2026-04-25T10:30:00Z", date(2026, 4, 25), date(2026, 4, 25)),
        ("04/05/2026", date(2026, 4, 5), date(2026, 5, 4)),
        ("25/04/2026", date(2026, 4, 25), date(2026, 4, 25)),
        ("4/5/26", date(2026, 4, 5), date(2026, 5, 4)),
        ("25.4.2026", date(2026, 4, 25), date(2026, 4, 25)),
        ("April 25, 2026", date(2026, 4, 25), date(2026, 4, 25)),
        ("25 Apr 2026", date(2026, 4, 25), date(2026, 4, 25)),
        ("3rd Sept 2026 at 9am", date(2026, 9, 3), date(2026, 9, 3)),
        ("30/02/2026", None, None),
        ("2026-13-01", None, None),
        ("25 Mug 2026", None, None),
        ("tomorrow", None, None),
        ("45772", None, None),
        ("1/2", None, None),
        ("", None, None),
        ("9" * 500, None, None),
        ("13/13/2026", None, None),
    ],
)
def test_only_what_is_surely_a_date_is_read(text: str, american: date | None, elsewhere: date | None) -> None:
    for first, wanted in ((True, american), (False, elsewhere)):
        found = dates.read(text, first)
        assert (found[0] if found else None) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-04-25 10:30", time(10, 30)), ("2026-04-25 9:05 pm", time(21, 5)), ("2026-04-25 12am", time(0)),
        ("2026-04-25", None), ("2026-04-25 noon", None), ("2026-04-25 10", None),
    ],
)  # fmt: skip
def test_a_time_behind_a_date(text: str, wanted: time | None) -> None:
    found = dates.read(text, False)
    assert found is not None
    assert found[1] == wanted


def test_a_time_that_cannot_be_spoils_the_date() -> None:
    assert dates.read("2026-04-25 25:00", False) is None
    assert dates.read("2026-04-25 13 pm", False) is None


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (date(2026, 4, 23), "yesterday"), (date(2026, 4, 24), "today"), (date(2026, 4, 25), "tomorrow"),
        (date(2026, 4, 26), "on Sunday"), (date(2026, 4, 30), "on Thursday"), (date(2026, 5, 1), "on May 1"),
        (date(2026, 4, 22), "on April 22"), (date(2027, 1, 2), "on January 2, 2027"),
    ],
)  # fmt: skip
def test_relative_days(when: date, words: str) -> None:
    assert dates.say("relative", when, None, FRIDAY) == words


def test_how_a_country_writes() -> None:
    here = Day(FRIDAY.today)
    at = time(14, 5)
    assert dates.say("date", date(2026, 5, 1), at, FRIDAY) == "May 1"
    assert dates.say("date", date(2027, 5, 1), at, here) == "1 May 2027"
    assert (dates.say("time", FRIDAY.today, at, FRIDAY), dates.say("time", FRIDAY.today, at, here)) == (
        "2:05 PM", "14:05",
    )  # fmt: skip
    assert dates.say("time", FRIDAY.today, None, here) == ""
    assert (dates.month_first("+13125550100"), dates.month_first("+447400123456")) == (True, False)


@pytest.mark.parametrize(
    ("zone", "now", "day", "hours"),
    [
        (
            "America/Chicago",
            datetime(2026, 3, 8, 1, tzinfo=ZoneInfo("America/Chicago")),
            date(2026, 3, 8),
            22,
        ),
        (
            "America/Chicago",
            datetime(2026, 11, 1, 0, tzinfo=ZoneInfo("America/Chicago")),
            date(2026, 11, 1),
            25,
        ),
        ("Pacific/Auckland", datetime(2026, 4, 24, 13, tzinfo=ZoneInfo("UTC")), date(2026, 4, 25), 23),
    ],
)
def test_a_day_ends_at_midnight_where_they_live(zone: str, now: datetime, day: date, hours: float) -> None:
    found = dates.local_day(zone, now.timestamp())
    assert found is not None
    assert found[0] == day
    assert (found[1] - now.timestamp()) / 3600 == hours
    assert dates.local_day("Mars/Base", 0.0) is None


def render(text: str, **values: str) -> str:
    return templates.parse(text).render(values, FRIDAY).text


def test_dates_in_texts() -> None:
    assert render("{visit:relative}, {Visit:weekday} {visit : date}", visit="2026-04-25") == (
        "tomorrow, Saturday April 25"
    )
    assert render("{today:weekday} {today+7d:date} {today - 1d:relative}") == "Friday May 1 yesterday"
    assert render("{visit:relative|soon}", visit="who knows") == "soon"
    assert render("{visit:time|later}", visit="2026-04-25") == "later"
    with pytest.raises(MissingField):
        render("{visit:relative}", visit="who knows")
    assert templates.parse("{visit:relative}").missing({"visit": "never"}, FRIDAY) == ("visit",)
    # No form, no date: the field of a list keeps its name.
    assert templates.parse("{Slot: morning}").fields == ("slot_morning",)
    assert render("{today}", today="x") == "x"


def test_what_moves_with_the_day() -> None:
    moves = {
        "{a:relative}": True,
        "{a:date}": True,
        "{today:weekday}": True,
        "{a:weekday}": False,
        "{a}": False,
    }
    for text, wanted in moves.items():
        assert templates.parse(text).moves is wanted
        assert templates.parse("{if b}x" + text + "{end}").moves is wanted


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"slot": "10:30"}, "At 10:30."), ({"slot": " "}, "Soon."), ({}, "Soon."), ({"slot": "No"}, "Soon."),
        ({"slot": "0"}, "Soon."),
    ],
)  # fmt: skip
def test_a_condition_takes_one_way(values: dict[str, str], wanted: str) -> None:
    template = templates.parse("{if slot}At {slot}{else}Soon{end}.")
    assert template.render(values).text == wanted
    assert template.missing(values) == ()
    assert template.fields == ("slot",)


def test_conditions_in_one_another_and_on_a_value() -> None:
    text = "{if language = ES}Hola{else}{if vip}Dear {name}{else}Hi{end}{end}!"
    assert [render(text, language="es"), render(text, vip="yes", name="Ana"), render(text)] == [
        "Hola!", "Dear Ana!", "Hi!",
    ]  # fmt: skip
    rendered = templates.parse("{if a}<{a}>{end}{b}").render({"a": "é{b}", "b": "2"})
    assert (rendered.text, rendered.spans) == ("<é{b}>2", ((1, 5, "a"), (6, 7, "b")))


def test_else_and_end_are_fields_outside_a_condition() -> None:
    assert render("From {start} to {end}, or {else}", start="9", end="10", **{"else": "never"}) == (
        "From 9 to 10, or never"
    )
    assert render("{if a}until {end|}{end}", a="1", end="5") == "until 5"


@pytest.mark.parametrize(
    ("text", "words", "position"),
    [
        ("Hi {if slot}there", "{if slot} at character 4 has no {end}", 3),
        ("{if a}1{else}2{else}3{end}", "second {else} at character 15", 14),
        ("{if !}x{end}", "names no field", 0),
        ("{if a}" * (MAX_DEPTH + 1), f"more than {MAX_DEPTH}", 6 * MAX_DEPTH),
    ],
)
def test_mistakes_name_their_place(text: str, words: str, position: int) -> None:
    with pytest.raises(TemplateError) as error:
        templates.parse(text)
    assert words in str(error.value)
    assert error.value.position == position
