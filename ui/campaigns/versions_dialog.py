"""The versions of a campaign's texts: what changed, word by word, and how many texts left with each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.campaigns import versions
from app.campaigns.local import moment
from app.campaigns.versions import Version
from app.workspace import Workspace
from ui import background, theme
from ui.widgets import KeyButton, PlainLabel
from ui.widgets_message import MessageView

_VERSION = int(Qt.ItemDataRole.UserRole)


class VersionsDialog(QDialog):
    """The newest of each text first."""

    def __init__(self, workspace: Workspace, campaign_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Versions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        width = parent.window().width() if parent is not None else 900
        self.resize(min(theme.em(self, 54), width - 40), theme.em(self, 28))
        self.list = QListWidget(self)
        self.list.setAccessibleName("Versions")
        self.list.setSpacing(theme.em(self, 0.2))
        self.list.currentItemChanged.connect(lambda *_items: self._show_one())
        self.counted = PlainLabel("", self, quiet=True, wrap=True)
        self.before, self.after = MessageView(self), MessageView(self)
        self.before_title = PlainLabel("", self, bold=True)
        self.after_title = PlainLabel("", self, bold=True)
        sides = QVBoxLayout()
        for title, view in ((self.after_title, self.after), (self.before_title, self.before)):
            sides.addWidget(title)
            sides.addWidget(view, 1)
        sides.addWidget(self.counted)
        body = QHBoxLayout()
        body.setSpacing(theme.em(self, 1))
        body.addWidget(self.list, 2)
        body.addLayout(sides, 3)
        close = KeyButton("Close", "Esc", self)
        close.clicked.connect(self.reject)
        last = QHBoxLayout()
        last.addStretch(1)
        last.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.8))
        layout.addWidget(PlainLabel("Versions of the text", self, bold=True, size="title"))
        layout.addLayout(body, 1)
        layout.addLayout(last)
        self.list.setFocus()
        store, self._now = workspace.store, workspace.clock.now()
        background.run(self, lambda _job: versions.of_campaign(store, campaign_id), self._show)

    def _show(self, found: tuple[Version, ...]) -> None:
        several = len({each.label for each in found}) > 1
        for each in found:
            name = f"Text {each.label}, version {each.version}" if several else f"Version {each.version}"
            item = QListWidgetItem(f"{name} · {moment(each.at, self._now)}")
            item.setData(_VERSION, each)
            self.list.addItem(item)
        if not found:
            self.counted.setText("Versions are kept from the start of the campaign on.")
        self.list.setCurrentRow(0)

    def _show_one(self) -> None:
        item = self.list.currentItem()
        if item is None:
            return
        each: Version = item.data(_VERSION)
        self.after_title.setText(f"Version {each.version}" + (": what is new" if each.new else ""))
        self.after.show_text(each.text, each.new)
        self.before_title.setText(f"Version {each.version - 1}: what went" if each.before else "")
        self.before.setVisible(bool(each.before))
        self.before.show_text(each.before, each.gone)
        self.counted.setText(f"Left with this version: {each.left:,}. Waiting with it: {each.waiting:,}.")
