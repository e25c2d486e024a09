"""Answers of a script, given by the one who texts: kept at once, whatever becomes of the next text.

An answer is one row for a number and a question; another answer clears it and what followed from it, and
nothing is ever deleted. Its value keeps the words as they were, so that a change of the script does not
change what was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from app.campaigns import script as scripts
from app.campaigns.script import Option, Question, Script
from app.clock import Clock
from app.people import beside, fields, filling
from app.people.filling import Filled, FillError
from app.people.person import clean
from app.store.engine import Store, Unit
from app.store.events import AnswerChanged, ContactsChanged
from app.store.tables import answer, contact_tag, question, question_option

#: The longest answer in words, in characters.
MAX_VALUE = 500


class AnswerError(ValueError):
    """An answer that cannot be kept; the text is a sentence for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Given:
    """A standing answer. ``value``: the label as it was, the words or the number; ``at``: UTC seconds."""

    id: int
    question_id: int
    option_id: int | None
    value: str
    at: float
    operator: str


@dataclass(frozen=True, slots=True)
class Change:
    """What giving or clearing an answer did; ``restore`` puts everything back that nobody changed since."""

    campaign_id: int
    number: str
    at: float
    label: str = ""  # for a list of what can be undone
    made: int | None = None
    cleared: tuple[int, ...] = ()
    tagged: tuple[str, ...] = ()
    untagged: tuple[str, ...] = ()
    filled: tuple[Filled, ...] = ()
    note: str = ""  # a sentence where less was done than the script asks for
    country: str = field(default="", repr=False)

    @property
    def nothing(self) -> bool:
        """True when the answer stood already."""
        return self.made is None and not self.cleared

    def restore(self, store: Store) -> bool:
        """Take it back. False when another answer has been given meanwhile: then nothing is changed."""
        with store.write() as unit:
            if self.nothing or not _still_so(unit, self):
                return False
            if self.made is not None:
                _set_cleared(unit, (self.made,), self.at)
            if self.cleared:
                _set_cleared(unit, self.cleared, None)
            for tag in self.tagged:
                _untag(unit, self.number, tag)
            beside.add_tags(unit.conn, {self.number: self.untagged} if self.untagged else {})
            for done in reversed(self.filled):
                filling.take_back(unit, self.at, self.number, done, self.country)
            _publish(unit, self)
        return True


def _still_so(unit: Unit, change: Change) -> bool:
    """Whether the answer made still stands, and no other one in the place of those that were cleared."""
    stands = sa.select(answer.c.id).where(answer.c.cleared_at.is_(None))
    if (
        change.made is not None
        and unit.conn.execute(stands.where(answer.c.id == change.made)).first() is None
    ):
        return False
    questions = sa.select(answer.c.question_id).where(answer.c.id.in_(change.cleared))
    others = stands.where(
        answer.c.number == change.number,
        answer.c.question_id.in_(questions),
        answer.c.id != (change.made or 0),
    )
    return unit.conn.execute(others).first() is None


def _set_cleared(unit: Unit, ids: Iterable[int], at: float | None) -> None:
    unit.conn.execute(sa.update(answer).where(answer.c.id.in_(tuple(ids))).values(cleared_at=at))


def _publish(unit: Unit, change: Change) -> None:
    unit.publish(AnswerChanged(change.campaign_id, change.number))
    if change.tagged or change.untagged or change.filled:
        unit.publish(ContactsChanged())


# -- giving and clearing --------------------------------------------------------------------------


def give(
    store: Store,
    clock: Clock,
    operator: str,
    campaign_id: int,
    number: str,
    question_id: int,
    *,
    option_id: int | None = None,
    value: str = "",
    country: str = "",
) -> Change:
    """Keep an answer of ``number`` (E.164): one of the options, or words or a number as the question asks.

    Another answer than before clears those that followed from it. The option's tag is set, and the question's
    contact field is written. Raises :class:`AnswerError`.
    """
    with store.write() as unit:
        script = scripts.load(unit.conn, campaign_id)
        change = give_in(
            unit, clock.now(), operator, script, number, question_id, option_id=option_id, value=value,
            country=country,
        )  # fmt: skip
        if not change.nothing:
            _publish(unit, change)
    return change


def give_option(
    store: Store, clock: Clock, operator: str, number: str, option_id: int, *, country: str = ""
) -> Change:
    """The same, by the option alone: of what a canned reply fills in."""
    of = sa.select(question.c.campaign_id, question.c.id).join(
        question_option, question_option.c.question_id == question.c.id
    )
    with store.read() as conn:
        row = conn.execute(of.where(question_option.c.id == option_id)).first()
    if row is None:
        raise AnswerError("This answer was taken out of the script. Nothing was changed.")
    return give(store, clock, operator, row[0], number, row[1], option_id=option_id, country=country)


def give_in(
    unit: Unit,
    now: float,
    operator: str,
    script: Script,
    number: str,
    question_id: int,
    *,
    option_id: int | None = None,
    value: str = "",
    country: str = "",
) -> Change:
    """The same within a transaction; the caller publishes."""
    asked = script.get(question_id)
    if asked is None:
        raise AnswerError("This question was taken out of the script. Nothing was changed.")
    option, value = _checked(asked, option_id, value)
    change = Change(script.campaign_id, number, now, f"{asked.text} {value}", country=country)
    before = standing(unit.conn, script.campaign_id, number)
    old = before.get(question_id)
    if old is not None and (old.option_id, old.value) == (option.id if option else None, value):
        return change
    if old is not None:
        change = _cleared(unit, now, script, number, question_id, before, change)
    made = unit.conn.execute(
        sa.insert(answer)
        .returning(answer.c.id)
        .values(
            question_id=question_id, campaign_id=script.campaign_id, number=number, value=value, at=now,
            option_id=option.id if option else None, operator=operator,
        )
    ).scalar_one()  # fmt: skip
    return _kept(unit, now, asked, option, value, replace(change, made=int(made)))


def _checked(asked: Question, option_id: int | None, value: str) -> tuple[Option | None, str]:
    """The option and the value to keep. Raises :class:`AnswerError`."""
    if asked.kind == "choice":
        option = next((each for each in asked.choices if each.id == option_id), None)
        if option is None:
            raise AnswerError("This answer was taken out of the script. Nothing was changed.")
        return option, option.label
    value = " ".join(clean(value).split())[:MAX_VALUE]
    if not value:
        raise AnswerError("There is no answer to keep yet.")
    if asked.kind == "number" and fields.amount(value) is None:
        raise AnswerError(f"“{value[:60]}” is no number. Nothing was changed.")
    return None, value


def _kept(
    unit: Unit, now: float, asked: Question, option: Option | None, value: str, change: Change
) -> Change:
    """Set the tag of the option and fill the field of the question."""
    number, people = change.number, beside.ids_of(unit.conn, (change.number,))
    if option is not None and option.tag and beside.add_tags(unit.conn, {number: (option.tag,)}):
        change = replace(change, tagged=(option.tag,))
    if asked.field:
        try:
            done = filling.fill(unit, now, number, asked.field, value, change.country)
        except FillError as error:
            raise AnswerError(f"The field {asked.field}: {error}") from error
        change = replace(change, filled=(*change.filled, done) if done is not None else change.filled)
    if not people and (asked.field or (option is not None and option.tag)):
        change = replace(change, note="This number is no contact, so only the answer itself was kept.")
    return change


def clear(
    store: Store, clock: Clock, campaign_id: int, number: str, question_id: int, *, country: str = ""
) -> Change:
    """Take an answer away, and those that followed from it."""
    now = clock.now()
    with store.write() as unit:
        script = scripts.load(unit.conn, campaign_id)
        before = standing(unit.conn, campaign_id, number)
        asked = script.get(question_id)
        change = Change(campaign_id, number, now, f"{asked.text if asked else 'answer'}: no answer")
        change = replace(change, country=country)
        if question_id in before:
            change = _cleared(unit, now, script, number, question_id, before, change)
            _publish(unit, change)
    return change


def _cleared(
    unit: Unit, now: float, script: Script, number: str, question_id: int, before: dict[int, Given],
    change: Change,
) -> Change:  # fmt: skip
    """Clear the answer to a question and to all that can follow it, with their tags and fields."""
    by_id = {each.id: each for each in script.every}
    gone = [before[key] for key in (question_id, *_below(by_id, question_id)) if key in before]
    _set_cleared(unit, (each.id for each in gone), now)
    kept = {each.option_id for each in before.values() if each not in gone}
    tags = {option.id: option.tag for each in script.every for option in each.options if option.tag}
    still = {beside.folded(tags[key]) for key in kept if key in tags}
    untagged, filled = [], []
    for each in gone:
        tag = tags.get(each.option_id or 0, "")
        if tag and beside.folded(tag) not in still and _untag(unit, number, tag):
            untagged.append(tag)
        asked = by_id.get(each.question_id)
        if asked is not None and asked.field:
            done = Filled(asked.field, "", each.value)
            if filling.take_back(unit, now, number, done, change.country):
                filled.append(Filled(asked.field, each.value, ""))
    return replace(
        change,
        cleared=tuple(each.id for each in gone),
        untagged=tuple(untagged),
        filled=(*change.filled, *filled),
    )


def _below(by_id: dict[int, Question], question_id: int) -> tuple[int, ...]:
    """What can follow a question, by answers that were taken out too."""
    found: dict[int, None] = {}
    front = [question_id]
    while front:
        here = by_id.get(front.pop())
        targets = [here.next_id, *(each.next_id for each in here.options)] if here is not None else []
        fresh = [key for key in targets if key is not None and key not in found]
        found.update(dict.fromkeys(fresh))
        front.extend(fresh)
    found.pop(question_id, None)
    return tuple(found)


def _untag(unit: Unit, number: str, tag: str) -> bool:
    people = beside.ids_of(unit.conn, (number,))
    if number not in people:
        return False
    key = beside.tag_ids(unit.conn, (tag,))[beside.folded(tag)]
    gone = sa.delete(contact_tag).where(
        contact_tag.c.tag_id == key, contact_tag.c.contact_id == people[number]
    )
    return bool(unit.conn.execute(gone).rowcount)


# -- reading --------------------------------------------------------------------------------------


def standing(conn: sa.Connection, campaign_id: int, number: str) -> dict[int, Given]:
    """The standing answers of ``number`` in a campaign, by question."""
    rows = conn.execute(
        sa.select(answer)
        .where(answer.c.number == number, answer.c.campaign_id == campaign_id, answer.c.cleared_at.is_(None))
        .order_by(answer.c.at, answer.c.id)
    )
    return {row.question_id: given(row) for row in rows}


def given(row: Any) -> Given:
    """A row of the table as a value."""
    return Given(row.id, row.question_id, row.option_id, row.value, row.at, row.operator)
