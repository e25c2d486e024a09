"""Proofs: step through every merged message, or through those that deserve a look."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from app.campaigns import proof
from app.campaigns.proof import PRESETS, Proof, ProofText
from app.workspace import Workspace
from ui import background, theme, wording
from ui.campaigns.preview import Bubble
from ui.widgets import ChipButton, KeyButton, PlainLabel, one_line, scrolled, visible
from ui.widgets_flow import FlowLayout

_FAR = 100


class ProofDialog(QDialog):
    """See the module. ``person_asked`` carries a contact id."""

    person_asked = Signal(int)

    def __init__(self, workspace: Workspace, campaign_id: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Every message")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        height = parent.window().height() if parent is not None else 700
        self.resize(theme.em(self, 46), min(theme.em(self, 36), height - 60))
        self._workspace, self._campaign_id = workspace, campaign_id
        self._proof: Proof | None = None
        self.preset, self.index, self._turn = "everyone", 0, 0
        self.shown: ProofText | None = None
        self._build()
        self._job = background.run(self, self._look, self._found, self._failed, self._progress)

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(theme.em(self, 0.6))
        flow = FlowLayout(gap=theme.em(self, 0.35))
        holder = QWidget(self)
        holder.setLayout(flow)
        self.chips: dict[str, ChipButton] = {}
        for preset, name in PRESETS.items():
            chip = ChipButton(name, parent=self, checkable=True)
            chip.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            chip.setEnabled(False)
            chip.clicked.connect(lambda _on=False, key=preset: self.choose(key))
            self.chips[preset] = chip
            flow.addWidget(chip)
        layout.addWidget(holder)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Messages written")
        layout.addWidget(self.bar)
        self.who = PlainLabel("Writing everybody's message…", self, bold=True, wrap=True)
        self.bubble = Bubble(self)
        self.bubble.hide()
        self.cost = PlainLabel("", self, quiet=True, wrap=True)
        self.notes = PlainLabel("", self, tone="warn", wrap=True)
        layout.addWidget(self.who)
        layout.addWidget(scrolled(self._fill, self), 1)
        self.back_button = KeyButton("Back", "←", self)
        self.next_button = KeyButton("Next", "→", self, primary=True)
        self.place = PlainLabel("", self, quiet=True)
        self.open_button = KeyButton("Open in Contacts", "Enter", self)
        self.close_button = KeyButton("Close", "Esc", self)
        buttons = QHBoxLayout()
        for widget in (self.back_button, self.next_button, self.place):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        buttons.addWidget(self.open_button)
        buttons.addWidget(self.close_button)
        layout.addLayout(buttons)
        for button in (self.back_button, self.next_button, self.open_button, self.close_button):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.back_button.clicked.connect(lambda: self.step(-1))
        self.next_button.clicked.connect(lambda: self.step(1))
        self.open_button.clicked.connect(self._open)
        self.close_button.clicked.connect(self.reject)

    def _fill(self, layout: QVBoxLayout) -> None:
        layout.setSpacing(theme.em(self, 0.5))
        for part in (self.bubble, self.cost, self.notes):
            layout.addWidget(part)
        layout.addStretch(1)

    # -- looking at everyone --------------------------------------------------------------------

    def _look(self, job: background.Job) -> Proof | None:
        workspace = self._workspace
        return proof.look(
            workspace.store,
            workspace.clock,
            self._campaign_id,
            progress=job.progress,
            cancelled=job.is_cancelled,
        )

    def _progress(self, done: int, total: int) -> None:
        self.bar.setRange(0, max(1, total))
        self.bar.setValue(done)

    def _found(self, found: Proof | None) -> None:
        self.bar.hide()
        if found is None:
            return
        self._proof = found
        for preset, chip in self.chips.items():
            chip.set(f"{PRESETS[preset]} {found.count(preset):,}")
            chip.setEnabled(bool(found.count(preset)))
        self.choose("everyone")

    def _failed(self, error: Exception) -> None:
        self.bar.hide()
        self.who.setText(wording.sentence(error))

    # -- stepping -------------------------------------------------------------------------------

    def choose(self, preset: str) -> None:
        """Another set of people, from its first."""
        for key, chip in self.chips.items():
            chip.setChecked(key == preset)
        self.preset, self.index = preset, 0
        self._read()

    @property
    def count(self) -> int:
        """How many people the set has."""
        return self._proof.count(self.preset) if self._proof is not None else 0

    def go(self, index: int) -> None:
        """The ``index``-th of the set; the ends stop."""
        self.index = max(0, min(index, self.count - 1))
        self._read()

    def step(self, by: int) -> None:
        """So many on, or back."""
        self.go(self.index + by)

    def _read(self) -> None:
        self.back_button.setEnabled(self.index > 0)
        self.next_button.setEnabled(self.index < self.count - 1)
        self.place.setText(f"{self.index + 1:,} of {self.count:,}" if self.count else "Nobody")
        if self._proof is None or not self.count:
            return
        self._turn += 1
        turn, position = self._turn, self._proof.position(self.preset, self.index)
        workspace, campaign_id = self._workspace, self._campaign_id

        def done(found: ProofText | None) -> None:
            if turn == self._turn:
                self._show(found)

        background.run(
            self,
            lambda _job: proof.read(workspace.store, workspace.clock, campaign_id, position),
            done,
            self._failed,
        )

    def _show(self, found: ProofText | None) -> None:
        self.shown = found
        self.open_button.setEnabled(found is not None)
        self.bubble.setVisible(found is not None and bool(found.text))
        if found is None:
            self.who.setText("This person is no longer there.")
            return
        name = one_line(found.name)
        self.who.setText(f"{name} · {found.number_display}" if name else found.number_display)
        self.bubble.label.setText(visible(found.text))
        self.cost.setText(self._cost(found))
        notes = [f"No {name} for this person, and no fallback." for name in found.lacking]
        notes += [found.held] if found.held else []
        notes += ["They opted out: they are left out."] if found.blocked else []
        self.notes.setText("\n".join(notes))

    def _cost(self, found: ProofText) -> str:
        if not found.text:
            return ""
        size = wording.count(found.segments, "segment")
        words = f"{found.units} / {found.limit} · {size} · {found.alphabet}"
        if found.offending:
            words += f" because of {one_line(found.offending)}"
        several = self._proof is not None and self._proof.several
        return f"Text {found.label} · {words}" if several else words

    def _open(self) -> None:
        if self.shown is not None:
            self.accept()
            self.person_asked.emit(self.shown.contact_id)

    # -- Qt's events ----------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        steps = {
            Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_J: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1,
            Qt.Key.Key_K: -1, Qt.Key.Key_PageDown: _FAR, Qt.Key.Key_PageUp: -_FAR,
        }  # fmt: skip
        digit = key - Qt.Key.Key_1
        if key in steps:
            self.step(steps[Qt.Key(key)])
        elif key == Qt.Key.Key_Home:
            self.go(0)
        elif key == Qt.Key.Key_End:
            self.go(self.count - 1)
        elif 0 <= digit < len(PRESETS) and self.chips[list(PRESETS)[digit]].isEnabled():
            self.choose(list(PRESETS)[digit])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self._open()
        else:
            super().keyPressEvent(event)
            return
        event.accept()

    def done(self, result: int) -> None:
        self._job.cancel()
        super().done(result)
