"""What a text costs, in words: units of its limit, segments, and the letter that makes it longer."""

from __future__ import annotations

from dataclasses import dataclass

from modem import sms


@dataclass(frozen=True, slots=True)
class Measure:
    """``units`` of ``limit`` (septets in GSM-7, UTF-16 units in UCS-2) over ``segments`` parts.

    ``offending`` is the first letter outside the GSM 7-bit alphabet (3GPP TS 23.038 6.2.1), None for none.
    """

    alphabet: str
    units: int
    limit: int
    segments: int
    offending: str | None


def measure(text: str) -> Measure:
    """The cost of ``text`` as it would be sent."""
    cut = sms.split(text)
    name = "GSM-7" if cut.alphabet is sms.Alphabet.GSM7 else "UCS-2"
    return Measure(name, cut.units, cut.limit, len(cut.segments), cut.offending)


def describe(text: str) -> str:
    """ "57 / 160 · 1 segment · GSM-7", with the letter that makes a text UCS-2 named."""
    found = measure(text)
    segments = "1 segment" if found.segments == 1 else f"{found.segments} segments"
    words = f"{found.units} / {found.limit} · {segments} · {found.alphabet}"
    if found.offending is not None:
        code = " ".join(f"U+{ord(character):04X}" for character in found.offending[:2])
        shown = found.offending if found.offending.isprintable() else ""
        words += f" because of {shown} ({code})" if shown else f" because of {code}"
    return words
