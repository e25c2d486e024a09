"""A line's thread: it owns the modem, and nothing else speaks to it.

Open, take in everything that lies on the SIM, and only then send; so a STOP that came overnight counts before
the first text of the day. Between two texts it takes in what arrived. A message is deleted from the SIM after
it is stored, and a delete that fails is left for the next sweep.

After a sleep of the computer nothing that was known of the modem holds: the port is closed and opened again,
and the SIM is read before the next text.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

import sqlalchemy as sa

from app.clock import Clock
from app.store.engine import Store
from app.store.tables import line
from app.texting import crash, inbox, logs, recovery, sending, views
from app.texting.history import History
from app.texting.inbox import LineInfo
from app.texting.remembered import NoSecrets, PinEntry, Pins
from app.texting.requests import Requests
from app.texting.trace import TraceRing
from app.texting.views import OFF, SIM_CHANGED, Live
from app.texting.waking import ClockWatch, SleptError, clock_off, wait_out
from modem.api import Hooks, Identity, Incoming, LineState, Modem, Refusal, TraceLine
from modem.errors import AnswerTimeoutError, CommandError, ModemError, NotReadyError, PortError

log = logging.getLogger(__name__)
T = TypeVar("T")

OpenModem = Callable[[str, Hooks], Modem]
#: Where a line's modem is reached now, by its address and the IMEI it is known by ("" before the first time).
FindPort = Callable[[str, str], str]


def as_written(url: str, imei: str) -> str:
    """The :data:`FindPort` that takes the address as it stands."""
    return url


SWEEP_SECONDS = 60.0
STATUS_SECONDS = 15.0
#: While texts keep leaving, the status waits for a pause, but no longer than so.
LATEST_STATUS_SECONDS = 60.0
#: While a line is not ready its status is asked more often.
WAITING_STATUS_SECONDS = 3.0
POLL_SECONDS = 5.0
#: How often the network's clock is compared with this computer's.
CLOCK_SECONDS = 3600.0
#: For a click whose moment is just coming.
LEAST_WAIT_SECONDS = 0.02
#: For a modem whose poll cannot be woken.
SHORT_POLL_SECONDS = 0.2
#: The waits before the next attempts to open a port; the last one repeats.
BACKOFF = (1.0, 2.0, 5.0, 10.0, 30.0)


class SimChangedError(ModemError):
    """Another SIM is in the modem than the one this line is known by."""


class LineThread:
    """One line at work. ``changed`` is called, on the line's thread, when what is shown of it changed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        line_id: int,
        open_modem: OpenModem,
        *,
        country: Callable[[], str],
        changed: Callable[[int], None] = lambda line_id: None,
        backoff: Sequence[float] = BACKOFF,
        find: FindPort = as_written,
        pins: Pins | None = None,
    ) -> None:
        self.line_id = line_id
        self.trace = TraceRing()
        self.requests = Requests()
        self._find = find
        self._pin = PinEntry(pins or Pins(NoSecrets()))
        self.live = Live(state=LineState.CONNECTING.value)
        self.on_trace: Callable[[TraceLine], None] | None = None
        self._store, self._clock = store, clock
        self._open_modem, self._country, self._changed, self._backoff = open_modem, country, changed, backoff
        self._modem: Modem | None = None
        self._info = LineInfo(line_id, "", "")
        self._history = History(store, clock, line_id)
        self._watch = ClockWatch(clock)
        self._held = False  # the modem said that it cannot send now
        self._clock_due = 0.0
        self._stopping = False
        self._attempts = 0
        self._drained = False  # the SIM was read in this session
        self._nudge = threading.Event()
        self._url = ""  # where it was looked for last
        self._sweep_due = self._status_due = 0.0
        self._called = False  # set by any thread, put down by this one
        self._later = False  # something waits for its moment
        self._thread = threading.Thread(target=self._run, name=f"line-{line_id}", daemon=True)

    # -- from any thread ----------------------------------------------------------------------

    def start(self) -> None:
        """Begin. A line that was stopped is not started again: make another."""
        log.info("line %d is started", self.line_id)
        self._thread.start()

    def wake(self) -> None:
        """There may be something to send."""
        self._called = True
        self._end_poll()

    def ask(self, work: Callable[[Modem], T]) -> Future[T]:
        """Have ``work(modem)`` run on the line's thread, between two texts."""
        future = self.requests.put(work)
        self._end_poll()
        return future

    def _end_poll(self) -> None:
        wake = getattr(self._modem, "wake", None)
        if wake is not None:
            wake()

    def retry(self, pin: str | None = None, *, remember: bool = False) -> None:
        """Try again at once, with ``pin`` for the SIM: used once, and kept if told so and if it was right."""
        if pin:
            self._pin.type(pin, remember)
        self._nudge.set()

    def stop(self) -> None:
        """Ask it to end: a text that has not left by then will not."""
        self._stopping = True
        self._nudge.set()
        self.wake()

    def join(self, timeout: float) -> bool:
        """Wait for its end; False when it is still waiting for the network's answer."""
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def is_this_thread(self) -> bool:
        """Whether the caller is the line's own thread."""
        return threading.current_thread() is self._thread

    # -- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            wait = self._attempt()
            if not self._stopping and wait_out(self._nudge, self._url, wait):
                self._attempts = 0
                self._show(replace(self.live, state=LineState.CONNECTING.value, detail="", action=""))
            self._nudge.clear()
        self._show(Live(state=OFF, identity=self.live.identity))

    def _attempt(self) -> float | None:
        """One session, to its end. Returns how long to wait before the next; None: until told."""
        try:
            self._session()
        except SleptError as error:
            self._show(replace(self.live.failed(LineState.CONNECTING.value, str(error)), clock_off=None))
            self._attempts = 0
            return 0.0
        except SimChangedError as error:
            self._show(self.live.failed(LineState.FAILED.value, str(error), SIM_CHANGED))
            return None
        except NotReadyError as error:
            return self._not_ready(error)
        except PortError as error:
            self._show(self.live.unreachable(error))
        except (sa.exc.SQLAlchemyError, OSError):
            log.exception("line %d stopped: the database could not be used", self.line_id)
            self._show(self.live.failed(LineState.FAILED.value, views.NO_DISK))
        except Exception as error:  # whatever it is, the line must not go deaf without a word
            log.exception("line %d stopped on an error", self.line_id)
            words = logs.masked(str(error)) or type(error).__name__
            self._show(self.live.failed(LineState.FAILED.value, f"{words} {views.TRYING}"))
        return self._wait()

    def _not_ready(self, error: NotReadyError) -> float | None:
        """Say what the SIM asks for; a remembered PIN is entered at the next attempt, which comes at once."""
        detail = self._pin.refused(error)
        if self._pin.by_itself:
            return 0.0
        self._show(self.live.failed(error.state, detail, error.action))
        return None if error.state == LineState.NEEDS_PUK.value else self._wait()

    def _wait(self) -> float:
        step = min(self._attempts, len(self._backoff) - 1)
        self._attempts += 1
        return self._backoff[step]

    def _session(self) -> None:
        with self._store.own_connection():
            self._connected()

    def _connected(self) -> None:
        with self._store.read() as conn:
            row = conn.execute(sa.select(line).where(line.c.id == self.line_id)).mappings().one()
        self._url = row["url"]
        url = self._url = self._find(row["url"], row["imei"])
        modem = self._open_modem(url, Hooks(on_step=crash.on_step, on_trace=self._trace))
        try:
            identity = modem.open(self._pin.take())
            self._held, self._clock_due = False, 0.0
            self._modem, self._drained = modem, False
            self._meet(identity)
            self.requests.open()  # they wait for the first turn
            self._pin.accepted(identity.iccid, self._tell)
            self._watch.start()
            recovery.recover_line(self._store, self._clock, self.line_id)
            self._drain(modem)
            self._look(modem)
            inbox.warm()
            self._attempts = 0
            while not self._stopping:
                self._turn(modem)
        finally:
            self.requests.close()
            self._modem = None
            modem.close()

    def _tell(self, note: str) -> None:
        """From any thread: have the line show a note of this program's own."""
        if note:
            self.requests.put(lambda _modem: self._show(replace(self.live, note=note)))

    def _trace(self, trace: TraceLine) -> None:
        self.trace.append(trace)
        if self.on_trace is not None:
            self.on_trace(trace)

    def _meet(self, identity: Identity) -> None:
        """Know the SIM by its ICCID, or by its IMSI where the modem does not tell that."""
        sim = identity.iccid or identity.imsi
        with self._store.write() as unit:
            row = unit.conn.execute(sa.select(line).where(line.c.id == self.line_id)).mappings().one()
            if row["iccid"] and sim and row["iccid"] != sim:
                raise SimChangedError(views.OTHER_SIM)
            values = {"iccid": sim or row["iccid"], "imei": identity.imei or row["imei"]}
            if identity.number:
                values["number"] = identity.number
            unit.conn.execute(sa.update(line).where(line.c.id == self.line_id).values(**values))
        self._info = LineInfo(self.line_id, values["iccid"], self._country())
        self.live = replace(self.live, identity=identity, note="")

    def _turn(self, modem: Modem) -> None:
        """Take in what came, keep the house, send one text if one waits; else wait for news."""
        self._watch.turn()
        now = self._clock.monotonic()
        if now >= self._sweep_due:
            self._drain(modem)
        if not self._ready or now >= self._status_due + LATEST_STATUS_SECONDS:
            self._look_if_due(modem, now)
        self._take(modem, modem.poll(0.0))
        if self._stopping:
            return
        sent = self._ready and self._send(modem)
        if self.requests.run_one(modem) or sent:
            return
        # Nobody waits: time for what would have kept a press waiting.
        self._look_if_due(modem, now)
        self._compare_clocks(modem, now)
        due = min(self._sweep_due, self._status_due) - self._clock.monotonic()
        longest = POLL_SECONDS if hasattr(modem, "wake") else SHORT_POLL_SECONDS
        seconds = max(0.0, min(due, longest, self._until_next()))
        self._watch.wait_begins(seconds)
        found = modem.poll(seconds)
        slept = self._watch.overslept()
        self._take(modem, found)
        if slept:
            raise SleptError

    def _send(self, modem: Modem) -> bool:
        # Put down before the look, so that a click that comes meanwhile calls again.
        called, self._called = self._called, False
        return sending.send_next(
            self._store,
            self._clock,
            modem,
            self.line_id,
            stopping=lambda: self._stopping,
            called=called,
            refused=self._refused,
            meanwhile=lambda: self._something_first(modem),
        )

    def _until_next(self) -> float:
        """Seconds until a click that waits for its grace or for the line's pace may leave."""
        at = sending.next_at(self._store, self._clock, self.line_id) if self._ready else None
        later = at is not None and at > self._clock.now()
        if later != self._later:
            self._later = later
            self._changed(self.line_id)
        return POLL_SECONDS if at is None else max(at - self._clock.now(), LEAST_WAIT_SECONDS)

    def _something_first(self, modem: Modem) -> bool:
        """Between two texts: whether something came, or is due, that is seen to before the next one."""
        # The outcome is not on disk yet: the modem is asked nothing before it is.
        quiet = getattr(modem, "quiet", None)
        if quiet is None or not quiet():
            return True
        self._watch.turn()
        due = min(self._sweep_due, self._status_due + LATEST_STATUS_SECONDS)
        return bool(self.requests) or self._clock.monotonic() >= due

    def _refused(self, refusal: Refusal) -> None:
        """A modem that is not ready now is not asked again before it says that it is."""
        if refusal is Refusal.NOT_READY:
            self._held = True
            self._status_due = self._clock.monotonic()

    def ask_status(self) -> None:
        """Ask at the next turn. On the line's thread."""
        self._status_due = self._clock.monotonic()

    # -- receiving ----------------------------------------------------------------------------

    def _drain(self, modem: Modem) -> None:
        """Store everything that lies on the SIM, then delete it there."""
        try:
            found = modem.sweep()
        except (AnswerTimeoutError, CommandError) as error:
            log.warning("line %d could not read its SIM: %s", self.line_id, error)
            self._sweep_due = self._clock.monotonic() + WAITING_STATUS_SECONDS
            return
        inbox.reconcile(self._store, self._clock, self._info, found)
        self._take(modem, inbox.in_order(found))
        inbox.show_overdue(self._store, self._clock)
        recovery.recover_line(self._store, self._clock, self.line_id)
        self._store.make_reserve()
        self._drained = True
        self._sweep_due = self._clock.monotonic() + SWEEP_SECONDS

    def _take(self, modem: Modem, found: Sequence[Incoming]) -> None:
        """Store all of it, and only then delete: two equal texts must both be seen while both are there."""
        stored = inbox.receive_all(self._store, self._clock, self._info, found)
        both = zip(found, stored, strict=True)
        gone = [received.part_id for item, received in both if self._delete(modem, item)]
        if gone:
            inbox.deleted(self._store, self._clock, gone)

    def _delete(self, modem: Modem, item: Incoming) -> bool:
        try:
            return modem.delete(item)
        except (AnswerTimeoutError, CommandError) as error:
            # It stays on the SIM and is recognised there; the next sweep tries once more.
            log.warning("line %d could not delete a stored message: %s", self.line_id, error)
            return False

    # -- what is shown ------------------------------------------------------------------------

    @property
    def _ready(self) -> bool:
        return self._drained and not self._held and self.live.state == LineState.READY.value

    def _look_if_due(self, modem: Modem, now: float) -> None:
        if now >= self._status_due:
            self._look(modem)
            self._store.tidy()

    def _look(self, modem: Modem) -> None:
        live = replace(self.live.with_status(modem.status()), capabilities=modem.capabilities)
        self._show(live if self._drained else replace(live, detail=views.NOT_READ))
        self._history.note(self.live)
        ready = live.state == LineState.READY.value
        self._held = self._held and not ready
        self._status_due = self._clock.monotonic() + (STATUS_SECONDS if ready else WAITING_STATUS_SECONDS)

    def _compare_clocks(self, modem: Modem, now: float) -> None:
        if self._ready and now >= self._clock_due:
            self._clock_due = now + CLOCK_SECONDS
            self._show(replace(self.live, clock_off=clock_off(modem, self._clock)))

    def _show(self, live: Live) -> None:
        if live != self.live:
            moved = live.state != self.live.state
            self.live = live
            self._changed(self.line_id)
            if moved:
                log.info("line %d: %s", self.line_id, live.state)
                self._history.note(live)
