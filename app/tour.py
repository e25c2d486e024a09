"""A day's work on the practice line, done by keys in the real window, with a picture of each step.

It answers the first-run questions, imports the sample list, writes and starts a campaign, presses Enter once
for each person, reads and answers replies and takes an opt-out. In the end what the window believes is
compared with what the emulator's network saw; a difference is a failure.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from app import wiring
from app.store.tables import message, opt_out

MESSAGE = (
    "Hi {first_name|there}, this is {sender} from Lakeside Clinic. Your check-up is due in {due_month|May}. "
    "Would {slot|Tuesday} work for you? Reply STOP to opt out."
)
REASON = "the tour runs at any hour, and nothing leaves this computer"
REPLY = "Of course, see you then!"
LIGHT_SIZE, SMALL_SIZE = (1440, 900), (1024, 600)


class TourFailedError(Exception):
    """A step did not come about."""


class Tour:
    """One walk. ``out`` gets the pictures."""

    def __init__(self, application: QApplication, running: wiring.Running, out: Path) -> None:
        self.app = application
        self.running = running
        self.window = running.window
        self.store = running.workspace.store
        self.out = out
        self._pictures = 0
        self.presses = 0

    # -- hands and eyes -----------------------------------------------------------------------

    def pause(self, milliseconds: int) -> None:
        """Let the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def until(self, condition: Callable[[], Any], what: str, seconds: float = 15.0) -> Any:
        """Let the window live until ``condition`` holds; returns what it gave."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            if time.monotonic() > deadline:
                raise TourFailedError(f"waited {seconds:.0f} s for {what}")
            self.pause(20)
        return found

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press and let go a key where the keyboard focus is."""
        QTest.keyClick(self._focus(), key, modifier)
        self.pause(30)

    def type(self, text: str) -> None:
        """Type where the keyboard focus is."""
        QTest.keyClicks(self._focus(), text)
        self.pause(30)

    def press(self, button: QPushButton) -> None:
        """Click a button with the left mouse button."""
        self.until(lambda: button.isVisible() and button.isEnabled(), f"the button {button.text()!r}")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(12, button.height() // 2))
        self.pause(60)

    def focus(self, widget: QWidget) -> None:
        """Bring the keyboard to a widget, as Tab or a click would."""
        widget.window().activateWindow()
        widget.setFocus()
        self.until(
            widget.hasFocus, f"the keyboard to be at {widget.accessibleName() or widget.objectName()!r}"
        )

    def go(self, page: str, **where: Any) -> None:
        """To another page, with the keyboard there."""
        self.window.activateWindow()
        self.until(self.window.isActiveWindow, "the window")
        self.window.go(page, **where)
        self.pause(60)

    def page(self, name: str) -> Any:
        """A page of the window."""
        return self.window.page(name)

    def _focus(self) -> QWidget:
        return self.app.focusWidget() or self.window

    def picture(self, name: str, words: str) -> None:
        """Save what is to be seen, and say what it is."""
        self.pause(250)
        self._pictures += 1
        path = self.out / f"{self._pictures:02d}-{name}.png"
        (self.app.activeModalWidget() or self.window).grab().save(str(path))
        print(f"{self._pictures:2d}. {words}  [{path.name}]")

    # -- the day ------------------------------------------------------------------------------

    def first_run(self) -> None:
        """Two questions and a notice."""
        self.until(self.window.isActiveWindow, "the window")
        page: Any = self.window._first_run
        self.focus(page.texter)
        self.type("Dana")
        self.focus(page.country)
        self.type("United States")
        self.until(lambda: page.country.code() == "US", "the country")
        self.focus(page.read)
        self.key(Qt.Key.Key_Space)
        self.picture("first-run", "The first run asks who is writing and from which country")
        self.press(page.practice)
        self.until(lambda: self.window.here == "desk", "the desk")
        self.picture("empty-desk", "The desk says what to do first")

    def import_list(self) -> None:
        """The sample list, by keyboard from Ctrl+I."""
        self.go("contacts")
        page: Any = self.page("contacts")
        self.pause(200)
        self.key(Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
        dialog = self.until(
            lambda: getattr(page, "import_dialog", None) or self._dialog(), "the import dialog"
        )
        self.press(dialog.source_page.sample_button)
        self.until(lambda: dialog.stack.currentWidget() is dialog.mapping_page, "the preview")
        self.picture("import", "The import shows what each column is")
        self.press(dialog.mapping_page.import_button)
        self.until(lambda: dialog.stack.currentWidget() is dialog.result_page, "the import")
        self.picture("imported", "What was taken, what was refused and why")
        self.press(dialog.result_page.campaign_button)
        self.until(lambda: self.window.here == "campaigns", "the new campaign")

    def _dialog(self) -> Any:
        return self.app.activeModalWidget()

    def write_campaign(self) -> None:
        """A name, a message, hours with a reason; then Start."""
        editor: Any = self.page("campaigns").editor
        self.until(lambda: editor.isVisible() and editor.about.name.isVisible(), "the editor")
        self.focus(editor.about.name)
        self.type("Spring clinic reminders")
        self.focus(editor.message.edit)
        self.type(MESSAGE)
        self._open_all_hours(editor)
        self.until(lambda: len(editor.checks.checks) > 3 and not editor.checks.stops, "the checks", 20)
        self.picture("campaign", "The message, how it reads for each person, and the checks")
        self.press(editor.start_button)
        self.until(lambda: editor.desk_button.isVisible(), "the start")
        self.picture("started", "Started: every text waits on the desk, none has left")

    def _open_all_hours(self, editor: Any) -> None:
        self.press(editor.hours.change_button)
        dialog = self.until(self._dialog, "the hours")
        for box, start, end in dialog._rows:
            if not box.isChecked():
                self.focus(box)
                self.key(Qt.Key.Key_Space)
            for edit in (start, end):
                self.focus(edit)
                edit.setSelectedSection(edit.Section.HourSection)
                self.type("0000")
        self.focus(dialog.reason_edit)
        self.type(REASON)
        self.picture("hours", "Looser hours ask for a reason, which is kept")
        self.press(dialog.ok_button)
        self.until(lambda: REASON in editor.hours.words.text(), "the hours")

    def send_all(self) -> None:
        """One press of Enter for each card."""
        self.go("desk")
        desk: Any = self.page("desk")
        people = self._count(message.c.direction == "out")
        self.until(
            lambda: desk.card_view.send.isVisible() and desk.card_view.send.gate.armed, "the first card"
        )
        self.picture("desk", "The desk: one card, one Send")
        for number in range(people):
            card = self.until(lambda: self._next_card(desk), f"card {number + 1}")
            self.pause(190)  # a card must have been there long enough to be read
            self.key(Qt.Key.Key_Return)
            self._leave_card(desk, card)
            self.presses += 1
            if number == people // 2:
                self.picture("half-way", "Half-way: the outbox says what became of each click")
        self.until(
            lambda: not self._count(message.c.state.in_(("queued", "clicked", "sending"))), "the outbox", 60
        )
        self.until(lambda: self._count(message.c.delivery == "delivered"), "delivery reports")
        self.picture("all-sent", "Everyone has their text; replies come in at the right")

    def _leave_card(self, desk: Any, card: int) -> None:
        self.until(lambda: self._armed(desk) != card or not desk.card_view.isVisible(), "the next card")

    def _next_card(self, desk: Any) -> int | None:
        """The card that can be pressed; where the desk leads to a waiting reply, the tour goes on."""
        if desk.stack.aside is not None and desk.stack.lead.isVisible():
            self.picture("lead", "Now and then the desk leads to somebody who waits; the tour goes on")
            self.key(Qt.Key.Key_Escape)
            self.until(lambda: not desk.stack.lead.isVisible(), "the card again")
        return self._armed(desk)

    @staticmethod
    def _armed(desk: Any) -> int | None:
        view = desk.card_view
        return (
            view.card.message_id
            if view.isVisible() and view.card is not None and view.send.gate.armed
            else None
        )

    def take_replies(self) -> None:
        """Answers from the practice cast, and two that the tour itself brings."""
        numbers = self._numbers()
        self.tell(f"deliver {numbers[0]} Is it ok if my daughter comes along?")
        self.tell(f"deliver {numbers[1]} STOP")
        self.until(
            lambda: self._count(message.c.number == numbers[0], message.c.direction == "in"), "the question"
        )
        self.until(lambda: self._opted_out(numbers[1]), "the opt-out")
        self.go("inbox", number=numbers[0])
        inbox: Any = self.page("inbox")
        self.until(lambda: inbox.pane.thread_id is not None and inbox.pane.composer.isVisible(), "the thread")
        self.picture("inbox", "A question in its thread")
        self.focus(inbox.pane.composer.edit)
        self.type(REPLY)
        self.pause(250)
        self.picture("reply", "The answer, with what it costs")
        self.key(Qt.Key.Key_Return)
        self.presses += 1
        self.until(lambda: self._count(message.c.text == REPLY, message.c.state == "sent"), "the answer")
        self.picture("answered", "Sent on its own press")
        self.go("inbox", number=numbers[1])
        self.until(lambda: inbox.pane.composer.locked, "the lock")
        self.picture("stopped", "Who wrote STOP cannot be texted: the composer is locked")
        self.go("optouts")
        self.picture("optouts", "The opt-out list has the number and the words")

    def look_around(self) -> None:
        """The other pages; then dark, and small."""
        for name, words in (
            ("lines", "The practice line in plain words"),
            ("contacts", "The people"),
            ("settings", "The settings"),
            ("desk", "The desk when all is done"),
        ):
            self.go(name)
            self.pause(300)
            self.picture(name, words)
        from ui import theme

        theme.apply(self.app, "dark")
        self.go("inbox", number=self._numbers()[0])
        self.pause(400)
        self.picture("inbox-dark", "The inbox, dark")
        self.window.resize(*SMALL_SIZE)
        self.go("desk")
        self.pause(400)
        self.picture("desk-small-dark", "The desk at 1024 x 600, dark")
        theme.apply(self.app, "light")

    # -- asking the database ------------------------------------------------------------------

    def tell(self, command: str) -> None:
        """Give the emulator a command."""
        self.running.opener.practice_modem().tell(command)

    def _count(self, *where: Any) -> int:
        with self.store.read() as conn:
            return int(
                conn.execute(sa.select(sa.func.count()).select_from(message).where(*where)).scalar_one()
            )

    def _numbers(self) -> list[str]:
        with self.store.read() as conn:
            query = (
                sa.select(message.c.number).where(message.c.direction == "out").order_by(message.c.position)
            )
            return list(dict.fromkeys(conn.execute(query).scalars()))

    def _opted_out(self, number: str) -> bool:
        with self.store.read() as conn:
            return conn.execute(sa.select(opt_out.c.id).where(opt_out.c.number == number)).first() is not None

    # -- the judgement ------------------------------------------------------------------------

    def compare(self) -> list[str]:
        """What the window believes against what the network saw; each difference in words."""
        ledger = self.running.opener.practice_modem().ledger
        seen = [json.loads(line) for line in ledger.read_text("utf-8").splitlines()]
        submits = Counter((row["to"], row["text"]) for row in seen if row["event"] == "submit")
        delivers = [row for row in seen if row["event"] == "deliver"]
        self.until(lambda: self._count(message.c.direction == "in") >= len(delivers), "the last replies", 20)
        with self.store.read() as conn:
            sent = Counter(
                (row.number, row.text)
                for row in conn.execute(
                    sa.select(message.c.number, message.c.text).where(
                        message.c.state.in_(("sent", "unknown"))
                    )
                )
            )
            received = conn.execute(
                sa.select(sa.func.count()).select_from(message).where(message.c.direction == "in")
            ).scalar_one()
        faults = []
        if submits.total() > self.presses:
            faults.append(f"{submits.total()} texts left on {self.presses} presses")
        if submits != sent:
            faults.append(
                f"the network saw {submits - sent} that is not marked, and not {sent - submits} that is"
            )
        seen_in = len(self._ledger_delivers(ledger))
        if received != seen_in:
            faults.append(f"the network delivered {seen_in} texts, {received} are shown")
        print(
            f"\n{self.presses} presses, {submits.total()} texts on the network, {sent.total()} marked; "
            f"{seen_in} texts delivered to us, {received} shown."
        )
        return faults

    @staticmethod
    def _ledger_delivers(ledger: Path) -> list[Any]:
        rows = [json.loads(line) for line in ledger.read_text("utf-8").splitlines()]
        return [row for row in rows if row["event"] == "deliver"]


def main(out: Path) -> int:
    """Walk the tour, leave the pictures in ``out``; 0 when the window and the network agree."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    application = wiring.make_application()
    with tempfile.TemporaryDirectory(prefix="p2ptext-tour-") as folder:
        options = argparse.Namespace(country="", texter="", line=[], practice=True)
        data = Path(folder) / "data"
        opener = wiring.ModemOpener(data, ("--speed", "20", "--seed", "7"))
        with wiring.opened(data, options, opener) as running:
            tour = Tour(application, running, out)
            running.window.resize(*LIGHT_SIZE)
            running.window.show()
            running.window.activateWindow()
            try:
                for step in (
                    tour.first_run,
                    tour.import_list,
                    tour.write_campaign,
                    tour.send_all,
                    tour.take_replies,
                    tour.look_around,
                ):
                    step()
                faults = tour.compare()
            except TourFailedError as error:
                tour.picture("failed", f"FAILED: {error}")
                faults = [str(error)]
    for fault in faults:
        print(f"DIFFERENT: {fault}")
    print("The window and the network agree." if not faults else "The tour failed.")
    return 1 if faults else 0
