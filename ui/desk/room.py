"""How many clicks wait for a line, as far as the window knows: Send rests before a press would be refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.widgets import isolated

if TYPE_CHECKING:
    from app.campaigns.lanes import WayOut

#: As ``app.texting.clicks.MAX_WAITING``, which has the last word.
MOST = 25


class Room:
    """Counts per line: what the database said last, and the presses that are still being saved."""

    def __init__(self) -> None:
        self._waiting: dict[int, int] = {}
        self._line: int | None = None
        self._name = ""
        self._flying = 0
        self._why = ""

    def read(self, way: WayOut | None) -> None:
        """What the database says about the way of the card on the desk."""
        if way is None:
            return
        self._why = way.why
        if not way.why:
            self._line, self._name = way.line_id, way.line_name
            self._waiting[way.line_id] = way.waiting

    def pressed(self) -> None:
        """A press is on its way to the database."""
        self._flying += 1

    def saved(self, line_id: int | None = None, waiting: int = 0) -> None:
        """It was taken, and so many wait for ``line_id`` now; None: it was refused or failed."""
        self._flying = max(self._flying - 1, 0)
        if line_id is not None:
            self._line = line_id
            self._waiting[line_id] = waiting

    def full(self) -> str:
        """Why Send rests, as a sentence; "" while there is room."""
        if self._line is None:
            return self._why
        waiting = self._waiting.get(self._line, 0) + self._flying
        if waiting < MOST:
            return self._why
        name = isolated(self._name, 60) if self._name else "this line"
        return f"{waiting} wait for {name}; the desk goes on when some have left."
