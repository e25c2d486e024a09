"""Canned replies in the inbox with real keys: one key fills, Esc takes back, Send stays a press of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.conversations import canned, threads
from app.conversations.canned import EVERYBODY, Draft, Shelf
from app.operators import roles
from app.people import beside, optouts
from app.store import tables as t
from app.store.events import ConversationChanged, MessageChanged
from app.workspace import Workspace
from ui import dialogs
from ui.bridge import Bridge
from ui.campaigns.menu import CampaignMenu
from ui.inbox.canned_dialog import CannedDialog
from ui.inbox.page import InboxPage
from ui.press import DWELL
from ui.widgets import KeyButton

NOW = 1_794_585_600.0
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@dataclass
class Office:
    """A line, people who wrote, canned replies, and an inbox over them."""

    workspace: Workspace
    settle: Callable[[], None]
    clock: Any
    build: Callable[..., QWidget]
    lines: Any
    went: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    page: InboxPage = None  # type: ignore[assignment]

    def add(self, table: sa.Table, **values: Any) -> int:
        with self.workspace.store.write() as unit:
            return int(unit.conn.execute(sa.insert(table).values(**values)).inserted_primary_key[0])

    def person(self, name: str, tail: int, said: str, ago: float = 60, **fields: str) -> int:
        number = f"+1312555{tail:04d}"
        contact = self.add(
            t.contact, number=number, name=name, first_name=name.split()[0], fields=json.dumps(fields),
            created_at=NOW, updated_at=NOW,
        )  # fmt: skip
        thread = self.add(
            t.conversation, number=number, contact_id=contact, line_id=1, last_at=NOW - ago, last_text=said,
            waiting_since=NOW - ago, last_in_at=NOW - ago,
        )  # fmt: skip
        self.says(thread, number, said, NOW - ago)
        return thread

    def says(self, thread: int, number: str, text: str, at: float) -> None:
        with self.workspace.store.write() as unit:
            key = unit.conn.execute(
                sa.insert(t.message).values(
                    direction="in", number=number, conversation_id=thread, kind="text", text=text,
                    state="received", created_at=at,
                )
            ).inserted_primary_key[0]  # fmt: skip
            unit.publish(MessageChanged(key, number, None, thread), ConversationChanged(thread))

    def reply(self, label: str, text: str = "", shelf: Shelf = EVERYBODY, **more: Any) -> int:
        draft = Draft(label, text, **more)
        return canned.save(self.workspace.store, self.workspace.clock, shelf, draft)

    def open(self, width: int = 1240, height: int = 800) -> InboxPage:
        bridge = Bridge(self.workspace.store)
        go = lambda name, **where: self.went.append((name, where))  # noqa: E731
        self.page = InboxPage(self.workspace, self.lines, bridge, go)
        bridge.setParent(self.page)
        self.build(self.page, width, height)
        self.page.refresh()
        self.settle()
        return self.page

    def choose(self, position: int = 0) -> None:
        self.page.threads.list.setFocus()
        self.page.threads.list.setCurrentIndex(self.page.threads.model.index(position))
        self.ready()

    def ready(self) -> None:
        """Everything is read, and the dwell is over."""
        self.settle()
        self.clock.pass_time(0)
        self.clock.ahead += DWELL + 0.01

    def press(self, key: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(QApplication.focusWidget(), key, modifier)

    def sent(self) -> list[str]:
        query = sa.select(t.message.c.text).where(t.message.c.direction == "out").order_by(t.message.c.id)
        with self.workspace.store.read() as conn:
            return list(conn.execute(query).scalars())

    def tags(self, tail: int) -> tuple[str, ...]:
        with self.workspace.store.read() as conn:
            people = beside.ids_of(conn, [f"+1312555{tail:04d}"])
            return beside.tags_of(conn, next(iter(people.values()), 0))

    @property
    def composer(self) -> Any:
        return self.page.pane.composer


@pytest.fixture
def office(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None], clock: Any
) -> Office:
    made = Office(workspace, settle, clock, build, lines)
    made.add(t.line, name="Office SIM", url="/dev/null", created_at=NOW)
    return made


# -- filling in -----------------------------------------------------------------------------------


def test_one_key_fills_text_tag_and_done_and_sends_nothing(office: Office) -> None:
    thread = office.person("Jon Park", 1, "May I bring my daughter?", slot="10:30")
    office.reply("Family is welcome", "Of course! See you at {slot}.", tag="family", action="done")
    office.open()
    office.choose()
    assert [chip.text() for chip in office.page.pane.replies.chips] == [
        "1 Family is welcome + tag family, done"
    ]
    office.press(Key.Key_1)  # the list has the focus, no text field
    assert office.composer.text() == "Of course! See you at 10:30."
    assert office.composer.with_it.text() == "With it: tag family, then Done"
    take_back, send = office.composer.take_back_button, office.composer.send_button
    right = take_back.geometry().right()
    office.composer.with_it.hide()  # as with a reply that brings nothing but its words
    office.settle()
    assert take_back.geometry().right() == right
    assert take_back.width() == take_back.sizeHint().width()
    assert abs(right - send.geometry().right()) < 2
    office.ready()
    assert office.sent() == []
    assert office.tags(1) == ()
    office.press(Key.Key_Return)
    office.settle()
    assert office.sent() == ["Of course! See you at 10:30."]
    assert office.tags(1) == ("family",)
    row = threads.get(office.workspace.store, thread)
    assert row is not None
    assert row.row.done
    assert office.composer.gesture is None


def test_escape_takes_all_of_it_back(office: Office) -> None:
    office.person("Jon Park", 1, "Hello", slot="10:30")
    office.reply("One", "First", tag="a")
    office.reply("Two", "Second", tag="b", action="done")
    office.open()
    office.choose()
    office.press(Key.Key_Return)
    QTest.keyClicks(office.composer.edit, "My own words")
    QTest.mouseClick(office.page.pane.replies.chips[0], LEFT)
    QTest.mouseClick(office.page.pane.replies.chips[1], LEFT)
    assert office.composer.text() == "Second"
    office.press(Key.Key_Escape)
    assert office.composer.text() == "My own words"
    assert not office.composer.with_it.isVisible()
    assert QApplication.focusWidget() is office.composer.edit
    office.ready()
    office.press(Key.Key_Return)
    office.settle()
    assert office.sent() == ["My own words"]
    assert office.tags(1) == ()


def test_digits_are_typed_where_there_is_a_text_or_another_field(office: Office) -> None:
    office.person("Jon Park", 1, "Hello")
    office.reply("One", "First")
    office.open()
    office.choose()
    office.page.threads.search.setFocus()
    office.press(Key.Key_1)
    assert office.page.threads.search.text() == "1"
    assert office.composer.text() == ""
    office.page.threads.search.clear()
    office.settle()
    office.composer.edit.setFocus()
    QTest.keyClicks(office.composer.edit, "at 1")
    assert office.composer.text() == "at 1"
    office.composer.edit.clear()
    office.press(Key.Key_9)  # no reply has this key: it is a digit
    assert office.composer.text() == "9"
    office.composer.edit.clear()
    office.press(Key.Key_1)  # the field is empty
    assert office.composer.text() == "First"


def test_a_held_key_fills_once_and_a_made_up_enter_sends_nothing(office: Office) -> None:
    office.person("Jon Park", 1, "Hello")
    office.reply("One", "First")
    office.open()
    office.choose()
    office.composer.edit.setFocus()
    for widget in (office.composer.edit, office.page.threads.list):
        widget.setFocus()
        QTest.keyPress(widget, Key.Key_1)
        assert QApplication.focusWidget() is office.composer.edit
        for _ in range(5):
            held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_1, Qt.KeyboardModifier.NoModifier, "1", True, 1)
            QApplication.sendEvent(office.composer.edit, held)
        QTest.keyRelease(office.composer.edit, Key.Key_1)
        assert office.composer.text() == "First"
        QTest.keyClicks(office.composer.edit, "1")
        assert office.composer.text() == "First1"  # pressed anew it is a digit
        office.press(Key.Key_Escape)
    office.press(Key.Key_1)
    office.ready()
    made = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(office.composer.edit, made)
    office.composer.send_button.click()
    office.settle()
    assert office.sent() == []


def test_a_missing_field_is_named_instead_of_a_wrong_text(office: Office) -> None:
    office.person("Jon Park", 1, "Hello")
    office.reply("When", "At {slot} then")
    office.open()
    office.choose()
    assert office.page.pane.replies.chips[0].text() == "1 When (no slot)"
    office.press(Key.Key_1)
    assert office.composer.text() == ""
    assert "Jon Park has no slot" in office.composer.problem.label.text()


def test_what_was_filled_in_waits_with_its_thread(office: Office) -> None:
    office.person("Jon Park", 1, "Hello", ago=200)
    office.person("Li Wei", 2, "Hi", ago=100)
    office.reply("One", "First", tag="asked")
    office.open()
    office.choose(0)
    office.press(Key.Key_1)
    office.choose(1)
    assert office.composer.text() == ""
    assert office.composer.gesture is None
    office.choose(0)
    assert office.composer.text() == "First"
    assert office.composer.with_it.text() == "With it: tag asked"


def test_emptying_the_field_drops_what_went_with_it(office: Office) -> None:
    office.person("Jon Park", 1, "Hello")
    office.reply("One", "First", tag="asked")
    office.open()
    office.choose()
    office.press(Key.Key_1)
    office.composer.edit.selectAll()
    office.press(Key.Key_Backspace)
    QTest.keyClicks(office.composer.edit, "Other words")
    office.ready()
    office.press(Key.Key_Return)
    office.settle()
    assert office.sent() == ["Other words"]
    assert office.tags(1) == ()


# -- with the script ------------------------------------------------------------------------------


def scripted(office: Office, thread: int, number: str) -> dict[str, int]:
    """A campaign with one question whose first message went to ``number``."""
    keys = {"campaign": office.add(t.campaign, name="Clinic", texter="Dana", created_at=NOW)}
    with office.workspace.store.write() as unit:
        message = unit.conn.execute(
            sa.insert(t.message).values(
                direction="out", number=number, conversation_id=thread, kind="first", text="Hi",
                text_hash="x", state="queued", campaign_id=keys["campaign"], created_at=NOW - 500,
            )
        ).inserted_primary_key[0]  # fmt: skip
        click = unit.conn.execute(
            sa.insert(t.click).values(
                message_id=message, operator="Dana", at=NOW, monotonic=1.0, device="mouse", text_hash="x"
            )
        ).inserted_primary_key[0]
        values = {"state": "sent", "click_id": click, "clicked_at": NOW - 500, "claimed_at": NOW - 500}
        unit.conn.execute(sa.update(t.message).where(t.message.c.id == message).values(**values))
    asked = office.add(t.question, campaign_id=keys["campaign"], position=0, text="Will they come?")
    for place, (label, more) in enumerate(
        (("Yes", {"next_text": "See you, {first_name}!"}), ("Never", {"opts_out": True}))
    ):
        keys[label] = office.add(t.question_option, question_id=asked, position=place, label=label, **more)
    return keys


def test_one_key_gives_the_answer_with_the_text(office: Office) -> None:
    thread = office.person("Jon Park", 1, "Yes we will")
    keys = scripted(office, thread, "+13125550001")
    office.reply("Coming", "Good!", Shelf(keys["campaign"]), option_id=keys["Yes"], tag="comes")
    office.open()
    office.choose()
    assert office.page.pane.replies.chips[0].text() == "1 Coming + answer Yes, tag comes"
    office.press(Key.Key_1)
    office.ready()

    def standing() -> list[tuple[str, str]]:
        a = t.answer.c
        with office.workspace.store.read() as conn:
            return [tuple(row) for row in conn.execute(sa.select(a.number, a.value))]

    assert standing() == []
    office.press(Key.Key_Return)
    office.settle()
    assert standing() == [("+13125550001", "Yes")]
    assert office.tags(1) == ("comes",)


def test_the_scripts_text_is_offered_and_never_replaces_typed_words(office: Office) -> None:
    thread = office.person("Jon Park", 1, "Yes we will")
    scripted(office, thread, "+13125550001")
    office.open()
    office.choose()
    office.press(Key.Key_1, Qt.KeyboardModifier.AltModifier)
    office.settle()
    assert office.composer.text() == "See you, Jon!"
    office.press(Key.Key_Escape)
    assert office.composer.text() == ""
    QTest.keyClicks(office.composer.edit, "My words")
    office.composer.suggest("See you, Jon!")
    assert office.composer.text() == "My words"
    assert "See you, Jon!" in office.composer.problem.label.text()
    QTest.mouseClick(office.composer.problem.button, LEFT)
    assert office.composer.text() == "See you, Jon!"
    assert office.sent() == ["Hi"]


def test_an_answer_that_opts_out_turns_send_into_opt_out(office: Office) -> None:
    thread = office.person("Jon Park", 1, "never again please")
    scripted(office, thread, "+13125550001")
    office.open()
    office.choose()
    office.press(Key.Key_2, Qt.KeyboardModifier.AltModifier)
    office.settle()
    assert office.composer.opt_out_button.isVisible()
    QTest.mouseClick(office.composer.opt_out_button, LEFT)
    office.press(Key.Key_Y)
    office.settle()
    with office.workspace.store.read() as conn:
        assert optouts.active(conn, "+13125550001")


# -- other ends than a send -----------------------------------------------------------------------


def test_a_reply_without_a_text_only_closes(office: Office) -> None:
    thread = office.person("Jon Park", 1, "Wrong number")
    office.reply("Wrong number", "", tag="wrong number", action="done")
    office.open()
    office.choose()
    office.press(Key.Key_1)
    assert office.composer.done_button.isVisible()
    assert not office.composer.send_button.isVisible()
    office.press(Key.Key_Return)
    office.settle()
    assert office.sent() == []
    assert office.tags(1) == ("wrong number",)
    row = threads.get(office.workspace.store, thread)
    assert row is not None
    assert row.row.done
    assert office.composer.send_button.isVisible()


def test_an_opt_out_reply_asks_and_sends_nothing(office: Office) -> None:
    office.person("Jon Park", 1, "pls take me off this list")
    office.reply("Out", "", tag="left", action="opt_out")
    office.open()
    office.choose()
    office.press(Key.Key_1)
    office.ready()
    assert office.composer.opt_out_button.isVisible()
    office.press(Key.Key_Return)
    assert office.page.pane.sure.isVisible()
    assert "Jon Park" in office.page.pane.sure.words.text()
    office.press(Key.Key_Escape)
    office.settle()
    with office.workspace.store.read() as conn:
        assert not optouts.active(conn, "+13125550001")
    office.press(Key.Key_Return)
    office.press(Key.Key_Y)
    office.settle()
    with office.workspace.store.read() as conn:
        assert optouts.active(conn, "+13125550001")
    told = optouts.lookup(office.workspace.store, "+13125550001")[0]
    assert told.evidence == "they wrote: pls take me off this list"
    assert office.sent() == []
    assert office.tags(1) == ("left",)
    assert office.composer.locked


# -- going on -------------------------------------------------------------------------------------


def three(office: Office) -> list[int]:
    return [office.person(f"Person {i}", i, "Hello", ago=300 - i) for i in range(3)]


def test_enter_stays_and_control_enter_goes_on_to_who_waits_longest(office: Office) -> None:
    keys = three(office)
    office.open()
    office.choose(1)
    office.press(Key.Key_Return)
    QTest.keyClicks(office.composer.edit, "Yes")
    office.ready()
    office.press(Key.Key_Return)
    office.ready()
    assert office.page.pane.thread_id == keys[1]
    QTest.keyClicks(office.composer.edit, "And more")
    office.ready()
    office.press(Key.Key_Return, CONTROL)
    office.ready()
    assert office.sent() == ["Yes", "And more"]
    assert office.page.pane.thread_id == keys[0]
    assert QApplication.focusWidget() is office.composer.edit
    QTest.keyClicks(office.composer.edit, "Hi")
    assert office.composer.text() == "Hi"


def test_the_setting_swaps_the_two_and_is_kept(office: Office) -> None:
    keys = three(office)
    office.open()
    office.choose(0)
    QTest.mouseClick(office.composer.go_on_chip, LEFT)
    assert office.workspace.settings.go_on
    QTest.keyClicks(office.composer.edit, "Yes")
    office.ready()
    office.press(Key.Key_Return)
    office.ready()
    assert office.page.pane.thread_id == keys[1]
    QTest.keyClicks(office.composer.edit, "Stay")
    office.ready()
    office.press(Key.Key_Return, CONTROL)
    office.ready()
    assert office.page.pane.thread_id == keys[1]
    assert office.sent() == ["Yes", "Stay"]


def test_control_enter_held_sends_once(office: Office) -> None:
    three(office)
    office.open()
    office.choose(0)
    office.composer.edit.setFocus()
    QTest.keyClicks(office.composer.edit, "Yes")
    office.ready()
    QTest.keyPress(office.composer.edit, Key.Key_Return, CONTROL)
    for _ in range(20):
        held = QKeyEvent(QEvent.Type.KeyPress, Key.Key_Return, CONTROL, "\r", True, 1)
        QApplication.sendEvent(QApplication.focusWidget(), held)
        office.settle()
    QTest.keyRelease(QApplication.focusWidget(), Key.Key_Return, CONTROL)
    assert office.sent() == ["Yes"]


def test_a_refused_send_stays_and_nothing_follows(office: Office) -> None:
    keys = three(office)
    with office.workspace.store.write() as unit:
        unit.conn.execute(sa.update(t.line).values(enabled=False))
    office.reply("One", "First", tag="asked", action="done")
    office.open()
    office.choose(0)
    office.press(Key.Key_1)
    office.ready()
    office.press(Key.Key_Return, CONTROL)
    office.ready()
    assert office.page.pane.thread_id == keys[0]
    assert office.composer.text() == "First"
    assert office.composer.with_it.text() == "With it: tag asked, then Done"
    assert office.tags(0) == ()


def test_from_the_desk_escape_goes_back(office: Office) -> None:
    key = office.person("Jon Park", 1, "Hello")
    office.reply("One", "First")
    office.open()
    office.page.open_at(conversation_id=key, back="desk")
    office.ready()
    back = office.page.threads.back_button
    assert back.text() == "Back to the desk"
    office.page.to_composer()
    office.press(Key.Key_1)
    office.press(Key.Key_Escape)  # first what was filled in
    assert office.went == []
    office.press(Key.Key_Escape)
    assert office.went == [("desk", {})]
    assert not back.isVisible()


def test_when_nobody_waits_the_way_back_is_offered(office: Office) -> None:
    key = office.person("Jon Park", 1, "Hello")
    office.open()
    office.page.open_at(conversation_id=key, back="desk")
    office.ready()
    office.page.to_composer()
    QTest.keyClicks(office.composer.edit, "Yes")
    office.ready()
    office.press(Key.Key_Return, CONTROL)
    office.ready()
    notice = office.page.pane.next_notice
    assert notice.label.text() == "Nobody else waits for an answer."
    QTest.mouseClick(notice.button, LEFT)
    assert office.went == [("desk", {})]


# -- the list of all ------------------------------------------------------------------------------


def test_the_list_finds_by_any_word_and_enter_fills(office: Office) -> None:
    office.person("Jon Park", 1, "Hello")
    for place in range(12):
        office.reply(f"Reply {place}", f"Text number {place}")
    office.reply("Parking", "Behind the mill", tag="car")
    office.open()
    office.choose()
    assert len(office.page.pane.replies.chips) == 9
    office.press(Key.Key_Slash)
    assert QApplication.focusWidget() is office.page.pane.search.search
    QTest.keyClicks(office.page.pane.search.search, "car mill")
    office.press(Key.Key_Return)
    assert office.composer.text() == "Behind the mill"
    assert QApplication.focusWidget() is office.composer.edit
    office.settle()
    assert office.sent() == []
    office.press(Key.Key_Space, CONTROL)  # also where there is a text
    QTest.keyClicks(office.page.pane.search.search, "reply")
    office.press(Key.Key_Down)
    office.press(Key.Key_Return)
    assert office.composer.text() == "Text number 1"
    office.press(Key.Key_Space, CONTROL)
    office.press(Key.Key_Escape)
    assert not office.page.pane.search.isVisible()
    assert office.composer.text() == "Text number 1"


# -- changing them --------------------------------------------------------------------------------


@pytest.fixture
def manage(office: Office, build: Callable[..., QWidget]) -> Callable[..., CannedDialog]:
    def make(campaign_id: int | None = None) -> CannedDialog:
        dialog = CannedDialog(office.workspace, None, campaign_id=campaign_id)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        build(dialog, 900, 600)
        office.settle()
        return dialog

    return make


def shown(dialog: CannedDialog) -> list[str]:
    return [dialog.list.item(i).data(Qt.ItemDataRole.UserRole).label for i in range(dialog.list.count())]


def test_replies_are_written_moved_and_deleted_by_keyboard(
    office: Office, manage: Callable[..., CannedDialog]
) -> None:
    dialog = manage()
    assert dialog.shelf.currentText() == "Only mine"
    for label in ("One", "Two"):
        QTest.keyClick(dialog, Key.Key_N, CONTROL)
        QTest.keyClicks(QApplication.focusWidget(), label)
        QTest.keyClick(QApplication.focusWidget(), Key.Key_Tab)
        QTest.keyClicks(QApplication.focusWidget(), f"{label}!")
        QTest.keyClick(dialog, Key.Key_S, CONTROL)
        office.settle()
    assert shown(dialog) == ["One", "Two"]
    QTest.keyClick(dialog, Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    office.settle()
    assert shown(dialog) == ["Two", "One"]
    mine = Shelf(operator="Dana")
    assert [(r.label, r.text) for r in canned.of_shelf(office.workspace.store, mine)] == [
        ("Two", "Two!"), ("One", "One!"),
    ]  # fmt: skip
    QTest.keyClick(dialog, Key.Key_Delete, CONTROL)
    office.settle()
    assert shown(dialog) == ["One"]
    QTest.mouseClick(dialog.notice.button, LEFT)
    office.settle()
    assert shown(dialog) == ["Two", "One"]


def test_a_mistake_is_said_and_nothing_is_kept(office: Office, manage: Callable[..., CannedDialog]) -> None:
    dialog = manage()
    dialog.form.label.setFocus()
    QTest.keyClicks(dialog.form.label, "When")
    QTest.keyClicks(dialog.form.text, "At {slot")
    assert "lone {" in dialog.form.problem.text()
    QTest.mouseClick(dialog.save_button, LEFT)
    office.settle()
    assert "lone {" in dialog.notice.label.text()
    assert shown(dialog) == []
    assert dialog.form.text.toPlainText() == "At {slot"


def test_a_texter_changes_only_their_own(office: Office, manage: Callable[..., CannedDialog]) -> None:
    office.workspace.role = roles.TEXTER
    office.reply("For all", "Hello")
    dialog = manage()
    assert dialog.new_button.isEnabled()
    dialog.shelf.setCurrentIndex(dialog.shelf.findText("For everyone"))
    office.settle()
    assert shown(dialog) == ["For all"]
    assert not dialog.new_button.isEnabled()
    assert not dialog.save_button.isEnabled()
    assert dialog.form.text.isReadOnly()
    assert "Only a manager" in dialog.notice.label.text()
    QTest.keyClick(dialog, Key.Key_Delete, CONTROL)
    QTest.keyClick(dialog, Key.Key_S, CONTROL)
    office.settle()
    assert [r.label for r in canned.of_shelf(office.workspace.store, EVERYBODY)] == ["For all"]


def test_a_campaigns_replies_may_carry_an_answer(office: Office, manage: Callable[..., CannedDialog]) -> None:
    campaign = office.add(t.campaign, name="Clinic", created_at=NOW)
    asked = office.add(t.question, campaign_id=campaign, position=0, text="Will they come?")
    yes = office.add(t.question_option, question_id=asked, position=0, label="Yes")
    dialog = manage(campaign)
    QTest.keyClicks(dialog.form.label, "Coming")
    QTest.keyClicks(dialog.form.text, "See you")
    dialog.form.answer.setFocus()
    QTest.keyClick(dialog.form.answer, Key.Key_Down)
    QTest.keyClick(dialog, Key.Key_S, CONTROL)
    office.settle()
    (kept,) = canned.of_shelf(office.workspace.store, Shelf(campaign))
    assert (kept.label, kept.option_id) == ("Coming", yes)


def test_the_menu_of_a_campaign_leads_to_its_replies(office: Office) -> None:
    campaign = office.add(t.campaign, name="Clinic", created_at=NOW)
    office.reply("Ours", "Hello", Shelf(campaign))
    button = KeyButton("More…")
    office.build(button, 300, 60)
    menu = CampaignMenu(office.workspace, button)
    menu.campaign_id, menu.state = campaign, "draft"
    dict(menu.entries())["Canned replies…"]()
    (dialog,) = button.findChildren(CannedDialog)
    office.settle()
    assert dialog.shelf.currentText() == "Of this campaign"
    assert shown(dialog) == ["Ours"]
    dialog.reject()


def test_a_table_goes_out_and_comes_in(
    office: Office, manage: Callable[..., CannedDialog], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "replies.csv"
    path.write_text("label,text\nParking,Behind the mill\nBad,{oops\n", "utf-8")
    monkeypatch.setattr(dialogs, "open_file", lambda *_: path)
    monkeypatch.setattr(dialogs, "save_file", lambda *_: tmp_path / "out.csv")
    dialog = manage()
    QTest.mouseClick(dialog.import_button, LEFT)
    office.settle()
    assert shown(dialog) == ["Parking"]
    assert "1 reply added" in dialog.notice.label.text()
    assert "line 3" in dialog.notice.label.text()
    QTest.mouseClick(dialog.export_button, LEFT)
    office.settle()
    assert "Behind the mill" in (tmp_path / "out.csv").read_text("utf-8-sig")
