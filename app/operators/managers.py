"""A manager at the command line: once one has a PIN, what is a manager's asks for it there too.

The PIN comes from a file, from standard input or from a person at a terminal; never from the command line,
which other programs can read.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Final

from app.operators import profiles
from app.operators.profiles import OperatorError, Profile
from app.operators.roles import MANAGER, MANAGERS_ONLY
from app.workspace import Workspace

#: The commands that are a manager's, with what a sentence calls them.
COMMANDS: Final = {
    "import": "import",
    "campaign": "start",
    "export": "export",
    "answers": "import",
    "handover": "export",
    "takeover": "import",
    "person export": "export",
    "person erase": "erase",
    "optouts merge": "import",
    "optouts import": "import",
    "optouts lift": "opt-out undo",
    "optouts story": "export",
}
_STANDARD_INPUT = Path("-")
_MOST = 200


def identify(workspace: Workspace, options: argparse.Namespace) -> None:
    """Let a manager's command go on, in their name. Raises ``OperatorError`` with what is missing."""
    command, action = getattr(options, "command", ""), getattr(options, "action", "")
    act = COMMANDS.get(f"{command} {action}") or COMMANDS.get(command)
    people = profiles.everyone(workspace.store)
    with_pin = tuple(p for p in people if p.active and p.role == MANAGER and p.has_pin)
    named: str = getattr(options, "operator", "") or ""
    if act is not None and named and not with_pin:
        profiles.manager_of(workspace.store, named)  # a texter's name is refused with or without PINs
    if act is None or not with_pin:
        return
    file: Path | None = getattr(options, "pin_file", None)
    if not (named and file) and not sys.stdin.isatty():
        raise OperatorError(
            f"Only a manager may {MANAGERS_ONLY[act]}. Nothing was changed. Give --operator NAME and "
            "--pin-file FILE (- reads the PIN from standard input), or run this at a terminal."
        )
    who = _who(workspace, named or input("Manager: "))
    pin = _from_file(file) if file is not None else getpass.getpass(f"PIN of {who.name}: ")
    workspace.sign_in(profiles.check_pin(workspace.store, workspace.clock, who.id, pin))
    profiles.signed_in(workspace.store, workspace.clock, who)


def forget_pin(workspace: Workspace, name: str) -> None:
    """Take somebody's PIN away, for an office where nobody else could: whoever can run this has the data."""
    wanted = profiles.key_of(name)
    for each in profiles.everyone(workspace.store):
        if profiles.key_of(each.name) == wanted:
            profiles.set_pin(workspace.store, workspace.clock, each.id, "", by="command line")
            return
    raise OperatorError(f"Nobody called “{profiles.clean(name)[:60]}” works here. Nothing was changed.")


def _who(workspace: Workspace, name: str) -> Profile:
    who = profiles.manager_of(workspace.store, name)
    if not who.has_pin:
        raise OperatorError(f"{who.name} has no PIN. Nothing was changed. Name a manager who has one.")
    return who


def _from_file(path: Path) -> str:
    try:
        if path == _STANDARD_INPUT:
            line = sys.stdin.readline(_MOST)
        else:
            with path.open(encoding="utf-8-sig") as file:
                line = file.readline(_MOST)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", "") or "not UTF-8 text"
        raise OperatorError(f"The PIN could not be read from {path} ({why}). Nothing was changed.") from error
    return line.strip()
