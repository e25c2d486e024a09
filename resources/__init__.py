"""Data that the program brings: icons, keyword lists, the practice cast, a sample list."""

from __future__ import annotations

from pathlib import Path

#: Where they lie; a bundle keeps the same layout.
FOLDER = Path(__file__).parent
#: A list of made-up people, for a first try.
SAMPLE_PEOPLE = FOLDER / "samples" / "people.csv"
