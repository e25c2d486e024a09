"""The texts of a campaign side by side: A, B, C …, and who gets the one that is in view."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from app.campaigns.counting import WordingCount
from app.campaigns.wordings import FIRST, LABELS, TAG, Variant
from ui import theme, wording
from ui.widgets import ChipButton, KeyButton, PlainLabel, clear_layout, one_line

CHANCE = "a share of everyone, by chance"


class VariantBar(QWidget):
    """A chip for each text and one for another. ``chosen`` carries a label, new ones too."""

    chosen = Signal(str)
    another = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = FIRST
        self._labels: tuple[str, ...] = ()
        self._started = False
        self.chips: dict[str, ChipButton] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.em(self, 0.3))
        self.more = ChipButton("+ text", parent=self)
        self.more.setAccessibleName("Write another text for some of the people")
        self.more.clicked.connect(self._ask_more)
        self.show_texts((FIRST,), started=False)

    def show_texts(self, labels: Sequence[str], *, started: bool) -> None:
        """These texts are there."""
        if tuple(labels) == self._labels and started == self._started and self.chips:
            self._mark()
            return
        self._labels, self._started = tuple(labels), started
        if self.label not in self._labels:
            self.label = FIRST
        self._row.removeWidget(self.more)
        clear_layout(self._row)
        self.chips = {}
        for label in self._labels if len(self._labels) > 1 else ():
            chip = ChipButton(label, parent=self, checkable=True)
            chip.setAccessibleName(f"Text {label}")
            chip.clicked.connect(lambda _on=False, name=label: self.choose(name))
            self.chips[label] = chip
            self._row.addWidget(chip)
        self._row.addWidget(self.more)
        self.more.setVisible(not started and len(self._labels) <= len(LABELS))
        self._mark()

    def _mark(self) -> None:
        for label, chip in self.chips.items():
            chip.setChecked(label == self.label)

    def choose(self, label: str) -> None:
        """Look at another text."""
        if label != self.label:
            self.label = label
            self.chosen.emit(label)
        self._mark()

    def _ask_more(self) -> None:
        free = next((label for label in LABELS if label not in self._labels), None)
        if free is not None:
            self.another.emit(free)


class AudienceRow(QWidget):
    """Who gets a further text: a share by chance, people with a tag, or with a value in a field."""

    changed = Signal()
    remove_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: tuple[str, ...] = ()
        self.title = PlainLabel("", self, quiet=True)
        self.kind = QComboBox(self)
        self.kind.setAccessibleName("Who gets this text")
        self.value = QLineEdit(self)
        self.value.setMaxLength(80)
        self.value.setAccessibleName("Value they must have")
        self.remove_button = KeyButton("Remove this text", parent=self, flat=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.5))
        layout.addWidget(self.title)
        layout.addWidget(self.kind)
        layout.addWidget(self.value, 1)
        layout.addStretch(0)
        layout.addWidget(self.remove_button)
        self.kind.activated.connect(self._kind_chosen)
        self.value.textEdited.connect(lambda _text: self.changed.emit())
        self.remove_button.clicked.connect(self.remove_asked)
        self.hide()

    def show_variant(self, variant: Variant | None, fields: Sequence[str], *, started: bool) -> None:
        """The text in view; None for the campaign's own, which everyone else gets."""
        self.setVisible(variant is not None)
        if variant is None:
            return
        self.title.setText(f"Text {variant.label} goes to")
        if tuple(fields) != self._fields or not self.kind.count():
            self._fields = tuple(fields)
            self.kind.clear()
            self.kind.addItem(CHANCE, "")
            self.kind.addItem("people with the tag", TAG)
            for field in (*fields, *(() if "language" in fields else ("language",))):
                self.kind.addItem(f"people whose {one_line(field, 40)} is", field)
        if self.kind.findData(variant.field) < 0:
            self.kind.addItem(f"people whose {one_line(variant.field, 40)} is", variant.field)
        self.kind.setCurrentIndex(self.kind.findData(variant.field))
        if not self.value.hasFocus() and self.value.text() != variant.value:
            self.value.setText(variant.value)
        self.value.setVisible(bool(variant.field))
        for widget in (self.kind, self.value):
            widget.setEnabled(not started)
        self.remove_button.setVisible(not started)

    def condition(self) -> tuple[str, str]:
        """Field and value; ("", "") for a share by chance."""
        field = str(self.kind.currentData() or "")
        return field, self.value.text().strip() if field else ""

    def _kind_chosen(self) -> None:
        field = str(self.kind.currentData() or "")
        self.value.setVisible(bool(field))
        if field and not self.value.text():
            self.value.setFocus()
        else:
            self.changed.emit()


def count_words(counts: Sequence[WordingCount]) -> str:
    """ "A: 120 sent, 14 replies (11.7 %), 2 opted out · B: …"; "" for a single text."""
    if len(counts) < 2:
        return ""
    return "\n".join(_one(each) for each in counts)


def _one(each: WordingCount) -> str:
    share = f" ({each.replies / each.sent:.1%})" if each.sent else ""
    replies = wording.count(each.replies, "reply", "replies")
    version = f", version {each.version}" if each.version > 1 else ""
    return (
        f"Text {each.label}{version}: {each.sent:,} sent, {each.queued:,} to go, {replies}{share}, "
        f"{each.opted_out:,} opted out"
    )
