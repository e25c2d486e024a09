"""A whole campaign by keyboard in the real window: from an empty data folder to answers, judged by the network.

With ``P2PTEXT_PICTURES=DIR`` it leaves the handbook's pictures there.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.x11 import desktop as hands
from tests.x11.walking import Walk

pytestmark = hands.MARKS

PEOPLE = 100
NAMES = (
    "Maria", "James", "Aisha", "Tom", "Grace", "Luis", "Hannah", "Omar", "Ruth", "Kenji",
)  # fmt: skip
SURNAMES = ("Lopez", "Okafor", "Khan", "Baker", "Chen", "Ortega", "Weiss", "Haddad", "Novak", "Sato")
MESSAGE = "Hi {first_name}, this is {sender} from Lakeside Clinic. Can you come {slot:relative}? Reply STOP to opt out."
#: After so many cards the desk leads to who waits for an answer.
LEADS_EVERY = 20
#: So many replies are answered.
ANSWERED = 6
#: Who answers, and with what: nobody of them waits long.
CAST = """
[[person]]
name = "yes"
weight = 30
after = [1, 3]
replies = [["Yes", "Yes I can", "Sure!", "Yes please"]]
[[person]]
name = "no"
weight = 10
after = [1, 3]
replies = [["No sorry", "I can't make it"]]
[[person]]
name = "asks"
weight = 10
after = [1, 3]
replies = [["What time?", "Where do I go?", "Can my daughter come along?"]]
[[person]]
name = "stops"
weight = 5
after = [1, 3]
replies = [["STOP"]]
[[person]]
name = "silent"
weight = 45
"""
_ZONES = ("America/Chicago", "Europe/London", "Asia/Kolkata", "Australia/Sydney", "Pacific/Auckland",
          "Asia/Tokyo", "Pacific/Honolulu", "America/Los_Angeles", "Asia/Dubai")  # fmt: skip


def a_zone_at_noon() -> str:
    """A zone where it is around noon now: the hours of the day hold nobody back, whenever this runs."""
    now = datetime.now(tz=ZoneInfo("UTC"))
    return min(_ZONES, key=lambda name: abs(now.astimezone(ZoneInfo(name)).hour - 14))


def number_of(index: int) -> str:
    """A fictional number (555-01xx) of ten areas, in no sequence."""
    areas = ("312", "503", "212", "415", "617", "713", "206", "305", "602", "404")
    return f"+1{areas[index % 10]}55501{index * 37 % 100:02d}"


def write_list(path: Path) -> dict[str, str]:
    """A hundred people; number -> first name."""
    zone = a_zone_at_noon()
    people: dict[str, str] = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["first_name", "last_name", "phone", "time zone", "slot", "consent", "consent date"])
        for index in range(PEOPLE):
            first = NAMES[index % 10]
            number = number_of(index)
            slot = datetime.fromtimestamp(time.time() + 86400 * (2 + index % 3), tz=ZoneInfo(zone))
            writer.writerow(
                [first, SURNAMES[index // 10], number, zone, f"{slot:%Y-%m-%d} 10:30", "form", "2026-09-01"]
            )
            people[number] = first
    return people


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    cast = tmp_path / "people.toml"
    cast.write_text(CAST, "utf-8")
    desktop = hands.Desktop(tmp_path, people=str(cast))
    yield Walk(desktop)
    desktop.close()


def first_run(walk: Walk) -> None:
    """Two questions and a notice, then a modem by its address."""
    walk.window("^Welcome")
    walk.type("Dana")
    walk.key("Return")
    walk.type("United")
    walk.key("Return", "space")
    walk.show("walk-1-first-run")
    walk.key("ctrl+Return")
    walk.window("^Lines")
    walk.key("Tab", "Tab", "space")
    walk.window("^Add a modem")
    walk.type(str(walk.desk.modem))
    walk.key("Tab")
    walk.type("Office SIM")
    walk.key("Return")
    walk.until("SELECT count(*) FROM line", 1, "the line")
    walk.window("^Lines")


def import_list(walk: Walk, file: Path) -> None:
    """From the empty desk: Enter, Enter, the file's name, Enter, Enter."""
    walk.key("ctrl+1")
    walk.window("^Desk")
    walk.still()
    walk.key("Return")
    walk.window("^Import a list")
    walk.still()
    walk.key("Return")
    walk.still()
    walk.window("^Import a list")  # the file dialog is the newest
    walk.type(str(file))
    walk.key("Return")
    walk.window("^Import a list")
    walk.still()
    walk.show("walk-2-import")
    walk.key("Return")
    walk.until("SELECT count(*) FROM list_member", PEOPLE, "the people")
    walk.still()
    walk.key("Return")
    walk.until("SELECT count(*) FROM campaign", 1, "the campaign")


def write(walk: Walk) -> None:
    """The text, with a preview and the checks beside it."""
    walk.window("^Campaigns")
    walk.still()
    walk.type(MESSAGE)
    hands.wait_for(
        lambda: walk.ask("SELECT template FROM campaign") == [(MESSAGE,)], 20, "the text to be kept"
    )
    walk.show("walk-3-campaign")


def start(walk: Walk) -> None:
    """Everybody's text is laid out on the desk. Nothing leaves by it."""
    walk.key("ctrl+Return")
    walk.until("SELECT count(*) FROM message WHERE state = 'queued'", PEOPLE, "the start")
    walk.still()
    assert walk.desk.submits() == [], "no text leaves by the start"
    walk.key("ctrl+Return")
    walk.window("^Desk")


def send_everything(walk: Walk) -> int:
    """One Enter for each card; returns how many were pressed."""
    walk.desk.wait_for_card()
    walk.show("walk-5-desk")
    clicks = "SELECT count(*) FROM click"
    presses = 0
    while (before := walk.number(clicks)) < PEOPLE:
        if before and before % LEADS_EVERY == 0:
            walk.still()
            walk.key("Escape")  # the desk led to a reply: later, where Enter would answer it now
        walk.key("Return")
        presses += 1
        try:
            hands.wait_for(lambda: walk.number(clicks) > before, 3, "the click")
        except AssertionError:
            assert presses < PEOPLE * 2, "the desk takes no press"
            walk.key("Escape")  # the desk led to a reply, or said something: later
        if before == PEOPLE // 2:
            walk.show("walk-6-half-way")
        time.sleep(0.2)  # a card must have been there long enough to be read
    return presses


def judge(walk: Walk, people: dict[str, str]) -> None:
    """Exactly one text for each, each by its own key: in the database and on the network."""
    assert walk.desk.settled(3) == PEOPLE
    submits = walk.desk.submits()
    assert Counter(str(row["to"]) for row in submits) == Counter(dict.fromkeys(people, 1))
    for row in submits:
        assert str(row["text"]).startswith(f"Hi {people[str(row['to'])]}, this is Dana from Lakeside")
    clicks = walk.ask(
        "SELECT m.id, m.state, m.click_id, c.device, c.operator, c.text_hash = m.text_hash, m.number"
        " FROM message m JOIN click c ON c.id = m.click_id WHERE m.direction = 'out'"
    )
    assert len(clicks) == PEOPLE
    assert len({row[2] for row in clicks}) == PEOPLE, "each text has a click of its own"
    assert {row[1] for row in clicks} == {"sent"}
    assert {row[3] for row in clicks} == {"key:Return"}
    assert {(row[4], row[5]) for row in clicks} == {("Dana", 1)}
    assert Counter(row[6] for row in clicks) == Counter(dict.fromkeys(people, 1))


def script(walk: Walk) -> None:
    """A question with two answers, and what is said after each."""
    walk.key("ctrl+shift+q")
    walk.window("^A question of the script")
    walk.type("Will they come?")
    walk.key("Tab", "Tab", "Tab")
    for label, text, words in (
        ("Yes", "Thank you {first_name}, see you {slot:relative}!", "yes, sure"),
        ("No", "Thanks for telling us, {first_name}. We will write with another day.", "no, can't"),
    ):
        walk.type(label)
        walk.key("Tab")
        walk.type(text)
        walk.key("Tab", "Tab")
        walk.type(words)
        walk.key("Tab", "Tab", "Tab", "Tab", "Tab")  # tag, tone, opts out, take out; then the next answer
    walk.show("walk-4-script")
    walk.key("ctrl+s")
    walk.until("SELECT count(*) FROM question_option", 2, "the script")
    walk.window("^Campaigns")


def answer(walk: Walk) -> None:
    """The replies are in the inbox: each is coded by a key, and answered by a press of its own."""
    walk.until("SELECT count(*) FROM message WHERE direction = 'in'", 25, "replies", 60)
    walk.key("ctrl+2")
    walk.window("^Inbox")
    walk.still()
    walk.show("walk-7-inbox")
    walk.key("Down", "Return")
    waiting = walk.ask(
        "SELECT number, lower(last_text) FROM conversation WHERE waiting_since IS NOT NULL"
        " ORDER BY waiting_since LIMIT ?",
        ANSWERED,
    )
    for place, (number, words) in enumerate(waiting):
        choice = (
            "Yes"
            if words.startswith(("yes", "sure"))
            else "No"
            if words.startswith(("no", "i can't"))
            else ""
        )
        walk.still()
        if choice:
            walk.key("alt+1" if choice == "Yes" else "alt+2")
            given = "SELECT value FROM answer WHERE number = ? AND cleared_at IS NULL"
            hands.wait_for(lambda: walk.ask(given, number) == [(choice,)], 60, f"the answer {choice}")  # noqa: B023
            walk.still()
        else:
            walk.type("Good question. I will ask and write back.")
        if place == 0:
            walk.show("walk-8-answer")
        walk.key("ctrl+Return")
        sent = "SELECT count(*) FROM message WHERE kind = 'reply' AND state = 'sent'"
        walk.until(sent, place + 1, "the reply to leave")
    replies = walk.ask(
        "SELECT m.number, m.click_id, c.device FROM message m JOIN click c ON c.id = m.click_id"
        " WHERE m.kind = 'reply'"
    )
    assert {row[0] for row in replies} == {row[0] for row in waiting}
    assert len({row[1] for row in replies}) == ANSWERED, "each reply has a click of its own"
    assert walk.desk.settled(3) == PEOPLE + ANSWERED


def test_list_to_answers_by_keyboard_alone(walk: Walk) -> None:
    file = walk.desk.folder / "spring visits.csv"
    people = write_list(file)
    walk.desk.start_app(arguments=())
    first_run(walk)
    import_list(walk, file)
    write(walk)
    script(walk)
    start(walk)
    presses = send_everything(walk)
    judge(walk, people)
    assert presses >= PEOPLE
    answer(walk)
