"""What an emulated modem does because it is a certain device: its persona, carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modem.emulator.atline import Command, Form
from modem.emulator.persona import PRACTICE, Persona
from modem.emulator.results import Refusal, cme
from modem.emulator.settings import Settings
from modem.emulator.sim import Memory
from modem.errors import PduError
from modem.sms import Deliver, Pdu, decode_incoming, gsm7

if TYPE_CHECKING:
    from modem.emulator.device import Device

_SUFFIX = {Form.RUN: "", Form.READ: "?", Form.TEST: "=?"}
_BEFORE_PIN = frozenset({"E", "V", "Z", "+CPIN", "+CMEE"})
_SLOTS = 20


class Habits:
    """The habits of one device. Used by it alone."""

    def __init__(self, device: Device, persona: Persona) -> None:
        self.persona = persona
        self._device = device
        self._busy = persona.busy
        self._noisy = bool(persona.noise)
        self._turn = 0
        self._end = persona.end.encode("ascii")
        if persona.manufacturer:
            sim = device.sim
            sim.manufacturer, sim.model, sim.firmware = persona.manufacturer, persona.model, persona.firmware

    # what it is made of

    def settings(self) -> Settings:
        """The profile of its power-on."""
        first = next(iter(self.persona.memories), "SM")
        return Settings(echo=self.persona.echo, memories=[first] * 3)

    def memories(self, slots: int | None) -> dict[str, Memory]:
        """Its memories; ``slots`` in place of the persona's sizes."""
        sizes = self.persona.memories
        made = {
            name: Memory(size if slots is None else slots, self.persona.first)
            for name, size in sizes.items()
            if isinstance(size, int)
        }
        shown = {name: made[other] for name, other in sizes.items() if isinstance(other, str)}
        return made | shown or {"SM": Memory(slots or _SLOTS)}

    # starting

    def power_on(self) -> None:
        """The power, or the cable, is there."""
        if self.persona.power_on:
            self.boot()

    def boot(self) -> None:
        """A start: the lines it says, the SIM that is busy, the noise that is back."""
        self._busy = self.persona.busy
        self._noisy = bool(self.persona.noise)
        for seconds, line in self.persona.boot:
            if seconds:
                self._device.after(seconds, lambda line=line: self._device.unasked(line))  # type: ignore[misc]
            else:
                self._device.unasked(line)
        if self._noisy:
            self._device.after(self.persona.noise_every, self._make_noise)

    def _make_noise(self) -> None:
        if self._noisy:
            self._device.unasked(self.persona.noise[self._turn % len(self.persona.noise)])
            self._turn += 1
            self._device.after(self.persona.noise_every, self._make_noise)

    # commands

    def carry_out(self, command: Command) -> bool:
        """Whether it has seen to this command. Raises ``Refusal`` where it refuses."""
        persona = self.persona
        if persona is PRACTICE:
            return False
        text = command.name + _SUFFIX.get(command.form, f"={command.raw}")
        if text == persona.noise_ends:
            self._noisy = False
        if persona.locked and self._device.sim.lock != "READY" and command.name not in _BEFORE_PIN:
            raise cme(11)
        if self._busy and command.name in persona.busy_commands:
            self._busy -= 1
            raise Refusal("", words=persona.busy_error)
        refusal = next((words for key, words in persona.refuses.items() if _fits(key, text)), None)
        if refusal is not None:
            raise Refusal("", words=refusal)
        if text in persona.silent:
            self._device.no_result()
        if text not in persona.answers:
            return False
        for line in persona.answers[text]:
            self._device.info(self._filled(line))
        return True

    def unknown(self, command: Command) -> Refusal:
        """What it says to a command that nobody knows."""
        if self.persona.unknown:
            return Refusal("", words=self.persona.unknown)
        return cme(4) if command.name[0] in "+^*#$%_" else Refusal("")

    def _filled(self, line: str) -> str:
        """A line of the persona with what is true of its SIM just now."""
        if "{" not in line:
            return line
        sim = self._device.sim
        even = sim.iccid + "F" * (len(sim.iccid) % 2)
        swapped = "".join(second + first for first, second in zip(even[::2], even[1::2], strict=True))
        return line.format(
            tries=sim.pin_tries, lock=sim.lock, imei=sim.imei, iccid=sim.iccid, swapped=swapped
        )

    def identify(self) -> list[str]:
        """The lines of ATI."""
        if self.persona.identify:
            return [self._filled(line) for line in self.persona.identify]
        sim = self._device.sim
        return [sim.manufacturer, sim.model, f"Revision: {sim.firmware}", f"IMEI: {sim.imei}", "+GCAP: +CGSM"]

    # lines

    def information(self, line: str) -> bytes:
        """A line of an answer, as it goes out (V.250 5.7.1), with the noise that slips into it."""
        if self._noisy and self.persona.inside:
            head, between, tail = line.partition("\r\n")
            line = f"{head}\r\n{self.persona.inside}{between}{tail}" if between else line
        return self.unasked(line)

    def unasked(self, line: str) -> bytes:
        """A line that comes by itself, as it goes out."""
        return b"\r\n" + line.encode("latin-1", "replace") + self._end

    # texts and USSD

    def tail(self, pdu: Pdu) -> str:
        """What stands behind the +CMTI of this one."""
        if not self.persona.pushed:
            return ""
        try:
            message = decode_incoming(pdu.hex)
        except PduError:
            return ""
        return self.persona.pushed if isinstance(message, Deliver) and message.is_wap_push else ""

    def ussd_asked(self, code: str) -> str:
        """The code that was meant. Raises ``Refusal`` for one that this device does not read."""
        if self.persona.ussd == "plain":
            return code
        try:
            octets = bytes.fromhex(code)
        except ValueError:
            raise Refusal("") from None
        return gsm7.decode(gsm7.unpack(octets, len(octets) * 8 // 7)).rstrip("\r")

    def ussd_said(self, text: str) -> str:
        """The network's words as this device writes them (3GPP TS 23.038 6.1.2.3.1 for the padding)."""
        septets = gsm7.encode(text)
        if len(septets) % 8 == 7:
            septets += b"\r"
        return gsm7.pack(septets).hex().upper()


def _fits(key: str, text: str) -> bool:
    return text.startswith(key[:-1]) if key.endswith("*") else text == key
