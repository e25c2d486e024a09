"""What ``p2ptext doctor`` looks at: the data folder, the database, the window, keyring, modems, lines."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from app import diagnosis_lines, diagnosis_modems
from app.diagnosis_words import Finding, finding
from app.secrets import Secrets
from app.store import driver, keys
from app.store.engine import DATABASE_NAME, make_engine, sqlite_version
from modem.discovery.discover import Machine

__all__ = ["Finding", "examine"]


def examine(
    folder: Path,
    urls: tuple[str, ...] = (),
    *,
    asking: bool = False,
    machine: Machine | None = None,
    secrets: Secrets | None = None,
    key: bytes | None = None,
) -> tuple[Finding, ...]:
    """Look at everything. Opens a port only where its address is in ``urls``, or ``asking`` allows it.

    ``key`` opens an encrypted database; without it that one is not looked into.
    """
    machine, secrets = machine or Machine(), secrets or Secrets()
    return (
        *_data_folder(folder),
        *_database(folder, key),
        *_window(),
        *_keyring(secrets),
        *diagnosis_modems.libraries(),
        *diagnosis_modems.modems(machine, asking=asking),
        *(item for url in urls for item in diagnosis_lines.line(url, machine, secrets)),
    )


def _keyring(secrets: Secrets) -> Iterator[Finding]:
    secrets.get("doctor")  # a locked one shows it only when it is asked for something
    if secrets.available:
        yield finding("keyring")
    else:
        yield finding("no-keyring", why=secrets.why)


def _data_folder(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield finding("data-new", folder=folder)
        return
    mode = folder.stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        yield finding("data-open", folder=folder)
    elif not os.access(folder, os.W_OK):
        yield finding("data-readonly", folder=folder)
    else:
        yield finding("data", folder=folder)


def _database(folder: Path, key: bytes | None) -> Iterator[Finding]:
    version = sqlite_version()
    words = ".".join(map(str, version))
    mode = "write-ahead log" if driver.wal_is_safe(version) else "rollback journal"
    yield finding("sqlite", version=words, driver=driver.dbapi().__name__, mode=mode)
    path = folder / DATABASE_NAME
    if not path.exists():
        return
    encrypted = driver.is_encrypted(path) and keys.present(folder)
    if encrypted and key is None:
        yield finding("database-locked" if driver.can_encrypt() else "no-cipher")
        return
    if encrypted:
        yield finding("encrypted")
    elif not driver.is_encrypted(path):
        yield finding("not-encrypted")
    try:
        engine = make_engine(path, key=key)
        with engine.connect() as conn:
            answer = str(conn.exec_driver_sql("PRAGMA quick_check").scalar())
        engine.dispose()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the file is the finding
        yield finding("database-unreadable", why=error)
        return
    if answer == "ok":
        yield finding("database", size=f"{path.stat().st_size / 1e6:.1f} MB")
    else:
        yield finding("database-damaged", why=answer)


def _window() -> Iterator[Finding]:
    try:
        import PySide6
        from PySide6 import QtWidgets
    except ImportError as error:
        yield finding("window-missing", why=error)
        return
    del QtWidgets
    if PySide6.__version_info__[:2] >= (6, 12) and sys.version_info < (3, 12):
        yield finding("window-crashes", version=PySide6.__version__)
    else:
        yield finding("window", version=PySide6.__version__)
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        yield finding("no-display")
