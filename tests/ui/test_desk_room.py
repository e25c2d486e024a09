"""Clicks that wait: their grace, at most 25 of them, the pace, and a second press for who wants it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from PySide6.QtCore import Qt

from app.store import tables
from app.texting import clicks
from app.workspace import Workspace
from ui import background
from ui.desk import room

Key = Qt.Key


def settings(workspace: Workspace, **values: Any) -> None:
    workspace.change_settings(dataclasses.replace(workspace.settings, **values))


def test_send_rests_at_twenty_five_and_comes_back_by_itself(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(30)
    for message_id in made.message_ids[:24]:
        clicked(made, message_id)
    desk = hands()
    assert desk.name == "Person24"
    assert desk.view.send.isEnabled()
    desk.press(Key.Key_Return)
    assert desk.name == "Person25"
    assert desk.said == "25 wait for Office SIM; the desk goes on when some have left."
    assert not desk.view.send.isEnabled()
    desk.press(Key.Key_Return, Key.Key_Space)
    assert len(made.clicks()) == 25
    made.put(made.message_ids[0], state="sending")
    desk.read()
    assert desk.view.send.isEnabled()
    assert desk.said == ""
    assert len(made.clicks()) == 25  # nothing went by itself
    desk.press(Key.Key_Return)
    assert len(made.clicks()) == 26


def test_the_window_and_the_store_agree_on_how_many_may_wait() -> None:
    assert room.MOST == clicks.MAX_WAITING


def test_presses_that_are_still_being_saved_count_too(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(30)
    for message_id in made.message_ids[:24]:
        clicked(made, message_id)
    desk = hands()
    desk.page.work.room.pressed()
    desk.page.work.card_changed.emit()
    assert not desk.view.send.isEnabled()
    desk.page.work.room.saved()
    desk.page.work.room_changed.emit()
    assert desk.view.send.isEnabled()


def clicked(made: Any, message_id: int) -> None:
    """A click of an hour ago, as the database has it."""
    with made.workspace.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(tables.click).values(
                message_id=message_id, operator="Dana", at=1.0, monotonic=0, device="mouse", text_hash="x"
            )
        ).inserted_primary_key[0]
        unit.conn.execute(
            sa.update(tables.message)
            .where(tables.message.c.id == message_id)
            .values(state="clicked", click_id=key, line_id=1, clicked_at=1.0)
        )


def test_a_grace_is_counted_down_and_can_be_used(
    running: Callable[..., Any], hands: Callable[..., Any], workspace: Workspace, clock: Any
) -> None:
    settings(workspace, grace_seconds=5)
    made = running(2)
    desk = hands()
    began = clock.now()
    desk.press(Key.Key_Return)
    assert made.column("not_before")[0] == began + 5
    chip = desk.page.outbox._chips[made.message_ids[0]]
    assert chip.accessibleName() == "waiting 5 s · Person0 · take back"
    clock.fixed += 3
    desk.page.outbox.count_down()
    assert chip.accessibleName() == "waiting 2 s · Person0 · take back"
    desk.press(Key.Key_T)
    assert made.column("state")[0] == "queued"
    assert made.clicks() == []


def test_without_a_grace_there_is_nothing_to_count(
    running: Callable[..., Any], hands: Callable[..., Any]
) -> None:
    made = running(2)
    desk = hands()
    desk.press(Key.Key_Return)
    chip = desk.page.outbox._chips[made.message_ids[0]]
    assert chip.accessibleName() == "waiting · Person0 · take back"


def test_clicks_and_radio_are_told_apart(
    running: Callable[..., Any], hands: Callable[..., Any], clock: Any
) -> None:
    made = running(5)
    desk = hands()
    assert desk.page.outbox.pace() == "each message left on its own click"
    desk.press(Key.Key_Return, Key.Key_Return, Key.Key_Return)
    made.put(made.message_ids[0], state="sent", claimed_at=clock.now() - 10, settled_at=clock.now() - 8)
    desk.read()
    assert desk.page.outbox.pace() == "you 3/min · Office SIM 1/min"
    clock.pass_time(61)
    desk.page.work.refresh()
    desk.read()
    assert desk.page.outbox.pace() == "each message left on its own click"
    with made.workspace.store.read() as conn:  # and nothing is kept of anybody's pace
        kept = conn.execute(sa.text("SELECT count(*) FROM office_setting WHERE key LIKE '%pace%'")).scalar()
    assert kept == 0


def test_who_wants_it_presses_twice(
    running: Callable[..., Any], hands: Callable[..., Any], workspace: Workspace
) -> None:
    settings(workspace, second_press=True)
    made = running(3)
    desk = hands()
    desk.press(Key.Key_Return)
    assert made.clicks() == []
    assert desk.view.send.text() == "Again"
    desk.press(Key.Key_Return)
    assert len(made.clicks()) == 1
    assert desk.name == "Person1"
    assert desk.view.send.text() == "Send"
    desk.press(Key.Key_Return, Key.Key_S)  # the first press is void with its card
    assert desk.view.send.text() == "Send"
    desk.press(Key.Key_Return)
    assert len(made.clicks()) == 1
    assert not background.busy()
