"""How many segments a text takes, fast: most texts have nothing but letters of one septet each."""

from __future__ import annotations

import re
from typing import NamedTuple

from modem import sms

#: The GSM default alphabet without its extension table (3GPP TS 23.038 6.2.1): one septet a letter.
_PLAIN = re.compile("[A-Za-z0-9 \n\r!\"#¤%&'()*+,\\-./:;<=>?@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉÄÖÑÜ§¿äöñüà¡]*")
_ONE, _EACH = 160, 153


class Size(NamedTuple):
    """``units`` are septets or UTF-16 units; ``offending`` is the first letter outside GSM-7, "" for none."""

    segments: int
    units: int
    offending: str


def of(text: str) -> Size:
    """The size of a text as it would be sent."""
    if _PLAIN.fullmatch(text):
        units = len(text)
        return Size(1 if units <= _ONE else -(-units // _EACH), units, "")
    cost = sms.split(text)
    return Size(len(cost.segments), cost.units, cost.offending or "")
