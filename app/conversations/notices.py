"""What a desktop notification says of texts that came in: that somebody wrote, perhaps who, never the words.

A notification is shown by the desktop, which keeps it, and may show it over a locked screen. So it holds no
word of a text and no number; a name only where the office chose it, and not while anything is locked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.conversations.bubbles import labels_of
from app.operators.profiles import clean
from app.settings import Settings
from app.store.engine import Store
from app.store.tables import contact, conversation, judgement, message, opt_out

#: What a notification may say, and how the settings call it.
LEVELS = {
    "off": "No notification",
    "somebody": "Only that somebody wrote",
    "who": "Who wrote",
}
#: A text that its centre had for so many seconds was waiting on the SIM, or the phone was off.
OLD_SECONDS = 900.0
#: ``quiet_until`` of a quiet that lasts until somebody ends it.
ALWAYS = -1.0
_LONGEST_NAME = 40
_CHUNK = 400  # bound variables in one statement


@dataclass(frozen=True, slots=True)
class News:
    """A conversation with a new text that waits for a person. ``name`` is "" for a number that is nobody's.

    ``urgent``: safety words. ``old``: the text was on its way for long, as after a night on the SIM.
    """

    conversation_id: int
    name: str = ""
    urgent: bool = False
    old: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """A notification. ``conversation_id`` is what a click on it opens, None for the list of who waits."""

    title: str
    body: str
    urgent: bool = False
    conversation_id: int | None = None


# -- reading --------------------------------------------------------------------------------------

_OUT = sa.exists().where(opt_out.c.number == message.c.number, opt_out.c.lifted_at.is_(None))
_NEWS = (
    sa.select(
        message.c.conversation_id,
        message.c.sent_at,
        message.c.created_at,
        contact.c.name,
        judgement.c.tier,
        judgement.c.labels,
        judgement.c.corrected,
        _OUT.label("out"),
    )
    .join(conversation, conversation.c.id == message.c.conversation_id)
    .outerjoin(contact, contact.c.id == conversation.c.contact_id)
    .outerjoin(judgement, judgement.c.message_id == message.c.id)
    .where(conversation.c.kind == "number", conversation.c.unread > 0)
    .order_by(message.c.id)
)


def read(store: Store, message_ids: Sequence[int]) -> tuple[News, ...]:
    """What is new among these texts, one for each conversation, those with safety words first.

    Not new is what was read meanwhile. Nothing is said of a machine's text, of an opt-out, which wants no
    answer, nor of senders that are no number. Texts are gone after an erasure: then there is nothing.
    """
    found: dict[int, News] = {}
    with store.read() as conn:
        for start in range(0, len(message_ids), _CHUNK):
            some = message_ids[start : start + _CHUNK]
            for row in conn.execute(_NEWS.where(message.c.id.in_(some))):
                one = _news(row)
                if one is not None:
                    before = found.get(one.conversation_id, one)
                    found[one.conversation_id] = News(
                        one.conversation_id, one.name, one.urgent or before.urgent, one.old and before.old
                    )
    return tuple(sorted(found.values(), key=lambda one: not one.urgent))


def _news(row: sa.Row[tuple[object, ...]]) -> News | None:
    labels = labels_of(row.labels or "", row.corrected)
    urgent = "safety" in labels
    noise = labels == ("automatic",) and row.tier in ("NONE", None)
    if not urgent and (noise or row.out or row.tier == "HARD"):
        return None
    old = row.sent_at is not None and row.created_at - row.sent_at >= OLD_SECONDS
    return News(row.conversation_id, clean(row.name or "")[:_LONGEST_NAME], urgent, old)


# -- saying ---------------------------------------------------------------------------------------


def words(news: Sequence[News], level: str, *, locked: bool) -> Words:
    """One notification for all of ``news`` (at least one), safety first.

    ``locked``: the window or the screen is; then it says that somebody wrote, and nothing else.
    """
    if locked:
        return Words("Somebody wrote", "Unlock p2ptext to read it.")
    urgent = [one for one in news if one.urgent]
    others = [one for one in news if not one.urgent]
    if urgent:
        title = _who(urgent, level) + " may be in danger"
        # A desktop may read the body as HTML, so no name stands in it.
        body = f"Read it first. {_who(others, 'somebody')} wrote too." if others else "Read it now."
        return Words(title, body, urgent=True, conversation_id=urgent[0].conversation_id)
    body = "It waits in the inbox." if len(news) == 1 else "They wait in the inbox."
    only = news[0].conversation_id if len(news) == 1 else None
    return Words(f"{_who(others, level)} wrote", body, conversation_id=only)


def _who(news: Sequence[News], level: str) -> str:
    """ "Somebody", "5 people"; with names "Ana Ruiz", "Ana Ruiz and Bo", "Ana Ruiz, Bo and 3 others"."""
    names = [one.name for one in news if one.name] if level == "who" else []
    if not names:
        return "Somebody" if len(news) == 1 else f"{len(news):,} people"
    names = names[:2]
    rest = len(news) - len(names)
    if rest:
        names.append(f"{rest:,} other{'s' if rest > 1 else ''}")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# -- being quiet ----------------------------------------------------------------------------------


def quiet(settings: Settings, now: float) -> bool:
    """Whether somebody asked for quiet, at ``now`` (UTC seconds)."""
    return settings.quiet_until == ALWAYS or now < settings.quiet_until


def silent(settings: Settings, now: float) -> bool:
    """Whether no sound is made at ``now``: quiet, or in the hours without sound, or no sound at all."""
    if not settings.notify_sound or quiet(settings, now):
        return True
    if not settings.silent_hours or settings.silent_from == settings.silent_to:
        return False
    here = dt.datetime.fromtimestamp(now).astimezone()
    minute = here.hour * 60 + here.minute
    if settings.silent_from < settings.silent_to:
        return settings.silent_from <= minute < settings.silent_to
    return minute >= settings.silent_from or minute < settings.silent_to  # over midnight


def quiet_words(settings: Settings, now: float) -> str:
    """ "Quiet until 15:40", "Quiet until Sat 09:00", "Quiet"; "" where it is not."""
    if not quiet(settings, now):
        return ""
    if settings.quiet_until == ALWAYS:
        return "Quiet"
    then = dt.datetime.fromtimestamp(settings.quiet_until).astimezone()
    today = dt.datetime.fromtimestamp(now).astimezone().date()
    return f"Quiet until {then:%H:%M}" if then.date() == today else f"Quiet until {then:%a %H:%M}"


def choices(now: float) -> tuple[tuple[str, float], ...]:
    """What to call a quiet, and until when it lasts (UTC seconds, or :data:`ALWAYS`)."""
    from app.conversations import later

    hour, tomorrow = later.choices(now)[:2]
    return (
        ("For an hour", hour[1]),
        (f"Until {tomorrow[0][0].lower()}{tomorrow[0][1:]}", tomorrow[1]),
        ("Until I end it", ALWAYS),
    )
