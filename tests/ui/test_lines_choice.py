"""The lines of a campaign, ticked with real keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.operators import roles
from app.store.tables import line
from app.texting import budgets
from app.workspace import Workspace
from ui.campaigns.lines_choice import LinesChoice

Space = Qt.Key.Key_Space


@pytest.fixture
def choice(
    workspace: Workspace, running: Callable[..., Any], build: Callable[..., Any], settle: Callable[[], None]
) -> Any:
    made = running(1)
    widget = LinesChoice(workspace)
    build(widget, 400, 200)
    widget.campaign_id = made.campaign_id  # type: ignore[attr-defined]
    widget.show_campaign(made.campaign_id)
    settle()
    return widget


def add(workspace: Workspace, **values: Any) -> int:
    with workspace.store.write() as unit:
        made = unit.conn.execute(sa.insert(line).values(url="/dev/x", created_at=0.0, **values))
        return int(made.inserted_primary_key[0])


def test_a_single_line_is_named_with_its_number(
    choice: Any, workspace: Workspace, settle: Callable[[], None]
) -> None:
    with workspace.store.write() as unit:
        unit.conn.execute(sa.update(line).values(number="+13125550100", per_day=400))
    choice.show_campaign(choice.campaign_id)
    settle()
    assert choice.boxes == {}
    assert choice.words.text() == "Office SIM · +13125550100 · 400 left today"


def test_a_line_is_chosen_by_keyboard(choice: Any, workspace: Workspace, settle: Callable[[], None]) -> None:
    field = add(workspace, name="R&D <b>", number="+13125550142")
    practice = add(workspace, name="Practice", practice=True)
    choice.show_campaign(choice.campaign_id)
    settle()
    assert list(choice.boxes) == [1, field, practice]
    assert [box.isChecked() for box in choice.boxes.values()] == [False] * 3
    assert choice.boxes[field].accessibleName() == "R&D <b> · +13125550142 · no limit set"
    assert choice.boxes[field].text() == "R&&D <b> · +13125550142 · no limit set"
    assert choice.boxes[practice].accessibleName().endswith("practice: sends to nobody")
    said = []
    choice.changed.connect(lambda: said.append(True))
    choice.boxes[field].setFocus()
    QTest.keyClick(choice.boxes[field], Space)
    settle()
    assert budgets.lines_of(workspace.store, choice.campaign_id) == (field,)
    assert said == [True]
    QTest.keyClick(choice.boxes[field], Space)
    settle()
    assert budgets.lines_of(workspace.store, choice.campaign_id) == ()


def test_a_texter_cannot_choose(choice: Any, workspace: Workspace, settle: Callable[[], None]) -> None:
    add(workspace, name="Field")
    workspace.role = roles.TEXTER
    choice.show_campaign(choice.campaign_id)
    settle()
    assert not any(box.isEnabled() for box in choice.boxes.values())
    assert "Only a manager" in choice.words.text()


def test_the_editor_shows_it(window: Callable[..., Any], running: Callable[..., Any], settle: Any) -> None:
    running(1)
    main = window()
    main.go("campaigns")
    settle()
    QTest.keyClick(main.page("campaigns").overview.list, Qt.Key.Key_Return)
    settle()
    (shown,) = main.findChildren(LinesChoice)
    assert shown.words.text().startswith("Office SIM · ")
