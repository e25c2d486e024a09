"""How one works at the desk: kept on this computer, for whoever works here."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QWidget

from app.workspace import Workspace
from ui import background, theme
from ui.widgets import Panel, PlainLabel

GRACE = ((0, "none"), (3, "3 seconds"), (5, "5 seconds"), (10, "10 seconds"))
LEAD = ((0, "never"), (10, "10 cards"), (20, "20 cards"), (50, "50 cards"), (100, "100 cards"))
BREAK = ((0, "never"), (25, "25 minutes"), (50, "50 minutes"), (90, "90 minutes"))


class DeskSettings(Panel):
    """A panel for the settings page. What is changed is saved at once, off the GUI thread."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        self._workspace = workspace
        self._quiet = False
        self.setAccessibleName("At the desk")
        self.body.addWidget(PlainLabel("At the desk", self, bold=True, size="title"))
        form = QFormLayout()
        form.setHorizontalSpacing(theme.em(self, 1.2))
        form.setVerticalSpacing(theme.em(self, 0.6))
        self.grace = self._box(
            form, "A press waits", "so long it can be taken back (T)", "grace_seconds", GRACE
        )
        self.lead = self._box(form, "Lead to a waiting reply", "after so many cards", "lead_every", LEAD)
        self.rest = self._box(form, "Suggest a break", "after so much work", "break_minutes", BREAK)
        self.second = QCheckBox("Ask for a second press", self)
        self.second.setAccessibleName("Ask for a second press before a text is sent")
        self.second.toggled.connect(lambda on: self._keep("second_press", on))
        form.addRow(self.second)
        self.body.addLayout(form)
        self.refresh()

    def _box(
        self, form: QFormLayout, label: str, hint: str, name: str, choices: Sequence[tuple[int, str]]
    ) -> QComboBox:
        box = QComboBox(self)
        box.setAccessibleName(f"{label}, {hint}")
        for value, words in choices:
            box.addItem(words, value)
        box.currentIndexChanged.connect(lambda _index: self._keep(name, box.currentData()))
        holder = QWidget(self)
        inner = QFormLayout(holder)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addRow(box, PlainLabel(hint, holder, quiet=True, size="small"))
        form.addRow(PlainLabel(label, self), holder)
        return box

    def refresh(self) -> None:
        """Show what is chosen. A value that is no choice (written into the file by hand) is added to them."""
        self._quiet = True
        settings = self._workspace.settings
        for box, value in (
            (self.grace, settings.grace_seconds),
            (self.lead, settings.lead_every),
            (self.rest, settings.break_minutes),
        ):
            if box.findData(value) < 0:
                box.addItem(str(value), value)
            box.setCurrentIndex(box.findData(value))
        self.second.setChecked(settings.second_press)
        self._quiet = False

    def _keep(self, name: str, value: object) -> None:
        if self._quiet:
            return

        def work(_job: background.Job) -> None:
            # What was chosen a moment ago is in the settings by now: this work is done in order.
            settings = dataclasses.replace(self._workspace.settings, **{name: value})  # type: ignore[arg-type]
            self._workspace.change_settings(settings)

        background.run(self, work, urgent=True)
