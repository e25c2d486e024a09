"""What else can be done with a campaign: the same again, people added or taken out, a second wave, an end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.campaigns import campaign as campaigns
from app.campaigns.campaign import StartResult
from app.campaigns.refusing import CampaignError
from app.people.contacts import ListRow
from app.workspace import Workspace
from ui import background, theme, wording
from ui.campaigns.checks import left_out_words
from ui.campaigns.script_export import ask_export
from ui.widgets import KeyButton, PlainLabel, one_line


class CampaignMenu(QObject):
    """The menu below "More…". ``opened`` carries a new campaign's id, ``gone``: this one is deleted."""

    opened = Signal(int)
    gone = Signal()
    said = Signal(str)
    failed = Signal(object)
    keep_asked = Signal()
    replace_asked = Signal()
    versions_asked = Signal()
    try_asked = Signal()

    def __init__(self, workspace: Workspace, button: KeyButton) -> None:
        super().__init__(button)
        self._workspace, self._button = workspace, button
        self.campaign_id = 0
        self.state = ""
        self.left = 0  # texts that left
        self.lists: Sequence[ListRow] = ()
        self.menu = QMenu(button)
        button.clicked.connect(self.show)

    def entries(self) -> tuple[tuple[str, Callable[[], None]], ...]:
        """What can be done in the campaign's state."""
        begun = self.state in ("running", "paused")
        wanted = (
            (self._workspace.rehearsal_room is not None, "Try it on the emulator…", self.try_asked.emit),
            (True, "Find and replace…\tCtrl+H", self.replace_asked.emit),
            (self.state != "draft", "Versions of the text…", self.versions_asked.emit),
            (True, "Keep the text as a template…", self.keep_asked.emit),
            (True, "Canned replies…", self.canned_replies),
            (True, "Duplicate", self.duplicate),
            (begun, "Add people…", self.add_people),
            (begun, "Take people out…", self.take_out),
            (
                self.state != "draft" and self.left > 0,
                "Second wave: those who did not answer",
                self.second_wave,
            ),
            (self.state != "draft", "Export answers…", self.export_answers),
            (begun, "Finish…", self.finish),
            (self.state == "draft", "Delete this draft…", self.delete),
        )
        return tuple((words, act) for fits, words, act in wanted if fits)

    def show(self) -> None:
        """Open the menu below its button."""
        self.menu.clear()
        for words, act in self.entries():
            self.menu.addAction(words).triggered.connect(act)
        self.menu.popup(self._button.mapToGlobal(QPoint(0, self._button.height())))
        self.menu.setActiveAction(self.menu.actions()[0])

    # -- one by one -----------------------------------------------------------------------------

    def run(self, work: Callable[..., Any], done: Callable[[Any], None]) -> None:
        """Do something with the campaign off the GUI thread; it is told who does it."""
        workspace, key = self._workspace, self.campaign_id
        background.run(
            self,
            lambda _job: work(workspace.store, workspace.clock, key, operator=workspace.operator),
            done,
            self.failed.emit,
        )

    def canned_replies(self) -> None:
        """Change what answers to the number keys in this campaign's conversations."""
        from ui.inbox.canned_dialog import CannedDialog

        CannedDialog(self._workspace, self._button, campaign_id=self.campaign_id).open()

    def duplicate(self) -> None:
        """A draft with the same text and people."""
        self.run(campaigns.duplicate, self.opened.emit)

    def second_wave(self) -> None:
        """A draft for those who did not answer."""
        self.run(campaigns.second_wave, self.opened.emit)

    def add_people(self) -> None:
        """Choose a list whose people are queued behind the others."""
        dialog = self._choose(
            "Add the people of a list", "Whoever is in the campaign already is left out.", "Add"
        )
        workspace, key = self._workspace, self.campaign_id

        def add() -> None:
            list_id = dialog.list_id()
            background.run(
                self,
                lambda job: campaigns.add_people(
                    workspace.store,
                    workspace.clock,
                    key,
                    list_id,
                    workspace.operator,
                    cancelled=job.is_cancelled,
                ),
                self._added,
                self.failed.emit,
            )

        dialog.accepted.connect(add)

    def _added(self, result: StartResult) -> None:
        left_out = left_out_words(dict(result.left_out))
        words = f"{wording.count(result.queued, 'text')} more wait on the desk."
        self.said.emit(f"{words} Left out: {left_out}." if left_out else words)

    def take_out(self) -> None:
        """Choose a list whose people are taken out, as far as their text was not pressed."""
        words = "Their texts leave the desk. Texts that were pressed already are not called back."
        dialog = self._choose("Take the people of a list out", words, "Take out")
        workspace, key = self._workspace, self.campaign_id

        def remove() -> None:
            list_id = dialog.list_id()
            background.run(
                self,
                lambda _job: campaigns.remove_people(
                    workspace.store, workspace.clock, key, None, workspace.operator, list_id=list_id
                ),
                lambda count: self.said.emit(f"{wording.count(count, 'text')} taken off the desk."),
                self.failed.emit,
            )

        dialog.accepted.connect(remove)

    def _choose(self, title: str, words: str, action: str) -> ListDialog:
        dialog = ListDialog(title, words, action, self.lists, self._button.window())
        dialog.open()
        return dialog

    def export_answers(self) -> None:
        """Write the answers to the script to a file."""
        why = self._workspace.why_not("export")
        if why:
            self.failed.emit(CampaignError(why))
        else:
            ask_export(self._button, self._workspace, self.campaign_id, "", self.failed.emit)

    def finish(self) -> None:
        """End the campaign, after a question."""
        words = "What still waits on the desk stays unsent. You can resume the campaign later."
        self._ask(
            "Finish this campaign?", words, "Finish", lambda: self.run(campaigns.finish, lambda _n: None)
        )

    def delete(self) -> None:
        """Delete a draft, after a question."""
        words = "The text goes; the people and their list stay."
        self._ask(
            "Delete this draft?",
            words,
            "Delete it",
            lambda: self.run(campaigns.delete_draft, lambda _n: self.gone.emit()),
        )

    def _ask(self, title: str, words: str, action: str, act: Callable[[], None]) -> None:
        dialog = AskDialog(title, words, action, self._button.window())
        dialog.accepted.connect(act)
        dialog.open()


class AskDialog(QDialog):
    """A question with its answer on the button; nothing is pressed by chance."""

    def __init__(self, title: str, words: str, action: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.em(self, 26))
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel(title, self, bold=True, size="title", wrap=True))
        layout.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        self.body = layout
        self.ok_button = KeyButton(action, parent=self, primary=True)
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.ok_button)
        layout.addLayout(buttons)
        self.cancel_button.clicked.connect(self.reject)
        self.ok_button.clicked.connect(self.accept)
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)


class ListDialog(AskDialog):
    """Choose a list of people. ``list_id()`` after ``accepted``."""

    def __init__(
        self, title: str, words: str, action: str, lists: Sequence[ListRow], parent: QWidget | None = None
    ) -> None:
        super().__init__(title, words, action, parent)
        self.lists = QComboBox(self)
        self.lists.setAccessibleName("List of people")
        for each in lists:
            people = wording.count(each.people, "person", "people")
            self.lists.addItem(f"{one_line(each.name, 60)} · {people}", each.id)
        if not lists:
            self.lists.addItem("No list yet: import one on the Contacts page", None)
        self.ok_button.setEnabled(bool(lists))
        self.body.insertWidget(2, self.lists)
        self.lists.setFocus(Qt.FocusReason.OtherFocusReason)

    def list_id(self) -> int:
        """The chosen list."""
        return int(self.lists.currentData())
