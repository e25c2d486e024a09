"""When and from where: a campaign's schedule set by real keys, what is due prepared while the window is open."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns import schedule
from app.campaigns.occasions import Rule
from app.campaigns.schedule import Schedule
from app.operators import roles
from app.people import importing
from app.store import tables as t
from app.store.events import MessageChanged
from app.workspace import Workspace
from ui import theme
from ui.bridge import Bridge
from ui.campaigns import CampaignsPage
from ui.campaigns.when_dialog import WhenDialog
from ui.campaigns.when_panel import WhenPanel
from ui.due import DueTicker

PEOPLE = """first name,phone,visit,born
Maria,(312) 555-0187,2026-11-14 10:30,1992-02-29
Jon,(312) 555-0119,2026-11-22 9:00,24 December
"""
NOW = 1_794_585_600.0  # Friday, 13 November 2026, 10:00 in Chicago


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> CampaignsPage:
    source = importing.open_source(PEOPLE)
    mapping = importing.preview(workspace.store, source, "US").mapping
    people = importing.run(workspace.store, workspace.clock, source, mapping, "US", name="Patients").list_id
    campaigns.create(
        workspace.store, workspace.clock, name="Reminders", list_id=people, texter="Dana",
        template="Hi {first_name}, this is {sender} from Lakeside Clinic: see you {visit:relative}. Reply STOP to opt out.",
    )  # fmt: skip
    bridge = Bridge(workspace.store)
    page = CampaignsPage(workspace, lines, bridge, lambda *_args, **_more: None)
    bridge.setParent(page)
    build(page, 1200, 860)
    page.refresh()
    settle()
    QTest.keyClick(page.overview.list, Qt.Key.Key_Return)
    settle()
    return page


@pytest.fixture
def panel(page: CampaignsPage) -> WhenPanel:
    (found,) = page.editor.findChildren(WhenPanel)
    return found


@pytest.fixture
def ask(panel: WhenPanel, settle: Callable[[], None]) -> Callable[[], WhenDialog]:
    def open_dialog() -> WhenDialog:
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        panel.window().activateWindow()
        settle()
        QTest.keyClick(panel.window(), Qt.Key.Key_D, keys)
        settle()
        (dialog,) = [each for each in panel.findChildren(WhenDialog) if each.isVisible()]
        return dialog

    return open_dialog


def choose(combo: QComboBox, words: str) -> None:
    """By the keyboard: typing finds the entry."""
    combo.setFocus()
    for _ in range(combo.count()):
        QTest.keyClick(combo, Qt.Key.Key_Up)
    for _ in range(combo.count()):
        if combo.currentText().startswith(words):
            return
        QTest.keyClick(combo, Qt.Key.Key_Down)
    raise AssertionError(f"no {words!r} among {[combo.itemText(n) for n in range(combo.count())]}")


def picture(widget: QWidget, name: str) -> None:
    folder = os.environ.get("P2PTEXT_PICTURES")
    if folder:
        widget.grab().save(f"{folder}/{name}.png")


def states(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.store.read() as conn:
        rows = conn.execute(sa.select(t.message.c.occasion, t.message.c.state).order_by(t.message.c.id))
        return [(row.occasion, row.state) for row in rows]


def test_a_reminder_is_set_by_keys_and_comes_to_the_desk(
    page: CampaignsPage, panel: WhenPanel, ask: Callable[[], WhenDialog], workspace: Workspace,
    settle: Callable[[], None], clock: Any,
) -> None:  # fmt: skip
    dialog = ask()
    assert not dialog.rule.days.isVisible()
    choose(dialog.rule.kind, "By a date")
    assert dialog.rule.field.currentText() == "{visit}"  # the field that holds dates is offered first
    dialog.rule.days.setFocus()
    dialog.rule.days.selectAll()
    QTest.keyClicks(dialog.rule.days, "1")
    choose(dialog.rule.side, "before")
    assert dialog.said.text() == (
        "1 day before {visit}, at 10:00 where they live; it leaves the desk that midnight"
    )
    choose(dialog.cap, "1 a week")
    picture(dialog, "when_dialog")
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle()
    key = page.editor.campaign_id or 0
    assert schedule.get(workspace.store, key) == Schedule(
        cap_texts=1, cap_days=7, rule=Rule("date", field="visit", days=-1)
    )
    assert panel.words.text().splitlines() == [
        "1 day before {visit}, at 10:00 where they live; it leaves the desk that midnight",
        "At most 1 campaign text a week to a person, other campaigns counted",
    ]
    QTest.mouseClick(page.editor.start_button, Qt.MouseButton.LeftButton)
    settle()
    assert states(workspace) == [("2026-11-14", "queued")]
    assert page.editor.notice.label.text().startswith("1 text waits on the desk.")
    clock.fixed = NOW + 86400.0
    ticker = DueTicker(workspace, Bridge(workspace.store, page), page)
    told: list[Any] = []
    ticker.prepared.connect(told.append)
    settle()
    page.refresh()
    settle()
    assert states(workspace) == [("2026-11-14", "removed")]
    assert told[0].gone == 1
    assert panel.gone.text() == "1 left the desk because their time passed"
    picture(page, "when_started")
    shown: list[Any] = []
    panel.people_asked.connect(shown.append)
    QTest.mouseClick(panel.gone_button, Qt.MouseButton.LeftButton)
    settle()
    assert shown[0].text.endswith("Maria, its time passed (was due Fri 13 Nov 10:00)")
    assert len(shown[0].people) == 1


def test_the_ticker_looks_again_when_people_change_and_each_minute(
    page: CampaignsPage, workspace: Workspace, settle: Callable[[], None], clock: Any
) -> None:
    key = page.editor.campaign_id or 0
    schedule.save(workspace.store, clock, key, Schedule(rule=Rule("birthday", field="born", at=540)), "Dana")
    QTest.mouseClick(page.editor.start_button, Qt.MouseButton.LeftButton)
    settle()
    assert page.editor.notice.label.text().startswith("It runs. Nothing is due yet")
    bridge = Bridge(workspace.store, page)
    ticker = DueTicker(workspace, bridge, page)
    settle()
    assert states(workspace) == []
    assert ticker._timer.interval() == 60_000
    clock.fixed = NOW + 41 * 86400.0  # 24 December
    ticker._timer.timeout.emit()
    settle()
    assert states(workspace) == [("2026-12-24", "queued")]


def test_the_rail_says_how_many_are_due_now(
    page: CampaignsPage, workspace: Workspace, wait: Callable[..., None], clock: Any, window: Any
) -> None:
    key = page.editor.campaign_id or 0
    rule = Rule("date", field="visit", days=-1)
    schedule.save(workspace.store, clock, key, Schedule(rule=rule), "Dana")
    campaigns.start(workspace.store, clock, key)
    made = window()
    wait(lambda: made.rail.buttons["desk"].accessibleName() == "Desk, 1 waiting")
    with workspace.store.write() as unit:
        unit.conn.execute(sa.update(t.message).values(state="skipped"))
        unit.publish(MessageChanged(1, "", key))
    wait(lambda: made.rail.buttons["desk"].accessibleName() == "Desk")


def test_start_end_and_own_cap_by_keys(
    page: CampaignsPage, panel: WhenPanel, ask: Callable[[], WhenDialog], workspace: Workspace,
    settle: Callable[[], None],
) -> None:  # fmt: skip
    dialog = ask()
    assert not dialog.starts_at.isEnabled()
    for box in (dialog.starts, dialog.ends, dialog.urgent):
        box.setFocus()
        QTest.keyClick(box, Qt.Key.Key_Space)
    choose(dialog.cap, "Own cap")
    dialog.cap_texts.setFocus()
    dialog.cap_texts.selectAll()
    QTest.keyClicks(dialog.cap_texts, "3")
    dialog.cap_days.setFocus()
    dialog.cap_days.selectAll()
    QTest.keyClicks(dialog.cap_days, "30")
    choose(dialog.promise, "Send more")
    assert not dialog.ok_button.isEnabled()
    assert "Say why" in dialog.problem.text()
    QTest.keyClicks(dialog.reason, "Recall of a batch")
    assert dialog.ok_button.isEnabled()
    picture(dialog, "when_dialog_full")
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    settle()
    found = schedule.get(workspace.store, page.editor.campaign_id or 0)
    assert found == Schedule(NOW + 86400.0, NOW + 8 * 86400.0, True, 3, 30, "Recall of a batch")
    said = panel.words.text().splitlines()
    assert said[0].startswith("Starts ")
    assert ", ends Sat 21 Nov " in said[0]
    assert said[1:] == [
        "Urgent: ahead of other campaigns",
        "At most 3 campaign texts in 30 days to a person, other campaigns counted",
        "More than people were promised, because: Recall of a batch",
    ]
    picture(page, "when_panel")
    theme.apply(QApplication.instance(), "dark")  # type: ignore[arg-type]
    page.resize(830, 600)
    settle()
    picture(page, "when_panel_dark")
    again = ask()
    picture(again, "when_dialog_dark")
    assert again.schedule() == found
    QTest.keyClick(again, Qt.Key.Key_Escape)
    settle()
    assert panel.findChildren(WhenDialog) == []


def test_an_end_before_the_start_or_in_the_past_cannot_be_set(
    ask: Callable[[], WhenDialog],
) -> None:
    dialog = ask()
    QTest.keyClick(dialog.ends, Qt.Key.Key_Space)
    dialog.ends_at.setDateTime(dialog.ends_at.dateTime().addDays(-30))
    assert dialog.problem.text() == "The end has passed already. Set a later end."
    QTest.keyClick(dialog.starts, Qt.Key.Key_Space)
    assert dialog.problem.text() == "The end lies before the start. Set a later end."
    QTest.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.isVisible()


def test_a_texter_may_look_and_change_nothing(
    page: CampaignsPage, panel: WhenPanel, workspace: Workspace, settle: Callable[[], None]
) -> None:
    workspace.role = roles.TEXTER
    QTest.mouseClick(panel.change_button, Qt.MouseButton.LeftButton)
    settle()
    assert not [each for each in panel.findChildren(WhenDialog) if each.isVisible()]
    assert "Only a manager may prepare or start a campaign" in page.editor.error.label.text()


def test_every_field_has_a_name_to_be_read_out(ask: Callable[[], WhenDialog]) -> None:
    dialog = ask()
    for field in (
        *dialog.findChildren(QComboBox),
        dialog.starts_at,
        dialog.ends_at,
        dialog.rule.days,
        dialog.rule.at,
    ):
        assert field.accessibleName()
