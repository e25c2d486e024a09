"""A campaign is tried on the emulator: its own texts and script, made-up numbers, and nothing comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import wiring
from app.campaigns import campaign as campaigns
from app.campaigns import script, script_edit
from app.campaigns.script import Option, Question
from app.operators import rehearsal, roles
from app.people import importing, optouts
from app.store import tables as t
from app.workspace import Workspace
from ui.press import DWELL
from ui.training.rehearsal import RehearsalWindow

PEOPLE = "first name,phone,slot\n" + "".join(
    f"Person{each},(312) 555-07{each:02d},1{each % 10}:30\n" for each in range(20)
)


@pytest.fixture
def key(workspace: Workspace) -> int:
    workspace.rehearsal_room = lambda key: rehearsal.build(workspace, key, wiring._rehearsal_opener)
    source = importing.open_source(PEOPLE)
    mapping = importing.preview(workspace.store, source, "US").mapping
    people = importing.run(workspace.store, workspace.clock, source, mapping, "US", name="Patients").list_id
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, "+13125550700", source="sms", evidence="STOP")
    key = campaigns.create(
        workspace.store, workspace.clock, name="Spring", list_id=people, texter="Dana",
        template="Hi {first_name}, this is {sender}: {slot}? Reply STOP to opt out.",
    )  # fmt: skip
    yes = Option("Yes", next_text="See you at {slot}.", tag="comes")
    script_edit.save(workspace.store, workspace.clock, key, Question("Will they come?", options=(yes,)))
    return key


def all_rows(workspace: Workspace) -> dict[str, list[Any]]:
    with workspace.store.read() as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(sa.select(table))]
            for table in t.metadata.sorted_tables
            if table.name not in ("audit",)
        }


def test_it_is_pressed_and_sent_there_and_leaves_no_trace_here(
    workspace: Workspace, key: int, window: Callable[..., Any], settle: Callable[[], None],
    wait: Callable[..., None],
) -> None:  # fmt: skip
    main = window()
    main.go("campaigns", campaign_id=key)
    settle()
    before = all_rows(workspace)
    header = main.page("campaigns").editor.header
    assert header.try_button.isVisible()
    QTest.mouseClick(header.try_button, Qt.MouseButton.LeftButton)
    wait(lambda: main.findChildren(RehearsalWindow), 20.0)
    (opened,) = main.findChildren(RehearsalWindow)
    assert "nothing leaves" in opened.banner.label.text()
    assert opened.steps.isHidden()
    made = opened.room.workspace
    with made.store.read() as conn:
        rows = conn.execute(sa.select(t.message).order_by(t.message.c.position)).all()
    assert [row.number for row in rows] == list(rehearsal.numbers())
    assert rows[0].text == "Hi Person1, this is Dana: 11:30? Reply STOP to opt out."  # Person0 opted out
    assert [each.text for each in script.get(made.store, key).questions] == ["Will they come?"]
    card = opened.page("desk").card_view
    opened.activateWindow()
    opened.page("desk").setFocus()
    wait(lambda: card.send.gate.armed, 20.0)
    QTest.qWait(int(DWELL * 1000) + 60)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)

    def sent() -> int:
        with made.store.read() as conn:
            query = sa.select(sa.func.count()).select_from(t.message).where(t.message.c.state == "sent")
            return int(conn.execute(query).scalar_one())

    wait(lambda: sent() == 1, 20.0)
    opened.ask_questions()  # there are none: no training is passed by this
    folder = opened.room.folder
    assert folder.stat().st_mode & 0o077 == 0
    QTest.mouseClick(opened.banner.button, Qt.MouseButton.LeftButton)
    wait(lambda: not folder.exists(), 20.0)
    settle()
    assert all_rows(workspace) == before


def test_a_small_window_has_it_in_the_menu(
    workspace: Workspace, key: int, window: Callable[..., Any], settle: Callable[[], None]
) -> None:
    main = window(1024, 600)
    main.go("campaigns", campaign_id=key)
    settle()
    editor = main.page("campaigns").editor
    assert not editor.header.try_button.isVisible()
    assert "Try it on the emulator…" in [words for words, _act in editor.menu.entries()]


def test_it_is_refused_in_words(
    workspace: Workspace, key: int, window: Callable[..., Any], settle: Callable[[], None]
) -> None:
    main = window()
    main.go("campaigns", campaign_id=key)
    settle()
    editor = main.page("campaigns").editor
    workspace.key = b"0" * 32  # as with a passphrase
    QTest.mouseClick(editor.header.try_button, Qt.MouseButton.LeftButton)
    settle()
    assert "passphrase" in editor.error.label.text()
    workspace.key = None
    workspace.role = roles.TEXTER
    QTest.mouseClick(editor.header.try_button, Qt.MouseButton.LeftButton)
    settle()
    assert "Only a manager" in editor.error.label.text()
    workspace.role = roles.MANAGER
    campaigns.update(workspace.store, key, template="Hi {no_such_field}")
    editor.reload()
    settle()
    QTest.mouseClick(editor.header.try_button, Qt.MouseButton.LeftButton)
    settle()
    assert "cannot be tried yet" in editor.error.label.text()
    assert not main.findChildren(RehearsalWindow)
