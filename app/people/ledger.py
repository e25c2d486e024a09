"""What was done to the opt-out list, in rows that are only ever added: each holds the hash of the one before.

The chain is made over keyed hashes of the numbers, so that it stays whole when a person is erased: the number
goes, its row does not.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.store.engine import Store, Unit
from app.store.tables import erased, office_setting, opt_out_log

ACTIONS = ("out", "in", "held", "kept", "erased", "confirmed")
_KEY = "number key"
_OTHERS = "number keys of others"
_CHUNK = 400


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. ``at`` in UTC seconds; ``number`` is "" once the person was erased."""

    id: int
    at: float
    number: str
    action: str
    source: str
    operator: str


def key_of(conn: sa.Connection) -> bytes:
    """The key of the numbers' hashes: made once, kept in the database, which a passphrase encrypts.

    Raises ``LookupError`` where none was made yet (:func:`make_key`).
    """
    stored = conn.execute(sa.select(office_setting.c.value).where(office_setting.c.key == _KEY)).scalar()
    if stored is None:
        raise LookupError("no key yet")
    return bytes.fromhex(json.loads(stored))


def make_key(unit: Unit) -> bytes:
    """The same, made now if there is none."""
    try:
        return key_of(unit.conn)
    except LookupError:
        key = secrets.token_bytes(32)
        unit.conn.execute(sa.insert(office_setting).values(key=_KEY, value=json.dumps(key.hex())))
        return key


def know_key(unit: Unit, key: bytes) -> None:
    """Keep the key of another list, whose hashes of erased people came along."""
    own = make_key(unit)
    known = _other_keys(unit.conn)
    if key == own or key in known:
        return
    s = office_setting
    value = json.dumps([each.hex() for each in (*known, key)])
    if not unit.conn.execute(sa.update(s).where(s.c.key == _OTHERS).values(value=value)).rowcount:
        unit.conn.execute(sa.insert(s).values(key=_OTHERS, value=value))


def _other_keys(conn: sa.Connection) -> tuple[bytes, ...]:
    stored = conn.execute(sa.select(office_setting.c.value).where(office_setting.c.key == _OTHERS)).scalar()
    return tuple(bytes.fromhex(each) for each in json.loads(stored)) if stored else ()


def keyed(key: bytes, number: str) -> str:
    """HMAC-SHA-256 of a number (E.164) in hex: without the key nobody can find the number by trying all."""
    return hmac.new(key, number.encode("utf-8"), hashlib.sha256).hexdigest()


def keys_of(conn: sa.Connection, numbers: Iterable[str]) -> tuple[str, ...]:
    """The keyed hashes of ``numbers`` (E.164), by this list's key and by those of other lists."""
    try:
        known = (key_of(conn), *_other_keys(conn))
    except LookupError:
        return ()
    return tuple(keyed(key, number) for number in numbers for key in known)


def append(
    unit: Unit,
    at: float,
    number: str,
    action: str,
    *,
    source: str = "",
    evidence: str = "",
    operator: str = "",
) -> None:
    """Add a row in the caller's transaction. ``evidence`` is kept as its hash alone."""
    if action not in ACTIONS:
        raise ValueError(f"unknown act on the opt-out list: {action!r}")
    last = sa.select(opt_out_log.c.hash).order_by(opt_out_log.c.id.desc()).limit(1)
    before = unit.conn.execute(last).scalar() or ""
    row = {
        "at": at,
        "number_key": keyed(make_key(unit), number),
        "action": action,
        "source": source,
        "evidence_hash": words_hash(evidence),
        "operator": operator,
        "before": before,
    }
    unit.conn.execute(sa.insert(opt_out_log).values(**row, number=number, hash=hash_of(row)))


def append_many(
    unit: Unit, at: float, told: Iterable[tuple[str, str]], action: str, *, source: str, operator: str
) -> None:
    """Add a row for each (number, evidence)."""
    key = make_key(unit)
    last = sa.select(opt_out_log.c.hash).order_by(opt_out_log.c.id.desc()).limit(1)
    before = unit.conn.execute(last).scalar() or ""
    rows = []
    for number, evidence in told:
        row = {
            "at": at, "number_key": keyed(key, number), "action": action, "source": source,
            "evidence_hash": words_hash(evidence), "operator": operator, "before": before,
        }  # fmt: skip
        before = hash_of(row)
        rows.append({**row, "number": number, "hash": before})
    for start in range(0, len(rows), _CHUNK):
        unit.conn.execute(sa.insert(opt_out_log), rows[start : start + _CHUNK])


def words_hash(words: str) -> str:
    """SHA-256 of what was said, in hex; "" of nothing."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest() if words else ""


def hash_of(row: dict[str, object]) -> str:
    """The hash of a row: SHA-256 over all of it but the number itself, and over the hash before it."""
    parts = [
        row[name] for name in ("at", "number_key", "action", "source", "evidence_hash", "operator", "before")
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode("ascii")).hexdigest()


def check(store: Store) -> int | None:
    """The id of the first row that does not fit to the one before it; None while the chain is whole."""
    before, after = "", 0
    with store.read() as conn:
        while True:
            query = (
                sa.select(opt_out_log).where(opt_out_log.c.id > after).order_by(opt_out_log.c.id).limit(5_000)
            )
            rows = conn.execute(query).mappings().all()
            for row in rows:
                if row["before"] != before or row["hash"] != hash_of(dict(row)):
                    return int(row["id"])
                before = row["hash"]
            if len(rows) < 5_000:
                return None
            after = int(rows[-1]["id"])


def story(store: Store, number: str) -> tuple[Entry, ...]:
    """Everything that was done to one number, the oldest first; also of one that was erased."""
    with store.read() as conn:
        try:
            key = key_of(conn)
        except LookupError:
            return ()
        query = (
            sa.select(*(opt_out_log.c[name] for name in Entry.__dataclass_fields__))
            .where(opt_out_log.c.number_key == keyed(key, number))
            .order_by(opt_out_log.c.id)
        )
        return tuple(Entry(*row) for row in conn.execute(query))


# -- people who were erased and may not be texted ----------------------------------------------------


def erased_among(conn: sa.Connection, numbers: Iterable[str]) -> set[str]:
    """Which of ``numbers`` were erased and may not be texted."""
    if conn.execute(sa.select(erased.c.number_key).limit(1)).first() is None:
        return set()
    every = list(numbers)
    known = (key_of(conn), *_other_keys(conn))
    keys = {keyed(key, number): number for key in known for number in every}
    wanted = list(keys)
    found: set[str] = set()
    for start in range(0, len(wanted), _CHUNK):
        query = sa.select(erased.c.number_key).where(erased.c.number_key.in_(wanted[start : start + _CHUNK]))
        found.update(keys[each] for each in conn.execute(query).scalars())
    return found


def let_back(unit: Unit, number: str) -> bool:
    """Somebody who was erased may be texted again; False where none such was kept out."""
    if not erased_among(unit.conn, (number,)):
        return False
    keys = [keyed(key, number) for key in (key_of(unit.conn), *_other_keys(unit.conn))]
    return bool(unit.conn.execute(sa.delete(erased).where(erased.c.number_key.in_(keys))).rowcount)
