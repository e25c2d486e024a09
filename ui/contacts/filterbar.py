"""The row under the search: one tag, one list, and what people are ordered by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from app.people import beside, contacts, fieldtypes
from app.people.finding import Order
from app.store.engine import Store
from ui import theme
from ui.widgets import one_line

_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen now."""

    tags: tuple[beside.TagRow, ...]
    lists: tuple[tuple[int, str], ...]
    fields: tuple[tuple[str, str], ...]  # (name, kind)


def choices(store: Store) -> Choices:
    """Read what can be chosen."""
    return Choices(
        beside.tags(store),
        tuple((row.id, row.name) for row in contacts.lists(store, limit=_SHOWN)),
        tuple((row.name, row.kind) for row in fieldtypes.every(store)),
    )


class FilterBar(QWidget):
    """Three choices. ``changed`` when one of them is another."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tag, self.list, self.order = QComboBox(self), QComboBox(self), QComboBox(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.em(self, 0.5))
        for box, name in ((self.tag, "Tag"), (self.list, "List"), (self.order, "Order")):
            box.setAccessibleName(name)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(6)
            box.activated.connect(lambda _index: self.changed.emit())
            layout.addWidget(box, 1)
        self.show_choices(Choices((), (), ()))

    def show_choices(self, found: Choices) -> None:
        """Offer ``found``; what is chosen stays chosen while it is there."""
        tags = [(f"{one_line(row.name, 40)} ({row.people:,})", row.id) for row in found.tags[:_SHOWN]]
        _fill(self.tag, "Any tag", tags)
        _fill(self.list, "Any list", [(one_line(name, 40), key) for key, name in found.lists])
        _fill(self.order, "By name", [(f"By {one_line(n, 40)}", (n, kind)) for n, kind in found.fields])

    def tag_id(self) -> int | None:
        """The chosen tag, None for any."""
        return None if self.tag.currentData() is None else int(self.tag.currentData())

    def list_id(self) -> int | None:
        """The chosen list, None for any."""
        return None if self.list.currentData() is None else int(self.list.currentData())

    def chosen_order(self) -> Order:
        """What people are ordered by."""
        return Order(*self.order.currentData()) if self.order.currentData() else Order()


def _fill(box: QComboBox, none: str, items: Sequence[tuple[str, object]]) -> None:
    kept = box.currentData()
    box.clear()
    box.addItem(none, None)
    place = 0
    for words, value in items:
        if value == kept or (isinstance(value, tuple) and isinstance(kept, tuple) and value[0] == kept[0]):
            place = box.count()
        box.addItem(words, value)
    box.setCurrentIndex(place)
