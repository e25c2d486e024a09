"""Changing a script: a question with its answers; taking out, putting back, ordering, copying."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app.campaigns import templates
from app.campaigns.script import (
    KINDS,
    MAX_LABEL,
    MAX_OPTIONS,
    MAX_QUESTIONS,
    MAX_TEXT,
    MAX_WORD,
    MAX_WORDS,
    TONES,
    Option,
    Question,
    Script,
    ScriptError,
    field_name,
    load,
)
from app.clock import Clock
from app.people import beside
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import campaign, question, question_option


def save(store: Store, clock: Clock, campaign_id: int, wanted: Question) -> int:
    """Store a question with its options, a new one behind the others (``id`` 0). Returns its id.

    Options that are no longer in it are taken out; what ``then`` names is made a question of its own, unless
    one of these words is there. Raises :class:`ScriptError`, or ``TemplateError`` for a text with a mistake.
    """
    wanted = _tidied(wanted)
    with store.write() as unit:
        script = _known(unit, campaign_id)
        if not wanted.id:  # before those that follow it: what is first in order is asked first
            bare = Question(wanted.text, wanted.kind, field=wanted.field)
            wanted = replace(wanted, id=_insert(unit, campaign_id, bare))
            script = load(unit.conn, campaign_id)
        wanted = _with_new(unit, script, wanted)
        _put(unit, clock, script, wanted)
        _refuse_circles(unit, campaign_id)
        unit.publish(CampaignChanged(campaign_id))
    return wanted.id


def _known(unit: Unit, campaign_id: int) -> Script:
    there = sa.select(campaign.c.id).where(campaign.c.id == campaign_id)
    if unit.conn.execute(there).first() is None:
        raise ScriptError("This campaign is no longer there.")
    return load(unit.conn, campaign_id)


def _line(text: str, most: int) -> str:
    return " ".join(text.split())[:most]


def _tidied(wanted: Question) -> Question:
    """The question as it is kept. Raises :class:`ScriptError` where something must be given."""
    text = _line(wanted.text, MAX_TEXT)
    if not text:
        raise ScriptError("Write the question first.")
    if wanted.kind not in KINDS:
        raise ScriptError(f"A question is answered by a choice, words or a number, not by {wanted.kind!r}.")
    if wanted.kind == "choice":
        options = tuple(_tidied_option(each) for each in wanted.options if _line(each.label, MAX_LABEL))
        _refuse_doubles(options)
        following: dict[str, Any] = {"next_text": "", "next_id": None, "then": ""}
    else:
        options = wanted.options
        templates.parse(wanted.next_text)
        following = {"next_text": wanted.next_text.strip()}
    return replace(wanted, text=text, options=options, field=field_name(wanted.field), **following)


def _tidied_option(each: Option) -> Option:
    templates.parse(each.next_text)
    words = dict.fromkeys(_line(word, MAX_WORD).casefold() for word in each.words)
    return replace(
        each,
        label=_line(each.label, MAX_LABEL),
        next_text=each.next_text.strip(),
        tag=beside.tidy(each.tag),
        tone=each.tone if each.tone in TONES else "",
        words=tuple(word for word in words if word)[:MAX_WORDS],
    )


def _refuse_doubles(options: Iterable[Option]) -> None:
    seen = set()
    count = 0
    for each in options:
        if each.removed:
            continue
        count += 1
        if each.label.casefold() in seen:
            raise ScriptError(f"There are two answers “{each.label}”. Give one of them another name.")
        seen.add(each.label.casefold())
    if count > MAX_OPTIONS:
        raise ScriptError(f"A question has at most {MAX_OPTIONS} answers.")


def _with_new(unit: Unit, script: Script, wanted: Question) -> Question:
    """The question with the ids of those that ``then`` names, made where they are new."""
    known = {each.text.casefold(): each.id for each in script.questions}

    def following(then: str) -> int:
        text = _line(then, MAX_TEXT)
        if text.casefold() not in known:
            known[text.casefold()] = _insert(unit, script.campaign_id, Question(text))
        return known[text.casefold()]

    options = tuple(
        replace(each, next_id=following(each.then), then="") if _line(each.then, MAX_TEXT) else each
        for each in wanted.options
    )
    if _line(wanted.then, MAX_TEXT):
        wanted = replace(wanted, next_id=following(wanted.then), then="")
    return replace(wanted, options=options)


def _insert(unit: Unit, campaign_id: int, new: Question) -> int:
    mine = question.c.campaign_id == campaign_id
    last, count = unit.conn.execute(
        sa.select(
            sa.func.coalesce(sa.func.max(question.c.position), -1),
            sa.func.sum(sa.case((question.c.removed_at.is_(None), 1), else_=0)),
        ).where(mine)
    ).one()
    if int(count or 0) >= MAX_QUESTIONS:
        raise ScriptError(f"A script has at most {MAX_QUESTIONS} questions.")
    return int(
        unit.conn.execute(
            sa.insert(question)
            .returning(question.c.id)
            .values(campaign_id=campaign_id, position=last + 1, **_columns(new))
        ).scalar_one()
    )


def _columns(each: Question) -> dict[str, Any]:
    return {name: getattr(each, name) for name in ("text", "kind", "field", "next_text", "next_id")}


def _option_columns(each: Option, position: int) -> dict[str, Any]:
    names = ("label", "next_text", "next_id", "opts_out", "tag", "tone")
    return {
        **{name: getattr(each, name) for name in names},
        "words": "\n".join(each.words),
        "position": position,
    }


def _put(unit: Unit, clock: Clock, script: Script, wanted: Question) -> None:
    before = script.get(wanted.id)
    if before is None:
        raise ScriptError("This question was taken out meanwhile.")
    targets = [wanted.next_id, *(each.next_id for each in wanted.options)]
    _refuse_strangers(unit, script.campaign_id, targets)
    unit.conn.execute(sa.update(question).where(question.c.id == before.id).values(**_columns(wanted)))
    if wanted.kind == "choice":  # else they wait for the day when it is a choice again
        _put_options(unit, clock, before, wanted)


def _put_options(unit: Unit, clock: Clock, before: Question, wanted: Question) -> None:
    old = {each.id for each in before.options}
    kept = [each for each in wanted.options if not each.removed]
    for position, each in enumerate(kept):
        values = _option_columns(each, position)
        if each.id in old:
            unit.conn.execute(
                sa.update(question_option)
                .where(question_option.c.id == each.id)
                .values(removed_at=None, **values)
            )
        else:
            unit.conn.execute(sa.insert(question_option).values(question_id=before.id, **values))
    gone = old - {each.id for each in kept}
    if gone:
        unit.conn.execute(
            sa.update(question_option)
            .where(question_option.c.id.in_(gone), question_option.c.removed_at.is_(None))
            .values(removed_at=clock.now())
        )


def _refuse_strangers(unit: Unit, campaign_id: int, targets: Iterable[int | None]) -> None:
    wanted = {key for key in targets if key is not None}
    found = unit.conn.execute(
        sa.select(question.c.id).where(question.c.campaign_id == campaign_id, question.c.id.in_(wanted))
    ).scalars()
    if wanted - set(found):
        raise ScriptError("A question that should follow is no longer there. Choose another one.")


def _refuse_circles(unit: Unit, campaign_id: int) -> None:
    circle = load(unit.conn, campaign_id).circle()
    if circle:
        round_trip = " → ".join(f"“{each.text}”" for each in (*circle, circle[0]))
        raise ScriptError(f"A script cannot lead back to where it was: {round_trip}. Nothing was changed.")


def remove(store: Store, clock: Clock, question_id: int) -> bool:
    """Take a question out; its answers stay on record. False when it was gone already."""
    return _mark(store, question_id, clock.now())


def restore(store: Store, question_id: int) -> bool:
    """Put a question back where it was. Raises :class:`ScriptError` where it would make a circle by now."""
    return _mark(store, question_id, None)


def _mark(store: Store, question_id: int, at: float | None) -> bool:
    with store.write() as unit:
        row = unit.conn.execute(sa.select(question).where(question.c.id == question_id)).first()
        if row is None or (row.removed_at is None) == (at is None):
            return False
        unit.conn.execute(sa.update(question).where(question.c.id == question_id).values(removed_at=at))
        _refuse_circles(unit, row.campaign_id)
        unit.publish(CampaignChanged(row.campaign_id))
    return True


def move(store: Store, question_id: int, by: int) -> bool:
    """Move a question up (-1) or down (1) among those that are asked. The first one is asked first."""
    with store.write() as unit:
        row = unit.conn.execute(sa.select(question).where(question.c.id == question_id)).first()
        if row is None:
            return False
        order = [each.id for each in load(unit.conn, row.campaign_id).questions]
        place = order.index(question_id) if question_id in order else -1
        if place < 0 or not 0 <= place + by < len(order):
            return False
        order.insert(place + by, order.pop(place))
        for position, key in enumerate(order):
            unit.conn.execute(sa.update(question).where(question.c.id == key).values(position=position))
        unit.publish(CampaignChanged(row.campaign_id))
    return True


def copy(conn: sa.Connection, source: int, target: int) -> dict[int, int]:
    """Give the campaign ``target`` the questions of ``source``, without what was taken out.

    Returns the options' new ids by their old ones.
    """
    script = load(conn, source)
    keys: dict[int, int] = {}
    options: dict[int, int] = {}
    for position, each in enumerate(script.questions):
        keys[each.id] = _new_id(
            conn, question, campaign_id=target, position=position, **{**_columns(each), "next_id": None}
        )
    for each in script.questions:
        if each.next_id in keys:
            conn.execute(
                sa.update(question).where(question.c.id == keys[each.id]).values(next_id=keys[each.next_id])
            )
        for position, option in enumerate(one for one in each.options if not one.removed):
            values = _option_columns(option, position)
            values["next_id"] = keys.get(option.next_id or 0)
            options[option.id] = _new_id(conn, question_option, question_id=keys[each.id], **values)
    return options


def _new_id(conn: sa.Connection, table: sa.Table, **values: Any) -> int:
    return int(conn.execute(sa.insert(table).returning(table.c.id).values(**values)).scalar_one())
