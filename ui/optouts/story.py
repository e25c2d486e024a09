"""Everything the list knows of one number, newest first, and what is to be decided about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.people import numbers
from app.people.stories import Step, Story
from ui import theme, wording
from ui.inbox.hold_panel import HoldPanel
from ui.optouts.words import told
from ui.widgets import KeyButton, Panel, PlainLabel, clear_layout, one_line, row, scrolled

NOTHING = Story("")


def verdict(story: Story) -> tuple[str, str]:
    """What stands now, and its tone."""
    if story.out:
        why = " They were erased; a code keeps them out." if story.erased else ""
        return f"⊘ Opted out. Nothing is sent to it.{why}", "bad"
    if story.hold is not None:
        return "◌ May have opted out. Nothing is sent to it until you decide.", "warn"
    return "✓ Not opted out. It may be texted.", "good"


class StoryPanel(Panel):
    """The number, whether it may be texted, the question of a hold, and each act with who and when."""

    lift_asked = Signal(str)
    add_asked = Signal(str)
    decided = Signal(object, str)  # the Hold, and the decision

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = ""
        self.title = PlainLabel("", self, size="title", bold=True, wrap=True)
        self.verdict = PlainLabel("", self, wrap=True)
        self.hold = HoldPanel(self)  # the page puts it below its list, where there is room
        self.hold.hint.hide()
        self.hold.installEventFilter(self)
        self._list = QVBoxLayout()
        self._list.setSpacing(theme.em(self, 0.3))
        area = scrolled(lambda layout: layout.addLayout(self._list), self)
        self.lift_button = KeyButton("Lift…", parent=self)
        self.add_button = KeyButton("Opt out…", parent=self)
        for widget in (self.title, self.verdict):
            self.body.addWidget(widget)
        self.body.addWidget(area, 1)
        self.body.addLayout(row(self.lift_button, self.add_button))
        self.lift_button.clicked.connect(lambda: self.lift_asked.emit(self.number))
        self.add_button.clicked.connect(lambda: self.add_asked.emit(self.number))
        self.hold.decided.connect(lambda decision: self.decided.emit(self.hold.hold, decision))
        self.show_story(NOTHING)

    def show_story(self, story: Story) -> None:
        """Tell the story of a number; that of "" shows what the page is for."""
        number = self.number = story.number
        clear_layout(self._list)
        self.lift_button.setVisible(bool(number) and story.out)
        self.add_button.setVisible(bool(number) and not story.out and story.hold is None)
        self.hold.show_hold(story.hold)
        if not number:
            self.title.setText("Look up a number")
            self.verdict.setText("Type it in any form. What is known of it is shown here.")
            self.verdict.set_tone("")
            return
        self.title.setText(numbers.display(number))
        words, tone = verdict(story)
        self.verdict.setText(f"{one_line(story.name)}\n{words}" if story.name else words)
        self.verdict.set_tone(tone)
        for step in story.steps:
            self._tell(step)
        self._list.addStretch(1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The question gets the height that its words need at its width."""
        if watched is self.hold and event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            needs = self.hold.heightForWidth(self.hold.width())
            if needs > 0 and needs != self.hold.minimumHeight():
                self.hold.setMinimumHeight(needs)
        return super().eventFilter(watched, event)

    def _tell(self, step: Step) -> None:
        words, small = told(step)
        self._list.addWidget(PlainLabel(wording.day_and_time(step.at), self, bold=True))
        self._list.addWidget(PlainLabel(words, self, wrap=True))
        if small:
            self._list.addWidget(PlainLabel(small, self, wrap=True, quiet=True))
