"""Settings: who is writing, the default country, light and dark, and where everything is kept."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.workspace import PassphraseWish, Workspace
from ui import background, theme
from ui.bridge import Bridge
from ui.contacts.privacy_rules import RetentionPanel
from ui.countries import CountryBox
from ui.desk.desk_settings import DeskSettings
from ui.encryption import EncryptionPanel
from ui.inbox.confirm_settings import ConfirmTextsPanel
from ui.notify_settings import NotifySettings
from ui.operators.team import TeamPanel
from ui.settings_phone import PhonePanel
from ui.widgets import KeyButton, Notice, PageHeader, Panel, PlainLabel, row, scrolled
from ui.wording import sentence

if TYPE_CHECKING:
    from app.texting.lines import LineManager
    from ui.pages import Navigate
    from ui.training.window import TrainingWindow

THEME_WORDS = {"system": "As the system", "light": "Light", "dark": "Dark"}


class SettingsPage(QWidget):
    """The page. What is changed is saved at once, off the GUI thread."""

    def __init__(
        self,
        workspace: Workspace,
        lines: LineManager,
        bridge: Bridge,
        navigate: Navigate,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._lines = lines
        self._quiet = True
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(PageHeader("Settings", "What is changed here is saved at once", self))
        whole.addWidget(scrolled(self._fill, self), 1)
        self.refresh()

    def title(self) -> str:
        """The window's title."""
        return "Settings"

    def _fill(self, layout: QVBoxLayout) -> None:
        space = theme.em(self, 1.4)
        layout.setContentsMargins(space, space, space, space)
        layout.setSpacing(theme.em(self, 1))
        self.notice = Notice("", "good", parent=self)
        self.notice.say("")
        layout.addWidget(self.notice)
        self.closed = Notice("", "accent", parent=self)
        self.closed.say("")
        layout.addWidget(self.closed)
        panels = (
            self._people_panel(),
            self._team_panel(),
            self._desk_panel(),
            self._notify_panel(),
            self._phone_panel(),
            self._look_panel(),
            self._data_panel(),
            ConfirmTextsPanel(self._workspace, self),
            RetentionPanel(self._workspace, self),
            self._encryption_panel(),
        )
        column = QWidget(self)
        column.setMaximumWidth(theme.em(self, 52))
        inside = QVBoxLayout(column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.em(self, 1))
        for panel in panels:
            inside.addWidget(panel)
        beside = QHBoxLayout()  # it asks the column how high it is at the width that it gets
        beside.addWidget(column, 100)
        beside.addStretch(1)
        layout.addLayout(beside)
        layout.addStretch(1)

    def _people_panel(self) -> Panel:
        panel = Panel(self, margin=1.2)
        panel.body.addWidget(PlainLabel("Who is writing", panel, bold=True, size="title"))
        self.texter = QLineEdit(panel)
        self.texter.setMaxLength(60)
        self.organisation = QLineEdit(panel)
        self.organisation.setMaxLength(120)
        self.country = CountryBox(parent=panel)
        form = make_form()
        add_row(
            form,
            "Texter",
            self.texter,
            "Who writes: {sender} in messages. Kept with each click while one person works here",
        )
        add_row(form, "Organisation", self.organisation, "For whom you text; may stay empty")
        add_row(form, "Default country", self.country, "How numbers without a country code are read")
        panel.body.addLayout(form)
        self.texter.editingFinished.connect(self._keep)
        self.organisation.editingFinished.connect(self._keep)
        self.country.currentIndexChanged.connect(lambda _index: self._keep())
        return panel

    def _team_panel(self) -> Panel:
        self.team = TeamPanel(self._workspace, self)
        self.team.changed.connect(self._who_changed)
        self.team.training_asked.connect(self._train)
        return self.team

    def _desk_panel(self) -> Panel:
        self.desk = DeskSettings(self._workspace, self)
        return self.desk

    def _notify_panel(self) -> Panel:
        self.notify = NotifySettings(self._workspace, self)
        return self.notify

    def _phone_panel(self) -> Panel:
        self.phone = PhonePanel(self._workspace, self)
        return self.phone

    def _who_changed(self) -> None:
        show_who = getattr(self.window(), "show_who", None)
        if callable(show_who):
            show_who()

    def _train(self) -> None:
        from ui.training.window import open_training

        button = self.team.training_button

        def failed(error: Exception) -> None:
            button.setEnabled(True)
            self.notice.say(f"The training did not start. {sentence(error)}", "bad")

        def opened(training: TrainingWindow) -> None:
            training.ended.connect(lambda: button.setEnabled(True))
            training.ended.connect(self.team.refresh)

        button.setEnabled(False)
        open_training(self._workspace, self.window(), failed, opened)

    def somebody_else(self) -> None:
        """Somebody signed in: a texter sees the office's own settings and changes none."""
        why = self._workspace.why_not("settings")
        for field in (self.texter, self.organisation, self.country, self.encryption):
            field.setEnabled(not why)
            field.setToolTip(why)
        self.closed.say(why, "accent")
        self.notify.refresh()
        self.phone.refresh()

    def _look_panel(self) -> Panel:
        panel = Panel(self, margin=1.2)
        panel.body.addWidget(PlainLabel("Look", panel, bold=True, size="title"))
        self.theme_box = QComboBox(panel)
        for choice in theme.CHOICES:
            self.theme_box.addItem(THEME_WORDS[choice], choice)
        form = make_form()
        add_row(form, "Colours", self.theme_box, "")
        panel.body.addLayout(form)
        self.theme_box.currentIndexChanged.connect(lambda _index: self._keep())
        return panel

    def _data_panel(self) -> Panel:
        panel = Panel(self, margin=1.2)
        panel.body.addWidget(PlainLabel("Your data", panel, bold=True, size="title"))
        self.folder = QLineEdit(panel)
        self.folder.setReadOnly(True)
        form = make_form()
        add_row(form, "Data folder", self.folder, "Everything is in this folder; nothing is kept elsewhere")
        panel.body.addLayout(form)
        self.open_folder = KeyButton("Open folder", parent=panel)
        self.open_folder.clicked.connect(
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._workspace.folder)))
        )
        panel.body.addLayout(row(self.open_folder))
        return panel

    def _encryption_panel(self) -> Panel:
        self.encryption = EncryptionPanel(self._workspace, self._lines, self)
        self.encryption.said.connect(self.notice.say)
        self.encryption.locks_after.connect(lambda _minutes: self._keep())
        self.encryption.wanted.connect(self._reopen)
        return self.encryption

    def _reopen(self, wish: PassphraseWish) -> None:
        """Close the window: who opened it sees the wish, carries it out and opens another."""
        self._workspace.wanted = wish
        self.window().close()

    def refresh(self) -> None:
        """Show the settings as they are."""
        self._quiet = True
        settings = self._workspace.settings
        self.texter.setText(settings.texter)
        self.organisation.setText(settings.organisation)
        self.country.set_code(settings.country)
        self.theme_box.setCurrentIndex(max(self.theme_box.findData(settings.theme), 0))
        self.folder.setText(str(self._workspace.folder))
        self.encryption.refresh()
        self.desk.refresh()
        self._quiet = False
        self.somebody_else()
        self.team.refresh()

    def _keep(self) -> None:
        if self._quiet:
            return
        old = self._workspace.settings
        texter = " ".join(self.texter.text().split()) or old.texter
        wanted = dataclasses.replace(
            old,
            texter=texter,
            organisation=" ".join(self.organisation.text().split()),
            country=self.country.code() or old.country,
            theme=str(self.theme_box.currentData()),
            lock_minutes=int(self.encryption.lock_after.currentData()),
        )
        if wanted == old:
            return
        app = QApplication.instance()
        if wanted.theme != old.theme and isinstance(app, QApplication):
            theme.apply(app, wanted.theme)

        def saved(_result: object) -> None:
            self.notice.say("Saved.", "good")
            self.refresh()

        def failed(error: Exception) -> None:
            self.notice.say(
                f"The settings could not be saved ({error}). The old ones are kept. "
                "Make room on the disk or check the data folder, then try again.",
                "bad",
            )

        def save(_job: background.Job) -> None:
            self._workspace.change_settings(wanted)
            self._workspace.read_people()  # where one person works alone, it is who the settings name

        background.run(self, save, saved, failed, urgent=True)


def make_form() -> QFormLayout:
    """A form whose fields grow and whose long rows wrap."""
    form = QFormLayout()
    form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    form.setHorizontalSpacing(theme.em(None, 1.5))
    form.setVerticalSpacing(theme.em(None, 0.6))
    return form


def add_row(form: QFormLayout, title: str, field: QWidget, hint: str) -> None:
    """A labelled field; the label is the field's buddy and its accessible name."""
    label = PlainLabel(title)
    label.setBuddy(field)
    field.setAccessibleName(title)
    field.setAccessibleDescription(hint)
    holder = QWidget()
    holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    field.setMinimumHeight(theme.em(None, 2))
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.em(None, 0.35))
    column.addWidget(field)
    if hint:
        column.addWidget(PlainLabel(hint, quiet=True, size="small", wrap=True))
    form.addRow(label, holder)
