"""Handing a workspace over to another computer: one file, and nothing leaves twice.

What is packed is moved, not copied: from then on no press is taken here, campaigns are paused, and clicks
that still waited are back on the desk. That ends only when a person says that the package was never unpacked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa

from app import settings
from app.clock import Clock
from app.people import optouts, union
from app.store import driver, keys
from app.store import tables as t
from app.store.engine import AWAY, DATABASE_NAME, Store, StoreError, open_store, prepare_folder
from app.texting.returning import give_back
from app.workspace import Workspace

_MANIFEST = "package.json"
_KEY = "key.json"
#: What a package may hold, and the most octets of each but the database.
_MEMBERS = {DATABASE_NAME: 0, _KEY: 65_536, settings.FILE_NAME: 65_536, _MANIFEST: 65_536}
#: The largest database that is unpacked: 64 GiB.
_MOST = 64 << 30
_PIECE = 1 << 20
_PAUSED = "handed over to another computer"


class HandoverError(StoreError):
    """It cannot be done; the text says why and what was kept."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What was handed over: ``clicks`` went back to the desk, ``campaigns`` were paused."""

    package: str
    clicks: int
    campaigns: int
    encrypted: bool


# -- packing ----------------------------------------------------------------------------------------


def pack(workspace: Workspace, target: Path) -> Packed:
    """Write the workspace to ``target`` (mode 0600, whole or not at all) and take no press here any more.

    The caller holds the folder's window lock. Raises :class:`HandoverError`; nothing is handed over then.
    """
    if target.exists():
        raise HandoverError(f"{target} is there already. Nothing was handed over. Choose another name.")
    store, clock = workspace.store, workspace.clock
    packed = _leave(store, clock, workspace.operator, target.name, workspace.encrypted)
    try:
        with tempfile.TemporaryDirectory(prefix=".p2ptext-", dir=target.parent) as made:
            room = Path(made)
            _copy(workspace, room, packed.package)
            _zip(room, target, packed)
    except (OSError, StoreError, driver.dbapi().Error) as error:
        take_back(store, clock, workspace.operator)
        why = getattr(error, "strerror", "") or str(error)
        raise HandoverError(
            f"The package could not be written ({why}). Nothing was handed over; the campaigns are paused."
        ) from error
    return packed


def _leave(store: Store, clock: Clock, operator: str, name: str, encrypted: bool) -> Packed:
    now = clock.now()
    with store.write() as unit:
        if _standing(unit.conn) is not None:
            raise HandoverError(
                "This data was handed over already. `p2ptext handover --take-back` ends that."
            )
        waiting = sa.select(t.message).where(t.message.c.direction == "out", t.message.c.state == "clicked")
        rows = unit.conn.execute(waiting).mappings().all()
        for row in rows:
            give_back(unit, now, row, _PAUSED)
        paused = unit.conn.execute(
            sa.update(t.campaign).where(t.campaign.c.state == "running").values(state="paused")
        ).rowcount
        package = secrets.token_hex(8)
        value = json.dumps({"package": package, "at": now, "operator": operator, "file": name})
        unit.conn.execute(sa.insert(t.office_setting).values(key=AWAY, value=value))
        optouts.record(unit, now, operator, "handed over", f"package {package} in {name}")
    store.look_away()
    return Packed(package, len(rows), int(paused), encrypted)


def take_back(store: Store, clock: Clock, operator: str) -> bool:
    """A person says that the package was never unpacked: presses are taken here again. False: none was made.

    Campaigns stay paused until somebody resumes them.
    """
    with store.write() as unit:
        standing = _standing(unit.conn)
        if standing is None:
            return False
        unit.conn.execute(sa.delete(t.office_setting).where(t.office_setting.c.key == AWAY))
        detail = f"package {standing.get('package', '')} was not used"
        optouts.record(unit, clock.now(), operator, "hand-over taken back", detail)
    store.look_away()
    return True


def _standing(conn: sa.Connection) -> dict[str, Any] | None:
    value = conn.execute(sa.select(t.office_setting.c.value).where(t.office_setting.c.key == AWAY)).scalar()
    return None if value is None else dict(json.loads(value))


def _copy(workspace: Workspace, room: Path, package: str) -> None:
    """A consistent copy that may be worked with; under the same key where there is one."""
    path = room / DATABASE_NAME
    with workspace.store.engine.connect() as conn:
        raw: Any = conn.connection.driver_connection
        raw.execute("VACUUM INTO ?", (str(path),))
    if workspace.encrypted:
        shutil.copyfile(workspace.folder / _KEY, room / _KEY)
    settings.save(room, workspace.settings)
    copy = open_store(room, workspace.key)
    try:
        with copy.write() as unit:
            unit.conn.execute(sa.delete(t.office_setting).where(t.office_setting.c.key == AWAY))
            detail = f"package {package}"
            optouts.record(unit, workspace.clock.now(), workspace.operator, "taken over", detail)
    finally:
        copy.close()
    if any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal")):
        raise HandoverError("the copy is not whole")


def _zip(room: Path, target: Path, packed: Packed) -> None:
    manifest = {
        "format": 1,
        "package": packed.package,
        "encrypted": packed.encrypted,
        "sha256": _digest(room / DATABASE_NAME),
    }
    (room / _MANIFEST).write_text(json.dumps(manifest), "utf-8")
    half = room / "package"
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in _MEMBERS:
                if (room / name).exists():
                    archive.write(room / name, name)
        file.flush()
        os.fsync(file.fileno())
    half.rename(target)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- unpacking --------------------------------------------------------------------------------------


def unpack(package: Path, folder: Path) -> bool:
    """Make ``folder`` (new or empty) the workspace that was packed; True when it needs its passphrase.

    The package is renamed to end in ".used", where that can be done. Raises :class:`HandoverError`.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise HandoverError(
            f"There is something in {folder} already. Nothing was unpacked. Choose a new folder with --data."
        )
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".p2ptext-", dir=parent) as made:
        room = Path(made) / "data"
        prepare_folder(room)
        _extract(package, room)
        encrypted = keys.needed(room)
        if folder.exists():
            folder.rmdir()
        room.rename(folder)
    with contextlib.suppress(OSError):
        package.rename(package.with_name(package.name + ".used"))
    return encrypted


@contextlib.contextmanager
def unpacked(package: Path) -> Iterator[Path]:
    """The package in a folder of its own for as long as it is looked at."""
    with tempfile.TemporaryDirectory(prefix="p2ptext-") as made:
        room = Path(made) / "data"
        prepare_folder(room)
        _extract(package, room)
        yield room


def merge_opt_outs(store: Store, clock: Clock, room: Path, key: bytes | None, operator: str) -> int:
    """Opt out here whoever is opted out in an unpacked workspace; returns how many are new.

    Who waits there for a decision waits here too; who was erased there stays out here as well.
    """
    other = open_store(room, key)
    try:
        merged = union.merge(store, clock, other, operator, evidence="from a hand-over package")
    finally:
        other.close()
    return merged.opt_outs


def _extract(package: Path, room: Path) -> None:
    try:
        with zipfile.ZipFile(package) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            if not {DATABASE_NAME, _MANIFEST} <= infos.keys() <= _MEMBERS.keys() or len(
                archive.infolist()
            ) != len(infos):
                raise HandoverError(f"{package.name} is no package of p2ptext. Nothing was unpacked.")
            manifest = json.loads(archive.read(_limited(infos[_MANIFEST])))
            for name, info in infos.items():
                with archive.open(_limited(info)) as source, (room / name).open("xb") as file:
                    _pour(source, file, info.file_size)  # type: ignore[arg-type]
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        why = getattr(error, "strerror", "") or "it is damaged or no package"
        raise HandoverError(f"{package.name} could not be read: {why}. Nothing was unpacked.") from error
    if not isinstance(manifest, dict) or manifest.get("sha256") != _digest(room / DATABASE_NAME):
        raise HandoverError(f"{package.name} is damaged. Nothing was unpacked. Copy it once more.")
    for name in infos:
        (room / name).chmod(0o600)
    (room / _MANIFEST).unlink()


def _limited(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    if info.file_size > (_MEMBERS[info.filename] or _MOST):
        raise HandoverError("The package is larger than one can be. Nothing was unpacked.")
    return info


def _pour(source: BinaryIO, file: BinaryIO, size: int) -> None:
    """Copy ``size`` octets; what the archive promised is all that is written."""
    left = size
    while left > 0 and (piece := source.read(min(_PIECE, left))):
        file.write(piece)
        left -= len(piece)
    if left or source.read(1):
        raise HandoverError("The package is damaged. Nothing was unpacked.")
