"""After an erasure from a large file the start writes it anew, says so, and can be told to do it later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.people import privacy_file
from app.store import tables as t
from app.store.engine import open_store
from ui.contacts import privacy_start
from ui.contacts.privacy_start import CleanDialog


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(privacy_file, "SMALL", 0)
    store = open_store(tmp_path / "large")
    with store.write() as unit:
        unit.conn.execute(sa.insert(t.office_setting).values(key="x", value="xylophone"))
        unit.conn.execute(sa.delete(t.office_setting).where(t.office_setting.c.key == "x"))
    assert not privacy_file.finish(store)
    store.close()
    return tmp_path / "large"


def due(folder: Path) -> bool:
    store = open_store(folder)
    try:
        return privacy_file.due(store)
    finally:
        store.close()


def test_the_file_is_written_anew_and_the_window_goes_by_itself(
    folder: Path, build: Callable[..., QWidget], wait: Callable[..., None]
) -> None:
    dialog = CleanDialog(folder, None)
    build(dialog, 520, 260)
    assert any("wait on the SIM" in label.text() for label in dialog.findChildren(QLabel))
    wait(lambda: dialog.isHidden())
    assert not due(folder)


def test_escape_leaves_it_to_the_next_start_once_the_work_has_stopped(
    folder: Path, build: Callable[..., QWidget], wait: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, real = threading.Event(), privacy_file.try_write_anew

    def slow(*given: object) -> str:
        assert go_on.wait(10)
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(privacy_file, "try_write_anew", slow)
    dialog = CleanDialog(folder, None)
    build(dialog, 520, 260)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isHidden()
    assert dialog.words.text() == "Stopping…"
    go_on.set()
    wait(lambda: dialog.isHidden())
    assert due(folder)


def test_what_hinders_it_is_said_and_the_program_goes_on(
    folder: Path, build: Callable[..., QWidget], wait: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy_start.privacy_file, "try_write_anew", lambda *_given: "The disk is full.")
    dialog = CleanDialog(folder, None)
    build(dialog, 520, 260)
    wait(lambda: "The disk is full. It is tried again at the next start." in dialog.words.text())
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isHidden()
