"""Commands that are not about messages: V.250, identity, SIM, network, USSD (3GPP TS 27.007)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from modem.emulator.atline import Command, Form
from modem.emulator.results import cme

if TYPE_CHECKING:
    from modem.emulator.device import Device

Handler = Callable[["Device", Command], list[str]]
CHARSETS = ("GSM", "IRA", "UCS2", "HEX", "8859-1", "UTF-8")
# Settings that change nothing here and are only read back: the values each takes, and the default.
KEPT = {
    "+CLIP": ("(0,1)", "0"),
    "+CLIR": ("(0-2)", "0"),
    "+COLP": ("(0,1)", "0"),
    "+CRC": ("(0,1)", "0"),
    "+CR": ("(0,1)", "0"),
    "+CCWA": ("(0,1)", "0"),
    "+CSSN": ("(0,1),(0,1)", "0,0"),
    "+CMER": ("(0-3),(0),(0),(0-2),(0,1)", "0,0,0,0,0"),
    "+CSCB": ("(0,1)", '0,"",""'),
    "+CGEREP": ("(0-2),(0,1)", "0,0"),
    "+CTZR": ("(0,1)", "0"),
    "+CTZU": ("(0,1)", "0"),
    "+CGSMS": ("(0-3)", "1"),
    "+CGATT": ("(0,1)", "1"),
    "+IPR": ("(0,9600,115200)", "115200"),
    "+IFC": ("(0-2),(0-2)", "0,0"),
    "+ICF": ("(3),(1)", "3,1"),
}


def number_in(command: Command, low: int, high: int, position: int = 0) -> int:
    """One whole number among the arguments. Raises ``ValueError`` outside ``low..high``."""
    args = command.args()
    value = int(args[position]) if position < len(args) else -1
    if not low <= value <= high:
        raise ValueError(f"{command.name}: {value} is outside {low}..{high}")
    return value


def register(device: Device, command: Command) -> list[str]:
    """``Sn``: kept by nobody, 0 when read."""
    return ["000"] if command.form is Form.READ else []


def _basic(device: Device, command: Command) -> list[str]:
    return []


def _echo(device: Device, command: Command) -> list[str]:
    device.settings.echo = device.keep_echo or command.raw not in ("", "0")
    return []


def _verbose(device: Device, command: Command) -> list[str]:
    device.settings.verbose = command.raw not in ("", "0")
    return []


def _quiet(device: Device, command: Command) -> list[str]:
    device.settings.quiet = command.raw not in ("", "0")
    return []


def _defaults(device: Device, command: Command) -> list[str]:
    device.settings = device.habits.settings()
    return []


def _identity(device: Device, command: Command) -> list[str]:
    return device.habits.identify()


def _fact(value: Callable[[Device], str], prefix: str = "") -> Handler:
    def handler(device: Device, command: Command) -> list[str]:
        return [] if command.form is Form.TEST else [prefix + value(device)]

    return handler


def _from_sim(value: Callable[[Device], str], prefix: str = "") -> Handler:
    plain = _fact(value, prefix)

    def handler(device: Device, command: Command) -> list[str]:
        need_sim(device)
        return plain(device, command)

    return handler


def need_sim(device: Device) -> None:
    """Refuse with CME 10, 11 or 12 while there is no open SIM."""
    if not device.sim.present:
        raise cme(10)
    if device.sim.lock != "READY":
        raise cme(11 if device.sim.lock == "SIM PIN" else 12)


def _cmee(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CMEE: (0-2)"]
    if command.form is Form.READ:
        return [f"+CMEE: {device.settings.error_level}"]
    device.settings.error_level = number_in(command, 0, 2)
    return []


def _cpin(device: Device, command: Command) -> list[str]:
    sim = device.sim
    if not sim.present:
        raise cme(10)
    if command.form is Form.TEST:
        return []
    if command.form is Form.READ:
        return [f"+CPIN: {sim.lock}"]
    if sim.lock == "READY":
        raise cme(3)
    if sim.lock == "SIM PUK" or command.args()[0] != sim.pin:
        sim.pin_tries = max(0, sim.pin_tries - 1)
        raise cme(16 if sim.pin_tries else 12)
    sim.pin, sim.pin_tries = "", 3
    device.room()
    return []


def _cpinr(device: Device, command: Command) -> list[str]:
    return [f"+CPINR: SIM PIN,{device.sim.pin_tries},3", "+CPINR: SIM PUK,10,10"]


def _csq(device: Device, command: Command) -> list[str]:
    return ["+CSQ: (0-31,99),(0-7,99)"] if command.form is Form.TEST else [f"+CSQ: {device.sim.signal},99"]


def _registration(device: Device, command: Command) -> list[str]:
    name = command.name
    if command.form is Form.TEST:
        return [f"{name}: (0-2)"]
    if command.form is Form.SET:
        device.settings.registration[name] = number_in(command, 0, 2)
        return []
    level = device.settings.registration.get(name, 0)
    place = ',"00C3","0001A2B3"' if level == 2 and device.sim.registered in (1, 5) else ""
    return [f"{name}: {level},{device.sim.registered if device.sim.functionality == 1 else 0}{place}"]


def _cops(device: Device, command: Command) -> list[str]:
    sim = device.sim
    if command.form is Form.TEST:
        return [f'+COPS: (2,"{sim.operator}","practice","{sim.operator_code}",7),,(0,1,3,4),(0-2)']
    if command.form is Form.READ:
        if not sim.on_air:
            return ["+COPS: 0"]
        style = device.settings.operator_format
        name = sim.operator_code if style == 2 else sim.operator
        return [f'+COPS: 0,{style},"{name}",7']
    args = command.args()
    if args[0] == "3" and len(args) > 1:
        device.settings.operator_format = number_in(command, 0, 2, 1)
    return []


def _cscs(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CSCS: (" + ",".join(f'"{name}"' for name in CHARSETS) + ")"]
    if command.form is Form.READ:
        return [f'+CSCS: "{device.settings.charset}"']
    name = command.args()[0].upper()
    if name not in CHARSETS:
        raise cme(50)
    device.settings.charset = name
    return []


def _cfun(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CFUN: (0,1,4),(0,1)"]
    if command.form is Form.READ:
        return [f"+CFUN: {device.sim.functionality}"]
    device.sim.functionality = number_in(command, 0, 4)
    device.room()
    return []


def _cclk(device: Device, command: Command) -> list[str]:
    if command.form is Form.READ:
        return [device.agenda.wall().strftime('+CCLK: "%y/%m/%d,%H:%M:%S+00"')]
    return []


def _cusd(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ["+CUSD: (0-2)"]
    if command.form is Form.READ:
        return ["+CUSD: 0"]
    args = command.args()
    if len(args) > 1 and args[1]:
        device.habits.ussd_asked(args[1])
        text = f"Balance of {device.sim.number}: 12.34. This is a practice network."
        device.agenda.later(0.0, lambda: device.unasked(f'+CUSD: 0,"{_in_charset(device, text)}",15'))
    return []


def _in_charset(device: Device, text: str) -> str:
    if device.habits.persona.ussd == "packed":
        return device.habits.ussd_said(text)
    charset = device.settings.charset
    if charset == "UCS2":
        return text.encode("utf-16-be").hex().upper()
    return text.encode("ascii").hex().upper() if charset == "HEX" else text


def _cpbs(device: Device, command: Command) -> list[str]:
    if command.form is Form.TEST:
        return ['+CPBS: ("SM","ME","ON")']
    if command.form is Form.READ:
        return [f'+CPBS: "{device.settings.plain.get("+CPBS", "SM")}",0,100']
    device.settings.plain["+CPBS"] = command.args()[0]
    return []


def _cpbr(device: Device, command: Command) -> list[str]:
    return ["+CPBR: (1-100),20,14"] if command.form is Form.TEST else []


def _kept(device: Device, command: Command) -> list[str]:
    values, default = KEPT[command.name]
    if command.form is Form.TEST:
        return [f"{command.name}: {values}"]
    if command.form is Form.READ:
        return [f"{command.name}: {device.settings.plain.get(command.name, default)}"]
    device.settings.plain[command.name] = command.raw
    return []


def _dial(device: Device, command: Command) -> list[str]:
    raise cme(3)


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(("X", "L", "M", "T", "P", "O", "&C", "&D", "&K", "&S", "&W", "&V", "\\Q"), _basic),
    **dict.fromkeys(("H", "+CHUP", "+FCLASS", "+CMOD", "+CVHU"), _basic),
    **dict.fromkeys(KEPT, _kept),
    **dict.fromkeys(("+CREG", "+CGREG", "+CEREG"), _registration),
    **dict.fromkeys(
        ("+CCID", "+ICCID", "^ICCID", "#CCID", "+QCCID", "+CICCID"), _from_sim(lambda d: d.sim.iccid)
    ),
    **dict.fromkeys(("Z", "&F"), _defaults),
    **dict.fromkeys(("+CGMI", "+GMI"), _fact(lambda d: d.sim.manufacturer)),
    **dict.fromkeys(("+CGMM", "+GMM"), _fact(lambda d: d.sim.model)),
    **dict.fromkeys(("+CGMR", "+GMR"), _fact(lambda d: d.sim.firmware)),
    **dict.fromkeys(("+CGSN", "+GSN"), _fact(lambda d: d.sim.imei)),
    "E": _echo,
    "V": _verbose,
    "Q": _quiet,
    "I": _identity,
    "D": _dial,
    "A": _dial,
    "+CIMI": _from_sim(lambda d: d.sim.imsi),
    "+CNUM": _from_sim(
        lambda d: f'"p2ptext","{d.sim.number}",{145 if d.sim.number[0] == "+" else 129}', "+CNUM: "
    ),
    "+GCAP": _fact(lambda d: "+CGSM", "+GCAP: "),
    "+CPAS": _fact(lambda d: "0", "+CPAS: "),
    "+CBC": _fact(lambda d: "0,100", "+CBC: "),
    "+CLCC": _basic,
    "+CMEE": _cmee,
    "+CPIN": _cpin,
    "+CPINR": _cpinr,
    "+CSQ": _csq,
    "+COPS": _cops,
    "+CSCS": _cscs,
    "+CFUN": _cfun,
    "+CCLK": _cclk,
    "+CUSD": _cusd,
    "+CPBS": _cpbs,
    "+CPBR": _cpbr,
    "+CPBF": _basic,
}
