"""The lines that a campaign may leave by, with their numbers and what is left of their limits today."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QVBoxLayout, QWidget

from app.texting import budgets
from app.texting.budgets import LineLeft
from app.workspace import Workspace
from ui import background, theme
from ui.widgets import PlainLabel, clear_layout, isolated, one_line

_HINT = "None ticked: every line. A person keeps the line they were texted from, ticked or not."
Read = tuple[int, tuple[LineLeft, ...], tuple[int, ...]]


class LinesChoice(QWidget):
    """A tick for each line. ``changed`` after the choice is stored, ``failed`` with an exception if not."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._campaign_id = 0
        self.boxes: dict[int, QCheckBox] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.3))
        self.title = PlainLabel("From which lines", self, bold=True)
        self.words = PlainLabel("", self, quiet=True, wrap=True)
        self._rows = QVBoxLayout()
        layout.addWidget(self.title)
        layout.addLayout(self._rows)
        layout.addWidget(self.words)
        self._reader = background.Refresher(self, lambda _job: self._look(), self._show)

    def show_campaign(self, campaign_id: int) -> None:
        """Read the lines, and which of them were chosen for this campaign."""
        self._campaign_id = campaign_id
        self._reader.again()

    def _look(self) -> Read:
        key, store = self._campaign_id, self._workspace.store
        return key, budgets.lines_left(store, self._workspace.clock.now()), budgets.lines_of(store, key)

    def _show(self, found: Read) -> None:
        key, lines, chosen = found
        if key != self._campaign_id:
            return
        wanted = lines if len(lines) > 1 or chosen else ()  # a single line is no choice
        if [line.id for line in wanted] != list(self.boxes):
            self._make(wanted)
        why = self._workspace.why_not("start")
        for line in lines:
            box = self.boxes.get(line.id)
            if box is not None:
                box.setText(line_words(line, 24).replace("&", "&&"))
                box.setAccessibleName(line_words(line))
                box.setChecked(line.id in chosen)
                box.setEnabled(not why)
        if not lines:
            self.words.setText("There is no line yet: add one on the Lines page.")
        elif not self.boxes:
            self.words.setText(line_words(lines[0]))
        else:
            self.words.setText(f"{_HINT} {why}".strip())

    def _make(self, lines: tuple[LineLeft, ...]) -> None:
        clear_layout(self._rows)
        self.boxes = {}
        for line in lines:
            box = QCheckBox(self)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.clicked.connect(lambda _checked=False: self._keep())
            self._rows.addWidget(box)
            self.boxes[line.id] = box

    def _keep(self) -> None:
        store, key = self._workspace.store, self._campaign_id
        wanted = tuple(line_id for line_id, box in self.boxes.items() if box.isChecked())
        background.run(
            self,
            lambda _job: budgets.set_lines(store, key, wanted),
            lambda _none: self.changed.emit(),
            self.failed.emit,
            urgent=True,
        )


def line_words(line: LineLeft, most: int = 60) -> str:
    """ "Office SIM · +13125550100 · 188 left today", with at most so many letters of the name."""
    left = "no limit set" if line.left_today is None else f"{line.left_today:,} left today"
    practice = "practice: sends to nobody" if line.practice else ""
    parts = (isolated(line.name, most), one_line(line.number, 40), practice or left)
    return " · ".join(part for part in parts if part)
