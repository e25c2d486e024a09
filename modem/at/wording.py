"""The words of errors where a modem gives words for numbers: AT+CMEE=2 (3GPP TS 27.007 9.1).

Some firmware refuses AT+CMEE=1 and speaks only so. The words are those of 27.007 9.2.1 and 27.005 3.2.5;
modems write them with and without blanks, hyphens and capitals.
"""

from __future__ import annotations

from collections.abc import Mapping

_BOTH = {
    "operation not allowed": (3, 302),
    "operation not supported": (4, 303),
    "PH-SIM PIN required": (5, 312),
    "SIM not inserted": (10, 310),
    "SIM PIN required": (11, 311),
    "SIM PUK required": (12, 316),
    "SIM failure": (13, 313),
    "SIM busy": (14, 314),
    "SIM wrong": (15, 315),
    "SIM PIN2 required": (17, 317),
    "SIM PUK2 required": (18, 318),
    "memory full": (20, 322),
    "memory failure": (23, 320),
    "no network service": (30, 331),
    "network timeout": (31, 332),
}
_CME = {
    "phone failure": 0,
    "incorrect password": 16,
    "invalid index": 21,
    "not found": 22,
    "network not allowed - emergency calls only": 32,
    "unknown": 100,
}
_CMS = {
    "ME failure": 300,
    "SMS service of ME reserved": 301,
    "invalid PDU mode parameter": 304,
    "invalid text mode parameter": 305,
    "invalid memory index": 321,
    "SMSC address unknown": 330,
    "unknown error": 500,
}


def _bare(words: str) -> str:
    return "".join(char for char in words.lower() if char.isalnum())


def _table(column: int, own: Mapping[str, int]) -> Mapping[str, int]:
    codes = {words: pair[column] for words, pair in _BOTH.items()} | dict(own)
    return {_bare(words): code for words, code in codes.items()}


_NUMBERS = {"CME": _table(0, _CME), "CMS": _table(1, _CMS)}


def number_of(kind: str, words: str) -> int | None:
    """The number of a +CME or +CMS error (``kind`` "CME", "CMS") told in words; None for unknown ones."""
    return _NUMBERS[kind].get(_bare(words))
