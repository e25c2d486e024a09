"""What a reply says, as words and tones: the chips of a thread row, and the age of who waits."""

from __future__ import annotations

from app.conversations.threads import ThreadRow
from ui.inbox import words
from ui.widgets import one_line

#: label -> word, tone
WORDS: dict[str, tuple[str, str]] = {
    "safety": ("danger", "bad"),
    "hostile": ("hostile", "bad"),
    "wrong_number": ("wrong number", "bad"),
    "question": ("question", "accent"),
    "negative": ("no", "neutral"),
    "positive": ("yes", "good"),
    "automatic": ("automatic", "neutral"),
}
#: An answer that was begun and not sent.
DRAFT = ("draft", "warn")
WROTE_AGAIN = ("wrote again", "warn")
MAY_BE_OUT = ("may want to opt out", "warn")
#: No more than fit beside each other; those of most weight stand first.
MOST = 3
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


def of(row: ThreadRow) -> tuple[tuple[str, str], ...]:
    """The labels of a row. Whoever is opted out has none."""
    if row.opted_out:
        return ()
    held = (MAY_BE_OUT,) if row.held_since is not None else ()
    return (*held, *(WORDS[label] for label in row.labels if label in WORDS))


def row_chips(row: ThreadRow, now: float) -> tuple[tuple[str, str], ...]:
    """The chips of a thread row, those that a person must know first."""
    waits = row.waiting_since is not None or row.held_since is not None or row.labels == ("automatic",)
    chips = list(of(row)) if waits else []
    state = words.thread_badge(row)
    if row.snoozed_until is not None and row.snoozed_until > now:
        chips.append((f"back {back_at(row.snoozed_until, now)}", "neutral"))
    elif state[0] and not (chips and state[0] in ("needs reply", "done")):
        chips.append(state)
    if row.wrote_again:
        chips.append(WROTE_AGAIN)
    if row.draft:
        warned = bool(chips) and chips[0][1] in ("bad", "warn")
        chips.insert(int(warned), DRAFT)  # in front, where a narrow list still has room for it
    if row.assigned_to:
        chips.append((one_line(row.assigned_to, 16), "neutral"))
    if row.unread > 1:
        chips.append((f"{row.unread} unread", "neutral"))
    return tuple(chips[:MOST])


def row_time(row: ThreadRow, now: float) -> str:
    """How long they wait; else when the newest text was."""
    waits = row.waiting_since is not None and row.kind == "number" and (not row.opted_out or row.wrote_again)
    if waits and (row.snoozed_until is None or row.snoozed_until <= now):
        return age(now - (row.waiting_since or now))
    return words.list_time(row.last_at, now)


def age(seconds: float) -> str:
    """A waiting time: "now", "12 min", "3 h", "2 days"."""
    if seconds < _MINUTE:
        return "now"
    if seconds < _HOUR:
        return f"{int(seconds // _MINUTE)} min"
    if seconds < _DAY:
        return f"{int(seconds // _HOUR)} h"
    days = int(seconds // _DAY)
    return f"{days} day" if days == 1 else f"{days} days"


def back_at(at: float, now: float) -> str:
    """When a conversation comes back: "15:30", "Mon 09:00", "30 Nov"."""
    then, today = words.local(at), words.local(now).date()
    if then.date() == today:
        return f"{then:%H:%M}"
    if (then.date() - today).days < 7:
        return f"{then:%a %H:%M}"
    return f"{then.day} {then:%b}"
