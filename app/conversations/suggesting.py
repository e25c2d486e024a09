"""Which answer a reply speaks for. A suggestion is shown, and kept by nobody but the one who presses it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from app.campaigns.script import Option, Question
from app.people import fields, matching

#: Longer replies say more than a keyword does: nothing is suggested for them, in words.
MAX_WORDS = 12
_LOOKED_AT = 500
#: Before a keyword, with at most one word between, they turn it round: "not coming", "can't really come".
_NOT = frozenset((
    "not", "no", "never", "dont", "doesnt", "didnt", "cant", "cannot", "wont", "isnt", "arent", "wouldnt",
    "nicht", "kein",
))  # fmt: skip
_DIGITS = re.compile(r"\d")


def option(asked: Question, text: str) -> int | None:
    """The id of the option that ``text`` speaks for; None where it fits none, or more than one.

    A text that takes a person out, or asks to be back in, suggests nothing.
    """
    if asked.kind != "choice" or matching.classify(text).tier != matching.NONE:
        return None
    said = _tokens(text)
    fits = [each for each in asked.choices if _fits(each, said, text)]
    exact = [each for each in fits if any(_tokens(word) == said for word in _words(each))]
    found = exact or fits
    return found[0].id if len(found) == 1 else None


def number(asked: Question, text: str) -> str:
    """The one number that a reply to a question for a number has; "" for none or several."""
    if asked.kind != "number" or matching.classify(text).tier != matching.NONE:
        return ""
    digits = [token for token in text[:_LOOKED_AT].split() if _DIGITS.search(token)]
    if len(digits) != 1:
        return ""
    token = digits[0].strip(".,;:!?()")
    return token if fields.amount(token) is not None else ""


def _words(each: Option) -> tuple[str, ...]:
    """What suggests an option: its own name, and the words it was given."""
    return (each.label, *each.words)


def _fits(each: Option, said: Sequence[str], text: str) -> bool:
    return any(_in(_tokens(word), said) or _sign_in(word, text) for word in _words(each))


def _in(wanted: Sequence[str], said: Sequence[str]) -> bool:
    if not wanted or len(said) > MAX_WORDS:
        return False
    for start in range(len(said) - len(wanted) + 1):
        if list(said[start : start + len(wanted)]) == list(wanted):
            before = said[max(0, start - 2) : start]
            if wanted[0] in _NOT or not _NOT.intersection(before):
                return True
    return False


def _sign_in(word: str, text: str) -> bool:
    """Whether a word that has no letters, a thumb or a heart, is in the text."""
    return not _tokens(word) and bool(word.strip()) and word.strip() in text[:_LOOKED_AT]


def _tokens(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text[:_LOOKED_AT].casefold())
    plain = "".join(c for c in folded if not unicodedata.combining(c)).replace("’", "'").replace("'", "")
    return "".join(c if c.isalnum() else " " for c in plain).split()
