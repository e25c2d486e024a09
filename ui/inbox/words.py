"""What a thread and its bubbles say in words: states, days and times."""

from __future__ import annotations

from datetime import date, datetime

from app.conversations.bubbles import Bubble
from app.conversations.forwarding_phones import FORWARD
from app.conversations.threads import ThreadRow
from ui.widgets import one_line, visible

#: Said of a copy that went to the phone of somebody who works here, and not to whom the thread is with.
FORWARDED = "forwarded to an own phone"


def clock_time(at: float) -> str:
    """Hours and minutes on this computer: "09:51"."""
    return local(at).strftime("%H:%M")


def local(at: float) -> datetime:
    """``at`` (UTC epoch seconds) on this computer's clock."""
    return datetime.fromtimestamp(at).astimezone()


def day_words(day: date, today: date) -> str:
    """A day separator: "Today", "Yesterday", "Monday 3 March", "3 Mar 2025"."""
    gap = (today - day).days
    if gap in (0, 1):
        return ("Today", "Yesterday")[gap]
    if day.year == today.year:
        return f"{day:%A} {day.day} {day:%B}"
    return f"{day.day} {day:%b} {day.year}"


def list_time(at: float, now: float) -> str:
    """The time at the right of a thread row: "10:41" today, else "12 Nov" or "12 Nov 2025"."""
    then, today = local(at), local(now).date()
    if then.date() == today:
        return f"{then:%H:%M}"
    if then.year == today.year:
        return f"{then.day} {then:%b}"
    return f"{then.day} {then:%b} {then.year}"


#: state, delivery -> sign, word
_SIGNS: dict[str, str] = {
    "queued": "○ on the desk, not sent",
    "clicked": "● waiting to leave",
    "sending": "● sending",
    "not_sent": "✕ not sent",
    "unknown": "? outcome unknown",
    "skipped": "– skipped",
    "blocked": "⊘ not sent",
    "removed": "– removed",
}


def state_words(bubble: Bubble) -> str:
    """Sign and word of a bubble's state: "✓✓ delivered". "" for a received text."""
    if bubble.direction == "in":
        return bubble.note
    if bubble.state == "sent":
        return _sent_words(bubble)
    words = _SIGNS.get(bubble.state, bubble.state)
    if bubble.resolution == "person_again":
        return f"{words}, sent again below"
    if bubble.state in ("unknown", "not_sent", "sending") and 0 < bubble.parts_sent < bubble.parts:
        words += f" ({bubble.parts_sent} of {bubble.parts} parts left)"
    if bubble.reason and bubble.state in ("not_sent", "blocked", "skipped", "unknown"):
        words += f": {bubble.reason}"
    return words


def _sent_words(bubble: Bubble) -> str:
    if bubble.delivery == "delivered":
        return "✓✓ delivered"
    if bubble.delivery == "failed":
        return "✕ not delivered" + (f": {bubble.reason}" if bubble.reason else "")
    return "✓ sent"


def foot(bubble: Bubble, line: str = "") -> str:
    """The line under a bubble: whose it is among several, campaign, ``line``, time, state."""
    who = f"to {bubble.who}" if bubble.who and bubble.direction == "out" else bubble.who
    forwarded = FORWARDED if bubble.kind == FORWARD else ""
    via = f"via {line}" if line else ""
    pieces = [who, forwarded, bubble.campaign_name, via, clock_time(bubble.at), state_words(bubble)]
    return " · ".join(one_line(piece) for piece in pieces if piece)


def folded(bubble: Bubble) -> str:
    """The one line of a machine's text: "automatic: I'm driving…"."""
    text = one_line(bubble.text)
    return f"automatic: {text[:40]}…" if len(text) > 41 else f"automatic: {text}"


def spoken(bubble: Bubble, line: str = "") -> str:
    """A bubble for a screen reader: who, what, state, and why it was judged as it was."""
    them = one_line(bubble.who, 60) or "They"
    who = f"{them} wrote" if bubble.direction == "in" else "You wrote"
    who = "Their machine wrote" if bubble.noise else who
    who = FORWARDED.capitalize() if bubble.kind == FORWARD else who
    why = f". {one_line(bubble.why, 300)}" if bubble.why else ""
    return f"{who}: {visible(bubble.text)}. {foot(bubble, line)}{why}"


def thread_badge(row: ThreadRow) -> tuple[str, str]:
    """The word of a thread row and its tone."""
    if row.opted_out:
        return "opted out", "bad"
    if row.kind == "system":
        return "system", "neutral"
    if row.kind == "sender":
        return "no reply possible", "neutral"
    if row.waiting_since is not None:
        return "needs reply", "accent"
    return ("done", "neutral") if row.done else ("", "neutral")


def pieces_of(row: ThreadRow) -> tuple[str, ...]:
    """What a thread row's state and labels say, for a screen reader."""
    from ui.inbox import labels

    state = thread_badge(row)[0]
    more = ("wrote again" if row.wrote_again else "", "draft" if row.draft else "")
    return tuple(word for word in (state, *(word for word, _tone in labels.of(row)), *more) if word)


def thread_spoken(row: ThreadRow) -> str:
    """A thread row for a screen reader."""
    badge = ", ".join(pieces_of(row))
    unread = f"{row.unread} unread" if row.unread else ""
    said = "you wrote" if row.last_direction == "out" else "they wrote"
    pieces = (row.name or row.number_display, unread, badge, f"{said}: {one_line(row.last_text)}")
    return ", ".join(piece for piece in pieces if piece)
