"""The cards prepared ahead, and the order in which they are shown. No widgets, no database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.campaigns.desk import Card

#: So many cards are read ahead, and read again when so few are left.
AHEAD = 50
REFILL_AT = 25


class Deck:
    """The queue as the texter goes through it.

    A card that was pressed, skipped or opted out is not dealt again while the program works on it, nor by
    a reading that began before that work was done, however much it still calls it queued.
    """

    def __init__(self) -> None:
        self._cards: list[Card] = []
        self._flying: set[int] = set()
        self._acted: dict[int, int] = {}
        self._sequence = 0
        self._refusals: dict[int, str] = {}
        self.review: Card | None = None

    def __len__(self) -> int:
        return len(self._cards)

    @property
    def current(self) -> Card | None:
        """The card on the desk: one looked back at, else the first of the deck."""
        return self.review or (self._cards[0] if self._cards else None)

    @property
    def ids(self) -> tuple[int, ...]:
        """The messages that lie in the deck."""
        return tuple(card.message_id for card in self._cards)

    @property
    def needs_more(self) -> bool:
        """True when it is time to read on."""
        return len(self._cards) <= REFILL_AT

    @property
    def last_position(self) -> int:
        """The furthest place in the queue that lies in the deck; -1 for an empty one."""
        return max((card.position for card in self._cards), default=-1)

    @property
    def position(self) -> int:
        """The place in the queue of the card on the desk; -1 without one."""
        return self.current.position if self.current is not None else -1

    def mark(self) -> int:
        """Take this before a reading begins and hand it to :meth:`add` with what was read."""
        return self._sequence

    def add(self, cards: Iterable[Card], mark: int) -> int:
        """Put freshly read cards behind; returns how many were new. Only what may go now is dealt."""
        known, before = set(self.ids), len(self._cards)
        for card in cards:
            key = card.message_id
            stale = key in self._flying or self._acted.get(key, 0) > mark
            if key not in known and not stale and card.state == "queued" and card.gate.verdict == "go":
                known.add(key)
                self._cards.append(card)
        return len(self._cards) - before

    def take(self, message_id: int) -> None:
        """The card was acted on: it is away."""
        self._flying.add(message_id)
        self._refusals.pop(message_id, None)
        self._cards = [card for card in self._cards if card.message_id != message_id]
        if self.review is not None and self.review.message_id == message_id:
            self.review = None

    def settled(self, message_id: int) -> None:
        """What was done to an away card is in the database: a reading from now on tells the truth."""
        self._flying.discard(message_id)
        self._sequence += 1
        self._acted[message_id] = self._sequence

    def put_back(self, card: Card, why: str) -> None:
        """A press was refused: the card comes back to the front, in queue order, with the reason."""
        self.settled(card.message_id)
        self._refusals[card.message_id] = why
        self._cards = [other for other in self._cards if other.message_id != card.message_id]
        place = 0
        while (
            place < len(self._cards)
            and self._cards[place].message_id in self._refusals
            and self._cards[place].position < card.position
        ):
            place += 1
        self._cards.insert(place, card)

    def replace(self, message_id: int, card: Card | None) -> None:
        """A card was read again: keep the new one if it may go, else drop it."""
        if self.review is not None and self.review.message_id == message_id:
            self.review = card
        if card is None or card.state != "queued" or card.gate.verdict != "go":
            self._cards = [old for old in self._cards if old.message_id != message_id]
            self._refusals.pop(message_id, None)
            return
        self._cards = [card if old.message_id == message_id else old for old in self._cards]

    def reset(self, cards: Iterable[Card], mark: int) -> None:
        """The queue changed as a whole: keep the card on the desk in its place if it is still there."""
        here = self._cards[0].message_id if self._cards else None
        self._cards = []
        self._refusals = {}
        self.add(cards, mark)
        for index, card in enumerate(self._cards):
            if card.message_id == here:
                self._cards.insert(0, self._cards.pop(index))
                break

    def clear(self) -> None:
        """Another campaign."""
        self._cards.clear()
        self._refusals.clear()
        self.review = None

    def refusal(self, message_id: int) -> str:
        """Why the card came back; "" if it did not."""
        return self._refusals.get(message_id, "")
