"""Whether the story of the opt-out list is whole: its chain, the list beside it, and heads kept elsewhere.

What each finds: the chain itself, a row that was changed, taken out from between others, moved or put in; the
list, an opt-out or a hold that was ended without a row; a head (how long the story was, and the hash of its
newest row), that rows at its end are gone. Somebody who has the file, this program and every kept head can
make the whole anew: against that helps a copy of the story that they cannot reach.
"""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from app.clock import Clock
from app.people import ledger, optouts
from app.reports.tables_out import guarded, private_file
from app.store import keys
from app.store import tables as t
from app.store.engine import Store

#: The head of the last look, beside the database; it tells nothing of anybody.
HEAD_FILE: Final = "optouts.head"
CARRIED: Final = ", carried over"
_PAGE = 5_000
_MOST = 20  # problems that are named; the rest is counted
_COLUMNS = ("row", "at", "number", "action", "source", "operator", "hash", "fits")


class ExaminingError(Exception):
    """A file with an older story cannot be read; the text says why, and that nothing was changed."""


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row of a story: its id ``row`` and ``hash``; ``seen_at`` (UTC seconds) when it was noted."""

    row: int
    hash: str
    seen_at: float = 0.0

    def words(self) -> str:
        """ "Row 1,204, 3f9ac0de41b2": short enough to be written down."""
        return f"Row {self.row:,}, {self.hash[:12]}"


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. ``problems`` are sentences, the weightiest first; () when everything fits.

    ``carried``: rows that were made of the list when the story began. ``before``: opt-outs that stand on the
    list alone. ``cut``: the only thing wrong is that the end of a longer story is missing.
    """

    rows: int
    head: Head | None = None
    carried: int = 0
    before: int = 0
    problems: tuple[str, ...] = ()
    cut: bool = False

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    @property
    def sentence(self) -> str:
        """The whole in words."""
        if self.problems:
            return (
                f"{' '.join(self.problems)} Nobody's opt-out was changed by this check. Keep a copy of the "
                "data and ask who did it."
            )
        words = f"The story of the opt-out list is whole: {self.rows:,} rows, each fits."
        if self.carried:
            words += (
                f" {self.carried:,} of them were carried over from before the story was kept: they are as "
                "they stood on the list then."
            )
        if self.before:
            words += f" {self.before:,} opt-outs on the list are from before the story and have no row in it."
        return f"{words} {self.head.words()} is its newest." if self.head is not None else words


@dataclass(slots=True)
class _Read:
    """What one reading of the chain comes to."""

    rows: int = 0
    carried: int = 0
    head: Head | None = None
    problems: list[str] = field(default_factory=list)
    state: dict[str, str] = field(default_factory=dict)  # keyed number: the last act on it
    words: dict[tuple[str, str], set[str]] = field(default_factory=dict)  # (keyed number, act): hashes
    kept: set[str] = field(default_factory=set)  # keyed numbers of erased people who are to stay out


def examine(store: Store, clock: Clock, against: Iterable[Head] = ()) -> Examined:
    """Go through the whole story and the list. Compares with the head of the last look and with ``against``.

    The head is kept anew when everything fits. Raises ``OSError`` where that cannot be written.
    """
    known = kept(store.folder)
    with store.read() as conn:
        read = _chain(conn)
        ends = _ends(conn, [*([known] if known else []), *against])
        before, beside = _beside(conn, read)
    problems = [*read.problems, *ends, *beside]
    found = Examined(
        read.rows,
        read.head,
        read.carried,
        before,
        tuple(_few(problems)),
        cut=bool(ends) and len(ends) == len(problems),
    )
    if found.whole:
        keep(store.folder, read.head, clock.now())
    return found


def _few(problems: list[str]) -> list[str]:
    more = len(problems) - _MOST
    return problems if more <= 0 else [*problems[:_MOST], f"And {more:,} more such findings."]


# -- the chain ------------------------------------------------------------------------------------


def _pages(conn: sa.Connection) -> Iterator[Mapping[Any, Any]]:
    log, after = t.opt_out_log, 0
    while True:
        query = sa.select(log).where(log.c.id > after).order_by(log.c.id).limit(_PAGE)
        rows = conn.execute(query).mappings().all()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = int(rows[-1]["id"])


def _chain(conn: sa.Connection) -> _Read:
    found, before = _Read(), ""
    key = _key(conn)
    for row in _pages(conn):
        why = _misfit(row, before, key)
        if why and not found.problems:  # what follows on a wrong row tells nothing new
            found.problems.append(_of_row(row, why))
        before = row["hash"]
        found.rows += 1
        found.carried += row["source"].endswith(CARRIED)
        found.head = Head(int(row["id"]), row["hash"])
        _act(found, row["number_key"], row["action"])
        if row["action"] in ("out", "in"):
            act = (row["number_key"], f"{row['action']} {row['at']!r}")
            found.words.setdefault(act, set()).add(row["evidence_hash"])
    return found


def _act(found: _Read, keyed: str, action: str) -> None:
    if action == "erased" and found.state.get(keyed) in ("out", "held"):
        found.kept.add(keyed)
    elif action in ("out", "held", "in"):
        found.kept.discard(keyed)
    if action != "confirmed":
        found.state[keyed] = action


def _key(conn: sa.Connection) -> bytes | None:
    try:
        return ledger.key_of(conn)
    except LookupError:
        return None


def _misfit(row: Mapping[Any, Any], before: str, key: bytes | None) -> str:
    """Why a row does not fit to the one before it; "" when it does."""
    if row["hash"] != ledger.hash_of(dict(row)):
        return "it was changed"
    if row["before"] != before:
        return "a row before it was taken out, moved or put in"
    if key is not None and row["number"] and ledger.keyed(key, row["number"]) != row["number_key"]:
        return "its number was changed"
    return ""


def _of_row(row: Mapping[Any, Any], why: str) -> str:
    when = dt.datetime.fromtimestamp(row["at"], dt.UTC)
    by = f", by {row['operator']}" if row["operator"] else ""
    return f"Row {row['id']:,} does not fit ({row['action']}, {when:%Y-%m-%d %H:%M} UTC{by}): {why}."


def _ends(conn: sa.Connection, heads: Iterable[Head]) -> list[str]:
    """Which of ``heads`` the story does not have: an older one was put in its place, or its end is gone."""
    log = t.opt_out_log.c
    missing = []
    for head in heads:
        there = conn.execute(sa.select(log.hash).where(log.id == head.row)).scalar()
        if there is None or not there.startswith(head.hash):
            missing.append(head)
    if not missing:
        return []
    longest = max(missing, key=lambda head: head.row)
    when = f" on {dt.datetime.fromtimestamp(longest.seen_at, dt.UTC):%Y-%m-%d}" if longest.seen_at else ""
    return [
        f"The story once had another end{when} ({longest.words()}): its newest rows are gone, or an older "
        "copy of the data was put back."
    ]


# -- the list beside it ---------------------------------------------------------------------------


def _beside(conn: sa.Connection, read: _Read) -> tuple[int, list[str]]:
    """How many opt-outs have no row, and what stands otherwise on the list than in the story."""
    key = _key(conn)
    if key is None:
        alone = conn.execute(sa.select(sa.func.count()).select_from(t.opt_out)).scalar_one()
        return int(alone), []
    standing, before, problems = set(), 0, []
    for row in conn.execute(sa.select(t.opt_out).order_by(t.opt_out.c.id)).mappings():
        keyed = ledger.keyed(key, row["number"])
        if row["lifted_at"] is None:
            standing.add(keyed)
        if keyed not in read.state:
            before += 1
        elif why := _otherwise(row, keyed, read):
            problems.append(f"The opt-out of a number that ends in {row['number'][-3:]} {why}.")
    out = standing | set(conn.execute(sa.select(t.erased.c.number_key)).scalars())
    held = {ledger.keyed(key, n) for n in _held(conn)}
    ended = sum(act == "out" and keyed not in out for keyed, act in read.state.items())
    freed = sum(act == "held" and keyed not in out | held for keyed, act in read.state.items())
    lost = len(read.kept - out)
    if lost:
        problems.insert(0, f"Codes that kept erased people out and are gone: {lost:,}.")
    if ended:
        problems.insert(0, f"Opt-outs ended without a row: {ended:,}. These numbers are texted again.")
    if freed:
        problems.insert(0, f"Numbers that waited for a decision and are free without one: {freed:,}.")
    return before, problems


def _held(conn: sa.Connection) -> set[str]:
    return set(conn.execute(sa.select(t.hold.c.number).where(t.hold.c.decided_at.is_(None))).scalars())


def _otherwise(row: Mapping[Any, Any], keyed: str, read: _Read) -> str:
    said = read.words.get((keyed, f"out {row['created_at']!r}"))
    if said is not None and ledger.words_hash(optouts.sealed(row["evidence"], row["said_at"])) not in said:
        return "has other words than when it was noted"
    if row["lifted_at"] is None:
        return "" if read.state[keyed] == "out" else "stands, and the story has it lifted"
    why = read.words.get((keyed, f"in {row['lifted_at']!r}"))
    if why is None:
        return "was lifted without a row"
    shown = optouts.reason_of(row["lifted_reason"], row["lifted_evidence"])
    return "" if ledger.words_hash(shown) in why else "was lifted for another reason than it says now"


# -- heads ----------------------------------------------------------------------------------------


def kept(folder: Path) -> Head | None:
    """The head of the last look; None where none was kept."""
    try:
        values = json.loads((folder / HEAD_FILE).read_text("utf-8"))
        return Head(int(values["row"]), str(values["hash"]), float(values["seen_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(folder: Path, head: Head | None, now: float) -> None:
    """Keep a head beside the database, readable for its owner alone."""
    if head is not None:
        values = {"row": head.row, "hash": head.hash, "seen_at": now}
        keys.write_whole(folder / HEAD_FILE, json.dumps(values).encode("utf-8"))


def accept(store: Store, clock: Clock, reason: str, operator: str) -> None:
    """Take the story as it is from now on: an older copy was put back on purpose. Kept in the audit trail."""
    if not reason.strip():
        raise ValueError("taking a shorter story needs a reason")
    with store.write() as unit:
        read = _chain(unit.conn)
        optouts.record(unit, clock.now(), operator, "opt-out story accepted", f"{read.rows} rows: {reason}")
    keep(store.folder, read.head, clock.now())


def write_story(store: Store, path: Path) -> int:
    """Write every row of the story as a guarded CSV, numbers by their last three digits; returns the rows.

    Its last row is a head, to be compared with later (:func:`heads_of`). Column ``fits`` shows a break.
    """
    with private_file(path) as file, store.read() as conn:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        count, before, key = 0, "", _key(conn)
        for row in _pages(conn):
            at = dt.datetime.fromtimestamp(row["at"], dt.UTC).isoformat(timespec="seconds")
            number = f"•••{row['number'][-3:]}" if row["number"] else ""
            cells = (str(row["id"]), at, number, row["action"], row["source"], row["operator"], row["hash"])
            writer.writerow([guarded(cell) for cell in cells] + [_misfit(row, before, key) or "yes"])
            before = row["hash"]
            count += 1
    return count


def heads_of(path: Path) -> list[Head]:
    """Every row of a story that :func:`write_story` wrote, as heads. Raises :class:`ExaminingError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            found = [Head(int(row["row"]), row["hash"].lstrip("'")) for row in rows]
    except OSError as error:
        raise ExaminingError(f"{path.name} cannot be read. Nothing was changed.") from error
    except (ValueError, KeyError, AttributeError, TypeError, csv.Error) as error:
        raise ExaminingError(
            f"{path.name} is no story of an opt-out list as p2ptext writes it. Nothing was changed."
        ) from error
    if any(len(head.hash) != 2 * hashlib.sha256().digest_size for head in found):
        raise ExaminingError(f"{path.name} has rows without a whole hash. Nothing was changed.")
    return found


def head_from(words: str) -> Head:
    """ "1204:3f9ac0de41b2", as a person wrote it down. Raises :class:`ExaminingError`."""
    place, _, digest = words.replace(",", "").replace(" ", "").lower().partition(":")
    with contextlib.suppress(ValueError):
        if len(digest) >= 8 and int(digest, 16) >= 0:
            return Head(int(place), digest)
    raise ExaminingError(
        f"“{words[:40]}” is no row and hash, such as 1204:3f9ac0de41b2. Nothing was changed."
    )
