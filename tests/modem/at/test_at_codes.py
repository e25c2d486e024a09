"""Every error code has a sentence and a class, and only what proves it counts as *not sent*."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from modem.api import Outcome, Outgoing, Refusal
from modem.at import codes
from modem.at.codes import Proof
from modem.at.parser import Final

ROOT = Path(__file__).parents[3]
HELLO = Outgoing("+15550123", "hello", token="c1")

# 3GPP TS 27.005 3.2.5, 24.011 annex E-2, 23.040 9.2.3.22: every code that has a name there.
CMS_NAMED = {
    *(1, 8, 10, 17, 21, 22, 27, 28, 29, 30, 38, 41, 42, 47, 50, 69, 81, 95, 96, 97, 98, 99, 111, 127),
    *(128, 129, 130, 143, 144, 145, 159, 160, 161, 175, 176),
    *(192, 193, 194, 195, 196, 197, 198, 199, 208, 209, 210, 211, 212, 213, 255),
    *(300, 301, 302, 303, 304, 305, 310, 311, 312, 313, 314, 315, 316, 317, 318),
    *(320, 321, 322, 330, 331, 332, 340, 500),
}
# 3GPP TS 27.007 9.2.1 and 9.2.2 (the codes for texts, SIMs and attaching).
CME_NAMED = {
    *range(8),
    *range(10, 19),
    *range(20, 28),
    *(30, 31, 32),
    *range(40, 64),
    *(100, 103, 106, 107, 111, 112, 113, 126, 132, 133, 134, 148, 149, 150),
}
CMS_PROOF = {
    Proof.LATER: {17, 22, 38, 41, 42, 47, 192, 194},
    Proof.NOT_READY: {300, 301, 302, 314, 320, 331},
    Proof.PERMANENT: {
        *(1, 8, 10, 21, 28, 29, 30, 50, 69, 81, 95, 96, 97, 98, 99),
        *(128, 129, 130, 143, 144, 145, 159, 160, 161, 175, 176),
        *(193, 195, 196, 198, 199, 303, 304, 305),
    },
    Proof.PERSON: {208, 310, 311, 312, 313, 315, 316, 317, 318, 322, 330},
    Proof.TAKEN: {197},
}
CME_PROOF = {
    Proof.NOT_READY: {3, 14, 30, 32},
    Proof.PERMANENT: {4},
    Proof.PERSON: {5, 10, 11, 12, 13, 15, 16, 17, 18},
}


def final(kind: str, code: int | None) -> Final:
    return Final(f"+{kind} ERROR: {code}", False, kind, code)


def proof_of(kind: str, code: int) -> Proof:
    table = CMS_PROOF if kind == "CMS" else CME_PROOF
    return next((proof for proof, members in table.items() if code in members), Proof.NOTHING)


@pytest.mark.parametrize("kind", ["CMS", "CME"])
def test_every_code_from_0_to_600(kind: str) -> None:
    named = CMS_NAMED if kind == "CMS" else CME_NAMED
    for code in range(601):
        meaning = codes.meaning(final(kind, code))
        assert (meaning is not codes.GENERIC) is (code in named), code
        assert re.fullmatch(r"[A-Z][^|]+\.", meaning.sentence), code
        assert meaning.proof is proof_of(kind, code), code
        assert codes.is_refusal(final(kind, code)) is (meaning.proof not in (Proof.NOTHING, Proof.TAKEN)), (
            code
        )
        assert codes.is_taken_before(final(kind, code)) is (kind == "CMS" and code == 197)
        assert str(code) in codes.sentence(final(kind, code))


@pytest.mark.parametrize("shown", [Final("ERROR", False), Final("+CMS ERROR: no", False, "CMS", None, "no")])
def test_an_error_without_a_number_proves_nothing(shown: Final) -> None:
    assert codes.meaning(shown) is codes.GENERIC
    assert codes.refusal(shown) is Refusal.NONE


def test_a_makers_own_code_means_only_what_its_row_says() -> None:
    own = {
        512: SimpleNamespace(sentence="No link came about.", refusal=Refusal.LATER),
        500: SimpleNamespace(sentence="Not theirs to say.", refusal=Refusal.LATER),
    }
    assert codes.meaning(final("CMS", 512), own) == codes.Meaning("No link came about.", Proof.LATER)
    assert codes.refusal(final("CMS", 513), own) is Refusal.NONE
    assert codes.refusal(final("CME", 512), own) is Refusal.NONE
    assert codes.refusal(final("CMS", 500), own) is Refusal.NONE


@pytest.mark.parametrize("kind", ["CMS", "CME"])
def test_the_sender_keeps_to_the_table(port: Any, new_modem: Callable[..., Any], kind: str) -> None:
    modem = new_modem(port)
    for code in range(601):
        port.after_text = f"\r\n+{kind} ERROR: {code}\r\n".encode()
        result = modem.send(HELLO)
        proof = proof_of(kind, code)
        wanted = {Proof.NOTHING: Outcome.UNKNOWN, Proof.TAKEN: Outcome.SENT}.get(proof, Outcome.NOT_SENT)
        assert (result.outcome, result.kind, result.code) == (wanted, kind, code), result
        expected = Refusal[proof.name] if wanted is Outcome.NOT_SENT else Refusal.NONE
        assert result.refusal is expected, result
    assert len(port.submitted) == 601


def test_a_code_instead_of_the_prompt_is_not_sent_and_says_its_class(port: Any, modem: Any) -> None:
    for code, refusal in ((331, Refusal.NOT_READY), (330, Refusal.PERSON), (500, Refusal.NONE)):
        port.prompt = f"\r\n+CMS ERROR: {code}\r\n".encode()
        result = modem.send(HELLO)
        assert (result.outcome, result.refusal) == (Outcome.NOT_SENT, refusal)


def test_the_handbook_has_this_very_table() -> None:
    page = (ROOT / "docs/handbook/outcomes.md").read_text("utf-8").splitlines()
    rows = [line for line in page if re.match(r"\| CM[SE] \d+ ", line)]
    assert rows == codes.handbook()
