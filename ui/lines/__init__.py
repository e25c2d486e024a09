"""The Lines page: each modem in plain words, its last day, and the console."""

from ui.lines.page import LinesPage
from ui.lines.words import PRACTICE_URL

__all__ = ["PRACTICE_URL", "LinesPage"]
