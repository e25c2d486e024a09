"""Find and replace over a campaign's texts, script and canned replies, with every hit seen before."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.campaigns import replacing
from app.campaigns.replacing import MOST, Hit
from app.workspace import Workspace
from ui import background, theme, wording
from ui.widgets import ErrorPanel, KeyButton, PlainLabel, one_line
from ui.widgets_message import MessageView

_HIT = int(Qt.ItemDataRole.UserRole)
_PAUSE_MS = 200


class ReplaceDialog(QDialog):
    """See the module. ``replaced`` carries how many texts changed."""

    replaced = Signal(int)

    def __init__(self, workspace: Workspace, campaign_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.workspace, self._campaign = workspace, campaign_id
        self.setWindowTitle("Find and replace")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        width = parent.window().width() if parent is not None else 900
        self.resize(min(theme.em(self, 56), width - 40), theme.em(self, 32))
        self._asked: tuple[str, str, bool, bool] = ("", "", False, False)
        self._build()
        self._lay_out()
        self._looking = background.Refresher(self, self._look, self._show, self._failed)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self.look)

    def _build(self) -> None:
        self.wanted, self.put = QLineEdit(self), QLineEdit(self)
        for edit, words in ((self.wanted, "Find"), (self.put, "Replace with")):
            edit.setMaxLength(MOST)
            edit.setAccessibleName(words)
            edit.textEdited.connect(lambda _text: self._typed())
        self.case = QCheckBox("Capitals count", self)
        self.whole = QCheckBox("Whole words", self)
        for box in (self.case, self.whole):
            box.toggled.connect(lambda _on: self._typed())
        self.list = QListWidget(self)
        self.list.setAccessibleName("Where it stands: Space takes a place in or out")
        self.list.setSpacing(theme.em(self, 0.2))
        self.list.currentItemChanged.connect(lambda *_items: self._show_hit())
        self.list.itemChanged.connect(lambda _item: self._count())
        self.before, self.after = MessageView(self), MessageView(self)
        self.before.setAccessibleName("Before")
        self.after.setAccessibleName("After")
        self.problem = PlainLabel("", self, tone="bad", wrap=True)
        self.counted = PlainLabel("Type what to look for.", self, quiet=True, wrap=True)
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self.cancel_button = KeyButton("Close", "Esc", self)
        self.cancel_button.clicked.connect(self.reject)
        self.replace_button = KeyButton("Replace", "Ctrl+Enter", self, primary=True)
        self.replace_button.setEnabled(False)
        self.replace_button.clicked.connect(self.replace)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.replace)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        for place, (words, edit, box) in enumerate(
            (("Find", self.wanted, self.case), ("Replace with", self.put, self.whole))
        ):
            label = PlainLabel(words, self, quiet=True)
            label.setBuddy(edit)
            grid.addWidget(label, place, 0)
            grid.addWidget(edit, place, 1)
            grid.addWidget(box, place, 2)
        sides = QVBoxLayout()
        for words, view in (("Before", self.before), ("After", self.after)):
            sides.addWidget(PlainLabel(words, self, bold=True))
            sides.addWidget(view, 1)
        sides.addWidget(self.problem)
        body = QHBoxLayout()
        body.setSpacing(theme.em(self, 1))
        body.addWidget(self.list, 2)
        body.addLayout(sides, 3)
        last = QHBoxLayout()
        last.addWidget(self.counted, 1)
        last.addWidget(self.cancel_button)
        last.addWidget(self.replace_button)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.8))
        layout.addWidget(PlainLabel("Find and replace", self, bold=True, size="title"))
        layout.addLayout(grid)
        layout.addLayout(body, 1)
        layout.addWidget(self.error)
        layout.addLayout(last)
        self.wanted.setFocus()

    # -- looking --------------------------------------------------------------------------------

    def _typed(self) -> None:
        self.replace_button.setEnabled(False)
        self._pause.start()

    def look(self) -> None:
        """Look for it now."""
        self._pause.stop()
        self._asked = (self.wanted.text(), self.put.text(), self.case.isChecked(), self.whole.isChecked())
        self._looking.again()

    def _look(self, _job: background.Job) -> tuple[tuple[str, str, bool, bool], tuple[Hit, ...]]:
        find, put, case, whole = asked = self._asked
        store = self.workspace.store
        return asked, replacing.look(store, self._campaign, find, put, case=case, whole=whole)

    def _show(self, looked: tuple[tuple[str, str, bool, bool], tuple[Hit, ...]]) -> None:
        asked, hits = looked
        if asked != self._asked:
            return
        self.list.blockSignals(True)
        self.list.clear()
        for hit in hits:
            times = f" · {len(hit.found)}×" if len(hit.found) > 1 else ""
            item = QListWidgetItem(f"{one_line(hit.place.where, 60)}{times}")
            item.setData(_HIT, hit)
            if not hit.problem:
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked)
            self.list.addItem(item)
        self.list.blockSignals(False)
        self.list.setCurrentRow(0)
        self._show_hit()
        self._count()

    def _show_hit(self) -> None:
        item = self.list.currentItem()
        hit: Hit | None = item.data(_HIT) if item is not None else None
        self.before.show_text(hit.place.text if hit else "", hit.found if hit else ())
        self.after.show_text(hit.after if hit else "", hit.put if hit else ())
        self.problem.setText(hit.problem if hit else "")

    def chosen(self) -> list[Hit]:
        """The hits that are to change."""
        items = (self.list.item(place) for place in range(self.list.count()))
        return [item.data(_HIT) for item in items if item.checkState() == Qt.CheckState.Checked]

    def _count(self) -> None:
        places = len(self.chosen())
        self.replace_button.setEnabled(bool(places))
        self.replace_button.set_text(f"Replace in {wording.count(places, 'text')}" if places else "Replace")
        if self.list.count():
            self.counted.setText(
                "Texts that wait on the desk are written anew; what was pressed is not changed."
            )
        else:
            self.counted.setText("It stands nowhere." if self._asked[0] else "Type what to look for.")

    # -- doing ----------------------------------------------------------------------------------

    def replace(self) -> None:
        """Change the chosen texts, all or none."""
        hits = self.chosen()
        if not hits or not self.replace_button.isEnabled():
            return
        self.replace_button.setEnabled(False)
        workspace, key = self.workspace, self._campaign

        def done(count: int) -> None:
            self.replaced.emit(count)
            self.accept()

        background.run(
            self,
            lambda _job: replacing.replace(workspace.store, workspace.clock, key, hits),
            done,
            self._failed,
        )

    def _failed(self, error: Exception) -> None:
        self.error.show_error(wording.sentence(error), action="Close")
        self.look()
