"""A gammu-smsd database in SQLite: its ``inbox`` and ``sentitems``, read only and within bounds.

A long text is there in several rows: those of the inbox by the concatenation header in ``UDH`` (3GPP TS
23.040 9.2.3.24.1 and 9.2.3.24.8), those of sentitems by their common ``ID`` and ``SequencePosition``. The
daemon writes the time of the computer that it ran on, without a zone: it is taken for this computer's.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from app.people.formats.oldtext import MAX_CHARS, MAX_TEXTS, OldText
from app.people.reading import ImportFailure

MAGIC = b"SQLite format 3\0"
_LIMIT_LENGTH = 1024 * 1024
_STEPS, _MOST_ROUNDS = 100_000, 5_000  # of the database machine; a table's plain reading needs far fewer
_CONCATENATED = re.compile(
    r"(?:[0-9A-F]{2})*?(?:0003([0-9A-F]{2})|0804([0-9A-F]{4}))([0-9A-F]{2})([0-9A-F]{2})", re.I
)
_SENT = ("SendingOK", "SendingOKNoReport", "DeliveryOK", "DeliveryPending", "DeliveryUnknown")
_FAILED = ("SendingError", "DeliveryFailed", "Error")
_INBOX = (
    "SELECT ID, ReceivingDateTime, SenderNumber, TextDecoded, UDH FROM inbox "
    "ORDER BY ReceivingDateTime, ID LIMIT ?"
)
_OUT = (
    "SELECT ID, SendingDateTime, DestinationNumber, TextDecoded, Status, SequencePosition FROM sentitems "
    "ORDER BY ID, SequencePosition LIMIT ?"
)


def texts(path: Path) -> Iterator[OldText]:
    """Received texts, then sent ones. Raises :class:`ImportFailure`."""
    try:
        with closing(_open(path)) as db:
            yield from _received(db, path)
            yield from _sent(db, path)
    except sqlite3.Error as error:
        raise ImportFailure(
            f"{path.name} is a database that cannot be read ({error}). Stop gammu-smsd, copy its file and "
            "import the copy. Nothing was imported."
        ) from error


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    db.text_factory = lambda octets: octets.decode("utf-8", "replace")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LIMIT_LENGTH)
    db.execute("PRAGMA trusted_schema=OFF")
    rounds = iter(range(_MOST_ROUNDS))
    db.set_progress_handler(lambda: next(rounds, None) is None, _STEPS)
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {"inbox", "sentitems"} <= tables:
        db.close()
        raise ImportFailure(
            f"{path.name} is a database, but not one of gammu-smsd: it has no tables inbox and sentitems. "
            "Nothing was imported."
        )
    return db


def _rows(db: sqlite3.Connection, query: str, path: Path) -> list[tuple[Any, ...]]:
    found = db.execute(query, (MAX_TEXTS + 1,)).fetchall()
    if len(found) > MAX_TEXTS:
        raise ImportFailure(f"{path.name} has over {MAX_TEXTS:,} texts. Nothing was imported.")
    return found


def _received(db: sqlite3.Connection, path: Path) -> Iterator[OldText]:
    """Inbound texts; the parts of a long one stand where its last part came."""
    waiting: dict[tuple[str, str, int], dict[int, str]] = {}
    last: dict[tuple[str, str, int], tuple[int, float]] = {}
    for key, when, sender, text, udh in _rows(db, _INBOX, path):
        at = _seconds(when)
        if at is None:
            continue
        words = str(text or "")
        match = _CONCATENATED.fullmatch(str(udh or "")[2:])
        if match is not None:
            total, part = int(match[3], 16), int(match[4], 16)
            label = (str(sender), match[1] or match[2], total)
            parts = waiting.setdefault(label, {})
            parts[part], last[label] = words, (int(key), at)
            if len(parts) < total:
                continue
            words = "".join(parts[i] for i in sorted(waiting.pop(label)))
        yield OldText(int(key), _address(sender), "", True, False, words[:MAX_CHARS], at)
    for label, parts in waiting.items():
        words = "".join(parts[i] for i in sorted(parts)) + f" [{label[2] - len(parts)} of its parts missing]"
        key, at = last[label]
        yield OldText(key, _address(label[0]), "", True, False, words[:MAX_CHARS], at)


def _sent(db: sqlite3.Connection, path: Path) -> Iterator[OldText]:
    found: dict[Any, OldText] = {}
    for key, when, number, text, status, _part in _rows(db, _OUT, path):
        at = _seconds(when)
        if at is None or status not in (*_SENT, *_FAILED):
            continue
        before = found.get(key)
        words = (before.text if before else "") + str(text or "")
        failed = status in _FAILED or (before is not None and before.failed)
        found[key] = OldText(
            int(key), _address(number), "", False, failed, words[:MAX_CHARS], before.at if before else at
        )
    yield from found.values()


def _address(value: object) -> str:
    return str(value or "")[:200]


def _seconds(value: object) -> float | None:
    try:
        when = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if not 1990 < when.year < 2200:
        return None
    return when.astimezone().timestamp()
