"""Writing tables that people open in spreadsheets: no cell becomes a formula, no one else may read them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

#: What spreadsheets take for the beginning of a formula, in both widths, and what hides one (ASVS 1.2.10).
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def guarded(cell: str) -> str:
    """``cell`` with a ' before it when a spreadsheet would run it; our importer takes the ' off again."""
    return "'" + cell if cell.lstrip("'").startswith(_DANGEROUS) else cell


@contextlib.contextmanager
def private_file(path: Path, encoding: str = "utf-8-sig") -> Iterator[TextIO]:
    """A text file that only its owner can read (0600), and that is at ``path`` whole or not at all.

    The mark at its start is what spreadsheets know UTF-8 by.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding=encoding, errors="replace", newline="") as file:
            temporary.chmod(0o600)
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
