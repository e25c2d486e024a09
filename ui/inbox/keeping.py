"""Keeps what is changed at the side of the open thread: details, tags, notes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app import undo
from app.conversations import noting
from app.conversations.opened import Opened
from app.store.engine import Store
from app.undo import Undo
from ui.inbox.details import Details
from ui.inbox.past import PastPane
from ui.inbox.tags_notes import TagsNotes
from ui.widgets import one_line

if TYPE_CHECKING:
    from ui.inbox.page import InboxPage


class Keeping(QObject):
    """The details, tags and notes of an inbox page, in the slots of its person pane."""

    def __init__(self, page: InboxPage) -> None:
        super().__init__(page)
        self._page = page
        self.details = Details(page.person)
        self.below = TagsNotes(page.person)
        page.person.details.addWidget(self.details)
        self.past = PastPane(page.workspace, page.person)
        page.person.below.addWidget(self.below)
        page.person.below.addWidget(self.past)
        self.details.changed.connect(self._field)
        self.below.tag_added.connect(lambda thread, tag: self._tags(thread, add=tag))
        self.below.tag_removed.connect(lambda thread, tag: self._tags(thread, remove=tag))
        self.below.notes_changed.connect(self._notes)
        for widget in (self.details, self.below, self.past):
            widget.left.connect(page.to_composer)

    def show_person(self, here: Opened | None) -> None:
        """Whom the open thread is with."""
        self.details.show_person(here)
        self.below.show_person(here)
        self.past.show_person(here)

    def show_past(self) -> None:
        """What was between us and this person, opened or closed."""
        self._reveal()
        self.past.open()

    def change_details(self) -> None:
        """To the details."""
        self._reveal()
        self.details.change()

    def ask_tag(self) -> None:
        """Type a tag."""
        self._reveal()
        self.below.ask_tag()

    def write_note(self) -> None:
        """Write a note."""
        self._reveal()
        self.below.write_note()

    def _reveal(self) -> None:
        if not self._page.person.isVisible():
            self._page.pane.head.person_button.setChecked(True)

    def _field(self, thread: int, name: str, value: str) -> None:
        w, page = self._page.workspace, self._page
        country = w.settings.country

        def back(before: str | None, store: Store) -> str:
            return noting.put_field_back(store, w.clock, thread, name, before, value, country)

        def done(before: str | None) -> None:
            self._can_undo(f"{one_line(name, 40)}: {one_line(value, 40)}", partial(back, before))

        page.lane.run(
            lambda: noting.set_field(w.store, w.clock, thread, name, value, country), done, page.failed
        )

    def _tags(self, thread: int, *, add: str = "", remove: str = "") -> None:
        w, page = self._page.workspace, self._page

        def back(store: Store) -> str:
            noting.change_tags(store, w.clock, thread, add=remove, remove=add)
            return ""

        def done(_none: None) -> None:
            words = f"Tag {one_line(add, 60)}" if add else f"Took the tag {one_line(remove, 60)} away"
            self._can_undo(words, back)

        page.lane.run(
            lambda: noting.change_tags(w.store, w.clock, thread, add=add, remove=remove), done, page.failed
        )

    def _can_undo(self, words: str, act: Callable[[Store], str]) -> None:
        page = self._page
        undo.of(page.workspace.store).push(Undo(words, act, page.workspace.operator, page.read_again))
        page.read_again()

    def _notes(self, thread: int, text: str) -> None:
        w = self._page.workspace
        page = self._page
        page.lane.run(
            lambda: noting.set_notes(w.store, w.clock, thread, text),
            lambda _none: page.read_again(),
            page.failed,
        )
