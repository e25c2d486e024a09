"""The first run: two questions, one notice in plain words, and practice."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from app.settings import Settings
from app.workspace import Workspace
from ui import background, countries, theme
from ui.countries import CountryBox
from ui.settings import add_row, make_form
from ui.widgets import KeyButton, Notice, PageHeader, Panel, PlainLabel, row, scrolled

CARRIER_NOTICE = (
    "A SIM in a phone or modem is usually sold for personal texting.",
    "If you text for an organisation, a campaign or a business, mobile operators count that as non-consumer "
    "messaging, however it is sent. They may filter such texts or suspend the SIM.",
    "Read the terms of your SIM before you use it here. Text people who agreed to hear from you, say who you "
    "are, and say how to stop.",
    "Many places also have rules on hours, consent and do-not-call lists. p2ptext helps with some of them; "
    "it cannot make a text lawful.",
)


class FirstRunPage(QWidget):
    """Shown until the questions are answered. ``answered(practice)`` when they are."""

    answered = Signal(bool)

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(PageHeader("Welcome to p2ptext", "One press, one text, one person at a time", self))
        self._area = scrolled(self._fill, self)
        whole.addWidget(self._area, 1)
        self._look()

    def title(self) -> str:
        """The window's title."""
        return "Welcome"

    def _fill(self, layout: QVBoxLayout) -> None:
        space = theme.em(self, 1.4)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 1))
        for panel in (self._questions(), self._carrier(), self._start()):
            panel.setMaximumWidth(theme.em(self, 52))
            layout.addWidget(panel)
        layout.addStretch(1)

    def _questions(self) -> Panel:
        panel = Panel(self, margin=1.2)
        panel.body.addWidget(PlainLabel("Two questions", panel, bold=True, size="title"))
        settings = self._workspace.settings
        self.texter = QLineEdit(settings.texter, panel)
        self.texter.setMaxLength(60)
        self.texter.setPlaceholderText("Your name")
        self.country = CountryBox(settings.country or countries.here(), panel)
        form = make_form()
        add_row(form, "Who is writing?", self.texter, "Kept with each press of Send, and used as {sender}")
        add_row(
            form,
            "Default country",
            self.country,
            "Numbers without a country code are read as of this country",
        )
        panel.body.addLayout(form)
        self.texter.textChanged.connect(lambda _text: self._look())
        self.country.currentIndexChanged.connect(lambda _index: self._look())
        return panel

    def _carrier(self) -> Panel:
        panel = Panel(self, margin=1.2)
        panel.body.addWidget(
            PlainLabel("What your SIM's operator may object to", panel, bold=True, size="title", wrap=True)
        )
        for paragraph in CARRIER_NOTICE:
            panel.body.addWidget(PlainLabel(paragraph, panel, wrap=True))
        self.read = QCheckBox("I have read this", panel)
        self.read.setChecked(self._workspace.settings.notice_accepted)
        self.read.toggled.connect(lambda _on: self._look())
        panel.body.addWidget(self.read)
        return panel

    def _start(self) -> Panel:
        panel = Panel(self, margin=1.2)
        panel.body.addWidget(
            PlainLabel(
                "The practice line is an emulated modem in this computer. It sends to nobody, and its people "
                "answer. Try everything with it first.",
                panel,
                wrap=True,
            )
        )
        self.practice = KeyButton("Start with the practice line", "Enter", panel, primary=True)
        self.own = KeyButton("Use my own modem", "Ctrl+Enter", panel)
        self.practice.clicked.connect(lambda: self._finish(practice=True))
        self.own.clicked.connect(lambda: self._finish(practice=False))
        panel.body.addLayout(row(self.practice, self.own))
        self.missing = Notice("", "accent", parent=panel)
        panel.body.addWidget(self.missing)
        return panel

    def _answers(self) -> Settings:
        return dataclasses.replace(
            self._workspace.settings,
            texter=" ".join(self.texter.text().split()),
            country=self.country.code(),
            notice_accepted=self.read.isChecked(),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to what is missing, and on when nothing is; with Ctrl to one's own modem."""
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter) or not (control or plain):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():
            self._enter(practice=not control)

    def _enter(self, *, practice: bool) -> None:
        for field, done in self._fields():
            if not done:
                field.setFocus(Qt.FocusReason.TabFocusReason)
                self._area.ensureWidgetVisible(field)
                return
        button = self.own if not practice or self.own.hasFocus() else self.practice
        button.click()

    def _fields(self) -> tuple[tuple[QWidget, bool], ...]:
        """The questions in their order, and whether each is answered."""
        answers = self._answers()
        return (
            (self.texter, bool(answers.texter)),
            (self.country, bool(answers.country)),
            (self.read, answers.notice_accepted),
        )

    def _look(self) -> None:
        if not hasattr(self, "missing"):
            return
        answers = self._answers()
        todo = [
            words
            for words, done in (
                ("type who is writing", answers.texter),
                ("choose a country", answers.country),
                ("tick that you have read the notice", answers.notice_accepted),
            )
            if not done
        ]
        for button in (self.practice, self.own):
            button.setEnabled(not todo)
        self.missing.say(f"Before you start: {', '.join(todo)}." if todo else "", "accent")

    def _finish(self, *, practice: bool) -> None:
        answers = self._answers()

        def failed(error: Exception) -> None:
            self.missing.say(f"The answers could not be saved ({error}). Make room, then try again.", "bad")

        background.run(
            self,
            lambda _job: self._workspace.change_settings(answers),
            lambda _result: self.answered.emit(practice),
            failed,
            urgent=True,
        )
