"""What the line meets when polkit, a PIN, a death or a restart comes between: against a double of the daemon."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

if sys.platform != "linux" or shutil.which("dbus-daemon") is None:
    pytest.skip("no dbus-daemon on this computer", allow_module_level=True)

sys.path.insert(0, str(Path(__file__).parent))

from daemon_double import IMEI, MM, MODEM, ROOT, SILENT, SIM, Double, Refused, private_bus, sms
from dbus_fast import Variant

from modem.api import Incoming, LineState, Outcome, Outgoing, Refusal, Step
from modem.backends.modemmanager import backend as modemmanager
from modem.backends.modemmanager.backend import Hooks, Inhibition, MmBackend, found_modems
from modem.errors import (
    AnswerTimeoutError,
    CommandError,
    NotReadyError,
    PortError,
    PortPermissionError,
    UnsupportedError,
)

TO = "+15550123"
HELLO = Outgoing(TO, "hello")
UNAUTHORIZED = f"{MM}.Error.Core.Unauthorized"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    process, address = private_bus(tmp_path_factory.mktemp("bus"))
    yield address
    process.terminate()
    process.wait(10)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture
def daemon(address: str) -> Iterator[Double]:
    made = Double(address)
    yield made
    made.die()


@pytest.fixture
def modem(address: str, daemon: Double) -> Iterator[MmBackend]:
    made = MmBackend(bus=address)
    made.open()
    yield made
    made.close()


def refuse(name: str, words: str = "no") -> Callable[[Any], Any]:
    def answer(message: Any) -> Any:
        raise Refused(name, words)

    return answer


def collect(modem: MmBackend, count: int) -> list[Incoming]:
    found: list[Incoming] = []
    deadline = time.monotonic() + 10
    while len(found) < count and time.monotonic() < deadline:
        found += modem.poll(0.1)
    return found


# finding


def test_the_modem_is_found_by_its_imei(address: str, daemon: Double) -> None:
    (found,) = found_modems(address)
    assert (found.path, found.imei, found.state) == (MODEM, IMEI, "registered")
    assert found.ports == ("ttyUSB2", "wwan0")
    modem = MmBackend(IMEI, bus=address)
    assert modem.open().iccid == "8900100000000000001"
    modem.close()
    other = MmBackend("356938035643800", bus=address)
    with pytest.raises(PortError, match="356938035643800"):
        other.open()


def test_without_the_daemon_there_is_a_sentence(address: str, tmp_path: Path) -> None:
    assert found_modems(address) == ()
    assert found_modems(f"unix:path={tmp_path}/nothing") == ()
    for where, words in ((address, "does not run"), (f"unix:path={tmp_path}/nothing", "no message bus")):
        modem = MmBackend(bus=where)
        with pytest.raises(PortError, match=words):
            modem.open()
        assert modem.send(HELLO).outcome is Outcome.NOT_SENT


def test_a_modem_without_texts_or_ussd_says_so(address: str, daemon: Double) -> None:
    del daemon.objects[MODEM][f"{MM}.Modem.Modem3gpp.Ussd"]
    modem = MmBackend(bus=address)
    modem.open()
    assert not modem.capabilities.ussd
    with pytest.raises(UnsupportedError):
        modem.ussd("*100#")
    modem.close()
    del daemon.objects[MODEM][f"{MM}.Modem.Messaging"]
    with pytest.raises(NotReadyError, match="no texts"):
        modem.open()


# the SIM


def lock(daemon: Double, tries: int, lock: int = 2) -> None:
    daemon.objects[MODEM][f"{MM}.Modem"] |= {
        "State": Variant("i", 2),
        "UnlockRequired": Variant("u", lock),
        "UnlockRetries": Variant("a{uu}", {2: tries, 4: 10}),
    }


def test_a_pin_is_entered_once_and_then_the_modem_is_enabled(address: str, daemon: Double) -> None:
    lock(daemon, 3)

    def unlock(message: Any) -> None:
        daemon.objects[MODEM][f"{MM}.Modem"]["State"] = Variant("i", 3)

    def enable(message: Any) -> None:
        daemon.objects[MODEM][f"{MM}.Modem"]["State"] = Variant("i", 8)

    daemon.answers = {"Sim.SendPin": unlock, "Modem.Enable": enable}
    modem = MmBackend(bus=address)
    with pytest.raises(NotReadyError) as asked:
        modem.open()
    assert (asked.value.state, asked.value.tries) == (LineState.NEEDS_PIN, 3)
    assert asked.value.iccid == "8900100000000000001"
    assert "Sim.SendPin" not in daemon.called
    modem.open("1234")
    assert daemon.bodies["Sim.SendPin"] == ["1234"]
    assert daemon.called.count("Sim.SendPin") == daemon.called.count("Modem.Enable") == 1
    modem.close()


def test_a_wrong_pin_is_not_entered_again(address: str, daemon: Double) -> None:
    lock(daemon, 3)
    daemon.answers["Sim.SendPin"] = refuse(
        f"{MM}.Error.MobileEquipment.IncorrectPassword", "Incorrect password"
    )
    modem = MmBackend(bus=address)
    for _ in range(3):
        with pytest.raises(NotReadyError) as refused:
            modem.open("1111")
        assert refused.value.state == LineState.NEEDS_PIN
    assert daemon.called.count("Sim.SendPin") == 1


@pytest.mark.parametrize(
    ("tries", "which", "pin", "state"),
    [
        (1, 2, "1234", LineState.NEEDS_PIN),
        (3, 2, "12", LineState.NEEDS_PIN),
        (3, 2, "12ab", LineState.NEEDS_PIN),
        (3, 4, "1234", LineState.NEEDS_PUK),
        (3, 8, "1234", LineState.FAILED),
    ],
)
def test_no_pin_is_risked(
    address: str, daemon: Double, tries: int, which: int, pin: str, state: LineState
) -> None:
    lock(daemon, tries, which)
    modem = MmBackend(bus=address)
    with pytest.raises(NotReadyError) as refused:
        modem.open(pin)
    assert refused.value.state == state
    assert "Sim.SendPin" not in daemon.called


def test_no_sim_is_told(address: str, daemon: Double) -> None:
    daemon.objects[MODEM][f"{MM}.Modem"] |= {"State": Variant("i", -1), "StateFailedReason": Variant("u", 2)}
    with pytest.raises(NotReadyError) as refused:
        MmBackend(bus=address).open()
    assert refused.value.state == LineState.NO_SIM


# polkit


def test_polkit_may_forbid_opening(address: str, daemon: Double) -> None:
    daemon.objects[MODEM][f"{MM}.Modem"]["State"] = Variant("i", 3)
    daemon.answers["Modem.Enable"] = refuse(UNAUTHORIZED)
    with pytest.raises(PortPermissionError, match="polkit"):
        MmBackend(bus=address).open()


@pytest.mark.parametrize("method", ["Messaging.Create", "Sms.Send"])
def test_polkit_may_forbid_sending(daemon: Double, modem: MmBackend, method: str) -> None:
    daemon.answers[method] = refuse(UNAUTHORIZED)
    result = modem.send(HELLO)
    assert (result.outcome, result.refusal) == (Outcome.NOT_SENT, Refusal.PERSON)
    assert "polkit" in result.detail
    assert daemon.sent == daemon.messages() == []


# sending


def test_nothing_is_left_on_the_daemons_list(daemon: Double, modem: MmBackend) -> None:
    assert modem.send(HELLO).references == (5,)
    assert modem.send(HELLO, lambda part: False).outcome is Outcome.NOT_SENT
    daemon.answers["Sms.Send"] = refuse(f"{MM}.Error.Core.Failed")
    assert modem.send(HELLO).outcome is Outcome.UNKNOWN
    assert (daemon.sent, daemon.messages()) == (["hello"], [])


def test_what_was_wanted_is_asked_for(daemon: Double, modem: MmBackend) -> None:
    modem.send(Outgoing(TO, "hi", want_report=False, validity_minutes=60))
    wanted = daemon.bodies["Messaging.Create"][0]
    assert {name: wanted[name].value for name in ("number", "text", "delivery-report-request")} == {
        "number": TO,
        "text": "hi",
        "delivery-report-request": False,
    }
    assert wanted["validity"].signature == "(uv)"
    kind, minutes = wanted["validity"].value
    assert (kind, minutes.value) == (1, 60)


@pytest.mark.parametrize("text", ["a\0b", "lone \ud800 half"])
def test_what_no_bus_can_carry_is_not_sent(daemon: Double, modem: MmBackend, text: str) -> None:
    assert modem.send(Outgoing(TO, text)).outcome is Outcome.NOT_SENT
    assert "Messaging.Create" not in daemon.called
    assert modem.send(HELLO).outcome is Outcome.SENT


def test_a_death_after_the_handing_over_is_unknown(address: str, daemon: Double, modem: MmBackend) -> None:
    asked = threading.Event()

    def keep_silent(message: Any) -> Any:
        asked.set()
        return SILENT

    daemon.answers["Sms.Send"] = keep_silent
    killer = threading.Thread(target=lambda: asked.wait(10) and daemon.die())
    killer.start()
    result = modem.send(HELLO)
    killer.join()
    assert result.outcome is Outcome.UNKNOWN
    assert "may have left" in result.detail
    with pytest.raises(PortError):
        modem.poll(1.0)
    with pytest.raises(PortError):
        modem.status()


def test_a_death_before_the_handing_over_sends_nothing(daemon: Double, modem: MmBackend) -> None:
    def die(part: int) -> bool:
        daemon.die()
        return True

    assert modem.send(HELLO, die).outcome is Outcome.NOT_SENT
    assert daemon.sent == []


def test_a_new_daemons_text_of_the_same_number_is_not_sent_instead(
    address: str, daemon: Double, modem: MmBackend
) -> None:
    """Paths are numbered from 0 again: what we made as SMS/0 is somebody else's draft there."""
    heirs: list[Double] = []

    def restart(part: int) -> bool:
        daemon.die()
        heirs.append(Double(address))
        heirs[0].objects[f"{ROOT}/SMS/0"] = {f"{MM}.Sms": sms(0, 2, "+15550666", "not yours")}
        return True

    assert modem.send(HELLO, restart).outcome is Outcome.NOT_SENT
    assert heirs[0].sent == []
    assert heirs[0].messages() == [f"{ROOT}/SMS/0"]
    heirs[0].die()


def test_a_silence_is_unknown(daemon: Double, modem: MmBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modemmanager, "_SEND", 0.2)
    daemon.answers["Sms.Send"] = lambda message: SILENT
    assert modem.send(HELLO).outcome is Outcome.UNKNOWN
    del daemon.answers["Sms.Send"]
    assert modem.send(HELLO).outcome is Outcome.SENT


def test_a_line_closed_in_the_middle_is_unknown_and_opens_again(address: str, daemon: Double) -> None:
    steps: list[Step] = []

    def die(step: Step) -> None:
        steps.append(step)
        if step is Step.SUBMITTED:
            modem.close()

    modem = MmBackend(hooks=Hooks(on_step=die), bus=address)
    modem.open()
    assert modem.send(HELLO).outcome is Outcome.UNKNOWN
    assert steps == [Step.COMMAND_WRITTEN, Step.SUBMITTED]
    modem.open()
    assert modem.send(Outgoing(TO, "x", want_report=False), lambda part: False).outcome is Outcome.NOT_SENT
    modem.close()


# receiving


def test_a_long_text_is_handed_up_when_it_is_whole(daemon: Double, modem: MmBackend) -> None:
    path = daemon.receive(sms(2, 1, TO, ""))
    assert modem.poll(0.3) == []
    assert modem.sweep() == []
    daemon.change(path, f"{MM}.Sms", State=Variant("u", 3), Text=Variant("s", "both parts"))
    (found,) = collect(modem, 1)
    assert found.message is not None
    assert found.message.text == "both parts"  # type: ignore[union-attr]
    assert modem.poll(0.1) == []


def test_a_long_text_that_lacks_a_part_for_ten_minutes_is_told(address: str, daemon: Double) -> None:
    hours = 0.0
    modem = MmBackend(bus=address, clock=lambda: time.monotonic() + 3600 * hours)
    modem.open()
    path = daemon.receive(sms(2, 1, TO, ""))
    assert modem.sweep() == []
    assert "lacks a part" not in modem.status().hint
    hours = 1.0
    assert "1 long text lacks a part" in modem.status().hint
    daemon.objects[path][f"{MM}.Sms"]["State"] = Variant("u", 3)
    assert len(modem.sweep()) == 1
    assert "lacks a part" not in modem.status().hint
    modem.close()


def test_what_others_add_or_take_away_is_nothing_to_us(daemon: Double, modem: MmBackend) -> None:
    gone = daemon.receive(sms(3, 1, TO, "gone"))
    del daemon.objects[gone]
    draft = daemon._add(sms(0, 2, TO, "a draft of another program"))
    daemon.signal(MODEM, f"{MM}.Modem.Messaging", "Added", "ob", draft, False)
    daemon.signal(f"{ROOT}/Modem/1", f"{MM}.Modem.Messaging", "Added", "ob", f"{ROOT}/SMS/0", True)
    daemon.receive(sms(3, 1, TO, "ours"))
    (found,) = collect(modem, 1)
    assert found.message is not None
    assert found.message.text == "ours"  # type: ignore[union-attr]
    assert draft in daemon.objects


def test_a_deletion_reads_first(address: str, daemon: Double, modem: MmBackend) -> None:
    path = daemon.receive(sms(3, 1, TO, "old"))
    (old,) = collect(modem, 1)
    daemon.objects[path] = {f"{MM}.Sms": sms(3, 1, TO, "another")}
    assert modem.delete(old) is False
    assert path in daemon.objects
    daemon.objects[path] = {f"{MM}.Sms": sms(3, 1, TO, "old")}
    assert modem.delete(old)
    assert modem.delete(old)  # gone already
    assert daemon.messages() == []


def test_after_a_restart_the_message_is_found_by_what_it_says(address: str, daemon: Double) -> None:
    modem = MmBackend(bus=address)
    modem.open()
    daemon.receive(sms(3, 1, TO, "stored before the restart"))
    (stored,) = collect(modem, 1)
    daemon.die()
    with pytest.raises(PortError):
        modem.poll(5.0)
    heir = Double(address)
    heir._add(sms(3, 1, TO, "came since"))
    heir._add(sms(3, 1, TO, "stored before the restart"))
    modem.open()
    assert modem.delete(stored)
    (left,) = modem.sweep()
    assert left.message is not None
    assert left.message.text == "came since"  # type: ignore[union-attr]
    assert modem.delete(stored)  # nothing says that any more
    assert len(heir.messages()) == 1
    modem.close()
    heir.die()


def test_a_modem_that_goes_closes_the_line(daemon: Double, modem: MmBackend) -> None:
    objects = "org.freedesktop.DBus.ObjectManager"
    daemon.signal(ROOT, objects, "InterfacesRemoved", "oas", f"{ROOT}/Modem/1", [f"{MM}.Modem"])
    assert modem.poll(0.1) == []
    daemon.signal(ROOT, objects, "InterfacesRemoved", "oas", MODEM, [f"{MM}.Modem"])
    with pytest.raises(PortError, match="went away"):
        modem.poll(5.0)
    modem.open()
    assert modem.status().state is LineState.READY


# USSD and the clock


def test_a_ussd_question_is_answered(daemon: Double, modem: MmBackend) -> None:
    state = daemon.objects[MODEM][f"{MM}.Modem.Modem3gpp.Ussd"]

    def menu(message: Any) -> Any:
        state["State"] = Variant("u", 3)
        return "s", ["1 balance, 2 more"]

    def answer(message: Any) -> Any:
        state["State"] = Variant("u", 1)
        return "s", ["12.34"]

    daemon.answers = {"Ussd.Initiate": menu, "Ussd.Respond": answer}
    first = modem.ussd("*100#")
    assert (first.text, first.more) == ("1 balance, 2 more", True)
    second = modem.ussd("1")
    assert (second.text, second.more) == ("12.34", False)


def test_ussd_that_fails_or_hangs(daemon: Double, modem: MmBackend) -> None:
    daemon.answers["Ussd.Initiate"] = refuse(
        f"{MM}.Error.MobileEquipment.NotSupported", "Operation not supported"
    )
    with pytest.raises(CommandError) as refused:
        modem.ussd("*100#")
    assert (refused.value.kind, refused.value.code) == ("CME", 4)
    daemon.answers["Ussd.Initiate"] = lambda message: SILENT
    with pytest.raises(AnswerTimeoutError):
        modem.ussd("*100#", 0.1)
    assert "Ussd.Cancel" in daemon.called


def test_the_networks_clock(daemon: Double, modem: MmBackend) -> None:
    daemon.answers["Time.GetNetworkTime"] = lambda message: ("s", ["2026-11-22T06:47:06+01"])
    told = modem.network_time()
    assert told is not None
    assert told.isoformat() == "2026-11-22T06:47:06+01:00"
    daemon.answers["Time.GetNetworkTime"] = refuse(f"{MM}.Error.Core.Unsupported")
    assert modem.network_time() is None


# inhibiting


def test_an_inhibition_is_held_and_let_go(address: str, daemon: Double) -> None:
    with Inhibition("/sys/devices/usb1/1-1", address) as held:
        assert held.held
        assert daemon.bodies["ModemManager1.InhibitDevice"] == ["/sys/devices/usb1/1-1", True]
    assert not held.held


@pytest.mark.parametrize(
    ("name", "kind"), [(UNAUTHORIZED, PortPermissionError), (f"{MM}.Error.Core.Connected", PortError)]
)
def test_an_inhibition_may_be_refused(address: str, daemon: Double, name: str, kind: type[Exception]) -> None:
    daemon.answers["ModemManager1.InhibitDevice"] = refuse(name, "already inhibited")
    inhibition = Inhibition("/sys/devices/usb1/1-1", address)
    with pytest.raises(kind):
        inhibition.hold()
    assert not inhibition.held


def test_the_trace_has_no_number_and_no_words(address: str, daemon: Double) -> None:
    lines: list[str] = []
    modem = MmBackend(hooks=Hooks(on_trace=lambda line: lines.append(line.text)), bus=address)
    modem.open()
    modem.send(Outgoing(TO, "my secret"))
    modem.close()
    assert any("Send" in line for line in lines)
    assert not any(TO in line or "secret" in line for line in lines)


def test_it_is_the_sim_that_was_asked(daemon: Double, modem: MmBackend) -> None:
    daemon.objects[SIM][f"{MM}.Sim"]["SimIdentifier"] = Variant("s", "8900100000000000002")
    assert modem.open().iccid == "8900100000000000002"
