"""Opting out somebody who said so in another way than by text: how, in which words, and when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from app.people import confirming_permits, fields, numbers, optouts
from app.workspace import Workspace
from ui import dialogs
from ui.widgets import PlainLabel

_FURTHEST = 14 * 3600.0  # a day is its midnight UTC; somewhere it has begun so much earlier
#: A conversation has their words in it; the others are told by somebody.
HERE = ("operator", "In their texts here")
#: Each begins with another letter, so that one key chooses it.
LABELS = {
    "phone": "Phone or voicemail",
    "email": "E-mail",
    "person": "In person",
    "paper": "Written on paper",
    "carrier": "Carrier's or regulator's list",
    "other": "Otherwise",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What was typed: the number (E.164), a source of ``optouts.SOURCES``, the words, and the day (UTC
    seconds) where one was given."""

    number: str
    source: str
    words: str
    said_at: float | None = None


class OptOutDialog(dialogs.FormDialog):
    """Asks for all of it; :meth:`told` after ``accepted``. With ``number`` it is of that one."""

    def __init__(self, parent: QWidget, workspace: Workspace, *, number: str = "", name: str = "") -> None:
        self._workspace, self._number = workspace, number
        asked = (
            ("Number", "In any form: (312) 555-0187", 3),
            ("Their words, and who heard them", "“Take me off the list”, to Dana at the front desk", 4),
            ("When", "Today; or a day such as 2026-09-30", 0),
        )
        self.channel = QComboBox()
        super().__init__(
            parent,
            f"Opt out {name or numbers.display(number)}?" if number else "Opt out a number",
            "It takes effect at once, for every campaign and line: what waits for this number is not sent. "
            "Only START by text, or a typed reason with what shows it, lifts it again.",
            asked[1:] if number else asked,
            "Opt out",
            danger=True,
            check=self._problem,
        )
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._ask_how(bool(number))

    def _ask_how(self, here: bool) -> None:
        self.channel.setParent(self)
        self.channel.setAccessibleName("How they said it")
        if here:
            self.channel.addItem(HERE[1], HERE[0])
        else:
            self.channel.addItem("Choose how they said it", "")
        for key in optouts.CHANNELS:
            self.channel.addItem(LABELS[key], key)
        label = PlainLabel("How they said it", self, bold=True)
        label.setBuddy(self.channel)
        layout = cast(QVBoxLayout, self.layout())
        place = layout.indexOf(self._words_edit()) - 1  # before the words' label
        layout.insertWidget(place, label)
        layout.insertWidget(place + 1, self.channel)
        order = [*self.fields[:-2], self.channel, *self.fields[-2:], self.cancel_button, self.ok_button]
        for before, after in pairwise(order):
            self.setTabOrder(before, after)
        self.channel.currentIndexChanged.connect(lambda _index: self._look())
        self.fields[0].setFocus()
        self._look()

    def _words_edit(self) -> QWidget:
        return self.fields[-2]

    def _filled(self) -> bool:
        return super()._filled() and bool(self.channel.currentData())

    def _problem(self, values: tuple[str, ...]) -> str:
        if not self._number:
            try:
                numbers.parse(values[0], self._workspace.settings.country)
            except numbers.NumberError as error:
                return str(error)
        return self._wrong_day(values[-1])

    def _wrong_day(self, text: str) -> str:
        if not text:
            return ""
        day = self._day(text)
        if day is None:
            return "This is no date. Write one like 2026-09-30, or leave it empty for today."
        ahead = day - self._workspace.clock.now() > _FURTHEST
        return "That day is still to come." if ahead else ""

    def _day(self, text: str) -> float | None:
        found = fields.day_of(text, self._workspace.settings.country.upper() in fields.MONTH_FIRST)
        return found.replace(tzinfo=dt.UTC).timestamp() if found is not None else None

    def told(self) -> Told:
        """What was typed."""
        values = self.values()
        number = self._number or numbers.parse(values[0], self._workspace.settings.country)
        said_at = self._day(values[-1]) if values[-1] else None
        return Told(number, str(self.channel.currentData()), values[-2], said_at)


def opt_out(workspace: Workspace, told: Told) -> int:
    """Take a number out of everything; returns how many waiting texts were blocked."""
    with workspace.store.write() as unit:
        # Said in their texts: a confirmation of it counts its five minutes from the newest of them.
        heard = confirming_permits.newest_in(unit.conn, told.number) if told.source == HERE[0] else 0
        return optouts.opt_out(
            unit,
            workspace.clock,
            told.number,
            source=told.source,
            evidence=told.words,
            operator=workspace.operator,
            said_at=told.said_at,
            message_id=heard or None,
        )
