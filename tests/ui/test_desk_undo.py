"""Ctrl+Z at the desk: everything but what left by radio, and never a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from app.campaigns import campaign as campaigns
from app.people import optouts
from app.store import tables as t
from app.workspace import Workspace

Key = Qt.Key
CONTROL = Qt.KeyboardModifier.ControlModifier


def bar(desk: Any) -> Any:
    return desk.page.window().undo_bar


def test_a_skip_is_undone_and_the_person_is_on_the_desk_again(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(3)
    desk = hands()
    desk.press(Key.Key_S)
    assert bar(desk).isVisible()
    assert bar(desk).label.full_text() == "Skipped Person0"
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert made.column("state") == ["queued"] * 3
    assert desk.name == "Person0"
    assert bar(desk).label.full_text().startswith("Undone: Skipped")
    assert made.clicks() == []
    desk.press(Key.Key_Return)
    assert [click["message_id"] for click in made.clicks()] == [made.message_ids[0]]


def test_the_words_at_the_top_have_a_button(running: Callable[..., Any], hands: Callable[..., Any]) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_S)
    QTest.mouseClick(bar(desk).button, Qt.MouseButton.LeftButton)
    desk.read()
    assert made.column("state") == ["queued"] * 2


def test_acts_are_undone_one_after_the_other_and_a_sent_text_stays(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(4)
    desk = hands()
    desk.press(Key.Key_S, Key.Key_Return, Key.Key_S)
    assert made.column("state") == ["skipped", "clicked", "skipped", "queued"]
    desk.press(Key.Key_Z, Key.Key_Z, Key.Key_Z, modifier=CONTROL)
    assert made.column("state") == ["queued", "clicked", "queued", "queued"]
    assert bar(desk).label.full_text() == "Nothing to undo. A text that left stays sent."
    assert len(made.clicks()) == 1


def test_an_edit_is_undone(running: Callable[..., Any], hands: Callable[..., Any]) -> None:
    made = running(1)
    before = made.column("text_hash")
    desk = hands()
    desk.press(Key.Key_E)
    desk.view.editor.selectAll()
    QTest.keyClicks(desk.view.editor, "Other words")
    desk.press(Key.Key_Return, modifier=CONTROL)
    assert desk.view.message.toPlainText() == "Other words"
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert made.column("text_hash") == before
    assert made.column("edited") == [0]
    assert desk.view.message.toPlainText().startswith("Hi Person0")


def test_in_a_text_field_it_is_the_fields_own(running: Callable[..., Any], hands: Callable[..., Any]) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_S, Key.Key_E)
    text = desk.view.editor.toPlainText()
    QTest.keyClicks(desk.view.editor, "xyz")
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert desk.view.editor.toPlainText() == text
    assert made.column("state") == ["skipped", "queued"]


def test_an_opt_out_by_hand_is_undone_with_a_record(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_O, Key.Key_Y)
    assert made.column("state") == ["blocked", "queued"]
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert made.column("state") == ["queued", "queued"]
    assert desk.name == "Person0"
    (story,) = optouts.lookup(made.workspace.store, made.column("number")[0])
    assert (story.lifted_source, story.lifted_by) == ("undo", "Dana")
    assert made.clicks() == []


def test_pause_is_undone(running: Callable[..., Any], hands: Callable[..., Any]) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_P, modifier=CONTROL)
    assert campaigns.get(made.workspace.store, made.campaign_id).state == "paused"
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert campaigns.get(made.workspace.store, made.campaign_id).state == "running"
    assert desk.name == "Person0"


def test_taking_back_a_click_is_not_undone(running: Callable[..., Any], hands: Callable[..., Any]) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_Return, Key.Key_T)
    assert made.clicks() == []
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert made.clicks() == []
    assert made.column("state") == ["queued", "queued"]


def test_what_went_on_meanwhile_is_too_late_to_undo(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_S)
    made.put(made.message_ids[0], state="removed")
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert "too late" in bar(desk).label.full_text()
    assert made.column("state") == ["removed", "queued"]


def test_while_the_window_is_locked_nothing_is_undone(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_S)
    made.workspace.store.locked = True
    desk.press(Key.Key_Z, modifier=CONTROL)
    assert made.column("state") == ["skipped", "queued"]


@pytest.mark.parametrize("width", [1440, 1024])
def test_over_an_open_conversation_it_stands_above_the_answer_and_covers_nothing(
    window: Callable[..., Any], workspace: Workspace, settle: Callable[[], None], width: int
) -> None:
    with workspace.store.write() as unit:
        insert = sa.insert(t.conversation).values(number="+13125550001", last_at=1.0, last_text="Hi")
        thread = unit.conn.execute(insert).inserted_primary_key[0]
        text = {
            "direction": "in",
            "number": "+13125550001",
            "kind": "text",
            "text": "Hi",
            "state": "received",
        }
        unit.conn.execute(sa.insert(t.message).values(**text, conversation_id=thread, created_at=1.0))
    main = window(width, 600)
    main.go("inbox", conversation_id=thread)
    settle()
    pane, bar = main.page("inbox").pane, main.undo_bar

    def place(widget: Any) -> QRect:
        return QRect(widget.mapTo(main, QPoint()), widget.size())

    send = place(pane.composer.send_button)
    bar.say("Answered Ana: Yes", undoable=True)
    settle()
    assert bar.isVisible()
    assert bar.button.isVisible()
    for part in (pane.head, pane.view, pane.replies, pane.composer):
        assert not part.isVisible() or not place(part).intersects(place(bar)), part
    assert place(pane.composer.send_button) == send  # nothing moved under the hand
    assert main.rect().contains(place(bar))
    main.go("contacts")
    settle()
    assert bar.isVisible()  # it is still said, below the heading there
    assert bar.parentWidget() is main
    main.go("inbox")
    settle()
    assert bar.isVisible()
    assert not place(bar).intersects(place(pane.view))


@pytest.mark.parametrize("width", [1440, 1024])
def test_the_word_covers_no_button_on_any_page(
    window: Callable[..., Any], settle: Callable[[], None], width: int
) -> None:
    main = window(width, 600)
    for name in ("desk", "inbox", "campaigns", "contacts"):  # where there is something to undo
        main.go(name)
        settle()
        main.undo_bar.say("Skipped Somebody With A Longer Name", undoable=True)
        place = main.undo_bar.geometry()
        covered = [
            button.text()
            for button in main.page(name).findChildren(QAbstractButton)
            if button.isVisible() and QRect(button.mapTo(main, QPoint()), button.size()).intersects(place)
        ]
        assert not covered, (name, covered)
