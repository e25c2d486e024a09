"""Hands on the program's window and eyes on its database, for walks that leave pictures for the handbook.

With ``P2PTEXT_PICTURES=DIR`` the pictures are kept there.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from tests.x11 import desktop as hands


class Walk:
    """Hands on the program's window, and eyes on its database and on the network."""

    def __init__(self, desktop: hands.Desktop) -> None:
        self.desk = desktop
        self.pictures = os.environ.get("P2PTEXT_PICTURES", "")

    # -- hands -----------------------------------------------------------------------------------

    def key(self, *names: str) -> None:
        for name in names:
            self.desk.key(name)

    def type(self, text: str) -> None:
        self.desk.type(text)

    def window(self, title: str) -> None:
        """Wait for a window with this title, and give it the keyboard, as a window manager does."""
        self.desk.focus(title)

    # -- eyes ------------------------------------------------------------------------------------

    def ask(self, query: str, *values: Any) -> list[Any]:
        """Rows of the program's database, read beside it."""
        file = self.desk.data / "p2ptext.db"
        if not file.exists():
            return []
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(query, values).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def number(self, query: str, *values: Any) -> int:
        """The one number that a query gives; 0 where there is none."""
        rows = self.ask(query, *values)
        return int(rows[0][0] or 0) if rows else 0

    def until(self, query: str, least: int, what: str, seconds: float = 60) -> None:
        """Wait until a count in the database has come to ``least``."""
        hands.wait_for(lambda: self.number(query) >= least, seconds, what)

    def still(self) -> None:
        """Wait until nothing moves on the screen any more."""
        self.desk.wait_until_still()

    def show(self, name: str) -> None:
        """Keep a picture for the handbook, if they were asked for."""
        if self.pictures:
            self.still()
            self.desk.keep_picture(Path(self.pictures) / f"{name}.png")
