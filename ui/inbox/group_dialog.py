"""Make a group, or change one: its name, who is in it, and whether it is at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.conversations import groups
from app.conversations.groups import Candidate, GroupError
from app.conversations.groups_rounds import OpenGroup
from app.workspace import Workspace
from ui import background, theme, wording
from ui.inbox.group_pane import standing
from ui.paged import ROW_ROLE
from ui.widgets import KeyButton, Notice, PlainLabel, SearchBox, one_line

_CONTROL = Qt.KeyboardModifier.ControlModifier
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
SURE = "Dissolve the group? Its threads stay as they are; what is prepared and not yet sent is taken out."


class GroupDialog(QDialog):
    """Nothing is written before Save. ``saved(group_id)``; ``dissolve_sure`` for the one opened."""

    saved = Signal(int)
    dissolve_sure = Signal()

    def __init__(
        self, workspace: Workspace, parent: QWidget, group: OpenGroup | None = None,
        people: Sequence[Candidate] = (),
    ) -> None:  # fmt: skip
        """``group`` to be changed, None for a new one with ``people`` in it to begin with."""
        super().__init__(parent)
        self._workspace, self._group = workspace, group
        self._wanted = ""
        self._saving = False
        self._stops = (
            {each.row.number: each.gate.why for each in group.members if standing(each)[0]} if group else {}
        )
        self.setWindowTitle("Group" if group else "New group")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.em(self, 34))
        self.name = QLineEdit(self)
        self.name.setMaxLength(groups.NAME_LENGTH)
        self.name.setAccessibleName("Name of the group")
        self.name.setPlaceholderText("Street team, Saturday drivers…")
        self.search = SearchBox("Add somebody: a name or a number", self)
        self.found = self._list("People who were found")
        self.members = self._list("Members")
        self.problem = Notice("", "warn", parent=self)
        self.count = PlainLabel("", self, bold=True)
        self.take_out_button = KeyButton("Take out", "Del", self)
        self.dissolve_button = KeyButton("Dissolve…", "Ctrl+D", self, danger=True)
        self.sure = Notice(SURE, "bad", "Dissolve", self)
        self.sure.hide()
        self.cancel_button = KeyButton("Cancel", "Esc", self)
        self.save_button = KeyButton("Save" if group else "Make the group", "Ctrl+Enter", self, primary=True)
        self._build()
        self._wire()
        if group is not None:
            self.name.setText(group.name)
            people = [groups.candidate(member.row) for member in group.members]
        for each in people:
            self._add(each)
        self._look()
        (self.search if self.name.text() else self.name).setFocus()

    def _list(self, name: str) -> QListWidget:
        made = QListWidget(self)
        made.setAccessibleName(name)
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setTextElideMode(Qt.TextElideMode.ElideRight)
        return made

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.5))
        layout.addWidget(PlainLabel(self.windowTitle(), self, size="title", bold=True))
        for label, field in (("Name", self.name), ("People", self.search)):
            words = PlainLabel(label, self, bold=True)
            words.setBuddy(field)
            layout.addWidget(words)
            layout.addWidget(field)
        self.found.setFixedHeight(theme.em(self, 6.2))
        self.found.hide()
        layout.addWidget(self.found)
        head = QHBoxLayout()
        head.addWidget(self.count, 1)
        head.addWidget(self.take_out_button)
        layout.addLayout(head)
        self.members.setMinimumHeight(theme.em(self, 7))
        layout.addWidget(self.members, 1)
        layout.addWidget(self.problem)
        layout.addWidget(self.sure)
        buttons = QHBoxLayout()
        buttons.addWidget(self.dissolve_button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.save_button)
        layout.addLayout(buttons)
        self.dissolve_button.setVisible(self._group is not None)

    def _wire(self) -> None:
        self.name.textChanged.connect(lambda _text: self._look())
        self.search.searched.connect(self._look_for)
        for watched in (self.search, self.found, self.members):
            watched.installEventFilter(self)
        self.found.itemClicked.connect(self._take_in)
        self.members.currentRowChanged.connect(lambda _row: self._look())
        self.take_out_button.clicked.connect(self._take_out)
        self.dissolve_button.clicked.connect(lambda: self.sure.setVisible(self.sure.isHidden()))
        self.sure.acted.connect(self._dissolve)
        self.cancel_button.clicked.connect(self.reject)
        self.save_button.clicked.connect(self._save)

    # -- who is in it ---------------------------------------------------------------------------

    @property
    def numbers(self) -> list[str]:
        """The members as they stand in the dialog."""
        rows = range(self.members.count())
        return [self.members.item(row).data(ROW_ROLE).number for row in rows]

    def _item(self, each: Candidate) -> QListWidgetItem:
        number = f"  ·  {each.shown}" if each.name else ""
        stop = self._stops.get(each.number, "")
        item = QListWidgetItem(f"{one_line(each.called, 80)}{number}" + (f"  ·  {stop}" if stop else ""))
        item.setData(ROW_ROLE, each)
        return item

    def _add(self, each: Candidate) -> None:
        if each.number not in self.numbers:
            self.members.addItem(self._item(each))

    def _take_in(self, item: QListWidgetItem | None) -> None:
        if item is None:
            return
        self._add(item.data(ROW_ROLE))
        self.problem.say("")
        self.search.clear()
        self.found.clear()
        self.found.hide()
        self.search.setFocus()
        self._look()

    def _take_out(self) -> None:
        if self.members.currentRow() >= 0:
            self.members.takeItem(self.members.currentRow())
            self._look()

    def _look(self) -> None:
        count = self.members.count()
        self.count.setText(f"Members: {count} of at most {groups.MOST}")
        self.take_out_button.setEnabled(self.members.currentRow() >= 0)
        enough = groups.LEAST <= count <= groups.MOST
        self.save_button.setEnabled(bool(self.name.text().strip()) and enough and not self._saving)

    def _look_for(self, text: str) -> None:
        self._wanted = text
        store, country = self._workspace.store, self._workspace.settings.country

        def done(found: tuple[Candidate, ...]) -> None:
            if text != self._wanted:
                return
            self.found.clear()
            there = set(self.numbers)
            for each in found:
                if each.number not in there:
                    self.found.addItem(self._item(each))
            self.found.setCurrentRow(0)
            self.found.setVisible(self.found.count() > 0)
            nobody = (
                "Everybody who was found is in it already." if found else "Nobody was found by these words."
            )
            self.problem.say(nobody if text.strip() and not self.found.count() else "", "warn")

        background.run(self, lambda _job: groups.candidates(store, text, country=country), done, self._failed)

    # -- doing it -------------------------------------------------------------------------------

    def _failed(self, error: Exception) -> None:
        self._saving = False
        self.problem.say(str(error) if isinstance(error, GroupError) else wording.sentence(error), "warn")
        self._look()

    def _save(self) -> None:
        if not self.save_button.isEnabled():
            return
        self._saving = True
        self._look()
        workspace, name, numbers = self._workspace, self.name.text(), self.numbers
        key = self._group.id if self._group else None

        def work(_job: background.Job) -> int:
            return groups.save(
                workspace.store, workspace.clock, name, numbers, group_id=key, operator=workspace.operator
            )

        background.run(self, work, self._saved, self._failed)

    def _saved(self, group_id: int) -> None:
        self.saved.emit(group_id)
        self.accept()

    def _dissolve(self) -> None:
        self.dissolve_sure.emit()
        self.accept()

    # -- keys -----------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys: dict[int, Callable[[], None]] = {int(key): self._save for key in _ENTER}
        if self._group is not None:
            keys[int(Qt.Key.Key_D)] = self.dissolve_button.click
        act = keys.get(event.key()) if event.modifiers() & _CONTROL else None
        if act is not None and not event.isAutoRepeat():
            act()
            event.accept()
        elif event.key() in _ENTER:
            event.accept()  # nothing is the default here
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter takes in who was found, Delete takes a member out, Down leads from the field to the list."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or event.modifiers():
            return False
        key = event.key()
        if key in _ENTER and watched is not self.members:
            if not event.isAutoRepeat():
                self._take_in(self.found.currentItem())
            return True
        if key == Qt.Key.Key_Down and watched is self.search and self.found.count():
            self.found.setFocus()
            return True
        if key == Qt.Key.Key_Delete and watched is self.members:
            self._take_out()
            return True
        return False
