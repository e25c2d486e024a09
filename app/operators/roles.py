"""What a role may do. A texter works the desk and the inbox; a manager may do everything."""

from __future__ import annotations

from typing import Final

MANAGER: Final = "manager"
TEXTER: Final = "texter"

#: What only a manager may do, and how a sentence names it.
MANAGERS_ONLY: Final = {
    "import": "import people",
    "start": "prepare or start a campaign",
    "export": "export people or messages",
    "erase": "erase a person or delete texts",
    "opt-out undo": "lift an opt-out",
    "lines": "change lines and their limits",
    "settings": "change the office's settings",
    "operators": "change who works here",
}


def why_not(role: str, act: str) -> str:
    """Why a role may not do ``act`` (a key of :data:`MANAGERS_ONLY`), as a sentence; "" when it may."""
    if role == MANAGER:
        return ""
    words = MANAGERS_ONLY.get(act, "do this")
    return f"Only a manager may {words}. Ask one to sign in."
