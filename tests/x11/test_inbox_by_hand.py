"""A full inbox by keyboard in the real window, judged by the database and by what the network saw.

Twenty-two people answer a campaign in five languages. Twenty of them wait for a person: they are answered, coded
and closed with keys alone. With ``P2PTEXT_PICTURES=DIR`` it leaves the handbook's pictures there.
"""

from __future__ import annotations

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.campaigns import script_edit
from app.campaigns.script import Option, Question
from app.conversations import canned
from app.workspace import open_workspace
from tests.x11 import desktop as hands
from tests.x11.walking import Walk

pytestmark = hands.MARKS

MESSAGE = (
    "Hi {first_name}, this is {sender} from Lakeside Clinic. Can you come on Tuesday? Reply STOP to opt out."
)
COMES, OTHER_DAY = "Thank you {first_name}, see you on Tuesday!", "Thanks for telling us, {first_name}."
WHERE = "We are at 12 Lake Street, {first_name}, and open from nine to five."
SORRY = "We are sorry, {first_name}. Who may call you, and when?"
AMBULANCE = "We have called the ambulance to your address. Stay with him."
AFTER_NINE = "Only after nine from now on, promised."
CAST = """
[[person]]
name = "silent"
"""


@dataclass(frozen=True)
class Reply:
    """Who writes what, what a person does about it (see :func:`deal_with`), and what leaves by it."""

    first: str
    last: str
    text: str
    way: str
    leaves: str = ""


#: In the order in which they come. "none": nobody waits for an answer to it.
REPLIES = (
    Reply("Maria", "Lopez", "¿Dónde es la cita?", "where", WHERE),
    Reply("James", "Okafor", "What time should I come?", "typed", "At half past ten, James."),
    Reply("Aisha", "Khan", "Yes, see you then!", "yes", COMES),
    Reply("Chloé", "Petit", "C'est à quelle heure ?", "typed", "A dix heures et demie."),
    Reply("Omar", "Haddad", "STOP", "none"),
    Reply("Lena", "Weiss", "Nein, leider nicht", "no", OTHER_DAY),
    Reply("Tom", "Baker", "This is ridiculous, you people are useless", "sorry", SORRY),
    Reply("João", "Alves", "Sim, pode contar comigo", "yes", COMES),
    Reply("Luis", "Ortega", "Sí, ahí estaré", "yes", COMES),
    Reply("Grace", "Chen", "Yes please", "done"),
    Reply("Paul", "Moreau", "Oui, merci !", "yes", COMES),
    Reply("Ruth", "Novak", "Please call an ambulance, my husband collapsed", "danger", AMBULANCE),
    Reply("Jonas", "Vogel", "Kann ich meine Tochter mitbringen?", "typed", "Ja, gerne."),
    Reply(
        "Hannah",
        "Sato",
        "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get there.",
        "none",
    ),
    Reply("Rosa", "Vega", "No puedo ese día", "no", OTHER_DAY),
    Reply("Inês", "Costa", "Onde fica a clínica?", "where", WHERE),
    Reply("Emma", "Blanc", "Non merci, pas cette fois", "no", OTHER_DAY),
    Reply("Felix", "Braun", "Ja, gerne", "yes", COMES),
    Reply("Bruno", "Dias", "Não posso ir", "no", OTHER_DAY),
    Reply("Sara", "Lind", "No sorry, I can't make it", "no", OTHER_DAY),
    Reply("Nina", "Fox", "Wrong number, this is not Nina", "wrong"),
    Reply("Kenji", "Mori", "stop texting me before 9", "held", AFTER_NINE),
)
WAITING = 20
PERSON = {hands.person_number(100 * place + place): reply for place, reply in enumerate(REPLIES)}
_BY_NAME = {reply.first: number for number, reply in PERSON.items()}


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    cast = tmp_path / "people.toml"
    cast.write_text(CAST, "utf-8")
    desktop = hands.Desktop(tmp_path, people=str(cast))
    yield Walk(desktop)
    desktop.close()


# -- the day before -------------------------------------------------------------------------------


def prepare(walk: Walk) -> None:
    """A campaign with a script and canned replies, its texts sent by a press each, and everybody's reply."""
    desk = walk.desk
    file = desk.folder / "tuesday.csv"
    with file.open("w", newline="", encoding="utf-8") as opened:
        rows = csv.writer(opened)
        rows.writerow(["first_name", "last_name", "phone", "consent", "consent date"])
        rows.writerows((each.first, each.last, n, "form", "2026-09-01") for n, each in PERSON.items())
    desk.command(
        *("campaign", "new", "Tuesday visits", "--people", str(file), "--message", MESSAGE),
        *("--country", "US", "--texter", "Dana", "--hours", "00:00-24:00", "--reason", "a test", "--start"),
        *("--data", str(desk.data)),
    )
    write_script(desk.data)
    desk.start_app()
    desk.wait_for_card()
    clicks = "SELECT count(*) FROM click"
    for count in range(len(REPLIES)):
        hands.press_until(desk, "Return", lambda count=count: walk.number(clicks) > count)
    assert desk.settled() == len(REPLIES)
    for count, (number, reply) in enumerate(PERSON.items(), 1):
        desk.tell(f"deliver {number} {reply.text}")
        walk.until("SELECT count(*) FROM message WHERE direction = 'in'", count, f"the reply {reply.text}")
    desk.stop_app()


def write_script(folder: Path) -> None:
    workspace = open_workspace(folder)
    store, clock = workspace.store, workspace.clock
    yes = Option("Yes", COMES, tag="comes", tone="good", words=("yes", "sí", "oui", "ja", "sim"))
    no = Option("No", OTHER_DAY, tag="another day", tone="bad", words=("no", "non", "nein", "não"))
    script_edit.save(store, clock, 1, Question("Will they come?", options=(yes, no)))
    canned.save(store, clock, canned.Shelf(1), canned.Draft("Where and when", WHERE, tag="asked"))
    canned.save(store, clock, canned.Shelf(1), canned.Draft("Sorry", SORRY, tag="unhappy", action="done"))
    workspace.close()


def let_hours_pass(walk: Walk) -> None:
    """The night goes by: all that happened with each number lies further back, the first replies the furthest."""
    with sqlite3.connect(walk.desk.data / "p2ptext.db") as file:
        file.execute("UPDATE line SET name = 'Office SIM'")
        for place, number in enumerate(PERSON):
            ago = 600 + 1620 * (len(REPLIES) - place)
            for table, columns in {
                "message": ("created_at", "clicked_at", "claimed_at", "settled_at", "delivered_at"),
                "conversation": ("last_at", "waiting_since", "last_in_at"),
                "hold": ("created_at",),
            }.items():
                moved = ", ".join(f"{column} = {column} - {ago}" for column in columns)
                file.execute(f"UPDATE {table} SET {moved} WHERE number = ?", (number,))
            sent = "UPDATE message SET created_at = created_at - 50000, clicked_at = clicked_at - 50000,"
            sent += " claimed_at = claimed_at - 50000, settled_at = settled_at - 50000,"
            sent += " delivered_at = delivered_at - 50000 WHERE direction = 'out' AND number = ?"
            file.execute(sent, (number,))
    file.close()


# -- the morning ----------------------------------------------------------------------------------


def open_thread(walk: Walk, number: str) -> None:
    """Wait until this number's conversation is the open one: it is read then."""
    walk.until(
        f"SELECT count(*) FROM conversation WHERE unread = 0 AND number = '{number}'",
        1,
        f"the conversation with {PERSON[number].first}",
    )
    walk.still()


def texts_left(walk: Walk, count: int) -> None:
    walk.until(
        "SELECT count(*) FROM message WHERE kind = 'reply' AND state = 'sent'", count, "the reply to leave"
    )


def answered(walk: Walk, number: str, choice: str) -> None:
    given = "SELECT value FROM answer WHERE number = ? AND cleared_at IS NULL"
    hands.wait_for(lambda: walk.ask(given, number) == [(choice,)], 60, f"the answer {choice}")
    walk.still()


def deal_with(walk: Walk, number: str) -> None:
    """What a person does in one conversation, with the keyboard in its answer or on its question."""
    reply = PERSON[number]
    if reply.way in ("typed", "danger"):
        walk.type(reply.leaves)
    elif reply.way in ("yes", "no"):
        walk.key("alt+1" if reply.way == "yes" else "alt+2")
        answered(walk, number, reply.way.capitalize())
    elif reply.way in ("where", "sorry"):
        walk.key("1" if reply.way == "where" else "2")
    elif reply.way == "held":
        walk.key("Return", "ctrl+Return", "space")
        assert walk.ask("SELECT decided_at FROM hold WHERE number = ?", number) == [(None,)]
        walk.key("k")
        walk.until(
            f"SELECT count(*) FROM hold WHERE decision = 'kept' AND number = '{number}'", 1, "the decision"
        )
        walk.still()
        walk.type(reply.leaves)
    walk.still()


def close(walk: Walk, number: str) -> None:
    """Send it and go on, or close the conversation without a text."""
    way = PERSON[number].way
    if way == "done":  # the answer of the script is kept, and its text is not sent
        walk.key("alt+1")
        answered(walk, number, "Yes")
        walk.key("Escape", "Escape", "d")
        nobody_waits(walk, number)
        walk.key("j", "Return")
    elif way == "wrong":
        walk.key("w")
        nobody_waits(walk, number, "decided_at IS NOT NULL", "hold")
        walk.key("j", "Return")
    else:
        walk.key("ctrl+Return")


def nobody_waits(
    walk: Walk, number: str, what: str = "waiting_since IS NULL", table: str = "conversation"
) -> None:
    walk.until(f"SELECT count(*) FROM {table} WHERE {what} AND number = '{number}'", 1, f"{what} of {number}")
    walk.still()


#: What is shown of whom, before the text leaves.
SHOWN = {
    "Ruth": "inbox-2-danger",
    "Aisha": "inbox-3-coded",
    "Tom": "inbox-4-canned",
    "Nina": "inbox-5-wrong-number",
}


def test_twenty_waiting_replies_are_answered_coded_and_closed_by_keyboard_alone(walk: Walk) -> None:
    prepare(walk)
    let_hours_pass(walk)
    before = walk.desk.submits()
    walk.desk.start_app()
    walk.window("^Desk")
    walk.still()
    walk.key("ctrl+2")
    walk.window("^Inbox")
    walk.still()
    order = [n for n, each in PERSON.items() if each.way == "danger"]
    order += [n for n, each in PERSON.items() if each.way not in ("danger", "none")]
    assert len(order) == WAITING
    walk.show("inbox-1-waiting")
    walk.key("Down", "Return")
    left = 0
    for number in order:
        open_thread(walk, number)
        held = walk.ask("SELECT count(*) FROM hold WHERE decided_at IS NOT NULL")
        assert held == [(0,)] or PERSON[number].way in ("held", "wrong"), "a hold waits for its own decision"
        if PERSON[number].way == "held":
            walk.show("inbox-6-hold")
        deal_with(walk, number)
        if PERSON[number].first in SHOWN:
            walk.show(SHOWN[PERSON[number].first])
        close(walk, number)
        left += bool(PERSON[number].leaves)
        texts_left(walk, left)
    walk.still()
    walk.show("inbox-7-nobody-waits")
    look_at_the_rest(walk)
    judge(walk, before)


def look_at_the_rest(walk: Walk) -> None:
    """The machine's text and the STOP are found, read, and answered by nothing."""
    walk.key("ctrl+k")
    walk.type("driving")
    walk.still()
    walk.key("Down", "Return")
    open_thread(walk, _BY_NAME["Hannah"])
    walk.show("inbox-8-automatic")
    walk.key("Escape", "ctrl+k")
    walk.type("haddad")
    walk.still()
    walk.key("Down", "Return")
    open_thread(walk, _BY_NAME["Omar"])
    walk.type("xz")
    walk.still()
    walk.show("inbox-9-opted-out")


def judge(walk: Walk, before: list[dict[str, object]]) -> None:
    """One text for each press, in the database and on the network; what was closed is closed."""
    wanted = {
        number: reply.leaves.format(first_name=reply.first)
        for number, reply in PERSON.items()
        if reply.leaves
    }
    walk.desk.settled(3)
    after = walk.desk.submits()[len(before) :]
    assert {str(row["to"]): str(row["text"]) for row in after} == wanted
    assert Counter(str(row["to"]) for row in after) == Counter(dict.fromkeys(wanted, 1)), "one each"
    rows = walk.ask(
        "SELECT m.number, m.state, c.device, c.operator, c.text_hash = m.text_hash, m.click_id"
        " FROM message m JOIN click c ON c.id = m.click_id WHERE m.kind = 'reply'"
    )
    assert {row[0] for row in rows} == set(wanted)
    assert len({row[5] for row in rows}) == len(wanted) == len(rows), "each reply has a click of its own"
    assert {row[1:5] for row in rows} == {("sent", "key:Return", "Dana", 1)}
    assert walk.number("SELECT count(*) FROM click") == len(REPLIES) + len(wanted), (
        "and no click is without a text"
    )
    out = walk.ask("SELECT number FROM opt_out WHERE lifted_at IS NULL ORDER BY number")
    assert out == sorted((_BY_NAME[first],) for first in ("Omar", "Nina"))
    assert walk.ask("SELECT decision FROM hold ORDER BY id") == [("wrong number",), ("kept",)]
    waits = "SELECT count(*) FROM conversation WHERE waiting_since IS NOT NULL AND number NOT IN"
    assert walk.number(waits + " (SELECT number FROM opt_out)") == 0
    answers = Counter(value for (value,) in walk.ask("SELECT value FROM answer WHERE cleared_at IS NULL"))
    ways = Counter(reply.way for reply in REPLIES)
    assert answers == {"Yes": ways["yes"] + ways["done"], "No": ways["no"]}
    tags = Counter(
        name for (name,) in walk.ask("SELECT t.name FROM contact_tag c JOIN tag t ON t.id = c.tag_id")
    )
    assert tags == {
        "comes": ways["yes"] + ways["done"],
        "another day": ways["no"],
        "asked": ways["where"],
        "unhappy": ways["sorry"],
    }
