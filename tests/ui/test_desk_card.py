"""The card says what one should know before pressing: consent, tags, earlier texts, and when a hold ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.campaigns import campaign as campaigns
from app.campaigns import cards, hours
from app.campaigns.ending import ending
from app.people import holds
from app.store import tables
from app.workspace import Workspace

Key = Qt.Key
DAY = 86400.0


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The texter's computer is an hour ahead of Chicago."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def person(made: Any, **values: Any) -> None:
    with made.workspace.store.write() as unit:
        unit.conn.execute(
            sa.update(tables.contact)
            .where(tables.contact.c.number == made.column("number")[0])
            .values(**values)
        )


def test_consent_with_where_it_came_from_and_what_was_promised(
    running: Callable[..., Any], hands: Callable[..., Any], clock: Any
) -> None:
    made = running(1)
    person(made, consent_source="web form", consent_at=clock.now() - 30 * DAY, consent_frequency="2 a month")
    desk = hands()
    assert (
        desk.view.consent.text().strip("\u2068\u2069")
        == "✓ consent 14 Oct 2026 · web form · promised 2 a month"
    )
    assert desk.view.consent.property("tone") == "good"


def test_a_consent_that_ends_while_the_card_is_in_view_stops_the_press(
    running: Callable[..., Any], hands: Callable[..., Any], clock: Any
) -> None:
    made = running(1)
    person(
        made,
        consent_source="form",
        consent_at=clock.now() - 400 * DAY,
        consent_until=clock.now() + 60,
    )
    desk = hands()
    assert desk.view.consent.property("tone") == "good"
    clock.pass_time(61)
    desk.press(Key.Key_Return)
    assert made.column("state") == ["queued"]
    words = [label.text() for label in desk.page.findChildren(QLabel) if label.isVisible()]
    assert any("Not sent to Person0: Their consent ended on 13 Nov 2026. Note a new one" in w for w in words)
    assert desk.name == ""  # and they are not dealt again
    person(made, consent_until=clock.now() + DAY)
    desk.page.refresh()
    desk.read()
    assert desk.name == "Person0"


def test_a_consent_that_ended_says_so_on_the_card() -> None:
    assert (
        cards.consent_words("form", 1.0, 86_400.0 * 20_000, 86_400.0 * 20_001) == "consent ended 4 Oct 2024"
    )
    assert cards.ended(5.0, 5.0)
    assert not cards.ended(None, 5.0)


def test_tags_and_a_household(running: Callable[..., Any], hands: Callable[..., Any], clock: Any) -> None:
    made = running(1, names=("Ana and Ben",))
    with made.workspace.store.write() as unit:
        key = unit.conn.execute(sa.select(tables.contact.c.id)).scalar_one()
        for position, word in enumerate(("VIP", "<b>board</b>")):
            tag = unit.conn.execute(
                sa.insert(tables.tag).values(name=word, folded=f"{position}{word}")
            ).inserted_primary_key[0]
            unit.conn.execute(sa.insert(tables.contact_tag).values(tag_id=tag, contact_id=key))
    desk = hands()
    assert desk.view.name.full_text() == "Ana and Ben"
    assert desk.view.tags.text() == "tags: VIP, <b>board</b>"
    assert desk.view.tags.textFormat() == Qt.TextFormat.PlainText


def test_a_hold_says_when_it_ends_on_both_clocks(
    running: Callable[..., Any], hands: Callable[..., Any], clock: Any, in_new_york: None
) -> None:
    made = running(2)
    desk = hands()
    assert desk.name == "Person0"
    clock.fixed += 14 * 3600  # midnight in Chicago
    campaigns.update(made.workspace.store, made.campaign_id, hours=hours.Policy(), clock=clock)
    desk.read()
    assert desk.page.empty.title_label.text() == "Nobody can be texted right now"
    assert "held until 09:00 (10:00 on your clock)" in desk.page.empty.text_label.text()


def test_a_card_that_is_looked_back_at_says_when_it_may_go(
    running: Callable[..., Any], hands: Callable[..., Any], clock: Any, in_new_york: None
) -> None:
    from ui.desk.card import hold_words

    made = running(2)
    desk = hands()
    campaigns.update(made.workspace.store, made.campaign_id, hours=hours.Policy(), clock=clock)
    clock.fixed += 14 * 3600
    from app.campaigns import desk as queue

    card = queue.card(made.workspace.store, clock, made.message_ids[0])
    assert card is not None
    assert hold_words(card).endswith("held until Sat 09:00 there. That is 10:00 on your clock.")
    assert desk.page is not None


HOUR = 3600.0
#: 13 November 2026, 10:00 in Chicago, 11:00 in New York.
NOW = 1_794_585_600.0


@pytest.mark.parametrize(
    ("zones", "until", "words"),
    [
        (("America/Chicago",), None, ""),
        (("America/New_York",), NOW + HOUR, "until 12:00"),
        (("America/Chicago",), NOW + HOUR, "until 11:00 there, 12:00 here"),
        (("America/Chicago",), NOW + 23 * HOUR, "until Sat 09:00 there, Sat 10:00 here"),
        (("Asia/Tokyo",), NOW + 8 * HOUR, "until 09:00 there, 19:00 here"),
        (("America/Chicago",), NOW + 20 * DAY, "until 3 Dec 10:00 there, 3 Dec 11:00 here"),
        ((), NOW + HOUR, "until 12:00 here"),
    ],
)
def test_the_end_of_a_hold_in_words(
    in_new_york: None, zones: tuple[str, ...], until: float | None, words: str
) -> None:
    assert ending(zones, until, NOW).words == words


def test_a_card_that_may_be_an_opt_out_leads_to_its_thread(
    running: Callable[..., Any], hands: Callable[..., Any], workspace: Workspace, settle: Callable[[], None]
) -> None:
    running(2, names=("Ana", "Bo"))
    desk = hands()
    number = desk.view.card.number
    with workspace.store.write() as unit:
        now = workspace.clock.now()
        holds.put(unit, now, number, rule="S1", said="stop texting", why="Room for doubt.", message_id=None)
    desk.read()
    assert desk.name == "Bo"  # the queue goes on without her
    desk.press(Key.Key_P)
    assert desk.name == "Ana"
    assert "Decide in the inbox first" in desk.said
    desk.press(Qt.Key.Key_Return)
    inbox = desk.page.window().page("inbox")
    settle()
    assert inbox.isVisible()
    assert inbox.row.number == number
    assert inbox.pane.hold.isVisible()
    with workspace.store.read() as conn:
        assert not conn.execute(sa.select(tables.click.c.id)).all()
