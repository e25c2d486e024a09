"""The inbox with real keys: threads, bubbles, answers that are clicks, drafts, and a list that stays put."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from app.conversations import threads
from app.people import optouts
from app.store import tables as t
from app.store.events import ConversationChanged, MessageChanged
from app.texting.clicks import text_hash
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.page import InboxPage
from ui.press import DWELL

NOW = 1_794_585_600.0


class Talk:
    """Puts conversations into the store, as a line would."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        with workspace.store.write() as unit:
            self.line = unit.conn.execute(
                sa.insert(t.line).values(name="Office SIM", url="/dev/null", created_at=NOW)
            ).inserted_primary_key[0]

    def person(self, name: str, tail: int, said: str = "", ago: float = 60, **values: Any) -> int:
        number = f"+1312555{tail:04d}"
        with self.workspace.store.write() as unit:
            conn = unit.conn
            contact = conn.execute(
                sa.insert(t.contact).values(
                    number=number, name=name, fields='{"due_month": "May"}', created_at=NOW, updated_at=NOW
                )
            ).inserted_primary_key[0]
            row = {
                "number": number, "contact_id": contact, "line_id": self.line, "last_at": NOW - ago,
                "last_text": said, "waiting_since": NOW - ago, "last_in_at": NOW - ago, **values,
            }  # fmt: skip
            key: int = conn.execute(sa.insert(t.conversation).values(**row)).inserted_primary_key[0]
        if said:
            self.says(key, number, said, NOW - ago)
        return key

    def says(self, thread: int, number: str, text: str, at: float) -> int:
        with self.workspace.store.write() as unit:
            key: int = unit.conn.execute(
                sa.insert(t.message).values(
                    direction="in", number=number, conversation_id=thread, kind="text", text=text,
                    state="received", created_at=at,
                )
            ).inserted_primary_key[0]  # fmt: skip
            unit.publish(MessageChanged(key, number, None, thread), ConversationChanged(thread))
        return key

    def many(self, thread: int, number: str, count: int) -> None:
        with self.workspace.store.write() as unit:
            unit.conn.execute(
                sa.insert(t.message),
                [
                    {
                        "direction": "in", "number": number, "conversation_id": thread, "kind": "text",
                        "text": f"Text {i}", "state": "received", "created_at": NOW - 100_000 + i,
                    }
                    for i in range(count)
                ],
            )  # fmt: skip

    def wrote(self, thread: int, number: str, text: str, state: str, **values: Any) -> int:
        with self.workspace.store.write() as unit:
            conn = unit.conn
            row = {"kind": "reply", "created_at": NOW - 30, "line_id": self.line, **values}
            key: int = conn.execute(
                sa.insert(t.message).values(
                    direction="out", number=number, conversation_id=thread, text=text,
                    text_hash=text_hash(text), state="queued", **row,
                )
            ).inserted_primary_key[0]  # fmt: skip
            click = conn.execute(
                sa.insert(t.click).values(
                    message_id=key, operator="Dana", at=NOW, monotonic=1.0, device="mouse", text_hash="x"
                )
            ).inserted_primary_key[0]
            conn.execute(
                sa.update(t.message).where(t.message.c.id == key).values(state=state, click_id=click)
            )
            unit.publish(MessageChanged(key, number, None, thread))
        return key

    def rows(self, *columns: Any, **where: Any) -> list[tuple[Any, ...]]:
        chosen = sa.select(*columns).where(*(t.message.c[key] == value for key, value in where.items()))
        with self.workspace.store.read() as conn:
            return [tuple(row) for row in conn.execute(chosen)]


@pytest.fixture
def talk(workspace: Workspace) -> Talk:
    return Talk(workspace)


@pytest.fixture
def went() -> list[tuple[str, dict[str, Any]]]:
    return []


@pytest.fixture
def inbox(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None],
    went: list[tuple[str, dict[str, Any]]],
) -> Callable[..., InboxPage]:  # fmt: skip
    def make(width: int = 1240, height: int = 800) -> InboxPage:
        bridge = Bridge(workspace.store)
        page = InboxPage(workspace, lines, bridge, lambda name, **where: went.append((name, where)))
        bridge.setParent(page)
        build(page, width, height)
        page.refresh()
        settle()
        return page

    return make


@pytest.fixture
def ready(clock: Any, settle: Callable[[], None]) -> Callable[[], None]:
    """Everything is read, and the dwell is over."""

    def wait() -> None:
        settle()
        clock.pass_time(0)
        clock.ahead += DWELL + 0.01

    return wait


def choose(page: InboxPage, position: int) -> None:
    page.threads.list.setCurrentIndex(page.threads.model.index(position))


def names(page: InboxPage) -> list[str]:
    model = page.threads.model
    return [model.row(i).name for i in range(model.rowCount())]


# -- reading --------------------------------------------------------------------------------------


def test_an_empty_inbox_says_what_comes_here(inbox: Callable[..., InboxPage]) -> None:
    page = inbox()
    assert page.threads.empty.isVisible()
    assert page.threads.empty.title_label.text() == "Nobody waits for an answer"
    assert page.pane.empty.title_label.text() == "Choose a conversation"


def test_filters_list_what_their_counts_say(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    talk.person("Jon Park", 1, "Hello?", unread=2)
    talk.person("Li Wei", 2, "Thanks", waiting_since=None)
    talk.person("VERIFY", 3, "Your code", kind="sender", waiting_since=None)
    page = inbox()
    for name, chip in page.threads.chips.items():
        if not chip.isVisible():
            continue
        QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
        settle()
        assert chip.text().endswith(f" {page.threads.model.rowCount()}"), name
    assert page.threads.chips["all"].text() == "All 3"
    assert page.threads.chips["waiting"].text() == "Needs reply 1"


def test_a_thread_opens_at_its_newest_text_and_is_read(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None], workspace: Workspace
) -> None:
    thread = talk.person("Jon Park", 1, "Is it ok if my daughter comes along?", unread=1)
    talk.many(thread, "+13125550001", 500)
    page = inbox()
    choose(page, 0)
    settle()
    assert page.pane.head.name.full_text() == "Jon Park"
    assert page.pane.model.rows[-1].text == "Is it ok if my daughter comes along?"
    assert page.pane.view.at_end
    assert page.pane.model.rowCount() <= 200
    assert threads.unread_total(workspace.store) == 0
    assert page.keeping.details.edits["due_month"].text() == "May"
    assert page.keeping.details.edits["due_month"].accessibleName() == "Due month"


def test_hostile_text_is_shown_as_plain_text(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    talk.person("<b>Eve</b>", 1, "<img width=30000 height=30000><a href='file:///etc'>x</a>\u202etxt.exe")
    page = inbox()
    choose(page, 0)
    settle()
    for label in page.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
    assert page.pane.head.name.full_text() == "<b>Eve</b>"
    index = page.pane.model.index(0)
    assert page.pane.view.visualRect(index).height() < 200
    assert "⟦RLO⟧" in index.data(Qt.ItemDataRole.AccessibleTextRole)


def test_scrolling_up_reads_older_texts_and_moves_nothing(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    thread = talk.person("Jon Park", 1)
    talk.many(thread, "+13125550001", 600)
    page = inbox()
    choose(page, 0)
    settle()
    view, model = page.pane.view, page.pane.model
    for _ in range(12):
        first = model.rows[0].text
        view.verticalScrollBar().setValue(120)
        top = view.indexAt(QPoint(view.viewport().width() // 2, 2))
        seen, place = top.data(Qt.ItemDataRole.UserRole).text, view.visualRect(top).top()
        settle()
        if model.rows[0].text == first:
            break
        found = next(i for i, row in enumerate(model.rows) if row.text == seen)
        assert view.visualRect(model.index(found)).top() == place
        assert model.rowCount() <= 250
    assert model.rows[0].text == "Text 0"
    assert model.has_newer
    view.to_end()
    settle()
    assert model.rows[-1].text == "Text 599"
    assert view.at_end


def test_scrolling_down_again_meets_every_text_once(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    thread = talk.person("Jon Park", 1)
    talk.many(thread, "+13125550001", 600)
    page = inbox()
    choose(page, 0)
    settle()
    model = page.pane.model
    while model.has_older:
        model.load_older()
        settle()
    seen = [row.text for row in model.rows]
    while model.has_newer:
        model.load_newer()
        settle()
        seen += [row.text for row in model.rows if row.text not in set(seen)]
        assert model.rowCount() <= 250
    assert seen == [f"Text {i}" for i in range(600)]


def test_a_new_text_does_not_take_away_what_is_read(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    thread = talk.person("Jon Park", 1)
    talk.many(thread, "+13125550001", 120)
    page = inbox()
    choose(page, 0)
    settle()
    view, model = page.pane.view, page.pane.model
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum() - 800)
    settle()
    place = view.verticalScrollBar().value()
    talk.says(thread, "+13125550001", "Still there?", NOW)
    wait(lambda: model.rows[-1].text == "Still there?")
    assert view.verticalScrollBar().value() == place
    assert page.pane.newest_button.isVisible()
    QTest.mouseClick(page.pane.newest_button, Qt.MouseButton.LeftButton)
    assert view.at_end
    assert not page.pane.newest_button.isVisible()
    talk.says(thread, "+13125550001", "Hello", NOW + 1)
    wait(lambda: model.rows[-1].text == "Hello")
    settle()
    assert view.at_end


def test_the_open_thread_keeps_its_place_in_the_list(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None], wait: Callable[..., None],
    workspace: Workspace,
) -> None:  # fmt: skip
    keys = [talk.person(f"Person {i:02}", i, "Hi", ago=1000 - i) for i in range(30)]
    page = inbox()
    choose(page, 3)
    settle()
    view = page.threads.list
    view.verticalScrollBar().setValue(100)
    place = view.visualRect(view.currentIndex()).top()
    threads.mark_done(workspace.store, keys[3])  # leaves the filter
    threads.mark_done(workspace.store, keys[0])  # leaves above it
    wait(lambda: "Person 00" not in names(page))
    assert view.current_row().name == "Person 03"
    assert view.visualRect(view.currentIndex()).top() == place
    assert page.pane.thread_id == keys[3]
    QTest.keyClick(view, Qt.Key.Key_J)
    wait(lambda: "Person 03" not in names(page))
    assert view.current_row().name == "Person 04"


# -- writing --------------------------------------------------------------------------------------


def open_and_type(page: InboxPage, text: str, ready: Callable[[], None]) -> None:
    choose(page, 0)
    ready()
    QTest.keyClick(page.threads.list, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is page.pane.composer.edit
    QTest.keyClicks(page.pane.composer.edit, text)
    ready()


def test_enter_sends_once_and_makes_a_click(
    inbox: Callable[..., InboxPage], talk: Talk, ready: Callable[[], None], settle: Callable[[], None],
    wait: Callable[..., None],
) -> None:  # fmt: skip
    talk.person("Jon Park", 1, "May I bring someone?")
    page = inbox()
    open_and_type(page, "Of course!", ready)
    assert page.pane.composer.measure_label.text() == "10 / 160 · 1 segment · GSM-7"
    edit = page.pane.composer.edit
    QTest.keyPress(edit, Qt.Key.Key_Return)
    for _ in range(20):
        QApplication.sendEvent(
            edit,
            QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True, 1),
        )
    settle()
    QTest.keyRelease(edit, Qt.Key.Key_Return)
    m = t.message.c
    assert talk.rows(m.text, m.state, m.kind, direction="out") == [("Of course!", "clicked", "reply")]
    assert page.pane.composer.text() == ""
    wait(lambda: page.pane.model.rows[-1].text == "Of course!")
    assert page.threads.list.current_row().name == "Jon Park"
    with page.workspace.store.read() as conn:
        assert conn.execute(sa.select(t.click.c.device)).scalars().all() == ["key:Return"]


def test_shift_enter_is_a_new_line_and_code_cannot_send(
    inbox: Callable[..., InboxPage], talk: Talk, ready: Callable[[], None], settle: Callable[[], None]
) -> None:
    talk.person("Jon Park", 1, "Hello")
    page = inbox()
    open_and_type(page, "one", ready)
    edit = page.pane.composer.edit
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(edit, "two")
    page.pane.composer.send_button.click()
    made = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(edit, made)
    settle()
    assert page.pane.composer.text() == "one\ntwo"
    assert talk.rows(t.message.c.id, direction="out") == []


def test_a_double_click_on_send_sends_once(
    inbox: Callable[..., InboxPage], talk: Talk, ready: Callable[[], None], settle: Callable[[], None]
) -> None:
    talk.person("Jon Park", 1, "Hello")
    page = inbox()
    open_and_type(page, "Hi Jon", ready)
    button = page.pane.composer.send_button
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    settle()
    assert talk.rows(t.message.c.text, direction="out") == [("Hi Jon",)]


def test_a_refusal_keeps_the_text_and_says_why(
    inbox: Callable[..., InboxPage], talk: Talk, ready: Callable[[], None], settle: Callable[[], None]
) -> None:
    talk.person("Jon Park", 1, "Hello")
    with page_line_disabled(talk):
        page = inbox()
        open_and_type(page, "Hi Jon", ready)
        QTest.keyClick(page.pane.composer.edit, Qt.Key.Key_Return)
        settle()
    assert page.pane.composer.text() == "Hi Jon"
    assert page.pane.composer.problem.isVisible()
    assert "Lines page" in page.pane.composer.problem.label.text()
    assert not page.pane.composer.edit.isReadOnly()


class page_line_disabled:
    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    def __enter__(self) -> None:
        with self.talk.workspace.store.write() as unit:
            unit.conn.execute(sa.update(t.line).values(enabled=False))

    def __exit__(self, *_: object) -> None:
        return None


def test_a_draft_is_kept_over_threads_and_a_restart(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None], workspace: Workspace
) -> None:
    first = talk.person("Jon Park", 1, "Hello", ago=200)
    talk.person("Li Wei", 2, "Hi", ago=100)
    page = inbox()
    choose(page, 0)
    settle()
    page.pane.composer.edit.setFocus()
    QTest.keyClicks(page.pane.composer.edit, "See you on")
    choose(page, 1)
    settle()
    assert page.pane.composer.text() == ""
    stored = threads.get(workspace.store, first)
    assert stored is not None
    assert stored.draft == "See you on"
    choose(page, 0)
    settle()
    assert page.pane.composer.text() == "See you on"
    QTest.keyClicks(page.pane.composer.edit, " Tuesday")
    page.close()  # before the pause is over
    again = threads.get(workspace.store, first)
    assert again is not None
    assert again.draft == "See you on Tuesday"


def test_a_pause_saves_the_draft(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None], wait: Callable[..., None],
    workspace: Workspace,
) -> None:  # fmt: skip
    key = talk.person("Jon Park", 1, "Hello")
    page = inbox()
    choose(page, 0)
    settle()
    page.pane.composer.edit.setFocus()
    QTest.keyClicks(page.pane.composer.edit, "Hm")
    wait(lambda: getattr(threads.get(workspace.store, key), "draft", "") == "Hm")
    assert page.pane.composer.text() == "Hm"


def test_take_back_puts_the_text_into_the_composer(
    inbox: Callable[..., InboxPage], talk: Talk, ready: Callable[[], None], wait: Callable[..., None]
) -> None:
    talk.person("Jon Park", 1, "Hello")
    page = inbox()
    open_and_type(page, "On Tuesday", ready)
    QTest.keyClick(page.pane.composer.edit, Qt.Key.Key_Return)
    wait(lambda: page.pane.model.rows[-1].state == "clicked")
    view = page.pane.view
    view.setFocus()
    view.setCurrentIndex(page.pane.model.index(page.pane.model.rowCount() - 1))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert page.pane.decide.isVisible()
    QTest.mouseClick(page.pane.decide.take_back_button, Qt.MouseButton.LeftButton)
    wait(lambda: page.pane.composer.text() == "On Tuesday")
    wait(lambda: page.pane.model.rows[-1].text == "Hello")
    assert not page.pane.decide.isVisible()


def test_the_action_word_under_a_bubble_can_be_clicked(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    key = talk.person("Jon Park", 1, "Hello")
    unknown = talk.wrote(key, "+13125550001", "See you", "unknown", reason="No answer", parts=2, parts_sent=1)
    page = inbox()
    choose(page, 0)
    settle()
    view = page.pane.view
    index = page.pane.model.index(page.pane.model.rowCount() - 1)
    said = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert "outcome unknown (1 of 2 parts left)" in said
    word = view.delegate.shape(index, view.font()).action_rect.translated(view.visualRect(index).topLeft())
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=word.center().toPoint())
    assert page.pane.decide.message_id == unknown
    assert page.pane.decide.was_sent_button.isVisible()
    QTest.mouseClick(page.pane.decide.was_sent_button, Qt.MouseButton.LeftButton)
    wait(lambda: page.pane.model.rows[-1].state == "sent")
    assert not page.pane.decide.isVisible()


def test_send_again_is_a_new_click(
    inbox: Callable[..., InboxPage], talk: Talk, ready: Callable[[], None], settle: Callable[[], None]
) -> None:
    key = talk.person("Jon Park", 1, "Hello")
    old = talk.wrote(key, "+13125550001", "See you", "not_sent", reason="Refused")
    page = inbox()
    choose(page, 0)
    settle()
    page.pane.decide.ask(page.pane.model.rows[-1])
    page.pane.decide.again_button.click()  # code is no hand
    ready()
    m = t.message.c
    assert talk.rows(m.id, direction="out") == [(old,)]
    QTest.keyClick(page.pane.decide.again_button, Qt.Key.Key_Return)
    settle()
    assert talk.rows(m.text, m.state, resend_of=old) == [("See you", "clicked")]
    assert talk.rows(m.state, m.resolution, id=old) == [("not_sent", "person_again")]


# -- what else can be done ------------------------------------------------------------------------


def test_d_marks_done_but_types_a_letter_in_the_composer(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None], workspace: Workspace
) -> None:
    key = talk.person("Jon Park", 1, "Hello")
    page = inbox()
    choose(page, 0)
    settle()
    page.pane.composer.edit.setFocus()
    QTest.keyClicks(page.pane.composer.edit, "d")
    assert page.pane.composer.text() == "d"
    QTest.keyClick(page.pane.composer.edit, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is page.threads.list
    QTest.keyClick(page.threads.list, Qt.Key.Key_D)
    settle()
    row = threads.get(workspace.store, key)
    assert row is not None
    assert row.row.done
    assert page.pane.head.done_button.text() == "Reopen"
    QTest.keyClick(page, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.focusWidget() is page.threads.search


def test_opting_out_locks_the_composer(
    inbox: Callable[..., InboxPage], talk: Talk, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    talk.person("Jon Park", 1, "please no more")
    page = inbox()
    choose(page, 0)
    settle()
    QTest.mouseClick(page.pane.head.opt_out_button, Qt.MouseButton.LeftButton)
    dialog = page.acts.dialog
    assert not dialog.ok_button.isEnabled()
    QTest.keyClicks(dialog.fields[0], "please no more")
    QTest.keyClick(dialog.fields[0], Qt.Key.Key_Return)
    wait(lambda: page.pane.composer.locked)
    assert "Jon Park opted out" in page.pane.composer.locked_notice.label.text()
    assert not page.pane.composer.send_button.isEnabled()
    with page.workspace.store.read() as conn:
        assert optouts.active(conn, "+13125550001")


def test_a_sender_that_is_a_name_cannot_be_answered(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    talk.person("VERIFY", 3, "Your code is 123", kind="sender", waiting_since=None)
    page = inbox()
    page.threads.set_filter("all")
    settle()
    choose(page, 0)
    settle()
    assert page.pane.composer.locked
    assert not page.pane.head.done_button.isVisible()


def test_open_at_a_number_opens_a_new_thread(
    inbox: Callable[..., InboxPage], settle: Callable[[], None]
) -> None:
    page = inbox()
    page.open_at(number="+13125550177")
    settle()
    assert page.pane.head.name.full_text() == "+1 (312) 555-0177"
    assert not page.pane.composer.locked


def test_where_there_is_little_room_the_person_waits_behind_a_button(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    talk.person("Jon Park", 1, "Hello")
    page = inbox(820, 600)
    choose(page, 0)
    settle()
    assert not page.person.isVisible()
    assert page.pane.view.viewport().width() > 350
    QTest.mouseClick(page.pane.head.person_button, Qt.MouseButton.LeftButton)
    assert page.person.isVisible()
    page.resize(1240, 800)
    settle()
    assert page.person.isVisible()
    assert not page.pane.head.person_button.isVisible()


def test_every_control_has_an_accessible_name(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QLineEdit, QPlainTextEdit

    talk.person("Jon Park", 1, "Hello")
    page = inbox()
    choose(page, 0)
    settle()
    for kind in (QAbstractButton, QAbstractItemView, QLineEdit, QPlainTextEdit):
        for widget in page.findChildren(kind):
            if widget.isVisible() and not widget.objectName().startswith("qt_"):
                assert widget.accessibleName() or getattr(widget, "text", str)(), widget


def test_an_hour_that_holds_is_said_before_the_press(
    inbox: Callable[..., InboxPage],
    talk: Talk,
    ready: Callable[[], None],
    clock: Any,
    settle: Callable[[], None],
) -> None:
    talk.person("Jon Park", 1, "Hello", ago=200_000)
    clock.fixed = NOW + 14 * 3600  # midnight in Chicago
    page = inbox()
    open_and_type(page, "Hi", ready)
    assert page.pane.composer.hint.isVisible()
    assert "held until" in page.pane.composer.hint.text()
    QTest.keyClick(page.pane.composer.edit, Qt.Key.Key_Return)
    settle()
    assert talk.rows(t.message.c.id, direction="out") == []
    assert page.pane.composer.text() == "Hi"


def test_escape_leaves_the_question_first(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    key = talk.person("Jon Park", 1, "Hello")
    talk.wrote(key, "+13125550001", "See you", "unknown")
    page = inbox()
    choose(page, 0)
    settle()
    page.pane.decide.ask(page.pane.model.rows[-1])
    QTest.keyClick(page.pane.decide.was_sent_button, Qt.Key.Key_Escape)
    assert not page.pane.decide.isVisible()
    QTest.keyClick(page.pane.composer.edit, Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is page.threads.list


def test_texts_of_several_lines_say_which_and_those_of_one_do_not(
    inbox: Callable[..., InboxPage], talk: Talk, settle: Callable[[], None]
) -> None:
    """One conversation for each number, over all lines: beside the text stands by which it came or left."""
    ana = talk.person("Ana Ruiz", 1, "First", ago=300, line_id=talk.line)
    with talk.workspace.store.write() as unit:
        line = sa.insert(t.line).values(name="Field <b>SIM</b>", url="/dev/zero", created_at=NOW)
        field = unit.conn.execute(line).inserted_primary_key[0]
        unit.conn.execute(sa.update(t.message).values(line_id=talk.line))
    talk.wrote(ana, "+13125550001", "Second", "sent", created_at=NOW - 200)
    page = inbox()
    page.open_at(conversation_id=ana)
    settle()
    view, model = page.pane.view, page.pane.model

    def feet() -> list[str]:
        shapes = [view.delegate.shape(model.index(row), view.font()) for row in range(model.rowCount())]
        return [shape.foot for shape in shapes]

    assert model.rowCount() == 2
    assert not any("via" in foot for foot in feet())
    talk.wrote(ana, "+13125550001", "Third", "sent", line_id=field, created_at=NOW - 100)
    settle()
    assert [foot.split(" · ")[0] for foot in feet()] == [
        "via Office SIM", "via Office SIM", "via Field <b>SIM</b>",
    ]  # fmt: skip
    spoken = model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "via Field <b>SIM</b>" in spoken
    other = talk.person("Ben Ode", 2, "Hello")
    page.open_at(conversation_id=other)
    settle()
    assert not any("via" in foot for foot in feet())
