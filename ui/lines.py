"""The lines: each modem's state in plain words with the one action that helps; adding and taking out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from app.workspace import Workspace
from ui import background, theme
from ui.bridge import Bridge
from ui.rail import line_tone
from ui.widgets import (
    Chip,
    ElidedLabel,
    EmptyState,
    KeyButton,
    Notice,
    PageHeader,
    Panel,
    PlainLabel,
    StateDot,
    clear_layout,
    isolated,
    scrolled,
)

if TYPE_CHECKING:
    from app.texting.lines import LineManager
    from app.texting.views import LineView
    from ui.pages import Navigate

#: The address of the practice line; the program starts its emulator behind it.
PRACTICE_URL = "practice:"
BARS = ("▁", "▂", "▄", "▆", "█")
EXAMPLES = "A port such as /dev/ttyUSB2 or COM5, or an address such as socket://192.168.1.20:5000"


def signal_words(view: LineView) -> str:
    """ "-71 dBm ▂▄▆█", or "unknown"."""
    if view.signal_dbm is None:
        return "unknown"
    return f"{view.signal_dbm} dBm {''.join(BARS[1 : view.bars + 1])}"


def device_words(view: LineView) -> str:
    """The device and its port, as far as they are known."""
    device = " ".join(part for part in (view.manufacturer, view.model) if part)
    return " · ".join(part for part in (device, view.url) if part)


class LineCard(Panel):
    """One line. ``asked(what, line_id)``: pause, resume, remove, retry, pin, use_sim, rename."""

    asked = Signal(str, int)

    def __init__(self, view: LineView, parent: QWidget | None = None) -> None:
        super().__init__(parent, margin=1.2)
        self.view = view
        self._build_head()
        self.why = PlainLabel("", self, quiet=True, wrap=True)
        self.body.addWidget(self.why)
        self._build_facts()
        self._build_actions()
        self.show_view(view)

    def _build_head(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.em(self, 0.6))
        self.dot = StateDot(parent=self)
        self.name = PlainLabel("", self, bold=True, size="title")
        self.chip = Chip("", "neutral", self)
        self.practice = Chip("practice", "accent", self)
        self.device = ElidedLabel("", self, quiet=True)
        for widget in (self.dot, self.name, self.chip, self.practice):
            head.addWidget(widget)
        self.device.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(self.device, 1)
        self.body.addLayout(head)

    def _build_facts(self) -> None:
        self._facts = QWidget(self)
        grid = QGridLayout(self._facts)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(1)
        grid.setHorizontalSpacing(theme.em(self, 2))
        self._values: dict[str, PlainLabel] = {}
        for index, title in enumerate(
            ("Number", "Operator", "Signal", "SIM storage", "Sent today", "Waiting")
        ):
            place = index // 3 * 2, index % 3
            grid.addWidget(PlainLabel(title, self._facts, quiet=True, size="small"), *place)
            value = PlainLabel("", self._facts)
            self._values[title] = value
            grid.addWidget(value, place[0] + 1, place[1])
            grid.setColumnStretch(index % 3, 1)
        self.body.addWidget(self._facts)

    def _build_actions(self) -> None:
        self.help_button = KeyButton("", parent=self, primary=True)
        self.pause = KeyButton("Pause", parent=self)
        self.rename = KeyButton("Rename…", parent=self)
        self.remove = KeyButton("Remove…", parent=self, danger=True)
        row = QHBoxLayout()
        row.setSpacing(theme.em(self, 0.6))
        for button in (self.help_button, self.pause, self.rename, self.remove):
            row.addWidget(button)
        row.addStretch(1)
        self.body.addLayout(row)
        self.pause.clicked.connect(lambda: self._ask("resume" if self.view.paused else "pause"))
        self.rename.clicked.connect(lambda: self._ask("rename"))
        self.remove.clicked.connect(lambda: self._ask("remove"))
        self.help_button.clicked.connect(lambda: self._ask(help_for(self.view)[0]))

    def _ask(self, what: str) -> None:
        self.asked.emit(what, self.view.id)

    def show_view(self, view: LineView) -> None:
        """Show the line as it is now."""
        self.view = view
        name = isolated(view.name, 60)
        self.setAccessibleName(f"Line {name}: {view.state_text}")
        self.dot.set_tone(line_tone(view))
        self.name.setText(name)
        self.chip.set(view.state_text, line_tone(view))
        self.practice.setVisible(view.practice)
        self.device.setText("an emulator in this computer" if view.practice else device_words(view))
        why = " ".join(part for part in (view.detail, sentence(view.action_text)) if part)
        self.why.setText(why)
        self.why.setVisible(bool(why))
        full = f"{view.storage_used} of {view.storage_total}" if view.storage_total else "unknown"
        values = {
            "Number": view.number or "not on the SIM",
            "Operator": " · ".join(p for p in (isolated(view.operator, 40), view.technology) if p)
            or "unknown",
            "Signal": signal_words(view),
            "SIM storage": full,
            "Sent today": f"{view.sent_today:,}",
            "Waiting": f"{view.waiting:,}",
        }
        for title, value in values.items():
            self._values[title].setText(value)
            self._values[title].setAccessibleName(f"{title}: {value}")
        self._facts.setVisible(str(view.state) in ("ready", "searching", "denied"))
        self._show_actions(view, name)

    def _show_actions(self, view: LineView, name: str) -> None:
        what, words = help_for(view)
        self.help_button.setVisible(bool(what))
        self.help_button.set_text(words)
        self.help_button.setAccessibleName(f"{words}: {name}")
        self.pause.set_text("Resume" if view.paused else "Pause")
        for button in (self.pause, self.rename, self.remove):
            button.setAccessibleName(f"{button.text().rstrip('…')} {name}")


def sentence(text: str) -> str:
    """``text`` as a sentence of its own."""
    return text if not text or text.endswith((".", "!", "?")) else text + "."


def help_for(view: LineView) -> tuple[str, str]:
    """The one action that helps: what is asked of the page, and the button's words; ("", "") for none."""
    state = str(view.state)
    if view.action_text == "Use this SIM":
        return "use_sim", "Use this SIM"
    if state == "needs_pin":
        return "pin", "Enter PIN…"
    if state in ("offline", "failed", "no_sim", "needs_puk", "denied"):
        return "retry", "Try again"
    return "", ""


class LinesPage(QWidget):
    """The page."""

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
        self._navigate = navigate
        self._cards: dict[int, LineCard] = {}
        self._reader = background.Refresher(self, lambda _job: self._lines.views(), self._show)
        self._build()
        bridge.line_changed.connect(lambda _event: self._reader.again() if self.isVisible() else None)
        bridge.message_changed.connect(lambda _event: self._reader.again() if self.isVisible() else None)

    def title(self) -> str:
        """The window's title."""
        return "Lines"

    def refresh(self) -> None:
        """The page came into view."""
        self._reader.again()

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        header = PageHeader("Lines", "Modems and phones that this computer texts from", self)
        self.practice_button = KeyButton("Add practice line", parent=header)
        self.practice_button.clicked.connect(self._add_practice)
        header.buttons.addWidget(self.practice_button)
        whole.addWidget(header)
        space = theme.em(self, 1.4)
        inner = QVBoxLayout()
        inner.setContentsMargins(space, space, space, space)
        inner.setSpacing(theme.em(self, 1))
        self.notice = Notice("", "warn", "Close", self)
        self.notice.acted.connect(lambda: self.notice.say(""))
        self.notice.say("")
        inner.addWidget(self.notice)
        inner.addWidget(self._add_panel())
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.em(self, 1))
        area = scrolled(self._fill, self)
        inner.addWidget(area, 1)
        whole.addLayout(inner, 1)

    def _fill(self, layout: QVBoxLayout) -> None:
        self.empty = EmptyState(
            "No line yet",
            "A line is a modem or phone with its SIM. Plug one in and add its port above, or try everything "
            "with the practice line first: it sends to nobody.",
            "Add practice line",
            icon="cable",
        )
        self.empty.acted.connect(self._add_practice)
        self.empty.hide()
        layout.addWidget(self.empty)
        layout.addLayout(self._column)
        layout.addStretch(1)

    def _add_panel(self) -> Panel:
        panel = Panel(self, margin=1)
        panel.body.addWidget(PlainLabel("Add a modem", panel, bold=True))
        self.address = QLineEdit(panel)
        self.address.setPlaceholderText("Port or address")
        self.address.setAccessibleName("Port or address of the modem")
        self.address.setMaxLength(500)
        self.line_name = QLineEdit(panel)
        self.line_name.setPlaceholderText("Name, such as Office SIM")
        self.line_name.setAccessibleName("Name of the line")
        self.line_name.setMaxLength(60)
        self.add_button = KeyButton("Add line", "Enter", panel, primary=True)
        row = QHBoxLayout()
        row.setSpacing(theme.em(self, 0.6))
        row.addWidget(self.address, 3)
        row.addWidget(self.line_name, 2)
        row.addWidget(self.add_button)
        panel.body.addLayout(row)
        panel.body.addWidget(PlainLabel(EXAMPLES, panel, quiet=True, size="small", wrap=True))
        self.add_button.clicked.connect(self._add)
        self.address.returnPressed.connect(self._add)
        self.line_name.returnPressed.connect(self._add)
        return panel

    # -- showing ------------------------------------------------------------------------------

    def _show(self, views: tuple[LineView, ...]) -> None:
        """Show the lines; a card that stays keeps its widgets, and so the focus."""
        if [view.id for view in views] != list(self._cards):
            clear_layout(self._column)
            self._cards = {}
            for view in views:
                card = LineCard(view, self)
                card.asked.connect(self._asked)
                self._cards[view.id] = card
                self._column.addWidget(card)
        for view in views:
            self._cards[view.id].show_view(view)
        self.empty.setVisible(not views)
        self.practice_button.setVisible(not any(view.practice for view in views))

    # -- what a person does -------------------------------------------------------------------

    def _do(self, work: Callable[[], object], what: str) -> None:
        def failed(error: Exception) -> None:
            self.notice.say(f"{what} did not work: {error}. Nothing else was changed.", "bad", "Close")
            self._reader.again()

        background.run(self, lambda _job: work(), lambda _result: self._reader.again(), failed, urgent=True)

    def _add(self) -> None:
        address, name = self.address.text().strip(), self.line_name.text().strip()
        if not address:
            self.notice.say("Type the modem's port or address first. " + EXAMPLES + ".", "warn", "Close")
            self.address.setFocus()
            return
        self.notice.say("")
        self.address.clear()
        self.line_name.clear()
        self._do(lambda: self._lines.add(address, name), "Adding the line")

    def _add_practice(self) -> None:
        self._do(lambda: self._lines.add(PRACTICE_URL, "Practice line", practice=True), "Adding the line")

    def _asked(self, what: str, line_id: int) -> None:
        card = self._cards.get(line_id)
        if card is None:
            return
        actions: dict[str, Callable[[], None]] = {
            "pause": lambda: self._do(lambda: self._lines.pause(line_id), "Pausing"),
            "resume": lambda: self._do(lambda: self._lines.resume(line_id), "Resuming"),
            "retry": lambda: self._do(lambda: self._lines.retry(line_id), "Connecting"),
            "use_sim": lambda: self._do(lambda: self._lines.use_this_sim(line_id), "Taking the SIM"),
            "pin": lambda: self._ask_pin(card.view),
            "rename": lambda: self._ask_name(card.view),
            "remove": lambda: self._ask_remove(card.view),
        }
        actions[what]()

    def _ask_pin(self, view: LineView) -> None:
        pin, given = QInputDialog.getText(
            self,
            "PIN of the SIM",
            f"{view.detail or 'The SIM asks for its PIN.'}\nIt is used once and not kept.",
            QLineEdit.EchoMode.Password,
        )
        if given and pin.strip().isdigit():
            self._do(lambda: self._lines.retry(view.id, pin.strip()), "Entering the PIN")
        elif given:
            self.notice.say("A PIN has digits only. It was not tried.", "warn", "Close")

    def _ask_name(self, view: LineView) -> None:
        name, given = QInputDialog.getText(self, "Rename line", "Name of the line", text=view.name)
        if given and name.strip():
            self._do(lambda: self._lines.rename(view.id, name.strip()[:60]), "Renaming")

    def _ask_remove(self, view: LineView) -> None:
        waiting = f" {view.waiting} waiting texts go back to the desk." if view.waiting else ""
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Remove line")
        box.setText(f"Remove the line {isolated(view.name, 60)}?")
        box.setInformativeText(f"Its texts and conversations stay.{waiting}")
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.exec()
        if box.clickedButton() is remove:
            self._do(lambda: self._lines.remove(view.id), "Removing")
