"""Groups by real keys and the mouse: each press is one text on the emulated network, and none more."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import wiring
from app.conversations import groups
from app.people import contacts, holds, optouts
from app.store import tables as t
from app.store.events import ConversationChanged, MessageChanged
from app.workspace import Workspace
from ui import theme
from ui.bridge import Bridge
from ui.inbox.page import InboxPage
from ui.press import DWELL

NUMBERS = tuple(f"+131255501{n:02d}" for n in range(4))
NAMES = ("Maria Lopez", "Jon <b>Park</b>", "Li Wei", "Aisha Bello")
TEXT = "Meet at 6, {first_name|there}"
CONTROL = Qt.KeyboardModifier.ControlModifier


def add_people(workspace: Workspace) -> None:
    for number, name in zip(NUMBERS, NAMES, strict=True):
        contacts.add(workspace.store, workspace.clock, number, name)


def says(workspace: Workspace, number: str, text: str) -> None:
    """A text of theirs, as a line stores it."""
    now = workspace.clock.now()
    with workspace.store.write() as unit:
        c = t.conversation.c
        key = unit.conn.execute(sa.select(c.id).where(c.number == number)).scalar_one()
        message = unit.conn.execute(
            sa.insert(t.message)
            .values(
                direction="in", number=number, conversation_id=key, kind="text", text=text,
                state="received", created_at=now,
            )
            .returning(t.message.c.id)
        ).scalar_one()  # fmt: skip
        unit.conn.execute(
            sa.update(t.conversation)
            .where(c.id == key)
            .values(
                last_text=text, last_at=now, last_in_at=now, waiting_since=now, unread=1, last_direction="in"
            )
        )
        unit.publish(MessageChanged(message, number, None, key), ConversationChanged(key))


def clicks_of(workspace: Workspace) -> int:
    with workspace.store.read() as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(t.click)).scalar_one())


# -- on the emulated network ----------------------------------------------------------------------


@pytest.fixture
def started(tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[wiring.Running]:
    """The whole program with a practice network whose people do not answer. It is noon in Chicago."""
    began, noon = time.time(), datetime.fromisoformat("2026-11-11T12:00:00-06:00").timestamp()
    monkeypatch.setattr("app.clock.SystemClock.now", lambda _self: noon + time.time() - began)
    options = argparse.Namespace(country="US", texter="Dana", line=[], practice=True)
    opener = wiring.ModemOpener(tmp_path / "data", ("--people", "none", "--latency-ms", "0"))
    with wiring.opened(tmp_path / "data", options, opener) as running:
        add_people(running.window.workspace)
        running.window.resize(1440, 900)
        running.window.show()
        running.window.activateWindow()
        yield running
    theme.apply(qapp, "light")


def submits(running: wiring.Running) -> list[tuple[str, str]]:
    ledger = running.opener.practice_modem().ledger
    rows = [json.loads(row) for row in ledger.read_text("utf-8").splitlines() if row.endswith("}")]
    return [(row["to"], row["text"]) for row in rows if row["event"] == "submit"]


def test_one_press_is_one_text_on_the_network(
    started: wiring.Running, qapp: QApplication, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    window = started.window
    workspace = window.workspace
    wait(lambda: started.lines.views() and started.lines.views()[0].state == "ready", 15)
    window.go("inbox")
    settle()
    page: Any = window.page("inbox")
    pane, panel = page.groups.pane, page.groups.pane.round

    # A group of four, made without the mouse.
    QTest.keyClick(page, Qt.Key.Key_G, CONTROL)
    QTest.keyClick(page.groups.list.new_button, Qt.Key.Key_N, CONTROL)
    wait(lambda: qapp.activeModalWidget() is page.groups.dialog)
    dialog: Any = page.groups.dialog
    QTest.keyClicks(dialog.focusWidget(), "Street team")
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    for words in ("lopez", "park", "+1 312 555 0102", "aisha"):
        QTest.keyClicks(dialog.search, words)
        wait(lambda: dialog.found.isVisible() and dialog.found.count() == 1)
        QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    assert dialog.numbers == list(NUMBERS)
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return, CONTROL)
    wait(lambda: page.groups.group is not None and pane.head.name.full_text() == "Street team")
    wait(lambda: qapp.activeModalWidget() is None)
    settle()

    # Preparing sends nothing, however long the key is held.
    pane.composer.edit.setFocus()
    QTest.keyClicks(pane.composer.edit, TEXT)
    QTest.keyClick(pane.composer.edit, Qt.Key.Key_Return, CONTROL)
    wait(lambda: panel.isVisible() and panel.share is not None)
    settle()
    assert window.focusWidget() is panel
    assert (clicks_of(workspace), submits(started)) == (0, [])

    # Four presses, four texts; between them a key that is held and one that bounces give none.
    expected = []
    for place, (number, first) in enumerate(
        zip(NUMBERS, ("Maria", "Jon", "Li", "Aisha"), strict=True), start=1
    ):
        assert panel.share.number == number
        wait(lambda: panel.send_button.gate.armed and panel.isVisible())
        QTest.qWait(int(DWELL * 1000) + 30)  # it has to be there long enough to be read
        QTest.keyPress(panel, Qt.Key.Key_Return)
        for _ in range(5):
            QApplication.sendEvent(
                panel,
                QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "", True),
            )
        QTest.keyRelease(panel, Qt.Key.Key_Return)
        QTest.keyClick(panel, Qt.Key.Key_Return)  # at once again: nobody has read the next
        expected.append((number, f"Meet at 6, {first}"))
        wait(lambda: len(submits(started)) == len(expected), 15)
        settle()
        assert (submits(started), clicks_of(workspace)) == (expected, place)
    wait(lambda: pane.outcome.label.text() == "The last text: 4 sent.")
    assert pane.composer.isVisible()
    assert submits(started) == expected
    with workspace.store.read() as conn:
        pairs = (
            conn.execute(sa.select(t.message.c.click_id).where(t.message.c.state == "sent")).scalars().all()
        )
    assert len(set(pairs)) == 4, "each text has a click of its own"


# -- in the inbox alone ---------------------------------------------------------------------------


class Room:
    """An inbox with a group of four that is open."""

    def __init__(self, page: InboxPage, workspace: Workspace, clock: Any, settle: Callable[[], None]) -> None:
        self.page, self.workspace, self.clock, self.settle = page, workspace, clock, settle
        self.groups = page.groups
        self.pane, self.panel, self.list = page.groups.pane, page.groups.pane.round, page.groups.list

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.page.window().focusWidget() or self.page, key, modifier)
        self.settle()

    def press(self) -> None:
        self.clock.pass_time(DWELL + 0.05)
        self.key(Qt.Key.Key_Return)

    def prepare(self, text: str = TEXT) -> None:
        self.pane.composer.edit.setFocus()
        QTest.keyClicks(self.pane.composer.edit, text)
        self.key(Qt.Key.Key_Return, CONTROL)

    def story(self) -> list[tuple[str, str]]:
        return [(bubble.who, bubble.text) for bubble in self.pane.model.rows]


@pytest.fixture
def room(
    workspace: Workspace, lines: Any, clock: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> Room:
    clock.stand_still()
    add_people(workspace)
    with workspace.store.write() as unit:
        unit.conn.execute(sa.insert(t.line).values(name="Office SIM", url="/dev/null", created_at=0))
    groups.save(workspace.store, clock, "Street team", NUMBERS, operator="Dana")
    groups.save(workspace.store, clock, "Drivers", NUMBERS[:2], operator="Dana")
    bridge = Bridge(workspace.store)
    page = InboxPage(workspace, lines, bridge, lambda name, **where: None)
    bridge.setParent(page)
    build(page, 1240, 800)
    page.refresh()
    settle()
    made = Room(page, workspace, clock, settle)
    made.key(Qt.Key.Key_G, CONTROL)
    made.list.list.setFocus()
    made.groups.open_group(1)
    settle()
    return made


def test_members_the_story_and_answers_that_come(room: Room) -> None:
    assert room.groups.chip.text() == "Groups 2"
    assert room.pane.isVisible()
    assert not room.page.pane.isVisible()
    assert room.page.row is None, "no key of a thread means anything here"
    with room.workspace.store.write() as unit:
        optouts.opt_out(unit, room.clock, NUMBERS[3], source="operator", evidence="by phone", operator="D")
        holds.put(unit, room.clock.now(), NUMBERS[2], rule="S1", said="?", why="maybe", message_id=None)
    says(room.workspace, NUMBERS[1], "On <i>my</i> way")
    room.clock.pass_time(1)
    says(room.workspace, NUMBERS[0], "Me too")
    room.settle()
    assert room.story() == [(NAMES[1], "On <i>my</i> way"), (NAMES[0], "Me too")]
    chips = [chip.text() for chip in room.pane.chips.values()]
    assert chips == [NAMES[0], NAMES[1], "Li Wei: opt-out?", "Aisha Bello: opted out"]
    left = [room.pane.chips[key].x() for key in sorted(room.pane.chips)]
    assert left.index(min(left)) == 2, "who cannot be texted stands first"
    assert room.pane.head.about.full_text() == "4 people · 1 opted out · 1 opt-out?"
    assert "They opted out" in room.pane.stops.label.text()
    assert room.pane.composer.prepare_button.text() == "Prepare for 2 people"
    assert "Maria Lopez wrote: Me too" in room.pane.model.index(1, 0).data()
    room.prepare("See you in {room}")
    assert room.panel.isHidden()
    assert "Maria Lopez has no room" in room.pane.composer.problem.label.text()
    room.groups.open_group(2)
    room.settle()
    assert room.pane.composer.text() == ""
    room.groups.open_group(1)
    room.settle()
    assert room.pane.composer.text() == "See you in {room}"
    QTest.mouseClick(room.pane.chips[next(iter(room.pane.chips))], Qt.MouseButton.LeftButton)
    room.settle()
    assert room.page.row is not None
    assert room.page.row.name == "Maria Lopez"
    assert room.page.row.unread == 0, "it was read in the group"
    assert not room.pane.isVisible()
    assert room.page.pane.isVisible()


def test_closing_keeps_the_rest_who_opts_out_is_passed_over_and_skip_sends_nothing(room: Room) -> None:
    room.prepare()
    assert room.panel.title.full_text().startswith("1 of 4: Maria Lopez")
    assert room.list.list.current_row().id == room.groups.group_id
    room.press()
    assert clicks_of(room.workspace) == 1
    for letter in "ACDFGHLNT1":  # keys of a thread: none is open
        room.key(Qt.Key(ord(letter)))
    assert room.page.window().focusWidget() is room.panel
    assert clicks_of(room.workspace) == 1
    room.key(Qt.Key.Key_K)  # and not to a conversation, which nobody sees
    assert (room.groups.group_id, room.page.row) == (2, None)
    assert room.panel.isHidden()
    room.groups.open_group(1)
    room.settle()
    room.pane.to_writing()
    room.key(Qt.Key.Key_Escape)
    assert room.page.window().focusWidget() is room.list.list
    QTest.keyClicks(room.page.threads.search, NUMBERS[3][-4:])
    QTest.keyClick(room.page.threads.search, Qt.Key.Key_Return)
    room.settle()
    QTest.keyClick(room.page.threads.search, Qt.Key.Key_Down)
    QTest.keyClick(room.page.threads.found.list, Qt.Key.Key_Return)
    room.settle()
    assert room.page.row is not None
    assert room.page.row.number == NUMBERS[3], "what was found opens in the place of the group"
    assert room.page.pane.isVisible()
    assert not room.pane.isVisible()
    room.page.threads.leave_search()
    room.settle()
    assert room.page.threads.list.isVisible()
    (row,) = [row for row in groups.page(room.workspace.store) if row.name == "Street team"]
    assert row.prepared == 3
    with room.workspace.store.write() as unit:
        optouts.opt_out(unit, room.clock, NUMBERS[1], source="operator", evidence="by phone", operator="D")
        holds.put(unit, room.clock.now(), NUMBERS[2], rule="S1", said="?", why="maybe", message_id=None)
    room.groups.open_group(1)
    room.settle()
    assert room.panel.share is not None
    assert room.panel.share.number == NUMBERS[3]
    assert "1 opted out" in room.panel.count.text()
    assert "Li Wei: They may have asked" in room.panel.held.text()
    room.pane.to_writing()
    room.press()
    assert clicks_of(room.workspace) == 2
    assert room.panel.share is None
    assert not room.panel.send_button.isVisible()
    room.press()
    assert clicks_of(room.workspace) == 2, "nobody is left who may have it"
    room.key(Qt.Key.Key_X)
    assert room.panel.isHidden()
    assert "1 opted out" in room.pane.outcome.label.text()
    assert room.pane.composer.isVisible()

    room.prepare("Again")  # for the two who may still have it
    QTest.keyClick(room.panel, Qt.Key.Key_Return)  # sooner than it could be read
    room.settle()
    assert clicks_of(room.workspace) == 2
    room.key(Qt.Key.Key_S)
    assert room.panel.reason.isVisible()
    room.press()  # an empty reason skips; Enter sends nothing here
    assert clicks_of(room.workspace) == 2
    assert room.panel.share is not None
    assert room.panel.share.number == NUMBERS[3]
    assert "1 skipped" in room.panel.count.text()
    room.clock.pass_time(2)
    room.panel.send_button.click()  # code is no person
    room.settle()
    assert clicks_of(room.workspace) == 2
    QTest.mouseClick(room.panel.send_button, Qt.MouseButton.LeftButton)
    room.settle()
    assert clicks_of(room.workspace) == 3


@pytest.mark.qt_log_ignore(  # the offscreen platform has no windows to raise and no keyboard to grab
    "does not support raise", "does not support grabbing", "does not support propagateSizeHints"
)
def test_a_thread_is_linked_and_the_group_is_renamed_and_dissolved(
    room: Room, wait: Callable[..., None]
) -> None:
    room.groups.open_thread(3)
    room.settle()
    assert room.page.row is not None
    assert room.page.row.number == NUMBERS[2]
    room.page.threads.list.setFocus()
    room.key(Qt.Key.Key_L)
    menu = room.groups.menu
    assert menu is not None
    words = [action.text() for action in menu.actions()]
    assert words == ["1  Add to Drivers", "2  Take out of Street team", "0  New group…"]
    QTest.keyClick(menu, Qt.Key.Key_1)
    room.settle()
    assert [row.size for row in groups.page(room.workspace.store) if row.name == "Drivers"] == [3]
    room.groups.open_group(2)
    room.settle()
    room.list.list.setFocus()
    room.key(Qt.Key.Key_M)
    dialog: Any = room.groups.dialog
    dialog.name.selectAll()
    QTest.keyClicks(dialog.name, "Vans")
    dialog.members.setCurrentRow(0)
    QTest.keyClick(dialog.members, Qt.Key.Key_Delete)
    QTest.keyClick(dialog, Qt.Key.Key_Return, CONTROL)
    wait(lambda: room.pane.head.name.full_text() == "Vans")
    room.settle()
    assert len(room.pane.chips) == 2
    room.groups.ask_members()
    dialog = room.groups.dialog
    QTest.keyClick(dialog, Qt.Key.Key_D, CONTROL)
    assert dialog.sure.isVisible()
    QTest.mouseClick(dialog.sure.button, Qt.MouseButton.LeftButton)
    wait(lambda: groups.count(room.workspace.store) == 1)
    room.settle()
    assert room.pane.isHidden()
    assert room.page.pane.isVisible()
    with room.workspace.store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(t.conversation)).scalar_one() == 4
