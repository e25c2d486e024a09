"""How the answers stand while the campaign runs, and a new campaign for those who gave one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.campaigns import tally as tallies
from app.campaigns.script import ScriptError
from app.campaigns.tally import Line, QuestionTally, Tally, share
from app.people import audiences
from app.people.audiences import Rule, Rules
from app.workspace import Workspace
from ui import background, theme, wording
from ui.campaigns.loading import Loaded
from ui.campaigns.panels import EditorPanel
from ui.campaigns.script_export import ask_export
from ui.campaigns.script_file import AnswersFileDialog
from ui.widgets import Chip, KeyButton, PlainLabel, clear_layout, one_line, row


class TallyPanel(EditorPanel):
    """See the module. Hidden until the campaign was started and asks something."""

    def __init__(
        self, workspace: Workspace, lines: Any, navigate: Callable[..., None], parent: QWidget
    ) -> None:
        super().__init__(workspace, lines, navigate, parent)
        self._campaign_id: int | None = None
        self._name = ""
        self._tally: Tally | None = None
        self.buttons: list[KeyButton] = []
        self._reader = background.Refresher(self, self._read, self._arrived, self.failed.emit)
        head = QHBoxLayout()
        head.addWidget(PlainLabel("Answers", self, bold=True))
        self.texted = PlainLabel("", self, quiet=True)
        head.addWidget(self.texted, 1)
        self.export_button = KeyButton("Export answers…", parent=self, flat=True)
        self.export_button.clicked.connect(self.export)
        self.file_button = KeyButton("Read answers from a file…", parent=self, flat=True)
        self.file_button.clicked.connect(self.read_file)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.em(self, 0.6))
        self.body.addLayout(head)
        self.body.addLayout(self._list)
        self.body.addLayout(row(self.file_button, self.export_button))
        self.hide()

    def show_campaign(self, loaded: Loaded) -> None:
        if self._campaign_id != loaded.campaign.id:
            self._campaign_id, self._tally = loaded.campaign.id, None
            self.hide()
        self._name = loaded.campaign.name
        self._begun = loaded.campaign.state != "draft"
        self._reader.again()

    def _read(self, _job: background.Job) -> Tally:
        return tallies.tally(self.workspace.store, self._campaign_id or 0)

    def _arrived(self, found: Tally) -> None:
        if found.campaign_id != self._campaign_id:
            self._reader.again()
            return
        self.setVisible(self._begun and bool(found.questions))
        if found == self._tally:
            return
        self._tally = found
        self.texted.setText(f"of {wording.count(found.texted, 'person', 'people')} texted")
        had = next((button.accessibleName() for button in self.buttons if button.hasFocus()), "")
        clear_layout(self._list)
        self.buttons = []
        for each in found.questions:
            self._list.addWidget(self._question(each, found.texted))
        for button in self.buttons:
            if button.accessibleName() == had:
                button.show()
                button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _question(self, each: QuestionTally, texted: int) -> QWidget:
        holder = QWidget(self)
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.em(self, 0.8))
        grid.setVerticalSpacing(theme.em(self, 0.2))
        grid.setColumnStretch(1, 1)
        gone = " (taken out)" if each.removed else ""
        grid.addWidget(PlainLabel(one_line(each.text) + gone, self, bold=True, wrap=True), 0, 0, 1, 2)
        words = f"{share(each.answered, texted)} of those texted answered"
        if each.total is not None:
            words += f" · {each.total:g} altogether"
        if each.has_tones and each.answered:
            words += f" · {each.toned('good'):,} in favour, {each.toned('bad'):,} against"
        grid.addWidget(PlainLabel(words, self, quiet=True, size="small", wrap=True), 1, 0, 1, 2)
        place = 2
        for line in each.lines:
            gone = " (taken out)" if line.removed else ""
            grid.addWidget(Chip(line.label, line.tone or "accent", self), place, 0)
            figures = f"{share(line.count, texted)}{gone}"
            grid.addWidget(PlainLabel(figures, self, wrap=True), place, 1)
            if line.count:
                grid.addWidget(self._button(each, line), place, 2)
            place += 1
        silent = texted - each.answered
        if silent > 0 and not each.removed:
            grid.addWidget(PlainLabel("No answer", self, quiet=True), place, 0)
            grid.addWidget(PlainLabel(share(silent, texted), self, quiet=True), place, 1)
            grid.addWidget(self._button(each, None), place, 2)
        return holder

    def _button(self, each: QuestionTally, line: Line | None) -> KeyButton:
        button = KeyButton("New campaign", parent=self, flat=True)
        said = one_line(line.label) if line is not None else "no answer"
        button.setAccessibleName(f"New campaign for {one_line(each.text)} {said}")
        button.setToolTip("A draft for these people")
        button.clicked.connect(lambda: self.new_campaign(each, line))
        self.buttons.append(button)
        return button

    # -- doing ----------------------------------------------------------------------------------

    def new_campaign(self, each: QuestionTally, line: Line | None) -> None:
        """A draft for those who gave this answer, or none. Who opted out is left out."""
        if not self._may("start"):
            return
        if line is None:
            rule, said = Rule("answer", "unanswered", "", str(each.id)), "no answer"
        else:
            value = line.label if line.option_id is None else str(line.option_id)
            rule, said = Rule("answer", "said", value, str(each.id)), line.label
        name = f"{self._name or 'Campaign'}: {each.text} {said}"[:120]
        store, clock = self.workspace.store, self.workspace.clock
        background.run(
            self,
            lambda _job: audiences.as_list(store, clock, name, Rules((rule,))),
            lambda list_id: self.navigate("campaigns", list_id=list_id),
            self.failed.emit,
        )

    def export(self) -> None:
        """Write the answers to a file."""
        if self._may("export") and self._campaign_id is not None:
            ask_export(self, self.workspace, self._campaign_id, self._name, self.failed.emit)

    def read_file(self) -> None:
        """Take answers that are known only now from a table."""
        asked = [(each.id, each.text) for each in self._tally.questions] if self._tally is not None else []
        if asked and self._may("import") and self._campaign_id is not None:
            AnswersFileDialog(self.workspace, self._campaign_id, asked, self.window()).open()

    def _may(self, act: str) -> bool:
        why = self.workspace.why_not(act)
        if why:
            self.failed.emit(ScriptError(why))
        return not why
