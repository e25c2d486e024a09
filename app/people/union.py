"""Two opt-out lists become one: after a restore, and from another computer. Never fewer than either had.

Who was erased there is erased here too, and who was erased here does not come back by the other's list.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from app.clock import Clock
from app.people import holds, ledger, optouts, privacy, privacy_file
from app.store import tables as t
from app.store.engine import DATABASE_NAME, Store, StoreError, Unit, prepare_folder

#: Where a database knows people by their numbers.
_NUMBERS = (
    t.contact.c.number, t.contact_number.c.number, t.conversation.c.number, t.message.c.number,
    t.inbound_part.c.sender, t.imported_text.c.number, t.answer.c.number, t.opt_out.c.number,
    t.hold.c.number, t.consent.c.number,
)  # fmt: skip
_KEY = "key.json"


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge came to: opt-outs and holds that are new here, people erased there who are erased here now
    and who may not be texted by the other's word alone."""

    opt_outs: int
    holds: int
    purged: int
    kept_out: int


@dataclass(frozen=True, slots=True)
class _Theirs:
    out: tuple[str, ...]
    held: tuple[tuple[str, float, str, str, str], ...]
    key: bytes | None
    kept_out: frozenset[str]  # keyed hashes
    erased: frozenset[str]  # the same, of everybody who was erased and did not come again


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A copy of the database file ``path`` in a folder of its own, which can be opened and brought up to
    date; the file itself stays as it is. Raises ``StoreError``."""
    if not path.is_file():
        raise StoreError(f"There is no file {path}. Nothing was changed.")
    with tempfile.TemporaryDirectory(prefix="p2ptext-") as made:
        room = Path(made) / "data"
        prepare_folder(room)
        for end in ("", "-wal"):
            source = path.with_name(path.name + end)
            if source.exists():
                shutil.copyfile(source, room / (DATABASE_NAME + end))
                (room / (DATABASE_NAME + end)).chmod(0o600)
        if path.with_name(_KEY).exists():
            shutil.copyfile(path.with_name(_KEY), room / _KEY)
            (room / _KEY).chmod(0o600)
        yield room


def merge(
    store: Store, clock: Clock, other: Store, operator: str, *, evidence: str, purge: bool = False
) -> Merged:
    """Add what stands on the list of ``other`` to the one here, in one transaction. Nothing is lifted.

    ``purge``: erase here whoever was erased there. Raises :class:`~app.people.privacy.PrivacyError` while a
    text to such a person is on its way, or where the disk has no room; nothing is changed then.
    """
    if purge and (words := privacy_file.lacking(store)):
        raise privacy.PrivacyError(words)
    theirs = _read(other)
    now = clock.now()
    with store.write() as unit:
        gone = _erased_here(unit.conn, theirs.out)
        added = optouts.opt_out_many(
            unit, clock, [number for number in theirs.out if number not in gone], source="import",
            evidence=evidence, operator=operator,
        )  # fmt: skip
        added += privacy.keep_out_unnamed(unit, now, sorted(gone), operator)
        kept = _keep_out(unit, now, theirs)
        frozen = _hold(unit, now, theirs, gone)
        purged = _purge(unit, now, theirs, operator) if purge else 0
    if purged:
        privacy.finish(store)
    return Merged(added, frozen, purged, kept)


def _read(other: Store) -> _Theirs:
    h = t.hold.c
    with other.read() as conn:
        out = conn.execute(sa.select(t.opt_out.c.number).where(t.opt_out.c.lifted_at.is_(None))).scalars()
        held = conn.execute(
            sa.select(h.number, h.created_at, h.rule, h.said, h.why).where(h.decided_at.is_(None))
        )
        try:
            key = ledger.key_of(conn)
        except LookupError:
            return _Theirs(tuple(out), tuple(tuple(row) for row in held), None, frozenset(), frozenset())
        log = t.opt_out_log.c
        erased = set(conn.execute(sa.select(log.number_key).where(log.action == "erased")).scalars())
        back = {ledger.keyed(key, number) for number in _numbers(conn)} if erased else set()
        return _Theirs(
            tuple(out),
            tuple(tuple(row) for row in held),
            key,
            frozenset(conn.execute(sa.select(t.erased.c.number_key)).scalars()),
            frozenset(erased - back),
        )


def _numbers(conn: sa.Connection) -> set[str]:
    """Every number that the database knows."""
    found: set[str] = set()
    for column in _NUMBERS:
        found.update(conn.execute(sa.select(column).distinct()).scalars())
    return found


def _erased_here(conn: sa.Connection, numbers: tuple[str, ...]) -> set[str]:
    """Which of ``numbers`` were erased here and are in no other table since."""
    log = t.opt_out_log.c
    keys_of = set(conn.execute(sa.select(log.number_key).where(log.action == "erased")).scalars())
    if not keys_of:
        return set()
    key = ledger.key_of(conn)
    gone = {number for number in numbers if ledger.keyed(key, number) in keys_of}
    return gone - _numbers(conn) if gone else set()


def _keep_out(unit: Unit, now: float, theirs: _Theirs) -> int:
    """Take over whom the other knows as a keyed hash alone; its key comes along where it is another one."""
    if theirs.key is None or not theirs.kept_out:
        return 0
    ledger.know_key(unit, theirs.key)
    known = set(unit.conn.execute(sa.select(t.erased.c.number_key)).scalars())
    rows = [
        {"number_key": each, "at": now, "source": "another list"} for each in sorted(theirs.kept_out - known)
    ]
    if rows:
        unit.conn.execute(sa.insert(t.erased), rows)
    return len(rows)


def _hold(unit: Unit, now: float, theirs: _Theirs, gone: set[str]) -> int:
    frozen = holds.standing_set(unit.conn, [row[0] for row in theirs.held])
    count = 0
    for number, at, rule, said, why in theirs.held:
        if number not in frozen and number not in gone and not optouts.active(unit.conn, number):
            holds.put(unit, min(at, now), number, rule=rule, said=said, why=why, message_id=None)
            count += 1
    return count


def _purge(unit: Unit, now: float, theirs: _Theirs, operator: str) -> int:
    if theirs.key is None or not theirs.erased:
        return 0
    whom = sorted(
        number for number in _numbers(unit.conn) if ledger.keyed(theirs.key, number) in theirs.erased
    )
    for number in whom:
        privacy.erase_within(unit, now, number, operator)
    return len(whom)
