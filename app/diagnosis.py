"""What ``p2ptext doctor`` looks at: the data folder, the database, the window's libraries, the ports."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.store import driver
from app.store.engine import DATABASE_NAME, make_engine, sqlite_version


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``action`` is the one thing that helps; "" when nothing is needed."""

    good: bool
    what: str
    action: str = ""

    @property
    def sign(self) -> str:
        """A word, since a colour or a tick alone would not reach everyone."""
        return "ok     " if self.good else "PROBLEM"


def examine(folder: Path, urls: tuple[str, ...] = ()) -> tuple[Finding, ...]:
    """Look at everything; asks a modem only where its address is given."""
    return (
        *_data_folder(folder),
        *_database(folder),
        *_window(),
        *_ports(),
        *(finding for url in urls for finding in _modem(url)),
    )


def _data_folder(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield Finding(True, f"data folder {folder}: not made yet; the first start makes it")
        return
    mode = folder.stat().st_mode & 0o777
    if os.name == "posix" and mode & 0o077:
        yield Finding(
            False,
            f"data folder {folder}: other users of this computer can look into it",
            f"chmod 700 {folder}",
        )
    elif not os.access(folder, os.W_OK):
        yield Finding(
            False, f"data folder {folder}: cannot be written", "Choose another with --data, or ask its owner."
        )
    else:
        yield Finding(True, f"data folder {folder}: private and writable")


def _database(folder: Path) -> Iterator[Finding]:
    version = sqlite_version()
    words = ".".join(map(str, version))
    mode = "write-ahead log" if driver.wal_is_safe(version) else "rollback journal"
    yield Finding(True, f"SQLite {words} ({driver.dbapi().__name__}): {mode}, every commit on disk")
    path = folder / DATABASE_NAME
    if not path.exists():
        return
    try:
        engine = make_engine(path)
        with engine.connect() as conn:
            answer = str(conn.exec_driver_sql("PRAGMA quick_check").scalar())
        engine.dispose()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the file is the finding
        yield Finding(
            False,
            f"database: cannot be read ({error})",
            "Copy the data folder aside, then restore a backup from its folder backups.",
        )
        return
    if answer == "ok":
        yield Finding(True, f"database: sound, {path.stat().st_size / 1e6:.1f} MB")
    else:
        yield Finding(
            False,
            f"database: damaged ({answer})",
            "Copy the data folder aside, then restore a backup from its folder backups.",
        )


def _window() -> Iterator[Finding]:
    try:
        import PySide6
        from PySide6 import QtWidgets
    except ImportError as error:
        yield Finding(
            False,
            f"window: its libraries do not load ({error})",
            "Run make install, which says what is missing.",
        )
        return
    del QtWidgets
    if PySide6.__version_info__[:2] >= (6, 12) and sys.version_info < (3, 12):
        yield Finding(
            False,
            f"window: PySide6 {PySide6.__version__} crashes on this Python",
            "Install PySide6-Essentials 6.11.3.",
        )
    else:
        yield Finding(True, f"window: PySide6 {PySide6.__version__}")
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        yield Finding(True, "display: none here; `make run` gives the tour")


def _ports() -> Iterator[Finding]:
    from serial.tools import list_ports

    ports = sorted(list_ports.comports(), key=lambda port: port.device)
    usb = [port for port in ports if port.vid is not None]
    if not usb:
        yield Finding(True, "modems: no USB serial port is plugged in; the practice line needs none")
    for port in usb:
        name = f"port {port.device} ({port.description})"
        if os.name == "posix" and not os.access(port.device, os.R_OK | os.W_OK):
            yield Finding(
                False,
                f"{name}: this user may not open it",
                "sudo usermod -aG dialout $USER, then log out and in again",
            )
        else:
            yield Finding(True, f"{name}: may be opened")


def _modem(url: str) -> Iterator[Finding]:
    from modem.api import Hooks
    from modem.errors import ModemError
    from modem.factory import open_modem

    modem = open_modem(url, Hooks())
    try:
        identity = modem.open()
        status = modem.status()
    except ModemError as error:
        yield Finding(False, f"modem {url}: {error}", "")
        return
    finally:
        modem.close()
    name = " ".join(word for word in (identity.manufacturer, identity.model) if word) or "a modem"
    yield Finding(
        True,
        f"modem {url}: {name}, {status.state}, {status.operator or 'no operator'}, "
        f"SIM storage {status.storage_used} of {status.storage_total}",
    )
