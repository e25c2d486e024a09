"""Who is there: at the start, after the lock, by keyboard alone; and what the one before left to read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.operators import pins, profiles, roles, shifts
from app.operators.profiles import Profile
from app.store.tables import audit, shift
from app.texting import clicks
from app.workspace import Workspace
from ui.dialogs import ask_reason
from ui.locking import Locker
from ui.operators.guard import ManagerDialog, allowed
from ui.operators.handover import HandoverDialog

PIN = "5083"


def add(workspace: Workspace, name: str, role: str = roles.TEXTER, pin: str = "") -> Profile:
    made = profiles.add(workspace.store, workspace.clock, name, role, pin=pin)
    workspace.read_people()
    return made


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes its time is for people's PINs, not for tests."""
    monkeypatch.setattr(pins, "_COST", 4)


@pytest.fixture
def people(workspace: Workspace) -> dict[str, Profile]:
    """Dana, a manager with a PIN, and Kim, a texter without one."""
    (dana,) = workspace.read_people()
    profiles.set_pin(workspace.store, workspace.clock, dana.id, PIN)
    kim = add(workspace, "Kim")
    return {"Dana": dana, "Kim": kim}


@pytest.fixture
def start(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> Callable[[], Any]:
    """Open the window as the program does: with a locker, before anybody is there."""
    from ui.shell import MainWindow

    def make() -> Any:
        main = MainWindow(workspace, lines)
        Locker(main)
        main.start()
        build(main)
        settle()
        return main

    return make


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(*keys: Qt.Key | str) -> None:
    for key in keys:
        if isinstance(key, str):
            for letter in key:  # each goes where the keyboard is by then
                QTest.keyClicks(focused(), letter)
        else:
            QTest.keyClick(focused(), key)


def actions(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.store.read() as conn:
        return [
            tuple(r) for r in conn.execute(sa.select(audit.c.operator, audit.c.action).order_by(audit.c.id))
        ]


def test_one_person_without_a_pin_is_never_asked(start: Callable[[], Any], workspace: Workspace) -> None:
    workspace.read_people()
    main = start()
    assert main.here == "desk"
    assert not main.locker.locked
    assert not main.who.isVisible()
    main.locker.lock()
    assert not main.locker.locked
    assert (workspace.operator, workspace.role) == ("Dana", roles.MANAGER)


def test_nobody_is_there_until_they_say_so(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile],
    running: Callable[..., Any], wait: Callable[..., None],
) -> None:  # fmt: skip
    campaign = running(1)
    main = start()
    form = main.locker.page.sign_in.who
    assert main.locker.locked
    assert focused() is form.names
    assert [form.names.item(i).text().split("  ")[0].strip("\u2068\u2069") for i in range(2)] == [
        "Dana",
        "Kim",
    ]
    assert workspace.role == roles.TEXTER
    refused = clicks.accept(
        workspace.store, workspace.clock, campaign.message_ids[0],
        text_hash=campaign.column("text_hash")[0], press=clicks.Press("mouse", 0.0, 0.0), operator="Dana",
    )  # fmt: skip
    assert isinstance(refused, clicks.Refused)
    press(Qt.Key.Key_Down, Qt.Key.Key_Return)  # Kim has no PIN
    wait(lambda: not main.locker.locked)
    assert (workspace.operator, workspace.role) == ("Kim", roles.TEXTER)
    assert main.who.isVisible()
    assert "Kim" in main.who.text()
    assert actions(workspace)[-1] == ("Kim", "signed in")


def test_a_pin_is_typed_right_away_and_a_wrong_one_stays(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile], wait: Callable[..., None]
) -> None:
    main = start()
    form = main.locker.page.sign_in.who
    assert not form.button.isEnabled()
    press("5")  # a digit in the list of names goes to the PIN
    assert focused() is form.pin
    press("084", Qt.Key.Key_Return)
    wait(lambda: "wrong" in form.problem.text())
    assert "5084" not in form.problem.text()
    assert main.locker.locked
    assert focused() is form.pin
    press(PIN, Qt.Key.Key_Return)
    wait(lambda: not main.locker.locked)
    assert (workspace.operator, workspace.role) == ("Dana", roles.MANAGER)


def test_after_five_wrong_pins_the_seconds_are_counted_down(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile], clock: Any,
    wait: Callable[..., None],
) -> None:  # fmt: skip
    for _ in range(4):
        with pytest.raises(profiles.WrongPinError):
            profiles.check_pin(workspace.store, clock, people["Dana"].id, "1111")
    main = start()
    form = main.locker.page.sign_in.who
    press("1111", Qt.Key.Key_Return)
    wait(lambda: "waits" in form.problem.text())
    assert not form.button.isEnabled()
    press(PIN, Qt.Key.Key_Return)
    clock.pass_time(20)
    wait(lambda: "waits 10 seconds" in form.problem.text() or "waits 9 seconds" in form.problem.text())
    assert main.locker.locked
    clock.pass_time(11)
    wait(lambda: not form.problem.text())
    press(Qt.Key.Key_Return)
    wait(lambda: not main.locker.locked)
    assert actions(workspace)[0:1] == [("", "PIN set")]
    assert ("Dana", "PIN wait") in actions(workspace)


def sign_in(main: Any, wait: Callable[..., None], name: str, pin: str = "") -> None:
    form = main.locker.page.sign_in.who
    row = [each.name for each in form._people].index(name)
    form.names.setFocus()
    wait(form.names.hasFocus)
    press(Qt.Key.Key_Home, *[Qt.Key.Key_Down] * row)
    if pin:
        press(pin)
    press(Qt.Key.Key_Return)
    wait(lambda: not main.locker.locked or main.locker.page.sign_in.notes is not None)


def test_a_note_is_handed_over_and_read_by_the_next(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile],
    wait: Callable[..., None], settle: Callable[[], None],
) -> None:  # fmt: skip
    main = start()
    sign_in(main, wait, "Kim")
    main.who.hand_over()
    (dialog,) = main.findChildren(HandoverDialog)
    settle()
    assert {words: label.text() for words, label in dialog.values.items()}["Replies that wait"] == "0"
    wait(dialog.note.hasFocus)
    press("Mrs Lee calls back. <b>Be kind</b>")
    QTest.keyClick(dialog.note, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: main.locker.locked)
    sign_in(main, wait, "Dana", PIN)
    notes = main.locker.page.sign_in.notes
    assert main.locker.locked
    assert notes.notes[0].text == "Mrs Lee calls back. <b>Be kind</b>"
    press(Qt.Key.Key_Return)
    wait(lambda: not main.locker.locked)
    assert shifts.unread(workspace.store, people["Dana"]) == ()
    with workspace.store.read() as conn:
        assert conn.execute(sa.select(shift.c.ended_at.is_(None)).order_by(shift.c.id)).scalars().all() == [
            False,
            True,
        ]


def test_a_managers_dialog_is_not_left_to_a_texter(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile],
    wait: Callable[..., None], settle: Callable[[], None],
) -> None:  # fmt: skip
    main = start()
    sign_in(main, wait, "Dana", PIN)
    dialog = ask_reason(main, "Lift the opt-out", "", "Lift")
    settle()
    main.locker.lock()
    sign_in(main, wait, "Kim")
    settle()
    assert not dialog.isVisible()
    main.locker.lock()
    sign_in(main, wait, "Dana", PIN)
    settle()
    assert dialog.isVisible()  # it waited for the one who opened it
    dialog.reject()


def test_ctrl_l_lets_somebody_else_in_and_clicks_stay(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile],
    running: Callable[..., Any], wait: Callable[..., None], settle: Callable[[], None],
) -> None:  # fmt: skip
    campaign = running(2)
    main = start()
    sign_in(main, wait, "Kim")
    settle()
    taken = clicks.accept(
        workspace.store, workspace.clock, campaign.message_ids[0],
        text_hash=campaign.column("text_hash")[0], press=clicks.Press("mouse", 0.0, 0.0),
        operator=workspace.operator,
    )  # fmt: skip
    assert isinstance(taken, clicks.Clicked)
    QTest.keyClick(main.windowHandle(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: main.locker.locked)
    sign_in(main, wait, "Dana", PIN)
    assert campaign.column("state") == ["clicked", "queued"]
    assert [row["operator"] for row in campaign.clicks()] == ["Kim"]


# -- a manager for this once ----------------------------------------------------------------------


def test_a_manager_at_the_counter_allows_one_act(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile],
    wait: Callable[..., None], settle: Callable[[], None],
) -> None:  # fmt: skip
    main = start()
    sign_in(main, wait, "Kim")
    done: list[str] = []

    def act() -> None:
        if allowed(main, workspace, "export", act):
            done.append("exported")

    act()
    (dialog,) = main.findChildren(ManagerDialog)
    assert done == []
    assert [dialog.managers.itemText(i).strip("\u2068\u2069") for i in range(dialog.managers.count())] == [
        "Dana"
    ]
    wait(dialog.pin.hasFocus)
    press("5084", Qt.Key.Key_Return)
    wait(lambda: "wrong" in dialog.problem.text())
    press(PIN, Qt.Key.Key_Return)
    wait(lambda: done)
    assert workspace.why_not("export")  # it was for this once
    assert ("Dana", "allowed once") in actions(workspace)
    settle()


def test_escape_leaves_it(
    start: Callable[[], Any], workspace: Workspace, people: dict[str, Profile], wait: Callable[..., None]
) -> None:
    main = start()
    sign_in(main, wait, "Kim")
    assert not allowed(main, workspace, "import", lambda: None)
    (dialog,) = main.findChildren(ManagerDialog)
    wait(dialog.pin.hasFocus)
    results: list[int] = []
    dialog.finished.connect(results.append)
    press(Qt.Key.Key_Escape)
    assert results == [QDialog.DialogCode.Rejected]
    assert ("Dana", "allowed once") not in actions(workspace)
