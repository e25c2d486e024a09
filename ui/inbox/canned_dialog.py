"""Canned replies changed by keyboard: whose they are, their order, and what each brings."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.conversations import canned, canned_files
from app.conversations.canned import EVERYBODY, Option, Reply, Shelf
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.inbox.canned_form import CannedForm
from ui.inbox.joins_dialog import JoinsDialog
from ui.lane import Lane
from ui.listrows import RowDelegate, RowWords
from ui.paged import ROW_ROLE
from ui.widgets import KeyButton, Notice, PlainLabel, one_line
from ui.widgets_flow import FlowLayout

TABLES = "Tables (*.csv)"
Found = tuple[tuple[Reply, ...], tuple[Option, ...]]


class CannedDialog(QDialog):
    """See the module. Opened from the inbox and from a campaign (``campaign_id``).

    ``changed`` is emitted after every change. A texter changes only their own.
    """

    changed = Signal()

    def __init__(
        self, workspace: Workspace, parent: QWidget | None = None, *, campaign_id: int | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Canned replies")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        width = parent.window().width() if parent is not None else 1000
        height = parent.window().height() if parent is not None else 700
        self.resize(min(theme.em(self, 66), width - 40), min(theme.em(self, 42), height - 60))
        self._workspace = workspace
        self._lane = Lane(self)
        self._wanted: int | None = None
        self._gone: Reply | None = None
        self._reading = 0
        self.shelf = QComboBox(self)
        self.shelf.setAccessibleName("Whose replies")
        if campaign_id is not None:
            self.shelf.addItem("Of this campaign", Shelf(campaign_id))
        if workspace.operator:
            self.shelf.addItem("Only mine", Shelf(operator=workspace.operator))
        self.shelf.addItem("For everyone", EVERYBODY)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Canned replies")
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(RowDelegate(self._row_words, self.list))
        self.form = CannedForm(self)
        self.notice = Notice("", "accent", parent=self)
        self.notice.acted.connect(self._put_back)
        self._build()
        self._wire()
        self.again()

    def _build(self) -> None:
        self.new_button = KeyButton("New", "Ctrl+N", self)
        self.up_button = KeyButton("Up", "Alt+Up", self)
        self.down_button = KeyButton("Down", "Alt+Down", self)
        self.delete_button = KeyButton("Delete", "Ctrl+Del", self, danger=True)
        self.import_button = KeyButton("Import…", parent=self)
        self.export_button = KeyButton("Export…", parent=self)
        self.joins_button = KeyButton("Join keywords…", parent=self)
        self.close_button = KeyButton("Close", "Esc", self)
        self.save_button = self.form.save_button
        head = QHBoxLayout()
        head.addWidget(self.shelf)
        head.addWidget(
            PlainLabel("The first nine of all that fit a conversation have a key.", self, quiet=True), 1
        )
        body = QHBoxLayout()
        body.setSpacing(theme.em(self, 1))
        body.addWidget(self.list, 4)
        body.addWidget(self.form, 5)
        holder = QWidget(self)
        foot = FlowLayout(holder, gap=theme.em(self, 0.4))
        for button in (
            self.new_button, self.up_button, self.down_button, self.delete_button, self.import_button,
            self.export_button, self.joins_button, self.close_button,
        ):  # fmt: skip
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self.notice)
        layout.addLayout(body, 1)
        layout.addWidget(holder)

    def _wire(self) -> None:
        self.shelf.currentIndexChanged.connect(lambda _index: self._other_shelf())
        self.list.currentItemChanged.connect(lambda _new, _old: self._look())
        self.form.save_asked.connect(self.save)
        self.close_button.clicked.connect(self.reject)
        acts: tuple[tuple[KeyButton, str, Callable[[], None]], ...] = (
            (self.new_button, "Ctrl+N", self.new),
            (self.up_button, "Alt+Up", lambda: self.move_by(-1)),
            (self.down_button, "Alt+Down", lambda: self.move_by(1)),
            (self.delete_button, "Ctrl+Del", self.delete),
            (self.import_button, "", self._import),
            (self.export_button, "", self._export),
            (self.joins_button, "", self._open_joins),
        )
        for button, keys, act in acts:
            button.clicked.connect(act)
            if keys:
                QShortcut(QKeySequence(keys), self).activated.connect(act)
        QShortcut(QKeySequence("Ctrl+S"), self).activated.connect(self.save)

    # -- what is shown --------------------------------------------------------------------------

    @property
    def here(self) -> Shelf:
        """The shelf in view."""
        found = self.shelf.currentData()
        return found if isinstance(found, Shelf) else EVERYBODY

    @property
    def _why_not(self) -> str:
        return "" if self.here.personal else self._workspace.why_not("start")

    def again(self) -> None:
        """Read the shelf anew."""
        store, shelf = self._workspace.store, self.here
        self._reading += 1
        reading = self._reading

        def work(_job: background.Job) -> Found:
            options = canned.options(store, shelf.campaign_id) if shelf.campaign_id is not None else ()
            return canned.of_shelf(store, shelf), options

        def done(found: Found) -> None:
            if reading == self._reading:
                self._show(*found)

        background.run(self, work, done, self._failed)

    def _other_shelf(self) -> None:
        self.notice.say("")
        self._wanted = self._gone = None
        self.again()

    def _show(self, replies: tuple[Reply, ...], options: tuple[Option, ...]) -> None:
        current = self.current()
        wanted = self._wanted if self._wanted is not None else (current.id if current else None)
        self._wanted = None
        self.form.show_options(options)
        self.list.blockSignals(True)
        self.list.clear()
        for place, reply in enumerate(replies):
            item = QListWidgetItem(self.list)
            item.setData(ROW_ROLE, reply)
            words = self._row_words(reply)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{words.title}, {words.second}")
            if reply.id == wanted or (wanted is None and place == 0):
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._look()

    def _row_words(self, reply: Reply) -> RowWords:
        chips = ((f"tag {reply.tag}", "neutral"),) if reply.tag else ()
        action = {"": "", "done": "done", "opt_out": "opt out"}[reply.action]
        text = one_line(reply.text, 300) or "no text"
        return RowWords(one_line(reply.label), text, action, chips=chips)

    def current(self) -> Reply | None:
        """The reply in view; None where a new one is written."""
        item = self.list.currentItem()
        reply = item.data(ROW_ROLE) if item is not None else None
        return reply if isinstance(reply, Reply) else None

    def _look(self) -> None:
        why, reply = self._why_not, self.current()
        self.form.show_reply(reply, locked=bool(why))
        for button in (self.up_button, self.down_button, self.delete_button):
            button.setEnabled(not why and reply is not None)
        self.new_button.setEnabled(not why)
        self.import_button.setEnabled(not why)
        if why and not self.notice.isVisible():
            self.notice.say(f"{why} Your own replies are under “Only mine”.", "warn")

    # -- what a person does ---------------------------------------------------------------------

    def new(self) -> None:
        """Write another reply."""
        if not self._why_not:
            self.list.setCurrentRow(-1)
            self.form.show_reply(None)
            self.form.label.setFocus()

    def save(self) -> None:
        """Keep what is written."""
        if self._why_not:
            return
        workspace, shelf, draft, reply = self._workspace, self.here, self.form.draft(), self.current()

        def work() -> int:
            key = reply.id if reply is not None else None
            return canned.save(workspace.store, workspace.clock, shelf, draft, key)

        def done(key: int) -> None:
            self.notice.say("Kept.", "good")
            self._after(key)

        self._lane.run(work, done, self._failed)

    def move_by(self, by: int) -> None:
        """Move the reply in view up or down."""
        reply, store = self.current(), self._workspace.store
        if reply is not None and not self._why_not:
            self._lane.run(
                lambda: canned.move(store, reply.id, by), lambda _none: self._after(reply.id), self._failed
            )

    def delete(self) -> None:
        """Take the reply in view out; it can be put back."""
        reply, store = self.current(), self._workspace.store
        if reply is None or self._why_not:
            return

        def done(gone: Reply | None) -> None:
            self._gone = gone
            self.notice.say(f"“{one_line(reply.label)}” is deleted.", "accent", "Put it back")
            self._after(None)

        self._lane.run(lambda: canned.delete(store, reply.id), done, self._failed)

    def _put_back(self) -> None:
        gone, self._gone = self._gone, None
        workspace = self._workspace
        if gone is not None:
            self.notice.say("")
            self._lane.run(
                lambda: canned.put_back(workspace.store, workspace.clock, gone), self._after, self._failed
            )

    def _after(self, key: int | None) -> None:
        self._wanted = key
        self.again()
        self.changed.emit()

    def _import(self) -> None:
        path = dialogs.open_file(self, "Canned replies to add", TABLES)
        workspace, shelf = self._workspace, self.here
        if path is None:
            return

        def done(result: canned_files.Imported) -> None:
            words = f"{wording.count(result.added, 'reply', 'replies')} added"
            words += f", {result.already:,} were there already" if result.already else ""
            if result.rejects:
                line, why = result.rejects[0]
                words += f". Left out {len(result.rejects)}: line {line}: {one_line(why, 160)}"
            self.notice.say(words, "warn" if result.rejects else "good")
            self._after(None)

        self._lane.run(
            lambda: canned_files.import_file(workspace.store, workspace.clock, shelf, path),
            done,
            self._failed,
        )

    def _export(self) -> None:
        path = dialogs.save_file(self, "Canned replies as a table", "canned replies.csv", TABLES)
        store, shelf = self._workspace.store, self.here
        if path is not None:
            self._lane.run(
                lambda: canned_files.export(store, shelf, path),
                lambda count: self.notice.say(
                    f"{wording.count(count, 'reply', 'replies')} written to {one_line(path.name)}.", "good"
                ),
                self._failed,
            )

    def _open_joins(self) -> None:
        dialog = JoinsDialog(self._workspace, self)
        dialog.changed.connect(self.changed)
        dialog.open()

    def _failed(self, error: Exception) -> None:
        self.notice.say(wording.sentence(error), "bad")
