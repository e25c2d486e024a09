"""Reads the modules of the inbox before they are needed, so that its first opening is no stall."""

from __future__ import annotations

import importlib
import threading

#: After so many milliseconds the first page stands, and nobody waits for the machine.
AFTER_MS = 900
MODULES = ("ui.inbox.page",)
_one_at_a_time = threading.Lock()


def warm() -> None:
    """Import what is needed soon. Called on a thread; it makes no object of Qt's."""
    with _one_at_a_time:
        for name in MODULES:
            importlib.import_module(name)


def wait() -> None:
    """Let an import that is under way end: two threads must not be halfway through the same modules."""
    with _one_at_a_time:
        pass
