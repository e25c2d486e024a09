"""Canned replies: of everybody, of a campaign, of one texter. Filling one in sends nothing.

Each is a template with what goes with it: a tag, the answer to a question of the campaign's script, and what
is to follow the send. Nine of them answer to the number keys, in an order that is set by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import sqlalchemy as sa

from app.campaigns import merging, templates, wordings
from app.campaigns.wordings import Wording
from app.clock import Clock
from app.people import beside
from app.store.engine import Store, Unit
from app.store.prepared import Prepared
from app.store.tables import (
    campaign,
    canned_reply,
    contact,
    conversation,
    message,
    question,
    question_option,
)

Action = Literal["", "done", "opt_out"]
ACTIONS: tuple[Action, ...] = ("", "done", "opt_out")
#: Bounds: characters of a label and a text, replies of one shelf, replies that answer to a key.
MAX_LABEL, MAX_TEXT, MAX_REPLIES, KEYS = 40, templates.MAX_TEMPLATE, 200, 9


class CannedError(ValueError):
    """A reply that cannot be kept; the text is for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where replies stand: a campaign's, one texter's, or (neither) everybody's."""

    campaign_id: int | None = None
    operator: str = ""

    @property
    def personal(self) -> bool:
        """Whether it is one texter's own."""
        return bool(self.operator)


EVERYBODY = Shelf()


@dataclass(frozen=True, slots=True)
class Reply:
    """A canned reply as it is kept. ``option_id``: the answer of the campaign's script that it fills in."""

    id: int
    shelf: Shelf
    position: int
    label: str
    text: str
    tag: str = ""
    action: Action = ""
    option_id: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person writes of a reply."""

    label: str
    text: str = ""
    tag: str = ""
    action: Action = ""
    option_id: int | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """A reply for one conversation: ``text`` is merged, or ``missing`` names what this person lacks.

    ``key`` is its number key, 0 for none; ``answer`` the words of the answer that goes with it, and
    ``campaign_id`` the campaign whose script that is of.
    """

    reply: Reply
    text: str = ""
    missing: tuple[str, ...] = ()
    key: int = 0
    action: Action = ""
    answer: str = ""
    campaign_id: int | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """An answer of a campaign's script that a reply may fill in."""

    id: int
    question: str
    label: str


# -- keeping --------------------------------------------------------------------------------------


def of_shelf(store: Store, shelf: Shelf) -> tuple[Reply, ...]:
    """The replies of one shelf in their order."""
    with store.read() as conn:
        return tuple(_reply(row) for row in conn.execute(_on(shelf)))


def save(store: Store, clock: Clock, shelf: Shelf, draft: Draft, reply_id: int | None = None) -> int:
    """Keep a new reply at the end of its shelf, or change one; returns its id. Two may share a label.

    Raises :class:`CannedError`, and ``templates.TemplateError`` for a text that cannot be read.
    """
    values = checked(draft) | {"updated_at": clock.now()}
    with store.write() as unit:
        if draft.option_id is not None and not _is_option(unit.conn, shelf.campaign_id, draft.option_id):
            raise CannedError("This answer is not of this campaign's script. Choose another, or none.")
        if reply_id is not None:
            changed = unit.conn.execute(
                sa.update(canned_reply).where(canned_reply.c.id == reply_id, *_is(shelf)).values(**values)
            )
            if not changed.rowcount:
                raise CannedError("This reply is no longer there.")
            return reply_id
        return _add(unit, clock, shelf, values)


def _add(unit: Unit, clock: Clock, shelf: Shelf, values: Mapping[str, Any]) -> int:
    count, last = unit.conn.execute(
        sa.select(sa.func.count(), sa.func.max(canned_reply.c.position)).where(*_is(shelf))
    ).one()
    if count >= MAX_REPLIES:
        raise CannedError(f"There are {MAX_REPLIES} replies here already. Delete some first.")
    insert = sa.insert(canned_reply).returning(canned_reply.c.id)
    place = {"position": -1 if last is None else last} | {"created_at": clock.now()}
    place["position"] += 1
    shelved = {"campaign_id": shelf.campaign_id, "operator": shelf.operator}
    return int(unit.conn.execute(insert.values(**values, **place, **shelved)).scalar_one())


def checked(draft: Draft) -> dict[str, Any]:
    """The columns of a draft. Raises :class:`CannedError` and ``templates.TemplateError``."""
    label = " ".join(draft.label.split())[:MAX_LABEL]
    text = draft.text.strip()
    if not label:
        raise CannedError("Give the reply a short name: it stands on its button.")
    if draft.action not in ACTIONS:
        raise CannedError("After the send comes nothing, done or opt_out.")
    templates.parse(text)
    if not text and not draft.action:
        raise CannedError("The text is empty. There is nothing to fill in.")
    if text and draft.action == "opt_out":
        raise CannedError("Nothing is sent to a person who is opted out: leave the text empty.")
    tag = beside.tidy(draft.tag)
    return {"label": label, "text": text, "tag": tag, "action": draft.action, "option_id": draft.option_id}


def move(store: Store, reply_id: int, by: int) -> None:
    """Move a reply ``by`` places along its shelf; it stops at the ends."""
    with store.write() as unit:
        row = unit.conn.execute(sa.select(canned_reply).where(canned_reply.c.id == reply_id)).first()
        if row is None:
            return
        ids = [each.id for each in unit.conn.execute(_on(Shelf(row.campaign_id, row.operator)))]
        place = ids.index(reply_id)
        ids.insert(max(0, min(place + by, len(ids) - 1)), ids.pop(place))
        change = sa.update(canned_reply).where(canned_reply.c.id == sa.bindparam("which"))
        unit.conn.execute(
            change.values(position=sa.bindparam("place")),
            [{"which": each, "place": place} for place, each in enumerate(ids)],
        )


def delete(store: Store, reply_id: int) -> Reply | None:
    """Take a reply out; returns what it was, for :func:`put_back`."""
    with store.write() as unit:
        row = unit.conn.execute(sa.select(canned_reply).where(canned_reply.c.id == reply_id)).first()
        unit.conn.execute(sa.delete(canned_reply).where(canned_reply.c.id == reply_id))
        return None if row is None else _reply(row)


def put_back(store: Store, clock: Clock, reply: Reply) -> int:
    """Undo a :func:`delete`: the same reply in the same place, with a new id."""
    draft = Draft(reply.label, reply.text, reply.tag, reply.action, reply.option_id)
    with store.write() as unit:
        unit.conn.execute(
            sa.update(canned_reply)
            .where(*_is(reply.shelf), canned_reply.c.position >= reply.position)
            .values(position=canned_reply.c.position + 1)
        )
        new = _add(unit, clock, reply.shelf, checked(draft) | {"updated_at": clock.now()})
        unit.conn.execute(
            sa.update(canned_reply).where(canned_reply.c.id == new).values(position=reply.position)
        )
        return new


def copy(unit: Unit, clock: Clock, source: int, target: int, options: Mapping[int, int]) -> None:
    """Give the campaign ``target`` the replies of ``source``. ``options``: new ids of answers by old."""
    when = {"created_at": clock.now(), "updated_at": clock.now()}
    for reply in unit.conn.execute(_on(Shelf(source))).all():
        values = {name: getattr(reply, name) for name in ("position", "label", "text", "tag", "action")}
        values["option_id"] = options.get(reply.option_id or 0)
        unit.conn.execute(sa.insert(canned_reply).values(campaign_id=target, **when, **values))


def options(store: Store, campaign_id: int) -> tuple[Option, ...]:
    """The answers of a campaign's script, in its order."""
    with store.read() as conn:
        rows = conn.execute(
            _OPTIONS.where(question.c.campaign_id == campaign_id).order_by(
                question.c.position, question.c.id, question_option.c.position, question_option.c.id
            )
        )
        return tuple(Option(row.id, row.text, row.label) for row in rows)


_OPTIONS = (
    sa.select(question_option.c.id, question.c.text, question_option.c.label)
    .join(question, question.c.id == question_option.c.question_id)
    .where(question.c.removed_at.is_(None), question_option.c.removed_at.is_(None))
)


def _is_option(conn: sa.Connection, campaign_id: int | None, option_id: int) -> bool:
    of = _OPTIONS.where(question.c.campaign_id == campaign_id, question_option.c.id == option_id)
    return conn.execute(of).first() is not None


def _is(shelf: Shelf) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        canned_reply.c.campaign_id.is_(None)
        if shelf.campaign_id is None
        else canned_reply.c.campaign_id == shelf.campaign_id,
        canned_reply.c.operator == shelf.operator,
    )


def _on(shelf: Shelf) -> sa.Select[Any]:
    return sa.select(canned_reply).where(*_is(shelf)).order_by(canned_reply.c.position, canned_reply.c.id)


def _reply(row: Any) -> Reply:
    shelf = Shelf(row.campaign_id, row.operator)
    action = cast("Action", row.action)
    return Reply(row.id, shelf, row.position, row.label, row.text, row.tag, action, row.option_id)


# -- in a conversation ----------------------------------------------------------------------------


def for_conversation(store: Store, clock: Clock, conversation_id: int, operator: str) -> tuple[Offered, ...]:
    """Every reply that fits a conversation: of its campaign, of ``operator``, of everybody.

    The first :data:`KEYS` have a number key. Texts are merged for the person; ``{sender}`` is the
    campaign's, else ``operator``.
    """
    with store.read() as conn:
        return offered(conn, clock.now(), conversation_id, operator)


def offered(conn: sa.Connection, now: float, conversation_id: int, operator: str) -> tuple[Offered, ...]:
    """The same within a reading."""
    number = conn.execute(
        sa.select(conversation.c.number).where(conversation.c.id == conversation_id)
    ).scalar()
    if number is None:
        return ()
    here = campaign_of(conn, number)
    shelves = [Shelf(here)] if here is not None else []
    shelves += [*([Shelf(operator=operator)] if operator else []), EVERYBODY]
    replies = [_reply(row) for shelf in shelves for row in conn.execute(_on(shelf))]
    if not replies:
        return ()
    fill = Filler(conn, now, number, operator, here)
    answers = _answers(conn, here, [each.option_id for each in replies if each.option_id is not None])
    return tuple(
        _offer(fill, reply, answers, place if place <= KEYS else 0)
        for place, reply in enumerate(replies, start=1)
    )


def _offer(fill: Filler, reply: Reply, answers: Mapping[int, tuple[str, bool]], key: int) -> Offered:
    text = fill.text(reply.text)
    answer, opts_out = answers.get(reply.option_id or 0, ("", False))
    action: Action = "opt_out" if opts_out else reply.action
    if isinstance(text, str):
        return Offered(reply, text, (), key, action, answer, fill.campaign_id if answer else None)
    return Offered(reply, "", text, key, action, answer, fill.campaign_id if answer else None)


def _answers(conn: sa.Connection, campaign_id: int | None, wanted: list[int]) -> dict[int, tuple[str, bool]]:
    if campaign_id is None or not wanted:
        return {}
    query = _OPTIONS.add_columns(question_option.c.opts_out).where(
        question.c.campaign_id == campaign_id, question_option.c.id.in_(wanted)
    )
    return {row.id: (row.label, bool(row.opts_out)) for row in conn.execute(query)}


def _last_to(unclaimed: bool) -> Prepared:
    m = message.c
    left = m.claimed_at.is_(None) if unclaimed else m.claimed_at.is_not(None)
    # Claims come in the order of the presses, and an index has them in that order for each number.
    newest = (m.clicked_at.desc(), m.id.desc()) if unclaimed else (m.claimed_at.desc(),)
    return Prepared(
        sa.select(m.campaign_id, m.clicked_at)
        .where(
            m.number == sa.bindparam("number"),
            m.direction == sa.literal_column("'out'"),
            left,
            m.campaign_id.is_not(None),
            sa.text("state IN ('sent', 'sending', 'clicked', 'unknown', 'not_sent')"),
        )
        .order_by(*newest)
        .limit(sa.literal_column("1"))
    )


_LAST_TO = (_last_to(False), _last_to(True))


def campaign_of(conn: sa.Connection, number: str) -> int | None:
    """The campaign that a number's answers belong to: the one whose text went to it last."""
    rows = [row for each in _LAST_TO if (row := each.first(conn, number=number)) is not None]
    return int(max(rows, key=lambda row: row[1] or 0.0)[0]) if rows else None


class Filler:
    """Fills templates for one number, as of one moment (``now``, UTC seconds)."""

    def __init__(
        self, conn: sa.Connection, now: float, number: str, operator: str, campaign_id: int | None
    ) -> None:
        self.campaign_id = campaign_id
        self._now = now
        self._person = _person(conn, number)
        row = conn.execute(
            sa.select(campaign.c.texter, campaign.c.fields).where(campaign.c.id == campaign_id)
        ).first()
        self._sender = (row.texter if row is not None else "") or operator
        self._fields = merging.values_in(row.fields) if row is not None else {}

    def text(self, template: str) -> str | tuple[str, ...]:
        """The text for this person, or the names of the fields that they lack."""
        merged = self.merged(template)
        return merged.text if isinstance(merged, merging.Merged) else merged

    def merged(self, template: str) -> merging.Merged | tuple[str, ...]:
        """The same with the places of the fields, and when the day that it names is over."""
        if "{" not in template and "}" not in template:
            return merging.Merged(template, (), "", None)
        try:
            each = Wording(wordings.FIRST, template, templates.parse(template))
        except templates.TemplateError as error:
            return (f"text that can be read: {error}",)
        return merging.Merger((each,), self._sender, self._now, fields=self._fields).merge(self._person)


def _person(conn: sa.Connection, number: str) -> merging.Person:
    columns = [column for column in merging.COLUMNS if column.name != "position"]
    row = conn.execute(sa.select(sa.literal(0), *columns).where(contact.c.number == number)).first()
    if row is not None:
        return merging.person_of(row)
    return merging.Person(0, 0, number, "", "", "", "", "", None, "{}")


def found(offers: tuple[Offered, ...], query: str) -> tuple[Offered, ...]:
    """The offers that have every word of ``query`` in label, text or tag; those by label first."""
    words = query.casefold().split()
    fits = [
        each
        for each in offers
        if all(w in f"{each.reply.label} {each.reply.text} {each.reply.tag}".casefold() for w in words)
    ]
    by_label = [each for each in fits if all(w in each.reply.label.casefold() for w in words)]
    return tuple(by_label + [each for each in fits if each not in by_label])
