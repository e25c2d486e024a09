"""The desk by hand: one press, one click, with real keys and mouse, on a real store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.campaigns import campaign as campaigns
from app.campaigns import desk
from app.people import optouts
from ui import background
from ui.desk.work import SETTLE_MS
from ui.press import DWELL

READY = DWELL + 0.01


class Desk:
    """The desk of a whole window, and what a person does at it."""

    def __init__(
        self, window: Any, settle: Callable[[], None], wait: Callable[..., None], clock: Any
    ) -> None:
        self.window, self.settle, self.wait, self.clock = window, settle, wait, clock
        self.page = window.page("desk")
        self.view = self.page.card_view
        settle()
        self.read()

    def read(self) -> None:
        """Let the next card come and be painted, and read it."""
        QTest.qWait(SETTLE_MS + 20)
        for _ in range(100):
            if self.view.send.gate.armed or not self.view.isVisible():
                break
            QTest.qWait(10)
        self.clock.pass_time(READY)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget() or self.page, key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)

    @property
    def name(self) -> str:
        return "" if self.view.card is None else self.view.card.name


@pytest.fixture
def open_desk(
    window: Callable[..., Any], settle: Callable[[], None], wait: Callable[..., None], clock: Any
) -> Callable[..., Desk]:
    return lambda width=1440, height=900: Desk(window(width, height), settle, wait, clock)


def test_one_press_for_each_person_in_order(running: Callable[..., Any], open_desk: Any, lines: Any) -> None:
    made = running(5)
    desk_ = open_desk()
    keys = [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Semicolon, Qt.Key.Key_Return]
    for index, key in enumerate(keys):
        assert desk_.name == f"Person{index}"
        desk_.key(key)
        desk_.read()
    desk_.settle()
    clicks = made.clicks()
    assert [click["message_id"] for click in clicks] == list(made.message_ids)
    assert [click["device"] for click in clicks] == [
        "key:Return",
        "key:Enter",
        "key:Space",
        "key:Semicolon",
        "key:Return",
    ]
    assert [click["text_hash"] for click in clicks] == made.column("text_hash")
    assert {click["operator"] for click in clicks} == {"Dana"}
    assert made.column("state") == ["clicked"] * 5
    assert [what for what, *_ in lines.asked] == ["wake"] * 5
    assert desk_.view.card is None
    assert desk_.page.empty.title_label.text() == "Everyone has been texted"


def test_enter_held_down_sends_one(running: Callable[..., Any], open_desk: Any, qapp: QApplication) -> None:
    made = running(20)
    desk_ = open_desk()
    QTest.keyPress(desk_.page, Qt.Key.Key_Return)
    for _ in range(60):
        desk_.read()
        for kind in (QEvent.Type.KeyRelease, QEvent.Type.KeyPress):  # as X11 repeats a key
            event = QKeyEvent(kind, int(Qt.Key.Key_Return), Qt.KeyboardModifier.NoModifier, "\r", True)
            qapp.sendEvent(desk_.page, event)
    QTest.keyRelease(desk_.page, Qt.Key.Key_Return)
    desk_.settle()
    assert len(made.clicks()) == 1


def test_a_double_click_on_send_sends_one(running: Callable[..., Any], open_desk: Any) -> None:
    made = running(5)
    desk_ = open_desk()
    QTest.mouseClick(desk_.view.send, Qt.MouseButton.LeftButton)
    desk_.read()
    QTest.mouseDClick(desk_.view.send, Qt.MouseButton.LeftButton)
    desk_.read()
    desk_.settle()
    assert [click["device"] for click in made.clicks()] == ["mouse"]


def test_no_press_before_the_next_card_could_be_read(
    running: Callable[..., Any], open_desk: Any, clock: Any
) -> None:
    made = running(3)
    desk_ = open_desk()
    desk_.view.send.gate.dwell = 3600.0
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert made.clicks() == []
    clock.ahead += 3600.0
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert len(made.clicks()) == 1


def test_code_sends_nothing(running: Callable[..., Any], open_desk: Any) -> None:
    made = running(2)
    desk_ = open_desk()
    desk_.view.send.click()
    desk_.view.send.animateClick()
    QTest.qWait(150)
    desk_.settle()
    assert made.clicks() == []


def test_send_stays_in_its_place_for_every_card(running: Callable[..., Any], open_desk: Any) -> None:
    running(3, names=("Al", "Maximiliana-Alexandra of the Long Name" * 3, "Bo"))
    for size in ((1440, 900), (1024, 600)):
        desk_ = open_desk(*size)
        places = set()
        for _ in range(3):
            button = desk_.view.send
            places.add(
                (button.mapTo(desk_.window, button.rect().topLeft()).toTuple(), button.size().toTuple())
            )
            desk_.page.work.deck.take(desk_.view.card.message_id)
            desk_.page.work.card_changed.emit()
            desk_.read()
        assert len(places) == 1
        desk_.window.close()


def test_a_text_that_changed_since_it_was_painted_is_not_sent(
    running: Callable[..., Any], open_desk: Any
) -> None:
    made = running(2)
    desk_ = open_desk()
    # Another process changes the text; this window is not told.
    made.workspace.store._subscribers.clear()
    desk.edit(made.workspace.store, made.message_ids[0], "Something else")
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert made.clicks() == []
    assert desk_.name == "Person0"
    assert desk_.view.message.toPlainText() == "Something else"
    assert "changed after it was shown" in desk_.view.notice.label.text()
    desk_.read()
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert [click["message_id"] for click in made.clicks()] == [made.message_ids[0]]


def test_a_text_that_changes_on_screen_is_painted_and_armed_anew(
    running: Callable[..., Any], open_desk: Any
) -> None:
    made = running(2)
    desk_ = open_desk()
    campaigns.update(made.workspace.store, made.campaign_id, template="New words for {first_name}")
    desk_.settle()
    assert desk_.view.message.toPlainText() == "New words for Person0"
    desk_.read()
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert made.column("text", made.clicks()[0]["message_id"]) == ["New words for Person0"]


def test_a_refused_press_brings_the_card_back_with_the_sentence(
    running: Callable[..., Any], open_desk: Any
) -> None:
    made = running(3)
    desk_ = open_desk()
    made.workspace.store._subscribers.clear()  # this window is not told
    made.workspace.store.locked = True
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert made.clicks() == []
    assert desk_.name == "Person0"
    assert desk_.view.notice.label.text().startswith("Not sent: p2ptext is locked")
    made.workspace.store.locked = False
    desk_.read()
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert [click["message_id"] for click in made.clicks()] == [made.message_ids[0]]
    assert desk_.name == "Person1"


def test_a_person_who_opted_out_meanwhile_is_said_and_passed(
    running: Callable[..., Any], open_desk: Any, clock: Any
) -> None:
    made = running(3)
    desk_ = open_desk()
    made.workspace.store._subscribers.clear()
    with made.workspace.store.write() as unit:
        optouts.opt_out(unit, clock, made.column("number")[0], source="sms", evidence="STOP")
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert made.clicks() == []
    assert desk_.name == "Person1"
    assert "Not sent to Person0" in desk_.page.notice.label.text()


def test_an_error_while_saving_brings_the_card_back(
    running: Callable[..., Any], open_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.texting import clicks

    running(2)
    desk_ = open_desk()

    def broken(*_a: Any, **_k: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(clicks, "accept", broken)
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert desk_.name == "Person0"
    assert "disk full" in desk_.view.notice.label.text()


def test_fifty_are_prepared_and_more_come_in_time(running: Callable[..., Any], open_desk: Any) -> None:
    made = running(120)
    desk_ = open_desk()
    deck = desk_.page.work.deck
    assert len(deck) == 50
    for _ in range(24):
        desk_.key(Qt.Key.Key_Return)
        desk_.read()
    desk_.settle()
    assert len(deck) == 26
    made.put(made.message_ids[0], state="sending")
    desk_.settle()
    desk_.read()
    desk_.key(Qt.Key.Key_Return)
    desk_.settle()
    assert len(deck) == 50
    assert [card.message_id for card in deck._cards] == list(made.message_ids[25:75])


def test_the_window_does_not_wait_for_the_store(
    running: Callable[..., Any], open_desk: Any, wait: Callable[..., None]
) -> None:
    import threading

    made = running(3)
    desk_ = open_desk()
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with made.workspace.store.write():
            held.set()
            go.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    desk_.key(Qt.Key.Key_Return)
    desk_.read()
    assert desk_.name == "Person1"  # shown at once, while the click still waits to be saved
    assert background.busy()
    go.set()
    thread.join()
    desk_.settle()
    assert len(made.clicks()) == 1
