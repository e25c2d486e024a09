"""The office's texts for people who write STOP or HELP, in the settings: what they say, in each language."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from app.people import confirming
from app.people.confirming import LANGUAGES, Prepared, Texts
from app.texting import measure
from app.workspace import Workspace
from ui import background, theme, wording
from ui.operators.guard import allowed
from ui.widgets import KeyButton, Notice, Panel, PlainLabel, isolated, row

_TITLES: dict[Prepared, str] = {
    "confirmation": "Confirmation of an opt-out",
    "help": "Answer to HELP, INFO, AIDE, AYUDA, HILFE, AJUDA",
}


class ConfirmTextsPanel(Panel):
    """A panel for the settings page. It is kept when Keep is pressed, since a wording can be refused."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        self._workspace = workspace
        self._texts = Texts()
        self._language = "en"
        self._quiet = True
        self.setAccessibleName("Texts for STOP and HELP")
        self.office = QLineEdit(self)
        self.office.setMaxLength(confirming.MAX_OFFICE)
        self.purpose = QLineEdit(self)
        self.purpose.setMaxLength(confirming.MAX_PURPOSE)
        self.purpose.setPlaceholderText("We text about your appointments.")
        self.confirms = QCheckBox("After an opt-out by text, prepare a confirmation", self)
        self.language = QComboBox(self)
        self.language.setAccessibleName("Language of the wordings below")
        self.usual = QCheckBox("Use this language where their words tell none", self)
        self.edits: dict[Prepared, QPlainTextEdit] = {}
        self.shown: dict[Prepared, PlainLabel] = {}
        self.keep_button = KeyButton("Keep", parent=self, primary=True)
        self.notice = Notice("", "good", "Close", self)
        self.notice.acted.connect(self.notice.hide)
        self.notice.say("")
        self._build()
        for code, name in LANGUAGES.items():
            self.language.addItem(name, code)
        for field in (self.office, self.purpose):
            field.textChanged.connect(lambda _text: self._typed())
        self.language.currentIndexChanged.connect(lambda _index: self._chosen())
        self.usual.clicked.connect(self._usual_chosen)
        self.keep_button.clicked.connect(self.keep)
        self.refresh()

    def _build(self) -> None:
        self.body.setSpacing(theme.em(self, 0.5))
        self.body.addWidget(PlainLabel("Texts for STOP and HELP", self, bold=True, size="title"))
        words = (
            "Each waits in its thread for a press; none is sent by itself. A confirmation can be pressed for "
            "five minutes from their text, once, and must not advertise. Press Keep when it reads right."
        )
        self.body.addWidget(PlainLabel(words, self, quiet=True, wrap=True))
        self.body.addWidget(self.notice)
        for title, field in (("Who is writing", self.office), ("What the texts are for", self.purpose)):
            label = PlainLabel(title, self, bold=True)
            label.setBuddy(field)
            field.setAccessibleName(title)
            field.setMinimumHeight(theme.em(self, 2))
            self.body.addWidget(label)
            self.body.addWidget(field)
        self.body.addWidget(self.confirms)
        self.body.addLayout(row(self.language, self.usual))
        for kind, title in _TITLES.items():
            self._add_edit(kind, title)
        self.body.addLayout(row(self.keep_button))

    def _add_edit(self, kind: Prepared, title: str) -> None:
        self.edits[kind] = edit = QPlainTextEdit(self)
        edit.setTabChangesFocus(True)
        edit.setAccessibleName(title)
        edit.setFixedHeight(round(edit.fontMetrics().lineSpacing() * 2.9))
        self.shown[kind] = PlainLabel("", self, quiet=True, size="small", wrap=True)
        label = PlainLabel(title, self, bold=True, wrap=True)
        label.setBuddy(edit)
        edit.textChanged.connect(self._typed)
        for widget in (label, edit, self.shown[kind]):
            self.body.addWidget(widget)

    # -- what is shown --------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read again what is set."""
        store = self._workspace.store
        background.run(self, lambda _job: confirming.get(store), self._show, self._failed)

    def _show(self, texts: Texts) -> None:
        self._quiet = True
        self._texts, self._language = texts, texts.language
        self.office.setText(texts.office or " ".join(self._workspace.settings.organisation.split()))
        self.purpose.setText(texts.purpose)
        self.confirms.setChecked(texts.confirms)
        self.language.setCurrentIndex(self.language.findData(texts.language))
        self._quiet = False
        self._fill()

    def _fill(self) -> None:
        """Show the wordings of the chosen language."""
        self._quiet = True
        for kind, edit in self.edits.items():
            edit.setPlainText(self._texts.wording(kind, self._language))
        usual = self._texts.language == self._language
        self.usual.setChecked(usual)
        self.usual.setEnabled(not usual)  # another takes its place, none is no choice
        self._quiet = False
        self._typed()

    def _chosen(self) -> None:
        if not self._quiet:
            self._texts = self.draft()
            self._language = str(self.language.currentData())
            self._fill()

    def _usual_chosen(self, on: bool) -> None:
        if on:
            self._texts = replace(self._texts, language=self._language)
            self.usual.setEnabled(False)

    def draft(self) -> Texts:
        """What is written, kept or not."""
        wordings: dict[str, dict[str, str]] = {
            kind: dict(self._texts.wordings.get(kind, {})) for kind in self.edits
        }
        for kind, edit in self.edits.items():
            wordings[kind][self._language] = edit.toPlainText()[: confirming.MAX_WORDING + 1]
        return replace(
            self._texts,
            confirms=self.confirms.isChecked(),
            office=self.office.text(),
            purpose=self.purpose.text(),
            wordings=wordings,
        )

    def _typed(self) -> None:
        """Say below each wording what it makes, what that costs, and what is wrong with it."""
        if self._quiet:
            return
        texts = self.draft()
        for kind, label in self.shown.items():
            wrong = confirming.wrong_with(texts, kind, self._language)
            text = texts.text(kind, self._language)
            label.setText(wrong or f"{isolated(text)} · {measure.describe(text)}")
            label.set_tone("warn" if wrong or measure.measure(text).segments > 1 else "neutral")

    # -- keeping --------------------------------------------------------------------------------

    def keep(self) -> None:
        """Keep all of it; a manager's."""
        workspace, texts = self._workspace, self.draft()
        if not allowed(self, workspace, "settings", self.keep):
            return

        def done(_kept: Texts) -> None:
            self.notice.say("Kept.", "good", "Close")

        background.run(
            self, lambda _job: confirming.save(workspace.store, texts), done, self._failed, urgent=True
        )

    def _failed(self, error: Exception) -> None:
        self.notice.say(wording.sentence(error), "bad", "Close")
