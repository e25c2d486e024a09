"""Texts of a campaign in the window: templates, several texts, plain letters, proofs, fields, "More…"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns import library, office
from app.people import importing
from app.store import tables as t
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.campaigns import CampaignsPage
from ui.campaigns.fields import FieldsDialog
from ui.campaigns.library import LibraryDialog, SaveTemplateDialog
from ui.campaigns.menu import AskDialog, ListDialog
from ui.campaigns.office_dialog import OfficeDialog
from ui.campaigns.plain import PlainDialog
from ui.campaigns.proof import ProofDialog

PEOPLE = """first name,phone,slot,area
Maria,(312) 555-0187,10:30,north
Jon,(312) 555-0119,,south
Łucja,(312) 555-0142,9:15,north
"""
#: The offscreen platform has no windows to raise and no keyboard to grab; a menu tells of both.
menus = pytest.mark.qt_log_ignore(
    "does not support raise", "does not support grabbing", "does not support propagateSizeHints"
)
Settle = Callable[[], None]
Key, Left = Qt.Key, Qt.MouseButton.LeftButton


@pytest.fixture
def went() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def people(workspace: Workspace) -> Callable[[str, str], int]:
    def make(text: str = PEOPLE, name: str = "Patients") -> int:
        source = importing.open_source(text)
        mapping = importing.preview(workspace.store, source, "US").mapping
        return importing.run(workspace.store, workspace.clock, source, mapping, "US", name=name).list_id

    return make


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Settle, people: Any,
    went: list[tuple[str, dict[str, Any]]],
) -> CampaignsPage:  # fmt: skip
    bridge = Bridge(workspace.store)
    page = CampaignsPage(workspace, lines, bridge, lambda name, **where: went.append((name, where)))
    bridge.setParent(page)
    build(page, 1000, 700)
    page.open_at(list_id=people())
    settle()
    return page


def write(page: CampaignsPage, text: str, settle: Settle) -> None:
    page.editor.message.edit.setFocus()
    page.editor.message.edit.selectAll()
    QTest.keyClicks(page.editor.message.edit, text)
    page.editor.save()
    settle()


def stored(page: CampaignsPage) -> campaigns.Campaign:
    return campaigns.get(page.workspace.store, page.editor.campaign_id or 0)


def dialog(kind: type[QDialog]) -> Any:
    found = QApplication.activeModalWidget()
    assert isinstance(found, kind), found
    return found


def chosen(page: CampaignsPage, words: str, settle: Settle) -> None:
    """Press "More…" and take an entry of the menu by keyboard."""
    QTest.mouseClick(page.editor.header.more_button, Left)
    menu = page.editor.menu.menu
    names = [action.text() for action in menu.actions()]
    for _ in range(names.index(words)):
        QTest.keyClick(menu, Key.Key_Down)
    assert menu.activeAction().text() == words
    QTest.keyClick(menu, Key.Key_Return)
    settle()


def texts(workspace: Workspace) -> list[tuple[str, str]]:
    m = t.message.c
    with workspace.store.read() as conn:
        return [tuple(row) for row in conn.execute(sa.select(m.text, m.state).order_by(m.position))]


#: With it the three people get both texts.
SEED = 1


def wording_of(workspace: Workspace, message_id: int) -> str:
    query = (
        sa.select(t.wording.c.label)
        .join(t.message, t.message.c.wording_id == t.wording.c.id)
        .where(t.message.c.id == message_id)
    )
    with workspace.store.read() as conn:
        return str(conn.execute(query).scalar())


# -- templates ------------------------------------------------------------------------------------


def test_a_template_is_found_and_taken_by_keyboard(page: CampaignsPage, settle: Settle) -> None:
    QTest.keyClick(page.editor.message.edit, Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    settle()
    found = dialog(LibraryDialog)
    assert found.list.count() == len(library.shipped())
    assert found.search.hasFocus()
    QTest.keyClicks(found.search, "will you come")
    QTest.keyClick(found.search, Key.Key_Return)
    settle()
    assert page.editor.message.text().startswith(
        "Hi {first_name|there}, {sender} from {organisation}. Will you"
    )
    page.editor.save()
    settle()
    assert stored(page).template == page.editor.message.text()
    assert dict(stored(page).fields)["organisation"] == "Lakeside Clinic"


def test_favourites_copies_and_deleting(page: CampaignsPage, workspace: Workspace, settle: Settle) -> None:
    QTest.mouseClick(page.editor.message.library_button, Left)
    settle()
    found = dialog(LibraryDialog)
    QTest.keyClick(found, Key.Key_Down)
    QTest.keyClick(found, Key.Key_Down)
    third = found.current()
    QTest.keyClick(found, Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    settle()
    assert found.current().key == third.key
    assert found.list.currentRow() == 0
    assert found.bubble.label.text() == third.text
    QTest.mouseClick(found.copy_button, Left)
    settle()
    own = found.current()
    assert (own.is_own, own.text) == (True, third.text)
    assert found.delete_button.isVisible()
    QTest.mouseClick(found.delete_button, Left)
    settle()
    assert all(not each.is_own for each in library.texts(workspace.store))
    assert not found.delete_button.isVisible()
    QTest.keyClick(found, Key.Key_Escape)
    assert page.editor.message.text() == ""


@menus
def test_the_text_is_kept_as_a_template(page: CampaignsPage, workspace: Workspace, settle: Settle) -> None:
    write(page, "Hi {first_name}", settle)
    chosen(page, "Keep the text as a template…", settle)
    found = dialog(SaveTemplateDialog)
    assert not found.ok_button.isEnabled()
    QTest.keyClicks(found.name, "Hello")
    QTest.keyClick(found.name, Key.Key_Return)
    settle()
    assert [(e.name, e.text) for e in library.texts(workspace.store) if e.is_own] == [
        ("Hello", "Hi {first_name}")
    ]
    assert "“Hello” is among the templates" in page.editor.notice.label.text()


# -- plain letters ----------------------------------------------------------------------------------


def test_plain_letters_are_shown_before_and_after(page: CampaignsPage, settle: Settle) -> None:
    message = page.editor.message
    write(page, "Its fine", settle)
    assert not message.plain.isVisible()
    message.replace("It’s {sender} – " + "x" * 60 + "🎉")
    page.editor.save()
    settle()
    assert message.plain.isVisible()
    words = message.plain.words.text().translate({0x2068: None, 0x2069: None})
    assert words == "’ – 🎉 make the text UCS-2: 2 segments instead of 1."
    QTest.mouseClick(message.plain.button, Left)
    found = dialog(PlainDialog)
    assert found.before.toPlainText().startswith("It’s {sender} – ")
    assert found.after.toPlainText() == "It's {sender} - " + "x" * 60
    assert "2 segments" in found.before.accessibleName()
    assert "1 segment" in found.after.accessibleName()
    QTest.keyClick(found, Key.Key_Return)
    settle()
    assert message.text() == "It's {sender} - " + "x" * 60
    assert not message.plain.isVisible()
    message.edit.undo()
    assert message.text().startswith("It’s")
    page.editor.save()
    settle()


# -- several texts -----------------------------------------------------------------------------------


def test_another_text_for_some_of_the_people(
    page: CampaignsPage, workspace: Workspace, settle: Settle
) -> None:
    editor = page.editor
    write(page, "Hi {first_name|there}, {sender}", settle)
    QTest.mouseClick(editor.message.variants.more, Left)
    settle()
    assert editor.label == "B"
    assert editor.message.text() == "Hi {first_name|there}, {sender}"
    audience = editor.message.audience
    assert audience.isVisible()
    write(page, "North! {sender}", settle)
    audience.kind.setFocus()
    audience.kind.setCurrentIndex(audience.kind.findData("area"))
    audience.kind.activated.emit(audience.kind.currentIndex())
    assert audience.value.isVisible()
    QTest.keyClicks(audience.value, "north")
    editor.save()
    settle()
    assert stored(page).variants == (campaigns.Variant("B", "North! {sender}", "area", "north"),)
    assert editor.preview.bubble.label.text() == "North! Dana"
    assert "Text A: 1 · Text B: 2" in [check.text for check in editor.checks.checks]
    QTest.mouseClick(editor.message.variants.chips["A"], Left)
    settle()
    assert editor.message.text() == "Hi {first_name|there}, {sender}"
    assert not audience.isVisible()
    QTest.mouseClick(editor.start_button, Left)
    settle()
    assert [text for text, _ in texts(workspace)] == ["North! Dana", "Hi Jon, Dana", "North! Dana"]
    assert "Text B: 0 sent, 2 to go" in editor.message.segments.text()


def test_a_text_is_taken_out_again(page: CampaignsPage, settle: Settle) -> None:
    editor = page.editor
    write(page, "One {sender}", settle)
    QTest.mouseClick(editor.message.variants.more, Left)
    settle()
    write(page, "Two {sender}", settle)
    QTest.mouseClick(editor.message.audience.remove_button, Left)
    settle()
    assert stored(page).variants == ()
    assert (editor.label, editor.message.text()) == ("A", "One {sender}")
    assert not editor.message.variants.chips


def test_a_changed_text_of_a_running_campaign_is_saved_by_hand(
    page: CampaignsPage, workspace: Workspace, settle: Settle
) -> None:
    editor = page.editor
    write(page, "One {sender}", settle)
    QTest.mouseClick(editor.message.variants.more, Left)
    settle()
    write(page, "Two {sender}", settle)
    with workspace.store.write() as unit:
        unit.conn.execute(sa.update(t.campaign).values(split_seed=SEED))
    QTest.mouseClick(editor.start_button, Left)
    settle()
    assert not editor.message.variants.more.isVisible()
    QTest.keyClicks(editor.message.edit, "!")
    settle()
    before = texts(workspace)
    assert "B" in {wording_of(workspace, key) for key in range(1, 4)}
    assert editor.message.save_button.isVisible()
    QTest.mouseClick(editor.message.save_button, Left)
    settle()
    after = texts(workspace)
    assert before != after
    assert {text for text, _ in after} <= {"One Dana", "!Two Dana", "Two Dana!"}


# -- proofs ---------------------------------------------------------------------------------------


def test_proofs_are_stepped_through_by_keyboard(
    page: CampaignsPage, settle: Settle, went: list[tuple[str, dict[str, Any]]]
) -> None:
    write(page, "{sender}: {first_name} {slot}", settle)
    QTest.keyClick(page.editor.message.edit, Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    settle()
    found = dialog(ProofDialog)
    seen = [found.bubble.label.text()]
    for key in (Key.Key_Right, Key.Key_J, Key.Key_Right, Key.Key_Home, Key.Key_End, Key.Key_Left):
        QTest.keyClick(found, key)
        settle()
        seen.append(found.bubble.label.text() if found.bubble.isVisible() else found.notes.text())
    jon = "No slot for this person, and no fallback."
    maria, lucja = "Dana: Maria 10:30", "Dana: Łucja 09:15"
    assert seen == [maria, jon, lucja, lucja, maria, lucja, jon]
    assert found.place.text() == "2 of 3"
    QTest.keyClick(found, Key.Key_5)
    settle()
    assert (found.preset, found.place.text()) == ("letters", "1 of 1")
    assert "UCS-2 because of \u2068Ł" in found.cost.text()
    QTest.keyClick(found, Key.Key_7)  # nobody opted out: nothing to choose
    assert found.preset == "letters"
    contact = found.shown.contact_id
    QTest.keyClick(found, Key.Key_Return)
    settle()
    assert went == [("contacts", {"contact_id": contact})]


# -- fields and the office's lists ------------------------------------------------------------------


def test_fields_of_the_campaign(page: CampaignsPage, settle: Settle) -> None:
    QTest.mouseClick(page.editor.message.fields_button, Left)
    found = dialog(FieldsDialog)
    assert [name.text() for name, _ in found.rows] == ["organisation", "", ""]
    name, value = found.rows[1]
    QTest.keyClicks(value, "Park")
    QTest.keyClick(value, Key.Key_Return)
    assert "has no name" in found.problem.text()
    QTest.keyClicks(name, "sender")
    QTest.keyClick(name, Key.Key_Return)
    assert "person's own field" in found.problem.text()
    name.selectAll()
    QTest.keyClicks(name, "Place")
    QTest.keyClick(name, Key.Key_Return)
    settle()
    assert stored(page).fields == (("organisation", "Lakeside Clinic"), ("place", "Park"))
    write(page, "{sender}: {place}", settle)
    assert page.editor.preview.bubble.label.text() == "Dana: Park"


def test_what_the_checks_look_for(page: CampaignsPage, workspace: Workspace, settle: Settle) -> None:
    write(page, "{sender}: refund. STOP", settle)
    QTest.mouseClick(page.editor.checks.office_button, Left)
    settle()
    found = dialog(OfficeDialog)
    QTest.keyClicks(found.lists["words"], "Refund")
    QTest.keyClicks(found.price, "cheap")
    QTest.mouseClick(found.ok_button, Left)
    assert "is no price" in found.problem.text()
    found.price.selectAll()
    QTest.keyClicks(found.price, "0,05")
    QTest.mouseClick(found.ok_button, Left)
    settle()
    assert office.get(workspace.store) == office.Office(words=("refund",), price=0.05)
    said = [check.text for check in page.editor.checks.checks]
    assert "On this office's own list of words (“refund”)" in said
    assert any(text.startswith("3 segments cost about 0.15") for text in said)


# -- more -------------------------------------------------------------------------------------------


@menus
def test_a_draft_is_copied_and_deleted(page: CampaignsPage, workspace: Workspace, settle: Settle) -> None:
    write(page, "Hi {sender}", settle)
    first = page.editor.campaign_id or 0
    chosen(page, "Duplicate", settle)
    second = page.editor.campaign_id or 0
    assert second != first
    assert page.editor.message.text() == "Hi {sender}"
    chosen(page, "Delete this draft…", settle)
    found = dialog(AskDialog)
    assert found.cancel_button.hasFocus()
    QTest.keyClick(found.cancel_button, Key.Key_Space)
    settle()
    assert stored(page).state == "draft"
    chosen(page, "Delete this draft…", settle)
    QTest.mouseClick(dialog(AskDialog).ok_button, Left)
    settle()
    assert page.overview.isVisible()
    assert [each.id for each in campaigns.overview(workspace.store)] == [first]


@menus
def test_people_come_late_are_taken_out_and_it_is_finished(
    page: CampaignsPage, workspace: Workspace, settle: Settle, people: Any
) -> None:
    people("first name,phone\nAnn,(312) 555-0777\nMaria,(312) 555-0187\n", "Late")
    write(page, "Hi {first_name|you}, {sender}", settle)
    QTest.mouseClick(page.editor.start_button, Left)
    settle()
    chosen(page, "Add people…", settle)
    found = dialog(ListDialog)
    found.lists.setCurrentIndex(
        next(i for i in range(found.lists.count()) if "Late" in found.lists.itemText(i))
    )
    QTest.mouseClick(found.ok_button, Left)
    settle()
    assert page.editor.notice.label.text() == "1 text more wait on the desk. Left out: 1 already in it."
    assert texts(workspace)[-1] == ("Hi Ann, Dana", "queued")
    chosen(page, "Take people out…", settle)
    found = dialog(ListDialog)
    found.lists.setCurrentIndex(
        next(i for i in range(found.lists.count()) if "Late" in found.lists.itemText(i))
    )
    QTest.mouseClick(found.ok_button, Left)
    settle()
    assert [state for _, state in texts(workspace)] == ["removed", "queued", "queued", "removed"]
    chosen(page, "Finish…", settle)
    QTest.mouseClick(dialog(AskDialog).ok_button, Left)
    settle()
    assert stored(page).state == "done"
    assert page.editor.pause_button.text() == "Resume"


def test_a_second_wave_that_has_nobody_says_so(
    page: CampaignsPage, workspace: Workspace, settle: Settle
) -> None:
    write(page, "Hi {first_name|you}, {sender}", settle)
    QTest.mouseClick(page.editor.start_button, Left)
    settle()
    assert "Second wave: those who did not answer" not in [words for words, _ in page.editor.menu.entries()]
    page.editor.menu.second_wave()
    settle()
    assert "nobody to write to" in page.editor.error.label.text()
