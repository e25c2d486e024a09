"""An emulated modem and the app's own line in one process, on one clock that costs no time.

The line is the real one (:class:`app.texting.line.LineThread`, the AT driver, a store on disk); only its thread
is not started: its loop is run here, and every wait of the driver turns the clock of the emulator. The program
can die anywhere, as by SIGKILL, and begin again on the same modem.
"""

from __future__ import annotations

import contextlib
import logging
import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from app.store.engine import Store
from app.store.tables import campaign, line, message, opt_out
from app.texting import clicks, crash, recovery
from app.texting.line import LineThread
from modem.api import Hooks, Modem, TraceLine
from modem.at import channel
from modem.at.parser import final_result
from modem.backends.at import AtModem
from modem.emulator.agenda import Agenda
from modem.emulator.device import Device, Mode
from modem.emulator.network import Network
from modem.emulator.persona import PRACTICE, Persona
from modem.emulator.settings import sim_for
from modem.errors import PortError
from tests.e2e.fault_parts import EPOCH, AppClock, Book, Complaints, Died, MortalStore

TICK = 0.0005  # seconds that one look at the port takes
CLOSE_AFTER = 0.05  # as modem.emulator.server: the last octets before the port goes
PROBE = "+13125559999"


class StuckError(AssertionError):
    """The line did not come to rest in a time that is beyond every patience."""


class Terminal:
    """One opening of the port: what the driver uses as its transport."""

    def __init__(self, world: World, session: int) -> None:
        self._world, self.session = world, session
        self.woken = False

    def read(self, timeout: float) -> bytes:
        return self._world.read(self, timeout)

    def write(self, data: bytes) -> None:
        self._world.write(self, data)

    def wake(self) -> None:
        self.woken = True

    def close(self) -> None:
        self.session = -1


class World:
    """A modem on its network, a program on the modem, and the hands of a person. Times in virtual seconds.

    ``engines`` are the program's and the window's; they outlive the world, with the statements they compiled.
    """

    def __init__(
        self,
        folder: Path,
        seed: int,
        *,
        persona: Persona = PRACTICE,
        latency: float = 0.0,
        slots: int | None = None,
        limit: float = 3000.0,
        engines: tuple[sa.Engine, sa.Engine],
    ) -> None:
        self.now = 1000.0
        self.chance = random.Random(f"{seed}/world")
        self.agenda = Agenda(self.monotonic, lambda: datetime.fromtimestamp(self._wall(), UTC))
        self.clock = AppClock(self.monotonic)
        self.book = Book(self.monotonic)
        self.network = Network(self.agenda, self.book, seed=seed)
        self.device = Device(
            sim_for(1, "+15550100"),
            self.network,
            self.agenda,
            persona=persona,
            latency=lambda: latency,
            slots=slots,
        )
        self.network.attach(self.device)
        self.device.hang_up = self._hang_up
        self.small_pieces = False  # what the modem says comes in random pieces
        self.deaths: list[tuple[str, int]] = []  # where, and at which time of being there; or "time", second
        self.died: list[str] = []
        self.trace: deque[str] = deque(maxlen=600)
        self.last_rows: dict[str, list[Any]] = {}
        self.complaints = Complaints()
        self.sane_at: float | None = None
        self.first_asked: float | None = None  # the first command written to the sane line
        self.in_step: float | None = None  # the first result after it
        self._limit = self.now + limit
        self._folder = folder
        self._present = True
        self._session = 0
        self._out = bytearray()
        self._dead = False
        self._over = False
        self._reached: dict[str, int] = {}
        self._thread: LineThread | None = None
        self._engine, desk = engines
        self._desk = Store(folder, desk)  # the window's own view
        self._position = 0
        with self._desk.write() as unit:
            self._campaign = unit.conn.execute(sa.select(campaign.c.id)).scalar_one()
            self.line_id = unit.conn.execute(sa.select(line.c.id)).scalar_one()

    # -- the clock ----------------------------------------------------------------------------

    def monotonic(self) -> float:
        """Virtual seconds."""
        return self.now

    def _wall(self) -> float:
        return EPOCH + self.now

    def wall_of(self, seconds: float) -> float:
        """A virtual moment as the app is told it."""
        return EPOCH + seconds

    def at(self, seconds: float, call: Callable[[], None]) -> None:
        """Have something happen, so many seconds from now."""
        self.agenda.later(seconds, call)

    def pass_time(self, seconds: float) -> None:
        """Let time go by for everybody."""
        end = self.now + seconds
        while (wait := self.agenda.wait()) is not None and self.now + wait <= end:
            self._go(wait)
        self.now = max(self.now, end)

    def _go(self, seconds: float) -> None:
        self.now += seconds
        self.agenda.turn()
        if self.now > self._limit:
            raise StuckError("the line did not come to rest")

    # -- the port -----------------------------------------------------------------------------

    def connect(self) -> Terminal:
        """Open the port. Raises ``PortError`` while the cable is out."""
        self._alive()
        if not self._present or self.device.gone:
            raise PortError("There is no such port.")
        self._session += 1
        return Terminal(self, self._session)

    def read(self, terminal: Terminal, timeout: float) -> bytes:
        """As the driver's transport; a wait turns the clock."""
        self._live_on()
        self._go(TICK)
        end = self.now + max(0.0, timeout)
        while True:
            self._check(terminal)
            self._out += self.device.take_output()
            if self._out:
                return self._piece()
            if terminal.woken:
                terminal.woken = False
                return b""
            wait = self.agenda.wait()
            if wait is None or self.now + wait > end:
                self.now = max(self.now, end)
                return b""
            self._go(wait)
            self._live_on()

    def write(self, terminal: Terminal, data: bytes) -> None:
        """As the driver's transport."""
        self._live_on()
        self._go(TICK)
        self._check(terminal)
        self._out += self.device.take_output()
        self._out += self.device.feed(data)

    def _piece(self) -> bytes:
        size = self.device.chunk or len(self._out)
        if self.small_pieces:
            size = min(size, self.chance.choice((1, 2, 3, 7, 20, 200)))
        data = bytes(self._out[:size])
        del self._out[:size]
        return data

    def _check(self, terminal: Terminal) -> None:
        if terminal.session != self._session or not self._present:
            raise PortError("The port went away.")

    def _hang_up(self, seconds: float) -> None:
        if not self.device.gone:
            self.device.unplug()
            self.agenda.later(CLOSE_AFTER, lambda: self._gone(seconds))

    def _gone(self, seconds: float) -> None:
        self._present = False
        self._out.clear()
        self.agenda.later(seconds, self._back)

    def _back(self) -> None:
        self._present = True
        self._session += 1
        self.device.plug_in()

    # -- the program --------------------------------------------------------------------------

    def run(self) -> None:
        """Let the program live, die and live again until :meth:`end`."""
        logging.getLogger("app").addHandler(self.complaints)
        reach, clock = crash.reach, channel.time
        crash.reach = self.reach
        channel.time = SimpleNamespace(sleep=self.pass_time, time=self._wall, monotonic=self.monotonic)
        try:
            while not self._over:
                with contextlib.suppress(Died):
                    self._live()
        finally:
            crash.reach, channel.time = reach, clock
            logging.getLogger("app").removeHandler(self.complaints)

    def close(self) -> None:
        """Read what the judge needs besides the texts, and let go of the database."""
        self.last_rows = {opt_out.name: self.rows(opt_out)}
        self._desk.close()

    def end(self) -> None:
        """The program is closed well."""
        self._over = True
        if self._thread is not None:
            self._thread._stopping = True
            self._thread.wake()

    def _live(self) -> None:
        self._dead = False
        store = MortalStore(self._folder, self._engine, self._alive)
        try:
            recovery.recover(store, self.clock)
            self._thread = thread = LineThread(
                store, self.clock, self.line_id, self._open, country=lambda: "US"
            )
            while not thread._stopping:
                wait = thread._attempt()
                if not thread._stopping:
                    self.pass_time(30.0 if wait is None else wait)
                    self._live_on()
        finally:
            self._thread = None
            store.close()
            if self._dead:
                self._session += 1
                self._dead = False
                self.pass_time(self.chance.choice((0.1, 2.0, 20.0)))

    def _open(self, url: str, hooks: Hooks) -> Modem:
        def on_trace(trace: TraceLine) -> None:
            self._traced(trace)
            hooks.on_trace(trace)

        return AtModem(
            self.connect,
            Hooks(on_step=lambda step: self.reach(crash.STEPS[step]), on_trace=on_trace),
            clock=self.monotonic,
        )

    def _traced(self, trace: TraceLine) -> None:
        self.trace.append(f"{self.now:9.3f} {trace.direction} {trace.text[:150]}")
        if self.sane_at is None or self.in_step is not None:
            return
        if trace.direction == ">" and trace.text.startswith("AT") and self.first_asked is None:
            self.first_asked = self.now
        elif trace.direction == "<" and self.first_asked is not None and final_result(trace.text) is not None:
            self.in_step = self.now

    def reach(self, point: str) -> None:
        """A place where the program may be to die."""
        self._alive()
        self._reached[point] = self._reached.get(point, 0) + 1
        if (point, self._reached[point]) in self.deaths:
            self.deaths.remove((point, self._reached[point]))
            self._die(point)

    def _live_on(self) -> None:
        self._alive()
        for death in self.deaths:
            if death[0] == "time" and self.now >= death[1]:
                self.deaths.remove(death)
                self._die("time")

    def _die(self, where: str) -> None:
        self.trace.append(f"{self.now:9.3f} ! the program dies ({where})")
        self.died.append(where)
        self._dead = True
        raise Died

    def _alive(self) -> None:
        if self._dead:
            raise Died

    # -- the person ---------------------------------------------------------------------------

    def queue(self, number: str, text: str) -> int:
        """A campaign's text waits on the desk."""
        self._position += 1
        with self._desk.write() as unit:
            made = sa.insert(message).values(
                direction="out",
                number=number,
                campaign_id=self._campaign,
                kind="first",
                position=self._position,
                text=text,
                text_hash=clicks.text_hash(text),
                state="queued",
                created_at=self.now_wall(),
            )
            return int(unit.conn.execute(made).inserted_primary_key[0])

    def press(self, key: int, text: str) -> bool:
        """One press on a queued text; False when it was refused."""
        taken = clicks.accept(
            self._desk, self.clock, key, text_hash=clicks.text_hash(text), press=self._press(), operator="Ana"
        )
        return self._taken(taken)

    def write_to(self, number: str, text: str) -> bool:
        """One press on a text just typed; False when it was refused."""
        return self._taken(
            clicks.compose(self._desk, self.clock, number, text, press=self._press(), operator="Ana")
        )

    def _resume(self) -> None:
        """A person reads why the line paused itself, and resumes it."""
        with self._desk.read() as conn:
            paused = conn.execute(sa.select(line.c.id).where(line.c.paused_why != "")).first()
        if paused is not None:
            with self._desk.write() as unit:
                values = {"paused": False, "paused_why": "", "watch_from": self.now_wall()}
                unit.conn.execute(sa.update(line).values(**values))

    def _press(self) -> clicks.Press:
        return clicks.Press("key:Return", self.now, self.now_wall())

    def _taken(self, taken: clicks.Clicked | clicks.Refused) -> bool:
        if isinstance(taken, clicks.Refused):
            return False
        if self._thread is not None:
            self._thread.wake()
        return True

    def now_wall(self) -> float:
        """UTC seconds, as the app is told."""
        return self._wall()

    # -- what can be seen ---------------------------------------------------------------------

    @property
    def sane(self) -> bool:
        """The port is there, the modem hears and answers, the network is there."""
        device = self.device
        return (
            self._present
            and not device.gone
            and not device.deaf
            and device._mode is not Mode.BUSY
            and device.sim.on_air
        )

    def rows(self, table: sa.Table) -> list[Any]:
        """Everything in a table."""
        with self._desk.read() as conn:
            return list(conn.execute(sa.select(table)).mappings())

    def drained(self) -> bool:
        """Nothing is under way, nothing lies on the SIM, nothing waits in the network."""
        self._resume()
        if self.network.waiting(self.device) or not self.sane:
            return False
        if any(row.status < 2 for memory in self.device.memories.values() for _, row in memory.rows()):
            return False
        with self._desk.read() as conn:
            waits = sa.select(sa.func.count()).where(message.c.state.in_(("clicked", "sending")))
            return not conn.execute(waits).scalar_one()
