"""What is said of an act on the opt-out list, on the desk and beside a thread."""

from __future__ import annotations

from app.conversations import who
from app.people.confirming_offers import REASON
from app.people.optouts import CHANNELS, HOW, OptOutRow
from app.people.stories import Step
from ui.widgets import one_line

SOURCES = {**HOW, "import": "from a file"}
#: A press on what may go to somebody who opted out, by the source of its row.
PRESSED = {
    "confirmation": "→ Confirmation of the opt-out pressed",
    "help": "→ The answer to HELP pressed",
    REASON: f"→ One answer pressed, {REASON};",
}


def said(entry: OptOutRow | Step) -> str:
    """How the opt-out was said: "“STOP” by text", "phone call, noted by Dana"."""
    words = entry.said if isinstance(entry, Step) else entry.evidence
    how = SOURCES.get(entry.source, entry.source)
    if entry.source == "sms":
        return f"“{one_line(words, 300)}” {how}" if words else how
    if entry.source in CHANNELS:
        heard = f": {one_line(words, 300)}" if words else ""
        day = f" on {who.day(entry.said_at)}" if entry.said_at is not None else ""
        return f"{how}{day}{heard}" + (f", noted by {one_line(entry.operator)}" if entry.operator else "")
    by = f"noted by {one_line(entry.operator)}" if entry.operator else how
    return f"{one_line(words, 300)}, {by}" if words else by


def told(step: Step) -> tuple[str, str]:
    """A step in words, and what stands small below it."""
    by = f" by {one_line(step.operator)}" if step.operator else ""
    why = f": {one_line(step.why, 300)}" if step.why else ""
    shown = f"; shown by: {one_line(step.shown_by, 300)}" if step.shown_by else ""
    rule = f"Recognised by rule {one_line(step.rule)}" if step.rule else ""
    if step.action == "out":
        return f"⊘ Opted out: {said(step)}", rule
    if step.action == "held":
        heard = f": “{one_line(step.said, 300)}”" if step.said else ""
        small = ". ".join(part for part in (rule, one_line(step.why, 300)) if part)
        return f"◌ Held, may be an opt-out{heard}", small
    if step.action == "kept":
        return f"✓ Decided{by}: not an opt-out", ""
    if step.action == "in":
        if step.source == "sms":
            return f"✓ Back in by their text: “{one_line(step.said, 300)}”", ""
        return f"✓ Back in, lifted{by}{why}{shown}", ""
    if step.action == "erased":
        return f"✕ Erased{by}", "Their words went with it."
    return f"{PRESSED.get(step.source, PRESSED['confirmation'])}{by}", ""
