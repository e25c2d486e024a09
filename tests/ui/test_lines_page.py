"""The Lines page, driven by keys and clicks: cards, the one action that helps, adding lines, the last day."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QMessageBox

from app.texting import views
from app.texting.asking import UssdReply
from app.texting.history import HistoryRow
from app.texting.requests import RequestError
from ui import theme
from ui.lines.adding import AndroidDialog, PinDialog, is_open_to_others, phone_url
from ui.lines.page import COMPACT_EM
from ui.lines.release import steps
from ui.lines.talk import UssdDialog
from ui.lines.words import clock_words

Click = Qt.MouseButton.LeftButton
Enter, Escape, Space, Tab = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Tab


@pytest.fixture
def page(window: Callable[..., Any], settle: Callable[[], None]) -> Any:
    main = window()
    main.go("lines")
    settle()
    return main.page("lines")


@pytest.fixture
def show(page: Any, lines: Any, settle: Callable[[], None]) -> Callable[..., Any]:
    """Change the first line and give its card back."""

    def change(**values: Any) -> Any:
        lines.shown[0] = dataclasses.replace(lines.shown[0], **values)
        page.refresh()
        settle()
        return page._cards[1]

    return change


def press(card: Any, words: str) -> None:
    button = next(each for each in card.helpers if each.text() == words)
    QTest.mouseClick(button, Click)


def dialog(page: Any, kind: type = QDialog) -> Any:
    found = [each for each in page.findChildren(kind) if each.isVisible()]
    assert len(found) == 1, found
    return found[0]


def test_a_ready_line_in_plain_words(page: Any) -> None:
    card = page._cards[1]
    assert card.chip.text() == "Ready"
    values = {title: label.full_text() for title, label in card._values.items()}
    assert values == {
        "Number": "+15550100",
        "Operator": "T-Mobile · LTE",
        "Signal": "-71 dBm ▂▄▆█",
        "SIM storage": "2 of 50",
        "Sent today": "212",
        "Balance": "not checked yet",
    }
    assert (card.gauge.value(), card.gauge.maximum()) == (2, 50)
    assert card.helpers == []
    assert not card.warning.isVisible()
    assert not card.lacks.isVisible()
    assert card.accessibleName() == "Line Office SIM: Ready"


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        (views.RETRY, ("retry", 1)),
        (views.USE_SIM, ("use_this_sim", 1)),
        (views.MODEM_MANAGER, ("use_modem_manager", 1)),
    ],
)
def test_the_one_action_that_helps(
    show: Callable[..., Any], lines: Any, settle: Callable[[], None], action: Any, asked: tuple[Any, ...]
) -> None:
    card = show(state="offline", actions=(action,), state_text="Not connected", detail="It is away")
    assert [button.text() for button in card.helpers] == [action.words]
    assert card.helpers[0].accessibleName() == f"{action.words}: Office SIM"
    press(card, action.words)
    settle()
    assert asked in lines.asked


@pytest.mark.parametrize(
    ("action", "words"), [(views.RELEASE, "ModemManager"), (views.PERMISSION, "dialout")]
)
def test_what_only_a_person_can_do_is_told_step_by_step(
    page: Any, show: Callable[..., Any], action: Any, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = show(state="offline", actions=(action,), detail="Another program uses /dev/ttyUSB0.")
    press(card, action.words)
    assert action.words.removeprefix("How to ") in dialog(page).windowTitle().replace(
        "release the modem", "release it"
    )
    assert words in steps(dialog(page).windowTitle(), "linux")
    assert words not in steps(dialog(page).windowTitle(), "win32")
    QTest.keyClick(dialog(page), Escape)


def test_pause_and_resume(
    page: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    QTest.mouseClick(page._cards[1].pause, Click)
    settle()
    card = show(paused=True)
    assert card.pause.text() == "Resume"
    QTest.mouseClick(card.pause, Click)
    settle()
    assert lines.asked == [("pause", 1), ("resume", 1)]


def test_what_will_go_wrong_stands_on_the_card(show: Callable[..., Any]) -> None:
    card = show(
        storage_used=41,
        hint="The SIM knows no message centre",
        clock_off=-7200.0,
        note="The PIN was right, but it is not remembered.",
        lacks=("No delivery reports on this line.",),
    )
    words = card.warning.text()
    for part in ("no message centre.", "almost full", "120 minutes ahead of", "not remembered"):
        assert part.replace("120 minutes", "2 hours") in words
    assert card.lacks.text() == "No delivery reports on this line."
    assert card.gauge.value() == 41


def test_a_full_sim_is_told_once(show: Callable[..., Any]) -> None:
    hint = "The SIM is full, so nothing more can arrive. Remove old messages with a phone."
    card = show(storage_used=50, hint=hint)
    assert card.warning.text() == hint


def test_small_differences_of_the_clocks_are_not_told() -> None:
    assert [clock_words(off) for off in (None, 0.0, 119.0, -120.0)] == [""] * 4
    assert "3 minutes behind" in clock_words(180.0)
    assert "3 days ahead" in clock_words(-3 * 86_400.0)


def test_hostile_words_of_a_modem_are_plain_text(show: Callable[..., Any], page: Any) -> None:
    evil = "<b>T</b>\u202e" + "x" * 5000
    card = show(
        operator=evil, manufacturer=evil, model=evil, hint=evil, name=evil, balance_text=evil, balance_at=1.0
    )
    assert "<b>T</b>" in card._values["Operator"].full_text()
    assert (
        "\u202e" not in card._values["Operator"].full_text() + card.device.full_text() + card.name.full_text()
    )
    assert len(card._values["Balance"].full_text()) < 300
    assert card.warning.textFormat() == Qt.TextFormat.PlainText


# -- adding ---------------------------------------------------------------------------------------


def test_adding_by_address(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    QTest.mouseClick(page.port_button, Click)
    form = dialog(page)
    assert not form.ok_button.isEnabled()
    QTest.keyClicks(form.fields[0], " socket://10.0.0.5:5000 ")
    QTest.keyClicks(form.fields[1], "Field SIM")
    QTest.keyClick(form.fields[1], Enter)
    settle()
    assert lines.asked == [("add", "socket://10.0.0.5:5000", "Field SIM", False)]
    assert list(page._cards) == [1, 2]


def test_an_error_says_what_happened(
    page: Any, lines: Any, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_a: Any, **_k: Any) -> None:
        raise ValueError("the port is in use by another program")

    monkeypatch.setattr(lines, "add", broken, raising=False)
    QTest.mouseClick(page.port_button, Click)
    QTest.keyClicks(dialog(page).fields[0], "COM5")
    QTest.keyClick(dialog(page).fields[0], Enter)
    settle()
    assert "in use by another program" in page.notice.label.text()
    assert "Nothing else was changed" in page.notice.label.text()


def test_the_practice_line_is_one_press_away(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    lines.shown.clear()
    page.refresh()
    settle()
    assert page.empty.isVisible()
    assert not page.console.isVisible()
    QTest.mouseClick(page.empty.button, Click)
    settle()
    assert lines.asked == [("add", "practice:", "Practice line", True)]
    assert not page.practice_button.isVisible()
    assert page.console.isVisible()


def test_a_phone_is_added_with_its_password_in_the_keyring(
    page: Any, lines: Any, settle: Callable[[], None]
) -> None:
    QTest.mouseClick(page.phone_button, Click)
    settle()
    form = dialog(page, AndroidDialog)
    QTest.keyClicks(form.address, "192.168.1.20:8080/")
    assert "not encrypted" in form.warning.text()
    assert form.warning.isVisible()
    QTest.keyClicks(form.password, "secret word")
    QTest.keyClick(form.password, Enter)
    settle()
    address = "android:http://192.168.1.20:8080"
    assert lines.secrets.kept == {address: "sms:secret word"}
    assert lines.asked == [("add", address, "Android phone", False)]


def test_without_a_keyring_no_phone_is_added(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    lines.secrets.why = "This computer has no keyring."
    QTest.mouseClick(page.phone_button, Click)
    settle()
    form = dialog(page, AndroidDialog)
    assert form.keyring.text() == "This computer has no keyring."
    QTest.keyClicks(form.address, "http://127.0.0.1:8080")
    assert not form.warning.isVisible()
    QTest.keyClicks(form.password, "x")
    QTest.keyClick(form.password, Enter)
    settle()
    assert lines.asked == []
    assert "could not be kept" in page.notice.label.text()


def test_a_phone_whose_password_is_asked_again_keeps_its_address(
    page: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    url = "android:https://phone.example:8443/api"
    card = show(url=url, state="failed", actions=(views.PASSWORD,))
    press(card, views.PASSWORD.words)
    form = dialog(page, AndroidDialog)
    assert not form.address.isEnabled()
    QTest.keyClicks(form.password, "new")
    QTest.keyClick(form.password, Enter)
    settle()
    assert lines.secrets.kept == {url: "sms:new"}
    assert lines.asked == [("retry", 1)]


@pytest.mark.parametrize(
    ("typed", "url", "warned"),
    [
        ("phone:9000", "http://phone:9000", True),
        ("localhost", "http://localhost:8080", False),
        ("http://[::1]:8080", "http://[::1]:8080", False),
        ("https://10.0.0.2", "https://10.0.0.2:443", False),
        ("android:http://10.0.0.2", "http://10.0.0.2:8080", True),
    ],
)
def test_phone_addresses(typed: str, url: str, warned: bool) -> None:
    assert phone_url(typed) == url
    assert is_open_to_others(url) is warned


@pytest.mark.parametrize(
    "typed", ["", "ftp://x", "http://me:pw@10.0.0.2", "http://x:99999", "http://x?y=1", "http://["]
)
def test_what_is_no_address_of_a_phone(typed: str) -> None:
    with pytest.raises(ValueError, match="address"):
        phone_url(typed)


# -- the SIM --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("why", "asked"), [("", ("retry", 1, "1234", "remember")), ("There is no keyring.", ("retry", 1, "1234"))]
)
def test_the_pin_is_tried_once_and_remembered_if_told(
    page: Any,
    show: Callable[..., Any],
    lines: Any,
    settle: Callable[[], None],
    why: str,
    asked: tuple[Any, ...],
) -> None:
    lines.secrets.why = why
    card = show(state="needs_pin", actions=(views.PIN,), detail="3 tries left.")
    assert card.why.text() == "3 tries left."
    press(card, "Enter PIN…")
    settle()
    form = dialog(page, PinDialog)
    assert form.remember.isEnabled() is (why == "")
    assert why in form.why.text()
    QTest.keyClicks(form.pin, "12x4")
    QTest.keyClick(form.pin, Enter)
    assert form.isVisible()
    assert "digits only" in form.problem.text()
    form.pin.clear()
    QTest.keyClicks(form.pin, "1234")
    QTest.keyClick(form.remember, Space)
    QTest.keyClick(form.pin, Enter)
    settle()
    assert [each for each in lines.asked if each[0] == "retry"] == [asked]


def test_the_code_for_the_balance_is_asked_once(
    page: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    QTest.mouseClick(page._cards[1].balance, Click)
    form = dialog(page)
    QTest.keyClicks(form.fields[0], "*100#")
    QTest.keyClick(form.fields[0], Enter)
    settle()
    assert lines.asked == [("set_balance_code", 1, "*100#")]
    lines.answers["check_balance"] = UssdReply("You have $14.20")
    card = show(balance_code="*100#")
    assert card.balance.text() == "Check balance *100#"
    QTest.mouseClick(card.balance, Click)
    settle()
    assert lines.asked[-1] == ("check_balance", 1)
    card = show(balance_text="You have $14.20", balance_at=1_794_585_600.0)
    assert card._values["Balance"].full_text() == "You have $14.20"
    assert card.checked.text().startswith("checked 13 Nov")


def test_a_network_that_asks_gets_an_answer(
    page: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    lines.answers["check_balance"] = UssdReply("1 Balance\n2 <b>Offers</b>", more=True)
    card = show(balance_code="*100#")
    QTest.mouseClick(card.balance, Click)
    settle()
    talk = dialog(page, UssdDialog)
    assert talk.words.toPlainText() == "1 Balance\n2 <b>Offers</b>"
    lines.answers["ussd"] = RequestError("The network did not answer.")
    QTest.keyClicks(talk.field, "1")
    QTest.keyClick(talk.field, Enter)
    settle()
    assert talk.problem.text() == "The network did not answer."
    lines.answers["ussd"] = last = UssdReply("You have $3")
    QTest.keyClick(talk.field, Enter)
    settle()
    assert talk.words.toPlainText() == "You have $3"
    assert not talk.field.isVisible()
    assert lines.asked[-2:] == [("ussd", 1, "1"), ("keep_balance", 1, last)]


def test_a_question_that_fails_is_said(
    show: Callable[..., Any], page: Any, lines: Any, settle: Callable[[], None]
) -> None:
    lines.answers["check_balance"] = RequestError("The line is not connected, so nothing was asked.")
    QTest.mouseClick(show(balance_code="*100#").balance, Click)
    settle()
    assert "nothing was asked" in page.notice.label.text()


def test_a_line_without_codes_offers_none(show: Callable[..., Any]) -> None:
    card = show(ussd=False)
    assert not card.balance.isVisible()
    assert card._values["Balance"].full_text() == "not on this line"


def test_the_centres_number_is_written_after_it_was_typed(
    page: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    press(show(actions=(views.CENTRE,)), "Set centre number…")
    QTest.keyClicks(dialog(page).fields[0], "+1 312 555 0100")
    QTest.keyClick(dialog(page).fields[0], Enter)
    settle()
    assert lines.asked == [("set_centre", 1, "+1 312 555 0100")]


def test_rename(page: Any, lines: Any, settle: Callable[[], None]) -> None:
    QTest.mouseClick(page._cards[1].rename, Click)
    form = dialog(page)
    assert form.fields[0].text() == "Office SIM"
    QTest.keyClicks(form.fields[0], "Blue stick")
    QTest.keyClick(form.fields[0], Enter)
    settle()
    assert lines.asked == [("rename", 1, "Blue stick")]


@pytest.mark.parametrize(("label", "removed"), [("Remove", True), ("Keep", False)])
def test_removing_is_asked_back(
    page: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None], label: str, removed: bool
) -> None:
    QTest.mouseClick(show(waiting=3).remove, Click)
    box = dialog(page, QMessageBox)
    assert box.textFormat() == Qt.TextFormat.PlainText
    assert "3 waiting texts go back to the desk" in box.informativeText()
    QTest.mouseClick(next(each for each in box.buttons() if each.text() == label), Click)
    settle()
    assert (("remove", 1) in lines.asked) is removed


# -- the last day ---------------------------------------------------------------------------------


def test_the_last_day_opens_larger_by_key(
    page: Any, lines: Any, workspace: Any, settle: Callable[[], None]
) -> None:
    now = workspace.clock.now()
    lines.days = tuple(
        HistoryRow(now - 3600 + step * 300, "ready" if step != 5 else "offline", -71, "T-Mobile", "LTE")
        for step in range(12)
    )
    page.refresh()
    settle()
    strip = page._cards[1].strip
    assert strip.accessibleName().startswith("In the last 24 hours: ready for 55 min, not usable for 5 min.")
    strip.setFocus()
    QTest.keyClick(strip, Enter)
    settle()
    assert page.day.isVisible()
    assert not page.console.isVisible()
    assert page.day.words.text() == strip.words()
    assert page.day._grid.rowCount() >= 3
    slot = page.day.strip.slot_at(page.day.strip.width() - 2)
    assert slot is not None
    assert slot.kind == "ready"
    QTest.mouseClick(page.tabs["console"], Click)
    assert page.console.isVisible()
    QTest.mouseClick(strip, Click, pos=QPoint(4, 4))
    assert page.day.isVisible()


# -- room and keys --------------------------------------------------------------------------------


def test_a_narrow_window_has_the_console_in_a_tab(page: Any, settle: Callable[[], None]) -> None:
    page.window().resize(1024, 600)
    settle()
    assert page._cards[1].isVisible()
    assert not page.console.isVisible()
    QTest.mouseClick(page.tabs["console"], Click)
    assert page.console.isVisible()
    assert not page._cards[1].isVisible()
    assert page.console.width() <= page.width()
    page.window().resize(1440, 900)
    settle()
    assert page._cards[1].isVisible()
    assert page.console.isVisible()


def test_large_text_in_a_small_window_says_less(page: Any, settle: Callable[[], None]) -> None:
    usual, large = page.font(), page.font()
    large.setPointSizeF(2 * usual.pointSizeF())
    page.setFont(large)
    page.window().resize(800, 600)
    settle()
    assert page.width() < theme.em(page, COMPACT_EM)
    assert page.phone_button.text() == "Phone…"
    assert page.phone_button.accessibleName() == "Add Android phone…"
    QTest.mouseClick(page.tabs["console"], Click)
    assert page.console.save_button.text() == "Save…"
    page.setFont(usual)
    page.window().resize(1440, 900)
    settle()
    assert page.phone_button.text() == "Add Android phone…"
    assert page.console.hidden_chip.isVisible()


def test_the_console_follows_the_card_that_is_pressed(
    page: Any, lines: Any, settle: Callable[[], None]
) -> None:
    lines.shown.append(dataclasses.replace(lines.shown[0], id=2, name="Field SIM"))
    page.refresh()
    settle()
    assert page.console.line_id == 1
    QTest.mouseClick(page._cards[2], Click, pos=QPoint(5, 5))
    assert page.console.line_id == 2
    assert [card.property("here") for card in page._cards.values()] == [False, True]


def test_everything_is_reached_by_tab_and_has_a_name(page: Any, settle: Callable[[], None]) -> None:
    page.find_button.setFocus()
    seen, names = [], []
    for _ in range(60):
        widget = QApplication.focusWidget()
        if widget in seen:
            break
        seen.append(widget)
        names.append(widget.accessibleName())
        QTest.keyClick(widget, Tab)
    assert all(names), [type(each) for each, name in zip(seen, names, strict=True) if not name]
    wanted = [page.console.prompt, page.console.text, page._cards[1].pause, page._cards[1].strip]
    assert all(each in seen for each in (*wanted, page._cards[1].remove, page.console.save_button))
