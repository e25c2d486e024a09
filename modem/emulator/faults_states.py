"""How things stand with a modem until they are put right, and what befalls it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modem.emulator import faults_kinds as kinds
from modem.emulator.faults_kinds import BACK_AFTER, KIND_WORDS, Fault
from modem.emulator.sim import UNSENT, Stored
from modem.sms import encode_submit

if TYPE_CHECKING:
    from modem.emulator.device import Device

_WORDS = {"none": 0, "home": 1, "searching": 2, "denied": 3, "unknown": 4, "roaming": 5, "sms-only": 6}
_AUDIBLE = 21  # +CSQ while there is a network


def _echo_on(device: Device, plan: None, args: list[str]) -> None:
    device.keep_echo = device.settings.echo = True


def _echo_off(device: Device) -> None:
    """The next ATE0 works again."""
    device.keep_echo = False


def _one_byte(device: Device, plan: None, args: list[str]) -> None:
    device.chunk = int(args[0]) if args else 1
    if device.chunk < 1:
        raise ValueError("at least one octet")


def _whole(device: Device) -> None:
    device.chunk = 0


def _deaf(device: Device, plan: None, args: list[str]) -> None:
    device.deaf = True


def _hearing(device: Device) -> None:
    device.deaf = False


def _slots_full(device: Device, plan: None, args: list[str]) -> None:
    """Drafts that were saved long ago fill the SIM: no text of anybody's is lost when they go."""
    memory = device.memories["SM"]
    while memory.put(_draft()) is not None:
        pass


def _slots_free(device: Device) -> None:
    draft, memory = _draft(), device.memories["SM"]
    for index, message in memory.rows(UNSENT):
        if message == draft:
            memory.delete(index)
    device.room()


def _draft() -> Stored:
    pdu = encode_submit("+15550199", "An old draft")
    return Stored(pdu.hex, pdu.tpdu_length, UNSENT)


def _registration(device: Device, plan: None, args: list[str]) -> None:
    word = args[0] if args else "searching"
    if word not in _WORDS:
        raise ValueError("a state of registration")
    _set_registration(device, _WORDS[word])


def _set_registration(device: Device, stat: int) -> None:
    """Another state of registration (27.007 7.2), told to who asked for it with +CREG=1 or 2."""
    changed = device.sim.registered != stat
    device.sim.registered = stat
    device.sim.signal = _AUDIBLE if stat in (1, 5, 6) else 99
    for name, level in device.settings.registration.items() if changed else ():
        if level:
            device.unasked(f"{name}: {stat}")
    device.room()


def _registered(device: Device) -> None:
    _set_registration(device, 1)


def lose_network(device: Device, back: float) -> None:
    """No network for ``back`` seconds."""
    _set_registration(device, 2)
    device.agenda.later(back, lambda: _registered(device))


def _sim_pin(device: Device, plan: None, args: list[str]) -> None:
    device.sim.pin, device.sim.pin_tries = args[0] if args else "1234", 3


def _no_sim(device: Device, plan: None, args: list[str]) -> None:
    device.sim.present = False


def _sim_back(device: Device) -> None:
    device.sim.present, device.sim.pin = True, ""
    device.room()


# at once, and over by itself


def _port_gone(device: Device, plan: None, args: list[str]) -> None:
    device.hang_up(kinds.seconds(args, BACK_AFTER))


def _reboot(device: Device, plan: None, args: list[str]) -> None:
    device.reboot()


def _unasked(device: Device, plan: None, args: list[str]) -> None:
    kinds.only(args, *kinds.KINDS)
    for octets in kinds.unasked_lines(args).split(b"\r\n"):
        if octets:
            device.unasked(octets.decode("latin-1"))


def _cnmi_forgotten(device: Device, plan: None, args: list[str]) -> None:
    device.settings.notify = [0, 0, 0, 0, 0]


def _settings_forgotten(device: Device, plan: None, args: list[str]) -> None:
    device.settings = type(device.settings)()


FAULTS: dict[str, Fault] = {
    "echo-on": Fault("state", _echo_on, "echo-on", _echo_off),
    "one-byte": Fault("state", _one_byte, "one-byte [OCTETS]", _whole),
    "deaf": Fault("state", _deaf, "deaf", _hearing),
    "slots-full": Fault("state", _slots_full, "slots-full", _slots_free),
    "registration": Fault("state", _registration, f"registration {'|'.join(_WORDS)}", _registered),
    "sim-pin": Fault("state", _sim_pin, "sim-pin [PIN]", _sim_back),
    "no-sim": Fault("state", _no_sim, "no-sim", _sim_back),
    "port-gone": Fault("state", _port_gone, "port-gone [SECONDS]"),
    "reboot": Fault("state", _reboot, "reboot"),
    "unasked": Fault("state", _unasked, f"unasked {KIND_WORDS}"),
    "cnmi-forgotten": Fault("state", _cnmi_forgotten, "cnmi-forgotten"),
    "settings-forgotten": Fault("state", _settings_forgotten, "settings-forgotten"),
}
