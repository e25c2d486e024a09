"""Adding a line by hand: a port's address, or an Android phone with the SMS gateway app."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from ui import theme
from ui.dialogs import FormDialog
from ui.widgets import PlainLabel

ANDROID = "android:"
EXAMPLES = "A port such as /dev/ttyUSB2 or COM5, or an address such as socket://192.168.1.20:5000."
_PHONE = (
    "Install “SMS Gateway for Android” on the phone, switch on its local server and start it. It shows an "
    "address, a user and a password: type them here. The phone then sends, and its own number is used."
)
_PLAIN = (
    "This address is not encrypted: whoever shares the network could read texts and password. Use it on a "
    "network of your own, or connect the phone by cable (adb forward tcp:8080 tcp:8080) and type "
    "http://127.0.0.1:8080."
)


def port_dialog(parent: QWidget) -> FormDialog:
    """Asks for a port or address, and a name."""
    fields = (("Port or address", "/dev/ttyUSB2", 1), ("Name", "Office SIM", 0))
    return _opened(FormDialog(parent, "Add a modem", EXAMPLES, fields, "Add line"))


def phone_url(typed: str) -> str:
    """ "http://phone:8080" as it was meant. Raises ``ValueError`` with a sentence for what is no address."""
    text = typed.strip().removeprefix(ANDROID)
    if "://" not in text:
        text = f"http://{text}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("This is no address of a phone, such as http://192.168.1.20:8080.")
    if parts.username is not None or parts.password is not None:
        raise ValueError("Leave user and password out of the address: they have fields of their own.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = port or (443 if parts.scheme == "https" else 8080)
    return f"{parts.scheme}://{host}:{port}{parts.path.rstrip('/')}"


def is_open_to_others(url: str) -> bool:
    """Whether texts would cross a network unencrypted."""
    parts = urlsplit(url)
    if parts.scheme == "https":
        return False
    try:
        return not ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname != "localhost"


class AndroidDialog(FormDialog):
    """Address, user and password of the phone's local server."""

    def __init__(self, parent: QWidget) -> None:
        fields = (("Address", "http://192.168.1.20:8080", 1), ("User", "sms", 1), ("Password", "", 1))
        super().__init__(parent, "Add an Android phone", _PHONE, fields, "Add phone", check=self._wrong)
        self.address, self.user, self.password = self.fields
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.warning = PlainLabel("", self, wrap=True, tone="warn")
        self.keyring = PlainLabel("", self, wrap=True, quiet=True, size="small")
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.count() - 1, self.warning)
        layout.insertWidget(layout.count() - 1, self.keyring)
        self.warning.hide()
        self.keyring.hide()
        self.address.textChanged.connect(self._warn)

    def say_keyring(self, why: str) -> None:
        """Say that the password will be asked for again, and why; "" for nothing to say."""
        self.keyring.setText(why)
        self.keyring.setVisible(bool(why))
        _fit(self)

    def url(self) -> str:
        """The address as it is used. Raises ``ValueError``."""
        return phone_url(self.address.text())

    def secret(self) -> str:
        """What the keyring gets."""
        return f"{self.user.text().strip()}:{self.password.text()}"

    def _warn(self) -> None:
        try:
            open_to_others = bool(self.address.text().strip()) and is_open_to_others(self.url())
        except ValueError:
            open_to_others = False
        self.warning.setText(_PLAIN if open_to_others else "")
        self.warning.setVisible(open_to_others)
        _fit(self)

    @staticmethod
    def _wrong(values: tuple[str, ...]) -> str:
        try:
            phone_url(values[0])
        except ValueError as error:
            return str(error)
        return "A user has no colon in its name." if ":" in values[1] else ""


def android_dialog(parent: QWidget) -> AndroidDialog:
    """An open dialog for a phone."""
    dialog = AndroidDialog(parent)
    _opened(dialog)
    return dialog


class PinDialog(FormDialog):
    """The SIM's PIN, and whether to remember it."""

    def __init__(self, parent: QWidget, detail: str) -> None:
        super().__init__(parent, "PIN of the SIM", detail, (("PIN", "", 4),), "Enter PIN", check=self._wrong)
        self.pin = self.fields[0]
        self.pin.setMaxLength(8)
        self.pin.setEchoMode(QLineEdit.EchoMode.Password)
        self.remember = QCheckBox("Remember this PIN in the keyring", self)
        self.remember.setEnabled(False)
        self.why = PlainLabel("It is tried once.", self, wrap=True, quiet=True, size="small")
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(layout.count() - 1, self.remember)
        layout.insertWidget(layout.count() - 1, self.why)

    def say_keyring(self, why: str) -> None:
        """What the keyring is able to do: "" lets the PIN be remembered."""
        self.remember.setEnabled(not why)
        self.why.setText(f"It is tried once. {why or 'It is kept only after the SIM has taken it.'}")
        _fit(self)

    @staticmethod
    def _wrong(values: tuple[str, ...]) -> str:
        pin = values[0]
        good = pin.isascii() and pin.isdigit()
        return "" if good else "A PIN has digits only. It was not tried."


def pin_dialog(parent: QWidget, detail: str) -> PinDialog:
    """An open dialog for a PIN; ``detail`` tells how many tries are left."""
    dialog = PinDialog(parent, detail or "The SIM asks for its PIN.")
    _opened(dialog)
    return dialog


def form_dialog(
    parent: QWidget, title: str, text: str, fields: tuple[tuple[str, str, int], ...], action: str
) -> FormDialog:
    """An open dialog for some lines of text: (label, placeholder, least number of characters)."""
    return _opened(FormDialog(parent, title, text, fields, action))


def line_dialog(
    parent: QWidget, title: str, text: str, label: str, hint: str, action: str, value: str = ""
) -> FormDialog:
    """An open dialog for one line of text."""
    dialog = _opened(FormDialog(parent, title, text, ((label, hint, 1),), action))
    dialog.fields[0].setText(value)
    dialog.fields[0].selectAll()
    return dialog


def _fit(dialog: FormDialog) -> None:
    """Give wrapped sentences the height that they need."""
    layout = dialog.layout()
    if layout is not None:
        layout.activate()
        dialog.resize(dialog.width(), max(dialog.height(), layout.totalHeightForWidth(dialog.width())))


def _opened(dialog: FormDialog) -> FormDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setMinimumWidth(theme.em(dialog, 32))
    dialog.open()
    _fit(dialog)
    dialog.fields[0].setFocus()
    return dialog
