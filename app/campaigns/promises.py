"""How often people were told that they would be texted, read from the words of their consent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: Days of a period as it is counted: a month is 30 of them.
_PERIODS = {
    "day": 1, "daily": 1, "week": 7, "weekly": 7, "fortnight": 14, "fortnightly": 14, "month": 30,
    "monthly": 30, "mo": 30, "quarter": 91, "quarterly": 91, "year": 365, "yearly": 365,
}  # fmt: skip
_COUNTS = {
    "a": 1, "an": 1, "once": 1, "one": 1, "twice": 2, "two": 2, "three": 3, "thrice": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip
_WORD = "|".join(_COUNTS)
_PERIOD = "day|week|fortnight|month|mo|quarter|year"
#: "2 a month", "up to 4 msgs/month", "one text per week", "2-3 texts a week" (the higher counts)
_OFTEN = re.compile(
    rf"(?:(?:[0-9]+ *[-–] *)?([0-9]{{1,3}})|\b({_WORD}))"
    r"(?: *(?:x|times?|[a-z]*(?:texts?|messages?|msgs?|sms)))?"
    rf" *(?:/|\ba\b|\ban\b|\bper\b|\beach\b|\bevery\b|\bin a\b)? *\b({_PERIOD})s?\b"
)
_EVERY = re.compile(rf"\bevery *(other *|[0-9]{{1,2}} *)?({_PERIOD})s?\b")
_ADVERB = re.compile(r"\b(daily|weekly|fortnightly|monthly|quarterly|yearly)\b")
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Promise:
    """At most ``texts`` in ``days``."""

    texts: int
    days: int


@lru_cache(maxsize=4096)
def read(words: str) -> Promise | None:
    """The promise in "2 a month", "weekly" or "up to 4 msgs/month"; None where the words name none."""
    plain = " ".join(words[:_LONGEST].casefold().split())
    if match := _EVERY.search(plain):
        times = (match[1] or "").strip()
        every = 2 if times == "other" else int(times or 1)
        before = re.search(rf"(?:([0-9]{{1,3}})|\b({_WORD}))\b[a-z ]*$", plain[: match.start()])
        count = int(before[1] or _COUNTS[before[2]]) if before else 1
        return _promise(count, every * _PERIODS[match[2]])
    if match := _OFTEN.search(plain):
        return _promise(int(match[1]) if match[1] else _COUNTS[match[2]], _PERIODS[match[3]])
    if match := _ADVERB.search(plain):
        before = re.search(r"([0-9]{1,3})[a-z ]*$", plain[: match.start()])
        return _promise(int(before[1]) if before else 1, _PERIODS[match[1]])
    return None


def _promise(texts: int, days: int) -> Promise | None:
    return Promise(texts, days) if texts > 0 and days > 0 else None
