"""Beside a person: whether their number is taken for a bad one, and that it works all the same."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.people import reach
from app.workspace import Workspace
from ui import background, wording
from ui.contacts.person import PersonPanel


class Reaching(QObject):
    """Tells a panel what is known of the number it shows, and keeps what a person says of it."""

    def __init__(self, workspace: Workspace, panel: PersonPanel) -> None:
        super().__init__(panel)
        self._workspace, self._panel = workspace, panel
        panel.shown.connect(self._look)
        panel.works_asked.connect(self._keep)

    def _look(self, contact_id: int) -> None:
        def done(found: reach.Failure | None) -> None:
            if self._panel.contact is not None and self._panel.contact.id == contact_id:
                self._panel.show_failure(found)

        background.run(self, lambda _job: reach.of_contact(self._workspace.store, contact_id), done)

    def _keep(self, contact_id: int) -> None:
        workspace = self._workspace
        background.run(
            self,
            lambda _job: reach.say_it_works(workspace.store, workspace.clock, contact_id, workspace.operator),
            lambda _none: self._look(contact_id),
            lambda error: self._panel.say_problem(wording.sentence(error)),
        )
