"""What waits in a thread for a press although, or because, a person opted out or asked who is writing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from app.campaigns import gate
from app.clock import Clock
from app.people import confirming, confirming_permits, ledger, matching, optouts
from app.people.confirming import Prepared, Texts
from app.people.confirming_permits import CONFIRM_SECONDS, Allowed, Event, Kind
from app.store import prepared as sql
from app.store.engine import Store, Unit
from app.store.tables import conversation, judgement, message, opt_out

#: Why an answer goes to somebody who opted out; it stands in the log of the opt-out list.
REASON: Final = "they wrote first and asked for an answer"
#: What the log says of each, as its source.
SOURCES: Final[Mapping[Kind, str]] = {"confirmation": "confirmation", "help": "help", "answer": REASON}
#: Texts of theirs that are looked at, the newest first.
_LOOKED_AT = 5
#: Seconds for which a confirmation that is too late is still shown, with the reason.
_SHOWN_LATE = 86_400.0
#: Opt-outs of which this process remembers when it first saw them.
_REMEMBERED = 200
_ASKED_NOTHING = "There is nothing here that could be sent any more. Read the thread again."
_NO_QUESTION = ("HARD", "HOLD")


@dataclass(frozen=True, slots=True)
class Offer:
    """One text that may be pressed once, or, of kind "answer", typed and pressed once.

    ``said`` are their words, ``text`` what would leave, "" while the office has
    not set what it must say. ``why_not``: greyed, with this sentence.
    """

    event: Event
    said: str
    text: str = ""
    language: str = ""
    why_not: str = ""

    @property
    def leave_by(self) -> float | None:
        """When a confirmation is too late by this computer's clock (UTC seconds); None for the others."""
        return self.event.leave_by

    @property
    def kind(self) -> Kind:
        """ "confirmation", "help" or "answer"."""
        return self.event.kind

    @property
    def answers_id(self) -> int:
        """The id of their text."""
        return self.event.answers_id


class _Steady:
    """How long ago something was received, by whichever of the two clocks says more.

    A wall clock that is set back makes nothing younger: from when this process first saw a text, the
    monotonic clock counts on. One that shows less than the moment of receipt tells nothing at all.
    """

    def __init__(self) -> None:
        self._first: WeakKeyDictionary[Store, dict[int, tuple[float, float]]] = WeakKeyDictionary()

    def age(self, store: Store, clock: Clock, key: int, received_at: float, known_at: float) -> float:
        """Seconds since ``received_at``; infinite where the clock was set back behind what is known."""
        now, steady = clock.now(), clock.monotonic()
        seen = self._first.setdefault(store, {})
        wall = now - received_at
        if key not in seen:
            while len(seen) >= _REMEMBERED:
                seen.pop(next(iter(seen)), None)
            seen[key] = (wall, steady)
        age, at = seen[key]
        if now < max(received_at, known_at) - confirming_permits.SLACK:
            return math.inf
        return max(wall, age + steady - at)


_steady = _Steady()


def read(
    store: Store, conn: sa.Connection, clock: Clock, conversation_id: int, *, language: str = ""
) -> tuple[Offer, ...]:
    """What waits in a conversation, the most pressing first; () where nothing does. Reads only.

    ``language`` (of ``confirming.LANGUAGES``) is chosen by hand, "" for that of their words.
    """
    thread = _THREAD.mapping(conn, key=conversation_id)
    if thread is None:
        return ()
    texts = _newest(conn, conversation_id)
    if not texts:
        return ()
    number = thread["number"]
    standing = confirming_permits.standing(conn, number)
    out = standing is not None or bool(ledger.erased_among(conn, (number,)))
    helps = next((each for each in texts if confirming.asks_for_help(each["text"])), None)
    if not out and (helps is None or thread["waiting_since"] is None):
        return ()
    ours = _Reader(store, conn, clock, number, confirming.load(conn), language)
    found = [ours.confirmation(standing)] if out and standing is not None else []
    if helps is not None and thread["waiting_since"] is not None:
        found.append(ours.help(helps, standing, out=out))
    if out:
        found.append(ours.answer(texts[0], standing))
    return tuple(each for each in found if each is not None)


def get(store: Store, clock: Clock, conversation_id: int, *, language: str = "") -> tuple[Offer, ...]:
    """The same, read from the store."""
    with store.read() as conn:
        return read(store, conn, clock, conversation_id, language=language)


def one(
    store: Store,
    conn: sa.Connection,
    clock: Clock,
    conversation_id: int,
    kind: Kind,
    answers_id: int,
    language: str,
) -> Offer | str:
    """The same, for the press on one of them: the offer as it stands now, or why there is none."""
    for each in read(store, conn, clock, conversation_id, language=language):
        if each.kind == kind and each.answers_id == answers_id:
            return each.why_not or each
    return _ASKED_NOTHING


def note(unit: Unit, now: float, number: str, offer: Offer, operator: str) -> None:
    """Put a press into the log of the opt-out list, with the reason, in the caller's transaction."""
    ledger.append(
        unit, now, number, "confirmed", source=SOURCES[offer.kind], evidence=offer.said, operator=operator
    )
    what = {
        "confirmation": "opt-out confirmed",
        "help": "answered HELP",
        "answer": "answered after an opt-out",
    }
    optouts.record(
        unit, now, operator, what[offer.kind], f"{number}: {REASON if offer.kind == 'answer' else offer.said}"
    )


_THREAD = sql.Prepared(
    sa.select(conversation.c.number, conversation.c.waiting_since).where(
        conversation.c.id == sa.bindparam("key"), conversation.c.kind == sa.literal_column("'number'")
    )
)
_NEWEST = sql.Prepared(
    sa.select(
        message.c.id,
        message.c.text,
        message.c.created_at,
        message.c.sent_at,
        judgement.c.tier,
        judgement.c.labels,
    )
    .outerjoin(judgement, judgement.c.message_id == message.c.id)
    .where(message.c.conversation_id == sa.bindparam("key"), message.c.direction == sa.literal_column("'in'"))
    .order_by(message.c.created_at.desc(), message.c.id.desc())
    .limit(sa.literal_column(str(_LOOKED_AT)))
)


def _newest(conn: sa.Connection, conversation_id: int) -> list[Mapping[str, Any]]:
    return [dict(zip(_NEWEST.columns, row, strict=True)) for row in _NEWEST.rows(conn, key=conversation_id)]


class _Reader:
    """The offers of one number at one moment."""

    def __init__(
        self, store: Store, conn: sa.Connection, clock: Clock, number: str, texts: Texts, language: str
    ) -> None:
        self._store, self._conn, self._clock, self._number = store, conn, clock, number
        self._texts, self._language = texts, language

    def confirmation(self, standing: int | None) -> Offer | None:
        """After an opt-out that came by a text, where the office wants it."""
        o, m = opt_out.c, message.c
        row = (
            self._conn.execute(
                sa.select(o.created_at, o.evidence, m.id, m.text, m.created_at.label("arrived"), m.sent_at)
                .join(message, m.id == o.message_id)
                .where(o.id == standing, m.direction == "in", m.number == self._number)
            )
            .mappings()
            .first()
        )
        if row is None or not self._texts.confirms or self._clock.now() - row["created_at"] >= _SHOWN_LATE:
            return None
        received = min(row["arrived"], row["created_at"], row["sent_at"] or math.inf)
        known = confirming_permits.known_at(self._conn, received)
        age = _steady.age(self._store, self._clock, row["id"], received, known)
        why = self._too_late(age, row["arrived"] - received)
        leave_by = received if why else self._clock.now() + CONFIRM_SECONDS - age
        event = Event("confirmation", row["id"], standing, received, leave_by)
        return None if confirming_permits.used(self._conn, event) else self._prepared(event, row["text"], why)

    @staticmethod
    def _too_late(age: float, on_the_way: float) -> str:
        if age < CONFIRM_SECONDS:
            return ""
        if math.isinf(age):
            return confirming_permits.CLOCK
        if on_the_way >= CONFIRM_SECONDS:
            return (
                "Too late for a confirmation: by the network's time stamp they wrote it more than five "
                "minutes before it arrived here. The opt-out stands all the same."
            )
        return (
            "Too late for a confirmation: it may be sent within five minutes of their text, and that time is "
            "over. The opt-out stands all the same."
        )

    def help(self, row: Mapping[Any, Any], standing: int | None, *, out: bool) -> Offer | None:
        """After a text of just HELP, also of somebody who opted out, once for each."""
        event = Event("help", row["id"], standing if out else None, row["created_at"])
        if confirming_permits.used(self._conn, event) or self._left_since(row["created_at"]):
            return None
        return self._prepared(event, row["text"], "")

    def answer(self, row: Mapping[Any, Any], standing: int | None) -> Offer | None:
        """After any other text of somebody who opted out: one answer, where a person says they asked."""
        event = Event("answer", row["id"], standing, row["created_at"])
        if not self._may_ask(row, standing) or confirming_permits.used(self._conn, event):
            return None
        allowed = Allowed("answer", "", row["created_at"])
        verdict = gate.reply_to(self._conn, self._clock.now(), self._number, allowed)
        return Offer(event, row["text"], why_not="" if verdict.verdict == "go" else verdict.why)

    def _may_ask(self, row: Mapping[Any, Any], standing: int | None) -> bool:
        """Whether a text may ask for an answer: no STOP, no HELP, no machine's, and after the opt-out."""
        if (
            row["tier"] in _NO_QUESTION
            or row["labels"] == "automatic"
            or confirming.asks_for_help(row["text"])
        ):
            return False
        if matching.classify(row["text"]).tier != matching.NONE:
            return False
        since = self._conn.execute(
            sa.select(opt_out.c.created_at, opt_out.c.message_id).where(opt_out.c.id == standing)
        )
        made = since.first()
        if made is None:
            return True  # they were erased, and all that is here came afterwards
        return bool(row["id"] > made.message_id if made.message_id else row["created_at"] > made.created_at)

    def _left_since(self, at: float) -> bool:
        m = message.c
        query = sa.select(m.id).where(
            m.number == self._number,
            m.direction == "out",
            m.claimed_at > at,
            m.state.in_(("sending", "sent", "unknown")),
        )
        return self._conn.execute(query.limit(1)).first() is not None

    def _prepared(self, event: Event, said: str, why: str) -> Offer:
        kind: Prepared = "confirmation" if event.kind == "confirmation" else "help"
        language = self._language or confirming.language_of(said, self._texts.language)
        lacks = self._texts.lacks(kind)
        why = why or lacks
        if not why:
            allowed = Allowed(kind, "", event.received_at)
            verdict = gate.reply_to(self._conn, self._clock.now(), self._number, allowed)
            why = "" if verdict.verdict == "go" else verdict.why
            if ": held" in why and verdict.rule == "hours":  # it cannot wait until they are over
                why = f"{why.split(': held')[0]}: nothing but an answer is sent at that hour."
        text = "" if lacks else self._texts.text(kind, language)  # a sentence with holes is no text
        return Offer(event, said, text, language, why)
