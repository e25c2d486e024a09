"""What the real ModemManager says, and what is made of it: refusals, deaths, inhibition."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "contract"))

import bench_modemmanager

if bench_modemmanager.missing():
    pytest.skip(bench_modemmanager.missing(), allow_module_level=True)

from modem.api import Incoming, Modem, Outcome, Outgoing, Refusal
from modem.backends.modemmanager.backend import Inhibition, found_modems
from modem.errors import ModemError, PortError, PortPermissionError
from modem.sms import Deliver

TO = "+15550123"
HELLO = Outgoing(TO, "hello", want_report=False)
LONG = Outgoing(TO, "two parts " * 20, want_report=False)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[bench_modemmanager.MmBench]:
    made = bench_modemmanager.MmBench(tmp_path)
    yield made
    made.end()


@pytest.fixture
def modem(bench: bench_modemmanager.MmBench) -> Iterator[Modem]:
    made = bench.modem()
    made.open()
    yield made
    made.close()


def open_again(modem: Modem) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            modem.open()
            return
        except ModemError:
            time.sleep(0.05)
    raise AssertionError("the modem did not come back")


def test_it_knows_the_sim_and_the_modem(bench: bench_modemmanager.MmBench, modem: Modem) -> None:
    identity = modem.open()
    assert identity.iccid == bench_modemmanager.ICCID
    assert identity.imsi == "001010000000001"
    assert identity.number == "+15550100"
    (found,) = found_modems(bench.rig.address)
    assert (found.imei, found.manufacturer, found.state) == (identity.imei, "p2ptext", "registered")
    assert found.device == "/virtual/p2ptext"
    assert len(found.ports) == 1
    status = modem.status()
    assert (status.operator, status.signal_dbm) == ("p2ptext practice", -71)


FAULTS = [
    ("cms 38", Outcome.NOT_SENT, Refusal.LATER, 0),
    ("cms 1", Outcome.NOT_SENT, Refusal.PERMANENT, 0),
    ("cms 331", Outcome.NOT_SENT, Refusal.NOT_READY, 0),
    ("cms 332", Outcome.UNKNOWN, Refusal.NONE, 0),
    ("cms 500", Outcome.UNKNOWN, Refusal.NONE, 0),
    ("cms-taken 500", Outcome.UNKNOWN, Refusal.NONE, 1),
    ("error", Outcome.UNKNOWN, Refusal.NONE, 0),
    ("error-taken", Outcome.UNKNOWN, Refusal.NONE, 1),
    ("late-prompt 0.3", Outcome.SENT, Refusal.NONE, 1),
    ("slow 0.5", Outcome.SENT, Refusal.NONE, 1),
]


@pytest.mark.parametrize(("fault", "outcome", "refusal", "taken"), FAULTS, ids=[row[0] for row in FAULTS])
def test_each_fault_has_its_one_true_outcome(
    bench: bench_modemmanager.MmBench,
    modem: Modem,
    fault: str,
    outcome: Outcome,
    refusal: Refusal,
    taken: int,
) -> None:
    bench.tell(f"fault {fault}")
    result = modem.send(HELLO)
    assert (result.outcome, result.refusal) == (outcome, refusal), result
    assert len(bench.submits()) == taken
    assert modem.send(HELLO).outcome is Outcome.SENT
    assert len(bench.submits()) == taken + 1


def test_a_long_text_that_is_refused_in_part_is_unknown(
    bench: bench_modemmanager.MmBench, modem: Modem
) -> None:
    bench.tell("fault cms 38 after=1")
    result = modem.send(LONG)
    assert (result.outcome, result.references, result.code) == (Outcome.UNKNOWN, (), 38)
    assert "several parts" in result.detail
    assert [entry["part"] for entry in bench.seen("part")] == [1]


def test_a_daemon_that_is_killed_in_the_middle_leaves_unknown(
    bench: bench_modemmanager.MmBench, modem: Modem
) -> None:
    bench.tell("fault silence")
    killer = threading.Timer(0.3, bench.rig.stop_daemon)
    killer.start()
    assert modem.send(HELLO).outcome is Outcome.UNKNOWN
    killer.join()
    with pytest.raises(PortError):
        modem.poll(1.0)
    bench.hang_up()
    open_again(modem)
    assert modem.send(Outgoing(TO, "next", want_report=False)).outcome is Outcome.SENT
    assert [entry["text"] for entry in bench.submits()] == ["hello", "next"]


def test_what_was_stored_before_the_daemon_died_is_deleted_after(
    bench: bench_modemmanager.MmBench, modem: Modem
) -> None:
    bench.deliver("+15550188", "stored")
    found: list[Incoming] = []
    deadline = time.monotonic() + 10
    while not found and time.monotonic() < deadline:
        found = modem.poll(0.2)
    (stored,) = found
    bench.hang_up()
    open_again(modem)
    (again,) = modem.sweep()
    assert again.pdu == stored.pdu
    assert isinstance(again.message, Deliver)
    assert again.message.text == "stored"
    assert modem.delete(stored)
    assert modem.sweep() == []


def test_while_it_is_inhibited_the_modem_is_nobodys(bench: bench_modemmanager.MmBench, modem: Modem) -> None:
    (before,) = found_modems(bench.rig.address)
    bench.rig.polkit.allows = False
    with pytest.raises(PortPermissionError, match="polkit"):
        Inhibition(before.device, bench.rig.address).hold()
    bench.rig.polkit.allows = True
    with Inhibition(before.device, bench.rig.address):
        assert found_modems(bench.rig.address) == ()
        with pytest.raises(PortError):
            modem.poll(5.0)
        second = Inhibition(before.device, bench.rig.address)
        with pytest.raises(PortError):
            second.hold()
    open_again(modem)
    assert modem.send(HELLO).outcome is Outcome.SENT
