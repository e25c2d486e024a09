"""The Opt-outs page: the one list of numbers that nothing is ever sent to."""

from ui.optouts.page import OptOutsPage

__all__ = ["OptOutsPage"]
