"""The Inbox: conversations, what was said in them, and who they are with."""

from ui.inbox.page import InboxPage

__all__ = ["InboxPage"]
