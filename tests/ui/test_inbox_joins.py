"""A text of JOIN in the inbox: a notice, one press, and a welcome that nobody but a person sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.conversations import joins
from app.conversations.joins import Join
from app.operators import roles
from app.people import contacts, optouts
from app.store import tables as t
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.joins_dialog import JoinsDialog
from ui.inbox.page import InboxPage
from ui.press import DWELL

NOW = 1_794_585_600.0
ANA = "+13125550140"
LEFT = Qt.MouseButton.LeftButton
CONTROL = Qt.KeyboardModifier.ControlModifier
NEWS = Join("JOIN", "News", "Poster", "Text JOIN for news", "2 a month", "Welcome! Reply STOP to opt out.")


@pytest.fixture
def inbox(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> Callable[[], InboxPage]:
    def make() -> InboxPage:
        with workspace.store.write() as unit:
            unit.conn.execute(sa.insert(t.line).values(name="Office SIM", url="x", created_at=NOW))
            insert = sa.insert(t.contact).values(number=ANA, name="Ana", created_at=0, updated_at=0)
            ana = unit.conn.execute(insert).inserted_primary_key[0]
            for number, said, who in ((ANA, "Join", ana), ("+13125550141", "Is it far?", None)):
                insert = sa.insert(t.conversation).values(
                    number=number,
                    contact_id=who,
                    last_at=NOW,
                    last_text=said,
                    waiting_since=NOW,
                    last_in_at=NOW,
                )
                key = unit.conn.execute(insert).inserted_primary_key[0]
                unit.conn.execute(
                    sa.insert(t.message).values(
                        direction="in", number=number, conversation_id=key, kind="text", text=said,
                        state="received", created_at=NOW - 60,
                    )
                )  # fmt: skip
        bridge = Bridge(workspace.store)
        page = InboxPage(workspace, lines, bridge, lambda *_a, **_k: None)
        bridge.setParent(page)
        build(page, 1240, 800)
        page.refresh()
        settle()
        return page

    return make


def test_one_press_adds_them_and_fills_the_welcome_and_sends_nothing(
    inbox: Callable[[], InboxPage], workspace: Workspace, settle: Callable[[], None], clock: Any
) -> None:
    joins.save(workspace.store, (NEWS,))
    page = inbox()
    QTest.mouseClick(page.threads.chips["join"], LEFT)
    settle()
    assert page.threads.chips["join"].text() == "Wants to join 1"
    assert page.threads.model.rowCount() == 1
    page.threads.list.setFocus()
    page.threads.list.setCurrentIndex(page.threads.model.index(0))
    settle()
    notice = page.pane.wish
    assert notice.label.text() == "Ana wrote JOIN: add them to “News” with consent (Poster: JOIN, today)?"
    QTest.keyClick(page.threads.list, Qt.Key.Key_A)
    settle()
    assert not notice.isVisible()
    assert page.pane.composer.text() == "Welcome! Reply STOP to opt out."
    with workspace.store.read() as conn:
        ana = contacts.by_number(conn, ANA)
        assert conn.execute(sa.select(t.message.c.id).where(t.message.c.direction == "out")).first() is None
    assert ana is not None
    assert (ana.consent_source, ana.consent_frequency) == ("Poster: JOIN", "2 a month")
    assert contacts.lists(workspace.store)[0].people == 1
    clock.ahead += DWELL + 0.01
    QTest.keyClick(page.pane.composer.edit, Qt.Key.Key_Return)
    settle()
    with workspace.store.read() as conn:
        sent = sa.select(t.message.c.text).where(t.message.c.direction == "out")
        assert conn.execute(sent).scalars().all() == ["Welcome! Reply STOP to opt out."]


def test_without_keywords_there_is_no_filter_and_no_notice(
    inbox: Callable[[], InboxPage], settle: Callable[[], None]
) -> None:
    page = inbox()
    assert "join" not in page.threads.chips
    page.threads.list.setCurrentIndex(page.threads.model.index(0))
    settle()
    assert not page.pane.wish.isVisible()
    QTest.keyClick(page.threads.list, Qt.Key.Key_A)
    settle()
    assert page.pane.composer.text() == ""


def test_who_opted_out_is_not_offered(
    inbox: Callable[[], InboxPage], workspace: Workspace, settle: Callable[[], None]
) -> None:
    joins.save(workspace.store, (NEWS,))
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, ANA, source="sms", evidence="STOP")
    page = inbox()
    page.open_at(number=ANA)
    settle()
    assert "only START brings them back" in page.pane.wish.label.text()
    assert not page.pane.wish.button.isVisible()
    QTest.keyClick(page.threads.list, Qt.Key.Key_A)
    settle()
    assert contacts.lists(workspace.store) == ()


@pytest.fixture
def dialog(
    workspace: Workspace, build: Callable[..., QWidget], settle: Callable[[], None]
) -> Callable[[], JoinsDialog]:
    def make() -> JoinsDialog:
        made = JoinsDialog(workspace)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        build(made, 900, 560)
        settle()
        return made

    return make


def test_keywords_are_written_and_deleted_by_keyboard(
    dialog: Callable[[], JoinsDialog], workspace: Workspace, settle: Callable[[], None]
) -> None:
    made = dialog()
    QTest.keyClick(made, Qt.Key.Key_N, CONTROL)
    for key, words in (("keyword", "join"), ("list_name", "News"), ("frequency", "weekly")):
        QTest.keyClicks(made.edits[key], words)
    QTest.keyClick(made, Qt.Key.Key_S, CONTROL)
    settle()
    (kept,) = joins.get(workspace.store)
    assert (kept.keyword, kept.list_name, kept.source, kept.frequency) == ("JOIN", "News", "SMS", "weekly")
    assert made.list.item(0).text() == "JOIN → News"
    QTest.keyClick(made, Qt.Key.Key_N, CONTROL)
    QTest.keyClicks(made.edits["keyword"], "stop")
    QTest.keyClicks(made.edits["list_name"], "News")
    QTest.keyClick(made, Qt.Key.Key_S, CONTROL)
    settle()
    assert "STOP opts people out" in made.notice.label.text()
    assert made.edits["keyword"].text() == "stop"  # what was typed stays
    made.list.setCurrentRow(0)
    QTest.keyClick(made, Qt.Key.Key_Delete, CONTROL)
    settle()
    assert joins.get(workspace.store) == ()


def test_a_texter_only_reads_the_keywords(
    dialog: Callable[[], JoinsDialog], workspace: Workspace, settle: Callable[[], None]
) -> None:
    joins.save(workspace.store, (NEWS,))
    workspace.role = roles.TEXTER
    made = dialog()
    assert made.edits["keyword"].text() == "JOIN"
    assert made.edits["keyword"].isReadOnly()
    QTest.keyClick(made, Qt.Key.Key_Delete, CONTROL)
    QTest.keyClick(made, Qt.Key.Key_S, CONTROL)
    settle()
    assert joins.get(workspace.store) == (NEWS,)
