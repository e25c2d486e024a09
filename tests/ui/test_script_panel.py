"""The script in the campaign's editor, written and changed with real keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import undo
from app.campaigns import campaign as campaigns
from app.campaigns import script
from app.campaigns.script import Question
from app.people import importing
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.campaigns import CampaignsPage
from ui.campaigns.script_panel import ScriptPanel

Key = Qt.Key
Alt, Control, Shift = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
Settle = Callable[[], None]


@pytest.fixture
def panel(workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Settle) -> ScriptPanel:
    source = importing.open_source("first name,phone,slot\nMaria,(312) 555-0187,10:30\n")
    mapping = importing.preview(workspace.store, source, "US").mapping
    list_id = importing.run(workspace.store, workspace.clock, source, mapping, "US", name="Patients").list_id
    key = campaigns.create(
        workspace.store, workspace.clock, name="Spring", list_id=list_id, template="Hi", texter="Dana"
    )
    bridge = Bridge(workspace.store)
    page = CampaignsPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(page)
    build(page, 1200, 800)
    page.open_at(campaign_id=key)
    settle()
    return next(each for each in page.editor.panels.below if isinstance(each, ScriptPanel))


def focus(qapp: QApplication) -> QWidget:
    found = qapp.focusWidget()
    assert found is not None
    return found


def active(panel: ScriptPanel, qapp: QApplication, wait: Callable[..., None]) -> None:
    """Back in the window once a dialog is closed; no window manager does it here."""
    panel.window().activateWindow()
    wait(lambda: qapp.focusWidget() is not None)


def type_on(qapp: QApplication, *texts: str) -> None:
    """Type into one control after the other, with Tab between them."""
    for place, text in enumerate(texts):
        if place:
            QTest.keyClick(focus(qapp), Key.Key_Tab)
        if text:
            QTest.keyClicks(focus(qapp), text)


def tab_to(qapp: QApplication, name: str) -> None:
    for _ in range(40):
        if focus(qapp).accessibleName() == name:
            return
        QTest.keyClick(focus(qapp), Key.Key_Tab)
    raise AssertionError(f"Tab did not lead to {name}")


def questions(workspace: Workspace) -> tuple[Question, ...]:
    return script.get(workspace.store, 1).questions


@pytest.fixture
def written(panel: ScriptPanel, qapp: QApplication, settle: Settle, wait: Callable[..., None]) -> ScriptPanel:
    """Will they come? Yes leads on to a new question, No does not."""
    QTest.keyClick(panel, Key.Key_Q, Control | Shift)
    settle()
    type_on(qapp, "Will they come?")
    tab_to(qapp, "Answer")
    type_on(qapp, "Yes", "See you at {slot}.", "Bringing someone?", "yes, ok", "coming")
    QTest.keyClick(focus(qapp), Key.Key_Tab)
    QTest.keyClick(focus(qapp), Key.Key_Down)  # in favour
    tab_to(qapp, "Answer")
    type_on(qapp, "No", "Thanks.")
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    active(panel, qapp, wait)
    return panel


def test_a_script_is_written_with_the_keyboard_alone(
    written: ScriptPanel, workspace: Workspace, qapp: QApplication, settle: Settle
) -> None:
    first, second = questions(workspace)
    yes, no = first.choices
    assert (first.text, second.text) == ("Will they come?", "Bringing someone?")
    assert (yes.label, yes.next_text, yes.next_id) == ("Yes", "See you at {slot}.", second.id)
    assert (yes.words, yes.tag, yes.tone) == (("yes", "ok"), "coming", "good")
    assert (no.label, no.next_text, no.next_id) == ("No", "Thanks.", None)
    assert [card.question.text for card in written.cards] == ["Will they come?", "Bringing someone?"]
    assert written.cards[0].hasFocus()  # where one goes on
    assert not written.cards[0].visibleRegion().isEmpty()
    assert written.cards[1].x() > written.cards[0].x()  # what follows stands below and inside


def test_enter_changes_a_question_and_a_mistake_is_said(
    written: ScriptPanel, workspace: Workspace, qapp: QApplication, settle: Settle
) -> None:
    QTest.keyClick(written.cards[0], Key.Key_Tab)
    while focus(qapp) is not written.cards[1]:
        QTest.keyClick(focus(qapp), Key.Key_Tab)
    QTest.keyClick(written.cards[1], Key.Key_Return)
    settle()
    dialog = written.dialog
    tab_to(qapp, "Answer")
    type_on(qapp, "Family", "Welcome, {slot", "Will they come?")
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    assert dialog.isVisible()
    assert "lone {" in dialog.problem.text()
    dialog.rows[0].text.setFocus()
    QTest.keyClicks(dialog.rows[0].text, "}")
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    assert "cannot lead back" in dialog.problem.text()
    dialog.rows[0].then.setFocus()
    QTest.keyClick(dialog.rows[0].then, Key.Key_Home)
    dialog.rows[0].then.setCurrentIndex(0)
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    assert [each.label for each in questions(workspace)[1].choices] == ["Family"]


def test_what_is_typed_after_a_click_replaces_what_stood_there(
    panel: ScriptPanel, qapp: QApplication, settle: Settle
) -> None:
    panel.add()
    settle()
    dialog = panel.dialog
    for box, words in ((dialog.rows[0].then, "Bringing someone?"), (dialog.field, "coming")):
        edit = box.lineEdit()
        assert edit is not None
        QTest.mouseClick(edit, Qt.MouseButton.LeftButton)
        settle()
        QTest.keyClicks(edit, words)
        assert box.currentText() == words
    dialog.reject()


def test_a_question_for_a_number_is_written_to_a_field(
    panel: ScriptPanel, workspace: Workspace, qapp: QApplication, settle: Settle
) -> None:
    QTest.keyClick(panel, Key.Key_Q, Control | Shift)
    settle()
    dialog = panel.dialog
    type_on(qapp, "How many?", "")
    QTest.keyClick(focus(qapp), Key.Key_End)
    assert dialog.single.isVisible()
    assert not dialog.choices.isVisible()
    QTest.keyClick(focus(qapp), Key.Key_Tab)
    dialog.field.lineEdit().selectAll()
    QTest.keyClicks(focus(qapp), "Party size")
    QTest.keyClick(focus(qapp), Key.Key_Tab)
    type_on(qapp, "A table for you.")
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    (found,) = questions(workspace)
    assert (found.kind, found.field, found.next_text) == ("number", "party_size", "A table for you.")


def test_questions_are_moved_taken_out_and_put_back(
    written: ScriptPanel, workspace: Workspace, qapp: QApplication, settle: Settle
) -> None:
    first, second = questions(workspace)
    QTest.keyClick(written.cards[0], Key.Key_Down, Alt)
    settle()
    assert [each.id for each in questions(workspace)] == [second.id, first.id]
    QTest.keyClick(focus(qapp), Key.Key_Up, Alt)
    settle()
    assert questions(workspace)[0].id == first.id
    QTest.keyClick(written.cards[1], Key.Key_Delete)
    settle()
    assert [each.id for each in questions(workspace)] == [first.id]
    done = undo.of(workspace.store).take("Dana")
    assert done is not None
    assert done.act(workspace.store) == ""
    settle()
    assert [card.question.text for card in written.cards] == ["Will they come?", "Bringing someone?"]
    assert done.act(workspace.store) == "It is there already."


def test_answers_are_ordered_and_taken_out(
    written: ScriptPanel, workspace: Workspace, qapp: QApplication, settle: Settle
) -> None:
    QTest.keyClick(written.cards[0], Key.Key_Return)
    settle()
    dialog = written.dialog
    dialog.rows[1].label.setFocus()
    QTest.keyClick(dialog.rows[1].label, Key.Key_Up, Alt)
    dialog.insert("slot")
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    assert [each.label for each in questions(workspace)[0].choices] == ["No", "Yes"]
    QTest.keyClick(written.cards[0], Key.Key_Return)
    settle()
    QTest.mouseClick(written.dialog.rows[0].drop, Qt.MouseButton.LeftButton)
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    assert [each.label for each in questions(workspace)[0].choices] == ["Yes"]


def test_a_texter_may_not_change_the_script(
    written: ScriptPanel, workspace: Workspace, settle: Settle, qapp: QApplication
) -> None:
    workspace.role = "texter"
    said: list[str] = []
    written.failed.connect(lambda error: said.append(str(error)))
    QTest.keyClick(written.cards[1], Key.Key_Delete)
    QTest.keyClick(written.cards[0], Key.Key_Down, Alt)
    settle()
    assert len(questions(workspace)) == 2
    assert said == ["Only a manager may prepare or start a campaign. Ask one to sign in."] * 2


def test_a_change_is_undone_with_what_was_made_by_it(
    written: ScriptPanel, workspace: Workspace, qapp: QApplication, settle: Settle
) -> None:
    first, _second = questions(workspace)
    QTest.keyClick(written.cards[0], Key.Key_Return)
    settle()
    dialog = written.dialog
    dialog.rows[1].then.setFocus()
    dialog.rows[1].then.lineEdit().selectAll()
    QTest.keyClicks(dialog.rows[1].then, "Why not?")
    QTest.mouseClick(dialog.rows[0].drop, Qt.MouseButton.LeftButton)
    QTest.keyClick(focus(qapp), Key.Key_S, Control)
    settle()
    assert [each.text for each in questions(workspace)] == [
        "Will they come?",
        "Bringing someone?",
        "Why not?",
    ]
    assert [each.label for each in questions(workspace)[0].choices] == ["No"]
    changed = undo.of(workspace.store).take("Dana")
    assert changed is not None
    assert changed.label == "Changed the question Will they come?"
    assert changed.act(workspace.store) == ""
    settle()
    assert questions(workspace)[0] == first
    assert [card.question.text for card in written.cards] == ["Will they come?", "Bringing someone?"]
    added = undo.of(workspace.store).take("Dana")
    assert added is not None
    assert (added.label, added.act(workspace.store)) == ("Added a question", "")
    assert questions(workspace) == ()
