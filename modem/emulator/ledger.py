"""What the network saw, one JSON object a line, flushed at once, readable by its owner only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path


def _now() -> datetime:
    return datetime.now(UTC)


class Ledger:
    """Appends to ``path`` (mode 0600) or, without one, keeps nothing. Raises ``OSError`` on opening."""

    def __init__(self, path: Path | None, wall: Callable[[], datetime] = _now) -> None:
        self._wall = wall
        self._descriptor: int | None = None
        if path is not None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._descriptor = os.open(path, flags, 0o600)

    def write(self, event: str, line: int | None = None, **fields: object) -> None:
        """One event. ``line`` is the modem's number, left out where there is only one."""
        if self._descriptor is None:
            return
        record: dict[str, object] = {"event": event}
        if line is not None:
            record["line"] = line
        record.update(fields)
        record["at"] = self._wall().isoformat(timespec="milliseconds")
        os.write(self._descriptor, (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "replace"))

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
