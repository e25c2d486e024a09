"""Details, tags and notes at the side of a thread: changed in their place, by keyboard, kept at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from app import undo
from app.people import contacts, optouts
from app.people.contacts import Contact
from app.store import tables as t
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.details import Details
from ui.inbox.page import InboxPage
from ui.inbox.tags_notes import TagsNotes
from ui.widgets import KeyButton, Notice, PlainLabel

NOW = 1_794_585_600.0
LEFT = Qt.MouseButton.LeftButton
Key = Qt.Key


class Side:
    """An inbox with Jon, whom we know, and a number that nobody is."""

    def __init__(
        self, workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
    ) -> None:
        self.workspace, self.settle = workspace, settle
        self.jon = self._person(1, {"due_month": "May", "visit": "2026-05-12"})
        self.stranger = self._person(2, None)
        with workspace.store.write() as unit:
            unit.conn.execute(sa.insert(t.field_type).values(name="visit", kind="date"))
        bridge = Bridge(workspace.store)
        self.page = InboxPage(workspace, lines, bridge, lambda *_a, **_k: None)
        bridge.setParent(self.page)
        build(self.page, 1240, 900)
        self.page.refresh()
        settle()

    def _person(self, tail: int, fields: dict[str, str] | None) -> int:
        number = f"+1312555{tail:04d}"
        with self.workspace.store.write() as unit:
            who = None
            if fields is not None:
                row = {"name": "Jon Park", "fields": json.dumps(fields), "notes": "Prefers mornings."}
                row |= {"consent_source": "web form", "consent_at": NOW, "consent_frequency": "2 a month"}
                insert = sa.insert(t.contact).values(number=number, created_at=NOW, updated_at=NOW, **row)
                who = unit.conn.execute(insert).inserted_primary_key[0]
            insert = sa.insert(t.conversation).values(
                number=number, contact_id=who, last_at=NOW, last_text="Hi", waiting_since=NOW, last_in_at=NOW
            )
            return int(unit.conn.execute(insert).inserted_primary_key[0])

    def open(self, thread: int) -> None:
        self.page.open_at(conversation_id=thread)
        self.settle()

    def known(self, tail: int) -> Contact:
        with self.workspace.store.read() as conn:
            found = contacts.by_number(conn, f"+1312555{tail:04d}")
        assert found is not None
        return found

    @property
    def details(self) -> Details:
        return self.page.keeping.details

    @property
    def below(self) -> TagsNotes:
        return self.page.keeping.below


@pytest.fixture
def side(workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]) -> Side:
    return Side(workspace, lines, build, settle)


def type_over(edit: QLineEdit, text: str, last: Qt.Key) -> None:
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, last)


def test_a_value_is_changed_in_its_place_and_read_by_its_kind(side: Side) -> None:
    side.open(side.jon)
    type_over(side.details.edits["visit"], "6/2/2026", Key.Key_Return)
    side.settle()
    jon = side.known(1)
    assert jon.fields["visit"] == "Jun 2, 2026"  # the office is where the month comes first
    assert jon.raw_fields["visit"] == "6/2/2026"
    assert jon.fields["due_month"] == "May"
    assert side.details.edits["visit"].text() == "Jun 2, 2026"
    assert QApplication.focusWidget() is side.page.pane.composer.edit


def test_escape_leaves_a_value_as_it_was(side: Side) -> None:
    side.open(side.jon)
    type_over(side.details.edits["due_month"], "June", Key.Key_Escape)
    side.settle()
    assert side.known(1).fields["due_month"] == "May"
    assert side.details.edits["due_month"].text() == "May"


def test_what_is_typed_goes_to_whom_it_was_typed_for(side: Side) -> None:
    side.open(side.jon)
    edit = side.details.edits["due_month"]
    edit.setFocus()
    QTest.keyClicks(edit, "!")
    side.below.notes.setFocus()  # leaving a value keeps it
    QTest.keyClicks(side.below.notes, "No calls. ")
    side.open(side.stranger)
    jon = side.known(1)
    assert jon.fields["due_month"] in ("!May", "May!")
    assert jon.notes == "No calls. Prefers mornings."
    assert side.details.edits == {}
    assert side.below.notes.toPlainText() == ""
    with side.workspace.store.read() as conn:
        assert contacts.by_number(conn, "+13125550002") is None  # looking at somebody adds nobody


def test_a_detail_for_a_number_that_nobody_is_makes_a_contact(side: Side) -> None:
    side.open(side.stranger)
    QTest.mouseClick(side.details.add_button, LEFT)
    QTest.keyClicks(QApplication.focusWidget(), "order no")
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Return)
    QTest.keyClicks(QApplication.focusWidget(), "A-77")
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Return)
    side.settle()
    assert side.known(2).fields == {"order no": "A-77"}
    assert side.details.edits["order no"].text() == "A-77"
    assert not side.details.new_name.isVisible()


def test_tags_come_and_go_by_keyboard(side: Side) -> None:
    side.open(side.jon)
    side.page.threads.list.setFocus()
    for tag in ("patient", "needs parking"):
        QTest.keyClick(side.page.threads.list, Key.Key_T)
        QTest.keyClicks(QApplication.focusWidget(), tag)
        QTest.keyClick(QApplication.focusWidget(), Key.Key_Return)
        side.settle()
        side.page.threads.list.setFocus()
    assert side.known(1).tags == ("needs parking", "patient")
    first = side.below.chips[0]
    assert first.accessibleName() == "Take away the tag needs parking"
    first.setFocus()
    QTest.keyClick(first, Key.Key_Delete)
    side.settle()
    assert side.known(1).tags == ("patient",)
    assert QApplication.focusWidget() is side.below.chips[0]


def test_half_a_tag_is_no_tag(side: Side) -> None:
    side.open(side.jon)
    QTest.keyClick(side.page.threads.list, Key.Key_T)
    QTest.keyClicks(QApplication.focusWidget(), "pat")
    QTest.keyClick(QApplication.focusWidget(), Key.Key_Escape)
    side.settle()
    assert side.known(1).tags == ()
    assert not side.below.edit.isVisible()


def test_notes_are_written_where_they_stand(side: Side, wait: Callable[..., None]) -> None:
    side.open(side.jon)
    side.page.threads.list.setFocus()
    QTest.keyClick(side.page.threads.list, Key.Key_N)
    assert QApplication.focusWidget() is side.below.notes
    QTest.keyClicks(side.below.notes, "d1 ")  # letters and digits are words here
    wait(lambda: side.known(1).notes == "d1 Prefers mornings.")  # after a pause
    side.settle()
    assert side.below.notes.toPlainText() == "d1 Prefers mornings."
    QTest.keyClick(side.below.notes, Key.Key_Escape)
    assert QApplication.focusWidget() is side.page.pane.composer.edit


def test_a_change_elsewhere_does_not_take_words_away(side: Side) -> None:
    side.open(side.jon)
    edit = side.details.edits["due_month"]
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "Ju")
    contacts.save(
        side.workspace.store, side.workspace.clock, side.known(1).id,
        {"fields": {"due_month": "April", "visit": "x"}, "notes": "Changed"},
    )  # fmt: skip
    side.settle()
    assert edit.text() == "Ju"
    assert side.below.notes.toPlainText() == "Changed"
    QTest.keyClicks(edit, "ne")
    QTest.keyClick(edit, Key.Key_Return)
    side.settle()
    assert side.known(1).fields == {"due_month": "June", "visit": "x"}


def test_consent_says_what_was_promised(side: Side) -> None:
    side.open(side.jon)
    assert side.details.consent.text() == "Consent · web form, 13 Nov 2026; promised: 2 a month"
    side.open(side.stranger)
    assert side.details.consent.text() == "Consent · none on record"


def undo_latest(side: Side) -> str:
    done = undo.of(side.workspace.store).take("Dana")
    assert done is not None
    said = done.act(side.workspace.store)
    side.settle()
    return said


def test_details_and_tags_can_be_undone_while_nobody_changed_them_since(side: Side) -> None:
    side.open(side.jon)
    type_over(side.details.edits["visit"], "6/2/2026", Key.Key_Return)
    side.settle()
    assert undo_latest(side) == ""
    assert side.known(1).raw_fields.get("visit", side.known(1).fields["visit"]) == "2026-05-12"
    type_over(side.details.edits["due_month"], "June", Key.Key_Return)
    side.settle()
    contacts.save(
        side.workspace.store, side.workspace.clock, side.known(1).id, {"fields": {"due_month": "July"}}
    )
    assert "changed again since" in undo_latest(side)
    assert side.known(1).fields == {"due_month": "July"}
    QTest.mouseClick(side.details.add_button, LEFT)
    QTest.keyClicks(side.details.new_name, "carrier")
    QTest.keyClicks(side.details.new_value, "DHL")
    QTest.keyClick(side.details.new_value, Key.Key_Return)
    side.settle()
    assert side.known(1).fields["carrier"] == "DHL"
    assert undo_latest(side) == ""
    assert "carrier" not in side.known(1).fields
    QTest.mouseClick(side.below.add_button, LEFT)
    QTest.keyClicks(side.below.edit, "vip")
    QTest.keyClick(side.below.edit, Key.Key_Return)
    side.settle()
    assert side.known(1).tags == ("vip",)
    assert undo_latest(side) == ""
    assert side.known(1).tags == ()


def test_done_in_the_inbox_can_be_undone(side: Side) -> None:
    side.open(side.jon)
    side.page.threads.list.setFocus()
    QTest.keyClick(side.page.threads.list, Key.Key_D)
    side.settle()
    assert side.page.row is not None
    assert side.page.row.done
    assert undo_latest(side) == ""
    assert not side.page.row.done


def test_the_line_and_the_past_stand_at_the_side_and_open_with_a_key(
    side: Side, wait: Callable[..., None]
) -> None:
    w, past = side.workspace, side.page.keeping.past
    jon, stranger = "+13125550001", "+13125550002"
    with w.store.write() as unit:
        line = unit.conn.execute(
            sa.insert(t.line).values(name="Office <b>SIM</b>", url="x", number="+13125550900", created_at=0.0)
        ).inserted_primary_key[0]
        change = sa.update(t.conversation).where(t.conversation.c.id == side.jon)
        unit.conn.execute(change.values(line_id=line))
        campaign = unit.conn.execute(
            sa.insert(t.campaign).values(name="Spring walk", state="done", created_at=0.0)
        ).inserted_primary_key[0]
        question = unit.conn.execute(
            sa.insert(t.question).values(campaign_id=campaign, position=1, text="Coming?")
        ).inserted_primary_key[0]
        unit.conn.execute(
            sa.insert(t.answer).values(
                question_id=question,
                campaign_id=campaign,
                number=jon,
                value="Yes",
                at=NOW - 50,
                operator="Ana",
            )
        )
        row = {"number": jon, "direction": "out", "text": "Hi", "kind": "first", "campaign_id": campaign}
        key = unit.conn.execute(
            sa.insert(t.message).values(**row, state="queued", created_at=NOW - 90, line_id=line)
        ).inserted_primary_key[0]
        click = unit.conn.execute(
            sa.insert(t.click).values(
                message_id=key, operator="A", at=0.0, monotonic=0.0, device="mouse", text_hash=""
            )
        ).inserted_primary_key[0]
        sent = sa.update(t.message).where(t.message.c.id == key)
        unit.conn.execute(sent.values(state="sent", click_id=click, claimed_at=NOW - 80))
        optouts.opt_out(unit, w.clock, jon, source="paper", evidence="a form, to Ana", operator="Ana")
    side.open(side.jon)
    assert past.line.text() == "Answered by Office <b>SIM</b>"
    assert not past.holder.isVisible()
    side.page.threads.list.setFocus()
    QTest.keyClick(side.page.threads.list, Key.Key_P)
    side.settle()
    assert past.holder.hasFocus()
    assert not past.button.visibleRegion().isEmpty()  # it was scrolled into view, with what is below it
    assert past.holder.visibleRegion().boundingRect().height() > 40
    told = [label.text() for label in past.holder.findChildren(PlainLabel) if label.isVisible()]
    parts = ["⊘ Opted out: on paper: a form, to Ana, noted by Ana", "✎ Coming? Yes", "↗ Texted: Spring walk"]
    assert [text for text in told if text in parts] == parts  # the newest first, the opt-out once
    assert "sent by Office <b>SIM</b>" in told
    assert past.line.text() == "Answered by Office <b>SIM</b>, +1 (312) 555-0900"

    side.open(side.stranger)  # it stays open, and is somebody else's
    wait(lambda: any("Nothing yet" in label.text() for label in past.holder.findChildren(PlainLabel)))
    assert past.line.text() == "None yet: the first free line answers"
    with w.store.write() as unit:
        optouts.opt_out(unit, w.clock, stranger, source="sms", evidence="STOP")
    wait(lambda: any("“STOP” by text" in label.text() for label in past.holder.findChildren(PlainLabel)))
    past.button.setFocus()
    QTest.keyClick(past.button, Key.Key_Space)
    assert not past.holder.isVisible()
    QTest.keyClick(past.button, Key.Key_Escape)
    assert QApplication.focusWidget() is not past.button


@pytest.mark.parametrize("narrow", [False, True])
def test_e_leads_to_the_details_and_the_buttons_stand_beside_each_other(side: Side, narrow: bool) -> None:
    if narrow:
        side.page.resize(864, 600)
        side.settle()
    side.open(side.jon)
    later, composer = side.page.later.panel, side.page.pane.composer
    assert side.page.person.isVisible() is not narrow
    side.page.threads.list.setFocus()
    QTest.keyClick(side.page.threads.list, Key.Key_E)
    side.settle()
    assert side.page.person.isVisible()
    first = side.details.edits["due_month"]
    assert QApplication.focusWidget() is first
    assert first.selectedText() == "May"
    assert first.visibleRegion().boundingRect() == first.rect()  # nothing stands over it, and it is in view
    beside = [later.snooze_button, later.give_button, later.link_button, side.page.sorting.panel.button]
    buttons = [button for button in (*beside, side.page.forwarding.button) if button.isVisible()]
    tops = {button.mapTo(side.page, button.rect().topLeft()).y() for button in buttons}
    assert len(buttons) >= 3
    assert len(tops) <= (len(buttons) + 1) // 2
    assert all(button.width() >= button.sizeHint().width() for button in buttons)
    composer.set_text("Yes, and there is room for the car behind the house.")
    side.settle()
    count = composer.measure_label
    assert count.height() < 3 * count.fontMetrics().height()  # not squeezed to a column
    assert count.width() > count.fontMetrics().horizontalAdvance("57 / 160 · 1 seg")
    QTest.keyClicks(first, "June")
    QTest.keyClick(first, Key.Key_Return)
    side.settle()
    assert side.known(1).fields["due_month"] == "June"
    side.open(side.stranger)
    side.page.threads.list.setFocus()
    QTest.keyClick(side.page.threads.list, Key.Key_E)
    assert QApplication.focusWidget() is side.details.new_name  # there is none yet: a new one


def test_that_they_opted_out_is_not_squeezed_beside_its_button(side: Side) -> None:
    side.page.resize(864, 600)
    w, asked = side.workspace, []
    with w.store.write() as unit:
        optouts.opt_out(unit, w.clock, "+13125550001", source="sms", evidence="STOP")
    side.open(side.jon)
    side.page.threads.list.setFocus()
    QTest.keyClick(side.page.threads.list, Key.Key_E)
    side.settle()
    banner = next(each for each in side.page.person.findChildren(Notice) if "Opted out" in each.label.text())
    assert banner.label.height() <= 2.5 * banner.label.fontMetrics().lineSpacing()
    side.page.person.opt_outs_asked.connect(asked.append)
    why = next(each for each in side.page.person.findChildren(KeyButton) if "See why" in each.text())
    QTest.mouseClick(why, LEFT, pos=why.rect().center())
    assert asked == ["+13125550001"]
