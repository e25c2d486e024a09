"""The Reports page: what was sent, who answered, how soon, when and at what cost."""

from ui.reports.page import ReportsPage

__all__ = ["ReportsPage"]
