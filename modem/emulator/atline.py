"""One AT command line taken apart (ITU-T V.250 5.2): pure text in, frozen commands out."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

_EXTENDED = re.compile(r"[+^*#$%_][A-Z][A-Z0-9_]*", re.IGNORECASE)
_REGISTER = re.compile(r"S(\d+)(\?|=(\d*))?", re.IGNORECASE)
_BASIC = re.compile(r"([&\\]?[A-Z])(\d*)", re.IGNORECASE)


class Form(enum.Enum):
    """How a command was asked: ``+X``, ``+X=..``, ``+X?`` or ``+X=?``."""

    RUN = "run"
    SET = "set"
    READ = "read"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a line. ``name`` is upper case ("+CMGS", "E", "&F"), ``raw`` what follows ``=``."""

    name: str
    form: Form
    raw: str = ""

    def args(self) -> list[str]:
        """The values between commas outside quotes, quotes taken off."""
        values: list[str] = []
        current: list[str] = []
        quoted = False
        for char in self.raw:
            if char == '"':
                quoted = not quoted
            elif char == "," and not quoted:
                values.append("".join(current).strip())
                current = []
            else:
                current.append(char)
        values.append("".join(current).strip())
        return values


def split_line(body: str) -> list[Command]:
    """The commands of a line whose ``AT`` is taken off. Raises ``ValueError`` on what is no command."""
    commands: list[Command] = []
    at = 0
    while at < len(body):
        if body[at] in " ;":
            at += 1
            continue
        command, at = _next_command(body, at)
        commands.append(command)
    return commands


def _next_command(body: str, at: int) -> tuple[Command, int]:
    extended = _EXTENDED.match(body, at)
    if extended:
        end = _end_of_extended(body, extended.end())
        return _extended(extended.group().upper(), body[extended.end() : end].strip()), end
    if body[at] in "dD":
        return Command("D", Form.RUN, body[at + 1 :].strip()), len(body)
    register = _REGISTER.match(body, at)
    if register:
        form = Form.READ if register.group(2) == "?" else Form.SET
        return Command(f"S{register.group(1)}", form, register.group(3) or ""), register.end()
    basic = _BASIC.match(body, at)
    if basic is None:
        raise ValueError("no command starts here")
    return Command(basic.group(1).upper(), Form.RUN, basic.group(2)), basic.end()


def _extended(name: str, tail: str) -> Command:
    if tail == "":
        return Command(name, Form.RUN)
    if tail == "?":
        return Command(name, Form.READ)
    if tail == "=?":
        return Command(name, Form.TEST)
    if tail.startswith("="):
        return Command(name, Form.SET, tail[1:].strip())
    raise ValueError(f"{name} is followed by nonsense")


def _end_of_extended(body: str, start: int) -> int:
    quoted = False
    for position in range(start, len(body)):
        if body[position] == '"':
            quoted = not quoted
        elif body[position] == ";" and not quoted:
            return position
    return len(body)


def typed(line: bytes) -> str:
    """A typed line without its control characters, backspaces (V.250 S5) carried out."""
    if b"\x08" in line:
        kept = bytearray()
        for octet in line:
            if octet == 0x08:
                del kept[-1:]
            else:
                kept.append(octet)
        line = bytes(kept)
    return "".join(char for char in line.decode("latin-1") if char >= " ").strip()
