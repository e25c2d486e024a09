"""The script beside a thread, with real keys: answers, what follows from them, suggestions, taking back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QVBoxLayout, QWidget

from app import undo
from app.campaigns import script, script_edit
from app.campaigns.script import Option, Question
from app.conversations import threads
from app.people import optouts
from app.store import tables as t
from app.store.events import MessageChanged
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.script_pane import ScriptPane

Key, Alt = Qt.Key, Qt.KeyboardModifier.AltModifier
MARIA = "+13125550000"


class Host(QWidget):
    """A page with a field and the pane, as the inbox has them."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self.workspace = workspace
        self.bridge = Bridge(workspace.store, self)
        self.field = QPlainTextEdit(self)
        self.pane = ScriptPane(workspace, self.bridge, self)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pane)
        layout.addWidget(self.field)
        layout.addStretch(1)
        self.told: list[tuple[str, Any]] = []
        self.pane.suggested.connect(lambda text: self.told.append(("text", text)))
        self.pane.opt_out_wanted.connect(lambda on: self.told.append(("out", on)))
        self.pane.reveal.connect(lambda: self.told.append(("reveal", True)))

    def open(self, number: str = MARIA) -> None:
        with self.workspace.store.write() as unit:
            key = threads.ensure(unit, self.workspace.clock, number, "number", None, None)
        self.pane.show_thread(threads.get(self.workspace.store, key, self.workspace.clock))

    def chips(self) -> list[list[str]]:
        return [[chip.text().strip("\u2068\u2069") for chip in box.chips] for box in self.pane.boxes]

    def said(self) -> dict[str, str | None]:
        sheet = self.pane.sheet
        assert sheet is not None
        return {each.question.text: each.answer.value if each.answer else None for each in sheet.asked}


@pytest.fixture
def campaign(workspace: Workspace, running: Callable[..., Any]) -> int:
    """A campaign whose first message went to two people an hour ago."""
    made = running(2, names=("Maria", "Jon"))
    workspace.clock.pass_time(3600)
    for key in made.message_ids:
        with workspace.store.write() as unit:
            click = unit.conn.execute(
                sa.insert(t.click).values(
                    message_id=key, operator="Dana", at=1.0, monotonic=1.0, device="mouse", text_hash="x"
                )
            ).inserted_primary_key[0]
        made.put(key, state="sent", click_id=click, claimed_at=workspace.clock.now() - 600)
    save = script_edit.save
    yes = Option("Yes", "Great! See you at {slot}.", tone="good", words=("yes",), then="How many?")
    other = Option("Other day", "Which {colour}?")
    no = Option("No", "Thanks.", tone="bad", opts_out=True)
    save(workspace.store, workspace.clock, made.campaign_id, Question("Coming?", options=(yes, other, no)))
    many = script.get(workspace.store, made.campaign_id).questions[1]
    save(workspace.store, workspace.clock, made.campaign_id, replace(many, kind="number", next_text="Noted."))
    return int(made.campaign_id)


@pytest.fixture
def host(
    workspace: Workspace, campaign: int, build: Callable[..., QWidget], settle: Callable[[], None]
) -> Host:
    made = Host(workspace)
    build(made, 340, 500)
    made.open()
    settle()
    made.field.setFocus()
    return made


def writes(workspace: Workspace, text: str, number: str = MARIA) -> None:
    workspace.clock.pass_time(5)
    with workspace.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(t.message).values(
                direction="in", number=number, kind="text", text=text, state="received",
                created_at=workspace.clock.now(),
            )
        ).inserted_primary_key[0]  # fmt: skip
        unit.publish(MessageChanged(key, number))


def test_alt_and_a_digit_answers_while_one_types(host: Host, settle: Callable[[], None]) -> None:
    assert host.chips() == [["Alt+1 · Yes", "Alt+2 · Other day", "Alt+3 · No"]]
    QTest.keyClicks(host.field, "Hi")
    QTest.keyClick(host.field, Key.Key_1, Alt)
    settle()
    assert host.field.toPlainText() == "Hi"
    assert host.field.hasFocus()
    assert host.said() == {"Coming?": "Yes", "How many?": None}
    assert host.chips()[0] == ["✓ Yes", "Other day", "No"]
    assert host.told == [("text", "Great! See you at 10:30.")]
    assert host.pane.boxes[0].chips[0].accessibleName() == "Yes, chosen"


def test_a_number_is_typed_and_kept_with_enter(host: Host, settle: Callable[[], None]) -> None:
    QTest.keyClick(host.field, Key.Key_1, Alt)
    settle()
    QTest.keyClick(host.field, Key.Key_1, Alt)  # the field of the question whose turn it is
    edit = host.pane.boxes[1].edit
    assert edit is not None
    assert edit.hasFocus()
    QTest.keyClicks(edit, "lots")
    QTest.keyClick(edit, Key.Key_Return)
    settle()
    assert host.pane.problem.isVisible()
    assert "is no number" in host.pane.problem.label.text()
    edit.selectAll()
    QTest.keyClicks(edit, "3")
    QTest.keyClick(edit, Key.Key_Return)
    settle()
    assert host.said()["How many?"] == "3"
    assert not host.pane.problem.isVisible()
    assert host.told[-1] == ("text", "Noted.")


def test_what_is_typed_stays_when_the_script_is_read_again(
    host: Host, workspace: Workspace, campaign: int, settle: Callable[[], None]
) -> None:
    QTest.keyClick(host.field, Key.Key_1, Alt)
    settle()
    QTest.keyClick(host.field, Key.Key_1, Alt)
    QTest.keyClicks(host.pane.boxes[1].edit, "12")
    first = script.get(workspace.store, campaign).questions[0]
    script_edit.save(workspace.store, workspace.clock, campaign, replace(first, text="Will you come?"))
    settle()
    assert list(host.said()) == ["Will you come?", "How many?"]
    edit = host.pane.boxes[1].edit
    assert edit is not None
    assert (edit.text(), edit.hasFocus()) == ("12", True)


def test_an_earlier_answer_is_changed_with_the_arrows(host: Host, settle: Callable[[], None]) -> None:
    QTest.keyClick(host.field, Key.Key_1, Alt)
    settle()
    QTest.keyClick(host.field, Key.Key_Up, Alt)
    assert host.chips()[0] == ["Alt+1 · ✓ Yes", "Alt+2 · Other day", "Alt+3 · No"]
    QTest.keyClick(host.field, Key.Key_2, Alt)
    settle()
    assert host.said() == {"Coming?": "Other day"}
    assert host.told[-1] == ("text", "")
    words = [label.text() for label in host.pane.boxes[0].findChildren(type(host.pane.title))]
    assert "No colour for this person, so the next text is not filled in." in words


def test_alt_0_takes_an_answer_back_and_undo_brings_it_again(
    host: Host, workspace: Workspace, settle: Callable[[], None]
) -> None:
    QTest.keyClick(host.field, Key.Key_2, Alt)
    settle()
    QTest.keyClick(host.field, Key.Key_0, Alt)
    settle()
    assert host.said() == {"Coming?": None}
    last = undo.of(workspace.store).take("Dana")
    assert last is not None
    assert last.act(workspace.store) == ""
    settle()
    assert host.said() == {"Coming?": "Other day"}
    first = undo.of(workspace.store).take("Dana")
    assert first is not None
    assert first.label == "Answered Coming? Other day: Maria"
    first.act(workspace.store)
    settle()
    assert host.said() == {"Coming?": None}
    assert first.act(workspace.store) == "Another answer was given since."


def test_an_answer_that_opts_out_turns_send_and_takes_nobody_out(
    host: Host, workspace: Workspace, settle: Callable[[], None]
) -> None:
    QTest.keyClick(host.field, Key.Key_3, Alt)
    settle()
    assert host.told == [("out", True)]
    with workspace.store.read() as conn:
        assert not optouts.active(conn, MARIA)
    QTest.keyClick(host.field, Key.Key_1, Alt)
    settle()
    assert host.told[1:] == [("out", False), ("text", "Great! See you at 10:30.")]
    QTest.keyClick(host.field, Key.Key_Up, Alt)
    QTest.keyClick(host.field, Key.Key_3, Alt)
    settle()
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, MARIA, source="operator", evidence="said so")
    host.open()
    settle()
    assert host.told[-1] == ("out", False)  # done
    assert host.said() == {"Coming?": "No"}  # and the answer stays


def test_their_text_suggests_and_only_a_press_keeps(
    host: Host, workspace: Workspace, settle: Callable[[], None]
) -> None:
    writes(workspace, "Yes!")
    host.open()
    settle()
    assert host.chips() == [["Alt+1 · Yes?", "Alt+2 · Other day", "Alt+3 · No"]]
    assert host.pane.boxes[0].chips[0].accessibleName() == "Yes, suggested by their last text"
    assert host.said() == {"Coming?": None}
    with workspace.store.read() as conn:
        assert conn.execute(sa.select(t.answer.c.id)).first() is None
    writes(workspace, "STOP")
    host.open()
    settle()
    assert host.chips() == [["Alt+1 · Yes", "Alt+2 · Other day", "Alt+3 · No"]]


def test_a_chip_is_pressed_with_tab_and_enter(
    host: Host, qapp: QApplication, settle: Callable[[], None]
) -> None:
    chip = host.pane.boxes[0].chips[0]
    chip.setFocus()
    QTest.keyClick(chip, Key.Key_Tab)
    assert qapp.focusWidget() is host.pane.boxes[0].chips[1]
    QTest.keyClick(qapp.focusWidget(), Key.Key_Backtab)
    QTest.keyClick(chip, Key.Key_Return)
    settle()
    assert host.said() == {"Coming?": "Yes", "How many?": None}
    assert host.pane.boxes[1].edit is not None
    assert host.pane.boxes[1].edit.hasFocus()  # on to what is asked next


def test_nobodys_script_is_shown_for_who_is_in_no_campaign(host: Host, settle: Callable[[], None]) -> None:
    host.open("+13125559999")
    settle()
    assert not host.pane.isVisible()
    QTest.keyClick(host.field, Key.Key_1, Alt)
    settle()
    assert host.told == []
    host.open()
    settle()
    assert host.said() == {"Coming?": None}


def test_a_key_while_the_pane_is_hidden_shows_it_first(host: Host, settle: Callable[[], None]) -> None:
    host.pane.hide()
    QTest.keyClick(host.field, Key.Key_1, Alt)
    settle()
    assert host.told == [("reveal", True)]
    assert host.said() == {"Coming?": None}


def test_several_campaigns_can_be_chosen(
    host: Host, workspace: Workspace, campaign: int, settle: Callable[[], None]
) -> None:
    with workspace.store.write() as unit:
        conn = unit.conn
        later = conn.execute(
            sa.insert(t.campaign).values(name="Autumn", created_at=1.0, state="running")
        ).inserted_primary_key[0]
        key = conn.execute(
            sa.insert(t.message).values(
                direction="out", kind="first", number=MARIA, campaign_id=later, text="Hi", state="queued",
                created_at=1.0,
            )
        ).inserted_primary_key[0]  # fmt: skip
        click = conn.execute(
            sa.insert(t.click).values(
                message_id=key, operator="Dana", at=1.0, monotonic=1.0, device="mouse", text_hash="x"
            )
        ).inserted_primary_key[0]
        conn.execute(
            sa.update(t.message)
            .where(t.message.c.id == key)
            .values(state="sent", click_id=click, claimed_at=workspace.clock.now())
        )
    script_edit.save(workspace.store, workspace.clock, later, Question("Again?", options=(Option("Sure"),)))
    host.open()
    settle()
    assert host.said() == {"Again?": None}
    assert [host.pane.which.itemText(i) for i in range(2)] == ["Autumn", "Spring reminders"]
    host.pane.which.setFocus()
    QTest.keyClick(host.pane.which, Key.Key_Down)
    settle()
    assert host.said() == {"Coming?": None}
    QTest.keyClick(host.pane.which, Key.Key_1, Alt)
    settle()
    assert host.said() == {"Coming?": "Yes", "How many?": None}
