"""How a person is put into few words: initials, consent, a day."""

from __future__ import annotations

from datetime import UTC, datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def initials(name: str, number: str) -> str:
    """ "MO" of "Maria Ortega"; of somebody without a name the last two digits of the number."""
    words = [word for word in name[:200].split() if any(c.isalnum() for c in word)]
    letters = [next(c for c in word if c.isalnum()) for word in (words[:1] + words[-1:] if words else [])]
    if len(words) == 1:
        letters = letters[:1]
    return "".join(letters).upper() or "".join(c for c in number if c.isdigit())[-2:] or "?"


def day(at: float) -> str:
    """The UTC day of ``at`` (UTC seconds) as "3 Mar 2026"; "" for a time that is no time."""
    try:
        when = datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def consent(source: str, at: float | None) -> str:
    """ "web form, 3 Mar 2026"; "" where no consent is on record."""
    return ", ".join(words for words in (source.strip(), day(at) if at is not None else "") if words)
