"""From an empty data folder to the first text that left: every key is counted, and nothing else is touched."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import wiring
from app.practice import PracticeModem
from ui import countries, theme

NUMBERS = "+1 312 555 0142\n+1 312 555 0143\n"
MESSAGE = "Hi, this is {sender} from Lakeside Clinic. Reply STOP to opt out."
#: What the handbook says: keys besides the words that a person writes.
PRACTICE_KEYS = 11
OWN_KEYS = 16


class Hands:
    """Keys go where the keyboard focus is, and each is counted; words that are typed are counted as one."""

    def __init__(self, app: QApplication, window: QWidget, wait: Callable[..., None]) -> None:
        self.app = app
        self.window = window
        self.wait = wait
        self.keys: list[str] = []
        self.words: list[str] = []

    @property
    def _target(self) -> QWidget:
        top = self.app.activeModalWidget() or self.window
        if not top.isActiveWindow():  # a window manager does this when a dialog has closed
            top.activateWindow()
            self.wait(top.isActiveWindow)
        return top.focusWidget() or top

    def dialog(self) -> Any:
        """The dialog that opens, once it has the keyboard."""
        self.wait(lambda: self.app.activeModalWidget() is not None)
        return self.app.activeModalWidget()

    def key(self, name: str, key: Qt.Key, *, control: bool = False) -> None:
        modifier = Qt.KeyboardModifier.ControlModifier if control else Qt.KeyboardModifier.NoModifier
        self.keys.append(name)
        QTest.keyClick(self._target, key, modifier)

    def enter(self, *, control: bool = False) -> None:
        self.key("Ctrl+Enter" if control else "Enter", Qt.Key.Key_Return, control=control)

    def type(self, text: str) -> None:
        self.words.append(text)
        QTest.keyClicks(self._target, text)


@pytest.fixture
def started(
    tmp_path: Path, qapp: QApplication, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[wiring.Running]:
    """The whole program on an empty folder, with nothing answered. The hours are open: it is noon in Chicago."""
    monkeypatch.setattr(countries, "here", lambda: "US")
    noon = datetime.fromisoformat("2026-11-11T12:00:00-06:00").timestamp()
    monkeypatch.setattr("app.clock.SystemClock.now", lambda _self: noon)
    options = argparse.Namespace(country="", texter="", line=[], practice=False)
    data = tmp_path / "data"
    opener = wiring.ModemOpener(data, ("--speed", "50", "--seed", "7", "--latency-ms", "0"))
    with wiring.opened(data, options, opener) as running:
        running.window.resize(1440, 900)
        running.window.show()
        running.window.activateWindow()
        yield running
    theme.apply(qapp, "light")


def submits(ledger: Path) -> list[dict[str, Any]]:
    if not ledger.exists():
        return []
    rows = [json.loads(row) for row in ledger.read_text("utf-8").splitlines() if row.endswith("}")]
    return [row for row in rows if row["event"] == "submit"]


def answer_the_questions(hands: Hands, running: wiring.Running) -> None:
    page: Any = running.window._first_run
    hands.wait(lambda: page.texter.hasFocus())
    hands.type("Dana")
    hands.enter()  # on to what is missing
    assert page.read.hasFocus()
    hands.key("Space", Qt.Key.Key_Space)


def from_the_desk_to_the_first_text(hands: Hands, running: wiring.Running) -> None:
    window = running.window
    desk: Any = window.page("desk")
    hands.wait(lambda: window.here == "desk" and not desk.empty.button.isHidden())
    hands.enter()  # import a list
    dialog = hands.dialog()
    QGuiApplication.clipboard().setText(NUMBERS)
    hands.key("Ctrl+V", Qt.Key.Key_V, control=True)
    hands.enter(control=True)  # use the pasted list
    hands.wait(lambda: dialog.stack.currentWidget() is dialog.mapping_page)
    hands.enter()  # import it
    hands.wait(lambda: dialog.stack.currentWidget() is dialog.result_page)
    hands.enter()  # make a campaign with it
    editor: Any = window.page("campaigns").editor
    hands.wait(lambda: editor.isVisible() and window.focusWidget() is editor.message.edit)
    hands.type(MESSAGE)
    hands.enter(control=True)  # start
    hands.wait(lambda: editor.desk_button.isVisible())
    hands.enter(control=True)  # to the desk
    view = desk.card_view
    hands.wait(lambda: view.isVisible() and view.send.gate.armed)
    QTest.qWait(200)  # the card has to be there long enough to be read
    hands.enter()  # send


def test_on_the_practice_line(started: wiring.Running, qapp: QApplication, wait: Callable[..., None]) -> None:
    hands = Hands(qapp, started.window, wait)
    answer_the_questions(hands, started)
    hands.enter()  # start with the practice line
    from_the_desk_to_the_first_text(hands, started)
    ledger = started.opener.practice_modem().ledger
    wait(lambda: submits(ledger), 15)
    assert [(row["to"], row["text"]) for row in submits(ledger)] == [
        ("+13125550142", MESSAGE.replace("{sender}", "Dana"))
    ]
    assert len(hands.keys) == PRACTICE_KEYS, hands.keys
    assert hands.words == ["Dana", MESSAGE]


def test_on_a_modem_of_ones_own(
    started: wiring.Running, qapp: QApplication, wait: Callable[..., None], tmp_path: Path
) -> None:
    modem = PracticeModem(tmp_path, extra=("--latency-ms", "0"))
    try:
        hands = Hands(qapp, started.window, wait)
        answer_the_questions(hands, started)
        hands.enter(control=True)  # use my own modem
        lines: Any = started.window.page("lines")
        wait(lambda: started.window.here == "lines" and lines.isVisible())
        while not lines.port_button.hasFocus():
            hands.key("Tab", Qt.Key.Key_Tab)
        hands.key("Space", Qt.Key.Key_Space)  # add by address
        hands.dialog()
        hands.type(str(modem.path))
        hands.enter()
        wait(lambda: started.lines.views() and started.lines.views()[0].state == "ready", 15)
        hands.key("Ctrl+1", Qt.Key.Key_1, control=True)
        from_the_desk_to_the_first_text(hands, started)
        wait(lambda: submits(modem.ledger), 15)
        assert len(submits(modem.ledger)) == 1
        assert len(hands.keys) == OWN_KEYS, hands.keys
    finally:
        modem.stop()


def test_the_handbook_says_these_figures() -> None:
    page = (Path(__file__).parents[2] / "docs/handbook/first-campaign.md").read_text("utf-8")
    assert f"{PRACTICE_KEYS} keys" in page
    assert f"{OWN_KEYS} keys" in page
