"""A modem that ModemManager holds, over its D-Bus interface (version 1.20 and later).

For sticks without a useful AT port (QMI, MBIM) and for computers on which ModemManager is to keep the
modem. It hides PDUs, parts and the SIM's memory; what that costs stands in the handbook.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from datetime import datetime

from dbus_fast import Message, Variant

from modem.api import (
    Capabilities,
    Hooks,
    Identity,
    Incoming,
    Outcome,
    Outgoing,
    SendResult,
    Status,
    Step,
    TraceLine,
    UssdReply,
    always,
    ignore_part,
)
from modem.backends.modemmanager.bus import DAEMON, MANAGER, SERVICE, Bus, BusError, Call
from modem.backends.modemmanager.errors import WENT, as_port_errors, code_of, raised, verdict
from modem.backends.modemmanager.finding import Inhibition, MmModem, found_modems
from modem.backends.modemmanager.messages import INTERFACE, moment, number, words
from modem.backends.modemmanager.opening import ENABLED, Opening
from modem.backends.modemmanager.receiving import Receiver
from modem.backends.modemmanager.remote import MESSAGING, MODEM, THREE_GPP, TIME, USSD, Remote
from modem.backends.modemmanager.status import status_of
from modem.errors import AnswerTimeoutError, CommandError, ModemError, PortError, UnsupportedError
from modem.sms import gsm7

__all__ = ["Inhibition", "MmBackend", "MmModem", "found_modems", "make"]

_USSD_WAITS = 3  # MMModem3gppUssdSessionState: the network waits for an answer
_CREATE = 60.0  # seconds; polkit may ask the person for a password
_SEND = 330.0  # seconds; ModemManager itself gives a modem 300 for each part
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_USSD_CODE = re.compile(r"[0-9*#+]{1,182}")
_IMEI = re.compile(r"[0-9A-Fa-f]{14,16}")
_UNSAYABLE = re.compile("[\x00\ud800-\udfff]")
_RELATIVE = 1  # MMSmsValidityType
_CLOSED = "The line is closed."
_NOTHING = "Nothing left."
_MAYBE = "ModemManager took the text and then did not say what became of it. It may have left."


def make(url: str, hooks: Hooks, secrets: Callable[[str], str]) -> MmBackend:
    """The modem at ``modemmanager:`` (the first) or ``modemmanager:<IMEI>``; nothing is opened yet.

    Raises ``ValueError`` for another address.
    """
    imei = url.partition(":")[2].strip()
    if imei and _IMEI.fullmatch(imei) is None:
        raise ValueError("After modemmanager: stands the modem's IMEI, 15 digits, or nothing.")
    return MmBackend(imei, hooks)


class MmBackend:
    """:class:`modem.api.Modem` through ModemManager. Used by the line's thread, except :meth:`wake`.

    ``bus`` is a D-Bus address, "" for the system bus.
    """

    def __init__(
        self,
        imei: str = "",
        hooks: Hooks | None = None,
        bus: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.capabilities = Capabilities(pdu=False, storage=False, commands=False, parts=False)
        self._imei = imei
        self._hooks = hooks or Hooks()
        self._address = bus
        self._clock = clock
        self._bus: Bus | None = None
        self._modem: Remote | None = None
        self._gone = ""  # why the modem is no longer there
        self._receiver: Receiver | None = None
        self._refused_pins: set[str] = set()
        self._woken = threading.Event()

    # opening

    def open(self, pin: str | None = None) -> Identity:
        """As :meth:`modem.api.Modem.open`; an open line is closed first.

        A modem that is still looking for its network opens too; :meth:`status` tells.
        """
        self.close()
        bus = Bus(self._address, self._hear)
        try:
            bus.open()
            opening = Opening(bus, self._imei, self._refused_pins, self._clock)
            modem = opening.find()
            identity = opening.make_ready(modem, pin)
            self._bus, self._modem, self._receiver, self._gone = bus, modem, Receiver(modem, self._clock), ""
            with as_port_errors():
                self._listen_to(modem)
        except BaseException:
            self.close()
            bus.close()
            raise
        self._trace("!", f"ModemManager's modem {modem.path}")
        return identity

    def _listen_to(self, modem: Remote) -> None:
        for rule in (
            f"type='signal',sender='{modem.owner}',path='{modem.path}',interface='{MESSAGING}'",
            f"type='signal',sender='{modem.owner}',path_namespace='{MANAGER}/SMS',member='PropertiesChanged'",
            f"type='signal',sender='{modem.owner}',path='{MANAGER}',member='InterfacesRemoved'",
            f"type='signal',sender='{DAEMON}',member='NameOwnerChanged',arg0='{SERVICE}'",
        ):
            modem.bus.watch(rule)
        try:
            modem.properties(USSD)
            ussd = True
        except BusError:
            ussd = False
        self.capabilities = Capabilities(pdu=False, storage=False, commands=False, parts=False, ussd=ussd)

    def _hear(self, message: Message) -> None:
        """A signal of the bus's. Nothing is asked here: the loop must not wait inside itself."""
        modem, receiver, body = self._modem, self._receiver, message.body
        if modem is None or receiver is None or not body:
            return
        if message.member == "InterfacesRemoved":
            went = body[0] == modem.path and MODEM in body[-1]
        else:
            went = message.member == "NameOwnerChanged" and body[1:2] == [modem.owner]
        if went:
            self._gone = WENT
        else:
            receiver.hear(message)

    def close(self) -> None:
        """Let go of ModemManager, which keeps the modem as it is. Never raises."""
        bus, self._bus = self._bus, None
        self._modem = self._receiver = None
        if bus is not None:
            bus.close()

    def wake(self) -> None:
        """End a :meth:`poll` that waits. The one method that any thread may call, at any time."""
        self._woken.set()
        bus = self._bus
        if bus is not None:
            bus.wake()

    # sending

    def send(
        self,
        outgoing: Outgoing,
        proceed: Callable[[int], bool] = always,
        on_part: Callable[[int, int], None] = ignore_part,
    ) -> SendResult:
        """As :meth:`modem.api.Modem.send`; the text counts as one part, and Sms.Send is what sends it.

        A text of several parts that is refused is *unknown*: ModemManager does not say which part it was.
        """
        modem = self._modem
        if modem is None:
            return SendResult(Outcome.NOT_SENT, 0, detail=f"{_CLOSED} {_NOTHING}")
        if _NUMBER.fullmatch(outgoing.number) is None:
            return SendResult(Outcome.NOT_SENT, 0, detail=f"This is no telephone number. {_NOTHING}")
        if _UNSAYABLE.search(outgoing.text):
            return SendResult(
                Outcome.NOT_SENT, 0, detail="The text cannot be sent as it is: it holds what is no character."
            )
        try:
            sms = self._create(modem, outgoing)
        except BusError as error:
            found = verdict(error, one_part=True)
            detail = found.detail if found.outcome is Outcome.NOT_SENT else f"{raised(error)} {_NOTHING}"
            return SendResult(Outcome.NOT_SENT, 1, (), found.kind, found.code, detail, found.refusal)
        except ModemError as error:
            return SendResult(Outcome.NOT_SENT, 1, detail=f"{error} {_NOTHING}")
        try:
            return self._submit(sms, outgoing, proceed, on_part)
        finally:
            self._discard(modem, sms.path)

    def _create(self, modem: Remote, outgoing: Outgoing) -> Remote:
        wanted = {
            "number": Variant("s", outgoing.number),
            "text": Variant("s", outgoing.text),
            "delivery-report-request": Variant("b", outgoing.want_report),
        }
        if outgoing.validity_minutes is not None:
            wanted["validity"] = Variant("(uv)", [_RELATIVE, Variant("u", outgoing.validity_minutes)])
        (path,) = modem.call(f"{MESSAGING}.Create", "a{sv}", wanted, timeout=_CREATE)
        return modem.at(str(path))

    def _submit(
        self,
        sms: Remote,
        outgoing: Outgoing,
        proceed: Callable[[int], bool],
        on_part: Callable[[int, int], None],
    ) -> SendResult:
        self._hooks.on_step(Step.COMMAND_WRITTEN)
        if not proceed(1):
            return SendResult(Outcome.NOT_SENT, 1, detail="It was stopped before it left.")
        try:
            call = sms.bus.start(sms.owner, sms.path, f"{INTERFACE}.Send")
        except PortError as error:
            return SendResult(Outcome.NOT_SENT, 1, detail=f"{error} {_NOTHING}")
        # From here on the text may leave.
        self._trace(">", f"Send {sms.path}")
        self._hooks.on_step(Step.SUBMITTED)
        return self._outcome(sms, call, fits_in_one(outgoing.text), on_part)

    def _outcome(
        self, sms: Remote, call: Call, one_part: bool, on_part: Callable[[int, int], None]
    ) -> SendResult:
        try:
            sms.bus.finish(call, _SEND)
        except BusError as error:
            self._trace("<", f"{error.name} {error.text}")
            found = verdict(error, one_part)
            self._hooks.on_step(Step.ACCEPTED if found.outcome is Outcome.SENT else Step.REFUSED)
            return SendResult(found.outcome, 1, (), found.kind, found.code, found.detail, found.refusal)
        except ModemError as error:
            self._trace("!", str(error))
            return SendResult(Outcome.UNKNOWN, 1, detail=f"{error} {_MAYBE}")
        self._trace("<", "sent")
        self._hooks.on_step(Step.ACCEPTED)
        reference = self._reference(sms)
        if reference is None:
            return SendResult(Outcome.SENT, 1, detail="It was sent, and ModemManager gave it no reference.")
        on_part(1, reference)
        return SendResult(Outcome.SENT, 1, (reference,))

    def _reference(self, sms: Remote) -> int | None:
        """TP-MR of the last part, the one for which ModemManager asks a report."""
        try:
            told = number(sms.properties(INTERFACE), "MessageReference")
        except ModemError:
            return None
        return told if 0 <= told <= 0xFF else None

    def _discard(self, modem: Remote, path: str) -> None:
        """Take our own text off ModemManager's list, where it would pile up.

        Worse, a text of several parts there swallows the parts of an incoming one with the same reference.
        """
        try:
            modem.call(f"{MESSAGING}.Delete", "o", path)
        except ModemError as error:
            self._trace("!", f"{path} stays on ModemManager's list: {error}")

    # receiving

    def poll(self, timeout: float) -> list[Incoming]:
        """As :meth:`modem.api.Modem.poll`; ends at once, perhaps with nothing, after :meth:`wake`."""
        modem, receiver = self._parts()
        deadline = self._clock() + timeout
        modem.bus.listen(0.0)
        found = receiver.look()
        while not found and not self._woken.is_set() and (left := deadline - self._clock()) > 0:
            self._parts()
            modem.bus.listen(left)
            found = receiver.look()
        self._woken.clear()
        if not found:
            self._parts()
        return found

    def sweep(self) -> list[Incoming]:
        """As :meth:`modem.api.Modem.sweep`. A long text that misses parts is not among them."""
        _, receiver = self._parts()
        return receiver.sweep()

    def delete(self, incoming: Incoming) -> bool:
        """As :meth:`modem.api.Modem.delete`, by ModemManager's own Delete."""
        _, receiver = self._parts()
        return receiver.delete(incoming)

    # the rest

    def status(self) -> Status:
        """As :meth:`modem.api.Modem.status`, as ModemManager knows it."""
        modem, receiver = self._parts()
        with as_port_errors():
            told = modem.properties(MODEM)
            network = modem.properties(THREE_GPP) if number(told, "State") >= ENABLED else {}
        return status_of(told, network, receiver.overdue())

    def ussd(self, code: str, timeout: float = 30.0) -> UssdReply:
        """As :meth:`modem.api.Modem.ussd`."""
        if _USSD_CODE.fullmatch(code) is None:
            raise ValueError("A USSD code is made of digits, *, # and +, such as *100#.")
        modem, _ = self._parts()
        if not self.capabilities.ussd:
            raise UnsupportedError("ModemManager offers no USSD for this modem.")
        try:
            waits = number(modem.properties(USSD), "State") == _USSD_WAITS
            (text,) = modem.call(f"{USSD}.{'Respond' if waits else 'Initiate'}", "s", code, timeout=timeout)
            more = number(modem.properties(USSD), "State") == _USSD_WAITS
        except AnswerTimeoutError:
            self._cancel_ussd(modem)
            raise
        except BusError as error:
            told = raised(error)
            if told is error:
                told = CommandError(code, *code_of(error), error.text)
            raise told from error
        return UssdReply(str(text), more)

    def _cancel_ussd(self, modem: Remote) -> None:
        try:
            modem.call(f"{USSD}.Cancel")
        except ModemError as error:
            self._trace("!", f"the USSD session stays: {error}")

    def network_time(self) -> datetime | None:
        """As :meth:`modem.api.Modem.network_time` (method GetNetworkTime)."""
        modem, _ = self._parts()
        try:
            (told,) = modem.call(f"{TIME}.GetNetworkTime")
        except (BusError, AnswerTimeoutError):
            return None
        return moment(words({"time": told}, "time"))

    def command(self, line: str, timeout: float = 10.0) -> list[str]:
        """ModemManager runs no commands for others."""
        raise UnsupportedError(
            "ModemManager lets nobody type AT commands. Use the modem's own port, "
            "with ModemManager kept off it."
        )

    def danger(self, line: str) -> str:
        """What a technician's command would do; "" since there are none here."""
        return ""

    def _parts(self) -> tuple[Remote, Receiver]:
        if self._modem is None or self._receiver is None:
            raise PortError(_CLOSED)
        if self._gone or self._modem.bus.lost:
            raise PortError(self._gone or WENT)
        return self._modem, self._receiver

    def _trace(self, direction: str, text: str) -> None:
        self._hooks.on_trace(TraceLine(time.time(), direction, text))


def fits_in_one(text: str) -> bool:
    """Whether ModemManager sends this text in one part: 160 septets, or 70 UTF-16 units (23.040 9.2.3.24)."""
    if gsm7.first_foreign(text) is None:
        return gsm7.count(text) <= 160
    return len(text.encode("utf-16-be")) <= 140
