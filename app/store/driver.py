"""Which SQLite we run on, and how safely it may be set.

SQLite 3.7.0 to 3.51.2 can corrupt a write-ahead log when two connections write or checkpoint
(sqlite.org/wal.html#walresetbug; fixed in 3.51.3, back-ported to 3.50.7 and 3.44.6). An interpreter may
carry such a version, so the library that brings its own newer SQLite is preferred, and where only an
old one is there the rollback journal is used instead.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import ModuleType

Version = tuple[int, int, int]

#: How every SQLite file begins that is not encrypted (sqlite.org/fileformat2.html 1.3).
PLAIN_HEADER = b"SQLite format 3\0"
KEY_BYTES = 32
NO_CIPHER = (
    "Encryption is not available on this platform: the library that does it (sqlcipher3) is not installed "
    "here. Nothing was changed. Use the encryption of the disk or of the user account instead."
)


def dbapi() -> ModuleType:
    """The DB-API module to use: sqlcipher3 where it is installed (SQLite 3.53), else the interpreter's."""
    try:
        import sqlcipher3.dbapi2 as module
    except ImportError:
        return sqlite3
    return module  # type: ignore[no-any-return]


def can_encrypt() -> bool:
    """Whether the SQLite that is used here can read and write encrypted files."""
    return dbapi().__name__.startswith("sqlcipher3")


def key_pragmas(key: bytes | None) -> tuple[str, ...]:
    """The first statements of a connection to a file that is encrypted with ``key`` (32 octets).

    A raw key: no passphrase is stretched here, which would take a tenth of a second for each connection.
    """
    if key is None:
        return ()
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 octets")
    # The library would write its own complaints about a wrong key to standard error.
    return (f"PRAGMA key=\"x'{key.hex()}'\"", "PRAGMA cipher_log_level=NONE")


def is_encrypted(path: Path) -> bool:
    """Whether the database file has content that does not begin as a plain SQLite file does."""
    try:
        with path.open("rb") as file:
            begin = file.read(len(PLAIN_HEADER))
    except FileNotFoundError:
        return False
    return bool(begin) and begin != PLAIN_HEADER


def wal_is_safe(version: Version) -> bool:
    """True where the write-ahead log may be used with several connections."""
    if version >= (3, 51, 3) or version < (3, 7, 0):
        return version >= (3, 7, 0)
    fixed = {(3, 50): 7, (3, 44): 6}
    patch = fixed.get(version[:2])
    return patch is not None and version[2] >= patch


def journal_pragmas(version: Version) -> tuple[str, ...]:
    """The pragmas that make a commit durable on this version: no committed row is lost with the power."""
    if wal_is_safe(version):
        return (
            "PRAGMA journal_mode=WAL",
            "PRAGMA synchronous=FULL",
            # Moving the log into the database costs a few synced writes: that is done when a line is idle
            # (Store.tidy), not in the middle of a press, unless nobody gets round to it for 64 MB.
            "PRAGMA wal_autocheckpoint=16000",
        )
    return ("PRAGMA journal_mode=DELETE", "PRAGMA synchronous=EXTRA")


COMMON_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    # What is deleted is overwritten, also in pages that are given back: see app/people/privacy_file.py.
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA mmap_size=0",
    "PRAGMA fullfsync=ON",
    "PRAGMA checkpoint_fullfsync=ON",
)
