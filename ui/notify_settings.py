"""What happens on this computer when somebody writes: the notification, the sound, the hours without it."""

from __future__ import annotations

import dataclasses

from PySide6.QtCore import QTime
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QTimeEdit, QWidget

from app.conversations import notices
from app.workspace import Workspace
from ui import background, theme
from ui.notify_sound import Sound
from ui.widgets import KeyButton, Panel, PlainLabel

WORDS = (
    "A notification never has a word of a text, and no number. Names may be seen over a locked screen, where "
    "the desktop shows notifications there."
)


class NotifySettings(Panel):
    """A panel for the settings page. What is changed is saved at once, off the GUI thread."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        self._workspace = workspace
        self._showing = False
        self.sound = Sound()
        self.setAccessibleName("When somebody writes")
        self.body.addWidget(PlainLabel("When somebody writes", self, bold=True, size="title"))
        self.level = QComboBox(self)
        self.level.setAccessibleName("What a notification says")
        for name, words in notices.LEVELS.items():
            self.level.addItem(words, name)
        self.level.currentIndexChanged.connect(lambda _i: self._keep(notify=self.level.currentData()))
        self.body.addWidget(self.level)
        self.body.addWidget(PlainLabel(WORDS, self, quiet=True, size="small", wrap=True))
        self.sounds = QCheckBox("Make a sound", self)
        self.sounds.setAccessibleName("Make a sound when somebody writes")
        self.sounds.toggled.connect(lambda on: self._keep(notify_sound=on))
        self.listen = KeyButton("Listen", parent=self, flat=True)
        self.listen.clicked.connect(lambda _on=False: self.sound.play())
        self.hours = QCheckBox("No sound between", self)
        self.hours.setAccessibleName("No sound in these hours")
        self.hours.toggled.connect(lambda on: self._keep(silent_hours=on))
        self.start = self._time("No sound from")
        self.end = self._time("No sound until")
        self.start.editingFinished.connect(lambda: self._keep(silent_from=_minutes(self.start)))
        self.end.editingFinished.connect(lambda: self._keep(silent_to=_minutes(self.end)))
        self._line(self.sounds, self.listen)
        self._line(self.hours, self.start, PlainLabel("and", self), self.end)
        self.quiet = PlainLabel("", self, quiet=True, size="small", wrap=True)
        self.body.addWidget(self.quiet)
        self.refresh()

    def _time(self, name: str) -> QTimeEdit:
        field = QTimeEdit(self)
        field.setDisplayFormat("HH:mm")
        field.setAccessibleName(name)
        field.setMinimumHeight(theme.em(self, 2))
        return field

    def _line(self, *widgets: QWidget) -> None:
        line = QHBoxLayout()
        line.setSpacing(theme.em(self, 0.6))
        for widget in widgets:
            line.addWidget(widget)
        line.addStretch(1)
        self.body.addLayout(line)

    def refresh(self) -> None:
        """Show what is chosen. What may be said of people is a manager's choice, the rest is anybody's."""
        self._showing = True
        settings, why = self._workspace.settings, self._workspace.why_not("settings")
        self.level.setCurrentIndex(max(self.level.findData(settings.notify), 0))
        self.level.setEnabled(not why)
        self.level.setToolTip(why)
        self.sounds.setChecked(settings.notify_sound)
        self.hours.setChecked(settings.silent_hours)
        for field, minutes in ((self.start, settings.silent_from), (self.end, settings.silent_to)):
            if not field.hasFocus():  # somebody may be typing there
                field.setTime(QTime(minutes // 60 % 24, minutes % 60))
            field.setEnabled(settings.notify_sound and settings.silent_hours)
        self.hours.setEnabled(settings.notify_sound)
        now = notices.quiet_words(settings, self._workspace.clock.now())
        ends = (
            f"{now}. Ctrl+B ends it."
            if now
            else "Ctrl+B makes it quiet for a while: no sound, no notification."
        )
        self.quiet.setText(f"{ends} Words of danger are still notified, without a sound.")
        self._showing = False

    def _keep(self, **values: object) -> None:
        if self._showing:
            return

        def work(_job: background.Job) -> None:
            # What was chosen a moment ago is in the settings by now: this work is done in order.
            settings = dataclasses.replace(self._workspace.settings, **values)  # type: ignore[arg-type]
            self._workspace.change_settings(settings)

        background.run(self, work, lambda _none: self.refresh(), urgent=True)


def _minutes(field: QTimeEdit) -> int:
    return field.time().hour() * 60 + field.time().minute()
