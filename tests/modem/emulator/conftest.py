"""A modem on a network whose clock is turned by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from modem.emulator.agenda import Agenda
from modem.emulator.device import Device
from modem.emulator.ledger import Ledger
from modem.emulator.network import Network
from modem.emulator.people import People
from modem.emulator.settings import sim_for
from modem.sms import encode_message

START = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


class Bench:
    """``modem`` (and ``others``) on one network; ``type`` what a terminal writes, ``pass_time`` to wait."""

    def __init__(self, folder: Path, people: People | None, slots: int, latency: float, count: int) -> None:
        self.now = 0.0
        self.agenda = Agenda(lambda: self.now, lambda: START + timedelta(seconds=self.now))
        self._path = folder / "ledger.jsonl"
        self.book = Ledger(self._path, self.agenda.wall)
        self.network = Network(self.agenda, self.book, people)
        self.modems = [
            Device(
                sim_for(line, "+15550100"), self.network, self.agenda, slots=slots, latency=lambda: latency
            )
            for line in range(1, count + 1)
        ]
        for modem in self.modems:
            self.network.attach(modem)
        self.modem = self.modems[0]

    def type(self, text: str | bytes, modem: Device | None = None) -> str:
        data = text.encode("latin-1") if isinstance(text, str) else text
        chosen = modem if modem is not None else self.modem
        answer = chosen.feed(data).decode("latin-1")
        self.agenda.turn()
        return answer + chosen.take_output().decode("latin-1")

    def at(self, *commands: str) -> str:
        """Commands with echo off; the answer of the last."""
        self.type("ATE0\r")
        return [self.type(f"AT{command}\r") for command in commands][-1]

    def lines(self, command: str) -> list[str]:
        return [line for line in self.at(command).split("\r\n") if line]

    def pass_time(self, seconds: float) -> str:
        self.now += seconds
        while self.agenda.turn():
            pass
        return self.modem.take_output().decode("latin-1")

    def send(
        self, number: str, text: str, *, report: bool = False, modem: Device | None = None, concat: int = 77
    ) -> list[str]:
        """Send in PDU mode with echo off; what came after each Ctrl-Z."""
        self.type("ATE0\r", modem)
        self.type("AT+CMGF=0\r", modem)
        answers = []
        for pdu in encode_message(number, text, reference=concat, report=report):
            assert self.type(f"AT+CMGS={pdu.tpdu_length}\r", modem).endswith("\r\n> ")
            answers.append(self.type(pdu.hex + "\x1a", modem))
        return answers

    def send_anyhow(self, number: str, text: str) -> None:
        """Write what sending takes, whatever comes back."""
        for pdu in encode_message(number, text, reference=77, report=True):
            self.type(f"\x1b\rAT+CNMI=2,1,0,1,0\rAT+CMGS={pdu.tpdu_length}\r")
            self.type(pdu.hex + "\x1a")

    def ledger(self, event: str) -> list[dict[str, Any]]:
        rows = [json.loads(line) for line in self._path.read_text("utf-8").splitlines()]
        return [row for row in rows if row["event"] == event]


@pytest.fixture
def make_bench(tmp_path):
    made: list[Bench] = []

    def make(people: People | None = None, *, slots: int = 20, latency: float = 0.0, count: int = 1) -> Bench:
        made.append(Bench(tmp_path, people, slots, latency, count))
        return made[-1]

    yield make
    for bench in made:
        bench.book.close()


@pytest.fixture
def bench(make_bench):
    return make_bench()
