"""The passphrase in the window: asked for first, set, changed and removed in the settings, and the lock."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QWidget

from app import wiring
from app.settings import Settings
from app.store import driver, encrypting, keys
from app.store.events import MessageReceived
from app.store.tables import conversation
from app.texting import clicks
from app.workspace import PassphraseWish, Workspace, open_workspace
from ui import background, encryption, unlock
from ui.encryption import WritingDialog
from ui.locking import Locker
from ui.unlock import UnlockDialog

CHEAP = keys.Cost(n=16)
PASSPHRASE = "four plain words here"

pytestmark = pytest.mark.skipif(not driver.can_encrypt(), reason=driver.NO_CIPHER)


class FakeKeyring:
    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.why = ""

    def get(self, name: str) -> str:
        return self.kept.get(name, "")

    def put(self, name: str, value: str) -> bool:
        if not self.why:
            self.kept[name] = value
        return not self.why

    def forget(self, name: str) -> None:
        self.kept.pop(name, None)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second for each passphrase is for people's data, not for tests."""
    for function in (keys.make, keys.change, encrypting.encrypt):
        monkeypatch.setitem(function.__kwdefaults__, "cost", CHEAP)  # type: ignore[arg-type]


@pytest.fixture
def workspace(tmp_path: Path, clock: Any, qapp: QApplication) -> Iterator[Workspace]:
    """An encrypted workspace whose first run is answered."""
    folder = tmp_path / "data"
    open_workspace(folder, clock).close()
    key = encrypting.encrypt(folder, PASSPHRASE).key
    workspace = open_workspace(folder, clock, key)
    workspace.change_settings(
        Settings(country="US", texter="Dana", theme="light", notice_accepted=True, lock_minutes=5)
    )
    yield workspace
    assert background.stop_all()
    qapp.processEvents()
    workspace.close()


@pytest.fixture
def locked(window: Callable[..., Any], settle: Callable[[], None]) -> tuple[Any, Locker]:
    """A window with a locker, not locked yet."""
    main = window()
    locker = Locker(main)
    settle()
    return main, locker


def type_in(field: QLineEdit, words: str) -> None:
    field.selectAll()
    QTest.keyClicks(field, words)
    QTest.keyClick(field, Qt.Key.Key_Return)


def all_words(widget: QWidget) -> str:
    """Everything that stands in what can be seen of ``widget``."""
    labels = [each for each in widget.findChildren(QLabel) if each.isVisible()]
    fields = [each for each in widget.findChildren(QLineEdit) if each.isVisible()]
    return " ".join([widget.windowTitle(), *(e.text() for e in labels), *(e.displayText() for e in fields)])


# -- before the window ----------------------------------------------------------------------------


@pytest.fixture
def dialog(workspace: Workspace, build: Callable[..., QWidget]) -> UnlockDialog:
    made = UnlockDialog(workspace.folder)
    build(made, 480, 320)
    return made


def test_a_wrong_passphrase_stays_with_a_sentence_and_the_right_one_opens(
    dialog: UnlockDialog, workspace: Workspace, wait: Callable[..., None]
) -> None:
    assert str(workspace.folder) in all_words(dialog)
    assert not dialog.form.button.isEnabled()
    type_in(dialog.form.field, "not this one")
    wait(lambda: dialog.form.problem.text())
    assert "not the passphrase" in dialog.form.problem.text()
    assert dialog.isVisible()
    assert dialog.key is None
    assert dialog.form.field.hasFocus()
    assert dialog.form.field.selectedText()
    type_in(dialog.form.field, PASSPHRASE)
    wait(lambda: dialog.key)
    assert dialog.key == workspace.key
    assert dialog.result() == QDialog.DialogCode.Accepted
    assert dialog.form.field.text() == ""


def test_the_letters_are_dots_until_they_are_asked_for(dialog: UnlockDialog) -> None:
    QTest.keyClicks(dialog.form.field, PASSPHRASE)
    assert PASSPHRASE not in all_words(dialog)
    QTest.mouseClick(dialog.form.show_letters, Qt.MouseButton.LeftButton, pos=QPoint(8, 10))
    assert PASSPHRASE in all_words(dialog)
    dialog.form.show_letters.click()
    assert PASSPHRASE not in all_words(dialog)


def test_escape_leaves(dialog: UnlockDialog) -> None:
    QTest.keyClicks(dialog.form.field, "half a pass")
    QTest.keyClick(dialog.form.field, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert dialog.key is None


def run_with(folder: Path, passphrase_file: Path | None = None) -> int:
    options = argparse.Namespace(
        data=folder,
        line=["/dev/null/none"],
        practice=False,
        country="",
        texter="",
        passphrase_file=passphrase_file,
    )
    return wiring.run(options)


def test_the_program_asks_first_and_escape_ends_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    seen: list[str] = []

    def leave() -> None:
        shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
        seen.extend(type(w).__name__ for w in shown)
        QTest.keyClick(shown[0], Qt.Key.Key_Escape)

    monkeypatch.setattr(wiring.passphrases, "Secrets", FakeKeyring)
    workspace.store.close()
    QTimer.singleShot(50, leave)
    assert run_with(workspace.folder) == 0
    assert seen == ["UnlockDialog"]


# -- set, changed, removed: the whole way ---------------------------------------------------------


class Person:
    """Does one thing after the other in the running program: each condition that is yielded is waited for."""

    def __init__(self, deeds: Iterator[Callable[[], Any]]) -> None:
        self._deeds = deeds
        self._waits: Callable[[], Any] = lambda: True
        self.error: BaseException | None = None
        self.done = False
        self._rounds = 0
        self._timer = QTimer()
        self._timer.timeout.connect(self._look)
        self._timer.start(5)

    def _look(self) -> None:
        self._rounds += 1
        try:
            assert self._rounds < 2000, "waited in vain"
            if not self.done and self._waits():
                self._waits = next(self._deeds)
        except StopIteration:
            self.done = True
        except Exception as error:  # noqa: BLE001 - told by the test
            self.error, self.done = error, True
        if self.error is None and self.done:
            self._timer.stop()
        elif self.error is not None:  # end whatever runs
            for widget in QApplication.topLevelWidgets():
                widget.close()
            QApplication.quit()


def shown(kind: str) -> Any:
    """The window of a class that is in view, None when there is none."""
    found = [w for w in QApplication.topLevelWidgets() if type(w).__name__ == kind and w.isVisible()]
    return found[0] if found else None


def test_set_and_remove_while_the_program_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication
) -> None:
    """The window closes, the data is written anew, and a new window opens on it: twice, and asked for once."""
    keyring = FakeKeyring()
    monkeypatch.setattr(wiring, "Secrets", lambda: keyring)
    monkeypatch.setattr(wiring.passphrases, "Secrets", lambda: keyring)
    folder = tmp_path / "data"
    opened = open_workspace(folder)
    opened.change_settings(Settings(country="US", texter="Dana", theme="light", notice_accepted=True))
    opened.close()
    states: list[bool] = []

    def another_window(old: QWidget) -> Callable[[], Any]:
        return lambda: shown("MainWindow") is not None and shown("MainWindow") is not old

    def settings_page() -> Any:
        main = shown("MainWindow")
        main.go("settings")
        states.append(driver.is_encrypted(folder / "p2ptext.db"))
        return main.page("settings")

    def first_start() -> Iterator[Callable[[], Any]]:
        yield lambda: shown("MainWindow")
        page = settings_page()
        dialog = page.encryption.ask_set()
        type_in(dialog.new, PASSPHRASE)
        assert "not the same" in dialog.problem.text()
        dialog.remember.setChecked(True)
        anew = another_window(page.window())
        type_in(dialog.again, PASSPHRASE)
        yield anew
        page = settings_page()
        assert page.encryption.state.label.text().startswith("Encrypted.")
        yield page.encryption.remember.isChecked
        assert len(keyring.kept) == 1
        page.encryption.remember.click()
        yield lambda: not keyring.kept
        shown("MainWindow").close()

    def second_start() -> Iterator[Callable[[], Any]]:
        yield lambda: shown("UnlockDialog")
        type_in(shown("UnlockDialog").form.field, PASSPHRASE)
        yield lambda: shown("MainWindow")
        page = settings_page()
        dialog = page.encryption.ask_remove()
        type_in(dialog.old, "not this one")
        yield lambda: "not the passphrase" in dialog.problem.text()
        anew = another_window(page.window())
        type_in(dialog.old, PASSPHRASE)
        yield anew
        settings_page()
        shown("MainWindow").close()

    for deeds in (first_start(), second_start()):
        person = Person(deeds)
        assert run_with(folder) == 0
        assert person.error is None, person.error
        assert person.done
    assert states == [False, True, True, False]
    assert keyring.kept == {}
    assert not keys.present(folder)


def test_cancel_while_the_data_is_written_leaves_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qapp: QApplication, wait: Callable[..., None]
) -> None:
    folder = tmp_path / "data"
    open_workspace(folder).close()
    shown: list[WritingDialog] = []
    look = WritingDialog.showEvent

    def show(dialog: WritingDialog, event: Any) -> None:
        shown.append(dialog)
        look(dialog, event)

    def slow(_target: Path) -> None:
        background.call_on_gui(lambda: QTest.keyClick(shown[0], Qt.Key.Key_Escape))
        assert shown[0]._job._cancelled.wait(5)

    monkeypatch.setattr(WritingDialog, "showEvent", show)
    monkeypatch.setattr(encrypting, "_sync", slow)
    complaints: list[Any] = []
    monkeypatch.setattr(wiring, "_complain", lambda *words: complaints.append(words))
    assert wiring.carry_out(folder, None, PassphraseWish(PASSPHRASE), FakeKeyring()) is None
    assert complaints == []  # who cancelled knows it
    assert not keys.present(folder)
    assert not driver.is_encrypted(folder / "p2ptext.db")
    qapp.processEvents()


def test_what_stops_it_is_said_and_the_old_state_stays(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encrypting, "BUSY_SECONDS", 0.05)
    complaints: list[Any] = []
    monkeypatch.setattr(wiring, "_complain", lambda *words: complaints.append(words))
    key = workspace.key
    with workspace.store.read() as conn:
        conn.exec_driver_sql("SELECT 1 FROM contact").all()
    assert wiring.carry_out(workspace.folder, key, PassphraseWish(""), FakeKeyring()) == key
    assert "has the database open" in complaints[0][1]
    assert keys.unlock(workspace.folder, PASSPHRASE) == key


def test_changed_in_the_settings_at_once(
    window: Callable[..., Any], workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    main = window()
    main.go("settings")
    settle()
    page = main.page("settings")
    dialog = page.encryption.ask_change()
    QTest.keyClicks(dialog.old, "not this one")
    QTest.keyClicks(dialog.new, "short")
    assert not dialog.ok_button.isEnabled()
    assert dialog.strength.text().startswith("Too short")
    dialog.new.clear()
    for field in (dialog.new, dialog.again):
        QTest.keyClicks(field, "another good passphrase")
    assert dialog.strength.text() == "Good."
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    wait(lambda: "not the passphrase" in dialog.problem.text())
    assert keys.unlock(workspace.folder, PASSPHRASE) == workspace.key
    type_in(dialog.old, PASSPHRASE)
    wait(lambda: page.notice.label.text() == "The passphrase was changed.")
    assert keys.unlock(workspace.folder, "another good passphrase") == workspace.key
    assert main.isVisible()
    settle()


def test_the_keyring_is_asked_for_and_forgotten(
    window: Callable[..., Any], workspace: Workspace, lines: Any, settle: Callable[[], None]
) -> None:
    lines.secrets = keyring = FakeKeyring()
    main = window()
    main.go("settings")
    settle()
    page = main.page("settings")
    assert not page.encryption.remember.isChecked()
    keyring.why = "The keyring is locked."
    page.encryption.remember.click()
    settle()
    assert page.notice.label.text() == "The keyring is locked."
    assert not page.encryption.remember.isChecked()
    keyring.why = ""
    page.encryption.remember.click()
    settle()
    assert list(keyring.kept.values()) == [workspace.key.hex()]  # type: ignore[union-attr]
    assert page.encryption.remember.isChecked()
    page.encryption.remember.click()
    settle()
    assert keyring.kept == {}
    assert not page.encryption.remember.isChecked()


def test_where_there_is_no_cipher_the_settings_say_so(
    tmp_path: Path, lines: Any, build: Callable[..., QWidget], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = open_workspace(tmp_path / "plain")
    monkeypatch.setattr(driver, "can_encrypt", lambda: False)
    holder = QWidget()
    panel = encryption.EncryptionPanel(plain, lines, holder)
    build(holder)
    panel.refresh()
    assert "not available on this platform" in panel.state.label.text()
    assert not panel.set_button.isVisible()
    plain.close()


# -- the lock -------------------------------------------------------------------------------------


def test_ctrl_l_hides_everything_and_the_passphrase_brings_it_back(
    locked: tuple[Any, Locker],
    running: Callable[..., Any],
    settle: Callable[[], None],
    wait: Callable[..., None],
) -> None:
    main, locker = locked
    running(3, names=("Oluwaseun", "Bo", "Cy"))
    settle()
    assert "Oluwaseun" in all_words(main)
    other = QDialog(main)
    other.setWindowTitle("About Oluwaseun")
    other.show()
    QTest.keyClick(main.windowHandle(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: locker.locked)
    assert not other.isVisible()
    assert "Oluwaseun" not in all_words(main)
    assert main.windowTitle() == "Locked – p2ptext"
    assert locker.page is not None
    assert locker.page.geometry() == main.rect()
    wait(locker.page.form.field.hasFocus)
    image = main.grab().toImage()
    corners = {image.pixel(x, y) for x in (2, image.width() - 3) for y in (2, image.height() - 3)}
    assert len(corners) == 1  # nothing but the page
    main.resize(900, 560)
    QTest.qWait(5)
    assert locker.page.geometry() == main.rect()
    type_in(locker.page.form.field, "not this one")
    wait(lambda: locker.page is not None and locker.page.form.problem.text())
    assert locker.locked
    QTest.keyClick(locker.page.form.field, Qt.Key.Key_Escape)
    assert locker.locked
    type_in(locker.page.form.field, PASSPHRASE)
    wait(lambda: not locker.locked)
    settle()
    assert other.isVisible()
    assert "Oluwaseun" in all_words(main)
    assert main.windowTitle() == "Desk – p2ptext"
    assert not main.workspace.store.locked
    other.close()


def test_nothing_can_be_sent_while_locked(
    locked: tuple[Any, Locker], running: Callable[..., Any], settle: Callable[[], None], clock: Any,
    workspace: Workspace, wait: Callable[..., None],
) -> None:  # fmt: skip
    main, locker = locked
    run = running(3)
    settle()
    clock.pass_time(1)
    desk = main.page("desk")
    locker.lock()
    for target in (main, desk, desk.card_view.send, locker.page, main.windowHandle()):
        for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Semicolon, Qt.Key.Key_Enter):
            clock.pass_time(1)
            QTest.keyClick(target, key)
    QTest.mouseClick(desk.card_view.send, Qt.MouseButton.LeftButton)
    # The pages' own keys lead nowhere either.
    QTest.keyClick(main.windowHandle(), Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert main.here == "desk"
    # And were a press made all the same, it is refused where it would become a click.
    press = clicks.Press("key:Return", clock.monotonic(), clock.now())
    digest = run.column("text_hash")[0]
    answer = clicks.accept(
        workspace.store, clock, run.message_ids[0], text_hash=digest, press=press, operator="Dana"
    )
    assert isinstance(answer, clicks.Refused)
    assert "locked" in answer.why
    for refused in (
        clicks.compose(workspace.store, clock, "+13125550000", "Hello", press=press, operator="Dana"),
        clicks.send_again(workspace.store, clock, run.message_ids[0], press=press, operator="Dana"),
    ):
        assert isinstance(refused, clicks.Refused)
        assert "locked" in refused.why
    settle()
    assert run.clicks() == []
    assert set(run.column("state")) == {"queued"}
    assert locker.locked
    assert locker.page is not None
    clock.stand_still()
    type_in(locker.page.form.field, PASSPHRASE)
    wait(lambda: not locker.locked)
    settle()
    QTest.keyClick(desk, Qt.Key.Key_Return)  # within the dwell: nobody has read the card again
    settle()
    assert run.clicks() == []
    clock.pass_time(1)
    QTest.keyClick(desk, Qt.Key.Key_Return)
    settle()
    assert len(run.clicks()) == 1  # so the test above can fail


def test_receiving_goes_on(
    locked: tuple[Any, Locker], workspace: Workspace, settle: Callable[[], None]
) -> None:
    main, locker = locked
    locker.lock()
    with workspace.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(conversation).values(
                number="+13125550000", kind="number", unread=1, last_text="A secret", last_at=1.0
            )
        ).inserted_primary_key[0]
        unit.publish(MessageReceived(1, "+13125550000", key))
    settle()
    assert "A secret" not in all_words(main)
    with workspace.store.read() as conn:
        assert conn.execute(sa.select(conversation.c.last_text)).scalar() == "A secret"


def test_a_dialog_that_opens_meanwhile_waits(
    locked: tuple[Any, Locker], wait: Callable[..., None], qapp: QApplication
) -> None:
    main, locker = locked
    locker.lock()
    late = QDialog(main)
    late.show()
    wait(lambda: not late.isVisible())
    assert locker.page is not None
    type_in(locker.page.form.field, PASSPHRASE)
    wait(lambda: not locker.locked)
    assert late.isVisible()
    late.close()


def test_it_locks_when_idle_and_not_while_someone_works(
    locked: tuple[Any, Locker], clock: Any, workspace: Workspace, settle: Callable[[], None]
) -> None:
    main, locker = locked
    clock.pass_time(299)
    locker.look()
    assert not locker.locked
    QTest.keyClick(main.windowHandle(), Qt.Key.Key_Shift)
    clock.pass_time(299)
    locker.look()
    assert not locker.locked
    workspace.settings = dataclasses.replace(workspace.settings, lock_minutes=0)
    clock.pass_time(86_400)
    locker.look()
    assert not locker.locked
    workspace.settings = dataclasses.replace(workspace.settings, lock_minutes=60)
    locker.look()
    assert locker.locked


def test_a_computer_that_slept_wakes_locked(locked: tuple[Any, Locker], clock: Any) -> None:
    _main, locker = locked
    clock.fixed += 301  # the wall clock alone
    locker.look()
    assert locker.locked


def test_a_key_of_other_data_does_not_unlock(locked: tuple[Any, Locker], wait: Callable[..., None]) -> None:
    _main, locker = locked
    locker.lock()
    assert locker.page is not None
    locker.page.form.unlocked.emit(bytes(32))
    assert locker.locked
    assert "other data" in locker.page.form.problem.text()


def test_the_minutes_are_kept(
    window: Callable[..., Any], workspace: Workspace, settle: Callable[[], None]
) -> None:
    main = window()
    main.go("settings")
    settle()
    box = main.page("settings").encryption.lock_after
    assert box.currentData() == 5
    box.setCurrentIndex(box.findData(60))
    settle()
    assert workspace.settings.lock_minutes == 60
    workspace.change_settings(dataclasses.replace(workspace.settings, lock_minutes=7))
    main.page("settings").refresh()
    assert box.currentText() == "After 7 minutes"
    settle()
    assert workspace.settings.lock_minutes == 7


def test_without_a_passphrase_there_is_no_lock(
    tmp_path: Path, lines: Any, build: Callable[..., QWidget], clock: Any, settle: Callable[[], None]
) -> None:
    from ui.shell import MainWindow

    plain = open_workspace(tmp_path / "plain", clock)
    plain.change_settings(Settings(country="US", texter="Dana", theme="light", notice_accepted=True))
    main = MainWindow(plain, lines)
    locker = Locker(main)
    main.start()
    build(main)
    settle()
    QTest.keyClick(main.windowHandle(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    QTest.qWait(5)
    clock.pass_time(86_400)
    locker.look()
    locker.lock()
    assert not locker.locked
    assert not plain.store.locked
    main.close()
    assert background.stop_all()
    plain.close()


def test_all_its_words_are_plain(dialog: UnlockDialog) -> None:
    assert {label.textFormat() for label in dialog.findChildren(QLabel)} == {Qt.TextFormat.PlainText}
    assert unlock.LEAVE in dialog.leave.text()
