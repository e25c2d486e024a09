"""Where a command gets the passphrase from: a file, standard input, the keyring, or a person at a terminal.

Never from the command line or the environment: other programs of the same user can read both.
"""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from app.secrets import Secrets
from app.store import keys
from app.store.engine import LockedError, StoreError

#: The name that stands for standard input.
STANDARD_INPUT = Path("-")
_MOST_OCTETS = 8 * keys.MOST_CHARACTERS


def from_file(path: Path) -> str:
    """The first line of a file, or of standard input for ``-``, without its line end."""
    try:
        if path == STANDARD_INPUT:
            line = sys.stdin.readline(_MOST_OCTETS)
        else:
            with path.open(encoding="utf-8-sig") as file:
                line = file.readline(_MOST_OCTETS)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", "") or "not UTF-8 text"
        raise StoreError(
            f"The passphrase could not be read from {path} ({why}). Nothing was changed."
        ) from error
    passphrase = line.rstrip("\r\n")
    if not passphrase:
        raise StoreError(f"There is no passphrase in the first line of {path}. Nothing was changed.")
    return passphrase


def key_without_asking(folder: Path, named: Path | None, secrets: keys.Keyring | None = None) -> bytes | None:
    """The database's key from the file that was named, or from the keyring; None when neither has it."""
    if named is not None:
        return keys.unlock(folder, from_file(named))
    return keys.remembered(folder, secrets or Secrets())


def key_for(folder: Path, options: argparse.Namespace, secrets: keys.Keyring | None = None) -> bytes | None:
    """The key that a command needs; None where no passphrase is set. Asks at a terminal.

    Raises ``StoreError``: a wrong passphrase, or none to be had.
    """
    if not keys.needed(folder):
        return None
    named: Path | None = getattr(options, "passphrase_file", None)
    key = key_without_asking(folder, named, secrets)
    if key is not None:
        return key
    if not sys.stdin.isatty():
        raise LockedError(
            f"The data in {folder} is encrypted. Nothing was changed. Give its passphrase with "
            "--passphrase-file FILE (- reads it from standard input), or run this at a terminal."
        )
    return keys.unlock(folder, getpass.getpass(f"Passphrase of {folder}: "))
