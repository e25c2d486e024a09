"""The dialogs around a campaign's text: templates, plain letters, fields, proofs, what checks look for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from app.campaigns import library, office
from app.campaigns.office import Office
from ui import background, wording

if TYPE_CHECKING:
    from ui.campaigns.editor import CampaignEditor
    from ui.campaigns.proof import ProofDialog


class TextDialogs(QObject):
    """Opens them over the editor and does what they say."""

    def __init__(self, editor: CampaignEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def wire(self) -> None:
        """Connect the editor's buttons; its panels exist by now."""
        editor = self._editor
        editor.message.library_asked.connect(self.ask_library)
        editor.menu.keep_asked.connect(self.ask_keep)
        editor.message.fields_asked.connect(self.ask_fields)
        editor.message.plain.asked.connect(self.ask_plain)
        editor.checks.proof_asked.connect(self.ask_proof)
        editor.checks.office_asked.connect(self.ask_office)
        for keys, act in (("Ctrl+T", self.ask_library), ("Ctrl+P", self.ask_proof), ("Ctrl+S", editor.save)):
            QShortcut(QKeySequence(keys), editor).activated.connect(act)

    def ask_library(self) -> None:
        """Choose a template."""
        from ui.campaigns.library import LibraryDialog

        dialog = LibraryDialog(self._editor.workspace, self._editor)
        dialog.taken.connect(self._editor.message.replace)
        dialog.open()

    def ask_keep(self) -> None:
        """Keep the text as a template."""
        from ui.campaigns.library import SaveTemplateDialog

        editor = self._editor
        text = editor.message.text()
        dialog = SaveTemplateDialog(editor.about.name.text(), editor)
        workspace = editor.workspace

        def keep() -> None:
            name, purpose = dialog.values()
            background.run(
                editor,
                lambda _job: library.save(workspace.store, workspace.clock, name, purpose, text),
                lambda _key: editor.notice.say(f"“{name}” is among the templates now.", "good"),
                lambda error: editor.error.show_error(wording.sentence(error), action="Close"),
            )

        dialog.accepted.connect(keep)
        dialog.open()

    def ask_fields(self) -> None:
        """The campaign's own fields."""
        from ui.campaigns.fields import FieldsDialog

        editor = self._editor
        dialog = FieldsDialog(editor.own_fields, editor)
        dialog.accepted.connect(lambda: editor.change(fields=dialog.fields()))
        dialog.open()

    def ask_plain(self) -> None:
        """Before and after in plain letters."""
        from ui.campaigns.plain import PlainDialog

        dialog = PlainDialog(self._editor.message.text(), self._editor)
        dialog.taken.connect(self._editor.message.replace)
        dialog.open()

    def ask_proof(self) -> None:
        """Every message, one after another."""
        from ui.campaigns.proof import ProofDialog

        editor = self._editor
        if editor.campaign_id is None:
            return
        editor.save()
        campaign_id = editor.campaign_id
        editor.after_saving(lambda: self._open_proof(ProofDialog(editor.workspace, campaign_id, editor)))

    def _open_proof(self, dialog: ProofDialog) -> None:
        dialog.person_asked.connect(lambda contact: self._editor.navigate("contacts", contact_id=contact))
        dialog.open()

    def ask_office(self) -> None:
        """Own words and links, and what a segment costs."""
        from ui.campaigns.office_dialog import OfficeDialog

        editor, store = self._editor, self._editor.workspace.store

        def show(found: tuple[Office, tuple[tuple[int, str], ...]]) -> None:
            dialog = OfficeDialog(*found, editor)
            dialog.accepted.connect(lambda: self._keep_office(dialog.office()))
            dialog.open()

        background.run(editor, lambda _job: (office.get(store), office.lines(store)), show)

    def _keep_office(self, ours: Office) -> None:
        editor, store = self._editor, self._editor.workspace.store
        background.run(editor, lambda _job: office.save(store, ours), lambda _none: editor.look_again())
