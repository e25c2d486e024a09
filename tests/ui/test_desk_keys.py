"""Everything else at the desk: skip, edit, opt out, look back, pause, take back, decide, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from app.campaigns import campaign as campaigns
from app.people import optouts
from app.store import tables
from app.store.events import ConversationChanged, MessageReceived
from ui.press import DWELL

READY = DWELL + 0.01
Key = Qt.Key


@pytest.fixture
def desk(
    window: Callable[..., Any], settle: Callable[[], None], clock: Any
) -> Callable[..., tuple[Any, Callable[..., None]]]:
    """``page, do = desk()``; ``do(key, …)`` presses keys, waits for what they did and reads the card."""

    def open_desk(width: int = 1440, height: int = 900) -> tuple[Any, Callable[..., None]]:
        page = window(width, height).page("desk")
        settle()
        clock.pass_time(READY)

        def do(*keys: Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
            for key in keys or (None,):
                if key is not None:
                    QTest.keyClick(QApplication.focusWidget() or page, key, modifier)
                settle()
                clock.pass_time(READY)

        return page, do

    return open_desk


def name(page: Any) -> str:
    return "" if page.card_view.card is None else page.card_view.card.name


def test_skip_passes_over_and_previous_puts_back(running: Callable[..., Any], desk: Any) -> None:
    made = running(3)
    page, do = desk()
    do(Key.Key_S)
    assert name(page) == "Person1"
    assert made.column("state") == ["skipped", "queued", "queued"]
    do(Key.Key_P)
    assert name(page) == "Person0"
    assert page.card_view.notice.label.text() == "Skipped."
    assert not page.card_view.send.isEnabled()
    do(Key.Key_Return)
    assert made.clicks() == []
    assert page.card_view.skip.text() == "Put back"
    do(Key.Key_S)
    assert made.column("state")[0] == "queued"
    assert name(page) == "Person0"
    do(Key.Key_Return)
    assert [click["message_id"] for click in made.clicks()] == [made.message_ids[0]]


def test_looking_back_at_what_was_sent_and_returning(running: Callable[..., Any], desk: Any) -> None:
    made = running(3)
    page, do = desk()
    do(Key.Key_Return)
    made.put(made.message_ids[0], state="sent", settled_at=1.0)
    do()
    do(Key.Key_P)
    assert name(page) == "Person0"
    assert page.card_view.notice.label.text() == "Sent."
    do(Key.Key_Return, Key.Key_Space)
    assert len(made.clicks()) == 1
    do(Key.Key_Escape)
    assert name(page) == "Person1"
    do(Key.Key_P, Key.Key_P)
    assert "first card" in page.notice.label.text()


def test_edit_this_one(running: Callable[..., Any], desk: Any) -> None:
    made = running(2)
    page, do = desk()
    do(Key.Key_E)
    assert page.card_view.editing
    do(Key.Key_Return, Key.Key_Space, Key.Key_S)  # letters of the text now
    assert made.clicks() == []
    assert made.column("state") == ["queued", "queued"]
    page.card_view.editor.selectAll()
    QTest.keyClicks(page.card_view.editor, "Only for you")
    do(Key.Key_Return, modifier=Qt.KeyboardModifier.ControlModifier)
    assert not page.card_view.editing
    assert made.column("text") == ["Only for you", made.column("text")[1]]
    assert made.column("edited") == [1, 0]
    assert page.card_view.message.toPlainText() == "Only for you"
    assert "edited" in page.card_view.badge.text()
    do(Key.Key_Return)
    assert [click["text_hash"] for click in made.clicks()] == [made.column("text_hash")[0]]


def test_an_edit_can_be_dropped_and_an_empty_one_changes_nothing(
    running: Callable[..., Any], desk: Any
) -> None:
    made = running(1)
    before = made.column("text")
    page, do = desk()
    do(Key.Key_E)
    QTest.keyClicks(page.card_view.editor, "nonsense")
    do(Key.Key_Escape)
    assert not page.card_view.editing
    assert page.hasFocus()
    do(Key.Key_E)
    page.card_view.editor.selectAll()
    do(Key.Key_Delete)
    do(Key.Key_Return, modifier=Qt.KeyboardModifier.ControlModifier)
    assert made.column("text") == before
    do(Key.Key_Return)
    assert len(made.clicks()) == 1


def test_opt_out_asks_and_its_own_key_answers(running: Callable[..., Any], desk: Any) -> None:
    made = running(3)
    page, do = desk()
    do(Key.Key_O)
    assert page.card_view.asking
    do(Key.Key_Return, Key.Key_Space, Key.Key_O)  # none of them answers
    assert page.card_view.asking
    assert made.clicks() == []
    do(Key.Key_Escape)
    assert not page.card_view.asking
    assert made.column("state")[0] == "queued"
    do(Key.Key_O, Key.Key_Y)
    assert name(page) == "Person1"
    assert made.column("state") == ["blocked", "queued", "queued"]
    with made.workspace.store.read() as conn:
        assert optouts.active(conn, made.column("number")[0])


def test_pause_and_resume(running: Callable[..., Any], desk: Any) -> None:
    made = running(2)
    page, do = desk()
    do(Key.Key_P, modifier=Qt.KeyboardModifier.ControlModifier)
    assert campaigns.get(made.workspace.store, made.campaign_id).state == "paused"
    assert page.empty.title_label.text().endswith("is paused")
    do(Key.Key_Return)
    assert made.clicks() == []
    do(Key.Key_P, modifier=Qt.KeyboardModifier.ControlModifier)
    assert name(page) == "Person0"
    do(Key.Key_Return)
    assert len(made.clicks()) == 1


def test_take_back_while_it_waits(running: Callable[..., Any], desk: Any) -> None:
    made = running(3)
    page, do = desk()
    do(Key.Key_Return)
    assert [item.state for item in page.outbox.items] == ["clicked"]
    assert "take back" in page.outbox._chips[made.message_ids[0]].text()
    do(Key.Key_T)
    assert made.column("state")[0] == "queued"
    assert made.clicks() == []
    assert name(page) == "Person0"
    do(Key.Key_Return)
    made.put(made.message_ids[0], state="sending")
    do()
    do(Key.Key_T)
    assert made.column("state")[0] == "sending"


def test_a_chip_takes_back_too_and_says_when_it_is_too_late(
    running: Callable[..., Any], desk: Any, settle: Callable[[], None]
) -> None:
    made = running(2)
    page, do = desk()
    do(Key.Key_Return)
    chip = page.outbox._chips[made.message_ids[0]]
    with made.workspace.store.write() as unit:  # the line is faster than the window's news
        unit.conn.execute(
            sa.update(tables.message)
            .where(tables.message.c.id == made.message_ids[0])
            .values(state="sending")
        )
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    settle()
    assert "can no longer be taken back" in page.notice.label.text()


OUTCOMES = [
    ({"state": "sending", "parts": 2, "parts_sent": 1}, "● sending 1 of 2 · Person0"),
    ({"state": "sent"}, "✓ sent · Person0"),
    ({"state": "sent", "delivery": "delivered"}, "✓✓ delivered · Person0"),
    (
        {"state": "sent", "delivery": "failed", "reason": "number not in service"},
        "✕ number not in service · Person0",
    ),
    ({"state": "not_sent", "reason": "no network"}, "✕ no network · Person0"),
    ({"state": "unknown"}, "? outcome unknown · Person0 · decide"),
]


@pytest.mark.parametrize(("row", "words"), OUTCOMES)
def test_chips_say_what_became_of_a_text(
    running: Callable[..., Any], desk: Any, settle: Callable[[], None], row: dict[str, Any], words: str
) -> None:
    made = running(2)
    page, do = desk()
    do(Key.Key_Return)
    made.put(made.message_ids[0], settled_at=1.0, **row)
    settle()
    assert [chip.accessibleName() for chip in page.outbox._chips.values()] == [words]


def test_an_unknown_outcome_is_decided_by_a_person(running: Callable[..., Any], desk: Any) -> None:
    made = running(3)
    page, do = desk()
    do(Key.Key_Return)
    made.put(made.message_ids[0], state="unknown", settled_at=1.0)
    do()
    do(Key.Key_D)
    assert page.stack.currentWidget() is page.decide
    assert page.decide.message.toPlainText() == made.column("text")[0]
    do(Key.Key_Return, Key.Key_Space)  # the rhythm of sending answers nothing
    assert len(made.clicks()) == 1
    do(Key.Key_Y)
    assert made.column("state")[0] == "sent"
    assert made.column("resolution")[0] == "person_sent"
    assert name(page) == "Person1"


def test_sending_again_is_a_new_message_with_its_own_click(running: Callable[..., Any], desk: Any) -> None:
    made = running(2)
    page, do = desk()
    do(Key.Key_Return)
    made.put(made.message_ids[0], state="unknown", settled_at=1.0)
    do()
    do(Key.Key_D)
    page.decide.again_button.click()
    do()
    assert len(made.clicks()) == 1
    do(Key.Key_A)
    clicks = made.clicks()
    assert [click["device"] for click in clicks] == ["key:Return", "key:A"]
    again = clicks[1]["message_id"]
    assert made.column("resend_of", again) == [made.message_ids[0]]
    assert made.column("state", made.message_ids[0]) == ["unknown"]
    assert page.stack.currentWidget() is page.card_view


def test_decide_later(running: Callable[..., Any], desk: Any) -> None:
    made = running(2)
    page, do = desk()
    do(Key.Key_Return)
    made.put(made.message_ids[0], state="not_sent", reason="no network", settled_at=1.0)
    do()
    do(Key.Key_D)
    assert page.decide.sent_button.isHidden()
    assert "no network" in page.decide.why.text()
    do(Key.Key_Escape)
    assert name(page) == "Person1"
    assert made.column("state")[0] == "not_sent"


def test_keys_are_letters_while_a_text_field_has_focus(running: Callable[..., Any], desk: Any) -> None:
    made = running(2)
    page, do = desk()
    field = QLineEdit(page)
    field.show()
    field.setFocus()
    do(Key.Key_Return, Key.Key_S, Key.Key_Space, Key.Key_Semicolon, Key.Key_O)
    assert made.clicks() == []
    assert made.column("state") == ["queued", "queued"]
    assert field.text() == "s ;o"


def test_enter_on_a_button_that_tab_led_to_presses_that_button(
    running: Callable[..., Any], desk: Any
) -> None:
    made = running(3)
    page, do = desk()
    page.card_view.skip.setFocus()
    do(Key.Key_Return)
    assert made.clicks() == []
    assert made.column("state")[0] == "skipped"
    page.card_view.send.setFocus()
    do(Key.Key_Return)
    assert len(made.clicks()) == 1


def test_a_mouse_press_leaves_the_keys_with_the_desk(running: Callable[..., Any], desk: Any) -> None:
    made = running(3)
    page, do = desk()
    QTest.mouseClick(page.card_view.skip, Qt.MouseButton.LeftButton)
    do()
    assert page.hasFocus()
    do(Key.Key_Return)
    assert [click["message_id"] for click in made.clicks()] == [made.message_ids[1]]


def test_the_lost_focus_comes_back_with_the_page(running: Callable[..., Any], desk: Any) -> None:
    running(1)
    page, _ = desk()
    window = page.window()
    window.go("settings")
    window.go("desk")
    assert page.hasFocus()


# -- what it says -----------------------------------------------------------------------------------


def test_before_anything_was_read_nothing_is_offered(running: Callable[..., Any], window: Any) -> None:
    """A window that comes up must not ask for a list, nor take Enter for one, where a campaign waits."""
    running(2)
    page = window().page("desk")
    assert page.empty.button.isHidden()
    assert not page.can_begin


def test_without_a_campaign_it_says_what_to_do_first(desk: Any, settle: Callable[[], None]) -> None:
    page, _ = desk()
    assert page.empty.title_label.text() == "Start with a list of people"
    goals = []
    page._navigate = lambda where, **what: goals.append((where, what))
    QTest.mouseClick(page.empty.button, Qt.MouseButton.LeftButton)
    assert goals == [("contacts", {"import_list": True})]


def test_outside_the_hours_it_says_why_and_until_when(
    running: Callable[..., Any], desk: Any, clock: Any, settle: Callable[[], None]
) -> None:
    made = running(3)
    from app.campaigns import hours

    campaigns.update(made.workspace.store, made.campaign_id, hours=hours.Policy(), clock=clock)
    clock.fixed += 14 * 3600  # midnight in Chicago
    page, do = desk()
    assert page.empty.title_label.text() == "Nobody can be texted right now"
    assert "held until 09:00" in page.empty.text_label.text()
    assert "3 people are held" in page.empty.text_label.text()
    do(Key.Key_Return)
    assert made.clicks() == []
    clock.fixed += 10 * 3600  # 10:00
    page.work.time_passed()
    settle()
    assert name(page) == "Person0"


def test_hours_that_end_while_the_card_is_shown(running: Callable[..., Any], desk: Any, clock: Any) -> None:
    from app.campaigns import hours

    made = running(2)
    campaigns.update(made.workspace.store, made.campaign_id, hours=hours.Policy(), clock=clock)
    page, do = desk()
    assert name(page) == "Person0"
    clock.fixed += 12 * 3600
    do(Key.Key_Return)
    assert made.clicks() == []
    assert "Not sent to Person0" in page.notice.label.text()


def test_the_card_says_who_where_when_and_what_it_costs(running: Callable[..., Any], desk: Any) -> None:
    running(1)
    page, _ = desk(1440, 900)
    view = page.card_view
    assert view.where.full_text().startswith("+1 (312) 555-0000 · ")
    assert "10:00" in view.where.full_text()
    assert "/ 160 · 1 segment" in view.measure.text()
    assert view.from_line.full_text() == "from Office SIM"
    marked = [s.cursor.selectedText() for s in view.message.extraSelections()]
    assert marked == ["Person0", "Dana", "10:30"]


def test_hidden_characters_of_a_name_are_shown(running: Callable[..., Any], desk: Any) -> None:
    running(1, names=("Ev\u202eil\u200b<b>x</b>",))
    page, _ = desk()
    assert "⟦RLO⟧" in page.card_view.name.full_text()
    shown = page.card_view.message.toPlainText()
    assert "Hi Ev⟦RLO⟧il⟦ZWSP⟧<b>x</b>, this" in shown
    marked = [s.cursor.selectedText() for s in page.card_view.message.extraSelections()]
    assert marked[0] == "Ev⟦RLO⟧il⟦ZWSP⟧<b>x</b>"
    assert marked[-2:] == ["⟦RLO⟧", "⟦ZWSP⟧"]


def test_replies_and_who_is_next(
    running: Callable[..., Any], desk: Any, settle: Callable[[], None], clock: Any
) -> None:
    made = running(4)
    page, do = desk()
    with made.workspace.store.write() as unit:
        key = unit.conn.execute(
            sa.insert(tables.conversation).values(
                number="+13125559999",
                last_at=clock.now(),
                last_text="<img src=x> Is it\nfree?",
                waiting_since=clock.now(),
                unread=1,
            )
        ).inserted_primary_key[0]
        unit.publish(ConversationChanged(key), MessageReceived(1, "+13125559999", key))
    settle()
    assert page.window().rail.buttons["inbox"].accessibleName() == "Inbox, 1 waiting"
    assert "<img src=x> Is it free?" in page.replies._rows.itemAt(0).widget().accessibleName()
    goals = []
    page._navigate = lambda where, **what: goals.append(where)
    do(Key.Key_R)
    assert goals == ["inbox"]
    assert page.next_panel._rows.count() == 3


def test_two_campaigns_can_be_switched(running: Callable[..., Any], desk: Any, settle: Any) -> None:
    first = running(2, name="First")
    running(2, name="Second", names=("Xenia", "Yann"))
    page, _do = desk()
    assert name(page) == "Xenia"
    assert not page.header.other.isHidden()
    page.header.switched.emit(first.campaign_id)
    settle()
    assert name(page) == "Person0"
    assert page.header.title.full_text() == "First"


def test_every_control_has_a_name_and_can_be_reached(running: Callable[..., Any], desk: Any) -> None:
    made = running(2)
    page, do = desk()
    do(Key.Key_Return)
    made.put(made.message_ids[0], state="unknown")
    do()
    for button in page.findChildren(QAbstractButton):
        if not button.isHidden():
            assert button.accessibleName(), button
            assert button.focusPolicy() & Qt.FocusPolicy.TabFocus, button.text()


@pytest.mark.parametrize("size", [(1440, 900), (1024, 600), (800, 520)])
def test_nothing_of_the_card_is_cut_off(
    running: Callable[..., Any], desk: Any, size: tuple[int, int]
) -> None:
    running(1)
    page, _ = desk(*size)
    window = page.window()
    assert window.size().toTuple() == size
    view = page.card_view
    for button in (view.previous, view.skip, view.edit, view.opt_out, view.send):
        corner = button.mapTo(view, button.rect().bottomRight())
        assert view.rect().contains(corner), button.text()
        assert button.width() >= button.sizeHint().width(), button.text()
    assert window.rect().contains(page.outbox.mapTo(window, page.outbox.rect().bottomRight()))
