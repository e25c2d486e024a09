"""What the pages say of errors, counts and times, in one place."""

from __future__ import annotations

import logging
from datetime import datetime

log = logging.getLogger(__name__)

#: Errors of these packages carry a sentence for a person; others are told by their kind.
_OURS = ("app.", "ui.")


def sentence(error: Exception) -> str:
    """What to tell a person of ``error``. Foreign errors go to the log with their traceback."""
    if type(error).__module__.startswith(_OURS) and str(error):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return f"{name}{error.strerror}. Nothing was changed. Choose another place or free some room."
    log.error("an action failed", exc_info=error)
    return (
        f"That did not work ({type(error).__name__}). Nothing was changed. "
        "Try again; if it stays so, run “p2ptext doctor”."
    )


def count(number: int, one: str, many: str = "") -> str:
    """ "1 person", "1,153 people"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def local(at: float) -> datetime:
    """``at`` (UTC epoch seconds) on this computer's clock."""
    return datetime.fromtimestamp(at).astimezone()


def day(at: float) -> str:
    """ "3 Mar 2026"."""
    then = local(at)
    return f"{then.day} {then:%b} {then.year}"


def day_and_time(at: float) -> str:
    """ "3 Mar 2026, 10:42"."""
    return f"{day(at)}, {local(at):%H:%M}"
