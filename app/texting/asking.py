"""What a person asks of a line besides texts: commands, codes, its trace, its last day.

The calls that reach the modem wait for the line's thread and block: they belong off the GUI thread. They
raise :class:`app.texting.requests.RequestError` with a sentence, and nothing else.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from app.clock import Clock
from app.store.engine import Store
from app.store.events import LineChanged
from app.store.tables import line
from app.texting import history, remembered, requests, trace
from app.texting.history import HistoryRow
from app.texting.line import LineThread
from app.texting.meaning import REFUSED, TYPED
from app.texting.requests import COMMAND_SECONDS, USSD_SECONDS, RequestError
from app.texting.trace import TraceRow
from app.texting.views import Finder
from modem import transcript
from modem.api import Modem, TraceLine
from modem.api import UssdReply as UssdReply  # for the window, which knows no modem

T = TypeVar("T")

_MANAGER = "modemmanager:"
_NO_LINE = "This line does not run."
_NO_SIM = "The SIM is not known yet, so no code can be kept for it. Connect the line first."
_NO_ADDRESS = (
    "It is not known which modem this is: its number (IMEI) was never read here. "
    "Press Find modems instead; ModemManager's modems are among what is found."
)


class Asking:
    """The part of the line manager that asks. Usable from any thread but the lines' own."""

    #: Finds modems for the window's dialog; None where nothing can be looked for.
    finder: Finder | None = None
    _store: Store
    _clock: Clock

    def _thread(self, line_id: int) -> LineThread | None:
        raise NotImplementedError

    def move(self, line_id: int, url: str) -> None:
        """As :meth:`app.texting.lines.LineManager.move`."""
        raise NotImplementedError

    def _at_work(self, line_id: int) -> LineThread:
        thread = self._thread(line_id)
        if thread is None:
            raise RequestError(_NO_LINE)
        return thread

    def _ask(self, line_id: int, work: Callable[[Modem], T], seconds: float = COMMAND_SECONDS) -> T:
        return requests.answer(self._at_work(line_id).ask(work), seconds)

    # -- the modem ----------------------------------------------------------------------------

    def command(self, line_id: int, text: str) -> tuple[str, ...]:
        """Run one AT command that a technician typed; its answer lines, the result last. None sends."""
        thread = self._at_work(line_id)

        def work(modem: Modem) -> tuple[str, ...]:
            thread.trace.append(TraceLine(self._clock.now(), "!", TYPED))
            try:
                return tuple(modem.command(text, COMMAND_SECONDS))
            except ValueError:  # a command that sends, or none at all
                thread.trace.append(TraceLine(self._clock.now(), "!", REFUSED))
                raise

        return self._ask(line_id, work)

    def danger(self, line_id: int, text: str) -> str:
        """A sentence about what a command could break, "" for nothing: ask before running it."""
        return self._ask(line_id, requests.danger(text))

    def ussd(self, line_id: int, code: str) -> UssdReply:
        """Ask the network by USSD, or answer its question."""
        return self._ask(line_id, lambda modem: modem.ussd(code, USSD_SECONDS), USSD_SECONDS)

    def network_time(self, line_id: int) -> datetime | None:
        """The network's clock, aware; None where it is not known."""
        return self._ask(line_id, requests.network_time)

    def set_centre(self, line_id: int, number: str) -> None:
        """Write the message centre's number to the SIM (27.005 3.3.1)."""
        try:
            work = requests.set_centre(number)
        except ValueError as error:
            raise RequestError(str(error)) from error
        thread = self._at_work(line_id)
        self._ask(line_id, work)
        thread.ask(lambda _modem: thread.ask_status())

    # -- the SIM ------------------------------------------------------------------------------

    def set_balance_code(self, line_id: int, code: str) -> None:
        """Remember the code that asks for this SIM's balance."""
        try:
            good = remembered.good_code(code)
        except ValueError as error:
            raise RequestError(str(error)) from error
        iccid = self._row(line_id, "iccid")
        if not iccid:
            raise RequestError(_NO_SIM)
        remembered.keep_code(self._store, iccid, good)
        self._store.announce(LineChanged(line_id))

    def check_balance(self, line_id: int) -> UssdReply:
        """Ask for the balance with the SIM's code, and remember the answer with its time."""
        iccid = self._row(line_id, "iccid")
        with self._store.read() as conn:
            code = remembered.balance(conn, iccid).code
        if not code:
            raise RequestError("No code is known for the balance of this SIM.")
        reply = self.ussd(line_id, code)
        self.keep_balance(line_id, reply)
        return reply

    def keep_balance(self, line_id: int, reply: UssdReply) -> None:
        """Remember what the operator said of the balance; a question of its own is no answer yet."""
        if not reply.more:
            now = self._clock.now()
            remembered.keep_answer(self._store, self._row(line_id, "iccid"), reply.text, now)
            self._store.announce(LineChanged(line_id))

    def _row(self, line_id: int, name: str) -> str:
        with self._store.read() as conn:
            found = conn.execute(sa.select(line.c[name]).where(line.c.id == line_id)).scalar_one_or_none()
        return str(found or "")

    # -- its address --------------------------------------------------------------------------

    def use_modem_manager(self, line_id: int) -> None:
        """Text through ModemManager from now on, which holds the modem's ports. May look for it first."""
        imei = self._row(line_id, "imei")
        address = f"{_MANAGER}{imei}" if imei else self._only_managed()
        with self._store.read() as conn:
            other = sa.select(line.c.name).where(line.c.url == address, line.c.enabled, line.c.id != line_id)
            name = conn.execute(other).scalars().first()
        if name is not None:
            raise RequestError(f"The line “{name}” uses this modem through ModemManager already.")
        self.move(line_id, address)

    def _only_managed(self) -> str:
        """The address of ModemManager's one free modem: with two of them nobody knows which one this is."""
        found = self.finder(lambda words: None, lambda: False) if self.finder is not None else ()
        free = [item.address for item in found if item.address.startswith(_MANAGER)]
        if len(free) != 1:
            raise RequestError(_NO_ADDRESS)
        return free[0]

    # -- looking back -------------------------------------------------------------------------

    def trace(self, line_id: int, after: int = 0, *, numbers: bool = False) -> tuple[TraceRow, ...]:
        """What was said after the row with the id ``after``, explained; ``numbers`` hides PINs alone."""
        thread = self._thread(line_id)
        return () if thread is None else trace.rows(thread.trace, after, numbers=numbers)

    def trace_end(self, line_id: int) -> int:
        """The id of the newest row; 0 for none. Costs nothing."""
        thread = self._thread(line_id)
        return 0 if thread is None else thread.trace.last

    def save_transcript(self, line_id: int, path: Path) -> int:
        """Write the trace as a transcript that names nobody, for its owner's eyes. Returns the lines written.

        Raises ``OSError`` where the file cannot be written.
        """
        lines = transcript.anonymous(self._at_work(line_id).trace.lines())
        text = transcript.write(lines)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o600)
            file.write(text)
        return len(lines)

    def history(self, line_id: int) -> tuple[HistoryRow, ...]:
        """How the line stood during the last day, oldest first."""
        with self._store.read() as conn:
            return history.day(conn, line_id, self._clock.now())
