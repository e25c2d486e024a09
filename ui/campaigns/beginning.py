"""Starting, pausing and resuming the campaign that the editor shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from app.campaigns import campaign as campaigns
from app.campaigns.campaign import Check, StartError
from app.campaigns.refusing import CampaignError
from ui import wording
from ui.training.rehearsal import open_rehearsal

if TYPE_CHECKING:
    from ui.campaigns.editor import CampaignEditor


class Beginning(QObject):
    """What the buttons of the editor's head do. No text leaves by any of it."""

    def __init__(self, editor: CampaignEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._people: tuple[int, ...] = ()  # who keeps it from starting

    def wire(self) -> None:
        """Connect the editor's buttons; they exist by now."""
        editor = self._editor
        editor.start_button.clicked.connect(self.start)
        editor.header.can_try = editor.workspace.rehearsal_room is not None
        editor.header.try_button.clicked.connect(self.rehearse)
        editor.menu.try_asked.connect(self.rehearse)
        editor.pause_button.clicked.connect(self._pause_or_resume)
        editor.error.acted.connect(self._error_acted)
        editor.starter.said.connect(editor.notice.say)
        editor.starter.refused.connect(self._refused)
        editor.starter.over.connect(self._over)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), editor)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(self._go_on)

    def _go_on(self) -> None:
        """Ctrl+Enter: start a draft, and then to the desk. Whichever button is shown says so."""
        for button in (self._editor.start_button, self._editor.desk_button):
            if button.isVisible():
                button.click()
                return

    def forget(self) -> None:
        """Another error is shown now."""
        self._people = ()

    def start(self) -> None:
        """Queue everybody's text on the desk, once what is on screen is saved."""
        editor = self._editor
        campaign_id = editor.campaign_id
        if campaign_id is None or editor.starter.busy:
            return
        editor.save_all()
        editor.error.hide()
        editor.starting.begin()
        editor.start_button.setEnabled(False)
        editor.after_saving(lambda: self._saved(campaign_id))

    def _saved(self, campaign_id: int) -> None:
        editor = self._editor
        if editor.has_unsaved_text(campaign_id):
            editor.starting.end()
            editor.start_button.setEnabled(True)
            return
        editor.starter.run(campaign_id)

    def rehearse(self) -> None:
        """Try the campaign on the emulator, once what is on screen is saved; nothing of it leaves."""
        editor = self._editor
        campaign_id = editor.campaign_id
        if campaign_id is None or not editor.header.try_button.isEnabled():
            return
        if why := editor.workspace.why_not("start"):
            editor.failed(CampaignError(why))
            return
        editor.save_all()
        editor.error.hide()
        editor.header.try_button.setEnabled(False)
        editor.after_saving(lambda: self._open_rehearsal(campaign_id))

    def _open_rehearsal(self, campaign_id: int) -> None:
        editor = self._editor

        def over(error: Exception | None = None) -> None:
            editor.header.try_button.setEnabled(True)
            if error is not None:
                editor.failed(error)

        if editor.has_unsaved_text(campaign_id):
            over()
        else:
            open_rehearsal(editor.workspace, campaign_id, editor.window(), over, over)

    def _over(self) -> None:
        self._editor.start_button.setEnabled(True)
        self._editor.reload()

    def _refused(self, error: Exception) -> None:
        self._people = error.people if isinstance(error, StartError) else ()
        action = "Show who" if self._people else "Close"
        self._editor.error.show_error(wording.sentence(error), "The draft is kept.", action=action)

    def _error_acted(self) -> None:
        people, self._people = self._people, ()
        if not people:
            self._editor.error.hide()
            return
        words = "These people keep the campaign from starting"
        self._editor.show_people(Check("stop", words, people, len(people)))

    def _pause_or_resume(self) -> None:
        editor = self._editor
        act = campaigns.pause if editor.state == "running" else campaigns.resume
        editor.menu.run(act, lambda _none: editor.reload())
