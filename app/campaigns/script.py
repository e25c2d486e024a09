"""The script of a campaign: what the texter asks, the answers there can be, and what is said and asked next.

A script is a graph of questions without circles: each answer names the question that follows, or none.
Texters see the first question and those that the answers lead to. What is taken out keeps its row, so that
the answers that were given stay what they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from app.campaigns import templates
from app.campaigns.refusing import CampaignError
from app.people import fieldtypes
from app.store.engine import Store
from app.store.tables import campaign, people_list, question, question_option

KINDS = ("choice", "text", "number")
#: How the chip of an answer looks, and how an answer is counted: for, against, or neither.
TONES = ("", "good", "bad")
#: Bounds, in characters, and of how many.
MAX_TEXT, MAX_LABEL, MAX_WORD = 200, 60, 60
MAX_QUESTIONS, MAX_OPTIONS, MAX_WORDS = 50, 20, 50
#: What an answer can be written to besides the fields of a list.
OWN = ("first_name", "last_name", "language")


class ScriptError(CampaignError):
    """A change of a script that cannot be; the text is a sentence for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a choice. ``id`` 0: not stored yet.

    ``words`` are replies that suggest it; ``tone`` is one of :data:`TONES`. ``then``, when saving: the text
    of a new question that follows.
    """

    label: str
    next_text: str = ""
    next_id: int | None = None
    opts_out: bool = False
    tag: str = ""
    tone: str = ""
    words: tuple[str, ...] = ()
    id: int = 0
    removed: bool = False
    then: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``next_text`` and ``next_id`` count where the answer is words or a number.

    ``field`` is the contact field that the answer is written to, "" for none. ``options`` has those that
    were taken out too, marked ``removed``.
    """

    text: str
    kind: str = "choice"
    options: tuple[Option, ...] = ()
    field: str = ""
    next_text: str = ""
    next_id: int | None = None
    id: int = 0
    removed: bool = False
    then: str = ""

    @property
    def choices(self) -> tuple[Option, ...]:
        """The answers that can be chosen now."""
        return tuple(each for each in self.options if not each.removed) if self.kind == "choice" else ()

    def option(self, option_id: int | None) -> Option | None:
        """One of its options, taken out or not."""
        return next((each for each in self.options if each.id == option_id), None)

    @property
    def following(self) -> tuple[int, ...]:
        """The ids of the questions that its answers lead to, each once."""
        found = [each.next_id for each in self.choices] if self.kind == "choice" else [self.next_id]
        return tuple(dict.fromkeys(key for key in found if key is not None))


@dataclass(frozen=True)
class Script:
    """A campaign's questions in their order; ``every`` has those that were taken out too."""

    campaign_id: int
    every: tuple[Question, ...] = ()

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Those that are asked now."""
        return tuple(each for each in self.every if not each.removed)

    @cached_property
    def _by_id(self) -> dict[int, Question]:
        return {each.id: each for each in self.every}

    def get(self, question_id: int | None) -> Question | None:
        """A question that is asked now."""
        found = self._by_id.get(question_id or 0)
        return found if found is not None and not found.removed else None

    @property
    def first(self) -> Question | None:
        """What is asked first."""
        return self.questions[0] if self.questions else None

    def after(self, question_id: int) -> tuple[int, ...]:
        """The ids of all questions that can follow it, near ones first."""
        found: dict[int, None] = {}
        front = list(self._following(question_id))
        while front:
            key = front.pop(0)
            if key not in found:
                found[key] = None
                front.extend(self._following(key))
        return tuple(found)

    def _following(self, question_id: int) -> Iterator[int]:
        here = self._by_id.get(question_id)
        return iter(here.following if here is not None and not here.removed else ())

    @cached_property
    def unreached(self) -> tuple[Question, ...]:
        """Questions that no answer leads to from the first one."""
        if self.first is None:
            return ()
        seen = {self.first.id, *self.after(self.first.id)}
        return tuple(each for each in self.questions if each.id not in seen)

    def depth(self, question_id: int) -> int:
        """How many answers lie between the first question and this one at least; 0 for what none leads to."""
        if self.first is None:
            return 0
        level, depth, seen = {self.first.id}, 0, {self.first.id}
        while level:
            if question_id in level:
                return depth
            level = {key for each in level for key in self._following(each)} - seen
            seen |= level
            depth += 1
        return 0

    def circle(self) -> tuple[Question, ...]:
        """Questions that lead back to themselves, in order; () as it should be."""
        for each in self.questions:
            if each.id in self.after(each.id):
                here = (self.get(key) for key in (each.id, *self.after(each.id)))
                return tuple(found for found in here if found is not None and each.id in self.after(found.id))
        return ()


# -- reading --------------------------------------------------------------------------------------


def load(conn: sa.Connection, campaign_id: int) -> Script:
    """A campaign's script, with what was taken out."""
    options: dict[int, list[Option]] = {}
    mine = sa.select(question.c.id).where(question.c.campaign_id == campaign_id)
    for row in conn.execute(
        sa.select(question_option)
        .where(question_option.c.question_id.in_(mine))
        .order_by(question_option.c.position, question_option.c.id)
    ):
        options.setdefault(row.question_id, []).append(_option(row))
    rows = conn.execute(
        sa.select(question)
        .where(question.c.campaign_id == campaign_id)
        .order_by(question.c.position, question.c.id)
    )
    return Script(campaign_id, tuple(_question(row, options.get(row.id, [])) for row in rows))


def get(store: Store, campaign_id: int) -> Script:
    """The same, read for itself."""
    with store.read() as conn:
        return load(conn, campaign_id)


def _option(row: Any) -> Option:
    words = tuple(word for word in row.words.split("\n") if word)
    return Option(
        row.label, row.next_text, row.next_id, bool(row.opts_out), row.tag, row.tone, words, row.id,
        row.removed_at is not None,
    )  # fmt: skip


def _question(row: Any, options: list[Option]) -> Question:
    return Question(
        row.text, row.kind, tuple(options), row.field, row.next_text, row.next_id, row.id,
        row.removed_at is not None,
    )  # fmt: skip


def fields_for(store: Store, campaign_id: int) -> tuple[str, ...]:
    """The contact fields that an answer can be written to: those of the campaign's list first."""
    import json

    with store.read() as conn:
        columns = conn.execute(
            sa.select(people_list.c.columns)
            .join(campaign, campaign.c.list_id == people_list.c.id)
            .where(campaign.c.id == campaign_id)
        ).scalar()
        known = sorted(fieldtypes.kinds_of(conn))
    return tuple(dict.fromkeys((*json.loads(columns or "[]"), *known, *OWN)))


def texts(script: Script) -> Mapping[str, str]:
    """Every text that an answer brings, by what leads to it ("Will they come? → Yes")."""
    found = {}
    for each in script.questions:
        if each.kind != "choice":
            found[each.text] = each.next_text
        for option in each.choices:
            found[f"{each.text} → {option.label}"] = option.next_text
    return {where: text for where, text in found.items() if text.strip()}


def field_name(text: str) -> str:
    """The name of a contact field as it is kept: "Party size" is "party_size"."""
    return templates.key(text)[:60]
