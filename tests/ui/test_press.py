"""What is a press and what is none, with real key and mouse events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from ui.press import DWELL, PressButton, PressGate

READY = DWELL + 0.01


@pytest.fixture
def presses() -> list[Any]:
    return []


@pytest.fixture
def button(build: Callable[..., QWidget], clock: Any, presses: list[Any]) -> PressButton:
    holder = QWidget()
    button = PressButton("Send", "Enter", clock, holder)
    QVBoxLayout(holder).addWidget(button)
    button.pressed_for_real.connect(presses.append)
    build(holder, 300, 100)
    button.setFocus()
    button.arm()
    clock.pass_time(READY)
    return button


@pytest.mark.parametrize(
    ("key", "device"),
    [
        (Qt.Key.Key_Return, "key:Return"),
        (Qt.Key.Key_Enter, "key:Enter"),
        (Qt.Key.Key_Space, "key:Space"),
        (Qt.Key.Key_Semicolon, "key:Semicolon"),
    ],
)
def test_each_send_key_is_a_press(
    button: PressButton, presses: list[Any], clock: Any, key: Qt.Key, device: str
) -> None:
    QTest.keyClick(button, key)
    assert [press.device for press in presses] == [device]
    assert presses[0].at == clock.now()
    assert presses[0].monotonic == pytest.approx(clock.monotonic(), abs=2)


def test_a_click_with_the_mouse_is_a_press_on_release_inside(button: PressButton, presses: list[Any]) -> None:
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    assert presses == []
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert [press.device for press in presses] == ["mouse"]


def test_release_outside_is_none(button: PressButton, presses: list[Any]) -> None:
    QTest.mousePress(button, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(button, Qt.MouseButton.LeftButton, pos=QPoint(-40, -40))
    assert presses == []


def test_the_right_button_is_none(button: PressButton, presses: list[Any]) -> None:
    QTest.mouseClick(button, Qt.MouseButton.RightButton)
    assert presses == []


def test_auto_repeat_is_none(button: PressButton, presses: list[Any], clock: Any, qapp: QApplication) -> None:
    QTest.keyPress(button, Qt.Key.Key_Return)
    for _ in range(50):
        clock.pass_time(READY)
        button.arm()
        clock.pass_time(READY)
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):
            event = QKeyEvent(kind, int(Qt.Key.Key_Return), Qt.KeyboardModifier.NoModifier, "\r", True)
            qapp.sendEvent(button, event)
    QTest.keyRelease(button, Qt.Key.Key_Return)
    assert len(presses) == 1


def test_the_key_must_be_let_go_between_two_sends(
    button: PressButton, presses: list[Any], clock: Any
) -> None:
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Return):
        QTest.keyPress(button, key)  # none is let go
        button.arm()
        clock.pass_time(READY)
    assert len(presses) == 1
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space):
        QTest.keyRelease(button, key)
    clock.pass_time(READY)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert len(presses) == 2


def test_repetition_told_as_release_and_press_is_none(
    button: PressButton, presses: list[Any], clock: Any
) -> None:
    """X11 tells a held key so, and Qt takes the pair for real when its second half comes in late."""
    QTest.keyPress(button, Qt.Key.Key_Return)
    for _ in range(50):
        button.arm()
        clock.pass_time(READY)
        QTest.keyRelease(button, Qt.Key.Key_Return)
        QTest.keyPress(button, Qt.Key.Key_Return)
    QTest.keyRelease(button, Qt.Key.Key_Return)
    assert len(presses) == 1
    clock.pass_time(READY)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert len(presses) == 2


def test_the_display_servers_times_tell_repetition_even_when_it_comes_in_late() -> None:
    gate = PressGate()
    gate.arm(0.0)
    assert gate.key_press(1, repeat=False, now=1.0, stamp=50.0)
    gate.key_release(1, repeat=False, now=1.5, stamp=50.5)
    gate.arm(1.5)
    assert not gate.key_press(1, repeat=False, now=2.5, stamp=50.5)
    gate.key_release(1, repeat=False, now=3.0, stamp=51.0)
    gate.arm(3.0)
    assert gate.key_press(1, repeat=False, now=3.2, stamp=51.2)


def test_a_press_sooner_than_the_card_could_be_read_is_none(
    button: PressButton, presses: list[Any], clock: Any
) -> None:
    button.arm()
    clock.pass_time(DWELL / 2)
    button.gate.dwell = 10.0  # however slow this computer is
    QTest.keyClick(button, Qt.Key.Key_Return)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert presses == []
    clock.pass_time(10.0)
    QTest.keyClick(button, Qt.Key.Key_Return)
    assert len(presses) == 1


def test_one_press_for_one_arming(button: PressButton, presses: list[Any], clock: Any) -> None:
    for _ in range(3):
        QTest.keyClick(button, Qt.Key.Key_Return)
        clock.pass_time(READY)
    assert len(presses) == 1


def test_a_double_click_is_one_press(button: PressButton, presses: list[Any], clock: Any) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    button.arm()
    clock.pass_time(READY)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    assert len(presses) == 1


def test_no_third_click_of_a_triple_click(button: PressButton, presses: list[Any], clock: Any) -> None:
    for _ in range(3):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        button.arm()
        clock.pass_time(READY)
    assert len(presses) == 1
    clock.pass_time(QApplication.doubleClickInterval() / 1000)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert len(presses) == 2


def test_code_cannot_press(button: PressButton, presses: list[Any], qapp: QApplication) -> None:
    button.click()
    button.animateClick()
    QTest.qWait(150)
    middle = QPointF(button.rect().center())
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        event = QMouseEvent(
            kind,
            middle,
            button.mapToGlobal(middle),
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        qapp.sendEvent(button, event)
    key = QKeyEvent(QEvent.Type.KeyPress, int(Qt.Key.Key_Return), Qt.KeyboardModifier.NoModifier, "\r")
    qapp.sendEvent(button, key)
    assert presses == []


def test_a_disarmed_or_disabled_button_gives_none(button: PressButton, presses: list[Any]) -> None:
    button.disarm()
    QTest.keyClick(button, Qt.Key.Key_Return)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    button.arm()
    button.setEnabled(False)
    QTest.keyClick(button, Qt.Key.Key_Return)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert presses == []


@pytest.mark.parametrize("modifier", ["ControlModifier", "AltModifier", "ShiftModifier", "MetaModifier"])
def test_with_a_modifier_it_is_another_key(button: PressButton, presses: list[Any], modifier: str) -> None:
    QTest.keyClick(button, Qt.Key.Key_Return, getattr(Qt.KeyboardModifier, modifier))
    assert presses == []


def test_a_key_that_was_let_go_elsewhere_does_not_block_for_ever(clock: Any) -> None:
    gate = PressGate()
    gate.arm(0.0)
    assert gate.key_press(1, repeat=False, now=1.0)
    gate.arm(1.0)
    assert not gate.key_press(2, repeat=False, now=2.0)  # key 1 is still down, as far as is known
    gate.forget_keys(3.0)
    assert not gate.key_press(1, repeat=False, now=3.1)  # the dwell began anew
    gate.key_release(1, repeat=False)
    assert gate.key_press(1, repeat=False, now=4.0)
