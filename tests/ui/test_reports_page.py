"""The Reports page with real keys: periods, the picture of hours and its table, copying, exporting, stopping."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.reports import figures
from app.store import tables as t
from app.workspace import Workspace
from ui import dialogs
from ui.bridge import Bridge
from ui.pages import PAGES
from ui.palette import DARK, LIGHT
from ui.reports import ReportsPage
from ui.reports.charts import READABLE, contrast, ink_on, shade, short
from ui.reports.parts import bars_of

Key = Qt.Key
DAY = 86_400.0


@pytest.fixture
def gone() -> list[tuple[Any, ...]]:
    return []


@pytest.fixture
def page(
    workspace: Workspace,
    lines: Any,
    build: Callable[..., QWidget],
    settle: Callable[[], None],
    gone: list[Any],
) -> ReportsPage:
    made = make(workspace, lines, lambda *a, **k: gone.append((*a, k)))
    build(made, 836, 600)
    settle()
    return made


def make(workspace: Workspace, lines: Any, navigate: Callable[..., None]) -> ReportsPage:
    bridge = Bridge(workspace.store)
    page = ReportsPage(workspace, lines, bridge, navigate)
    bridge.setParent(page)
    return page


def fill(workspace: Workspace, people: int = 4) -> None:
    """Everybody was texted an hour ago; every second one answered; one text of 60 days ago was not sent."""
    now = workspace.clock.now()
    with workspace.store.write() as unit:
        c = unit.conn
        c.execute(sa.insert(t.line).values(id=1, name="Office SIM", url="x", created_at=0.0))
        c.execute(sa.insert(t.campaign).values(id=1, name="<b>Spring</b>", state="done", created_at=0.0))
        c.execute(
            sa.insert(t.contact).values(
                id=1, number="+13125550101", name="<i>Mia</i>", created_at=0.0, updated_at=0.0
            )
        )
        key = 0
        for n in range(1, people + 1):
            number = f"+13125550{100 + n}"
            c.execute(
                sa.insert(t.conversation).values(
                    id=n, number=number, last_at=0.0, contact_id=1 if n == 1 else None
                )
            )
            texts = [("out", "sent", now - 3600), *([("in", "received", now - 1800)] if n % 2 else [])]
            if n == 2:
                texts.append(("out", "not_sent", now - 60 * DAY))
            for direction, state, at in texts:
                key += 1
                ours = direction == "out"
                if ours:
                    c.execute(
                        sa.insert(t.click).values(
                            id=key, message_id=key, operator="Dana", at=at, monotonic=0.0, device="mouse", text_hash=""
                        )
                    )  # fmt: skip
                c.execute(
                    sa.insert(t.message).values(
                        id=key, direction=direction, number=number, conversation_id=n, text="t", state=state,
                        click_id=key if ours else None, line_id=1, created_at=at, claimed_at=at if ours else None,
                        campaign_id=1 if n == 1 else None, reason="the network was busy" if state == "not_sent" else "",
                    )
                )  # fmt: skip


def read(page: ReportsPage, settle: Callable[[], None]) -> None:
    page.read()
    settle()


def said(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_an_empty_page_says_what_will_be_here_and_a_period_what_to_do(
    page: ReportsPage, settle: Callable[[], None]
) -> None:
    page.refresh()
    settle()
    assert page.empty.title_label.text() == "No texts in this period"
    QTest.keyClick(page, Key.Key_5)
    settle()
    assert page.asked.days == 0
    assert page.empty.title_label.text() == "No texts yet"


def test_every_figure_is_shown_with_its_denominator_and_its_rule(
    page: ReportsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    fill(workspace)
    page.setFocus()
    page.refresh()
    settle()
    assert page.cards["Answered"].value.text() == "50 %"
    assert "2 of 4 people texted, 50 %" in page.cards["Answered"].accessibleName()
    assert "2 of 4 people texted, 50\u00a0%" in page.cards["Answered"].under.text()
    assert page.cards["Until they answered"].value.text() == "30 min"
    assert page.cards["Opted out"].accessibleName() == (
        "Opted out: 0 %. 0 of 4 people texted, 0 %; 0 of 0 surely reached."
    )
    assert not page.reasons.isVisible()
    assert all(rule in said(page.rules) for rule in figures.RULES)
    QTest.keyClick(page, Key.Key_3)  # 90 days
    settle()
    assert page.cards["Not sent"].value.text() == "1"
    assert "the network was busy" in said(page.reasons)
    assert page.periods[90].text() == "✓ 90 days"
    assert page.periods[30].text() == "30 days"
    assert page.periods[90].hasFocus()


def test_hours_are_walked_by_keys_and_stand_in_a_table_too(
    page: ReportsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    fill(workspace)
    read(page, settle)
    sent = [
        (day, hour)
        for day in range(7)
        for hour in range(24)
        if page.found and page.found.heat_sent[day][hour]
    ]
    ((day, hour),) = sent
    heat = page.hours.heat
    heat.setFocus()
    QTest.keyClick(heat, Key.Key_Home)
    for _ in range(day):
        QTest.keyClick(heat, Key.Key_Down)
    for _ in range(hour):
        QTest.keyClick(heat, Key.Key_Right)
    assert f"{hour:02d}:00" in heat.accessibleName()
    assert "4 sent" in page.hours.told.text()
    QTest.keyClick(page.hours.chips["received"], Key.Key_Space)
    assert heat.count(day, hour) == page.found.heat_received[day][hour]  # type: ignore[union-attr]
    page.hours.table_chip.setFocus()
    QTest.keyClick(page.hours.table_chip, Key.Key_Space)
    table = page.hours.table
    assert table.isVisible()
    assert not heat.isVisible()
    rows = [[table.item(n, column).text() for column in range(3)] for n in range(table.rowCount())]
    assert sum(int(row[1]) for row in rows) == 4
    assert sum(int(row[2]) for row in rows) == 2
    bars = page.days.bars
    bars.setFocus()
    QTest.keyClick(bars, Key.Key_Left)
    assert bars.accessibleName().startswith("Texts over time. 12 Nov 2026: 0 sent")


def test_people_are_masked_until_shown_and_a_press_opens_them(
    page: ReportsPage, workspace: Workspace, settle: Callable[[], None], gone: list[Any]
) -> None:
    fill(workspace)
    read(page, settle)
    assert page.people.buttons[0].text() == "<i>Mia</i>"
    assert "•••101" in said(page.people)
    assert "555" not in said(page.people)
    QTest.keyClick(page, Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    copied = QGuiApplication.clipboard().text()
    assert "Answered, of people texted: 2 of 4, 50 %" in copied
    assert "Mia" not in copied
    QTest.mouseClick(page.numbers_chip, Qt.MouseButton.LeftButton)
    assert "+1 (312) 555-0101" in said(page.people)
    QTest.mouseClick(page.people.buttons[0], Qt.MouseButton.LeftButton)
    assert gone == [("inbox", {"conversation_id": 1})]


def test_one_campaign_is_chosen_by_its_name_as_it_is(
    page: ReportsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    fill(workspace)
    read(page, settle)
    assert [page.campaign_box.itemText(n) for n in range(2)] == ["All campaigns", "<b>Spring</b>"]
    page.campaign_box.setFocus()
    QTest.keyClick(page.campaign_box, Key.Key_Down)
    settle()
    assert page.cards["People texted"].value.text() == "1"
    with workspace.store.write() as unit:
        unit.conn.execute(sa.update(t.message).values(campaign_id=None))
        unit.conn.execute(sa.delete(t.campaign))
    QTest.keyClick(page, Key.Key_F5)
    settle()
    assert page.asked.campaign_id is None
    assert "no longer there" in page.error.label.text()
    assert page.cards["People texted"].value.text() == "4"


def test_the_export_is_what_is_shown(
    page: ReportsPage,
    workspace: Workspace,
    settle: Callable[[], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(workspace)
    read(page, settle)
    path = tmp_path / "figures.json"
    monkeypatch.setattr(dialogs, "save_file", lambda *_a: path)
    QTest.keyClick(page, Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    settle()
    found = json.loads(path.read_text("utf-8"))
    assert found["period"] == "30 days, all campaigns"
    assert "555" not in path.read_text("utf-8")
    assert "written to figures.json" in page.notice.label.text()


def test_a_long_count_shows_how_far_it_is_and_stops(
    page: ReportsPage,
    workspace: Workspace,
    settle: Callable[[], None],
    wait: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(workspace)
    read(page, settle)
    before, going = page.found, threading.Event()
    whole = figures.read

    def slow(*args: Any, **more: Any) -> Any:
        more["progress"](300, 1000)
        going.set()
        while not more["stopped"]():
            threading.Event().wait(0.001)
        return whole(*args, **more)

    monkeypatch.setattr(figures, "read", slow)
    page._patience.setInterval(1)
    page.read()
    wait(lambda: going.is_set() and page.waiting.isVisible() and page.bar.value() == 300)
    assert page.area.isVisible()  # what was there stays to be read
    QTest.keyClick(page, Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    settle()
    assert not page.waiting.isVisible()
    assert page.notice.label.text().startswith("Stopped.")
    assert page.found is before
    monkeypatch.setattr(figures, "read", whole)
    page.refresh()  # it was given up, so it is read again
    settle()
    assert page.found is not before


def test_the_newest_wish_wins(page: ReportsPage, workspace: Workspace, settle: Callable[[], None]) -> None:
    fill(workspace)
    for key in (Key.Key_1, Key.Key_4, Key.Key_3):
        QTest.keyClick(page, key)
    settle()
    assert page.found is not None
    assert page.found.asked.days == 90
    assert page.notice.label.text() == ""


def test_counts_can_be_read_on_every_shade_of_both_themes() -> None:
    for colours in (LIGHT, DARK):
        for step in range(11):
            ground = shade(colours, step / 10)
            assert contrast(ink_on(colours, ground), ground) >= READABLE
    assert [short(n) for n in (7, 999, 1_234, 34_500, 2_000_000)] == ["7", "999", "1.2k", "34k", "2M"]


def test_long_times_are_weeks_and_months_and_nothing_is_lost() -> None:
    days = [figures.Day(dt.date(2024, 1, 1) + dt.timedelta(days=n), n, 1) for n in range(800)]
    for count, bars in ((90, 90), (365, 53), (800, 27)):
        made = bars_of(days[:count])
        assert len(made) == bars
        assert sum(sent for _, sent, _ in made) == sum(range(count))
    assert bars_of(days[:365])[-1] == ("Week from 24 Dec 2024", sum(range(358, 365)), 7)


def test_reports_is_the_sixth_of_the_rail(window: Callable[..., Any], settle: Callable[[], None]) -> None:
    assert [(kind.name, kind.key) for kind in PAGES][4:] == [
        ("optouts", "5"), ("reports", "6"), ("lines", "7"), ("settings", "8"),
    ]  # fmt: skip
    made = window(1024, 600)
    for key, name in ((Key.Key_6, "reports"), (Key.Key_7, "lines"), (Key.Key_8, "settings")):
        QTest.keyClick(made, key, Qt.KeyboardModifier.ControlModifier)
        settle()
        assert made.here == name
