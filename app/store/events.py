"""Small values published after a commit. They say what changed, by id; the reader reads again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MessageChanged:
    """A message's state, parts or delivery changed, or it is new."""

    message_id: int
    number: str
    campaign_id: int | None = None
    conversation_id: int | None = None


@dataclass(frozen=True, slots=True)
class MessageReceived:
    """A text came in and is stored (published besides ``MessageChanged``; for badges and notices)."""

    message_id: int
    number: str
    conversation_id: int


@dataclass(frozen=True, slots=True)
class ConversationChanged:
    """A thread's head, unread mark, draft or done mark changed."""

    conversation_id: int


@dataclass(frozen=True, slots=True)
class ContactsChanged:
    """People were imported or edited."""


@dataclass(frozen=True, slots=True)
class OptOutChanged:
    """The opt-out list changed for ``number``; "" when for many (an import)."""

    number: str
    active: bool


@dataclass(frozen=True, slots=True)
class CampaignChanged:
    """A campaign was made, started, paused, edited or its queue changed as a whole."""

    campaign_id: int


@dataclass(frozen=True, slots=True)
class AnswerChanged:
    """An answer to a question of a campaign's script was given or taken back; number "" for many."""

    campaign_id: int
    number: str


@dataclass(frozen=True, slots=True)
class LineChanged:
    """A line's state, signal or settings changed."""

    line_id: int


@dataclass(frozen=True, slots=True)
class ChangedElsewhere:
    """Another process wrote to the database: everything on screen may be old."""


Event = (
    MessageChanged
    | MessageReceived
    | ConversationChanged
    | ContactsChanged
    | OptOutChanged
    | CampaignChanged
    | AnswerChanged
    | LineChanged
    | ChangedElsewhere
)
