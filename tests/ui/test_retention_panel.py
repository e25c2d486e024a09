"""Old data in the settings, with real keys: nothing goes until a manager has typed it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.people import retention
from app.store import tables as t
from app.workspace import Workspace
from ui.contacts.privacy_rules import RetentionPanel

YEAR = 365.25 * 86400.0


@pytest.fixture
def panel(workspace: Workspace, build: Callable[..., QWidget], settle: Callable[[], None]) -> RetentionPanel:
    with workspace.store.write() as unit:
        campaign = unit.conn.execute(
            sa.insert(t.campaign)
            .values(name="Autumn <i>2024</i>", state="done", created_at=0.0)
            .returning(t.campaign.c.id)
        ).scalar_one()
        for at, where in ((workspace.clock.now() - 2 * YEAR, None), (workspace.clock.now(), campaign)):
            unit.conn.execute(
                sa.insert(t.message).values(
                    direction="in", state="received", number="+13125550187", text="xylophone", kind="text",
                    created_at=at, campaign_id=where,
                )
            )  # fmt: skip
    panel = RetentionPanel(workspace)
    build(panel, 700, 400)
    settle()
    return panel


def left(workspace: Workspace) -> int:
    with workspace.store.read() as conn:
        texts = conn.execute(sa.select(t.message.c.text)).scalars()
        return sum(text != retention.GONE for text in texts)


def choose_a_year(panel: RetentionPanel, settle: Callable[[], None]) -> None:
    panel.months.setFocus()
    while panel.months.currentData() != 12:
        QTest.keyClick(panel.months, Qt.Key.Key_Down)
        settle()


def test_old_words_go_after_a_typed_word(
    panel: RetentionPanel, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    assert not panel.forget_button.isEnabled()
    choose_a_year(panel, settle)
    assert "1 text with 1 person from before" in panel.found.text()
    assert left(workspace) == 2  # choosing deletes nothing
    panel.forget_button.setFocus()
    QTest.keyClick(panel.forget_button, Qt.Key.Key_Space)
    dialog = panel._dialog
    QTest.keyClicks(dialog.fields[0], "delate")
    QTest.keyClick(dialog.fields[0], Qt.Key.Key_Return)
    settle()
    assert left(workspace) == 2
    dialog.fields[0].clear()
    QTest.keyClicks(dialog.fields[0], "delete")
    QTest.keyClick(dialog.fields[0], Qt.Key.Key_Return)
    wait(lambda: left(workspace) == 1)
    settle()
    assert panel.notice.label.text() == "Deleted: the words of 1 text."
    assert not panel.forget_button.isEnabled()


def test_a_finished_campaigns_data_goes(
    panel: RetentionPanel, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    assert panel.campaigns.currentText() == "Autumn <i>2024</i>: 1 text"
    panel.campaign_button.setFocus()
    QTest.keyClick(panel.campaign_button, Qt.Key.Key_Space)
    QTest.keyClicks(panel._dialog.fields[0], "DELETE")
    QTest.keyClick(panel._dialog.fields[0], Qt.Key.Key_Return)
    wait(lambda: left(workspace) == 1)
    settle()
    assert panel.campaigns.currentText() == "None with texts or answers"
    assert not panel.campaign_button.isEnabled()


def test_a_texter_chooses_and_deletes_nothing(
    panel: RetentionPanel, workspace: Workspace, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(workspace), "role", property(lambda _self: "texter"))
    QTest.mouseClick(panel.campaign_button, Qt.MouseButton.LeftButton)
    panel.months.setFocus()
    QTest.keyClick(panel.months, Qt.Key.Key_Down)
    settle()
    assert not hasattr(panel, "_dialog")
    assert retention.months(workspace.store) == 0
    assert left(workspace) == 2


def test_stop_keeps_the_words_of_the_rest_and_says_so(
    panel: RetentionPanel, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with workspace.store.write() as unit:
        row = {"direction": "in", "state": "received", "number": "+13125550187", "text": "x", "kind": "text"}
        old = workspace.clock.now() - 2 * YEAR
        unit.conn.execute(sa.insert(t.message), [{**row, "created_at": old + key} for key in range(4)])
    monkeypatch.setattr(retention, "_CHUNK", 1)
    stopped, real = threading.Event(), retention.forget

    def slow(*given: Any, progress: Any, cancelled: Callable[[], bool]) -> int:
        def far(done: int, total: int) -> None:
            progress(done, total)
            assert stopped.wait(10)

        return real(*given, progress=far, cancelled=cancelled)

    monkeypatch.setattr(retention, "forget", slow)
    choose_a_year(panel, settle)
    QTest.mouseClick(panel.forget_button, Qt.MouseButton.LeftButton)
    QTest.keyClicks(panel._dialog.fields[0], "DELETE")
    QTest.keyClick(panel._dialog.fields[0], Qt.Key.Key_Return)
    wait(lambda: panel.notice.label.text() == "1 of 5 texts…")
    QTest.keyClick(panel.stop, Qt.Key.Key_Space)
    stopped.set()
    wait(lambda: "Stopped" in panel.notice.label.text())
    assert panel.notice.label.text() == "Stopped. Deleted: the words of 1 text. The rest keep theirs."
    assert left(workspace) == 5
    assert panel.stop.isHidden()
    settle()
