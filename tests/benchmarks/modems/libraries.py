"""The two Python libraries as a program would use them: ``gsmmodem`` and ``gammu``, sending or receiving.

``python -m tests.benchmarks.modems.libraries gsmmodem send PORT COUNT OUT`` and so on. ``OUT`` gets one line
for each text: when, and its words or what went wrong.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any, TextIO

NUMBER = "+1503555{:04d}"


def text_of(number: int) -> str:
    """62 characters, all of them different texts."""
    return f"Hello, this is text number {number:05d} of the comparison, so it is."


def note(out: TextIO, words: str) -> None:
    """One line with the time, at once."""
    out.write(f"{time.time():.4f}\t{words}\n")
    out.flush()


def gsmmodem_send(port: str, count: int, out: TextIO) -> None:
    """One modem object, one call a text."""
    modem = _gsmmodem(port, None)
    for number in range(count):
        try:
            modem.sendSms(NUMBER.format(number), text_of(number))
            note(out, "sent")
        except Exception as error:  # noqa: BLE001 - whatever the library raises is its outcome
            note(out, f"{type(error).__name__} {error}")
    modem.close()


def gsmmodem_receive(port: str, seconds: int, out: TextIO) -> None:
    """The library's callback, which is its way to receive."""
    modem = _gsmmodem(port, lambda sms: note(out, sms.text))
    time.sleep(seconds)
    modem.close()


def _gsmmodem(port: str, callback: Any) -> Any:
    from gsmmodem.modem import GsmModem

    modem = GsmModem(port, 115200, smsReceivedCallbackFunc=callback)
    modem.smsTextMode = False
    modem.connect()
    return modem


def _gammu(port: str) -> Any:
    import gammu

    with tempfile.NamedTemporaryFile("w", suffix=".rc") as config:
        config.write(f"[gammu]\ndevice = {port}\nconnection = at115200\nmodel = at\nsynchronizetime = no\n")
        config.flush()
        machine = gammu.StateMachine()
        machine.ReadConfig(Filename=config.name)
    machine.Init()
    return machine


def gammu_send(port: str, count: int, out: TextIO) -> None:
    """One state machine, one call a text."""
    machine = _gammu(port)
    for number in range(count):
        try:
            machine.SendSMS(
                {"Text": text_of(number), "SMSC": {"Location": 1}, "Number": NUMBER.format(number)}
            )
            note(out, "sent")
        except Exception as error:  # noqa: BLE001 - whatever the library raises is its outcome
            note(out, f"{type(error).__name__} {error}")
    machine.Terminate()


def gammu_receive(port: str, seconds: int, out: TextIO) -> None:
    """Asking again and again, which works with every handset."""
    import gammu

    machine = _gammu(port)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            for sms in machine.GetNextSMS(Start=True, Folder=0):
                machine.DeleteSMS(Folder=0, Location=sms["Location"])
                note(out, sms["Text"])
        except gammu.GSMError:
            time.sleep(0.2)
    machine.Terminate()


ACTIONS = {
    ("gsmmodem", "send"): gsmmodem_send,
    ("gsmmodem", "receive"): gsmmodem_receive,
    ("gammu", "send"): gammu_send,
    ("gammu", "receive"): gammu_receive,
}

if __name__ == "__main__":
    library, action, where, how_many, target = sys.argv[1:]
    with Path(target).open("a", encoding="utf-8") as opened:
        ACTIONS[library, action](where, int(how_many), opened)
