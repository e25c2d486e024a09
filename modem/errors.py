"""Everything that can go wrong between this program and a modem, as types.

Each error's text is a sentence for a person: what happened, and what to do where that is known.
"""

from __future__ import annotations


class ModemError(Exception):
    """The base of every error of the modem layer."""


class PduError(ModemError, ValueError):
    """Octets or text that are no valid SMS TPDU (3GPP TS 23.040) or cannot be made into one.

    The codec raises this and nothing else, whatever it is given.
    """


class PortError(ModemError):
    """The port cannot be opened, or went away (unplugged, hung up, closed by the other side)."""


class PortBusyError(PortError):
    """Another program holds the port."""


class PortPermissionError(PortError):
    """This user may not open the port."""


class NotReadyError(ModemError):
    """The modem answers but cannot text yet: no SIM, a PIN is asked for, no network.

    ``state`` is one of :class:`modem.api.LineState`'s values. ``action`` is the one thing that helps, "" for
    the state's usual one; ``iccid`` the SIM's where it could be read, ``tries`` how many its PIN has left.
    """

    def __init__(
        self, message: str, state: str, *, action: str = "", iccid: str = "", tries: int | None = None
    ) -> None:
        super().__init__(message)
        self.state = state
        self.action = action
        self.iccid = iccid
        self.tries = tries


class UnsupportedError(ModemError):
    """This backend or device cannot do that; the text says what can."""


class AnswerTimeoutError(ModemError):
    """The modem did not answer a command in time. Never raised by ``send``: there it is *unknown*."""


class CommandError(ModemError):
    """The modem answered ERROR, +CME ERROR or +CMS ERROR (3GPP TS 27.005 3.2.5, 27.007 9.2).

    ``kind`` is "", "CME" or "CMS"; ``code`` the numeric code, or None where the modem gave none.
    """

    def __init__(self, command: str, kind: str = "", code: int | None = None, detail: str = "") -> None:
        self.command = command
        self.kind = kind
        self.code = code
        self.detail = detail
        words = f"+{kind} ERROR {code if code is not None else detail}".strip() if kind else "ERROR"
        super().__init__(f"the modem refused {command!r}: {words}")
