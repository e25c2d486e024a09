"""What the window knows of its pages: their order in the rail, their icons, and where they are made.

A page is a ``QWidget`` made as ``Page(workspace, lines, bridge, navigate)`` with ``title() -> str`` and
``refresh()`` (called when it comes into view). ``navigate(name, **where)`` goes to another page; a page
that has ``open_at(**where)`` is told where. ``badge = Signal(int)`` on a page is its count in the rail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from app.workspace import Workspace
from ui.bridge import Bridge

if TYPE_CHECKING:
    from app.texting.lines import LineManager

Navigate = Callable[..., None]


@dataclass(frozen=True, slots=True)
class PageKind:
    """A page's name for :meth:`ui.shell.MainWindow.go`, its words, icon, key and class."""

    name: str
    words: str
    icon: str
    key: str  # Ctrl+this
    module: str
    class_name: str


PAGES = (
    PageKind("desk", "Desk", "send", "1", "ui.desk.page", "DeskPage"),
    PageKind("inbox", "Inbox", "inbox", "2", "ui.inbox.page", "InboxPage"),
    PageKind("campaigns", "Campaigns", "megaphone", "3", "ui.campaigns.page", "CampaignsPage"),
    PageKind("contacts", "Contacts", "users", "4", "ui.contacts.page", "ContactsPage"),
    PageKind("optouts", "Opt-outs", "ban", "5", "ui.optouts.page", "OptOutsPage"),
    PageKind("reports", "Reports", "chart-column", "6", "ui.reports.page", "ReportsPage"),
    PageKind("lines", "Lines", "cable", "7", "ui.lines", "LinesPage"),
    PageKind("settings", "Settings", "settings", "8", "ui.settings", "SettingsPage"),
)


def make(
    kind: PageKind, workspace: Workspace, lines: LineManager, bridge: Bridge, navigate: Navigate
) -> QWidget:
    """Make a page; one that is not built yet is an empty screen that says so."""
    for module_name in (kind.module, kind.module.rpartition(".")[0] if kind.module.endswith(".page") else ""):
        found = _find(module_name, kind.class_name)
        if found is not None:
            page: QWidget = found(workspace, lines, bridge, navigate)
            return page
    from ui.widgets import EmptyState

    return EmptyState(kind.words, "This page is not built yet.", icon=kind.icon)


def _find(module_name: str, class_name: str) -> Any:
    if not module_name:
        return None
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and (module_name + ".").startswith(error.name + "."):
            return None
        raise
    return getattr(module, class_name, None)
