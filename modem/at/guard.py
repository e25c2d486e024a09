"""What a technician may not type: anything that sends a text."""

from __future__ import annotations

import re

# With what some makers call the same: AT+QCMGS, AT#CMGS, AT^SCMS. V.250 5.2 lets a modem ignore spaces
# and letter case, so both are taken away before looking.
_SENDS = re.compile(r"CMGS|CMSS|CMGC|CMGW|\^SCM[SW]")
_SETTINGS = re.compile(r"ATZ|AT&|\+CFUN|\+CMGF|\+CNMI|\+CPMS|\+CSMS|ATE|ATV|\+CMEE|\+CSCS")


def refuse_if_it_sends(line: str) -> None:
    """Raise ``ValueError`` for a command line that sends or prepares a text, or repeats the last one."""
    if any(not char.isprintable() for char in line):
        raise ValueError("A command is one line of printable characters.")
    try:
        line.encode("ascii")
    except UnicodeEncodeError:
        raise ValueError("A command is written in plain ASCII characters.") from None
    bare = line.replace(" ", "").upper()
    if _SENDS.search(bare):
        raise ValueError("Commands that send a text are not run from here: texts leave only by a click.")
    if bare.startswith("A/"):
        raise ValueError("Repeating the last command is not possible here. Type it in full.")
    if not bare.startswith("AT"):
        raise ValueError("A command begins with AT.")


def changes_settings(line: str) -> bool:
    """True when the modem must be set up again after this command."""
    return _SETTINGS.search(line.replace(" ", "").upper()) is not None
