"""Limits of a line on its card, in the dialog and at the rail's foot, with real keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.operators import roles
from app.texting.budgets import NO_LIMITS, Limits
from ui.desk.reading import line_words
from ui.lines import words
from ui.lines.limits_dialog import LimitsDialog
from ui.operators.guard import ManagerDialog

Click = Qt.MouseButton.LeftButton
Enter, Escape, Space, Tab = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Tab
WHY = (
    "5 of the last 10 texts failed: the network refused (CMS 38). Nothing more leaves until a person resumes."
)


@pytest.fixture
def main(window: Callable[..., Any], settle: Callable[[], None]) -> Any:
    main = window()
    main.go("lines")
    settle()
    return main


@pytest.fixture
def show(main: Any, lines: Any, settle: Callable[[], None]) -> Callable[..., Any]:
    """Change the first line and give its card back."""

    def change(**values: Any) -> Any:
        lines.shown[0] = dataclasses.replace(lines.shown[0], **values)
        page = main.page("lines")
        page.refresh()
        settle()
        return page._cards[1]

    return change


def opened(main: Any, card: Any, kind: type = LimitsDialog) -> Any:
    """Open the dialog with the keyboard."""
    card.limits.setFocus()
    QTest.keyClick(card.limits, Space)
    (found,) = [each for each in main.findChildren(kind) if each.isVisible()]
    return found


def test_without_limits_the_card_says_so(show: Callable[..., Any]) -> None:
    card = show()
    assert card._values["Sent today"].full_text() == "212"
    assert card.budget.text() == "no limit set"
    assert not card.sent.isVisible()
    assert card.limits.accessibleName() == "Limits Office SIM"


def test_sent_today_of_the_limit_with_its_bar(show: Callable[..., Any]) -> None:
    card = show(
        limits=Limits(20, 0, 400, 100, 16), people=87, waiting=3, cost_today=2.12, currency="USD", price=0.01
    )
    assert card._values["Sent today"].full_text() == "212 of 400, 3 waiting"
    assert (card.sent.isVisible(), card.sent.value(), card.sent.maximum()) == (True, 212, 400)
    assert card.budget.text() == "20 a minute · 87 of 100 people this month · ≈ 2.12 USD today"
    card = show(sent_today=900, limits=Limits(per_day=400), cost_today=None)
    assert (card.sent.value(), card.budget.isVisible()) == (400, False)


def test_why_nothing_leaves_stands_on_the_card(show: Callable[..., Any]) -> None:
    assert "next at 10:42:15" in show(hold="20 a minute: next at 10:42:15.").warning.text()
    card = show(hold="", paused=True, paused_why=WHY, state_text="Paused", action_text="Resume")
    assert card.warning.text() == WHY
    assert not card.why.isVisible()
    assert card.chip.property("tone") == "bad"
    assert card.pause.text() == "Resume"


def test_the_dialog_is_filled_and_kept_by_keyboard(
    main: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    card = show(limits=Limits(per_day=400, month_day=16), currency="USD")
    dialog = opened(main, card)
    settle()
    assert dialog.counts["per_minute"].hasFocus()
    assert "40 in the last hour, 212 today, 87 people this month" in dialog.so_far.text()
    QTest.keyClicks(dialog.counts["per_minute"], "20")
    QTest.keyClick(dialog.counts["per_minute"], Tab)
    assert dialog.counts["per_hour"].hasFocus()
    QTest.keyClick(dialog.counts["per_hour"], Tab)
    QTest.keyClicks(dialog.counts["per_day"], "1,400")
    QTest.keyClicks(dialog.price_field, "0,01")
    QTest.keyClick(dialog.price_field, Enter)
    settle()
    assert lines.asked == [
        ("set_limits", 1, Limits(20, 0, 1400, 0, 16)),
        ("set_price", 1, 0.01, "USD"),
    ]


def test_a_preset_fills_the_fields(
    main: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    dialog = opened(main, show())
    careful = dialog.presets[0]
    careful.setFocus()
    QTest.keyClick(careful, Space)
    assert dialog.limits() == Limits(4, 20, 200)
    QTest.mouseClick(dialog.presets[2], Click)
    assert dialog.limits() == Limits(6, 0, 0, 100)
    QTest.mouseClick(dialog.presets[-1], Click)
    assert dialog.limits() == NO_LIMITS
    careful.setFocus()
    QTest.keyClick(careful, Enter)
    assert dialog.limits() == Limits(4, 20, 200)
    QTest.mouseClick(dialog.keep, Click)
    settle()
    assert lines.asked == [("set_limits", 1, Limits(4, 20, 200))]


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("per_day", "many", "is no number"),
        ("per_day", "-4", "is no number"),
        ("per_hour", "9999999", "whole number"),
        ("month_day", "32", "from 1 to 31"),
    ],
)
def test_what_is_no_limit_is_told_and_not_kept(
    main: Any, show: Callable[..., Any], lines: Any, name: str, typed: str, said: str
) -> None:
    dialog = opened(main, show())
    field = dialog.counts[name]
    field.selectAll()
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Enter)
    assert dialog.isVisible()
    assert said in dialog.problem.text()
    QTest.keyClick(dialog, Escape)
    assert lines.asked == []


def test_limits_are_a_managers(
    main: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]
) -> None:
    card = show()
    main.workspace.role = roles.TEXTER
    told = opened(main, card, ManagerDialog)
    assert not [each for each in main.findChildren(LimitsDialog) if each.isVisible()]
    QTest.keyClick(told, Escape)
    # Pausing is everybody's.
    QTest.mouseClick(card.pause, Click)
    settle()
    assert lines.asked == [("pause", 1)]


def test_name_and_number(main: Any, show: Callable[..., Any], lines: Any, settle: Callable[[], None]) -> None:
    card = show(number="")
    QTest.mouseClick(card.rename, Click)
    page = main.page("lines")
    (form,) = [each for each in page.children() if getattr(each, "fields", None)]
    QTest.keyClicks(form.fields[1], "+1 312 555 0100")
    QTest.keyClick(form.fields[1], Enter)
    settle()
    assert lines.asked == [("set_number", 1, "+1 312 555 0100")]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"limits": Limits(per_day=400)}, "T-Mobile · 212 / 400"),
        ({}, "T-Mobile · 212 today"),
        ({"paused": True}, "Paused"),
        ({"paused": True, "paused_why": WHY}, "Paused by itself"),
        ({"state": "searching", "state_text": "Looking for a network"}, "Looking for a network"),
    ],
)
@pytest.mark.parametrize("theme_name", ["light", "dark"])
def test_the_rails_foot(
    build: Callable[..., Any], lines: Any, values: dict[str, Any], said: str, theme_name: str, qapp: Any
) -> None:
    from ui import theme
    from ui.rail import Rail

    rail = Rail()
    build(rail, 220, 600)
    theme.apply(qapp, theme_name)
    rail.show_lines([dataclasses.replace(lines.shown[0], **values)])
    foot = rail._feet.itemAt(0).widget()
    assert foot._state.full_text() == said
    assert foot._state.text() == said  # nothing is cut off
    assert said in foot.accessibleDescription()
    if "paused_why" in values:
        assert WHY in foot.accessibleDescription()


def test_prices_as_they_are_typed() -> None:
    assert [words.price_of(text) for text in ("", " 0.05 ", "0,05", "0")] == [None, 0.05, 0.05, 0.0]
    for text in ("five", "-1", "nan", "1e9"):
        with pytest.raises(ValueError, match="is no price"):
            words.price_of(text)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "from Office SIM"),
        ({"hold": "20 a minute: next at 10:42:15."}, "from Office SIM · 20 a minute: next at 10:42:15."),
        ({"paused": True}, "Office SIM paused: resume it on the Lines page"),
        ({"paused": True, "paused_why": WHY}, "Office SIM paused by itself: resume it on the Lines page"),
    ],
)
def test_the_desks_card_says_it_too(lines: Any, values: dict[str, Any], said: str) -> None:
    view = dataclasses.replace(lines.shown[0], **values)
    assert line_words(SimpleNamespace(lines=(view,))) == said  # type: ignore[arg-type]


def test_of_two_lines_the_one_with_room_is_meant(lines: Any) -> None:
    full = dataclasses.replace(lines.shown[0], hold="Office SIM has sent its 4 for today.")
    other = dataclasses.replace(full, id=2, name="Field SIM", hold="")
    assert line_words(SimpleNamespace(lines=(full, other))) == "from one of 2 lines"  # type: ignore[arg-type]
    assert "has sent its 4" in line_words(SimpleNamespace(lines=(full,)))  # type: ignore[arg-type]
    assert line_words(SimpleNamespace(lines=())).startswith("no line")  # type: ignore[arg-type]
