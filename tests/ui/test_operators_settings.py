"""Who works here, in the settings: adding, changing, the PIN, the last manager; and what a texter may not do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QWidget

from app.campaigns import campaign
from app.operators import pins, profiles, roles, training
from app.operators.profiles import Profile
from app.people import optouts
from app.workspace import Workspace
from ui.locking import Locker
from ui.operators.guard import ManagerDialog
from ui.operators.person import PersonDialog
from ui.widgets import Chip, PlainLabel


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hash that takes its time is for people's PINs, not for tests."""
    monkeypatch.setattr(pins, "_COST", 4)


@pytest.fixture
def main(workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]) -> Any:
    from ui.shell import MainWindow

    workspace.read_people()
    made = MainWindow(workspace, lines)
    Locker(made)
    made.start()
    build(made, 1200, 1400)
    settle()
    return made


@pytest.fixture
def team(main: Any, settle: Callable[[], None]) -> Any:
    main.go("settings")
    settle()
    return main.page("settings").team


def dialog_of(team: Any, settle: Callable[[], None]) -> PersonDialog:
    settle()
    (dialog,) = [each for each in team.findChildren(PersonDialog) if each.isVisible()]
    return dialog


def type_in(field: QWidget, words: str) -> None:
    field.setFocus()
    QTest.keyClicks(field, words)


def press(button: QWidget) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(8, button.height() // 2))


def tick(box: QCheckBox) -> None:
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def people(workspace: Workspace) -> list[tuple[str, str, bool, bool]]:
    return [(p.name, p.role, p.has_pin, p.active) for p in profiles.everyone(workspace.store)]


def as_texter(main: Any, workspace: Workspace) -> Profile:
    """Kim, a texter, is signed in; Dana, a manager, has a PIN."""
    (dana,) = profiles.everyone(workspace.store)
    profiles.set_pin(workspace.store, workspace.clock, dana.id, "5083")
    kim = profiles.add(workspace.store, workspace.clock, "Kim")
    workspace.read_people()
    workspace.sign_in(kim)
    main.show_who()
    return kim


def asked_manager(main: Any) -> list[ManagerDialog]:
    return [each for each in main.findChildren(ManagerDialog) if each.isVisible()]


def test_the_first_colleague_makes_the_window_ask(
    main: Any, team: Any, workspace: Workspace, settle: Callable[[], None]
) -> None:
    press(team.add_button)
    dialog = dialog_of(team, settle)
    type_in(dialog.name, "Kim")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    settle()
    assert people(workspace) == [("Dana", "manager", False, True), ("Kim", "texter", False, True)]
    assert workspace.signed_in is not None
    assert workspace.signed_in.name == "Dana"  # who did this goes on working
    assert main.who.isVisible()
    assert "sign in as" in team.warning.label.text()
    main.locker.lock()
    assert main.locker.locked


@pytest.mark.parametrize("width", [1440, 1024])
def test_nothing_about_the_people_is_cut(
    main: Any, team: Any, workspace: Workspace, settle: Callable[[], None], width: int
) -> None:
    for name in ("Kim", "Lee"):
        profiles.add(workspace.store, workspace.clock, name, pin="246813")
    main.resize(width, 900)
    team.refresh()
    settle()
    assert team.warning.isVisible()
    for each in team.findChildren(PlainLabel) + team.findChildren(Chip):
        if each.isVisible():
            wanted = (
                each.heightForWidth(each.width()) if each.hasHeightForWidth() else each.sizeHint().height()
            )
            assert each.height() >= wanted, each.text()


def test_a_pin_is_typed_twice_and_a_poor_one_is_refused(
    team: Any, workspace: Workspace, settle: Callable[[], None]
) -> None:
    (dana,) = workspace.people
    press(team.buttons[dana.id])
    dialog = dialog_of(team, settle)
    type_in(dialog.pin, "50a83")  # a letter is not taken
    type_in(dialog.again, "5084")
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    assert "not the same" in dialog.problem.text()
    dialog.again.clear()
    type_in(dialog.again, "5083")
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    settle()
    assert people(workspace) == [("Dana", "manager", True, True)]
    press(team.buttons[dana.id])
    dialog = dialog_of(team, settle)
    for field in (dialog.pin, dialog.again):
        type_in(field, "1111")
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    settle()
    assert "first that anybody would try" in dialog.problem.text()
    QTest.keyClick(dialog.again, Qt.Key.Key_Escape)
    assert profiles.check_pin(workspace.store, workspace.clock, dana.id, "5083").name == "Dana"


def test_the_last_manager_cannot_become_a_texter(
    team: Any, workspace: Workspace, settle: Callable[[], None]
) -> None:
    (dana,) = workspace.people
    press(team.buttons[dana.id])
    dialog = dialog_of(team, settle)
    dialog.role.setFocus()
    QTest.keyClick(dialog.role, Qt.Key.Key_Up)
    press(dialog.button)
    settle()
    assert "last manager" in dialog.problem.text()
    assert people(workspace) == [("Dana", "manager", False, True)]
    dialog.reject()


def test_training_is_required_by_a_tick(team: Any, workspace: Workspace, settle: Callable[[], None]) -> None:
    tick(team.required)
    settle()
    assert training.is_required(workspace.store)
    tick(team.required)
    settle()
    assert not training.is_required(workspace.store)


def test_a_texter_changes_no_settings_and_nobody(
    main: Any, team: Any, workspace: Workspace, settle: Callable[[], None]
) -> None:
    kim = as_texter(main, workspace)
    main.go("settings")
    settle()
    page = main.page("settings")
    assert not page.texter.isEnabled()
    assert not page.country.isEnabled()
    assert page.theme_box.isEnabled()  # how it looks is everybody's own
    press(team.buttons[kim.id])
    assert len(asked_manager(main)) == 1
    asked_manager(main)[0].reject()
    tick(team.required)
    assert not team.required.isChecked()
    (dialog,) = asked_manager(main)
    QTest.keyClicks(dialog.pin, "5083")
    QTest.keyClick(dialog.pin, Qt.Key.Key_Return)
    settle()
    assert training.is_required(workspace.store)  # the manager allowed this one thing


CONTROL = Qt.KeyboardModifier.ControlModifier
MANAGERS: tuple[tuple[str, str, Callable[[Any], object]], ...] = (
    ("contacts", "import", lambda page: QTest.keyClick(page, Qt.Key.Key_I, CONTROL)),
    ("contacts", "import", lambda page: press(page.import_button)),
    ("contacts", "export", lambda page: page.more.actions()[-1].trigger()),
    ("campaigns", "start", lambda page: QTest.keyClick(page, Qt.Key.Key_N, CONTROL)),
    ("optouts", "import", lambda page: press(page.import_button)),
    ("optouts", "export", lambda page: press(page.export_button)),
    ("lines", "lines", lambda page: press(page.practice_button)),
    ("lines", "lines", lambda page: press(page.find_button)),
)


def test_a_texter_is_told_what_is_a_managers(
    main: Any, workspace: Workspace, lines: Any, settle: Callable[[], None]
) -> None:
    as_texter(main, workspace)
    for page, act, do in MANAGERS:
        main.go(page)
        main.activateWindow()
        settle()
        do(main.page(page))
        settle()
        (dialog,) = asked_manager(main)
        assert (page, dialog._act) == (page, act)
        assert roles.why_not(roles.TEXTER, act)
        dialog.reject()
    assert not [asked for asked in lines.asked if asked[0] == "add"]
    assert campaign.overview(workspace.store) == ()


def test_a_texter_opens_no_campaign_and_lifts_no_opt_out(
    main: Any, workspace: Workspace, running: Callable[..., Any], settle: Callable[[], None], tmp_path: Path
) -> None:
    started = running(1)
    number = started.column("number")[0]
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, number, source="operator", evidence="asked")
    main.go("campaigns")
    main.page("campaigns").open(started.campaign_id)
    settle()
    assert main.page("campaigns")._stack.currentWidget() is main.page("campaigns").editor
    as_texter(main, workspace)
    assert main.page("campaigns")._stack.currentWidget() is main.page("campaigns").overview
    main.page("campaigns").open(started.campaign_id)
    (dialog,) = asked_manager(main)
    dialog.reject()
    main.go("optouts")
    settle()
    main.page("optouts").ask_lift(number)
    (dialog,) = asked_manager(main)
    dialog.reject()
    main.go("contacts", path=tmp_path / "people.csv")  # dropped on the window
    (dialog,) = asked_manager(main)
    dialog.reject()
    with workspace.store.read() as conn:
        assert optouts.active(conn, number)


def test_at_commands_are_a_managers(
    main: Any, workspace: Workspace, lines: Any, settle: Callable[[], None]
) -> None:
    as_texter(main, workspace)
    main.go("lines")
    settle()
    page = main.page("lines")
    page.choose(1)
    settle()
    page.console.prompt.setFocus()
    QTest.keyClicks(page.console.prompt, "AT+CFUN=0")
    QTest.keyClick(page.console.prompt, Qt.Key.Key_Return)
    settle()
    (dialog,) = asked_manager(main)
    assert not [asked for asked in lines.asked if asked[0] in ("danger", "command")]
    assert page.console.prompt.text() == "AT+CFUN=0"
    dialog.reject()
    workspace.sign_in(next(each for each in workspace.people if each.name == "Dana"))
    QTest.keyClick(page.console.prompt, Qt.Key.Key_Return)
    settle()
    assert ("danger", 1, "AT+CFUN=0") in lines.asked


def test_several_people_choose_when_the_window_locks_without_a_passphrase(
    main: Any, team: Any, workspace: Workspace, clock: Any, settle: Callable[[], None]
) -> None:
    assert not main.page("settings").encryption.lock_after.isVisible()
    as_texter(main, workspace)
    workspace.sign_in(workspace.people[0])
    main.go("settings")
    settle()
    box = main.page("settings").encryption.lock_after
    assert box.isVisible()
    box.setCurrentIndex(box.findData(5))
    settle()
    clock.pass_time(4 * 60)
    main.locker.look()
    assert not main.locker.locked
    clock.pass_time(61)
    main.locker.look()
    assert main.locker.locked
