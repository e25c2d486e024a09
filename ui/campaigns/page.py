"""The Campaigns page: the list of campaigns, and the one that is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.campaigns import campaign as campaigns
from app.workspace import Workspace
from ui import background, wording
from ui.bridge import Bridge
from ui.campaigns.editor import CampaignEditor
from ui.campaigns.overview import CampaignsOverview
from ui.contacts.import_dialog import ImportDialog
from ui.operators.guard import allowed


class CampaignsPage(QWidget):
    """See the module. ``open_at(campaign_id=…)`` opens one, ``open_at(list_id=…)`` makes one with a list."""

    def __init__(
        self, workspace: Workspace, lines: Any, bridge: Bridge, navigate: Callable[..., None]
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.overview = CampaignsOverview(self)
        self.editor = CampaignEditor(workspace, lines, navigate, self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.overview)
        self._stack.addWidget(self.editor)
        self.overview.new_asked.connect(lambda: self.make())
        self.overview.list.chosen.connect(self.open)
        self.editor.closed.connect(self._back)
        self.editor.menu.opened.connect(self.open)
        self.editor.menu.gone.connect(self._back)
        self.editor.import_asked.connect(self._ask_import)
        self._reader = background.Refresher(self, self._read, self.overview.show_campaigns)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(150)
        self._later.timeout.connect(self.refresh)
        bridge.campaign_changed.connect(lambda _event: self._soon())
        bridge.message_changed.connect(lambda _event: self._soon())
        bridge.answer_changed.connect(lambda _event: self._soon())
        for signal in (bridge.contacts_changed, bridge.opt_out_changed, bridge.changed_elsewhere):
            signal.connect(lambda _event: self._people_changed())
        shortcut = QShortcut(QKeySequence("Ctrl+N"), self)
        shortcut.activated.connect(lambda: self.make())

    def title(self) -> str:
        """The window's title."""
        return "Campaigns"

    def refresh(self) -> None:
        """Read again what is shown."""
        if not self.isVisible():
            return
        self._reader.again()
        if self._stack.currentWidget() is self.editor:
            self.editor.reload()

    def open_at(self, campaign_id: int | None = None, list_id: int | None = None) -> None:
        """Open a campaign, or make one with a list of people."""
        if campaign_id is not None:
            self.open(campaign_id)
        elif list_id is not None:
            self.make(list_id)

    def open(self, campaign_id: int) -> None:
        """Show one campaign, to who may change it."""
        if not allowed(self, self.workspace, "start", lambda: self.open(campaign_id)):
            return
        self._stack.setCurrentWidget(self.editor)
        self.editor.open(campaign_id)

    def make(self, list_id: int | None = None) -> None:
        """A new draft, open for writing."""
        workspace = self.workspace
        if not allowed(self, workspace, "start", lambda: self.make(list_id)):
            return

        def work(_job: background.Job) -> int:
            return campaigns.create(
                workspace.store, workspace.clock, name="", list_id=list_id,
                texter=workspace.settings.texter, operator=workspace.operator,
                fields={"organisation": workspace.settings.organisation},
            )  # fmt: skip

        background.run(self, work, self._made, self._failed)

    def somebody_else(self) -> None:
        """Somebody else signed in: a texter sees how campaigns go, and no editor that a manager left."""
        if self.workspace.why_not("start"):
            self._back()

    def _made(self, campaign_id: int) -> None:
        self._stack.setCurrentWidget(self.editor)
        self.editor.open(campaign_id)
        self.editor.about.name.setFocus()

    def _failed(self, error: Exception) -> None:
        self.overview.header.set_words("Campaigns", wording.sentence(error))

    def _back(self) -> None:
        self._stack.setCurrentWidget(self.overview)
        self._reader.again()
        self.overview.list.setFocus()

    def _read(self, _job: background.Job) -> Any:
        return campaigns.overview(self.workspace.store)

    def _soon(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def _people_changed(self) -> None:
        self.editor.people_changed()
        self._soon()

    def _ask_import(self) -> None:
        if not allowed(self, self.workspace, "import", self._ask_import):
            return
        self._dialog = dialog = ImportDialog(self.workspace, self)
        dialog.imported.connect(self.editor.take_list)
        dialog.result_page.campaign_button.hide()
        dialog.open()
