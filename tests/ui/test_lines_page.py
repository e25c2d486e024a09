from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QMessageBox

Click = Qt.MouseButton.LeftButton


@pytest.fixture
def page(window: Callable[..., Any], settle: Callable[[], None]) -> Any:
    main = window()
    main.go("lines")
    settle()
    return main.page("lines")


def test_a_ready_line_in_plain_words(page: Any) -> None:
    card = page._cards[1]
    assert card.chip.text() == "Ready"
    assert card._values["Signal"].text() == "-71 dBm ▂▄▆█"
    assert card._values["SIM storage"].text() == "2 of 50"
    assert card._values["Sent today"].text() == "212"
    assert card.help_button.isHidden()
    assert card.accessibleName() == "Line Office SIM: Ready"


@pytest.mark.parametrize(
    ("state", "action", "button", "asked"),
    [
        ("offline", "Plug the modem in, or choose another port", "Try again", ("retry", 1)),
        ("failed", "Read what happened, then try again", "Try again", ("retry", 1)),
        ("failed", "Use this SIM", "Use this SIM", ("use_this_sim", 1)),
    ],
)
def test_the_one_action_that_helps(
    page: Any,
    lines: Any,
    settle: Callable[[], None],
    state: str,
    action: str,
    button: str,
    asked: tuple[Any, ...],
) -> None:
    lines.shown[0] = dataclasses.replace(
        lines.shown[0], state=state, action_text=action, state_text="Not connected"
    )
    page.refresh()
    settle()
    card = page._cards[1]
    assert card.help_button.text() == button
    QTest.mouseClick(card.help_button, Click)
    settle()
    assert asked in lines.asked


def test_pause_and_resume(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    QTest.mouseClick(page._cards[1].pause, Click)
    settle()
    lines.shown[0].paused = True
    page.refresh()
    settle()
    assert page._cards[1].pause.text() == "Resume"
    QTest.mouseClick(page._cards[1].pause, Click)
    settle()
    assert lines.asked == [("pause", 1), ("resume", 1)]


def test_adding_by_port(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    QTest.keyClicks(page.address, " socket://10.0.0.5:5000 ")
    QTest.keyClicks(page.line_name, "Field SIM")
    QTest.keyClick(page.line_name, Qt.Key.Key_Return)
    settle()
    assert lines.asked == [("add", "socket://10.0.0.5:5000", "Field SIM", False)]
    assert list(page._cards) == [1, 2]
    assert page.address.text() == ""


def test_an_empty_port_is_said(page: Any, lines: Any) -> None:
    QTest.mouseClick(page.add_button, Click)
    assert "port or address" in page.notice.label.text()
    assert lines.asked == []


def test_an_error_says_what_happened(
    page: Any, lines: Any, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_a: Any, **_k: Any) -> None:
        raise ValueError("the port is in use by another program")

    monkeypatch.setattr(lines, "add", broken, raising=False)
    page.address.setText("COM5")
    QTest.mouseClick(page.add_button, Click)
    settle()
    assert "in use by another program" in page.notice.label.text()
    assert "Nothing else was changed" in page.notice.label.text()


def test_the_practice_line_is_one_press_away(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    lines.shown.clear()
    page.refresh()
    settle()
    assert page.empty.isVisible()
    QTest.mouseClick(page.empty.button, Click)
    settle()
    assert lines.asked == [("add", "practice:", "Practice line", True)]
    assert not page.practice_button.isVisible()


def answer_dialog(kind: type, act: Callable[[Any], None]) -> None:
    """Answer the next dialog of a kind when it is up."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, kind):
            act(dialog)
        else:
            QTimer.singleShot(5, look)

    QTimer.singleShot(0, look)


@pytest.mark.parametrize(("label", "removed"), [("Remove", True), ("Keep", False)])
def test_removing_asks(page: Any, lines: Any, settle: Callable[[], None], label: str, removed: bool) -> None:
    lines.shown[0].waiting = 3
    page.refresh()
    settle()
    texts: list[str] = []

    def act(box: QMessageBox) -> None:
        texts.append(box.informativeText())
        assert box.textFormat() == Qt.TextFormat.PlainText
        button = next(each for each in box.buttons() if each.text() == label)
        QTest.mouseClick(button, Click)

    answer_dialog(QMessageBox, act)
    QTest.mouseClick(page._cards[1].remove, Click)
    settle()
    assert "3 waiting texts go back to the desk" in texts[0]
    assert (("remove", 1) in lines.asked) is removed


@pytest.mark.parametrize(("typed", "asked"), [("1234", [("retry", 1, "1234")]), ("12x4", [])])
def test_the_pin_is_asked_for_and_tried_once(
    page: Any, lines: Any, settle: Callable[[], None], typed: str, asked: list[Any]
) -> None:
    lines.shown[0] = dataclasses.replace(
        lines.shown[0], state="needs_pin", state_text="The SIM asks for its PIN", detail="3 tries left."
    )
    page.refresh()
    settle()
    assert page._cards[1].why.text() == "3 tries left."

    def act(dialog: QInputDialog) -> None:
        field = dialog.findChild(QLineEdit)
        assert field.echoMode() == QLineEdit.EchoMode.Password
        QTest.keyClicks(field, typed)
        dialog.accept()

    answer_dialog(QInputDialog, act)
    QTest.mouseClick(page._cards[1].help_button, Click)
    settle()
    assert [each for each in lines.asked if each[0] == "retry"] == asked
