"""Tags of many people: what to add and what to take away, of those selected or of everybody who is shown."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from ui import wording
from ui.dialogs import FormDialog
from ui.widgets import PlainLabel


class TagDialog(FormDialog):
    """Two lines of tags with commas between, and who is meant."""

    def __init__(self, chosen: Sequence[int], shown: int, known: Sequence[str], parent: QWidget) -> None:
        self.chosen = list(chosen)
        tip = f"Known: {', '.join(known[:6])}" if known else "With commas between"
        super().__init__(
            parent, "Tags", "", (("Add", tip, 0), ("Take away", "With commas between", 0)), "Tag",
            check=lambda values: "" if any(values) else "Type a tag to add or to take away.",
        )  # fmt: skip
        self.whom = QComboBox(self)
        self.whom.setAccessibleName("Whom")
        if self.chosen:
            self.whom.addItem(f"{wording.count(len(self.chosen), 'person', 'people')} selected", False)
        if shown and shown != len(self.chosen):
            self.whom.addItem(f"Everybody shown ({shown:,})", True)
        layout = self.layout()
        if layout is not None:
            layout.insertWidget(1, PlainLabel("Whom", self, bold=True))  # type: ignore[attr-defined]
            layout.insertWidget(2, self.whom)  # type: ignore[attr-defined]
        self.fields[0].setFocus()

    def everybody(self) -> bool:
        """True when all who are shown are meant, not only those selected."""
        return bool(self.whom.currentData())

    def added(self) -> list[str]:
        """The tags to add."""
        return _parted(self.values()[0])

    def removed(self) -> list[str]:
        """The tags to take away."""
        return _parted(self.values()[1])


def _parted(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
