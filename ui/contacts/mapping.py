"""What the columns of a list mean: the first rows, and a choice above each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.people.columns import ROLES, Mapping
from ui import theme
from ui.widgets import one_line

ROLE_WORDS = {
    "number": "Phone number",
    "first_name": "First name",
    "last_name": "Last name",
    "name": "Whole name",
    "time_zone": "Time zone",
    "consent_source": "Consent: how",
    "consent_at": "Consent: when",
    "opted_out": "Opted out: yes or no",
    "other_numbers": "Further numbers",
    "tags": "Tags",
    "notes": "Notes",
    "language": "Language",
    "consent_wording": "Consent: wording",
    "consent_frequency": "Consent: how often",
    "consent_until": "Consent: until",
}
KIND_WORDS = {
    "text": "text",
    "number": "number",
    "date": "date",
    "time": "time",
    "money": "money",
    "link": "link",
}
FIELD, NOTHING = "field", "nothing"


class MappingTable(QTableWidget):
    """The preview rows with a choice above each column."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: list[QComboBox] = []
        self.kinds: list[QComboBox] = []
        self._guessed: dict[str, str] = {}
        self._fields: dict[int, str] = {}
        self._has_header: bool | None = None
        self._quiet = False
        self.setAccessibleName("The first rows of the list")
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.verticalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.setTabKeyNavigation(False)

    def show_preview(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], mapping: Mapping, names: dict[int, str]
    ) -> None:
        """Show ``rows`` with what ``mapping`` takes their columns for; ``names`` are the fields' names."""
        self._quiet = True
        self._has_header = mapping.has_header
        self._fields = {**names, **dict(mapping.fields)}
        self.clear()
        self.setColumnCount(len(columns))
        self.setRowCount(2 + len(rows))
        self.setHorizontalHeaderLabels([one_line(column, 40) for column in columns])
        chosen = _meanings(mapping)
        self.boxes, self.kinds = [], []
        self._guessed = dict(mapping.kinds)
        for index, column in enumerate(columns):
            box = self._box(index, column, chosen.get(index, NOTHING))
            self.boxes.append(box)
            self.setCellWidget(0, index, box)
            kind = self._kind_box(column, self._guessed.get(self._fields.get(index, ""), "text"))
            kind.setEnabled(chosen.get(index) == FIELD)
            self.kinds.append(kind)
            self.setCellWidget(1, index, kind)
            for place, cells in enumerate(rows, 2):
                item = QTableWidgetItem(one_line(cells[index], 60) if index < len(cells) else "")
                item.setFlags(Qt.ItemFlag.ItemIsEnabled)
                self.setItem(place, index, item)
            self.setColumnWidth(index, theme.em(self, 9.5))
        self.setRowHeight(0, theme.em(self, 2.4))
        self.setRowHeight(1, theme.em(self, 2.4))
        self._quiet = False

    def _box(self, index: int, column: str, meaning: str) -> QComboBox:
        box = QComboBox(self)
        for role, words in ROLE_WORDS.items():
            box.addItem(words, role)
        box.addItem("Field {" + one_line(self._fields.get(index, column), 40) + "}", FIELD)
        box.addItem("Leave out", NOTHING)
        box.setCurrentIndex(box.findData(meaning))
        box.setAccessibleName(f"Column {one_line(column, 40)} is")
        box.currentIndexChanged.connect(lambda _index, here=index: self._chosen(here))
        return box

    def _kind_box(self, column: str, kind: str) -> QComboBox:
        box = QComboBox(self)
        for value, words in KIND_WORDS.items():
            box.addItem(words, value)
        box.setCurrentIndex(box.findData(kind))
        box.setAccessibleName(f"The kind of {one_line(column, 40)}")
        return box

    def _chosen(self, here: int) -> None:
        """A meaning belongs to one column: the other that had it becomes a field."""
        if self._quiet:
            return
        self._quiet = True
        meaning = self.boxes[here].currentData()
        for index, box in enumerate(self.boxes):
            if index != here and meaning in ROLES and box.currentData() == meaning:
                box.setCurrentIndex(box.findData(FIELD))
        for box, kind in zip(self.boxes, self.kinds, strict=True):
            kind.setEnabled(box.currentData() == FIELD)
        self._quiet = False
        self.changed.emit()

    def mapping(self) -> Mapping:
        """What the columns are taken for now."""
        roles: dict[str, Any] = {}
        fields: list[tuple[int, str]] = []
        kinds: list[tuple[str, str]] = []
        for index, box in enumerate(self.boxes):
            meaning = box.currentData()
            if meaning in ROLES:
                roles[meaning] = index
            elif meaning == FIELD:
                name, kind = self._fields.get(index, f"column_{index + 1}"), self.kinds[index].currentData()
                fields.append((index, name))
                if kind != "text" or name in self._guessed:
                    kinds.append((name, kind))
        plain = Mapping(fields=tuple(fields), kinds=tuple(kinds), has_header=self._has_header)
        return replace(plain, **roles)


def _meanings(mapping: Mapping) -> dict[int, str]:
    found = {index: FIELD for index, _name in mapping.fields}
    for role in ROLES:
        index = getattr(mapping, role)
        if index is not None:
            found[index] = role
    return found
