"""The numbers modems give for errors: what they mean to a clerk, and what they prove about a text.

3GPP TS 27.005 3.2.5 (+CMS), with the causes of 24.011 annex E and 23.040 9.2.3.22 in its lower ranges, and
27.007 9.2 (+CME). Codes of 512 and above belong to each maker: they prove something only where the maker's
row in ``quirks`` says so. The table is in docs/handbook/outcomes.md.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from modem.api import Refusal
from modem.at.parser import Final


class Proof(enum.StrEnum):
    """What an error after Ctrl-Z proves. All but the last two prove that the text did not leave."""

    LATER = "not sent: press again later"
    NOT_READY = "not sent: the line waits, the text goes back to the desk"
    PERMANENT = "not sent: it will not go like this"
    PERSON = "not sent: somebody must do something first"
    TAKEN = "sent: the centre had it before"
    NOTHING = "unknown: it may have left"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One code: a sentence for a clerk, and what it proves."""

    sentence: str
    proof: Proof = Proof.NOTHING


class Own(Protocol):
    """What a maker means by a code of its own, one that proves that nothing left."""

    @property
    def sentence(self) -> str: ...

    @property
    def refusal(self) -> Refusal: ...


#: A maker's own +CMS codes.
OwnCodes = Mapping[int, Own]

_LATER, _NOT_READY, _PERMANENT = Proof.LATER, Proof.NOT_READY, Proof.PERMANENT
_PERSON, _TAKEN, _NOTHING = Proof.PERSON, Proof.TAKEN, Proof.NOTHING

_BAD_PART = "The network does not accept a part of the text's envelope."
_UNABLE = "The message centre cannot do what the text asks for."
_NO_SIM = "There is no SIM in the modem."
_NO_PIN = "The SIM asks for its PIN. Enter it on the Lines page."
_NO_PIN2 = "The SIM asks for its PIN2. Put it into a phone and enter it there."
_NO_PUK = "The SIM is blocked and asks for its PUK. Put it into a phone and enter the PUK there."
_NO_PUK2 = "The SIM asks for its PUK2. Put it into a phone and enter it there."
_BROKEN_SIM = "The SIM does not work. Take it out and put it in again."
_BUSY_SIM = "The SIM is busy. The line goes on as soon as it is ready."
_WRONG_SIM = "The modem does not accept this SIM."
_PHONE_LOCK = "The phone asks for a code of its own. Enter it on the phone."
_OPERATOR_LOCK = "The modem is locked by its operator. Ask the seller of the modem."
_NO_NETWORK = "There is no network at the moment. The line goes on as soon as there is."
_NOT_NOW = "The modem does not allow this now. The line goes on as soon as it does."
_NO_ANSWER = "The network did not answer in time."

CMS: Mapping[int, Meaning] = {
    1: Meaning("This number is not assigned to anyone.", _PERMANENT),
    8: Meaning("The operator bars texts from this SIM. Ask the operator about the plan.", _PERMANENT),
    10: Meaning("The operator bars calls and texts for this SIM. Ask the operator.", _PERMANENT),
    17: Meaning("The network failed to take the text. It can be sent again later.", _LATER),
    21: Meaning("The network rejected the text.", _PERMANENT),
    22: Meaning("The network is congested. It can be sent again later.", _LATER),
    27: Meaning("The message centre could not be reached."),
    28: Meaning("The network does not know this number.", _PERMANENT),
    29: Meaning("The operator does not allow this SIM to send texts. Ask about the plan.", _PERMANENT),
    30: Meaning("The network does not know this SIM as a subscriber of texts.", _PERMANENT),
    38: Meaning("The network is out of order. It can be sent again later.", _LATER),
    41: Meaning("The network failed for the moment. It can be sent again later.", _LATER),
    42: Meaning("The network is congested. It can be sent again later.", _LATER),
    47: Meaning("The network lacks the means at the moment. It can be sent again later.", _LATER),
    50: Meaning("The plan of this SIM does not include texts to this number.", _PERMANENT),
    69: Meaning("The network does not offer this kind of text.", _PERMANENT),
    81: Meaning("The network did not follow the modem's numbering of texts.", _PERMANENT),
    **dict.fromkeys(range(95, 100), Meaning(_BAD_PART, _PERMANENT)),
    111: Meaning("The network reports an error of the protocol."),
    127: Meaning("Another network on the way gave no reason."),
    128: Meaning("The message centre cannot hand this kind of text over.", _PERMANENT),
    129: Meaning("The message centre does not take silent texts.", _PERMANENT),
    130: Meaning("The message centre cannot replace the earlier text.", _PERMANENT),
    143: Meaning("The message centre does not know the kind of the text.", _PERMANENT),
    144: Meaning("The message centre does not know the alphabet of the text.", _PERMANENT),
    145: Meaning("The message centre does not know the class of the text.", _PERMANENT),
    159: Meaning("The message centre does not know the coding of the text.", _PERMANENT),
    160: Meaning(_UNABLE, _PERMANENT),
    161: Meaning("The message centre does not know what the text asks for.", _PERMANENT),
    175: Meaning(_UNABLE, _PERMANENT),
    176: Meaning("The message centre does not take this kind of text.", _PERMANENT),
    192: Meaning("The message centre is busy. It can be sent again later.", _LATER),
    193: Meaning("This SIM has no contract with the message centre. Check its number.", _PERMANENT),
    194: Meaning("The message centre failed. It can be sent again later.", _LATER),
    195: Meaning("The message centre does not accept this number.", _PERMANENT),
    196: Meaning("The message centre bars texts to this number.", _PERMANENT),
    197: Meaning("The message centre already has this text.", _TAKEN),
    198: Meaning("The message centre does not take this form of a time limit.", _PERMANENT),
    199: Meaning("The message centre does not take a time limit.", _PERMANENT),
    208: Meaning("The SIM is full. Messages must be read from it first.", _PERSON),
    209: Meaning("The SIM has no room for messages at all."),
    210: Meaning("The modem reports an error of its own."),
    211: Meaning("The modem's memory is full."),
    212: Meaning("The SIM's own programs are busy."),
    213: Meaning("The SIM's own programs report an error."),
    255: Meaning("The network gives no reason."),
    300: Meaning("The modem failed for the moment. The line goes on as soon as it answers.", _NOT_READY),
    301: Meaning("Something else uses the modem's texts. The line goes on after that.", _NOT_READY),
    302: Meaning(_NOT_NOW, _NOT_READY),
    303: Meaning("The modem does not support this.", _PERMANENT),
    304: Meaning("The modem does not accept the text's format.", _PERMANENT),
    305: Meaning("The modem does not accept a part of the text.", _PERMANENT),
    310: Meaning(_NO_SIM, _PERSON),
    311: Meaning(_NO_PIN, _PERSON),
    312: Meaning(_PHONE_LOCK, _PERSON),
    313: Meaning(_BROKEN_SIM, _PERSON),
    314: Meaning(_BUSY_SIM, _NOT_READY),
    315: Meaning(_WRONG_SIM, _PERSON),
    316: Meaning(_NO_PUK, _PERSON),
    317: Meaning(_NO_PIN2, _PERSON),
    318: Meaning(_NO_PUK2, _PERSON),
    320: Meaning("The modem's memory failed. The line goes on as soon as it works.", _NOT_READY),
    321: Meaning("The modem knows no message at this place."),
    322: Meaning("The message memory is full. Messages must be read from it first.", _PERSON),
    330: Meaning("The number of the message centre is missing. Set it on the Lines page.", _PERSON),
    331: Meaning(_NO_NETWORK, _NOT_READY),
    332: Meaning(_NO_ANSWER),
    340: Meaning("The modem expected no acknowledgement."),
    500: Meaning("The modem gives no reason."),
}

CME: Mapping[int, Meaning] = {
    0: Meaning("The modem failed."),
    1: Meaning("The modem has no connection to its phone."),
    2: Meaning("Something else holds the connection to the phone."),
    3: Meaning(_NOT_NOW, _NOT_READY),
    4: Meaning("The modem does not support this.", _PERMANENT),
    5: Meaning(_PHONE_LOCK, _PERSON),
    6: Meaning("The phone wants its first SIM back."),
    7: Meaning("The phone is locked to its first SIM."),
    10: Meaning(_NO_SIM, _PERSON),
    11: Meaning(_NO_PIN, _PERSON),
    12: Meaning(_NO_PUK, _PERSON),
    13: Meaning(_BROKEN_SIM, _PERSON),
    14: Meaning(_BUSY_SIM, _NOT_READY),
    15: Meaning(_WRONG_SIM, _PERSON),
    16: Meaning("The PIN is wrong.", _PERSON),
    17: Meaning(_NO_PIN2, _PERSON),
    18: Meaning(_NO_PUK2, _PERSON),
    20: Meaning("The modem's memory is full."),
    21: Meaning("The modem knows nothing at this place."),
    22: Meaning("The modem did not find it."),
    23: Meaning("The modem's memory failed."),
    24: Meaning("The words are too long for the modem."),
    25: Meaning("The modem does not accept a character of the words."),
    26: Meaning("The number is too long for the modem."),
    27: Meaning("The modem does not accept a character of the number."),
    30: Meaning(_NO_NETWORK, _NOT_READY),
    31: Meaning(_NO_ANSWER),
    32: Meaning("The network allows emergency calls only. The line goes on after that.", _NOT_READY),
    **dict.fromkeys(range(40, 48), Meaning(_OPERATOR_LOCK)),
    48: Meaning("The phone is locked and asks for a hidden key."),
    49: Meaning("The modem does not support this way to sign in."),
    50: Meaning("The modem does not accept a part of the command."),
    51: Meaning("The modem has this command switched off."),
    52: Meaning("The command was stopped on the phone."),
    53: Meaning("The modem is not attached: its radio is restricted."),
    54: Meaning("The modem is restricted to emergency calls."),
    55: Meaning("The modem's radio is restricted and does not allow this."),
    56: Meaning("The SIM allows fixed numbers only."),
    57: Meaning("The modem is out of service: something else uses it."),
    58: Meaning("The modem does not know this language."),
    59: Meaning("The modem did not expect this value."),
    60: Meaning("The modem's system failed."),
    61: Meaning("Something is missing in the command."),
    62: Meaning("The call is barred."),
    63: Meaning("The modem could not sign up for notices of waiting messages."),
    100: Meaning("The modem gives no reason."),
    103: Meaning("The network does not accept this SIM. Ask the operator."),
    106: Meaning("The network does not accept this modem. Ask the operator."),
    107: Meaning("The operator does not allow this SIM data services."),
    111: Meaning("This network does not accept this SIM."),
    112: Meaning("The network does not accept this SIM in this place."),
    113: Meaning("The network does not allow roaming in this place."),
    126: Meaning("The modem does not allow this for the moment."),
    132: Meaning("The network does not offer this service."),
    133: Meaning("The plan of this SIM does not include this service."),
    134: Meaning("The service is out of order for the moment."),
    148: Meaning("The data service gives no reason."),
    149: Meaning("The data service does not accept the sign-in."),
    150: Meaning("The modem is of a class that does not allow this."),
}

_FIRST_OWN = 512
_NONE: OwnCodes = {}
GENERIC = Meaning("The modem refused without a reason that we know.")

_REFUSALS = {
    _LATER: Refusal.LATER,
    _NOT_READY: Refusal.NOT_READY,
    _PERMANENT: Refusal.PERMANENT,
    _PERSON: Refusal.PERSON,
}
_PROOFS = {found: proof for proof, found in _REFUSALS.items()}
# For waiting only, where patience costs nothing: 515 is "please wait" for more makers than we know of.
_SIM_BUSY = frozenset({("CMS", 314), ("CMS", 515), ("CME", 14), ("CME", 515)})
_SIM_ABSENT = frozenset({("CMS", 310), ("CMS", 313), ("CMS", 315), ("CME", 10), ("CME", 13), ("CME", 15)})


def meaning(final: Final, own: OwnCodes = _NONE) -> Meaning:
    """What an error means. ``own`` are the maker's codes from 512 up."""
    if final.code is None:
        return GENERIC
    if final.code >= _FIRST_OWN:
        known = own.get(final.code) if final.kind == "CMS" else None
        return GENERIC if known is None else Meaning(known.sentence, _PROOFS.get(known.refusal, _NOTHING))
    table = CMS if final.kind == "CMS" else CME if final.kind == "CME" else {}
    return table.get(final.code, GENERIC)


def refusal(final: Final, own: OwnCodes = _NONE) -> Refusal:
    """What a refusal asks for; NONE where the code says nothing of it, or the modem gave words for it."""
    if final.detail:  # too loose to prove that nothing left
        return Refusal.NONE
    return _REFUSALS.get(meaning(final, own).proof, Refusal.NONE)


def is_refusal(final: Final, own: OwnCodes = _NONE) -> bool:
    """True when this answer after Ctrl-Z proves that the text did not leave."""
    return refusal(final, own) is not Refusal.NONE


def is_taken_before(final: Final) -> bool:
    """True for CMS 197, duplicate rejected: the centre has this very text from an earlier try."""
    return meaning(final).proof is Proof.TAKEN


def is_sim_busy(final: Final) -> bool:
    """True while the SIM is still starting."""
    return (final.kind, final.code) in _SIM_BUSY


def is_sim_absent(final: Final) -> bool:
    """True for no SIM, a broken one or one the modem does not accept."""
    return (final.kind, final.code) in _SIM_ABSENT


def sentence(final: Final, own: OwnCodes = _NONE) -> str:
    """What an error means, for a person, with the modem's own words behind it."""
    words = "".join(char for char in final.text[:80] if char.isprintable())
    return f"{meaning(final, own).sentence} (the modem said {words})"


def handbook() -> list[str]:
    """The rows of the handbook's table: code, sentence, what it proves after the text was handed over."""
    return [
        f"| {kind} {code} | {entry.sentence} | {entry.proof} |"
        for kind, table in (("CMS", CMS), ("CME", CME))
        for code, entry in table.items()
    ]
