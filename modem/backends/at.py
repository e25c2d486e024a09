"""Any device that speaks AT over a port: USB sticks, serial modems, phones, and the emulator."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from modem.api import (
    Capabilities,
    Hooks,
    Identity,
    Incoming,
    LineState,
    Outcome,
    Outgoing,
    SendResult,
    Status,
    UssdReply,
    always,
    ignore_part,
)
from modem.at import guard
from modem.at.channel import Channel
from modem.at.health import Health
from modem.at.receiving import Receiver
from modem.at.sending import Sender
from modem.at.startup import Startup
from modem.at.timing import Timeouts
from modem.at.ussd import Ussd
from modem.errors import AnswerTimeoutError, NotReadyError, PortError
from modem.transport import Transport

_CLOSED = "The line is closed. Nothing left."


class AtModem:
    """:class:`modem.api.Modem` over an AT dialogue.

    ``connect`` opens the port and is called by each :meth:`open`. Everything is used by one thread, the
    line's, except :meth:`wake`.
    """

    def __init__(
        self,
        connect: Callable[[], Transport],
        hooks: Hooks | None = None,
        timeouts: Timeouts | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.capabilities = Capabilities()
        self._connect = connect
        self._hooks = hooks or Hooks()
        self._timeouts = timeouts or Timeouts()
        self._clock = clock
        self._transport: Transport | None = None
        self._channel: Channel | None = None
        self._sender: Sender | None = None
        self._receiver: Receiver | None = None
        self._ussd: Ussd | None = None
        self._health: Health | None = None
        self._refused_pins: set[str] = set()
        self._woken = threading.Event()

    def open(self, pin: str | None = None) -> Identity:
        """As :meth:`modem.api.Modem.open`; an open port is closed first.

        A modem that is still looking for its network opens too, so that its SIM can be read;
        :meth:`status` tells. ``NotReadyError`` is for the SIM, its PIN, and devices without PDU mode.
        """
        self.close()
        transport = self._connect()
        try:
            channel = Channel(transport, self._timeouts, self._hooks.on_trace, self._clock)
            setup = Startup(channel, self._refused_pins).run(pin)
        except AnswerTimeoutError as error:
            transport.close()
            raise NotReadyError(str(error), LineState.FAILED) from error
        except BaseException:
            transport.close()
            raise
        self._transport, self._channel = transport, channel
        self._sender = Sender(channel, self._hooks.on_step, setup.quirks.codes)
        self._receiver = receiver = Receiver(channel, setup)
        self._ussd = Ussd(channel, lambda: receiver.setup.quirks.ussd_packed)
        self._health = Health(channel, receiver)
        self._settle_in(receiver)
        return setup.identity

    def _settle_in(self, receiver: Receiver) -> None:
        """Take what came by itself during the ladder. A start in the middle of it means one more run."""
        receiver.sort()
        self.capabilities = Capabilities(reports=receiver.setup.reports)

    def close(self) -> None:
        """Let go of the port. Never raises."""
        transport = self._transport
        self._transport = self._channel = self._sender = None
        self._receiver = self._ussd = self._health = None
        if transport is not None:
            transport.close()

    def wake(self) -> None:
        """End a :meth:`poll` that waits. The one method that any thread may call, at any time."""
        self._woken.set()
        transport = self._transport
        if transport is not None:
            transport.wake()

    def send(
        self,
        outgoing: Outgoing,
        proceed: Callable[[int], bool] = always,
        on_part: Callable[[int, int], None] = ignore_part,
    ) -> SendResult:
        """As :meth:`modem.api.Modem.send`."""
        if self._sender is None:
            return SendResult(Outcome.NOT_SENT, 0, detail=_CLOSED)
        return self._sender.send(outgoing, proceed, on_part)

    def poll(self, timeout: float) -> list[Incoming]:
        """As :meth:`modem.api.Modem.poll`; ends at once, perhaps with nothing, after :meth:`wake`."""
        channel, receiver = self._parts()
        deadline, left = self._clock() + timeout, timeout
        receiver.sort()
        # Whatever the time, the port is looked at once: what lies there unread, or that it is gone.
        while not receiver.waiting() and not self._woken.is_set():
            channel.listen(max(0.0, left))
            receiver.sort()
            left = deadline - self._clock()
            if left <= 0:
                break
        self._woken.clear()
        try:
            if receiver.restarted:
                self._start_again(channel, receiver)
            receiver.fetch()
        except AnswerTimeoutError as error:
            channel.remark(str(error))
            receiver.sweep_later()
        except PortError:
            if not receiver.ready:
                raise
        found, receiver.ready = receiver.ready, []
        return found

    def quiet(self) -> bool:
        """Whether :meth:`poll` would have nothing to do. Reads what lies at the port and asks nothing."""
        channel, receiver = self._parts()
        channel.listen(0.0)
        receiver.sort()
        return not receiver.waiting()

    def _start_again(self, channel: Channel, receiver: Receiver) -> None:
        """The modem restarted, or forgot what was set: up the ladder again, then look at its memories."""
        receiver.restarted = False
        channel.remark("the modem restarted: setting it up again")
        try:
            receiver.setup = Startup(channel, self._refused_pins).run(None)
        except (NotReadyError, AnswerTimeoutError) as error:
            raise PortError(f"The modem restarted and is not ready. {error}") from error
        self._settle_in(receiver)
        receiver.sweep_now()

    def sweep(self) -> list[Incoming]:
        """As :meth:`modem.api.Modem.sweep`. Raises ``AnswerTimeoutError`` too."""
        channel, receiver = self._parts()
        receiver.sort()
        if receiver.restarted:
            self._start_again(channel, receiver)
        return receiver.sweep()

    def delete(self, incoming: Incoming) -> bool:
        """As :meth:`modem.api.Modem.delete`.

        For a directly delivered message (no slot) this is the acknowledgement, AT+CNMA, where one is due.
        """
        _, receiver = self._parts()
        return receiver.delete(incoming)

    def status(self) -> Status:
        """As :meth:`modem.api.Modem.status`; a silent modem gives FAILED."""
        self._parts()
        assert self._health is not None
        try:
            return self._health.status()
        except AnswerTimeoutError as error:
            return Status(LineState.FAILED, str(error))

    def ussd(self, code: str, timeout: float = 30.0) -> UssdReply:
        """As :meth:`modem.api.Modem.ussd`. A code that came to nothing is not tried again."""
        self._parts()
        assert self._ussd is not None
        return self._ussd.ask(code, timeout)

    def network_time(self) -> datetime | None:
        """As :meth:`modem.api.Modem.network_time`. Raises ``AnswerTimeoutError`` too."""
        self._parts()
        assert self._health is not None
        return self._health.network_time()

    def command(self, line: str, timeout: float = 10.0) -> list[str]:
        """As :meth:`modem.api.Modem.command`. Raises ``AnswerTimeoutError`` too."""
        guard.refuse_if_it_sends(line)
        channel, receiver = self._parts()
        if guard.changes_settings(line):
            receiver.restarted = True  # set up again at the next poll
        answer = channel.run(line, timeout, everything=True)
        return [*answer.lines, answer.final.text]

    def danger(self, line: str) -> str:
        """As :meth:`modem.api.Modem.danger`."""
        return guard.danger(line)

    def _parts(self) -> tuple[Channel, Receiver]:
        if self._channel is None or self._receiver is None:
            raise PortError("The line is closed.")
        return self._channel, self._receiver
