"""The numbers modems give for errors: what they mean to a clerk, and what they prove about a text.

3GPP TS 27.005 3.2.5 (+CMS), 24.011 annex E and 23.040 9.2.3.22 (its lower ranges), 27.007 9.2 (+CME).
Codes of 512 and above belong to each maker, so they prove nothing.
"""

from __future__ import annotations

from modem.at.parser import Final

CMS_SENTENCES = {
    1: "This number is not assigned to anyone.",
    8: "The operator bars texts from this SIM. Ask the operator about the plan.",
    10: "The operator bars calls and texts for this SIM. Ask the operator.",
    17: "The network failed to take the text. It can be sent again later.",
    21: "The network rejected the text.",
    22: "The network is congested. It can be sent again later.",
    28: "The network does not know this number.",
    29: "The operator does not allow this SIM to send texts. Ask the operator about the plan.",
    30: "The network does not know this SIM as a subscriber of texts.",
    38: "The network is out of order. It can be sent again later.",
    41: "The network failed for the moment. It can be sent again later.",
    42: "The network is congested. It can be sent again later.",
    47: "The network lacks the means at the moment. It can be sent again later.",
    50: "The plan of this SIM does not include texts to this number.",
    69: "The network does not offer this kind of text.",
    111: "The network reports a protocol error.",
    192: "The message centre is busy. It can be sent again later.",
    193: "This SIM has no contract with the message centre. Check the centre's number.",
    194: "The message centre failed. It can be sent again later.",
    195: "The message centre does not accept this number.",
    197: "The message centre already has this text.",
    208: "The SIM is full. Messages must be read from it first.",
    300: "The modem failed.",
    302: "The modem does not allow this now.",
    303: "The modem does not support this.",
    304: "The modem does not accept the text's format.",
    305: "The modem does not accept a part of the text.",
    310: "There is no SIM in the modem.",
    311: "The SIM asks for its PIN.",
    312: "The phone asks for its own PIN.",
    313: "The SIM does not work. Take it out and put it in again.",
    314: "The SIM is busy. It can be sent again in a moment.",
    315: "The modem does not accept this SIM.",
    316: "The SIM is blocked and asks for its PUK.",
    317: "The SIM asks for its PIN2.",
    318: "The SIM asks for its PUK2.",
    320: "The modem's message memory failed.",
    321: "The modem knows no message at this place.",
    322: "The message memory is full. Messages must be read from it first.",
    330: "The number of the message centre is missing. Set it in the line's settings.",
    331: "There is no network at the moment. It can be sent again later.",
    332: "The network did not answer in time.",
    500: "The modem gives no reason.",
}

CME_SENTENCES = {
    3: "The modem does not allow this now.",
    4: "The modem does not support this.",
    10: "There is no SIM in the modem.",
    11: "The SIM asks for its PIN.",
    12: "The SIM is blocked and asks for its PUK.",
    13: "The SIM does not work. Take it out and put it in again.",
    14: "The SIM is busy.",
    15: "The modem does not accept this SIM.",
    16: "The PIN is wrong.",
    17: "The SIM asks for its PIN2.",
    18: "The SIM asks for its PUK2.",
    20: "The modem's memory is full.",
    30: "There is no network at the moment. It can be sent again later.",
    31: "The network did not answer in time.",
    32: "The network allows emergency calls only.",
    100: "The modem gives no reason.",
}

# The answers that prove that a text did not leave. 332, 500, 111, 513 and whatever is not named here
# do not prove it.
_CMS_REFUSALS = frozenset(
    {1, 8, 10, 17, 21, 22, 28, 29, 30, 38, 41, 42, 47, 50, 69, 81, 95, 96, 97, 98, 99}
    | {128, 129, 130, 143, 144, 145, 159, 160, 161, 175, 176}
    | {192, 193, 194, 195, 196, 198, 199, 208}
    | set(range(300, 323))
    | {330, 331}
)
_CME_REFUSALS = frozenset({3, 4, 5, 10, 11, 12, 13, 14, 15, 16, 17, 18, 30, 32})
_SIM_BUSY = frozenset({("CMS", 314), ("CMS", 515), ("CME", 14), ("CME", 515)})
_SIM_ABSENT = frozenset({("CMS", 310), ("CMS", 313), ("CMS", 315), ("CME", 10), ("CME", 13), ("CME", 15)})


def is_refusal(final: Final) -> bool:
    """True when this answer after Ctrl-Z proves that the text did not leave."""
    if final.kind == "CMS":
        return final.code in _CMS_REFUSALS
    return final.kind == "CME" and final.code in _CME_REFUSALS


def is_taken_before(final: Final) -> bool:
    """True for CMS 197, duplicate rejected: the centre has this very text from an earlier try."""
    return final.kind == "CMS" and final.code == 197


def is_sim_busy(final: Final) -> bool:
    """True while the SIM is still starting."""
    return (final.kind, final.code) in _SIM_BUSY


def is_sim_absent(final: Final) -> bool:
    """True for no SIM, a broken one or one the modem does not accept."""
    return (final.kind, final.code) in _SIM_ABSENT


def sentence(final: Final) -> str:
    """What an error means, for a person, with the modem's own words behind it."""
    table = CMS_SENTENCES if final.kind == "CMS" else CME_SENTENCES if final.kind == "CME" else {}
    meaning = table.get(final.code) if final.code is not None else None
    if meaning is None:
        meaning = "The modem refused without a reason that we know."
    words = "".join(char for char in final.text[:80] if char.isprintable())
    return f"{meaning} (the modem said {words})"
