"""The keys of the desk: which key does what, and when it does nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QPushButton

from ui.desk import keys

if TYPE_CHECKING:
    from ui.desk.page import DeskPage


#: Where letters are letters.
TEXT_FIELDS = (QLineEdit, QPlainTextEdit, QAbstractSpinBox)


class Keyboard:
    """Offers key presses to what they are for. It decides nothing about sending: Send's own gate does."""

    def __init__(self, page: DeskPage) -> None:
        self._page = page

    def take_release(self, event: QKeyEvent) -> bool:
        """Offer a key release; True if it was a send key's."""
        page = self._page
        return page.card_view.send.take_release(event) or page.decide.again_button.take_release(event)

    def take(self, event: QKeyEvent) -> bool:
        """Offer a key press; True if the desk took it."""
        page = self._page
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if control and event.key() == Qt.Key.Key_P:
            if not event.isAutoRepeat() and not page.header.pause_button.isHidden():
                page.toggle_pause()
            return True
        if event.modifiers() & ~keys.TYPED:
            return False
        focused = QApplication.focusWidget()
        if isinstance(focused, TEXT_FIELDS):
            return False  # letters of a text
        if event.key() in keys.ENTER and isinstance(focused, QPushButton) and page.isAncestorOf(focused):
            if not event.isAutoRepeat():
                focused.click()  # the button that Tab led to; Send itself ignores this
            return True
        aside = page.stack.aside
        if aside is not None:
            return aside.take_key(event)
        if event.key() in keys.ENTER and self._leads_on(again=event.isAutoRepeat()):
            return True
        ready = page.stack.on_card and not page.card_view.busy
        return (ready and page.card_view.send.take_key(event)) or self._letter(event)

    def _leads_on(self, *, again: bool) -> bool:
        """An Enter that leads to the first list, or to a text that may be an opt-out."""
        page = self._page
        if page.can_begin:
            act: Callable[[], None] = page.first_step
        elif page.asked is not None:
            act = page.go_replies
        else:
            return False
        if not again:
            act()
        return True

    def _letter(self, event: QKeyEvent) -> bool:
        page, view = self._page, self._page.card_view
        here = page.stack.on_card
        key = Qt.Key(event.key())
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        actions: dict[Qt.Key, Callable[[], object]]
        if here and view.reasoning:
            actions = {Qt.Key.Key_Escape: page.keep_in}
        elif here and view.editing:
            actions = {Qt.Key.Key_Escape: page.drop_edit}
        elif here and view.asking:
            actions = {Qt.Key.Key_Y: page.opt_out, Qt.Key.Key_Escape: page.keep_in}
        else:
            actions = {
                Qt.Key.Key_P: page.work.previous,
                Qt.Key.Key_R: page.go_replies,
                Qt.Key.Key_T: page.take_back_latest,
                Qt.Key.Key_D: page.decide_first,
                Qt.Key.Key_K: page.stack.show_skipped,
                Qt.Key.Key_Escape: page.escape,
            }
            if here and key in keys.SCROLL:
                bar = view.message.verticalScrollBar()
                bar.setValue(bar.value() + keys.SCROLL[key] * bar.singleStep() * 2)
                return True
            if here:
                buttons = {Qt.Key.Key_S: view.skip, Qt.Key.Key_E: view.edit, Qt.Key.Key_O: view.opt_out}
                if key in buttons and not buttons[key].isEnabled():
                    return True
                actions |= {
                    Qt.Key.Key_S: page.ask_reason if shift else page.skip,
                    Qt.Key.Key_E: view.start_edit,
                    Qt.Key.Key_O: view.ask_opt_out,
                }
        action = actions.get(key)
        if action is None:
            return False
        if not event.isAutoRepeat():
            action()
        return True
