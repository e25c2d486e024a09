"""What a terminal can set, and the answers of the network and the SIM that a scenario can set."""

from __future__ import annotations

from dataclasses import dataclass, field

from modem.disguise import luhn


@dataclass(slots=True)
class Settings:
    """The profile that ``ATZ``, ``AT&F`` and a power cycle put back."""

    echo: bool = True
    verbose: bool = True
    quiet: bool = False
    error_level: int = 0  # +CMEE
    pdu_mode: bool = True  # +CMGF=0
    charset: str = "GSM"  # +CSCS
    show_header: bool = False  # +CSDH
    service: int = 0  # +CSMS
    memories: list[str] = field(default_factory=lambda: ["SM", "SM", "SM"])  # +CPMS mem1..mem3
    notify: list[int] = field(default_factory=lambda: [0, 0, 0, 0, 0])  # +CNMI mode,mt,bm,ds,bfr
    text_parameters: list[int] = field(default_factory=lambda: [17, 167, 0, 0])  # +CSMP fo,vp,pid,dcs
    more_to_send: int = 0  # +CMMS
    registration: dict[str, int] = field(default_factory=dict)  # +CREG, +CGREG, +CEREG: n
    operator_format: int = 0  # +COPS
    plain: dict[str, str] = field(default_factory=dict)  # values kept only to be read back


@dataclass(slots=True)
class Sim:
    """Who the modem and its SIM are, and how the world stands around them."""

    number: str = "+15550100"
    imei: str = "356938035643809"
    imsi: str = "001010000000001"
    iccid: str = "8901010000000000017"
    smsc: str = "+15550009"
    operator: str = "p2ptext practice"
    operator_code: str = "00101"
    manufacturer: str = "p2ptext"
    model: str = "Practice modem"
    firmware: str = "1.0"
    registered: int = 1  # 27.007 7.2 <stat>
    signal: int = 21  # 27.007 8.5 <rssi>, 99 unknown
    pin: str = ""  # asked for when not empty
    pin_tries: int = 3
    present: bool = True
    functionality: int = 1  # +CFUN

    @property
    def lock(self) -> str:
        """What ``+CPIN?`` says: READY, SIM PIN or SIM PUK."""
        if not self.pin:
            return "READY"
        return "SIM PIN" if self.pin_tries > 0 else "SIM PUK"

    @property
    def on_air(self) -> bool:
        """Whether texts can leave and arrive: SIM there and open, radio on, registered."""
        return (
            self.present
            and self.lock == "READY"
            and self.functionality == 1
            and self.registered in (1, 5, 6, 7)
        )


def sim_for(line: int, first_number: str) -> Sim:
    """The SIM and modem of one line (1-based): numbers count up from ``first_number``."""
    plus, digits = ("+", first_number[1:]) if first_number.startswith("+") else ("", first_number)
    number = plus + str(int(digits) + line - 1).rjust(len(digits), "0")
    return Sim(
        number=number,
        imei=luhn(f"35693803{564379 + line:06d}"),
        imsi=f"00101{line:010d}",
        iccid=luhn(f"89010100000000{line:04d}"),
    )
