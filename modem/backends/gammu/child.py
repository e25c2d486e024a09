"""The process that holds python-gammu: one request a line comes in, one answer a line goes out, as JSON.

libgammu may wait for 99 seconds in one call and may crash; here it takes nobody with it. This process does
nothing unasked, and ends at once when its standard input ends, in the middle of a call too.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

MOST_MESSAGES = 2000  # of one reading
MOST_ASIDE = 100  # texts that came past the phone's memory and wait to be asked for
_FLAT = 100_000  # libgammu counts the phone's own memory from here on, the SIM's from 1
_MOST_PROBED = 600
_INCOMING = ("Deliver", "Status_Report")
_PLAIN = ("Number", "Type", "Coding", "DeliveryStatus", "Class", "MessageReference", "ReplaceMessage")
_ALL_AT_ONCE = ("GetManufacturer", "GetModel", "GetFirmware", "GetIMEI", "GetSIMIMSI", "GetSMSC")

Values = dict[str, Any]


def plain(value: Any) -> Any:
    """``value`` as JSON can say it: octets as hex, times in ISO 8601."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {str(name): plain(one) for name, one in value.items()}
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def row(sms: Values) -> Values:
    """What of one stored message matters: the same at every reading, with its place beside it."""
    said = {name: sms.get(name) for name in _PLAIN}
    text = sms.get("Text")
    if isinstance(text, str) and sms.get("Coding") == "Default_No_Compression":
        # libgammu counts an ESC pair as two characters: behind the text lies whatever was in the memory.
        text = text.partition("\0")[0]
    said["Text"] = text
    said["DateTime"] = sms.get("DateTime")
    if sms.get("Type") == "Status_Report":
        said["SMSCDateTime"] = sms.get("SMSCDateTime")  # of a text it is the time of reading
    said["SMSC"] = (sms.get("SMSC") or {}).get("Number", "")
    said["UDH"] = (sms.get("UDH") or {}).get("Text", b"")
    place = {"memory": sms.get("Memory") or "", "location": sms.get("Location", 0)}
    return {"sms": plain(said), "place": place}


def is_incoming(sms: Values) -> bool:
    """Whether it came from outside: the phone's own drafts and sent texts are none of ours."""
    return sms.get("Type") in _INCOMING and bool(sms.get("InboxFolder") or sms["Type"] == "Status_Report")


class Phone:
    """What can be asked of one phone. Method names are the requests; each takes and gives plain values."""

    def __init__(self, gammu: Any) -> None:
        self._gammu = gammu
        self._machine: Any = None
        self._arrived = False
        self._aside: list[Values] = []
        self._said: list[Values] = []

    def open(self, rc: str) -> Values:
        """Read the settings file and find the phone. ``lock`` is what it asks for: PIN, PUK ..."""
        # Always by a file: settings given one by one leave the texts' announcements off in libgammu.
        machine = self._gammu.StateMachine()
        machine.ReadConfig(Filename=rc)
        machine.Init()
        self._machine = machine
        return self.lock()

    def lock(self) -> Values:
        """The code that is asked for, "" for none."""
        try:
            return {"lock": self._machine.GetSecurityStatus() or ""}
        except (self._gammu.ERR_NOTSUPPORTED, self._gammu.ERR_NOTIMPLEMENTED):
            return {"lock": ""}

    def enter(self, pin: str) -> Values:
        """Enter the PIN, once."""
        self._machine.EnterSecurityCode("PIN", pin)
        return self.lock()

    def begin(self) -> Values:
        """Who the phone is, and have it announce what comes, where it can."""
        told = {name: self._perhaps(name) for name in _ALL_AT_ONCE}
        self._machine.SetIncomingCallback(self._on_incoming)
        told["announces"] = self._works("SetIncomingSMS")
        told["ussd"] = self._works("SetIncomingUSSD")
        return plain(told)  # type: ignore[no-any-return]

    def _perhaps(self, name: str) -> Any:
        try:
            return getattr(self._machine, name)()
        except self._gammu.GSMError:
            return None

    def _works(self, name: str) -> bool:
        try:
            getattr(self._machine, name)(True)
        except self._gammu.GSMError:
            return False
        return True

    def _on_incoming(self, machine: Any, kind: str, what: Any) -> None:
        if kind == "SMS":
            self._arrived = True
            if isinstance(what, dict) and "Text" in what and len(self._aside) < MOST_ASIDE:
                self._aside.append(row(what) | {"place": None})
        elif kind == "USSD" and isinstance(what, dict):
            self._said.append(plain(what))

    def encode(self, sms: Values) -> Values:
        """The PDU that libgammu makes of a text, so that it can be checked before it leaves."""
        return {"pdu": self._gammu.EncodePDU(self._sms(sms), "Submit").hex()}

    def send(self, sms: Values) -> Values:
        """Hand one part over; ``reference`` is -1 where the phone gave none."""
        return {"reference": self._machine.SendSMS(self._sms(sms))}

    def _sms(self, sms: Values) -> Values:
        udh = sms.pop("UDH", "")
        return sms | ({"UDH": {"Type": "UserUDH", "Text": bytes.fromhex(udh)}} if udh else {})

    def tick(self) -> Values:
        """Counts of the memories, whether something was announced, and what came past them."""
        self._machine.ReadDevice()
        counts = self._machine.GetSMSStatus()
        arrived, self._arrived = self._arrived, False
        aside, self._aside = self._aside, []
        return {"counts": plain(counts), "arrived": arrived, "aside": aside}

    def read(self) -> Values:
        """Everything that came in and is stored. ``bad`` counts what libgammu cannot read."""
        found: list[Values] = []
        try:
            for sms in self._walk():
                if is_incoming(sms):
                    found.append(row(sms))
                if len(found) >= MOST_MESSAGES:
                    break
        except self._gammu.GSMError:
            return self._probe()
        return {"rows": found, "bad": 0}

    def _walk(self) -> Iterator[Values]:
        batch: list[Values] = []
        while True:
            try:
                batch = (
                    self._machine.GetNextSMS(Start=False, Folder=0, Location=batch[0]["Location"])
                    if batch
                    else self._machine.GetNextSMS(Start=True, Folder=0)
                )
            except self._gammu.ERR_EMPTY:
                return
            yield from batch[:1]

    def _probe(self) -> Values:
        """One message that cannot be read must not hide the others: ask place by place."""
        counts = self._machine.GetSMSStatus()
        sizes = ((0, counts.get("SIMSize", 0)), (_FLAT, counts.get("PhoneSize", 0)))
        places = [base + at for base, size in sizes for at in range(1, min(int(size), _MOST_PROBED) + 1)]
        found: list[Values] = []
        bad = 0
        for place in places:
            try:
                sms = self._machine.GetSMS(Folder=0, Location=place)[0]
            except (self._gammu.ERR_EMPTY, self._gammu.ERR_INVALIDLOCATION):
                continue
            except self._gammu.GSMError:
                bad += 1
                continue
            if is_incoming(sms):
                found.append(row(sms))
        return {"rows": found, "bad": bad}

    def look(self, location: int) -> Values:
        """What lies at one place now; None where it is empty."""
        try:
            return {"row": row(self._machine.GetSMS(Folder=0, Location=location)[0])}
        except (self._gammu.ERR_EMPTY, self._gammu.ERR_INVALIDLOCATION):
            return {"row": None}

    def delete(self, location: int) -> Values:
        """Empty one place."""
        self._machine.DeleteSMS(Folder=0, Location=location)
        return {}

    def status(self) -> Values:
        """Signal, network and memories, each None where the phone does not tell."""
        asked = ("GetSignalQuality", "GetNetworkInfo", "GetSMSStatus")
        return plain({name: self._perhaps(name) for name in asked})  # type: ignore[no-any-return]

    def ussd(self, code: str, patience: float) -> Values:
        """Ask the network; ``said`` is None where nothing came in time."""
        self._said.clear()
        deadline = time.monotonic() + patience
        self._machine.DialService(code)
        while not self._said and time.monotonic() < deadline:
            self._machine.ReadDevice(False)
            if not self._said:
                time.sleep(0.02)
        return {"said": self._said[0] if self._said else None}

    def close(self) -> Values:
        """Let go of the phone."""
        if self._machine is not None:
            self._machine.Terminate()
        return {}


_REQUESTS = ("open", "lock", "enter", "begin", "encode", "send", "tick", "read", "look", "delete", "status")
REQUESTS = frozenset((*_REQUESTS, "ussd", "close"))


def answer(phone: Phone | None, gammu: Any, request: Values) -> Values:
    """Carry out one request. What goes wrong is in the answer."""
    if phone is None:
        return {"error": "MISSING", "text": "python-gammu cannot be loaded"}
    name = request.get("do")
    if name not in REQUESTS:
        return {"error": "REQUEST", "text": f"there is no request {name!r}"}
    try:
        return {"ok": getattr(phone, name)(**request.get("with", {}))}
    except gammu.GSMError as error:
        told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
        return {"error": type(error).__name__, "code": told.get("Code"), "text": str(told.get("Text", ""))}
    except (ValueError, LookupError, TypeError, AttributeError, OSError, RuntimeError) as error:
        return {"error": type(error).__name__, "text": str(error)[:200]}


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a stream, read ahead by a thread that ends the process when the stream ends."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def ahead() -> None:
        for line in stream:
            waiting.put(line)
        os._exit(0)  # nobody is there any more; the main thread may be deep in libgammu

    threading.Thread(target=ahead, daemon=True).start()
    while True:
        yield waiting.get()


def serve(lines: Iterator[bytes], write: Callable[[bytes], object]) -> None:
    """Answer requests for ever."""
    try:
        gammu: Any = importlib.import_module("gammu")
    except ImportError:
        gammu = None
    phone = None if gammu is None else Phone(gammu)
    for line in lines:
        request = json.loads(line)
        reply = answer(phone, gammu, request) | {"id": request.get("id")}
        write(json.dumps(reply).encode() + b"\n")


def main() -> int:
    """The command: answers on the standard output that it was started with; libraries print elsewhere."""
    os.umask(0o077)
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    serve(_lines(sys.stdin.buffer), out.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
