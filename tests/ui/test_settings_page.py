from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app import settings as settings_module
from app.workspace import Workspace
from ui import theme
from ui.palette import DARK


@pytest.fixture
def page(window: Callable[..., Any], settle: Callable[[], None]) -> Any:
    main = window()
    main.go("settings")
    settle()
    return main.page("settings")


def test_what_is_typed_is_saved(page: Any, workspace: Workspace, settle: Callable[[], None]) -> None:
    page.texter.selectAll()
    QTest.keyClicks(page.texter, "  Sam   Field ")
    QTest.keyClick(page.texter, Qt.Key.Key_Return)
    settle()
    assert workspace.operator == "Sam Field"
    assert settings_module.load(workspace.folder).texter == "Sam Field"
    assert page.texter.text() == "Sam Field"
    page.country.set_code("GB")
    settle()
    assert settings_module.load(workspace.folder).country == "GB"


def test_the_texter_cannot_be_emptied(page: Any, workspace: Workspace, settle: Callable[[], None]) -> None:
    page.texter.clear()
    QTest.keyClick(page.texter, Qt.Key.Key_Return)
    page.country.setCurrentIndex(0)
    settle()
    assert workspace.settings.texter == "Dana"
    assert workspace.settings.country == "US"


def test_the_colours_change_at_once(
    page: Any, workspace: Workspace, settle: Callable[[], None], qapp: QApplication
) -> None:
    page.theme_box.setCurrentIndex(page.theme_box.findData("dark"))
    assert theme.current() is DARK
    settle()
    assert settings_module.load(workspace.folder).theme == "dark"
    page.theme_box.setCurrentIndex(page.theme_box.findData("light"))
    settle()


def test_it_says_where_the_data_is_and_that_it_is_not_encrypted(page: Any, workspace: Workspace) -> None:
    assert page.folder.text() == str(workspace.folder)
    assert page.folder.isReadOnly()
    assert page.encryption.state.label.text().startswith("Not encrypted.")


def test_a_disk_that_is_full_is_said_and_the_old_settings_stay(
    page: Any, workspace: Workspace, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_a: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(settings_module, "save", broken)
    QTest.keyClicks(page.organisation, "x")
    QTest.keyClick(page.organisation, Qt.Key.Key_Return)
    settle()
    assert "could not be saved" in page.notice.label.text()
    assert workspace.settings.organisation == "Lakeside Clinic"
