"""Old data, in the settings: after how many months words may go, and what a finished campaign left."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QComboBox, QProgressBar, QWidget

from app.people import retention
from app.people.retention import Finished, Old
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.operators.guard import allowed
from ui.widgets import KeyButton, Notice, Panel, PlainLabel, one_line, row

_KEEPS = "Opt-outs with their words, and when texts came and left, stay."


class RetentionPanel(Panel):
    """Nothing goes by itself: a list is prepared, and a manager presses."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        self._workspace = workspace
        self._quiet = True
        self.months = QComboBox(self)
        self.months.setAccessibleName("Delete the words of texts after")
        for each in retention.MONTHS:
            self.months.addItem("Keep everything" if not each else f"After {each} months", each)
        self.found = PlainLabel("", self, wrap=True)
        self.forget_button = KeyButton("Delete their words…", parent=self, danger=True)
        self.campaigns = QComboBox(self)
        self.campaigns.setAccessibleName("A finished campaign")
        self.campaigns.setMinimumWidth(theme.em(self, 17))
        self.campaign_button = KeyButton("Delete its texts and answers…", parent=self, danger=True)
        self.notice = Notice("", "good", "Close", self)
        self.notice.acted.connect(self.notice.hide)
        self.notice.say("")
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Deleting old words")
        self.progress.hide()
        self.stop = KeyButton("Stop", parent=self)
        self.stop.clicked.connect(self._stop)
        self.stop.hide()
        self.body.setSpacing(theme.em(self, 0.5))
        self.body.addWidget(PlainLabel("Old data", self, bold=True, size="title"))
        self.body.addWidget(
            PlainLabel(f"Nothing is deleted by itself. {_KEEPS}", self, quiet=True, wrap=True)
        )
        self.body.addWidget(self.notice)
        self.body.addLayout(row(self.progress, self.stop, stretch=0))
        self.body.addWidget(PlainLabel("Texts", self, bold=True))
        self.body.addLayout(row(self.months, self.forget_button))
        self.body.addWidget(self.found)
        self.body.addWidget(PlainLabel("Finished campaigns", self, bold=True))
        self.body.addLayout(row(self.campaigns, self.campaign_button))
        self.months.currentIndexChanged.connect(lambda _index: self._chosen())
        self.forget_button.clicked.connect(self.ask_forget)
        self.campaign_button.clicked.connect(self.ask_campaign)
        self.refresh()

    def refresh(self) -> None:
        """Read again what could go."""
        workspace = self._workspace

        def work(_job: background.Job) -> tuple[int, Old, tuple[Finished, ...]]:
            wanted = retention.months(workspace.store)
            found = retention.old(workspace.store, workspace.clock.now(), wanted)
            return wanted, found, retention.finished(workspace.store)

        background.run(self, work, self._show, self._failed)

    def _show(self, read: tuple[int, Old, tuple[Finished, ...]]) -> None:
        wanted, found, campaigns = read
        self._quiet = True
        self.months.setCurrentIndex(max(0, self.months.findData(wanted)))
        self._quiet = False
        words = "Everything is kept until you choose a time."
        if wanted:
            people = wording.count(found.people, "person", "people")
            words = (
                f"{wording.count(found.texts, 'text')} with {people} from before {wording.day(found.before)}."
            )
        if wanted and found.imported:
            words += f" {wording.count(found.imported, 'text')} of an imported history go whole."
        if wanted and found.kept:
            words += f" {wording.count(found.kept, 'older text')} still wait or are not settled, and stay."
        self.found.setText(words)
        self.forget_button.setEnabled(bool(found.texts or found.imported))
        chosen = self.campaigns.currentData()
        self.campaigns.clear()
        for each in campaigns:
            answers = f", {wording.count(each.answers, 'answer')}" if each.answers else ""
            text = f"{one_line(each.name, 60)}: {wording.count(each.texts, 'text')}{answers}"
            self.campaigns.addItem(text, each.id)
        if not campaigns:
            self.campaigns.addItem("None with texts or answers", 0)
        self.campaigns.setCurrentIndex(max(0, self.campaigns.findData(chosen)))
        self.campaigns.setEnabled(bool(campaigns))
        self.campaign_button.setEnabled(bool(campaigns))

    def _chosen(self) -> None:
        workspace, wanted = self._workspace, int(self.months.currentData() or 0)
        if self._quiet:
            return
        if workspace.why_not("erase"):
            allowed(self, workspace, "erase", self._chosen)
            self.refresh()
            return
        background.run(
            self,
            lambda _job: retention.keep_for(workspace.store, workspace.clock, wanted, workspace.operator),
            lambda _none: self.refresh(),
            self._failed,
        )

    # -- deleting --------------------------------------------------------------------------------

    def ask_forget(self) -> None:
        """Ask before old words go; a manager's."""
        wanted, workspace = int(self.months.currentData() or 0), self._workspace
        if not wanted or not allowed(self, workspace, "erase", self.ask_forget):
            return
        self._ask(
            "Delete the words of old texts?",
            self.found.text(),
            lambda job: retention.forget(
                workspace.store,
                workspace.clock,
                wanted,
                workspace.operator,
                progress=job.progress,
                cancelled=job.is_cancelled,
            ),
        )

    def ask_campaign(self) -> None:
        """Ask before a campaign's texts and answers go; a manager's."""
        campaign, workspace = int(self.campaigns.currentData() or 0), self._workspace
        if not campaign or not allowed(self, workspace, "erase", self.ask_campaign):
            return
        self._ask(
            "Delete this campaign's texts and answers?",
            self.campaigns.currentText(),
            lambda job: retention.forget_campaign(
                workspace.store,
                workspace.clock,
                campaign,
                workspace.operator,
                progress=job.progress,
                cancelled=job.is_cancelled,
            ),
        )

    def _ask(self, title: str, what: str, act: Callable[[background.Job], int]) -> None:
        self._dialog = dialog = dialogs.FormDialog(
            self,
            title,
            f"{what} {_KEEPS} It cannot be undone.",
            (("Type DELETE to go on", "", 6),),
            "Delete",
            danger=True,
            check=lambda values: "" if values[0].upper() == "DELETE" else "This is not DELETE.",
        )
        dialog.accepted.connect(lambda: self._do(act))
        dialog.open()

    def _do(self, act: Callable[[background.Job], int]) -> None:
        self.forget_button.setEnabled(False)
        self.campaign_button.setEnabled(False)
        self.notice.say("Deleting…", "accent")
        self.progress.setRange(0, 0)
        self.progress.show()

        self._far = (0, 1)

        def shown(count: int, total: int) -> None:
            self._far = (count, total)
            self.progress.setRange(0, total if count < total else 0)
            self.progress.setValue(count)
            self.notice.say(
                f"{count:,} of {total:,} texts…"
                if count < total
                else "Cleaning the search index and the log…",
                "accent",
            )

        def done(count: int) -> None:
            self.progress.hide()
            self.stop.hide()
            words = f"Deleted: the words of {wording.count(count, 'text')}."
            if self._job.cancelled and self._far[0] < self._far[1]:
                words = f"Stopped. {words} The rest keep theirs."
            self.notice.say(words, "good", "Close")
            self.refresh()

        self._job = background.run(self, act, done, self._failed, shown)
        self.stop.setText("Stop")
        self.stop.setEnabled(True)
        self.stop.show()
        self.stop.setFocus()

    def _stop(self) -> None:
        self._job.cancel()
        self.stop.setEnabled(False)
        self.stop.setText("Stopping…")

    def _failed(self, error: Exception) -> None:
        self.progress.hide()
        self.stop.hide()
        self.notice.say(wording.sentence(error), "bad", "Close")
        self.forget_button.setEnabled(True)
        self.campaign_button.setEnabled(True)
