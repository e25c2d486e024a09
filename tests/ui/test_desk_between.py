"""Between two cards: a reply that waits, a break, and who was skipped. None of it can send."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.store import tables
from app.store.events import ConversationChanged
from app.workspace import Workspace
from ui.desk.rhythm import Rhythm
from ui.press import DWELL

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier


def settings(workspace: Workspace, **values: Any) -> None:
    workspace.change_settings(dataclasses.replace(workspace.settings, **values))


def waiting(workspace: Workspace, number: str, since: float, text: str = "Is it free?") -> int:
    """A person who waits for an answer."""
    with workspace.store.write() as unit:
        key = int(
            unit.conn.execute(
                sa.insert(tables.conversation).values(
                    number=number, last_at=since, last_text=text, waiting_since=since, last_in_at=since
                )
            ).inserted_primary_key[0]
        )
        unit.publish(ConversationChanged(key))
    return key


@pytest.fixture
def led(
    running: Callable[..., Any], hands: Callable[..., Any], workspace: Workspace, clock: Any
) -> tuple[Any, Any, int, list[Any]]:
    """A desk that leads every second card, with two people waiting; where it was asked to go."""
    settings(workspace, lead_every=2)
    made = running(6)
    oldest = waiting(workspace, "+13125559001", clock.now() - 720)
    waiting(workspace, "+13125559002", clock.now() - 30)
    desk = hands()
    went: list[Any] = []
    desk.page._navigate = lambda where, **what: went.append((where, what))
    return made, desk, oldest, went


def test_after_so_many_cards_it_leads_to_the_oldest_reply(led: tuple[Any, Any, int, list[Any]]) -> None:
    made, desk, oldest, went = led
    desk.press(Key.Key_Return)
    assert desk.name == "Person1"
    desk.press(Key.Key_Return)
    lead = desk.page.stack.lead
    assert desk.page.stack.aside is lead
    assert lead.title.text() == "2 people wait for an answer, the oldest for 12 min"
    assert lead.words.text().endswith("Is it free?")
    desk.press(Key.Key_Space, Key.Key_Semicolon)  # the rhythm of sending goes nowhere
    assert desk.page.stack.aside is lead
    assert len(made.clicks()) == 2
    desk.press(Key.Key_Return)
    assert went == [("inbox", {"conversation_id": oldest, "back": "desk"})]
    assert len(made.clicks()) == 2
    assert desk.name == "Person2"


def test_enter_in_the_moment_it_opens_is_for_nobody(led: tuple[Any, Any, int, list[Any]]) -> None:
    made, desk, _, went = led
    desk.press(Key.Key_Return)
    QTest.keyClick(desk.page, Key.Key_Return)
    desk.settle()
    desk.page.stack.lead._shown_at = desk.clock.monotonic()  # however slow the machine is
    QTest.keyClick(desk.page, Key.Key_Return)
    desk.settle()
    assert desk.page.stack.aside is desk.page.stack.lead
    assert went == []
    assert len(made.clicks()) == 2


def test_escape_goes_on_and_the_card_wants_to_be_read_anew(led: tuple[Any, Any, int, list[Any]]) -> None:
    made, desk, _, _ = led
    desk.press(Key.Key_Return, Key.Key_Return)
    desk.view.send.gate.dwell = 3600.0
    desk.press(Key.Key_Escape)
    assert desk.name == "Person2"
    desk.press(Key.Key_Return)
    assert len(made.clicks()) == 2
    desk.view.send.gate.dwell = DWELL
    desk.press(Key.Key_Return)
    assert len(made.clicks()) == 3
    assert desk.name == "Person3"  # the count began anew


def test_with_nobody_waiting_it_leads_nowhere(
    running: Callable[..., Any], hands: Callable[..., Any], workspace: Workspace
) -> None:
    settings(workspace, lead_every=1)
    running(3)
    desk = hands()
    desk.press(Key.Key_Return)
    assert desk.name == "Person1"


def test_a_late_reply_stands_beside_the_card_with_its_age(led: tuple[Any, Any, int, list[Any]]) -> None:
    _, desk, _, _ = led
    panel = desk.page.replies
    assert panel.oldest.text() == "waits 12 min"
    assert panel._rows.itemAt(0).widget().accessibleName().endswith("12 min ago")
    assert panel._rows.itemAt(1).widget().accessibleName().endswith("30 s ago")


# -- breaks -----------------------------------------------------------------------------------------


@pytest.fixture
def tired(
    running: Callable[..., Any], hands: Callable[..., Any], workspace: Workspace, clock: Any
) -> tuple[Any, Any]:
    """A desk after ten minutes of work, of which a break is due."""
    settings(workspace, break_minutes=10)
    made = running(10)
    desk = hands()
    for _ in range(3):
        desk.press(Key.Key_S)
        clock.ahead += 240
    desk.press(Key.Key_S)
    return made, desk


def test_a_break_is_suggested_and_declined_with_escape(tired: tuple[Any, Any]) -> None:
    made, desk = tired
    rest = desk.page.stack.rest
    assert desk.page.stack.aside is rest
    assert rest.title.text() == "You have worked for 12 minutes"
    desk.press(Key.Key_Return, Key.Key_Space)
    assert desk.page.stack.aside is rest
    desk.press(Key.Key_Escape)
    assert desk.name == "Person4"
    desk.press(Key.Key_S)
    assert desk.name == "Person5"
    assert made.clicks() == []


def test_a_break_ends_by_itself_or_with_any_key(tired: tuple[Any, Any], clock: Any) -> None:
    made, desk = tired
    desk.press(Key.Key_B)
    assert desk.page.stack.rest.resting
    desk.press(Key.Key_Return)
    assert desk.name == "Person4"
    assert made.clicks() == []
    desk.page.stack.rest.suggest(10)
    desk.page.stack.open_aside(desk.page.stack.rest)
    desk.press(Key.Key_B)
    clock.ahead += 301
    desk.page._time_passed()
    desk.read()
    assert desk.name == "Person4"


def test_a_pause_of_five_minutes_is_a_break() -> None:
    rhythm = Rhythm()
    for now in (0.0, 200.0, 400.0, 900.0):
        rhythm.card_done(now)
    assert not rhythm.wants_break(900.0, 10)
    rhythm.card_done(1150.0)
    assert not rhythm.wants_break(1150.0, 10)
    rhythm.card_done(1400.0)
    rhythm.card_done(1501.0)
    assert rhythm.wants_break(1501.0, 10)
    assert not rhythm.wants_break(1501.0, 0)


# -- who was skipped --------------------------------------------------------------------------------


def test_a_skip_with_its_reason_and_the_list_to_put_back(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(4)
    desk = hands()
    desk.press(Key.Key_S, modifier=SHIFT)
    assert desk.view.reasoning
    desk.press(Key.Key_S, Key.Key_Semicolon)  # letters of the reason
    QTest.keyClicks(desk.view.reason.field, "wrong person")
    desk.press(Key.Key_Return)
    assert made.column("reason")[0] == "s;wrong person"
    assert made.column("state") == ["skipped", "queued", "queued", "queued"]
    assert made.clicks() == []
    desk.press(Key.Key_S)
    assert desk.name == "Person2"
    assert desk.page.next_panel.skipped_button.text() == "Skipped (2)"
    desk.press(Key.Key_K)
    skipped = desk.page.stack.skipped
    shown = [skipped.list.item(row).text() for row in range(skipped.list.count())]
    assert shown == ["Person0  –  s;wrong person", "Person1"]
    desk.press(Key.Key_Down, Key.Key_Return)
    assert made.column("state") == ["skipped", "queued", "queued", "queued"]
    desk.press(Key.Key_Escape)
    assert desk.name == "Person1"
    assert made.clicks() == []


def test_a_reason_can_be_left_out_or_thought_better_of(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(3)
    desk = hands()
    desk.press(Key.Key_S, modifier=SHIFT)
    desk.press(Key.Key_Escape)
    assert desk.page.hasFocus()
    assert made.column("state") == ["queued"] * 3
    desk.press(Key.Key_S, modifier=SHIFT)
    desk.press(Key.Key_Return)
    assert made.column("state")[0] == "skipped"
    assert desk.name == "Person1"
    desk.press(Key.Key_Return)
    assert len(made.clicks()) == 1


def test_while_a_reason_or_a_text_is_written_letters_do_nothing_else(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(3)
    desk = hands()
    desk.press(Key.Key_S, modifier=SHIFT)
    desk.view.reason.drop_button.setFocus()
    desk.press(Key.Key_S, Key.Key_E, Key.Key_O)
    assert desk.view.reasoning
    assert not desk.view.editing
    assert not desk.view.asking
    desk.press(Key.Key_Escape)
    desk.press(Key.Key_E)
    desk.view.skip.setFocus()
    desk.press(Key.Key_S, Key.Key_O)
    assert desk.view.editing
    desk.press(Key.Key_Escape)
    assert not desk.view.busy
    assert made.column("state") == ["queued"] * 3
    assert made.clicks() == []


def test_every_control_of_the_desk_has_a_name_and_is_reached_with_tab(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    running(3)
    desk = hands()
    seen: list[str] = []
    for _ in range(40):
        QTest.keyClick(QApplication.focusWidget(), Key.Key_Tab)
        focus = QApplication.focusWidget()
        assert focus.accessibleName(), focus
        if desk.page.isAncestorOf(focus):
            seen.append(focus.accessibleName())
    assert {"Send", "Skip", "Edit", "Opt out", "Previous", "Pause", "Go to replies"} <= set(seen)
