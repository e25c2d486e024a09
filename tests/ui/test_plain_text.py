"""No text of others is ever read as HTML: by reading the source, and by walking the running window."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QTextEdit, QWidget

import ui

SOURCES = sorted(Path(ui.__file__).parent.rglob("*.py"))
#: The one place that makes labels.
MAKERS = {"widgets_base.py"}
FORBIDDEN_CALLS = {"setHtml", "insertHtml", "appendHtml", "toHtml", "setMarkdown", "setOpenExternalLinks"}
FORBIDDEN_NAMES = {"RichText", "AutoText", "MarkdownText", "setStatusTip", "setWhatsThis"}


def named(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(Path(ui.__file__).parent)))
def test_no_source_makes_rich_text(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = named(node.func)
            assert name not in FORBIDDEN_CALLS, f"{path.name}:{node.lineno} {name}"
            if path.name not in MAKERS:
                assert name != "QLabel", f"{path.name}:{node.lineno}: use PlainLabel"
        assert named(node) not in FORBIDDEN_NAMES, f"{path.name}:{getattr(node, 'lineno', 0)}"


def test_dialogs_that_would_guess_are_told_to_be_plain() -> None:
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        boxes = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and named(node.func) in ("QMessageBox", "QErrorMessage")
        ]
        plain = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and named(node.func) == "setTextFormat"
        ]
        static = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and named(node.func.value) == "QMessageBox"
            and node.func.attr in ("information", "warning", "question", "critical", "about")
        ]
        assert len(plain) >= len(boxes), path.name
        assert not static, f"{path.name}: the ready-made boxes guess whether a text is HTML"


PAYLOADS = (
    "<b>bold</b>",
    '<img src="file:///etc/hostname" width=30000 height=30000>',
    '<a href="javascript:alert(1)">x</a>',
    "\u202etxt.exe",
    "&lt;i&gt;",
)


def walk(widget: QWidget) -> list[QWidget]:
    return [widget, *widget.findChildren(QWidget)]


def test_every_label_of_the_running_window_is_plain(
    window: Callable[..., Any],
    running: Callable[..., Any],
    settle: Callable[[], None],
    lines: Any,
    qapp: QApplication,
) -> None:
    running(len(PAYLOADS), names=PAYLOADS, name=PAYLOADS[1])
    lines.shown[0].name = PAYLOADS[1]
    lines.shown[0].operator = PAYLOADS[0]
    main = window()
    for page in main.rail.buttons:
        main.go(page)
        settle()
    labels = [widget for widget in walk(main) if isinstance(widget, QLabel)]
    assert len(labels) > 40
    for label in labels:
        assert label.textFormat() == Qt.TextFormat.PlainText, label.text()
        assert label.sizeHint().width() < 5000
        assert not label.openExternalLinks()
    for widget in walk(main):
        tip = widget.toolTip()
        assert "<" not in tip, tip
        if isinstance(widget, QTextEdit):
            assert not widget.acceptRichText()
