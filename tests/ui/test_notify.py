"""Notifications, sound and quiet in the whole window: a desktop that only writes down, real keys and mouse."""

from __future__ import annotations

import dataclasses
import io
import wave
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from app import settings as settings_module
from app.conversations import threads
from app.conversations.notices import ALWAYS, Words
from app.store import tables as t
from app.store.events import MessageReceived
from app.texting import arrivals
from app.texting.arrivals import Arrival
from app.workspace import Workspace
from ui import notify, notify_sound
from ui.locking import Locker
from ui.notify_tray import Tray, picture

NOW = 1_794_585_600.0
LEFT = Qt.MouseButton.LeftButton
#: The platform without a screen says so when a window is to come to the front, or a menu opens.
no_screen = pytest.mark.qt_log_ignore("plugin does not support", "systemTrayWindowChanged")


class FakeDesktop:
    """A tray, a bus and ears: what they were given stands in a list."""

    def __init__(self) -> None:
        self.told: list[Words] = []
        self.count = -1
        self.withdrawn = self.played = 0

    def show_words(self, words: Words) -> None:
        self.told.append(words)

    def withdraw(self) -> None:
        self.withdrawn += 1

    def set_count(self, count: int) -> None:
        self.count = count

    def play(self) -> None:
        self.played += 1

    def close(self) -> None:
        pass

    def titles(self) -> list[str]:
        found, self.told = [words.title for words in self.told], []
        return found


class Office:
    """A window with a fake desktop, and people who write to it."""

    def __init__(self, workspace: Workspace, window: Any, settle: Any, clock: Any) -> None:
        self.workspace, self.settle, self.clock = workspace, settle, clock
        with workspace.store.write() as unit:
            insert = sa.insert(t.line).values(id=1, name="Office SIM", url="/dev/null", created_at=NOW)
            unit.conn.execute(insert)
            for tail, name in enumerate(("Ana Ruiz", "Bo", "Cy"), 1):
                row = {"number": self.number(tail), "name": name, "created_at": NOW, "updated_at": NOW}
                unit.conn.execute(sa.insert(t.contact).values(**row))
        clock.stand_still()
        self.main = window()
        self.desktop = FakeDesktop()
        self.main.notifier.desktop = self.main.notifier.sound = self.desktop
        settle()

    @staticmethod
    def number(tail: int) -> str:
        return f"+1312555{tail:04d}"

    def says(self, tail: int, text: str = "is it far?", *, ago: float = 0.0) -> None:
        """A text comes in, which its centre has had for ``ago`` seconds."""
        number = self.number(tail)
        arrival = Arrival(number, number, "number", text, 1, is_person=True, sent_at=self.clock.now() - ago)
        with self.workspace.store.write() as unit:
            arrivals.store(unit, self.clock, arrival)

    def look(self) -> list[str]:
        """Time for a look; the titles of what was shown since the look before."""
        self.settle()
        self.main.notifier.look()
        self.settle()
        return self.desktop.titles()

    def change(self, **values: Any) -> None:
        self.workspace.change_settings(dataclasses.replace(self.workspace.settings, **values))

    def thread(self, tail: int) -> int:
        found = threads.by_number(self.workspace.store, self.number(tail))
        assert found is not None
        return found.id


@pytest.fixture
def office(
    workspace: Workspace, window: Any, settle: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> Office:
    monkeypatch.setattr(notify, "GATHER_MS", 10_000_000)  # only the test looks
    return Office(workspace, window, settle, clock)


@no_screen
def test_one_of_many_and_none_for_what_is_before_ones_eyes(office: Office) -> None:
    main = office.main
    office.says(1)
    assert office.look() == ["Somebody wrote"]
    assert office.desktop.played == 1
    assert main.windowTitle() == "(1) Desk – p2ptext"
    assert office.desktop.count == 1
    # within twenty seconds nothing more is said, but for danger
    office.says(2)
    office.says(3)
    assert office.look() == []
    assert main.notifier._timer.isActive()
    office.clock.pass_time(notify.GAP + 1)
    assert office.look() == ["2 people wrote"]
    assert office.look() == []
    office.says(1, "i want to kill myself")
    assert office.look() == ["Somebody may be in danger"]
    # a click opens the one in danger, and what is open is not told of
    main.notifier.open_news()
    office.settle()
    assert main.here == "inbox"
    assert main.page("inbox").pane.thread_id == office.thread(1)
    office.clock.pass_time(notify.GAP + 1)
    office.says(1, "please")
    assert office.look() == []
    office.says(2)
    assert office.look() == ["Somebody wrote"]
    main.go("desk")  # the thread is not on the screen any more
    office.clock.pass_time(notify.GAP + 1)
    office.says(1, "hello?")
    assert office.look() == ["Somebody wrote"]


def test_machines_and_opt_outs_are_not_told_and_what_lay_on_the_sim_comes_as_one(office: Office) -> None:
    office.says(1, "I'm driving right now and will get back to you later.")
    office.says(2, "STOP")
    assert office.look() == []
    with office.workspace.store.write() as unit:
        unit.publish(MessageReceived(12_345, "+13125550009", 77))
    assert office.look() == []
    assert office.desktop.played == 0
    office.says(3, ago=40_000)
    office.says(4, ago=50_000)
    assert office.look() == []
    office.clock.pass_time(notify.CALM - 1)
    office.says(5, ago=30_000)
    assert office.look() == []  # more may come
    office.clock.pass_time(notify.CALM)
    assert office.look() == ["3 people wrote"]


@no_screen
def test_names_where_they_were_chosen_and_nothing_at_all_where_nothing_was(office: Office) -> None:
    office.change(notify="who")
    office.says(1)
    office.says(2)
    assert office.look() == ["Ana Ruiz and Bo wrote"]
    main = office.main
    main.notifier.open_news()  # several: the list of who waits
    office.settle()
    assert main.here == "inbox"
    assert main.page("inbox").pane.thread_id is None
    # while a dialog asks, a click leads no further
    dialog = QDialog(main)
    dialog.setModal(True)
    dialog.open()
    main.go("desk")
    QApplication.processEvents()
    main.notifier.open_news()
    assert main.here == "desk"
    dialog.close()
    office.change(notify="off")
    office.clock.pass_time(notify.GAP + 1)
    office.says(3, "i want to kill myself")
    assert office.look() == []
    assert office.desktop.played == 2


@no_screen
def test_a_locked_window_says_that_somebody_wrote_and_no_number(office: Office) -> None:
    office.workspace.key = b"k" * 32
    office.change(notify="who")
    office.says(1)
    assert office.look() == ["Ana Ruiz wrote"]
    main = office.main
    locker = Locker(main)
    before = office.desktop.withdrawn
    locker.lock()
    assert office.desktop.withdrawn > before  # the name that stood there
    assert main.windowTitle() == "Locked – p2ptext"
    assert office.desktop.count == 0
    office.clock.pass_time(notify.GAP + 1)
    office.says(1, "i want to kill myself")
    office.says(2)
    assert office.look() == ["Somebody wrote"]
    assert main.windowTitle() == "Locked – p2ptext"
    assert office.desktop.count == 0
    main.notifier.open_news()  # leads to the lock, not past it
    office.settle()
    assert main.here == "desk"
    assert locker.locked
    locker._unlock()
    office.settle()
    assert main.windowTitle() == "(3) Desk – p2ptext"
    assert office.desktop.count == 3
    # a locked screen is as a locked window
    for locked, title in ((True, "Somebody wrote"), (False, "Cy wrote")):
        before = office.desktop.withdrawn
        main.notifier._lock_changed(locked)
        assert office.desktop.withdrawn == before + locked
        office.clock.pass_time(notify.GAP + 1)
        office.says(3)
        assert office.look() == [title]


@no_screen
def test_quiet_by_key_and_by_the_settings_and_danger_comes_through_without_a_sound(
    office: Office,
) -> None:
    main, bell = office.main, office.main.notifier.quiet
    assert bell.text() == "Notices"
    QTest.keyClick(main, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(bell.choices, Qt.Key.Key_1)
    office.settle()
    assert settings_module.load(office.workspace.folder).quiet_until == office.clock.now() + 3600
    assert bell.text().startswith("Quiet until ")
    assert "Quiet until" in bell.accessibleName()
    office.says(1)
    assert office.look() == []
    office.says(2, "i want to kill myself")
    assert office.look() == ["Somebody may be in danger"]
    assert office.desktop.played == 0
    office.clock.pass_time(3601)
    bell.show_quiet()
    assert bell.text() == "Notices"
    QTest.mouseClick(bell, LEFT, pos=QPoint(10, 10))
    QTest.keyClick(bell.choices, Qt.Key.Key_3)
    office.settle()
    assert bell.text() == "Quiet"
    assert office.workspace.settings.quiet_until == ALWAYS
    QTest.mouseClick(bell, LEFT, pos=QPoint(10, 10))
    QTest.keyClick(bell.choices, Qt.Key.Key_0)
    office.settle()
    assert bell.text() == "Notices"
    office.says(3)
    assert office.look() == ["Somebody wrote"]
    assert office.desktop.played == 1
    # the settings; what may be said of people is a manager's choice
    main.activateWindow()
    main.go("settings")
    office.settle()
    page = main.page("settings")
    panel = page.notify
    assert panel.level.currentData() == "somebody"
    panel.level.setFocus()
    QTest.keyClick(panel.level, Qt.Key.Key_Down)
    office.settle()
    QTest.keyClick(panel.hours, Qt.Key.Key_Space)
    office.settle()
    assert panel.start.isEnabled()
    panel.start.setFocus()
    QTest.keyClick(panel.start, Qt.Key.Key_Down)
    panel.end.setFocus()
    office.settle()
    QTest.keyClick(panel.sounds, Qt.Key.Key_Space)
    office.settle()
    kept = settings_module.load(office.workspace.folder)
    assert (kept.notify, kept.silent_hours, kept.silent_from, kept.notify_sound) == (
        "who",
        True,
        20 * 60,
        False,
    )
    assert not panel.hours.isEnabled()
    main.notifier.quiet.be_quiet(ALWAYS)
    office.settle()
    assert panel.quiet.text().startswith("Quiet. Ctrl+B ends it.")
    office.workspace.role = "texter"
    page.somebody_else()
    assert not panel.level.isEnabled()
    assert panel.sounds.isEnabled()


@no_screen
def test_without_a_desktop_nothing_is_made_and_a_tray_tells_of_its_clicks(window: Any, settle: Any) -> None:
    main = window()
    desktop = main.notifier.desktop
    assert desktop.tray is None
    assert desktop.bus is None
    desktop.show_words(Words("Somebody wrote", "It waits."))
    desktop.set_count(3)
    desktop.withdraw()
    tray = Tray(main)
    opened: list[str] = []
    tray.opened.connect(lambda: opened.append("icon"))
    tray.clicked.connect(lambda: opened.append("notification"))
    tray.set_count(3)
    assert tray.icon.toolTip() == "p2ptext: 3 not read"
    size = QSize(64, 64)
    dotted, plain = (picture(waiting=on).pixmap(size).toImage() for on in (True, False))
    assert dotted.pixelColor(50, 12) != plain.pixelColor(50, 12)
    tray.icon.messageClicked.emit()
    tray.menu.actions()[0].trigger()
    assert opened == ["notification", "icon"]
    tray.close()
    assert not tray.icon.isVisible()
    settle()


def test_the_sound_is_short_soft_and_ours() -> None:
    with wave.open(io.BytesIO(notify_sound.chime())) as file:
        assert file.getnchannels() == 1
        assert 0.2 < file.getnframes() / file.getframerate() < 0.5
        frames = memoryview(file.readframes(file.getnframes())).cast("h")
    assert 3_000 < max(frames) < 12_000
    assert abs(frames[0]) < 100
    assert abs(frames[-1]) < 400


def test_the_sound_is_played_by_what_there_is_and_its_file_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, list[str]]] = []
    beeps: list[int] = []
    there = {"aplay": "/usr/bin/aplay"}
    monkeypatch.setattr("ui.notify_sound.sys.platform", "linux")
    monkeypatch.setattr("ui.notify_sound.shutil.which", there.get)
    monkeypatch.setattr(
        "ui.notify_sound.QProcess.startDetached",
        lambda program, words: (started.append((program, words)), (True, 1))[1],
    )
    monkeypatch.setattr("ui.notify_sound.QApplication.beep", lambda: beeps.append(1))
    sound = notify_sound.Sound()
    sound.play()
    program, words = started[0]
    assert program == "/usr/bin/aplay"
    file = Path(words[-1])
    assert file.read_bytes() == notify_sound.chime()
    sound.close()
    assert not file.exists()
    there.clear()
    sound.play()
    assert (len(started), len(beeps)) == (1, 1)
    sound.close()
