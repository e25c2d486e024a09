"""The message memories of a modem: numbered slots, as 3GPP TS 27.005 3.1 and 3.2.3 describe them."""

from __future__ import annotations

from dataclasses import dataclass, replace

UNREAD, READ, UNSENT, SENT, ALL = range(5)
STATUS_WORDS = ("REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL")


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored message: upper-case hex with its SMSC part, TPDU octets, status 0..3."""

    hex: str
    length: int
    status: int = UNREAD


class Memory:
    """``total`` slots counted from ``base``; a message keeps its slot until it is deleted."""

    def __init__(self, total: int, base: int = 1) -> None:
        self.total = total
        self.base = base
        self._slots: list[Stored | None] = [None] * total

    @property
    def used(self) -> int:
        """How many slots hold a message."""
        return sum(1 for slot in self._slots if slot is not None)

    @property
    def full(self) -> bool:
        """Whether no further message can be stored."""
        return None not in self._slots

    def valid(self, index: int) -> bool:
        """Whether there is a slot of that number, empty or not."""
        return self.base <= index < self.base + self.total

    def put(self, message: Stored) -> int | None:
        """Store in the lowest free slot; its index, or None when all are taken."""
        for position, slot in enumerate(self._slots):
            if slot is None:
                self._slots[position] = message
                return position + self.base
        return None

    def get(self, index: int) -> Stored | None:
        """What lies in a slot, or None."""
        return self._slots[index - self.base] if self.valid(index) else None

    def mark(self, index: int, status: int) -> None:
        """Give a stored message another status."""
        message = self.get(index)
        if message is not None:
            self._slots[index - self.base] = replace(message, status=status)

    def delete(self, index: int) -> bool:
        """Empty a slot; whether it held something."""
        held = self.get(index) is not None
        if held:
            self._slots[index - self.base] = None
        return held

    def rows(self, status: int = ALL) -> list[tuple[int, Stored]]:
        """The stored messages of one status (or all), by index."""
        return [
            (position + self.base, slot)
            for position, slot in enumerate(self._slots)
            if slot is not None and status in (ALL, slot.status)
        ]
