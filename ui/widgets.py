"""The shared widgets. All text is plain text: a name or a message is never read as HTML.

A bare label of Qt's own outside these modules is refused by a test.
"""

from __future__ import annotations

from ui.widgets_base import (
    Avatar,
    Chip,
    ElidedLabel,
    IconSign,
    Panel,
    PlainLabel,
    Rule,
    StateDot,
    clear_layout,
    column,
    repolish,
    row,
    scrolled,
)
from ui.widgets_buttons import ChipButton, KeyButton, SearchBox
from ui.widgets_notices import EmptyState, ErrorPanel, Notice, PageHeader
from ui.widgets_text import isolated, one_line, visible

__all__ = [
    "Avatar",
    "Chip",
    "ChipButton",
    "ElidedLabel",
    "EmptyState",
    "ErrorPanel",
    "IconSign",
    "KeyButton",
    "Notice",
    "PageHeader",
    "Panel",
    "PlainLabel",
    "Rule",
    "SearchBox",
    "StateDot",
    "clear_layout",
    "column",
    "isolated",
    "one_line",
    "repolish",
    "row",
    "scrolled",
    "visible",
]
