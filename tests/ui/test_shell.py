from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QPlainTextEdit

from app.people import holds
from app.store.events import LineChanged
from app.workspace import Workspace
from ui import background, pages, theme, warming
from ui.shell import MainWindow

ROOT = Path(__file__).resolve().parents[2]


def test_it_opens_on_the_desk_and_goes_everywhere_by_key(
    window: Callable[..., MainWindow], settle: Callable[[], None]
) -> None:
    main = window()
    settle()
    assert main.here == "desk"
    for kind in pages.PAGES:
        QTest.keyClick(main, Qt.Key(ord(kind.key)), Qt.KeyboardModifier.ControlModifier)
        settle()
        assert main.here == kind.name
        assert main.rail.buttons[kind.name].isChecked()
        assert main.windowTitle().endswith("– p2ptext")
    assert main.error_panel.isHidden()


def test_every_page_is_built(window: Callable[..., MainWindow], settle: Callable[[], None]) -> None:
    main = window()
    for kind in pages.PAGES:
        assert type(main.page(kind.name)).__name__ == kind.class_name


def test_the_rail_counts_who_waits_for_a_decision_on_any_page(
    window: Callable[..., MainWindow], workspace: Workspace, wait: Callable[..., None]
) -> None:
    with workspace.store.write() as unit:
        holds.put(unit, 5.0, "+13125550142", rule="S2", said="stop it", why="", message_id=None)
    main = window()
    button = main.rail.buttons["optouts"]
    wait(lambda: button.accessibleName() == "Opt-outs, 1 waiting")
    with workspace.store.write() as unit:
        holds.put(unit, 6.0, "+13125550143", rule="S2", said="stop it", why="", message_id=None)
    wait(lambda: button.accessibleName() == "Opt-outs, 2 waiting")
    for number in ("+13125550142", "+13125550143"):
        holds.decide(workspace.store, workspace.clock, number, "kept", "Ana")
    wait(lambda: button.accessibleName() == "Opt-outs")
    assert main.here != "optouts"


def test_every_line_is_always_in_view(
    window: Callable[..., MainWindow], settle: Callable[[], None], lines: Any, workspace: Workspace
) -> None:
    main = window()
    settle()
    foot = main.rail._feet.itemAt(0).widget()
    assert foot.accessibleName() == "Line Office SIM: Ready"
    assert "212 today" in foot._state.full_text()
    assert foot.isVisible()
    lines.shown[0].state, lines.shown[0].state_text = "offline", "Not connected"
    with workspace.store.write() as unit:
        unit.publish(LineChanged(1))
    settle()
    foot = main.rail._feet.itemAt(0).widget()
    assert foot.accessibleName() == "Line Office SIM: Not connected"
    assert foot._state.full_text() == "Not connected"


def test_an_error_is_said_in_a_panel(
    window: Callable[..., MainWindow], settle: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    main = window()
    settle()
    background.run(main, lambda _job: {}["<b>x</b>"])
    settle()
    words = main.error_panel.label.text()
    assert "KeyError" in words
    assert "is kept" in words
    assert "Traceback" not in words
    QTest.mouseClick(main.error_panel.button, Qt.MouseButton.LeftButton)
    assert main.error_panel.isHidden()
    assert "failed" in caplog.text


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 600)])
@pytest.mark.parametrize("dark", [False, True])
def test_every_page_fits(
    window: Callable[..., MainWindow],
    settle: Callable[[], None],
    running: Callable[..., Any],
    qapp: QApplication,
    width: int,
    height: int,
    dark: bool,
) -> None:
    running(3)
    main = window(width, height)
    theme.apply(qapp, "dark" if dark else "light")
    for kind in pages.PAGES:
        main.go(kind.name)
        settle()
        assert main.size().toTuple() == (width, height), kind.name
        shot = main.grab().toImage()
        assert shot.pixelColor(5, 5).name() == theme.current().rail
        assert shot.pixelColor(width - 2, height - 2).lightness() < 60 if dark else True


def test_text_of_twice_the_size_fits(
    workspace: Workspace,
    lines: Any,
    running: Callable[..., Any],
    settle: Callable[[], None],
    qapp: QApplication,
) -> None:
    running(2)
    before = qapp.font()
    qapp.setProperty("p2ptext_dressed", None)
    big = QFont(before)
    big.setPointSizeF(20)
    qapp.setFont(big)
    try:
        main = MainWindow(workspace, lines)
        main.resize(1024, 600)
        main.show()
        settle()
        assert main.size().toTuple() == (1024, 600)
        view = main.page("desk").card_view
        for button in (view.previous, view.skip, view.edit, view.opt_out, view.send):
            assert view.rect().contains(button.mapTo(view, button.rect().bottomRight())), button.text()
        assert main.rail.buttons["desk"].compact
        foot = main.rail._feet.itemAt(0).widget()
        assert main.rect().contains(foot.mapTo(main, foot.rect().center()))
        main.close()
        settle()
    finally:
        small = QFont(before)
        small.setPointSizeF(9)
        qapp.setProperty("p2ptext_dressed", None)
        qapp.setFont(small)
        theme.apply(qapp, "light")


def test_every_control_has_an_accessible_name(
    window: Callable[..., MainWindow], settle: Callable[[], None], running: Callable[..., Any]
) -> None:
    running(2)
    main = window()
    nameless = []
    for kind in pages.PAGES:
        main.go(kind.name)
        settle()
        for control in main.findChildren(QAbstractButton) + [
            field for each in (QLineEdit, QPlainTextEdit, QComboBox) for field in main.findChildren(each)
        ]:
            inside = control.parent().metaObject().className() in (
                "QComboBox",
                "QSpinBox",
                "QTimeEdit",
                "SearchBox",
            )
            if (
                control.isVisible()
                and not inside
                and not (control.accessibleName() or getattr(control, "text", str)())
            ):
                nameless.append((kind.name, control))
    assert nameless == []


def test_closing_stops_the_work(window: Callable[..., MainWindow], settle: Callable[[], None]) -> None:
    main = window()
    settle()
    job = background.run(main, lambda job: [None for _ in iter(lambda: job.cancelled, True)])
    main.close()
    assert job.cancelled


def test_the_window_loads_nothing_heavy_at_start() -> None:
    code = (
        "import os, sys; os.environ['QT_QPA_PLATFORM'] = 'offscreen'\n"
        "import ui.shell, ui.desk.page\n"
        "bad = {'phonenumbers.geocoder', 'openpyxl', 'numpy', 'python_calamine', 'ui.inbox.page',\n"
        "       'ui.campaigns.page', 'ui.contacts.page', 'ui.lines', 'ui.settings', 'ui.countries'}\n"
        "print(sorted(bad & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_inbox_is_read_in_soon_after_the_start(
    window: Callable[..., MainWindow], wait: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a thread, so that the first opening need not: its modules are there when somebody goes to it."""
    asked: list[tuple[str, bool]] = []
    here = threading.main_thread()
    noted = SimpleNamespace(
        import_module=lambda name: asked.append((name, threading.current_thread() is here))
    )
    monkeypatch.setattr(warming, "importlib", noted)
    monkeypatch.setattr(warming, "AFTER_MS", 0)
    main = window()
    wait(lambda: asked == [("ui.inbox.page", False)])
    main.go("inbox")
    assert main.here == "inbox"
