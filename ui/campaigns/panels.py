"""The panels of the campaign editor that keep to themselves: below the message, and in the side column.

A new panel is a class of its own file and one line in ``_below`` or ``_beside``. It is made once, shows
what the editor read last, stores what it changes itself (off the GUI thread, ``ui/background.py``) and then
says ``changed``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.workspace import Workspace
from ui.campaigns.hours_panel import HoursPanel
from ui.campaigns.loading import Loaded
from ui.widgets import Panel

if TYPE_CHECKING:
    from ui.campaigns.editor import CampaignEditor


class EditorPanel(Panel):
    """One panel; ``lines`` is the register of lines, ``navigate(page, **what)`` goes to another page."""

    changed = Signal()  # something of the campaign was stored: read it again and check it anew
    change_asked = Signal(dict)  # keyword arguments of ``campaigns.update``, stored after what was typed
    failed = Signal(object)  # an exception; the editor shows its words
    people_asked = Signal(object)  # a Check whose people are to be seen

    def __init__(
        self, workspace: Workspace, lines: Any, navigate: Callable[..., None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.workspace, self.lines, self.navigate = workspace, lines, navigate

    def show_campaign(self, loaded: Loaded) -> None:
        """Show what was read; called after every reading, also while the person works in this panel."""


def _below() -> tuple[type[EditorPanel], ...]:
    """Below the message, in the order of the screen."""
    from ui.campaigns.script_panel import ScriptPanel
    from ui.campaigns.script_tally import TallyPanel

    return (ScriptPanel, TallyPanel)


def _beside() -> tuple[type[EditorPanel], ...]:
    """In the side column under the checks, in the order of the screen."""
    from ui.campaigns.when_panel import WhenPanel

    return (WhenPanel,)


class Panels:
    """All of them, made for one editor."""

    def __init__(self, editor: CampaignEditor) -> None:
        self._editor = editor
        self.below = [self._make(kind) for kind in _below()]
        self.beside = [self._make(kind) for kind in _beside()]

    def _make(self, kind: type[EditorPanel]) -> EditorPanel:
        editor = self._editor
        panel = kind(editor.workspace, editor.lines, editor.navigate, editor)
        panel.changed.connect(self._changed)
        panel.change_asked.connect(lambda changes: editor.change(**changes))
        panel.failed.connect(editor.failed)
        panel.people_asked.connect(editor.show_people)
        return panel

    @property
    def hours(self) -> HoursPanel:
        """The part about hours."""
        found: HoursPanel = next(panel.hours for panel in self.beside if hasattr(panel, "hours"))
        return found

    def _changed(self) -> None:
        self._editor.people_changed()
        self._editor.reload()

    def show_campaign(self, loaded: Loaded) -> None:
        """Hand on what was read."""
        for panel in (*self.below, *self.beside):
            panel.show_campaign(loaded)
