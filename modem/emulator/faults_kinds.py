"""What one fault is, and the words that several of them share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modem.emulator.device import Device

Bend = Callable[["Device", Any, list[str]], None]
Alter = Callable[[bytes], bytes]
BACK_AFTER = 1.0  # seconds that a port is gone
KINDS = {
    "unknown": b"\r\n+FOOBAR: 1\r\n",
    "rssi": b"\r\n^RSSI: 18\r\n",
    "cmti": b'\r\n+CMTI: "SM",1\r\n',
    "okay": b"\r\nOKAY see you\r\n",
    "creg": b"\r\n+CREG: 1\r\n",
    "ring": b"\r\nRING\r\n",
}
KIND_WORDS = "[" + "|".join(KINDS) + "]"


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of the table: where it acts, what it does, how to ask for it.

    ``undo`` ends a fault of the point "state"; None where it is over by itself. ``commands`` are those
    that a fault of the point "command" waits for.
    """

    point: str
    bend: Bend
    usage: str
    undo: Callable[[Device], None] | None = None
    commands: tuple[str, ...] = ()


def seconds(args: list[str], default: float, position: int = 0) -> float:
    """A time among the arguments. Raises ``ValueError`` outside 0..3600."""
    value = float(args[position]) if len(args) > position else default
    if not 0 <= value <= 3600:
        raise ValueError("from 0 to 3600 seconds")
    return value


def code(args: list[str], default: int | None = None) -> int:
    """An error's number. Raises ``ValueError`` outside 0..999, ``IndexError`` where none is given."""
    value = int(args[0]) if args or default is None else default
    if not 0 <= value <= 999:
        raise ValueError("from 0 to 999")
    return value


def count(args: list[str], default: int) -> int:
    """How many of something. Raises ``ValueError`` outside 0..10000."""
    value = int(args[0]) if args else default
    if not 0 <= value <= 10_000:
        raise ValueError("from 0 to 10000")
    return value


def unasked_lines(args: list[str]) -> bytes:
    """The unsolicited lines of these kinds; a few where none is named."""
    chosen = [word for word in args if word in KINDS] or ["unknown", "rssi", "cmti"]
    return b"".join(KINDS[word] for word in chosen)


def only(args: list[str], *known: str) -> None:
    """Raise ``ValueError`` for a word that means nothing here."""
    if set(args) - set(known):
        raise ValueError("where and which")


# Ways to alter the octets of an answer, for command lines and for what follows Ctrl-Z alike.


def inserted(offset: int, octets: bytes) -> Alter:
    """These octets in the middle; behind the answer where it is shorter."""
    if not 0 <= offset <= 10_000:
        raise ValueError("from 0 to 10000")
    return lambda answer: answer[:offset] + octets + answer[offset:]


def garbage(args: list[str]) -> Alter:
    """Octets of line noise, in the middle unless the arguments say where."""
    noise = b"\x00\xff\x15\xfe\x80"
    if args:
        return inserted(int(args[0]), noise)
    return lambda answer: answer[: len(answer) // 2] + noise + answer[len(answer) // 2 :]


def cut(args: list[str]) -> Alter:
    """So many octets come and no more; half of them unless said."""
    kept = count(args, -1) if args else None
    return lambda answer: answer[: len(answer) // 2 if kept is None else kept]


def merged(answer: bytes) -> bytes:
    """The line ends between two lines are lost."""
    return answer.replace(b"\r\n\r\n", b"", 1)


def without_ok(answer: bytes) -> bytes:
    """The final OK is lost."""
    return answer.removesuffix(b"\r\nOK\r\n")
