"""Replies that were judged, in the inbox with real keys: holds, labels, noise, search, snooze, and a full day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import undo
from app.conversations import canned
from app.operators import profiles
from app.people import holds, optouts
from app.store import tables as t
from app.texting import arrivals
from app.texting.arrivals import Arrival
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.found import shown
from ui.inbox.page import InboxPage
from ui.inbox.words import local
from ui.press import DWELL

NOW = 1_794_585_600.0
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
MAYBE = "stop texting me before 9"


class Office:
    """An office whose line hands on texts as it does in life, and a person at its inbox."""

    def __init__(self, workspace: Workspace, lines: Any, build: Any, settle: Any, clock: Any) -> None:
        self.workspace, self.settle, self.clock = workspace, settle, clock
        self._lines, self._build = lines, build
        self.went: list[tuple[str, dict[str, Any]]] = []
        self.page: InboxPage
        with workspace.store.write() as unit:
            insert = sa.insert(t.line).values(name="Office SIM", url="/dev/null", created_at=NOW)
            self.line = unit.conn.execute(insert).inserted_primary_key[0]

    def person(self, name: str, tail: int) -> str:
        number = f"+1312555{tail:04d}"
        with self.workspace.store.write() as unit:
            row = {"number": number, "name": name, "first_name": name.split()[0]}
            unit.conn.execute(sa.insert(t.contact).values(**row, created_at=NOW, updated_at=NOW))
        return number

    def says(self, number: str, text: str, ago: float = 60) -> int:
        """A text comes in from the line; returns its message's id."""
        before, self.clock.fixed = self.clock.fixed, NOW - ago
        arrival = Arrival(number, number, "number", text, self.line, is_person=True)
        with self.workspace.store.write() as unit:
            key = arrivals.store(unit, self.clock, arrival)
        self.clock.fixed = before
        return key

    def open(self, width: int = 1240, height: int = 800) -> InboxPage:
        bridge = Bridge(self.workspace.store)
        went = lambda name, **where: self.went.append((name, where))  # noqa: E731
        self.page = InboxPage(self.workspace, self._lines, bridge, went)
        bridge.setParent(self.page)
        self._build(self.page, width, height)
        self.page.refresh()
        self.page.setFocus()
        self.read()
        return self.page

    def read(self) -> None:
        self.settle()
        self.clock.ahead += DWELL + 0.01

    def press(self, *keys: Qt.Key, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
        for key in keys:
            QTest.keyClick(QApplication.focusWidget() or self.page, key, modifier)
            self.read()

    def quick(self, text: str) -> None:
        """Letters and digits, and the time that a press needs; nothing is waited for."""
        QTest.keyClicks(QApplication.focusWidget(), text)
        QApplication.processEvents()
        self.clock.ahead += DWELL + 0.01

    def type(self, text: str) -> None:
        QTest.keyClicks(QApplication.focusWidget(), text)
        self.read()

    def names(self) -> list[str]:
        model = self.page.threads.model
        return [model.row(i).name for i in range(model.rowCount())]

    def chips(self, name: str) -> list[str]:
        model = self.page.threads.model
        row = next(model.row(i) for i in range(model.rowCount()) if model.row(i).name == name)
        return [word for word, _tone in self.page.threads.row_words(row).chips]

    def all(self, query: Any) -> list[tuple[Any, ...]]:
        with self.workspace.store.read() as conn:
            return [tuple(row) for row in conn.execute(query)]


@pytest.fixture
def office(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None], clock: Any
) -> Office:
    return Office(workspace, lines, build, settle, clock)


# -- holds ----------------------------------------------------------------------------------------


def frozen(office: Office, number: str) -> bool:
    with office.workspace.store.read() as conn:
        return holds.of_number(conn, number, NOW) is not None


def test_what_may_be_an_opt_out_asks_with_its_words_and_locks_the_answer(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, MAYBE)
    page = office.open()
    office.press(Qt.Key.Key_Down)
    panel = page.pane.hold
    assert panel.isVisible()
    assert "may be an opt-out" in panel.title.text()
    assert "13 Nov 2026" in panel.title.text()
    assert "“stop texting”" in panel.said.text()
    assert "rule S1" in panel.why.text()
    assert page.pane.composer.locked
    assert "until somebody has decided" in page.pane.composer.locked_notice.label.text()
    assert not panel.wrong_button.isVisible()
    assert not panel.out_button.isDefault()
    assert not panel.keep_button.isDefault()
    assert panel.out_button.property("primary") == panel.keep_button.property("primary")
    assert panel.out_button.property("danger") == panel.keep_button.property("danger")


def test_the_keys_count_only_on_the_question_and_not_an_opt_out_can_be_undone(office: Office) -> None:
    ana, bo = office.person("Ana Ruiz", 1), office.person("Bo", 2)
    office.says(bo, "Is it far?", ago=500)
    office.says(ana, MAYBE)
    page = office.open()
    office.press(Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert page.row is not None
    assert page.row.name == "Ana Ruiz"
    office.press(Qt.Key.Key_K)  # in the list it moves up, and decides nothing
    assert page.row.name == "Bo"
    assert frozen(office, ana)
    office.press(Qt.Key.Key_J, Qt.Key.Key_Return)
    assert QApplication.focusWidget() is page.pane.hold
    office.press(Qt.Key.Key_Return)  # no answer is the default
    assert frozen(office, ana)
    office.press(Qt.Key.Key_K)
    assert not frozen(office, ana)
    assert not page.pane.hold.isVisible()
    assert QApplication.focusWidget() is page.pane.composer.edit
    last = undo.of(office.workspace.store).take("Dana")
    assert last is not None
    assert last.label == "Not an opt-out: Ana Ruiz"
    assert last.act(office.workspace.store) == ""
    office.read()
    assert frozen(office, ana)
    assert page.pane.hold.isVisible()
    assert page.pane.composer.locked
    assert last.act(office.workspace.store) != ""  # twice is too late


def test_opt_out_by_its_key(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, MAYBE)
    page = office.open()
    office.press(Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Y)
    with office.workspace.store.read() as conn:
        assert optouts.active(conn, ana)
    assert office.all(sa.select(t.hold.c.decision, t.hold.c.decided_by)) == [("opted out", "Dana")]
    assert "opted out" in page.pane.composer.locked_notice.label.text()


def test_a_wrong_number_has_its_own_answer_first(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, "Wrong number, I am not Ana. Stop")
    with office.workspace.store.write() as unit:
        unit.conn.execute(sa.delete(t.hold))
        unit.conn.execute(sa.delete(t.opt_out))
        holds.put(unit, NOW, ana, rule="S5", said="wrong number", why="Another person.", message_id=None)
    page = office.open()
    office.page.threads.set_filter("all")
    office.read()
    office.press(Qt.Key.Key_Down, Qt.Key.Key_Return)
    panel = page.pane.hold
    assert panel.wrong_button.isVisible()
    assert panel.wrong_button.x() < panel.out_button.x()
    office.press(Qt.Key.Key_W)
    assert office.all(sa.select(t.hold.c.decision)) == [("wrong number",)]
    assert office.all(sa.select(t.opt_out.c.evidence)) == [("wrong number: wrong number",)]


def test_it_turns_red_before_the_deadline(office: Office, clock: Any) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, MAYBE)
    page = office.open()
    office.press(Qt.Key.Key_Down)
    assert page.pane.hold.title.property("tone") == "warn"
    clock.fixed = NOW + 12 * 86_400.0  # eight working days
    page.read_again()
    office.read()
    assert page.pane.hold.title.property("tone") == "bad"
    assert "deadline" in page.pane.hold.title.text()


def test_from_the_desk_the_question_has_the_keys_at_once(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, MAYBE)
    page = office.open()
    page.open_at(number=ana, back="desk")
    office.read()
    assert QApplication.focusWidget() is page.pane.hold


# -- labels, machines' texts, why -----------------------------------------------------------------

AUTO = "I'm driving with Do Not Disturb While Driving turned on. I'll see your message when I get there."


def test_rows_say_what_they_want_and_how_long_they_wait(office: Office) -> None:
    for tail, (name, text, ago) in enumerate(
        (
            ("Jon Park", "Is it ok if my daughter comes along?", 720),
            ("Hal Rey", "Yes, works for me, thanks!", 3 * 3600),
            ("Carla B.", MAYBE, 2 * 86_400),
            ("Kim Olsen", "STOP", 30),
        )
    ):
        office.says(office.person(name, tail), text, ago)
    page = office.open()
    assert office.names() == ["Carla B.", "Hal Rey", "Jon Park"]
    assert office.chips("Jon Park") == ["question"]
    assert office.chips("Hal Rey") == ["yes"]
    assert office.chips("Carla B.")[0] == "may want to opt out"
    model = page.threads.model
    times = [page.threads.row_words(model.row(i)).right for i in range(model.rowCount())]
    assert times == ["2 days", "3 h", "12 min"]
    shown = [chip.text() for chip in page.threads.chips.values() if chip.isVisible()]
    assert "Question 1" in shown
    assert "Opt-out? 1" in shown
    assert "Yes 1" in shown
    QTest.mouseClick(page.threads.chips["all"], LEFT)
    office.read()
    assert office.chips("Kim Olsen") == ["opted out"]
    QTest.mouseClick(page.threads.chips["hold"], LEFT)
    office.read()
    assert office.names() == ["Carla B."]


def test_a_machines_text_is_folded_until_it_is_asked_for(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, "Where is it?", ago=90)
    office.says(ana, AUTO, ago=30)
    page = office.open()
    office.press(Qt.Key.Key_Down)
    view = page.pane.view

    def height() -> int:
        return int(view.visualRect(view.bubbles.index(1)).height())

    index = view.bubbles.index(1)
    shape = view.delegate.shape(index, view.font())
    assert shape.folded
    assert shape.layout.text().startswith("automatic: I'm driving with Do Not Disturb")
    small = height()
    view.setFocus()
    office.press(Qt.Key.Key_Return)
    assert not view.delegate.shape(index, view.font()).folded
    assert height() > small
    place = view.visualRect(index).topLeft() + shape.bubble.center().toPoint()
    QTest.mouseClick(view.viewport(), LEFT, pos=place)
    office.read()
    assert height() == small
    assert len(office.all(sa.select(t.message.c.id))) == 2


def test_why_is_told_at_the_side_and_a_correction_is_kept_and_undone(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, "Where is it?")
    page = office.open()
    office.press(Qt.Key.Key_Down)
    panel = page.sorting.panel
    assert panel.isVisible()
    assert "question" in panel.why.text()
    assert "question" in page.pane.model.rows[0].why
    office.press(Qt.Key.Key_C)
    dialog = QApplication.activeModalWidget()
    assert dialog is not None
    QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_2)  # hostile
    QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_4)  # no question
    QTest.keyPress(QApplication.focusWidget() or dialog, Qt.Key.Key_Return)
    office.read()
    j = t.judgement.c
    assert office.all(sa.select(j.labels, j.corrected, j.corrected_by)) == [("question", "hostile", "Dana")]
    assert office.chips("Ana Ruiz") == ["hostile"]
    assert panel.why.text() == "Set by Dana."
    last = undo.of(office.workspace.store).take("Dana")
    assert last is not None
    assert last.label == "Corrected to hostile: Ana Ruiz"
    assert last.act(office.workspace.store) == ""
    office.read()
    assert office.chips("Ana Ruiz") == ["question"]
    page.activateWindow()
    page.threads.list.setFocus()
    office.press(Qt.Key.Key_C)
    dialog = QApplication.activeModalWidget()
    QTest.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_2)
    QTest.keyPress(QApplication.focusWidget() or dialog, Qt.Key.Key_Escape)
    office.read()
    assert office.all(sa.select(j.corrected)) == [(None,)]


# -- search ---------------------------------------------------------------------------------------


def test_a_word_leads_to_its_text_in_the_middle_of_a_long_thread(office: Office) -> None:
    ana, bo = office.person("Ana Ruiz", 1), office.person("Bo Lind", 2)
    for n in range(160):
        words = "the gazebo is <b>open</b> now" if n == 30 else f"Text number {n}"
        office.says(ana, words, ago=5000 - n)
    office.says(bo, "Is the gazebo far?", ago=10)
    page = office.open()
    office.press(Qt.Key.Key_K, modifier=CONTROL)
    assert QApplication.focusWidget() is page.threads.search
    assert "campaign:" in page.threads.hint.text()
    assert page.threads.hint.isVisible()
    office.type("gazeb")
    found = page.threads.found
    assert found.list.isVisible()
    assert [found.model.row(i).name for i in range(found.model.rowCount())] == ["Bo Lind", "Ana Ruiz"]
    text, marks = shown(found.model.row(1))
    assert [text[a:b] for a, b in marks] == ["gazeb"]
    assert "<b>open</b>" in text
    office.press(Qt.Key.Key_Return)
    assert QApplication.focusWidget() is found.list
    office.press(Qt.Key.Key_Down, Qt.Key.Key_Return)
    view = page.pane.view
    assert page.pane.head.name.full_text() == "Ana Ruiz"
    here = view.currentIndex()
    assert page.pane.model.rows[here.row()].text == "the gazebo is <b>open</b> now"
    assert view.viewport().rect().intersects(view.visualRect(here))
    assert page.pane.model.has_newer
    view.to_end()  # and from there on to the newest
    office.read()
    assert page.pane.model.rows[-1].text == "Text number 159"
    office.press(Qt.Key.Key_Escape)
    assert not page.threads.searching
    assert page.threads.list.isVisible()


def test_reading_on_from_a_found_text_misses_none(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    for n in range(180):
        office.says(ana, f"Text number {n}", ago=5000 - n)
    page = office.open()
    page.threads.search.setText("number 40")
    office.read()
    page.threads.found.list.step(1)
    page.threads.found.list.activated_row.emit(page.threads.found.list.current_row())
    office.read()
    model, view = page.pane.model, page.pane.view
    for _ in range(8):
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
        office.read()
    texts = [row.text for row in model.rows]
    assert texts[-1] == "Text number 179"
    first = int(texts[0].split()[-1])
    assert texts == [f"Text number {n}" for n in range(first, 180)]
    assert first <= 40


def test_filters_of_the_search_and_what_is_no_day(office: Office) -> None:
    ana = office.person("Ana Ruiz", 1)
    office.says(ana, "Where is the gazebo?", ago=60)
    page = office.open()
    page.threads.search.setFocus()
    office.type("from:me gazebo")
    assert page.threads.found.empty.isVisible()
    page.threads.search.clear()
    office.type("after:tomorrow gazebo")
    assert "is no day" in page.threads.found.problems.text()
    assert page.threads.found.model.rowCount() == 1
    page.threads.search.clear()
    office.type("label:question")  # as it was judged when it came
    assert page.threads.found.model.rowCount() == 1
    page.threads.search.clear()
    office.type("label:lost gazebo")
    assert "“lost” is no label: write one of danger" in page.threads.found.problems.text()
    office.press(Qt.Key.Key_Escape)
    assert page.threads.list.isVisible()
    assert not page.threads.found.isVisible()


# -- later, and whose -----------------------------------------------------------------------------


def chosen(office: Office, key: Qt.Key) -> None:
    menu = office.page.later.menu
    assert menu is not None
    QTest.keyPress(menu, key)
    office.read()
    office.page.activateWindow()
    office.page.threads.list.setFocus()


@pytest.mark.qt_log_ignore("does not support")
def test_put_aside_until_tomorrow_and_back_by_itself(office: Office, clock: Any) -> None:
    ana, bo = office.person("Ana Ruiz", 1), office.person("Bo Lind", 2)
    office.says(ana, "Where is it?", ago=900)
    office.says(bo, "When is it?", ago=60)
    page = office.open()
    office.press(Qt.Key.Key_Down, Qt.Key.Key_S)
    chosen(office, Qt.Key.Key_2)
    ((until,),) = office.all(sa.select(t.conversation.c.snoozed_until).where(t.conversation.c.number == ana))
    at = local(until)
    assert (at.hour, at.minute, (at.date() - local(NOW).date()).days) == (9, 0, 1)
    assert page.later.panel.words.text().startswith("Put aside; back")
    assert office.chips("Ana Ruiz") == ["question", "back Sat 09:00"]
    office.press(Qt.Key.Key_Down)  # the open one kept its place until now
    assert office.names() == ["Bo Lind"]
    assert page.threads.chips["snoozed"].text() == "Snoozed 1"
    clock.fixed = until
    page.later.look()
    office.read()
    assert sorted(office.names()) == ["Ana Ruiz", "Bo Lind"]  # the open one stays where it was
    last = undo.of(office.workspace.store).take("Dana")
    assert last is not None
    assert last.label == "Put aside: Ana Ruiz"
    assert last.act(office.workspace.store) == ""
    assert office.all(sa.select(t.conversation.c.snoozed_until)) == [(None,), (None,)]


@pytest.mark.qt_log_ignore("does not support")
def test_given_to_somebody_it_is_theirs(office: Office) -> None:
    office.workspace.read_people()
    profiles.add(office.workspace.store, office.clock, "Eve & Co", by="Dana")
    office.workspace.read_people()
    office.workspace.sign_in(office.workspace.people[0])
    ana, bo = office.person("Ana Ruiz", 1), office.person("Bo Lind", 2)
    office.says(ana, "Where is it?", ago=900)
    office.says(bo, "When is it?", ago=60)
    page = office.open()
    office.press(Qt.Key.Key_Down, Qt.Key.Key_G)
    assert [action.text() for action in page.later.menu.actions()] == ["1  Dana (you)", "2  Eve && Co"]
    chosen(office, Qt.Key.Key_2)
    assert page.later.panel.words.text() == "Given to Eve & Co"
    assert "Eve & Co" in office.chips("Ana Ruiz")
    office.press(Qt.Key.Key_Down, Qt.Key.Key_G)
    chosen(office, Qt.Key.Key_1)
    assert page.threads.chips["mine"].text() == "Mine 1"
    QTest.mouseClick(page.threads.chips["mine"], LEFT)
    office.read()
    assert office.names() == ["Bo Lind"]


# -- a full inbox by keyboard alone ---------------------------------------------------------------

TWENTY = (
    *(("Where is it?", "1"),) * 8,  # a canned reply
    *(("Yes, works for me, thanks!", "2"),) * 5,  # one that closes and tags
    *(("When do you open?", "typed"),) * 3,
    *((MAYBE, "out"),) * 2,
    *(("stop texting me before 10", "kept"),) * 2,
)


def test_twenty_waiting_replies_answered_coded_and_closed_by_keyboard(office: Office) -> None:
    workspace = office.workspace
    for draft in (canned.Draft("Where", "At the gazebo."), canned.Draft("Good", "See you!", tag="comes")):
        canned.save(workspace.store, workspace.clock, canned.EVERYBODY, draft)
    for tail, (text, _way) in enumerate(TWENTY):
        office.says(office.person(f"Person {tail:02d}", tail), text, ago=4000 - tail * 100)
    page = office.open()
    composer = page.pane.composer
    assert page.threads.chips["waiting"].text() == "Needs reply 20"
    office.press(Qt.Key.Key_Down, Qt.Key.Key_Return)  # the first, and to its answer
    for tail, (_text, way) in enumerate(TWENTY):
        assert page.row is not None
        assert page.row.name == f"Person {tail:02d}"
        if way == "typed":
            office.quick("From nine to five.")
        elif way == "out":
            office.press(Qt.Key.Key_Y)
            office.press(Qt.Key.Key_J, Qt.Key.Key_Return)
            continue
        elif way == "kept":
            office.press(Qt.Key.Key_K)
            assert QApplication.focusWidget() is composer.edit
            office.quick("Only after ten from now on.")
        else:
            office.quick(way)
        assert composer.text()
        office.press(Qt.Key.Key_Return, modifier=CONTROL)
    assert page.threads.chips["waiting"].text() == "Needs reply 0"
    m = t.message.c
    sent = office.all(sa.select(m.text).where(m.direction == "out", m.click_id.is_not(None)).order_by(m.id))
    assert len(sent) == 18
    assert len(office.all(sa.select(t.click.c.id))) == 18  # each its own click
    assert len(office.all(sa.select(t.contact_tag.c.contact_id))) == 5
    assert len(office.all(sa.select(t.opt_out.c.id).where(t.opt_out.c.lifted_at.is_(None)))) == 2
    assert office.all(sa.select(t.hold.c.id).where(t.hold.c.decided_at.is_(None))) == []
