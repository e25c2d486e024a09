"""A person's PIN: kept as a salted hash, and each wrong try makes the next ones slower.

A PIN has few digits, so the hash alone would not stop somebody who has the file; the passphrase does that.
What slows a person at the keyboard is counted in the database and outlives a restart.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final

LEAST_DIGITS: Final = 4
MOST_DIGITS: Final = 12
#: So many wrong tries are free of a wait.
FREE_TRIES: Final = 5
FIRST_WAIT: Final = 30.0  # seconds; it doubles with every further try
LONGEST_WAIT: Final = 900.0

_COST, _BLOCK, _PARALLEL = 14, 8, 1  # 2**14: 16 MB and some 50 ms
_SALT, _LENGTH = 16, 32
_MEMORY = 64 * 1024 * 1024


def problem(pin: str) -> str:
    """What is wrong with a PIN that somebody wants to set, as a sentence; "" when it will do."""
    if not (pin.isascii() and pin.isdigit() and LEAST_DIGITS <= len(pin) <= MOST_DIGITS):
        return f"A PIN has {LEAST_DIGITS} to {MOST_DIGITS} digits and nothing else."
    if len(set(pin)) == 1 or pin in "01234567890123456789" or pin in "98765432109876543210":
        return "This PIN is the first that anybody would try. Choose another."
    return ""


def make_hash(pin: str) -> str:
    """What is kept of a PIN: the scheme, its costs, the salt and the hash, with "$" between them."""
    salt = os.urandom(_SALT)
    return f"scrypt${_COST}${_BLOCK}${_PARALLEL}${salt.hex()}${_stretch(pin, salt).hex()}"


def matches(pin: str, kept: str) -> bool:
    """Whether ``pin`` is the one that ``kept`` was made from; a hash that cannot be read matches nothing."""
    try:
        scheme, cost, block, parallel, salt, digest = kept.split("$")
        if scheme != "scrypt" or (int(cost), int(block), int(parallel)) != (_COST, _BLOCK, _PARALLEL):
            return False
        return hmac.compare_digest(_stretch(pin, bytes.fromhex(salt)), bytes.fromhex(digest))
    except ValueError:
        return False


def wait_for(tries: int, tried_at: float | None, now: float) -> float:
    """Seconds until the next try is looked at, after ``tries`` wrong ones of which the last was then."""
    if tries < FREE_TRIES or tried_at is None:
        return 0.0
    whole = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(tries - FREE_TRIES, 16))
    # A clock that was set back makes nobody wait longer than the whole.
    return max(0.0, min(whole, tried_at + whole - now))


def _stretch(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        pin.encode("ascii", "replace"),
        salt=salt,
        n=1 << _COST,
        r=_BLOCK,
        p=_PARALLEL,
        maxmem=_MEMORY,
        dklen=_LENGTH,
    )
