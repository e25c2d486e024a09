"""Takes people's numbers and words out of lines of a modem's conversation, for logs."""

from __future__ import annotations

import re

_PIN = re.compile(r'(\+CPIN2?\s*=\s*)("[^"]*"|[^;\r\n]*)(,\s*"?[^;\r\n]*)?', re.IGNORECASE)
# Other commands that take a code: what looks like one among their arguments.
_LOCKS = re.compile(
    r"(?:[+^*#%]\s*(?:C?E?PIN2?|CPWD|CLCK|CPUK2?|SPIC2?|SPWD|SLCK|CARDLOCK|PCT)\s*=)[^;\r\n]*", re.IGNORECASE
)
_CODE = re.compile(r"(?<![0-9])[0-9]{4,16}(?![0-9])")
# Change of PIN and PUK by code (3GPP TS 22.030 6.6.2), and VERIFY, CHANGE and UNBLOCK to the SIM itself
# (ETSI TS 102.221 11.1.9 to 11.1.13).
_DIALLED = re.compile(r"(\*\*0[45]2?\*)[0-9*]*")
_APDU = re.compile(r"(00(?:20|24|2C)00[0-9A-F]{2}(?:08|10))[0-9A-F]+", re.IGNORECASE)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){10,}(?![0-9A-Za-z])")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]{5,20}(?![0-9A-Za-z])")


def without_pin(text: str) -> str:
    """``text`` with every PIN, PUK and password of a command replaced. A trace never shows one."""
    if "=" not in text and "*" not in text:
        return text
    text = _PIN.sub(r'\1"****"', text)
    text = _LOCKS.sub(lambda match: _CODE.sub("****", match[0]), text)
    if "CSIM" in text.upper():
        text = _APDU.sub(r"\1****", text)
    return _DIALLED.sub(r"\1****", text)


def masked(text: str) -> str:
    """``text`` with PIN, PDUs and numbers hidden: a number keeps its last two digits, a PDU its length."""
    text = _HEX.sub(lambda match: f"<pdu of {len(match[0]) // 2} octets>", without_pin(text))
    return _NUMBER.sub(lambda match: "*" * (len(match[0]) - 2) + match[0][-2:], text)
