"""The Contacts page: find a person, change details, import and export lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QMenu, QStackedLayout, QVBoxLayout, QWidget

from app.people import beside, contacts, numbers
from app.people.contacts import Contact, ContactRow
from app.people.fields import MONTH_FIRST
from app.people.finding import Filter, Order
from app.workspace import Workspace
from ui import background, dialogs, theme, wording
from ui.bridge import Bridge
from ui.contacts.audiences_dialog import AudiencesDialog
from ui.contacts.exporting import Exporting
from ui.contacts.fields_dialog import FieldsDialog
from ui.contacts.filterbar import Choices, FilterBar, choices
from ui.contacts.import_dialog import ImportDialog
from ui.contacts.person import PersonPanel
from ui.contacts.privacy import PersonPrivacy
from ui.contacts.reaching import Reaching
from ui.contacts.rows import row_spoken, row_words
from ui.contacts.tag_dialog import TagDialog
from ui.listrows import RowDelegate
from ui.operators.guard import allowed
from ui.paged import PagedList, PagedModel
from ui.widgets import EmptyState, ErrorPanel, KeyButton, Notice, PageHeader, Panel, SearchBox, one_line


class ContactsPage(QWidget):
    """See the module. ``open_at(contact_id=…)`` shows a person, ``open_at(import_list=True)`` the import."""

    def __init__(
        self, workspace: Workspace, lines: object, bridge: Bridge, navigate: Callable[..., None]
    ) -> None:
        super().__init__()
        self.workspace, self._navigate = workspace, navigate
        self._query, self._total = "", 0
        self._filter = Filter()
        self._started = False
        self._wanted = 0  # the person that is to be shown, whichever answer comes first
        self.model = PagedModel(
            self._reader(Filter()), key=lambda row: row.id, text=row_spoken, page=100, parent=self
        )
        self._build()
        self._counts = background.Refresher(self, self._read_count, self._show_count)
        self._offers = background.Refresher(self, lambda _job: choices(workspace.store), self._show_choices)
        self.model.loaded.connect(self._look)
        self.model.failed.connect(self.failed)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._choose(self.list.current_row()))
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._look_at_selection())
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(150)
        self._later.timeout.connect(self.refresh)
        for signal in (bridge.contacts_changed, bridge.opt_out_changed, bridge.changed_elsewhere):
            signal.connect(lambda _event: self._soon())

    # -- looks ----------------------------------------------------------------------------------

    def _build(self) -> None:
        self.header = PageHeader("Contacts", "", self)
        self.tag_button = KeyButton("Tag…", "Ctrl+T", self)
        self.audiences_button = KeyButton("Audiences…", parent=self)
        self.more_button = KeyButton("More…", parent=self)
        self.more_button.setAccessibleName("More to do with contacts")
        self.add_button = KeyButton("Add a person…", parent=self)
        self.import_button = KeyButton("Import a list…", "Ctrl+I", self, primary=True)
        for button in (
            self.tag_button, self.audiences_button, self.more_button, self.add_button, self.import_button,
        ):  # fmt: skip
            self.header.buttons.addWidget(button)
        self.tag_button.clicked.connect(self.ask_tags)
        self.audiences_button.clicked.connect(self.ask_audiences)
        self.exporting = Exporting(self)
        self.more = QMenu(self)
        self.more.addAction("Fields…").triggered.connect(self.ask_fields)
        self.more.addAction("Export…").triggered.connect(self.exporting.ask)
        self.more_button.clicked.connect(self.show_more)
        self.add_button.clicked.connect(self.ask_add)
        self.import_button.clicked.connect(self.ask_import)
        self.search = SearchBox("Search names, numbers, tags and notes", self)
        self.filters = FilterBar(self)
        self.filters.changed.connect(self._refilter)
        self.search.searched.connect(self._searched)
        self.list = PagedList(self.model, "People", self)
        self.list.setItemDelegate(RowDelegate(row_words, self.list))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.activated_row.connect(self._edit)
        self.empty = EmptyState("", "", "", icon="users")
        self.empty.acted.connect(self.ask_import)
        self.person = PersonPanel(self, month_first=self.workspace.settings.country in MONTH_FIRST)
        Reaching(self.workspace, self.person)
        self.privacy = PersonPrivacy(self.workspace, self.person)
        self.person.text_instead_asked.connect(self._text_instead)
        self.person.save_asked.connect(self._save)
        self.person.write_asked.connect(lambda number: self._navigate("inbox", number=number))
        self.person.opt_outs_asked.connect(lambda number: self._navigate("optouts", number=number))
        self.notice = Notice("", "good", "Close", self)
        self.notice.acted.connect(self.notice.hide)
        self.privacy.written.connect(lambda words: self.notice.say(words, "warn", "Close"))
        self.privacy.erased.connect(lambda words: self.notice.say(words, "good", "Close"))
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self._lay_out()
        for keys, action in (
            ("Ctrl+K", self.search.setFocus),
            ("Ctrl+I", self.ask_import),
            ("Ctrl+T", self.ask_tags),
        ):
            QShortcut(QKeySequence(keys), self).activated.connect(action)
        self.setFocusProxy(self.search)

    def _lay_out(self) -> None:
        space = theme.em(self, 1)
        left = Panel(self, margin=0)
        top = QVBoxLayout()
        top.setSpacing(theme.em(self, 0.5))
        top.setContentsMargins(space, space, space, theme.em(self, 0.3))
        top.addWidget(self.search)
        top.addWidget(self.filters)
        left.body.addLayout(top)
        under = QWidget(left)
        self._under = QStackedLayout(under)
        self._under.addWidget(self.list)
        self._under.addWidget(self.empty)
        left.body.addWidget(under, 1)
        left.body.setContentsMargins(1, 0, 1, theme.em(self, 0.6))  # the corners stay round
        self.person.setFixedWidth(theme.em(self, 23))
        body = QHBoxLayout()
        body.setContentsMargins(space, space, space, space)
        body.setSpacing(space)
        body.addWidget(left, 1)
        body.addWidget(self.person)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for widget in (self.header, self.error, self.notice):
            layout.addWidget(widget)
        layout.addLayout(body, 1)

    # -- the page -------------------------------------------------------------------------------

    def show_more(self) -> None:
        """Open what is needed now and then below its button; its first entry has the keyboard."""
        self.more.popup(self.more_button.mapToGlobal(QPoint(0, self.more_button.height())))
        self.more.setActiveAction(self.more.actions()[0])

    def title(self) -> str:
        """The window's title."""
        return "Contacts"

    def _soon(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def refresh(self) -> None:
        """Read again what is shown; a person who is being changed stays as typed."""
        if not self.isVisible():
            return
        if not self._started:
            self._started = True
            self.model.restart()
        else:
            self.model.refresh()
        self._counts.again()
        self._offers.again()
        if self.person.contact is not None and not self.person.changes():
            self._tell(self.person.contact.id)

    def open_at(
        self, contact_id: int | None = None, import_list: bool = False, path: Path | None = None
    ) -> None:
        """Show one person, or the import."""
        if contact_id is not None:
            self._tell(contact_id)
        if import_list or path is not None:
            self.ask_import(path)

    def _reader(self, wanted: Filter, order: Order = Order()) -> Callable[[Any, int], Sequence[ContactRow]]:  # noqa: B008
        def read(after: ContactRow | None, limit: int) -> Sequence[ContactRow]:
            place = (after.place, after.id) if after is not None else None
            return contacts.page(
                self.workspace.store, query=wanted.query, tag_id=wanted.tag_id, list_id=wanted.list_id,
                order=order, after=place, limit=limit,
            )  # fmt: skip

        return read

    def wanted(self) -> Filter:
        """Whom the search and the choices under it leave."""
        return Filter(self._query, self.filters.tag_id(), self.filters.list_id())

    def _read_count(self, _job: background.Job) -> tuple[int, int]:
        wanted, store = self._filter, self.workspace.store
        total = contacts.count(store)
        if wanted.empty:
            return total, total
        return total, contacts.count(store, wanted.query, wanted.list_id, wanted.tag_id)

    def _show_count(self, counted: tuple[int, int]) -> None:
        total, self._total = counted
        words = wording.count(total, "person", "people") if total else ""
        narrowed = not self._filter.empty and total
        self.header.set_words("Contacts", f"{self._total:,} of {words}" if narrowed else words)
        self._look_at_selection()

    def _show_choices(self, found: Choices) -> None:
        self.filters.show_choices(found)
        self.person.kinds = dict(found.fields)
        self.person.suggest_tags([row.name for row in found.tags])

    def _searched(self, text: str) -> None:
        if text.strip() == self._query and self._started:
            return
        self._query, self._started = text.strip(), True
        self._refilter()

    def _refilter(self) -> None:
        self._filter = self.wanted()
        self.model.restart(self._reader(self._filter, self.filters.chosen_order()))
        self._counts.again()

    def _look(self) -> None:
        if self.model.rowCount():
            self._under.setCurrentWidget(self.list)
            return
        self._under.setCurrentWidget(self.empty)
        if not self._filter.empty:
            self.empty.show_words("Nobody by that name or number", "Try fewer letters, or the last digits.")
        else:
            self.empty.show_words(
                "Nobody here yet",
                "Import a list of people: a CSV file, a spreadsheet, or numbers pasted from anywhere. "
                "One column of numbers is enough.",
                "Import a list…",
            )

    # -- one person -----------------------------------------------------------------------------

    def _choose(self, row: ContactRow | None) -> None:
        if row is not None:
            self._tell(row.id)

    def _edit(self, _row: ContactRow) -> None:
        self.person.edits["name"].setFocus()

    def _tell(self, contact_id: int) -> None:
        self._wanted = contact_id

        def done(contact: Contact | None) -> None:
            if contact_id == self._wanted:
                self.person.show_contact(contact)

        background.run(self, lambda _job: contacts.get(self.workspace.store, contact_id), done, self.failed)

    def _save(self, contact_id: int, changes: dict[str, Any]) -> None:
        store, clock, country = self.workspace.store, self.workspace.clock, self.workspace.settings.country
        operator = self.workspace.operator
        background.run(
            self,
            lambda _job: contacts.save(store, clock, contact_id, changes, country, operator),
            self._saved,
            lambda error: self.person.say_problem(wording.sentence(error)),
        )

    def _saved(self, contact: Contact) -> None:
        self.person.show_contact(contact)
        self.notice.say("Saved.", "good", "Close")

    def _text_instead(self, contact_id: int, number: str) -> None:
        store, clock, operator = self.workspace.store, self.workspace.clock, self.workspace.operator
        background.run(
            self,
            lambda _job: contacts.text_instead(store, clock, contact_id, number, operator),
            self._saved,
            lambda error: self.person.say_problem(wording.sentence(error)),
        )

    # -- many people ----------------------------------------------------------------------------

    def selected(self) -> list[ContactRow]:
        """The rows that are selected, in order."""
        indexes = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [row for row in map(self.model.row, indexes) if row is not None]

    def _look_at_selection(self) -> None:
        chosen = len(self.selected())
        self.tag_button.set_text(f"Tag {chosen:,}…" if chosen > 1 else "Tag…")
        self.tag_button.setEnabled(bool(chosen or self._total))

    def ask_tags(self) -> TagDialog | None:
        """Tag the people who are selected, or everybody whom the search leaves."""
        if not self.tag_button.isEnabled():
            return None
        known = [self.filters.tag.itemText(i) for i in range(1, self.filters.tag.count())]
        chosen = [row.id for row in self.selected()]
        self._tags = dialog = TagDialog(chosen, self._total, known, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._tag(dialog))
        dialog.open()
        return dialog

    def _tag(self, dialog: TagDialog) -> None:
        store, wanted, add, remove = self.workspace.store, self._filter, dialog.added(), dialog.removed()
        chosen = None if dialog.everybody() else dialog.chosen

        def work(_job: background.Job) -> int:
            people = contacts.ids(store, wanted) if chosen is None else chosen
            beside.tag_people(store, people, add=add, remove=remove)
            return len(people)

        def done(count: int) -> None:
            words = [f"tagged {', '.join(add)}"] if add else []
            words += [f"no longer tagged {', '.join(remove)}"] if remove else []
            who = wording.count(count, "person", "people")
            self.notice.say(one_line(f"{who}: {'; '.join(words)}."), "good", "Close")

        background.run(self, work, done, self.failed)

    def ask_fields(self) -> FieldsDialog:
        """What kind each field is."""
        self._fields = dialog = FieldsDialog(self.workspace, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.changed.connect(self.refresh)
        dialog.open()
        return dialog

    def ask_audiences(self) -> AudiencesDialog:
        """Saved filters over people, and campaigns with them."""
        self._audiences = dialog = AudiencesDialog(self.workspace, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.campaign_asked.connect(lambda list_id: self._navigate("campaigns", list_id=list_id))
        dialog.open()
        return dialog

    def ask_add(self) -> None:
        """Ask for one person's number and name."""
        country = self.workspace.settings.country

        def problem(values: tuple[str, ...]) -> str:
            try:
                numbers.parse(values[0], country)
            except numbers.NumberError as error:
                return str(error)
            return ""

        self._dialog = dialog = dialogs.FormDialog(
            self,
            "Add a person",
            "",
            (("Number", "In any form: (312) 555-0187", 3), ("Name", "", 0)),
            "Add",
            check=problem,
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self._add(*dialog.values()))
        dialog.open()

    def _add(self, number: str, name: str) -> None:
        store, clock, country = self.workspace.store, self.workspace.clock, self.workspace.settings.country
        operator = self.workspace.operator
        background.run(
            self,
            lambda _job: contacts.add(store, clock, number, name, country=country, operator=operator),
            self._tell,
            self.failed,
        )

    def failed(self, error: Exception) -> None:
        """Say what went wrong."""
        self.error.show_error(wording.sentence(error), action="Close")

    # -- lists ----------------------------------------------------------------------------------

    def ask_import(self, path: Path | bool | None = None) -> ImportDialog | None:
        """Open the import, with ``path`` if there is one. A texter is told who may."""
        if not allowed(self, self.workspace, "import", lambda: self.ask_import(path)):
            return None
        self._import = dialog = ImportDialog(self.workspace, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.campaign_asked.connect(lambda list_id: self._navigate("campaigns", list_id=list_id))
        dialog.imported.connect(lambda _list_id: self.refresh())
        dialog.open()
        if isinstance(path, Path):
            dialog.read(path)
        return dialog
