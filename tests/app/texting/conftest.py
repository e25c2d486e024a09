"""A workspace with one line, a modem that dies when told, and texts from the network, for tests in process."""

from __future__ import annotations

import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.store.engine import Store, open_store
from app.store.tables import campaign, conversation, inbound_part, line, message
from app.texting import clicks, inbox, sending
from app.texting.clicks import Clicked, Press, Refused
from app.texting.inbox import LineInfo, Received
from modem import sms
from modem.api import (
    Capabilities,
    Hooks,
    Identity,
    Incoming,
    LineState,
    Outcome,
    Outgoing,
    SendResult,
    Slot,
    Status,
    Step,
    UssdReply,
)
from modem.errors import NotReadyError

#: 2027-01-15 18:00 UTC, a Friday: midday in the whole of the contiguous United States.
NOON = 1_800_036_000.0
PEOPLE = [f"+1312555{n:04d}" for n in range(100, 200)]


class Died(BaseException):
    """The process is gone. No handler of the program may catch it."""


class FakeModem:
    """A modem, its SIM and the network behind it. ``script`` says what becomes of the next parts."""

    def __init__(self) -> None:
        self.capabilities = Capabilities()
        self.hooks = Hooks()
        self.identity = Identity(model="Fake", imei="356938035643809", iccid="8901")
        self.state = Status(LineState.READY, signal_dbm=-71, storage_used=0, storage_total=20)
        self.script: deque[Any] = deque()  # Outcome, an exception, or a callable
        self.accepted: list[tuple[str, str, int]] = []  # number, text of the part, reference
        self.submitted = 0  # how often Ctrl-Z was written
        self.asked = 0
        self.sim: dict[int, Incoming] = {}
        self.arrived: deque[Incoming] = deque()
        self.deleted: list[Incoming] = []
        self.delete_answers: deque[Any] = deque()
        self.opens: deque[Any] = deque()
        self.pins: list[str | None] = []
        self.polls: deque[Any] = deque()
        self.sweeps: deque[Any] = deque()
        self.is_open = False
        self.locked_with = ""  # the PIN that opens the SIM
        self.log: list[str] = []
        self.commands: list[str] = []
        self.command_answers: deque[Any] = deque()
        self.ussd_answers: deque[Any] = deque()
        self.network_clock: Callable[[], datetime | None] | None = None
        self._woken = threading.Event()
        self._reference = 0

    # -- modem.api.Modem

    def open(self, pin: str | None = None) -> Identity:
        self.pins.append(pin)
        self._play(self.opens)
        if self.locked_with not in ("", pin):
            raise NotReadyError("The SIM asks for its PIN.", LineState.NEEDS_PIN)
        self.locked_with = ""
        self.is_open = True
        self.log.append("open")
        return self.identity

    def close(self) -> None:
        self.is_open = False
        self.log.append("close")

    def wake(self) -> None:
        self._woken.set()

    def send(
        self,
        outgoing: Outgoing,
        proceed: Callable[[int], bool],
        on_part: Callable[[int, int], None],
    ) -> SendResult:
        self.log.append(f"send {outgoing.number}")
        texts = sms.split(outgoing.text).segments
        references: list[int] = []
        for number, text in enumerate(texts, start=1):
            outcome = self.script.popleft() if self.script else Outcome.SENT
            self.hooks.on_step(Step.COMMAND_WRITTEN)
            self.hooks.on_step(Step.PDU_HALF_WRITTEN)
            self.asked += 1
            if not proceed(number):
                return SendResult(Outcome.NOT_SENT, len(texts), tuple(references), detail="Stopped.")
            if callable(outcome):
                outcome = outcome()
            if isinstance(outcome, BaseException):
                raise outcome
            self.submitted += 1
            if outcome is Outcome.NOT_SENT:
                self.hooks.on_step(Step.SUBMITTED)
                self.hooks.on_step(Step.REFUSED)
                detail = "The network refused it."
                return SendResult(outcome, len(texts), tuple(references), "CMS", 21, detail)
            if outcome is Outcome.UNKNOWN:
                self.hooks.on_step(Step.SUBMITTED)
                detail = "The modem did not answer. It may have left."
                return SendResult(outcome, len(texts), tuple(references), detail=detail)
            self._reference = (self._reference + 1) % 256
            self.accepted.append((outgoing.number, text, self._reference))
            self.hooks.on_step(Step.SUBMITTED)
            self.hooks.on_step(Step.ACCEPTED)
            references.append(self._reference)
            on_part(number, self._reference)
        return SendResult(Outcome.SENT, len(texts), tuple(references))

    def poll(self, timeout: float) -> list[Incoming]:
        self._play(self.polls)
        if timeout and not self.arrived:
            self._woken.wait(min(timeout, 0.05))
        self._woken.clear()
        found = list(self.arrived)
        self.arrived.clear()
        return found

    def sweep(self) -> list[Incoming]:
        self.log.append("sweep")
        self._play(self.sweeps)
        return list(self.sim.values())

    def delete(self, incoming: Incoming) -> bool:
        answer = self.delete_answers.popleft() if self.delete_answers else True
        if isinstance(answer, BaseException):
            raise answer
        if answer and incoming.slot is not None:
            self.sim.pop(incoming.slot.index, None)
            self.deleted.append(incoming)
        return bool(answer)

    def status(self) -> Status:
        return self.state

    def command(self, line: str, timeout: float = 10.0) -> list[str]:
        self.commands.append(line)
        return self._told(self.command_answers, ["OK"])

    def danger(self, line: str) -> str:
        return "It switches the modem off." if "CFUN" in line else ""

    def ussd(self, code: str, timeout: float = 30.0) -> UssdReply:
        self.commands.append(code)
        return self._told(self.ussd_answers, UssdReply("You have 3.20"))

    def network_time(self) -> datetime | None:
        return self.network_clock() if callable(self.network_clock) else None

    # -- for tests

    def put(self, pdu: str, slot: int | None = None, *, report: bool = False) -> Incoming:
        """Lay a PDU on the SIM and announce it."""
        if slot is None:
            slot = next(n for n in range(1, 1000) if n not in self.sim)
        incoming = Incoming(pdu, Slot("SM", slot), report)
        self.sim[slot] = incoming
        self.arrived.append(incoming)
        self._woken.set()
        return incoming

    @staticmethod
    def _told(answers: deque[Any], usual: Any) -> Any:
        answer = answers.popleft() if answers else usual
        if callable(answer):
            answer = answer()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    @staticmethod
    def _play(script: deque[Any]) -> None:
        if script:
            step = script.popleft()
            if isinstance(step, BaseException):
                raise step


class World:
    """One data folder, opened, with one line (id ``line_id``)."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder, self.store = folder, store
        self.clock = FixedClock(NOON)
        self.modem = FakeModem()
        self.events: list[Any] = []
        self.store.subscribe(self.events.append)
        with store.write() as unit:
            self.line_id = int(
                unit.conn.execute(
                    sa.insert(line).values(name="Line", url="fake:1", iccid="8901", created_at=NOON)
                ).inserted_primary_key[0]
            )
            self.campaign_id = int(
                unit.conn.execute(
                    sa.insert(campaign).values(name="Autumn", state="running", created_at=NOON)
                ).inserted_primary_key[0]
            )
        self._position = 0

    @property
    def info(self) -> LineInfo:
        return LineInfo(self.line_id, "8901", "US")

    def reopen(self) -> None:
        """The process died and another one opened the same folder."""
        self.store.close()
        self.store = open_store(self.folder)
        self.events = []
        self.store.subscribe(self.events.append)

    # -- rows

    def queue(self, number: str = PEOPLE[0], text: str = "Hello", **values: Any) -> int:
        self._position += 1
        row = {
            "direction": "out",
            "number": number,
            "campaign_id": self.campaign_id,
            "kind": "first",
            "position": self._position,
            "text": text,
            "text_hash": clicks.text_hash(text),
            "state": "queued",
            "created_at": self.clock.now(),
        }
        with self.store.write() as unit:
            return int(unit.conn.execute(sa.insert(message).values(**(row | values))).inserted_primary_key[0])

    def press(self, device: str = "key:Return") -> Press:
        return Press(device, self.clock.monotonic(), self.clock.now())

    def click(self, message_id: int, **options: Any) -> Clicked | Refused:
        values = {"text_hash": self.row(message_id)["text_hash"], "press": self.press(), "operator": "Ana"}
        return clicks.accept(self.store, self.clock, message_id, **(values | options))

    def clicked(self, number: str = PEOPLE[0], text: str = "Hello") -> int:
        message_id = self.queue(number, text)
        assert isinstance(self.click(message_id), Clicked)
        return message_id

    def reply(self, to: int | str, text: str = "Yes") -> Clicked | Refused:
        return clicks.compose(self.store, self.clock, to, text, press=self.press(), operator="Ana")

    def send(self, **options: Any) -> bool:
        return sending.send_next(self.store, self.clock, self.modem, self.line_id, **options)

    def row(self, message_id: int) -> Any:
        return self.one(sa.select(message).where(message.c.id == message_id))

    def rows(self, query: Any) -> list[Any]:
        with self.store.read() as conn:
            return list(conn.execute(query).mappings())

    def one(self, query: Any) -> Any:
        (row,) = self.rows(query)
        return row

    def set(self, table: sa.Table, key: int, **values: Any) -> None:
        with self.store.write() as unit:
            unit.conn.execute(sa.update(table).where(table.c.id == key).values(**values))

    def thread(self, number: str) -> Any:
        return self.one(sa.select(conversation).where(conversation.c.number == number))

    def inbound(self, *where: Any) -> list[Any]:
        query = sa.select(message).where(message.c.direction == "in", *where)
        return self.rows(query.order_by(message.c.id))

    def parts(self, *where: Any) -> list[Any]:
        return self.rows(sa.select(inbound_part).where(*where).order_by(inbound_part.c.id))

    # -- the network

    def stamp(self, ago: float = 0.0) -> datetime:
        return datetime.fromtimestamp(self.clock.now() - ago, UTC)

    def pdu(self, sender: str = PEOPLE[0], text: str = "Hi", *, ago: float = 0.0, **options: Any) -> str:
        return sms.encode_deliver(sender, text, timestamp=self.stamp(ago), **options).hex

    def pdus(
        self, sender: str, text: str, reference: int = 7, *, bits: int = 8, ago: float = 0.0
    ) -> list[str]:
        made = sms.encode_deliver_message(
            sender, text, timestamp=self.stamp(ago), reference=reference, bits=bits
        )
        return [pdu.hex for pdu in made]

    def report(self, number: str, reference: int, status: int = 0, *, ago: float = 0.0) -> str:
        return sms.encode_status_report(
            number,
            reference=reference,
            submitted=self.stamp(ago),
            discharged=self.stamp(),
            status=status,
        ).hex

    def receive(self, pdu: str, slot: int | None = None, *, delete: bool = True) -> Received:
        """Store one PDU, as the line does, and delete it. Without a slot a new one is taken."""
        self._position += 1
        incoming = Incoming(pdu, Slot("SM", 1000 + self._position if slot is None else slot))
        received = inbox.receive(self.store, self.clock, self.info, incoming)
        if delete:
            inbox.deleted(self.store, self.clock, [received.part_id])
        return received

    def direct(self, pdu: str) -> Received:
        """A PDU that was routed directly (+CMT): it has no slot."""
        return inbox.receive(self.store, self.clock, self.info, Incoming(pdu))


@pytest.fixture(scope="session")
def empty_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an empty database, to copy: making one takes longer than most tests."""
    folder = tmp_path_factory.mktemp("empty") / "data"
    open_store(folder).close()
    return folder


@pytest.fixture
def make_world(empty_folder: Path, tmp_path: Path) -> Iterator[Callable[[], World]]:
    """Makes worlds, each in a folder of its own."""
    made: list[World] = []

    def make() -> World:
        folder = tmp_path / f"world{len(made)}"
        shutil.copytree(empty_folder, folder)
        made.append(World(folder, open_store(folder)))
        return made[-1]

    yield make
    for each in made:
        each.store.close()


@pytest.fixture
def world(make_world: Callable[[], World]) -> World:
    """One data folder with a line and a running campaign."""
    return make_world()


@pytest.fixture
def died() -> type[BaseException]:
    """What stands for the end of the process."""
    return Died


@pytest.fixture
def people() -> list[str]:
    """A hundred numbers that can exist."""
    return PEOPLE


@pytest.fixture
def new_modem() -> type[FakeModem]:
    """Makes modems that do what their script says."""
    return FakeModem
