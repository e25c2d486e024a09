"""The desk's hands: it takes presses to the store, brings refused cards back, and can undo the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QTimer

from app import undo
from app.undo import Undo
from ui import background
from ui.desk.dealing import Dealing
from ui.desk.reading import News
from ui.widgets import isolated

if TYPE_CHECKING:
    from app.campaigns.desk import Card, OutboxItem
    from app.store.engine import Store
    from app.texting.clicks import Press

#: A place behind every place in the queue.
BEYOND = 2**40
#: Milliseconds that a click has the computer to itself before the next card is painted.
SETTLE_MS = 5


class DeskWork(Dealing):
    """What a person does at the desk. Only :meth:`press` and :meth:`send_again` take a press, a real one."""

    # -- what a person does -------------------------------------------------------------------

    def press(self, card: Card, press: Press) -> None:
        """Take a real press on ``card``: the next one is shown at once, the click is saved behind it."""
        self.room.pressed()
        self._act(card, lambda: self._accept(card, press), self._accepted)

    def _accept(self, card: Card, press: Press) -> str:
        from app.texting import clicks

        line_id, waiting = None, 0
        try:
            result = clicks.accept(
                self.workspace.store,
                self.workspace.clock,
                card.message_id,
                text_hash=card.text_hash,
                press=press,
                operator=self.workspace.operator,
                grace=float(self.workspace.settings.grace_seconds),
            )
            if isinstance(result, clicks.Refused):
                return result.why
            line_id, waiting = result.line_id, result.ahead + 1
            self.lines.wake(result.line_id)
            return ""
        finally:
            background.call_on_gui(lambda: self._saved(line_id, waiting))

    def _saved(self, line_id: int | None, waiting: int) -> None:
        if not shiboken6.isValid(self):
            return
        self.room.saved(line_id, waiting)
        if line_id is not None:
            self.rhythm.clicked(self.workspace.clock.monotonic())
        self.room_changed.emit()

    def _accepted(self, card: Card, why: str, fresh: Card | None) -> None:
        if not why:
            self.deck.settled(card.message_id)
        elif fresh is not None and fresh.state == "queued" and fresh.gate.verdict == "go":
            self.deck.put_back(fresh, why)
            self.card_changed.emit()
        else:
            self.deck.settled(card.message_id)
            self.said.emit(f"Not sent to {card.name or card.number_display}: {why}", "warn")

    def skip(self, card: Card, reason: str = "") -> None:
        """Pass a person over, with a reason if there is one; they can be put back."""
        from app.campaigns import acts

        store, key = self.workspace.store, card.message_id

        def work() -> str:
            return "" if acts.skip(store, key, reason) else "this text is no longer queued."

        def back(store: Store) -> str:
            return "" if acts.unskip(store, key) else "This person is no longer skipped."

        self._act(card, work, self._accepted, Undo(f"Skipped {_name(card)}", back, after=self._back(key)))

    def opt_out(self, card: Card) -> None:
        """Opt a person out of everything."""
        from app.campaigns import acts

        workspace = self.workspace

        def work() -> str:
            made = acts.opt_out_person(workspace.store, workspace.clock, card.number, workspace.operator)
            if made is not None:
                operator = workspace.operator

                def back(store: Store) -> str:
                    return acts.undo_opt_out(store, workspace.clock, made, operator)

                self._push(Undo(f"Opted {_name(card)} out", back, after=self._back(card.message_id)))
            return ""

        self._act(card, work, self._accepted)

    def _push(self, done: Undo) -> None:
        operator = self.workspace.operator
        undo.of(self.workspace.store).push(Undo(done.label, done.act, operator, done.after))

    def _back(self, message_id: int) -> Callable[[], None]:
        """What brings a card back to the desk once its act is undone."""
        return lambda: self._behind(lambda: True, message_id)

    def _act(
        self,
        card: Card,
        work: Callable[[], str],
        done: Callable[[Card, str, Card | None], None],
        way_back: Undo | None = None,
    ) -> None:
        """Do ``work`` behind the next card; it returns why not, or "". An error brings the card back."""
        self.deck.take(card.message_id)
        self.rhythm.card_done(self.workspace.clock.monotonic())
        # Painting the next card would hold up the click on its way to the modem; nobody sees this pause.
        QTimer.singleShot(SETTLE_MS, self, self.show_next)

        def behind(_job: background.Job) -> tuple[str, Card | None]:
            why = work()
            return why, self.card_of(card.message_id) if why else None

        def settled(result: tuple[str, Card | None]) -> None:
            done(card, *result)
            if way_back is not None and not result[0]:
                self._push(way_back)

        def broken(error: Exception) -> None:
            self.deck.put_back(card, f"it could not be saved ({error}). Nothing left. Try again.")
            self.card_changed.emit()

        background.run(self, behind, settled, broken, urgent=True)

    def put_back_skipped(self, message_id: int, name: str, reason: str = "") -> None:
        """A skipped person returns to the queue, and to the desk."""
        from app.campaigns import acts

        store = self.workspace.store

        def work() -> bool:
            done = acts.unskip(store, message_id)
            if done:
                self._push(Undo(f"Put {name} back", again))
            return done

        def again(store: Store) -> str:
            return "" if acts.skip(store, message_id, reason) else "This text is no longer queued."

        self._behind(work, message_id, "This person is no longer skipped.")

    def take_back(self, message_id: int) -> None:
        """Undo a click that has not left."""
        from app.texting import clicks

        def back() -> bool:
            return clicks.take_back(self.workspace.store, self.workspace.clock, message_id)

        self._behind(back, message_id, "It is on its way already; it can no longer be taken back.")

    def _behind(self, work: Callable[[], object], message_id: int, too_late: str = "") -> None:
        def both(_job: background.Job) -> Card | None:
            return None if work() is False else self.card_of(message_id)

        def done(card: Card | None) -> None:
            self.deck.review = None
            if card is not None and card.state == "queued" and card.campaign_id == self.campaign_id:
                self.deck.put_back(card, "")
            elif card is None and too_late:
                self.said.emit(too_late, "warn")
            self.card_changed.emit()

        background.run(self, both, done, urgent=True)

    def keep_edit(self, card: Card, text: str) -> None:
        """Keep another text for this one person; the card is shown again with it."""
        from app.campaigns import acts

        key = card.message_id

        def both(_job: background.Job) -> Card | None:
            before = acts.change_text(self.workspace.store, key, text)
            if before is not None:
                self._push(
                    Undo(
                        f"Changed the text for {_name(card)}",
                        lambda store: acts.restore_text(store, key, before),
                        after=lambda: self.read_again(key),
                    )
                )
            return self.card_of(key)

        def failed(error: Exception) -> None:
            self.said.emit(f"The text was not changed: {error}", "warn")

        background.run(self, both, lambda fresh: self._edited(card, fresh), failed, urgent=True)

    def _edited(self, card: Card, fresh: Card | None) -> None:
        self.deck.replace(card.message_id, fresh)
        self.card_changed.emit()

    def previous(self) -> None:
        """Look back at the card before the one on the desk."""
        from app.campaigns import desk

        campaign_id = self.campaign_id
        if campaign_id is None:
            return
        position = self.deck.position if self.deck.current is not None else BEYOND

        background.run(
            self,
            lambda _job: desk.previous(self.workspace.store, campaign_id, position, self.workspace.clock),
            self._show_previous,
            urgent=True,
        )

    def _show_previous(self, card: Card | None) -> None:
        if card is None:
            self.said.emit("This is the first card of the campaign.", "accent")
            return
        self.deck.review = card
        self.card_changed.emit()

    def leave_review(self) -> None:
        """Back to the queue."""
        if self.deck.review is not None:
            self.deck.review = None
            self.card_changed.emit()

    def toggle_pause(self, news: News) -> None:
        """Pause the campaign that is shown, or resume it."""
        from app.campaigns import acts, campaign

        here, workspace = news.campaign, self.workspace
        if here is None:
            return
        pausing = here.state != "paused"
        change = campaign.pause if pausing else campaign.resume
        operator = workspace.operator
        way_back = Undo(
            f"{'Paused' if pausing else 'Resumed'} {isolated(here.name, 60)}",
            lambda store: acts.undo_pause(store, workspace.clock, here.id, operator, paused=pausing),
            after=self.refresh,
        )

        def done(_result: object) -> None:
            self._push(way_back)
            self.refresh()

        background.run(
            self,
            lambda _job: change(workspace.store, workspace.clock, here.id, operator),
            done,
            urgent=True,
        )

    def resolve_sent(self, message_id: int) -> None:
        """A person says that an unknown text did leave."""
        from app.texting import clicks

        workspace = self.workspace
        background.run(
            self,
            lambda _job: clicks.resolve_sent(
                workspace.store, workspace.clock, message_id, workspace.operator
            ),
            lambda _done: self.refresh(),
            urgent=True,
        )

    def send_again(self, item: OutboxItem, press: Press) -> None:
        """A real press sends a text again: a new message with its own click."""
        from app.texting import clicks

        def work(_job: background.Job) -> str:
            result = clicks.send_again(
                self.workspace.store,
                self.workspace.clock,
                item.message_id,
                press=press,
                operator=self.workspace.operator,
                grace=float(self.workspace.settings.grace_seconds),
            )
            if isinstance(result, clicks.Refused):
                return result.why
            self.lines.wake(result.line_id)
            return ""

        def done(why: str) -> None:
            if why:
                self.said.emit(f"Not sent to {item.name or item.number_display}: {why}", "warn")
            self.refresh()

        background.run(self, work, done, urgent=True)


def _name(card: Card) -> str:
    return isolated(card.name or card.number_display, 60)
