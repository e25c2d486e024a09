"""Every finding of ``p2ptext doctor``: its key, how grave it is, what it says, the one action that helps."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Grade(enum.StrEnum):
    """A word, since a colour or a tick alone would not reach everyone."""

    OK = "ok"
    NOTE = "note"  # something is absent that not everybody needs
    PROBLEM = "PROBLEM"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``action`` is the one thing that helps; "" when nothing is needed."""

    key: str
    grade: Grade
    what: str
    action: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing has to be done."""
        return self.grade is not Grade.PROBLEM

    @property
    def sign(self) -> str:
        """The grade, as wide for each."""
        return f"{self.grade.value:7}"


_OK, _NOTE, _PROBLEM = Grade.OK, Grade.NOTE, Grade.PROBLEM
_RESTORE = "Copy the data folder aside, then restore a backup from its folder backups."
_REPLUG = "Unplug the modem, wait ten seconds, plug it in and wait half a minute."
_GROUP = "sudo usermod -aG {group} $USER, then log out and in again."

#: key -> (grade, what it says, the one action)
SENTENCES: dict[str, tuple[Grade, str, str]] = {
    # this computer
    "data-new": (_OK, "data folder {folder}: not made yet; the first start makes it", ""),
    "data": (_OK, "data folder {folder}: private and writable", ""),
    "data-open": (
        _PROBLEM,
        "data folder {folder}: other users of this computer can look into it",
        "chmod 700 {folder}",
    ),
    "data-readonly": (
        _PROBLEM,
        "data folder {folder}: cannot be written",
        "Choose another with --data, or ask its owner.",
    ),
    "sqlite": (_OK, "SQLite {version} ({driver}): {mode}, every commit on disk", ""),
    "encrypted": (_OK, "encryption: a passphrase is set; the database and its backups are encrypted", ""),
    "not-encrypted": (
        _NOTE,
        "encryption: not encrypted; whoever can read this folder can read the texts",
        "Nothing is needed; a passphrase can be set on the Settings page.",
    ),
    "database-locked": (
        _NOTE,
        "encryption: the database is encrypted and was not looked into without its passphrase",
        "Give it with --passphrase-file FILE, or run the doctor at a terminal.",
    ),
    "no-cipher": (
        _PROBLEM,
        "encryption: the database is encrypted, and the library that reads it is not installed here",
        "Install sqlcipher3 for this Python, or use the program on the computer where it was encrypted.",
    ),
    "database": (_OK, "database: sound, {size}", ""),
    "database-unreadable": (_PROBLEM, "database: cannot be read ({why})", _RESTORE),
    "database-damaged": (_PROBLEM, "database: damaged ({why})", _RESTORE),
    "window": (_OK, "window: PySide6 {version}", ""),
    "window-missing": (
        _PROBLEM,
        "window: its libraries do not load ({why})",
        "Run make install, which says what is missing.",
    ),
    "window-crashes": (
        _PROBLEM,
        "window: PySide6 {version} crashes on this Python",
        "Install PySide6-Essentials 6.11.3.",
    ),
    "no-display": (_NOTE, "display: none here; `make run` gives the tour", ""),
    "keyring": (_OK, "keyring: there, so PINs and passwords can be remembered", ""),
    "no-keyring": (
        _NOTE,
        "keyring: not used. {why}",
        "Nothing is needed; for remembered PINs install and unlock a desktop keyring.",
    ),
    "gammu": (_OK, "python-gammu {version}: handsets without AT commands can be lines", ""),
    "no-gammu": (
        _NOTE,
        "python-gammu: not installed; only `gammu:` lines need it",
        "Nothing is needed for modems; for other handsets install the package python-gammu.",
    ),
    # what is plugged in
    "no-modem": (_OK, "modems: none is plugged in; the practice line needs none", ""),
    "modem": (_OK, "modem {name}: its port {port} may be opened", ""),
    "modem-answers": (_OK, "modem {name}: answers at {port}, {imei}", ""),
    "no-permission": (_PROBLEM, "{name}: you may not open {port}", _GROUP),
    "port-held": (
        _PROBLEM,
        "{name}: {holder} uses the port {port}",
        "Close that program; a line then connects by itself.",
    ),
    "modemmanager-holds": (
        _PROBLEM,
        "{name}: ModemManager has taken the port {port}",
        "Do one of three things: add the line as modemmanager:{imei}; or start p2ptext with "
        "--hold-off-modemmanager; or write the rule below to /etc/udev/rules.d/99-p2ptext.rules, "
        "run sudo udevadm control --reload, and plug the modem in again.\n    {rule}",
    ),
    "modemmanager": (
        _NOTE,
        "ModemManager runs; it takes every modem that is plugged in",
        "Nothing is needed while the lines connect. If a port is said to be in use, this is who uses it.",
    ),
    "brltty": (
        _PROBLEM,
        "brltty runs, which takes serial adapters for Braille displays",
        "If nobody here uses a Braille display: sudo systemctl mask --now brltty.service brltty-udev.service",
    ),
    "brltty-idle": (
        _NOTE,
        "brltty runs, which takes serial adapters for Braille displays; no modem is hindered by it now",
        "",
    ),
    "cdrom": (
        _PROBLEM,
        "{name}: it still shows its driver CD-ROM instead of the modem",
        "Install the package usb-modeswitch, then unplug the modem and plug it in again.",
    ),
    "recovery": (
        _PROBLEM,
        "{name}: it is in recovery mode and waits for firmware",
        "Unplug it for ten seconds. If it comes back the same way, its firmware must be written anew.",
    ),
    "network": (
        _PROBLEM,
        "{name}: it is a network stick (HiLink) with a web page, and has no texts over AT commands",
        "Use an Android phone as a line, or put stick firmware on this device.",
    ),
    "broadband": (
        _PROBLEM,
        "{name}: it speaks MBIM or QMI only, so it has no port for AT commands",
        "Install ModemManager and add the line as modemmanager: with the modem's IMEI behind it.",
    ),
    "silent": (_PROBLEM, "{name}: its ports do not answer to AT", _REPLUG),
    "stranger": (
        _NOTE,
        "{name}: not known as a modem, so it was not asked; some devices restart when their port is opened",
        "If it is a modem, name its port: p2ptext doctor --line {port}",
    ),
    # a line that was asked
    "line": (_OK, "line {url}: {name}, {state}, {operator}, SIM storage {storage}", ""),
    "no-port": (_PROBLEM, "line {url}: {why}", "Plug the modem in; p2ptext discover lists the ports."),
    "line-forbidden": (_PROBLEM, "line {url}: you may not open this port", _GROUP),
    "no-backend": (_PROBLEM, "line {url}: {why}", "Use another kind of line, or install what is missing."),
    "line-silent": (_PROBLEM, "line {url}: the modem does not answer. {why}", _REPLUG),
    "line-failed": (_PROBLEM, "line {url}: {why}", "{help}"),
    "no-sim": (
        _PROBLEM,
        "line {url}: no SIM. {why}",
        "Put a SIM into the modem, with its contacts towards the contacts.",
    ),
    "sim-pin": (
        _PROBLEM,
        "line {url}: the SIM asks for its PIN; {tries}",
        "Enter the PIN on the Lines page. It is entered once, and never again by itself.",
    ),
    "sim-puk": (
        _PROBLEM,
        "line {url}: the SIM is locked and asks for its PUK",
        "Put it into a phone and enter the PUK there; the SIM's operator tells it.",
    ),
    "not-registered": (
        _PROBLEM,
        "line {url}: looking for a network. {why}",
        "Move the modem to a window and check its antenna; a new SIM may need an hour.",
    ),
    "denied": (
        _PROBLEM,
        "line {url}: the network refuses this SIM. {why}",
        "Ask the SIM's operator whether it is active and may be used in a modem.",
    ),
    "lte-no-texts": (
        _PROBLEM,
        "line {url}: {why}",
        "Ask the operator for texts over LTE (IMS), or let the modem use 3G or 2G.",
    ),
    "no-smsc": (
        _PROBLEM,
        "line {url}: the SIM has no message centre's number, so the network takes no text",
        'Set it on the Lines page, or with AT+CSCA="+..."; the SIM\'s operator tells it.',
    ),
    "sim-full": (
        _PROBLEM,
        "line {url}: the SIM's storage is full ({used} of {total}), so no text comes in",
        "Remove old texts from the SIM with a phone, or connect the line: it stores them and empties it.",
    ),
    "trouble": (_PROBLEM, "line {url}: {why}", "{help}"),
    "hint": (_NOTE, "line {url}: {why}", ""),
    "clock": (_OK, "line {url}: this computer's clock agrees with the network's", ""),
    "clock-off": (
        _PROBLEM,
        "line {url}: this computer's clock is {minutes} minutes {direction} the network's",
        "Set the computer's clock: quiet hours and the order of texts depend on it.",
    ),
}


def finding(key: str, **values: object) -> Finding:
    """One finding by its key, with the values that its sentences name."""
    grade, what, action = SENTENCES[key]
    plain = {name: _plain(str(value)) for name, value in values.items()}
    return Finding(key, grade, what.format(**plain).strip(), action.format(**plain).strip())


def _plain(text: str) -> str:
    """What devices and other programs say may not steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:500]
