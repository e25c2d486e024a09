"""Keeps what is changed at the side of the open thread: details, tags, notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.conversations import noting
from app.conversations.opened import Opened
from ui.inbox.details import Details
from ui.inbox.tags_notes import TagsNotes

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
        page.person.below.addWidget(self.below)
        self.details.changed.connect(self._field)
        self.below.tag_added.connect(lambda thread, tag: self._tags(thread, add=tag))
        self.below.tag_removed.connect(lambda thread, tag: self._tags(thread, remove=tag))
        self.below.notes_changed.connect(self._notes)
        for widget in (self.details, self.below):
            widget.left.connect(page.to_composer)

    def show_person(self, here: Opened | None) -> None:
        """Whom the open thread is with."""
        self.details.show_person(here)
        self.below.show_person(here)

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
        w = self._page.workspace
        self._run(lambda: noting.set_field(w.store, w.clock, thread, name, value, w.settings.country))

    def _tags(self, thread: int, *, add: str = "", remove: str = "") -> None:
        w = self._page.workspace
        self._run(lambda: noting.change_tags(w.store, w.clock, thread, add=add, remove=remove))

    def _notes(self, thread: int, text: str) -> None:
        w = self._page.workspace
        self._run(lambda: noting.set_notes(w.store, w.clock, thread, text))

    def _run(self, work: Callable[[], None]) -> None:
        page = self._page
        page.lane.run(work, lambda _none: page.read_again(), page.failed)
