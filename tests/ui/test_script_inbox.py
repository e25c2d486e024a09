"""The script in the inbox itself: an answer fills the composer, one Enter sends it, an opt-out answer asks first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.campaigns import script_edit
from app.campaigns.script import Option, Question
from app.conversations import threads
from app.people import optouts
from app.store import tables as t
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.page import InboxPage
from ui.press import DWELL

Key, Alt = Qt.Key, Qt.KeyboardModifier.AltModifier
MARIA = "+13125550000"


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, running: Callable[..., Any], build: Callable[..., QWidget],
    settle: Callable[[], None],
) -> InboxPage:  # fmt: skip
    made = running(1, names=("Maria",))
    (key,) = made.message_ids
    now = workspace.clock.now()
    with workspace.store.write() as unit:
        thread = threads.ensure(unit, workspace.clock, MARIA, "number", None, 1)
        click = unit.conn.execute(
            sa.insert(t.click).values(
                message_id=key, operator="Dana", at=1.0, monotonic=1.0, device="mouse", text_hash="x"
            )
        ).inserted_primary_key[0]
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in", number=MARIA, kind="text", text="Yes", state="received", created_at=now,
                conversation_id=thread,
            )
        )  # fmt: skip
    made.put(key, state="sent", click_id=click, claimed_at=now - 600, conversation_id=thread)
    options = (Option("Yes", "See you at {slot}."), Option("Refused", "Sorry.", opts_out=True))
    script_edit.save(workspace.store, workspace.clock, made.campaign_id, Question("Coming?", options=options))
    bridge = Bridge(workspace.store)
    inbox = InboxPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(inbox)
    build(inbox, 1240, 800)
    inbox.open_at(conversation_id=thread)
    settle()
    inbox.pane.composer.edit.setFocus()
    return inbox


def replies(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.store.read() as conn:
        rows = conn.execute(sa.select(t.message.c.text, t.message.c.state).where(t.message.c.kind == "reply"))
        return [(row[0], row[1]) for row in rows]


def test_an_answer_fills_the_composer_and_one_enter_sends_it(
    page: InboxPage, workspace: Workspace, clock: Any, settle: Callable[[], None]
) -> None:
    edit = page.pane.composer.edit
    assert edit.toPlainText() == ""  # a suggestion alone fills nothing in
    QTest.keyClick(edit, Key.Key_1, Alt)
    settle()
    assert edit.toPlainText() == "See you at 10:30."
    assert replies(workspace) == []  # an answer sends nothing
    clock.ahead += DWELL + 0.01
    QTest.keyClick(edit, Key.Key_Return)
    settle()
    assert replies(workspace) == [("See you at 10:30.", "clicked")]


def test_words_that_were_typed_are_never_overwritten(page: InboxPage, settle: Callable[[], None]) -> None:
    edit = page.pane.composer.edit
    QTest.keyClicks(edit, "Dear Maria")
    QTest.keyClick(edit, Key.Key_1, Alt)
    settle()
    assert edit.toPlainText() == "Dear Maria"


def test_an_answer_that_opts_out_makes_enter_ask_and_sends_nothing(
    page: InboxPage, workspace: Workspace, clock: Any, settle: Callable[[], None]
) -> None:
    edit = page.pane.composer.edit
    QTest.keyClick(edit, Key.Key_2, Alt)
    settle()
    assert page.pane.composer.opt_out_button.isVisible()
    assert not page.pane.composer.send_button.isVisible()
    clock.ahead += DWELL + 0.01
    QTest.keyClick(edit, Key.Key_Return)
    assert page.pane.sure.isVisible()
    with workspace.store.read() as conn:
        assert not optouts.active(conn, MARIA)
    QTest.keyClick(page.pane.sure, Key.Key_Y)
    settle()
    with workspace.store.read() as conn:
        assert optouts.active(conn, MARIA)
        assert conn.execute(sa.select(t.answer.c.value)).scalars().all() == ["Refused"]
    assert replies(workspace) == []
