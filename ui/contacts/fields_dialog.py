"""The fields of all lists and what kind each is; a change shows everybody's values anew."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.people import fieldtypes
from app.people.fieldtypes import FieldRow
from app.workspace import Workspace
from ui import background, theme, wording
from ui.contacts.mapping import KIND_WORDS
from ui.widgets import ErrorPanel, KeyButton, PlainLabel, one_line


class FieldsDialog(QDialog):
    """One row a field, with a choice of its kind."""

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace = workspace
        self._job: background.Job | None = None
        self.setWindowTitle("Fields")
        self.resize(theme.em(self, 34), theme.em(self, 26))
        self.boxes: dict[str, QComboBox] = {}
        self.table = QTableWidget(0, 2, self)
        self.table.setAccessibleName("Fields and their kinds")
        self.table.setHorizontalHeaderLabels(["Field", "Kind"])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setTabKeyNavigation(False)
        self.state = PlainLabel("", self, quiet=True, wrap=True)
        self.error = ErrorPanel(parent=self)
        self.error.hide()
        self.close_button = KeyButton("Close", "Esc", self)
        self.close_button.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        layout.addWidget(PlainLabel("Fields", self, size="title", bold=True))
        layout.addWidget(
            PlainLabel(
                "A kind says how a field is shown, merged and sorted. What a list said word for word is "
                "kept, so any change can be taken back.",
                self,
                quiet=True,
                wrap=True,
            )
        )
        layout.addWidget(self.error)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.state)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(self.close_button)
        layout.addLayout(last)
        background.run(self, lambda _job: fieldtypes.every(workspace.store), self._show, self._failed)

    def _show(self, rows: tuple[FieldRow, ...]) -> None:
        self.boxes.clear()
        self.table.setRowCount(len(rows))
        for place, row in enumerate(rows):
            self.table.setItem(place, 0, QTableWidgetItem("{" + one_line(row.name, 60) + "}"))
            box = QComboBox(self.table)
            for kind, words in KIND_WORDS.items():
                box.addItem(words, kind)
            box.setCurrentIndex(box.findData(row.kind))
            box.setAccessibleName(f"Kind of {one_line(row.name, 60)}")
            box.activated.connect(lambda _index, name=row.name: self._change(name))
            self.boxes[row.name] = box
            self.table.setCellWidget(place, 1, box)
        if not rows:
            self.state.setText("No list has brought a field yet.")
        elif self.boxes:
            next(iter(self.boxes.values())).setFocus()

    def _change(self, name: str) -> None:
        kind = str(self.boxes[name].currentData())
        store, country = self.workspace.store, self.workspace.settings.country
        self._enable(on=False)
        self.state.setText(f"Showing {one_line(name, 60)} as {KIND_WORDS[kind]}…")

        def work(job: background.Job) -> bool:
            return fieldtypes.change(
                store, name, kind, country, progress=job.progress, cancelled=job.is_cancelled
            )

        def done(kept: bool) -> None:
            self._enable(on=True)
            self.boxes[name].setFocus()
            shown = f"{one_line(name, 60)} is shown as {KIND_WORDS[kind]} now."
            self.state.setText(shown if kept else "Nothing was changed.")
            self.changed.emit()

        def progress(counted: int, total: int) -> None:
            self.state.setText(f"{wording.count(counted, 'person', 'people')} of {total:,}")

        self._job = background.run(self, work, done, self._failed, progress)

    def _enable(self, *, on: bool) -> None:
        for box in self.boxes.values():
            box.setEnabled(on)

    def _failed(self, error: Exception) -> None:
        self._enable(on=True)
        self.error.show_error(wording.sentence(error), "Nothing was changed.")

    def reject(self) -> None:
        """Esc: a change under way stops, and nothing of it is kept."""
        if self._job is not None and not self._job.finished:
            self._job.cancel()
            return
        super().reject()
