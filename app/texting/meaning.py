"""What a line of a modem's conversation means, in a few plain words (3GPP TS 27.005, 27.007)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from modem import sms
from modem.api import TraceLine
from modem.errors import PduError

#: How many earlier lines are looked at to understand one.
LOOK_BACK = 60
#: The remark before a command that a technician typed.
TYPED = "typed in the console"
#: And the one behind it when the command was refused.
REFUSED = "refused here: the modem did not get it"

_PDU = re.compile(r"(?=[0-9]*[A-Fa-f]|.{26})(?:[0-9A-Fa-f]{2}){10,}")
_HEADER = re.compile(r"\+(?:CMGR|CMGL|CMT|CDS|CBM):")
_FINAL = re.compile(r"(?:OK|ERROR|\+CM[ES] ERROR\b.*|COMMAND NOT SUPPORT)$")
_NAMED = re.compile(r"[+^#*%$][A-Z]{2,}:")
_FIGURE = re.compile(r"-?[0-9]+")

_REGISTERED = {
    0: "not registered, and not looking",
    1: "registered at home",
    2: "looking for a network",
    3: "registration denied",
    4: "registration unknown",
    5: "registered, roaming",
    6: "registered for texts alone, at home",
    7: "registered for texts alone, roaming",
    8: "emergency calls alone",
}
_CARD = {
    "READY": "the SIM is open",
    "SIM PIN": "the SIM asks for its PIN",
    "SIM PUK": "the SIM is locked and asks for its PUK",
}
_WORDS = {
    "RING": "unsolicited: a call comes in",
    "<ESC>": "leaves an open prompt: nothing is sent",
}
_ASKED = {"CGSN": "the modem's IMEI", "CIMI": "the SIM's IMSI", "CCID": "the SIM's number (ICCID)"}


def short_number(text: str) -> str:
    """A number with its middle hidden: "+1 312 ••• 0187", "+4479 ••• 456"."""
    digits = "".join(char for char in text if char.isdigit())
    plus = "+" if text.startswith("+") else ""
    if plus and len(digits) == 11 and digits[0] == "1":
        return f"+1 {digits[1:4]} ••• {digits[7:]}"
    if len(digits) >= 15:  # IMEI, IMSI, ICCID
        return f"••• {digits[-4:]}"
    head = max(0, min(4, len(digits) - 7))
    return f"{plus}{digits[:head]}{' ' if head else ''}••• {digits[-3:]}"


def is_pdu(text: str) -> bool:
    """Whether the whole line is hex such as a PDU's. A number of the SIM (ICCID) is not."""
    return _PDU.fullmatch(text) is not None


def body_of_a_text(line: TraceLine, previous: Sequence[TraceLine]) -> bool:
    """Whether this is the words of a text in text mode: what follows +CMGR, +CMGL or +CMT and is no PDU."""
    if line.direction in ">!" or is_pdu(line.text) or _FINAL.match(line.text) or _NAMED.match(line.text):
        # What is typed after the prompt of a text-mode command never comes from here.
        return False
    for earlier in reversed(previous):
        if earlier.direction == "!":
            continue
        if earlier.direction == ">" or _FINAL.match(earlier.text):
            return False
        if _NAMED.match(earlier.text):
            return _HEADER.match(earlier.text) is not None
    return False


def explain(line: TraceLine, previous: Sequence[TraceLine] = (), *, numbers: bool = False) -> str:
    """Plain words for one line; "" when it says enough by itself. Texts themselves are never repeated."""
    text = line.text.strip()
    if line.direction == "!":
        return ""
    if is_pdu(text):
        return _pdu(line, text, numbers)
    if text in _WORDS:
        return _WORDS[text]
    if line.direction == ">":
        return _command(text, previous)
    if text == "OK":
        return _after(line, previous)
    name, _, rest = text.partition(":")
    rule = _RULES.get(name.strip())
    if rule is not None:
        return rule(rest.strip(), _asked(previous, name.strip()))
    return _identity(text, previous)


def _pdu(line: TraceLine, text: str, numbers: bool) -> str:
    try:
        return _submit(text, numbers) if line.direction == ">" else _incoming(text, numbers)
    except PduError:
        pass
    try:
        return f"stored {_submit(text, numbers)}" if line.direction != ">" else "a PDU that cannot be read"
    except PduError:
        return "a PDU that cannot be read; it is kept"


def _submit(text: str, numbers: bool) -> str:
    value = sms.decode_submit(text)
    report = ", report asked" if value.wants_report else ""
    return f"SUBMIT to {_who(value.destination, numbers)}, {_size(value)}{report}"


def _incoming(text: str, numbers: bool) -> str:
    value = sms.decode_incoming(text)
    if isinstance(value, sms.StatusReport):
        state = "delivered" if value.delivered else "not yet" if value.pending else "failed"
        return f"STATUS REPORT {value.reference}: {state}"
    return f"DELIVER from {_who(value.sender, numbers)}, {_size(value)}"


def _who(address: sms.Address, numbers: bool) -> str:
    if address.alphanumeric:
        return "a name" if not numbers else f"“{address.number}”"
    return address.number if numbers else short_number(address.number)


def _size(value: sms.Submit | sms.Deliver) -> str:
    count = len(value.data)
    if value.alphabet is sms.Alphabet.GSM7:
        size = f"{count} septets"
    else:
        size = f"{count // 2} UCS-2 characters" if value.alphabet is sms.Alphabet.UCS2 else f"{count} octets"
    return size if value.concat is None else f"{size}, part {value.concat.part} of {value.concat.total}"


# -- commands and results -------------------------------------------------------------------------


def _command(text: str, previous: Sequence[TraceLine]) -> str:
    if text.upper().startswith("AT+CMGD="):
        by_hand = bool(previous) and previous[-1].direction == "!" and previous[-1].text == TYPED
        return "removed by hand" if by_hand else "saved first, then removed from the SIM"
    return ""


def _after(line: TraceLine, previous: Sequence[TraceLine]) -> str:
    """The seconds that the network took: from the PDU to the OK of AT+CMGS."""
    accepted = False
    for earlier in reversed(previous):
        accepted |= earlier.text.startswith(("+CMGS:", "+CMSS:"))
        if earlier.direction == ">":
            return f"{max(line.at - earlier.at, 0.0):.2f} s" if accepted else ""
    return ""


def _asked(previous: Sequence[TraceLine], name: str) -> bool:
    """Whether the last command asked for this line; else the modem says it by itself."""
    for earlier in reversed(previous):
        if earlier.direction == ">":
            return name.lstrip("+^") in earlier.text.upper()
        if earlier.direction != "!" and _FINAL.match(earlier.text):
            return False
    return False


def _identity(text: str, previous: Sequence[TraceLine]) -> str:
    if not text.isdigit():
        return ""
    for earlier in reversed(previous):
        if earlier.direction == ">":
            return next((words for key, words in _ASKED.items() if key in earlier.text.upper()), "")
    return ""


def _figures(rest: str) -> Iterator[int]:
    yield from (int(found) for found in _FIGURE.findall(rest[:200]))


def _unasked(words: str, asked: bool) -> str:
    return words if asked or not words else f"unsolicited: {words}"


def _new(what: str) -> Callable[[str, bool], str]:
    def words(rest: str, _asked_for: bool) -> str:
        slot = rest.rpartition(",")[2].strip()
        place = f" in slot {slot}" if slot.isdigit() else ", the modem does not say where"
        return f"unsolicited: new {what}{place}"

    return words


def _registration(rest: str, asked: bool) -> str:
    parts = [part.strip() for part in rest.split(",")]
    place = 1 if asked and len(parts) > 1 else 0
    code = parts[place] if place < len(parts) else ""
    return _unasked(_REGISTERED.get(int(code), "") if code.isdigit() and len(code) < 3 else "", asked)


def _signal(rest: str, asked: bool) -> str:
    level = next(_figures(rest), 99)
    if 0 <= level <= 31:
        return _unasked(f"signal {2 * level - 113} dBm", asked)
    return _unasked("signal unknown", asked)


def _memory(rest: str, asked: bool) -> str:
    found = re.match(r'\s*"(\w+)",(\d+),(\d+)', rest)
    return f"{found[2]} of {found[3]} places in {found[1]} taken" if found and asked else ""


def _card(rest: str, asked: bool) -> str:
    return _unasked(_CARD.get(rest.strip('"'), ""), asked)


def _refused(rest: str, asked: bool) -> str:
    code = rest.strip()
    return f"refused, code {code}" if code.isdigit() else "refused"


def _reference(rest: str, asked: bool) -> str:
    return f"the network took it as {rest}" if rest.isdigit() else ""


def _session(rest: str, asked: bool) -> str:
    words = {0: "the network's answer", 1: "the network asks for an answer", 2: "the network ended it"}
    return words.get(next(_figures(rest), -1), "")


_RULES: dict[str, Callable[[str, bool], str]] = {
    "+CMTI": _new("message"),
    "+CDSI": _new("report"),
    "+CBMI": _new("broadcast"),
    "+CMT": lambda rest, asked: "unsolicited: a message follows",
    "+CDS": lambda rest, asked: "unsolicited: a report follows",
    "+CREG": _registration,
    "+CGREG": _registration,
    "+CEREG": _registration,
    "+C5GREG": _registration,
    "+CSQ": _signal,
    "+CPMS": _memory,
    "+CPIN": _card,
    "+CMGS": _reference,
    "+CUSD": _session,
    "+CMS ERROR": _refused,
    "+CME ERROR": _refused,
}
