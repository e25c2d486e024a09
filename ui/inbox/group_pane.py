"""An open group: who is in it and who may not be texted now, all their texts by time, and one composer."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.clock import Clock
from app.conversations import groups
from app.conversations.groups import Member
from app.conversations.groups_rounds import OpenGroup
from ui import theme
from ui.inbox import words
from ui.inbox.group_composer import GroupComposer
from ui.inbox.group_round import RoundPanel, counted
from ui.inbox.messages import MessageView
from ui.inbox.window import BubbleModel
from ui.widgets import Avatar, ChipButton, ElidedLabel, ErrorPanel, KeyButton, Notice, one_line
from ui.widgets_flow import FlowLayout

#: What needs nobody's eye any more.
WELL = ("sent", "sending", "clicked", "skipped")
#: Rows of members' chips; the dialog has them all.
ROWS = 2


def standing(member: Member) -> tuple[str, str]:
    """A member's state in a few words, and its tone; "" for who may be texted."""
    if member.gate.verdict == "go":
        return "", "neutral"
    if member.gate.rule == "optout":
        return "opted out", "bad"
    return ("opt-out?", "warn") if member.gate.rule == "asked" else ("not now", "warn")


def about(members: tuple[Member, ...]) -> str:
    """ "5 people · 1 opted out": the line under a group's name."""
    states = [standing(member)[0] for member in members]
    told = [f"{states.count(word)} {word}" for word in ("opted out", "opt-out?", "not now") if word in states]
    return " · ".join((f"{len(members)} {'person' if len(members) == 1 else 'people'}", *told))


class GroupHead(QFrame):
    """The group's name, how many are in it, and the button that changes both."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("header")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.avatar = Avatar("", self)
        self.name = ElidedLabel("", self, size="title", bold=True)
        self.about = ElidedLabel("", self, quiet=True)
        self.members_button = KeyButton("Members…", "M", self)
        layout = QHBoxLayout(self)
        side, top = theme.em(self, 1.2), theme.em(self, 0.7)
        layout.setContentsMargins(side, top, side, top)
        layout.setSpacing(theme.em(self, 0.6))
        names = QVBoxLayout()
        names.setSpacing(1)
        names.addWidget(self.name)
        names.addWidget(self.about)
        layout.addWidget(self.avatar)
        layout.addLayout(names, 1)
        layout.addWidget(self.members_button)
        self.setMinimumHeight(theme.em(self, 4.2))


class GroupPane(QWidget):
    """``thread_asked(conversation_id)`` leads to a member's thread, ``members_asked`` to the dialog."""

    thread_asked = Signal(int)
    members_asked = Signal()
    left = Signal()

    def __init__(self, clock: Clock, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Group")
        self.head = GroupHead(self)
        self.chips: dict[int, ChipButton] = {}  # of members, by their conversation
        self._shown: tuple[Member, ...] = ()
        self._strip = QWidget(self)
        self._flow = FlowLayout(self._strip, gap=theme.em(self, 0.35), rows=ROWS)
        self.stops = Notice("", "warn", parent=self)
        self.error = ErrorPanel(action="Close", parent=self)
        self.error.acted.connect(self.error.hide)
        self.error.hide()
        self.model = BubbleModel(lambda: self._today(clock), self)
        self.view = MessageView(self.model, self)
        self.view.setAccessibleName("Texts of all members")
        self.newest_button = KeyButton("New text below", parent=self, icon="chevron-right")
        self.newest_button.hide()
        self.outcome = Notice("", "good", parent=self)
        self.round = RoundPanel(clock, self)
        self.composer = GroupComposer(self)
        self._build()
        self.view.missed.connect(self.newest_button.show)
        self.view.end_reached.connect(self.newest_button.hide)
        self.newest_button.clicked.connect(self.view.to_end)
        self.head.members_button.clicked.connect(self.members_asked)
        self.hide()

    @staticmethod
    def _today(clock: Clock) -> date:
        return words.local(clock.now()).date()

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        side = theme.em(self, 1.2)
        top = QVBoxLayout()
        top.setContentsMargins(side, theme.em(self, 0.5), side, theme.em(self, 0.3))
        top.setSpacing(theme.em(self, 0.4))
        for part in (self._strip, self.stops, self.error):
            top.addWidget(part)
        layout.addLayout(top)
        layout.addWidget(self.view, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(side, theme.em(self, 0.4), side, theme.em(self, 1))
        foot.setSpacing(theme.em(self, 0.4))
        for part in (self.newest_button, self.outcome, self.round, self.composer):
            foot.addWidget(part)
        layout.addLayout(foot)

    # -- what it shows --------------------------------------------------------------------------

    def open_anew(self) -> None:
        """Another group: nothing of the one before stays on screen."""
        for part in (self.error, self.newest_button, self.round):
            part.hide()
        for notice in (self.stops, self.outcome):
            notice.say("")
        self.head.name.setText("")
        self.head.about.setText("")
        self._show_members(())

    def show_group(self, group: OpenGroup) -> None:
        """The group as it stands now."""
        self.head.avatar.set_initials(groups.initials(group.name))
        self.head.name.setText(one_line(group.name, groups.NAME_LENGTH))
        self.head.about.setText(about(group.members))
        self._show_members(group.members)
        of = group.round
        leads = of is not None and bool(of.waiting)
        told = {share.conversation_id for share in of.held} if of is not None else set()  # by the panel
        out = [member for member in group.members if standing(member)[0] and member.row.id not in told]
        said = [f"{one_line(member.called, 60)}: {member.gate.why}" for member in out[:2]]
        said += [f"And {len(out) - 2} more: see Members."] if len(out) > 2 else []
        self.stops.say("\n".join(said), "warn")
        if of is not None and leads:
            self.round.show_round(of)
        else:
            self.round.hide()
            self.round.share = None
        self.composer.setVisible(not leads)
        self.composer.show_people(len(group.can_get))
        done = counted(of.shares) if of is not None and not leads else ""
        well = of is not None and all(share.state in WELL for share in of.shares)
        self.outcome.say(f"The last text: {done}." if done else "", "good" if well else "warn")

    def _show_members(self, members: tuple[Member, ...]) -> None:
        if members == self._shown:
            return
        self._shown = members
        here = {member.row.id for member in members}
        for key in [key for key in self.chips if key not in here]:
            chip = self.chips.pop(key)
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        for member in members:
            self._show_chip(member)
        # There is room for some: those who cannot be texted come first.
        order = sorted(members, key=lambda member: not standing(member)[0])
        self._flow.set_order([self.chips[member.row.id] for member in order])
        self._strip.updateGeometry()

    def _show_chip(self, member: Member) -> None:
        key = member.row.id
        chip = self.chips.get(key)
        if chip is None:
            chip = self.chips[key] = ChipButton("", parent=self._strip)
            chip.clicked.connect(lambda _on=False: self.thread_asked.emit(key))
            self._flow.addWidget(chip)
            chip.show()
        state, tone = standing(member)
        called = one_line(member.called, 40)
        chip.set(f"{called}: {state}" if state else called, tone)
        chip.setAccessibleDescription(f"{member.gate.why} Opens their thread.".strip())

    def show_error(self, what: str, kept: str = "", do: str = "") -> None:
        """Say what went wrong above the texts."""
        self.error.show_error(what, kept, do, "Close")

    def to_writing(self) -> None:
        """The keyboard goes to what is to be done: the next Send, else the composer."""
        (self.round if self.round.isVisible() else self.composer.edit).setFocus()

    # -- keys -----------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Esc is the group's own while the keyboard is in it: it leads back to the list of groups."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _leaves(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _leaves(event):
            super().keyPressEvent(event)
            return
        event.accept()
        if not event.isAutoRepeat():
            self.left.emit()


def _leaves(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_Escape and not event.modifiers()
