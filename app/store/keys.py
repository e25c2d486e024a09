"""The key of an encrypted database, and the passphrase that opens it.

The database has a random key of 32 octets. ``key.json`` keeps it in a box that only the passphrase opens:
scrypt (RFC 7914) makes a key of the passphrase, and a tiny SQLCipher database under that key holds the
database's own, so that SQLCipher's authentication tells a wrong passphrase from a right one. A copy lies in
``backups``; a torn or lost file is put back from it. Another passphrase is another box for the same key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import dataclasses
import hashlib
import hmac
import json
import os
import secrets as random
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.store import driver
from app.store.engine import DATABASE_NAME, StoreError

FILE_NAME = "key.json"
BACKUPS = "backups"
FORMAT = 1
LEAST_CHARACTERS = 8
MOST_CHARACTERS = 1_000
#: A key file that asks for more memory than this is not ours.
_MOST_MEMORY = 1 << 29
_MOST_OCTETS = 64 * 1024


class Keyring(Protocol):
    """What is used of :class:`app.secrets.Secrets`."""

    def get(self, name: str) -> str: ...

    def put(self, name: str, value: str) -> bool: ...

    def forget(self, name: str) -> None: ...


class WrongPassphraseError(StoreError):
    """The passphrase does not open the box. Nothing was changed."""


class KeyFileError(StoreError):
    """There is no usable key file; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Cost:
    """scrypt's parameters: 128 * n * r octets of memory, 128 MiB and half a second as they stand."""

    n: int = 2**17
    r: int = 8
    p: int = 1

    def sane(self) -> bool:
        """Whether a key file may ask for this."""
        power = self.n >= 2 and self.n & (self.n - 1) == 0
        return power and self.r >= 1 and 1 <= self.p <= 16 and 128 * self.n * self.r <= _MOST_MEMORY


USUAL = Cost()


@dataclass(frozen=True, slots=True)
class KeyFile:
    """What ``key.json`` holds. ``id`` names the key in the desktop's keyring."""

    id: str
    salt: bytes
    box: bytes
    cost: Cost = USUAL
    remembered: bool = False

    @property
    def keyring_name(self) -> str:
        """Under which name the desktop's keyring may have the key."""
        return f"database:{self.id}"


# -- the passphrase -------------------------------------------------------------------------------


def hint(passphrase: str) -> str:
    """How good a passphrase is, by its length: the one thing that helps."""
    count = len(passphrase)
    if count < LEAST_CHARACTERS:
        return f"Too short: {LEAST_CHARACTERS} characters at least. Four or five words make a good one."
    if count < 15:
        return "Short: a computer can guess it in time. Four or five words make a good one."
    if count < 20:
        return "Fair. One word more makes it good."
    return "Good."


def _stretch(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    # The same words typed on another keyboard or system may be other code points.
    words = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    memory = 128 * cost.n * cost.r + 128 * cost.r * cost.p + (1 << 20)
    return hashlib.scrypt(
        words, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=memory, dklen=driver.KEY_BYTES
    )


# -- the box --------------------------------------------------------------------------------------


def _pack(outer: bytes, key_id: str, key: bytes) -> bytes:
    with tempfile.TemporaryDirectory(prefix="p2ptext-key-") as place:
        path = Path(place) / "box.db"
        connection = driver.dbapi().connect(str(path), isolation_level=None)
        try:
            for pragma in (*driver.key_pragmas(outer), "PRAGMA cipher_page_size=1024"):
                connection.execute(pragma)
            connection.execute("CREATE TABLE box (id TEXT, key BLOB)")
            connection.execute("INSERT INTO box VALUES (?, ?)", (key_id, key))
        finally:
            connection.close()
        return path.read_bytes()


def _unpack(outer: bytes, key_id: str, box: bytes) -> bytes | None:
    """The key in the box; None when ``outer`` does not open it (SQLCipher compares in constant time)."""
    module = driver.dbapi()
    with tempfile.TemporaryDirectory(prefix="p2ptext-key-") as place:
        path = Path(place) / "box.db"
        path.write_bytes(box)
        connection = module.connect(str(path), isolation_level=None)
        try:
            for pragma in (*driver.key_pragmas(outer), "PRAGMA cipher_page_size=1024"):
                connection.execute(pragma)
            found = connection.execute("SELECT id, key FROM box").fetchone()
        except module.DatabaseError:
            return None
        finally:
            connection.close()
    if found is None or not hmac.compare_digest(str(found[0]), key_id):
        return None
    key = bytes(found[1])
    return key if len(key) == driver.KEY_BYTES else None


# -- the file -------------------------------------------------------------------------------------


def _checksum(values: dict[str, object]) -> str:
    words = json.dumps({name: values[name] for name in sorted(values) if name != "check"})
    return hashlib.sha256(words.encode("ascii")).hexdigest()


def _written(file: KeyFile) -> bytes:
    values: dict[str, object] = {
        "format": FORMAT,
        "id": file.id,
        "kdf": "scrypt",
        **dataclasses.asdict(file.cost),
        "salt": file.salt.hex(),
        "box": base64.b64encode(file.box).decode("ascii"),
        "remembered": file.remembered,
    }
    values["check"] = _checksum(values)
    return (json.dumps(values, indent=1) + "\n").encode("ascii")


def _parsed(data: bytes) -> KeyFile | None:
    """The key file in ``data``; None when it is torn or not one."""
    try:
        values = json.loads(data)
        if values["format"] != FORMAT or values["kdf"] != "scrypt":
            return None
        if not hmac.compare_digest(values["check"], _checksum(values)):
            return None
        cost = Cost(int(values["n"]), int(values["r"]), int(values["p"]))
        salt, box = bytes.fromhex(values["salt"]), base64.b64decode(values["box"], validate=True)
        found = KeyFile(str(values["id"]), salt, box, cost, values["remembered"] is True)
    except (ValueError, TypeError, KeyError, binascii.Error):
        return None
    return found if cost.sane() and found.id.isalnum() else None


def _load(path: Path) -> KeyFile | None:
    try:
        with path.open("rb") as file:
            return _parsed(file.read(_MOST_OCTETS))
    except OSError:
        return None


def write_whole(path: Path, data: bytes) -> None:
    """Write a private file: synced and renamed into place, so that a crash leaves the old or the new."""
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in ``folder`` on the disk, where the system can do that."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _places(folder: Path) -> tuple[Path, Path]:
    return folder / FILE_NAME, folder / BACKUPS / FILE_NAME


def save(folder: Path, file: KeyFile) -> None:
    """Write the key file and its copy. Raises ``OSError``."""
    (folder / BACKUPS).mkdir(mode=0o700, exist_ok=True)
    for path in _places(folder):
        write_whole(path, _written(file))


def present(folder: Path) -> bool:
    """Whether there is a key file or its copy, usable or not."""
    return any(path.exists() for path in _places(folder))


def needed(folder: Path) -> bool:
    """Whether the database of ``folder`` is encrypted, so far as its files tell."""
    path = folder / DATABASE_NAME
    if not path.exists() or path.stat().st_size == 0:
        return present(folder)  # what is made there is to be encrypted as what was there before
    return driver.is_encrypted(path) and present(folder)


def read(folder: Path) -> KeyFile:
    """The key file, put back from its copy where it is torn or gone. Raises :class:`KeyFileError`."""
    main, copy = _places(folder)
    found, second = _load(main), _load(copy)
    if found is None and second is None:
        raise KeyFileError(
            f"The key file {FILE_NAME} in {folder} cannot be read, nor can its copy in {BACKUPS}. Nothing "
            "was changed. Put it back from a copy of the data folder; without it nobody can read the data."
        )
    best = found or second
    assert best is not None
    with contextlib.suppress(OSError):  # a folder that cannot be written is still opened
        if found is None:
            write_whole(main, _written(best))
        elif second != found:
            save(folder, found)
    return best


# -- making, opening, changing --------------------------------------------------------------------


def make(folder: Path, passphrase: str, *, cost: Cost = USUAL) -> bytes:
    """Make a new key in ``folder``, opened by ``passphrase``. Raises ``StoreError`` or ``OSError``."""
    _check(passphrase)
    key_id, key = random.token_hex(8), random.token_bytes(driver.KEY_BYTES)
    save(folder, _boxed(key_id, key, passphrase, cost, remembered=False))
    return key


def _check(passphrase: str) -> None:
    if not driver.can_encrypt():
        raise StoreError(driver.NO_CIPHER)
    if not LEAST_CHARACTERS <= len(passphrase) <= MOST_CHARACTERS:
        raise StoreError(
            f"A passphrase has {LEAST_CHARACTERS} to {MOST_CHARACTERS:,} characters. Nothing was changed."
        )


def _boxed(key_id: str, key: bytes, passphrase: str, cost: Cost, *, remembered: bool) -> KeyFile:
    salt = random.token_bytes(16)
    return KeyFile(key_id, salt, _pack(_stretch(passphrase, salt, cost), key_id, key), cost, remembered)


def unlock(folder: Path, passphrase: str) -> bytes:
    """The database's key. Takes half a second by design.

    Raises :class:`WrongPassphraseError`, :class:`KeyFileError`, or ``StoreError`` where there is no cipher.
    """
    if not driver.can_encrypt():
        raise StoreError(driver.NO_CIPHER)
    file = read(folder)
    outer = _stretch(passphrase[:MOST_CHARACTERS], file.salt, file.cost)
    key = _unpack(outer, file.id, file.box)
    if key is None:
        raise WrongPassphraseError("This is not the passphrase. Nothing was changed. Try again.")
    return key


def change(folder: Path, old: str, new: str, *, cost: Cost = USUAL) -> None:
    """Let ``new`` open the data instead of ``old``; the database and the keyring stay as they are."""
    _check(new)
    key = unlock(folder, old)
    file = read(folder)
    save(folder, _boxed(file.id, key, new, cost, remembered=file.remembered))


def retire(folder: Path) -> None:
    """Put the key away that no database needs any more; with a backup that needs it, it stays in backups."""
    if driver.is_encrypted(folder / DATABASE_NAME):
        return
    main, copy = _places(folder)
    found = _load(main) or _load(copy)
    if found is not None and any(driver.is_encrypted(each) for each in (folder / BACKUPS).glob("*.db")):
        write_whole(folder / BACKUPS / f"key-{found.id}.json", _written(found))
    for path in (main, copy):
        path.unlink(missing_ok=True)
    sync_folder(folder)


# -- the desktop's keyring ------------------------------------------------------------------------


def remember(folder: Path, key: bytes, keyring: Keyring) -> bool:
    """Have the desktop's keyring keep the key: True when it took it."""
    file = read(folder)
    if not keyring.put(file.keyring_name, key.hex()):
        return False
    save(folder, dataclasses.replace(file, remembered=True))
    return True


def forget(folder: Path, keyring: Keyring) -> None:
    """Have the keyring forget the key; the passphrase is asked for again."""
    file = read(folder)
    keyring.forget(file.keyring_name)
    save(folder, dataclasses.replace(file, remembered=False))


def remembered(folder: Path, keyring: Keyring) -> bytes | None:
    """The key from the desktop's keyring, if it is there and fits the database; else None."""
    file = read(folder)
    if not file.remembered or not driver.can_encrypt():
        return None
    try:
        key = bytes.fromhex(keyring.get(file.keyring_name))
    except ValueError:
        return None
    return key if len(key) == driver.KEY_BYTES and fits(folder / DATABASE_NAME, key) else None


def fits(path: Path, key: bytes) -> bool:
    """Whether ``key`` opens the database file (one that is not there is opened by each)."""
    if not path.exists():
        return True
    module = driver.dbapi()
    connection = module.connect(str(path), isolation_level=None, timeout=5.0)
    try:
        for pragma in driver.key_pragmas(key):
            connection.execute(pragma)
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except module.OperationalError:
        return True  # busy: another program has it open; opening it will tell
    except module.DatabaseError:
        return False
    finally:
        connection.close()
    return True
