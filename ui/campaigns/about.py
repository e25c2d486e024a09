"""What a campaign is called, who gets it, and who writes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QSizePolicy, QWidget

from app.people.contacts import ListRow
from ui import theme, wording
from ui.widgets import KeyButton, Panel, PlainLabel, one_line, row


class AboutPanel(Panel):
    """Name, list of people, texter."""

    changed = Signal()  # name or texter, as typed
    list_chosen = Signal(int)
    import_asked = Signal()
    choose_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._quiet = False
        self.name = QLineEdit(self)
        self.name.setMaxLength(120)
        self.name.setAccessibleName("Name of the campaign")
        self.name.setPlaceholderText("Only you see it")
        self.people = QComboBox(self)
        self.people.setAccessibleName("People")
        self.people.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.people.setMinimumContentsLength(12)
        self.people.setMinimumHeight(theme.em(self, 2))
        self.people.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.import_button = KeyButton("Import a list…", parent=self)
        self.choose_button = KeyButton("Choose…", "Ctrl+O", self)
        self.choose_button.setAccessibleName("Choose people: several lists, audiences, who is left out")
        self.texter = QLineEdit(self)
        self.texter.setMaxLength(60)
        self.texter.setAccessibleName("Who writes: the field {sender}")
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.em(self, 0.8))
        grid.setColumnStretch(1, 1)
        for place, (words, field) in enumerate(
            (("Name", self.name), ("People", self.people), ("{sender} is", self.texter))
        ):
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(field)
            line = place + (place > 1)  # the buttons stand below the people
            grid.addWidget(label, line, 0)
            grid.addWidget(field, line, 1)
        buttons = row(self.choose_button, self.import_button)
        buttons.setSpacing(theme.em(self, 0.5))
        grid.addLayout(buttons, 2, 1)
        self.body.addLayout(grid)
        self.name.textEdited.connect(lambda _text: self.changed.emit())
        self.texter.textEdited.connect(lambda _text: self.changed.emit())
        self.people.activated.connect(self._chosen)
        self.import_button.clicked.connect(self.import_asked)
        self.choose_button.clicked.connect(self.choose_asked)

    def show_values(self, name: str, texter: str, lists: Sequence[ListRow], chosen: int | None) -> None:
        """Fill it without touching what is being typed."""
        for edit, text in ((self.name, name), (self.texter, texter)):
            if not edit.hasFocus() and edit.text() != text:
                edit.setText(text)
        self.people.clear()
        self.people.addItem("Choose a list…" if lists else "No list yet: import one", None)
        for each in lists:
            count = wording.count(each.people, "person", "people")
            self.people.addItem(f"{one_line(each.name, 60)} · {count}", each.id)
        self.people.setCurrentIndex(max(0, self.people.findData(chosen)))

    def lock(self, locked: bool) -> None:
        """A started campaign keeps its people."""
        self.people.setEnabled(not locked)
        self.import_button.setVisible(not locked)
        self.choose_button.setVisible(not locked)

    def _chosen(self, index: int) -> None:
        chosen = self.people.itemData(index)
        if chosen is not None:
            self.list_chosen.emit(int(chosen))
