"""What the buttons of the Lines page do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from app.workspace import Workspace
from ui import background, wording
from ui.lines import adding
from ui.lines.finding import FindDialog
from ui.lines.limits_dialog import LimitsDialog
from ui.lines.release import PERMISSION, RELEASE, steps_dialog
from ui.lines.talk import UssdDialog
from ui.lines.words import PRACTICE_URL
from ui.operators.guard import allowed
from ui.widgets import isolated

if TYPE_CHECKING:
    from app.texting.asking import UssdReply
    from app.texting.lines import LineManager
    from app.texting.views import LineView

Say = Callable[[str, str], None]
_NAME = (
    "A number that the SIM tells itself comes back when the line connects; most SIMs tell none. It stands "
    "beside the line, and is not sent anywhere."
)
_ASK_CODE = (
    "Your operator has a code that tells the balance of a prepaid SIM, often *100# or *101#. It is asked "
    "when you press the button, never by itself, and the code is remembered for this SIM."
)
_CENTRE = (
    "Texts leave by the message centre of the SIM's operator. Its number stands in its help pages; "
    "it is written to the SIM."
)

#: What a card's buttons do that is a manager's; pausing and what brings a line back are everybody's.
_CHANGES = frozenset(("use_sim", "password", "limits", "rename", "remove", "code", "centre", "modemmanager"))


class Acts(QObject):
    """Does what was asked, off the window's thread. ``say(text, tone)`` tells; ``again`` reads."""

    def __init__(
        self, page: QWidget, workspace: Workspace, lines: LineManager, say: Say, again: Callable[[], None]
    ) -> None:
        super().__init__(page)
        self._workspace = workspace
        self._page, self._lines, self._say, self._again = page, lines, say, again
        self._asking = False  # one question to a modem at a time: each keeps a thread waiting

    def _may(self, again: Callable[[], object]) -> bool:
        return allowed(self._page, self._workspace, "lines", again)

    def do(self, work: Callable[[], object], what: str) -> None:
        """Run ``work`` in order with other presses, then read again."""

        def failed(error: Exception) -> None:
            words = str(error).rstrip(".")
            self._say(f"{what} did not work: {words}. Nothing else was changed.", "bad")
            self._again()

        background.run(self._page, lambda _job: work(), lambda _result: self._again(), failed, urgent=True)

    def _ask_modem(self, work: Callable[[], object], done: Callable[[object], None]) -> None:
        if self._asking:
            self._say("The modem is still busy with the last question.", "warn")
            return
        self._asking = True
        self._say("The modem is asked. This can take half a minute.", "accent")

        def finished(result: object) -> None:
            self._asking = False
            self._say("", "accent")
            done(result)
            self._again()

        def failed(error: Exception) -> None:
            self._asking = False
            self._say(wording.sentence(error), "bad")
            self._again()

        background.run(self._page, lambda _job: work(), finished, failed)

    # -- one line -----------------------------------------------------------------------------

    def act(self, what: str, view: LineView) -> None:
        """What a card's button asks for."""
        if what in _CHANGES and not self._may(lambda: self.act(what, view)):
            return
        lines, key = self._lines, view.id
        simple: dict[str, tuple[Callable[[], object], str]] = {
            "pause": (partial(lines.pause, key), "Pausing"),
            "resume": (partial(lines.resume, key), "Resuming"),
            "retry": (partial(lines.retry, key), "Connecting"),
            "use_sim": (partial(lines.use_this_sim, key), "Taking the SIM"),
        }
        asking: dict[str, Callable[[LineView], object]] = {
            "pin": self._pin,
            "password": self._password,
            "limits": self._limits,
            "rename": self._rename,
            "remove": self._remove,
            "balance": self._balance,
            "code": self._code,
            "centre": self._centre,
            "modemmanager": lambda view: self._ask_modem(
                partial(lines.use_modem_manager, view.id), lambda _done: None
            ),
            "release": lambda view: steps_dialog(self._page, RELEASE, view.detail),
            "permission": lambda view: steps_dialog(self._page, PERMISSION, view.detail),
        }
        if what in simple:
            self.do(*simple[what])
        elif what in asking:
            asking[what](view)

    def _pin(self, view: LineView) -> None:
        dialog = adding.pin_dialog(self._page, view.detail)
        # A keyring may wait for its own password: the dialog does not wait for it.
        background.run(dialog, lambda _job: self._lines.secrets.why, dialog.say_keyring)

        def entered() -> None:
            pin, remember = dialog.values()[0], dialog.remember.isChecked()
            self.do(lambda: self._lines.retry(view.id, pin, remember=remember), "Entering the PIN")

        dialog.accepted.connect(entered)

    def _password(self, view: LineView) -> None:
        self._android(view.url.removeprefix(adding.ANDROID), view)

    def _rename(self, view: LineView) -> None:
        fields = (("Name of the line", "Office SIM", 1), ("Its own number", "+1 312 555 0100", 0))
        dialog = adding.form_dialog(self._page, "Name and number", _NAME, fields, "Keep")
        name, number = dialog.fields
        name.setText(view.name[:60])
        number.setText(view.number)
        name.selectAll()

        def keep() -> None:
            new_name, new_number = dialog.values()

            def work() -> None:
                if new_name[:60] != view.name:
                    self._lines.rename(view.id, new_name[:60])
                if new_number != view.number:
                    self._lines.set_number(view.id, new_number)

            self.do(work, "Keeping name and number")

        dialog.accepted.connect(keep)

    def _limits(self, view: LineView) -> LimitsDialog:
        dialog = LimitsDialog(view, self._page)
        background.run(dialog, lambda _job: self._lines.usage(view.id), dialog.say_usage)

        def keep() -> None:
            limits, price, currency = dialog.limits(), dialog.price(), dialog.currency()

            def work() -> None:
                self._lines.set_limits(view.id, limits)
                if (price, currency) != (view.price, view.currency):
                    self._lines.set_price(view.id, price, currency)

            self.do(work, "Keeping the limits")

        dialog.accepted.connect(keep)
        dialog.open()
        return dialog

    def _remove(self, view: LineView) -> None:
        waiting = f" {view.waiting} waiting texts go back to the desk." if view.waiting else ""
        box = QMessageBox(self._page)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle("Remove line")
        box.setText(f"Remove the line {isolated(view.name, 60)}?")
        box.setInformativeText(f"Its texts and conversations stay.{waiting}")
        remove = box.addButton("Remove", QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)

        def ended(_code: int) -> None:
            if box.clickedButton() is remove:
                self.do(partial(self._lines.remove, view.id), "Removing")

        box.finished.connect(ended)
        box.open()

    # -- the network --------------------------------------------------------------------------

    def _balance(self, view: LineView) -> None:
        if not view.balance_code:
            self._code(view)
            return

        def asked(reply: UssdReply) -> None:
            if reply.more:
                UssdDialog(
                    self._page,
                    reply,
                    partial(self._lines.ussd, view.id),
                    lambda last: self.do(
                        partial(self._lines.keep_balance, view.id, last), "Keeping the answer"
                    ),
                ).open()

        self._ask_modem(partial(self._lines.check_balance, view.id), asked)  # type: ignore[arg-type]

    def _code(self, view: LineView) -> None:
        dialog = adding.line_dialog(
            self._page, "Check the balance", _ASK_CODE, "Code", "*100#", "Remember", view.balance_code
        )
        dialog.accepted.connect(
            lambda: self.do(
                partial(self._lines.set_balance_code, view.id, dialog.values()[0]), "Remembering the code"
            )
        )

    def _centre(self, view: LineView) -> None:
        dialog = adding.line_dialog(
            self._page, "The message centre", _CENTRE, "Number", "+1 312 555 0100", "Write it to the SIM"
        )
        dialog.accepted.connect(
            lambda: self._ask_modem(
                partial(self._lines.set_centre, view.id, dialog.values()[0]), lambda _done: None
            )
        )

    # -- adding -------------------------------------------------------------------------------

    def find(self) -> None:
        """Open the dialog that looks for modems."""
        if not self._may(self.find):
            return
        dialog = FindDialog(self._lines.finder, self._page)
        dialog.chosen.connect(
            lambda address, name: self.do(partial(self._lines.add, address, name), "Adding the line")
        )
        dialog.open()

    def add_port(self) -> None:
        """Ask for an address."""
        if not self._may(self.add_port):
            return
        dialog = adding.port_dialog(self._page)
        dialog.accepted.connect(
            lambda: self.do(partial(self._lines.add, *dialog.values()), "Adding the line")
        )

    def add_phone(self) -> None:
        """Ask for a phone's address and password."""
        if self._may(self.add_phone):
            self._android("", None)

    def _android(self, url: str, view: LineView | None) -> None:
        dialog = adding.android_dialog(self._page)
        dialog.address.setText(url)
        dialog.address.setEnabled(not url)
        dialog.user.setText("sms")
        (dialog.password if url else dialog.address).setFocus()
        background.run(dialog, lambda _job: self._lines.secrets.why, dialog.say_keyring)

        def entered() -> None:
            address = f"{adding.ANDROID}{dialog.url()}" if view is None else view.url
            secret = dialog.secret()
            self.do(lambda: self._put_phone(address, secret, view), "Adding the phone")

        dialog.accepted.connect(entered)

    def _put_phone(self, address: str, secret: str, view: LineView | None) -> None:
        if not self._lines.secrets.put(address, secret):
            raise ValueError(f"its password could not be kept. {self._lines.secrets.why}")
        if view is None:
            self._lines.add(address, "Android phone")
        else:
            self._lines.retry(view.id)

    def add_practice(self) -> None:
        """Add the emulated line."""
        if not self._may(self.add_practice):
            return
        self.do(lambda: self._lines.add(PRACTICE_URL, "Practice line", practice=True), "Adding the line")
