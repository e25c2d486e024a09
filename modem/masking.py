"""Takes people's numbers and words out of lines of a modem's conversation, for logs."""

from __future__ import annotations

import re

_PIN = re.compile(r'(\+CPIN\s*=\s*)("[^"]*"|[^;\r\n]*)(,\s*"?[^;\r\n]*)?', re.IGNORECASE)
_HEX = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){10,}(?![0-9A-Za-z])")
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\+?[0-9]{5,20}(?![0-9A-Za-z])")


def without_pin(text: str) -> str:
    """``text`` with the PIN of an AT+CPIN command replaced. A trace never shows a PIN."""
    return _PIN.sub(r'\1"****"', text) if "CPIN" in text.upper() else text


def masked(text: str) -> str:
    """``text`` with PIN, PDUs and numbers hidden: a number keeps its last two digits, a PDU its length."""
    text = _HEX.sub(lambda match: f"<pdu of {len(match[0]) // 2} octets>", without_pin(text))
    return _NUMBER.sub(lambda match: "*" * (len(match[0]) - 2) + match[0][-2:], text)
