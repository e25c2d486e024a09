"""Several campaigns at the desk: an urgent one goes first, and texts that fall due come by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt

from app.store import tables
from app.store.events import CampaignChanged

Key = Qt.Key


def urgent(made: Any) -> None:
    """Make a campaign urgent, as its editor does."""
    with made.workspace.store.write() as unit:
        unit.conn.execute(
            sa.update(tables.campaign).where(tables.campaign.c.id == made.campaign_id).values(urgent=True)
        )
        unit.publish(CampaignChanged(made.campaign_id))


@pytest.fixture
def both(running: Callable[..., Any], hands: Callable[..., Any]) -> tuple[Any, Any, Any]:
    """A campaign on the desk, and a smaller one that is to become urgent."""
    hurry = running(2, names=("Snow0", "Snow1"), name="Snow closure")
    calm = running(3)
    desk = hands()
    assert desk.name == "Person0"
    return calm, hurry, desk


def test_an_urgent_campaign_comes_after_the_card_in_hand(both: tuple[Any, Any, Any]) -> None:
    calm, hurry, desk = both
    urgent(hurry)
    desk.read()
    assert desk.name == "Person0"  # what is painted stays
    assert "Snow closure" in desk.page.notice.label.text()
    desk.press(Key.Key_Return)
    assert desk.name == "Snow0"
    assert desk.page.header.title.text() == "Urgent: Snow closure"
    assert calm.column("state") == ["clicked", "queued", "queued"]
    desk.press(Key.Key_Return, Key.Key_Return)
    assert hurry.column("state") == ["clicked", "clicked"]
    assert desk.name == "Person1"  # back where it was
    assert desk.page.header.title.text() == "Spring reminders"


def test_a_card_of_the_urgent_campaign_wants_to_be_read_first(both: tuple[Any, Any, Any]) -> None:
    _calm, hurry, desk = both
    urgent(hurry)
    desk.read()
    desk.view.send.gate.dwell = 0.3
    desk.press(Key.Key_Return)
    assert desk.name == "Snow0"
    desk.view.send.gate.dwell = 3600.0
    desk.press(Key.Key_Return)
    assert hurry.column("state") == ["queued", "queued"]


def test_who_leaves_an_urgent_campaign_is_not_brought_back(both: tuple[Any, Any, Any]) -> None:
    calm, hurry, desk = both
    urgent(hurry)
    desk.read()
    desk.press(Key.Key_S)
    assert desk.name == "Snow0"
    desk.page.header.switched.emit(calm.campaign_id)
    desk.read()
    assert desk.name == "Person1"
    desk.press(Key.Key_S)
    assert desk.name == "Person2"


def test_an_urgent_campaign_of_held_people_waits(both: tuple[Any, Any, Any], clock: Any) -> None:
    from app.campaigns import campaign, hours

    calm, hurry, desk = both
    campaign.update(calm.workspace.store, hurry.campaign_id, hours=hours.parse("18:00-20:00"), clock=clock)
    urgent(hurry)
    desk.read()
    desk.press(Key.Key_S)
    assert desk.name == "Person1"


def test_texts_fall_due_by_themselves(
    running: Callable[..., Any], hands: Callable[..., Any], clock: Any
) -> None:
    made = running(3)
    soon = clock.now() + 600
    with made.workspace.store.write() as unit:
        unit.conn.execute(sa.update(tables.campaign).values(due='{"kind": "date"}'))
        unit.conn.execute(sa.update(tables.message).values(due_at=soon, expires_at=soon + 3600))
    desk = hands()
    assert desk.name == ""
    clock.fixed = soon + 1
    desk.page._time_passed()
    desk.read()
    assert desk.name == "Person0"
    assert desk.page.header.subtitle.full_text().startswith("3 due now · ")
    clock.fixed = soon + 3700
    desk.page._time_passed()
    desk.read()
    assert desk.name == ""
    desk.press(Key.Key_Return)
    assert made.clicks() == []
