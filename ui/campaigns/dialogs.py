"""The dialogs around a campaign's text: templates, plain letters, fields, proofs, what checks look for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut

from app.campaigns import choosing, library, office
from app.campaigns.campaign import Check
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
        editor.menu.replace_asked.connect(self.ask_replace)
        editor.menu.versions_asked.connect(self.ask_versions)
        editor.message.fields_asked.connect(self.ask_fields)
        editor.message.plain.asked.connect(self.ask_plain)
        editor.checks.proof_asked.connect(self.ask_proof)
        editor.checks.office_asked.connect(self.ask_office)
        editor.checks.leave_asked.connect(self.leave_out)
        editor.about.choose_asked.connect(self.ask_people)
        acts = (
            ("Ctrl+T", self.ask_library),
            ("Ctrl+P", self.ask_proof),
            ("Ctrl+S", editor.save),
            ("Ctrl+O", self.ask_people),
            ("Ctrl+H", self.ask_replace),
            ("Ctrl+I", editor.message.inserting.show),
        )
        for keys, act in acts:
            QShortcut(QKeySequence(keys), editor).activated.connect(act)

    def ask_people(self) -> None:
        """Choose lists and audiences, and who is left out of them."""
        from ui.campaigns.people_dialog import PeopleChoice

        editor = self._editor
        if editor.campaign_id is None or editor.state != "draft":
            return
        editor.save()
        dialog = PeopleChoice(editor.workspace, editor.campaign_id, editor)
        dialog.taken.connect(self._people_taken)
        dialog.open()

    def _people_taken(self) -> None:
        self._editor.people_changed()
        self._editor.reload()

    def leave_out(self, check: Check) -> None:
        """Take the people of a check out of the draft."""
        editor = self._editor
        campaign_id, workspace = editor.campaign_id, editor.workspace
        if campaign_id is None:
            return
        editor.save()

        def done(count: int) -> None:
            left = wording.count(count, "person is", "people are")
            editor.notice.say(
                f"{left} left out of this campaign. Choose… (Ctrl+O) takes them in again.", "good"
            )
            self._people_taken()

        background.run(
            editor,
            lambda _job: choosing.leave_out(workspace.store, workspace.clock, campaign_id, check.kind),
            done,
            editor.failed,
        )

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

    def ask_replace(self) -> None:
        """Find and replace in all of the campaign's texts, once what was typed is saved."""
        from ui.campaigns.replace_dialog import ReplaceDialog

        editor = self._editor
        if editor.campaign_id is None:
            return
        if editor.state == "draft":
            editor.save()
        campaign_id = editor.campaign_id

        def replaced(count: int) -> None:
            editor.notice.say(f"{wording.count(count, 'text')} changed.", "good")
            self._people_taken()

        def show() -> None:
            dialog = ReplaceDialog(editor.workspace, campaign_id, editor)
            dialog.replaced.connect(replaced)
            dialog.open()

        editor.after_saving(show)

    def ask_versions(self) -> None:
        """What each version of the texts changed."""
        from ui.campaigns.versions_dialog import VersionsDialog

        if self._editor.campaign_id is not None:
            VersionsDialog(self._editor.workspace, self._editor.campaign_id, self._editor).open()

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
