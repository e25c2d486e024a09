"""The keys of the inbox. None of them sends: Send's own gate does that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut

from app.conversations.canned import KEYS

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


def wire(page: InboxPage) -> None:
    """Give a page its keys."""
    keys: list[tuple[str, Callable[[], object]]] = [
        ("Ctrl+K", page.threads.search.setFocus),
        ("D", page.toggle_done),
        ("J", partial(page.step, 1)),
        ("K", partial(page.step, -1)),
        ("Esc", page.escape),
        ("/", page.replying.search),
        ("Ctrl+Space", page.replying.search),
        ("Ctrl+R", page.replying.manage),
        ("A", page.joining.accept),
        ("E", page.keeping.change_details),
        ("T", page.keeping.ask_tag),
        ("N", page.keeping.write_note),
        ("P", page.keeping.show_past),
        ("C", page.sorting.correct),
        ("H", page.confirming.focus),
        ("S", page.later.ask_when),
        ("G", page.later.ask_who),
        ("F", page.forwarding.ask),
    ]
    keys += [(str(key), partial(page.replying.fill_key, key)) for key in range(1, KEYS + 1)]
    for words, action in keys:
        shortcut = QShortcut(QKeySequence(words), page)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(words in ("J", "K"))
        shortcut.activated.connect(action)
