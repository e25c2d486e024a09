"""Campaigns in the window: writing, previewing, checking, starting, and changing one that runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt, QTime
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns.hours import Policy
from app.people import importing, optouts
from app.store import tables as t
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.campaigns import CampaignsPage
from ui.campaigns.hours_panel import policy_words
from ui.campaigns.template_edit import MessagePanel

PEOPLE = """first name,phone,slot
Maria,(312) 555-0187,10:30
Jon,(312) 555-0119,
Łucja,(312) 555-0142,9:15
"""


@pytest.fixture
def went() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> CampaignsPage:  # fmt: skip
    bridge = Bridge(workspace.store)
    page = CampaignsPage(workspace, lines, bridge, lambda name, **where: went.append((name, where)))
    bridge.setParent(page)
    build(page, 1000, 700)
    page.refresh()
    settle()
    return page


@pytest.fixture
def people(workspace: Workspace) -> int:
    source = importing.open_source(PEOPLE)
    mapping = importing.preview(workspace.store, source, "US").mapping
    report = importing.run(workspace.store, workspace.clock, source, mapping, "US", name="Patients")
    return report.list_id


def messages(workspace: Workspace, **where: Any) -> list[tuple[str, str]]:
    m = t.message.c
    query = sa.select(m.text, m.state).where(*(m[key] == value for key, value in where.items()))
    with workspace.store.read() as conn:
        return [tuple(row) for row in conn.execute(query.order_by(m.position))]


def write(page: CampaignsPage, text: str, settle: Callable[[], None]) -> None:
    edit = page.editor.message.edit
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    page.editor.save()
    settle()


@pytest.fixture
def draft(page: CampaignsPage, people: int, settle: Callable[[], None]) -> CampaignsPage:
    page.open_at(list_id=people)
    settle()
    return page


def check_texts(page: CampaignsPage) -> dict[str, str]:
    return {check.text: check.level for check in page.editor.checks.checks}


def test_an_empty_page_says_what_a_campaign_is(page: CampaignsPage, settle: Callable[[], None]) -> None:
    assert page.overview.empty.isVisible()
    QTest.mouseClick(page.overview.empty.button, Qt.MouseButton.LeftButton)
    settle()
    assert page.editor.isVisible()
    assert page.editor.about.people.currentText() == "No list yet: import one"
    assert page.editor.checks.stops


def test_what_is_typed_is_saved_and_previewed(
    draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    editor = draft.editor
    editor.about.name.setFocus()
    QTest.keyClicks(editor.about.name, "Spring")
    write(draft, "Hi {first_name|there}, it is {sender}. Reply STOP to opt out.", settle)
    found = campaigns.get(workspace.store, editor.campaign_id or 0)
    assert (found.name, found.texter) == ("Spring", "Dana")
    assert found.template.startswith("Hi {first_name|there}")
    assert editor.preview.bubble.label.text() == "Hi Maria, it is Dana. Reply STOP to opt out."
    assert editor.preview.place.text() == "1 of 3"
    QTest.mouseClick(editor.preview.next_button, Qt.MouseButton.LeftButton)
    QTest.mouseClick(editor.preview.next_button, Qt.MouseButton.LeftButton)
    settle()
    assert editor.preview.bubble.label.text().startswith("Hi Łucja")
    assert "UCS-2" in editor.preview.cost.text()
    assert "Ł" in editor.preview.cost.text()
    QTest.mouseClick(editor.preview.next_button, Qt.MouseButton.LeftButton)
    settle()
    assert editor.preview.place.text() == "1 of 3"


def test_a_pause_in_typing_saves(
    draft: CampaignsPage, workspace: Workspace, wait: Callable[..., None]
) -> None:
    draft.editor.message.edit.setFocus()
    QTest.keyClicks(draft.editor.message.edit, "Hello")
    wait(lambda: campaigns.get(workspace.store, draft.editor.campaign_id or 0).template == "Hello")


def test_field_chips_are_inserted_at_the_cursor(draft: CampaignsPage, settle: Callable[[], None]) -> None:
    from ui.widgets import ChipButton

    write(draft, "Hi !", settle)
    message = draft.editor.message
    message.edit.moveCursor(message.edit.textCursor().MoveOperation.Left)
    chips = {chip.text(): chip for chip in message.findChildren(ChipButton)}
    assert {"first_name", "slot", "sender"} <= chips.keys()
    QTest.mouseClick(chips["first_name"], Qt.MouseButton.LeftButton)
    assert message.text() == "Hi {first_name|there}!"
    assert message.edit.hasFocus()


def test_fields_stand_out_and_mistakes_too(build: Callable[..., QWidget]) -> None:
    panel = MessagePanel()
    build(panel, 600, 300)
    panel.show_fields(("first_name", "slot"))
    panel.set_text("😀 {first_name|there} {{x}} {wrong} {")
    layout = panel.edit.document().firstBlock().layout()
    marked = [(f.start, f.length, f.format.background().color().name()) for f in layout.formats()]
    assert [(start, length) for start, length, _ in marked] == [(3, 18), (28, 7), (36, 1)]
    assert marked[0][2] != marked[1][2] == marked[2][2]


def test_a_message_that_cannot_be_read_is_said_and_not_lost(
    draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    editor = draft.editor
    write(draft, "Hi {first_name", settle)
    assert editor.message.problem.isVisible()
    key = editor.campaign_id or 0
    assert campaigns.get(workspace.store, key).template == ""
    editor.setFocus()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    settle()
    assert draft.overview.isVisible()
    draft.open(key)
    settle()
    assert editor.message.text() == "Hi {first_name"
    write(draft, "Hi {first_name}", settle)
    assert not editor.message.problem.isVisible()
    assert campaigns.get(workspace.store, key).template == "Hi {first_name}"


def test_checks_say_who_and_show_them(
    draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> None:  # fmt: skip
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, "+13125550142", source="sms", evidence="STOP")
    write(draft, "Hi {first_name}, {sender} here: {slot}. Reply STOP to opt out.", settle)
    found = check_texts(draft)
    assert any(text.startswith("Jon") and level == "stop" for text, level in found.items())
    assert any("1 opted out" in text and level == "warn" for text, level in found.items())
    names = [label.accessibleName() for label in draft.editor.checks.findChildren(QLabel)]
    assert any(name.startswith("stops the start: Jon") for name in names)
    check = next(check for check in draft.editor.checks.checks if check.level == "stop")
    draft.editor.show_people(check)
    settle()
    from ui.campaigns.checks import PeopleDialog

    dialog = draft.editor.findChild(PeopleDialog)
    assert dialog is not None
    assert dialog.list.current_row().name == "Jon"
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert went == [("contacts", {"contact_id": check.people[0]})]


def test_a_start_that_cannot_be_names_who_and_queues_nothing(
    draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    write(draft, "Hi {first_name}: {slot}", settle)
    QTest.mouseClick(draft.editor.start_button, Qt.MouseButton.LeftButton)
    settle()
    assert draft.editor.error.isVisible()
    assert "Jon has no slot" in draft.editor.error.label.text()
    assert messages(workspace) == []
    assert campaigns.get(workspace.store, draft.editor.campaign_id or 0).state == "draft"


def test_start_takes_what_is_on_screen_and_leads_to_the_desk(
    draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> None:  # fmt: skip
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, "+13125550119", source="sms", evidence="STOP")
    editor = draft.editor
    editor.message.edit.setFocus()
    QTest.keyClicks(editor.message.edit, "Hi {first_name|there}")
    QTest.mouseClick(editor.start_button, Qt.MouseButton.LeftButton)  # before the pause is over
    settle()
    assert messages(workspace) == [("Hi Maria", "queued"), ("Hi Łucja", "queued")]
    assert "2 texts wait on the desk" in editor.notice.label.text()
    assert "1 opted out" in editor.notice.label.text()
    assert not editor.starting.isVisible()
    QTest.mouseClick(editor.desk_button, Qt.MouseButton.LeftButton)
    assert went == [("desk", {"campaign_id": editor.campaign_id})]


def start(draft: CampaignsPage, settle: Callable[[], None]) -> None:
    write(draft, "Hi {first_name|there}", settle)
    QTest.mouseClick(draft.editor.start_button, Qt.MouseButton.LeftButton)
    settle()


def test_looking_at_a_started_campaign_changes_nothing(
    draft: CampaignsPage, settle: Callable[[], None]
) -> None:
    start(draft, settle)
    editor = draft.editor
    key = editor.campaign_id
    assert key is not None
    draft.open(key)
    settle()
    editor.message.edit.highlighter.rehighlight()  # as another theme, or other fields, make it do
    settle()
    assert not editor.message.save_button.isVisible()


def test_half_a_message_never_reaches_the_desk(
    draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    start(draft, settle)
    editor = draft.editor
    edit = editor.message.edit
    edit.setFocus()
    edit.moveCursor(edit.textCursor().MoveOperation.End)
    QTest.keyClicks(edit, " and")
    editor._pause.timeout.emit() if editor._pause.isActive() else None
    settle()
    assert messages(workspace)[0] == ("Hi Maria", "queued")
    assert editor.message.save_button.isVisible()
    assert "3 texts" in editor.message.save_button.text()
    QTest.mouseClick(editor.message.save_button, Qt.MouseButton.LeftButton)
    settle()
    assert messages(workspace)[0] == ("Hi Maria and", "queued")
    assert not editor.message.save_button.isVisible()


def test_pause_and_resume(draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None]) -> None:
    start(draft, settle)
    editor = draft.editor
    for state, words in (("paused", "Resume"), ("running", "Pause")):
        QTest.mouseClick(editor.pause_button, Qt.MouseButton.LeftButton)
        settle()
        assert campaigns.get(workspace.store, editor.campaign_id or 0).state == state
        assert editor.pause_button.text() == words


def test_the_overview_lists_states_and_counts_and_opens_by_keyboard(
    draft: CampaignsPage, settle: Callable[[], None]
) -> None:
    start(draft, settle)
    QTest.mouseClick(draft.editor.back_button, Qt.MouseButton.LeftButton)
    settle()
    item = draft.overview.list.item(0)
    said = item.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "running" in said
    assert "3 to go" in said
    QTest.keyClick(draft.overview.list, Qt.Key.Key_Return)
    settle()
    assert draft.editor.isVisible()


def test_looser_hours_ask_for_a_reason(
    draft: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    editor = draft.editor
    QTest.mouseClick(editor.hours.change_button, Qt.MouseButton.LeftButton)
    dialog = editor._hours_dialog
    assert not dialog.reason_edit.isVisible()
    dialog._rows[6][1].setTime(QTime(8, 0))
    assert dialog.reason_edit.isVisible()
    assert not dialog.ok_button.isEnabled()
    QTest.keyClicks(dialog.reason_edit, "Election day")
    QTest.mouseClick(dialog.ok_button, Qt.MouseButton.LeftButton)
    settle()
    found = campaigns.get(workspace.store, editor.campaign_id or 0)
    assert found.policy.days[6] == (8 * 60, 20 * 60)
    assert found.hours_reason == "Election day"
    with workspace.store.read() as conn:
        assert conn.execute(sa.select(t.audit.c.action)).scalars().all() == ["hours loosened"]
    assert "Election day" in editor.hours.words.text()


def test_hours_in_words() -> None:
    assert policy_words(Policy()) == ("Monday to Saturday 9:00 to 20:00", "Sunday 12:00 to 20:00")
    assert policy_words(Policy(((0, 1440),) * 7)) == ("Every day 0:00 to 24:00",)
    assert policy_words(Policy((*(((540, 1200),) * 6), None)))[-1] == "Sunday: not at all"


def test_hostile_values_stay_plain(
    page: CampaignsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    source = importing.open_source("name,phone\n<b>x</b><img src=x>,3125550187\n")
    mapping = importing.preview(workspace.store, source, "US").mapping
    report = importing.run(workspace.store, workspace.clock, source, mapping, "US", name="<i>List</i>")
    page.open_at(list_id=report.list_id)
    settle()
    write(page, "Hi {name}", settle)
    assert page.editor.preview.bubble.label.text() == "Hi <b>x</b><img src=x>"
    for label in page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText


def test_show_who_opens_the_people_of_a_refused_start(
    draft: CampaignsPage, settle: Callable[[], None]
) -> None:
    from ui.campaigns.checks import PeopleDialog

    write(draft, "Hi {first_name}: {slot}", settle)
    QTest.mouseClick(draft.editor.start_button, Qt.MouseButton.LeftButton)
    settle()
    QTest.mouseClick(draft.editor.error.button, Qt.MouseButton.LeftButton)
    settle()
    dialog = draft.editor.findChild(PeopleDialog)
    assert dialog is not None
    assert [dialog.list.paged.row(i).name for i in range(dialog.list.paged.rowCount())] == ["Jon"]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle()
    QTest.keyClicks(draft.editor.message.edit, "!")
    assert not draft.editor.error.isVisible()
