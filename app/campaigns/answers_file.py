"""Answers from a file: who came, who gave, who voted. What is known later goes to the same questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.campaigns import script
from app.campaigns.script import Question, Script, ScriptError
from app.clock import Clock
from app.conversations.answers import AnswerError, give_in
from app.people import columns, reading
from app.people.numbers import NumberError, parse
from app.people.reading import ImportFailure, Source
from app.store.engine import Store
from app.store.events import AnswerChanged, ContactsChanged
from app.store.tables import campaign, message

#: Refused rows that are kept to be shown; the count goes on.
MAX_REJECTS = 1000
#: Headings of the column with the answers, besides the question itself.
_HEADINGS = ("answer", "answers", "outcome", "result", "response", "reply", "value", "antwort", "respuesta")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out: its line in the file, the number as written, and why."""

    line: int
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class AnswersImport:
    """What became of a file: ``kept`` answers are new or other than before, ``same`` stood already."""

    total: int
    kept: int
    same: int
    rejected_count: int
    rejects: tuple[Reject, ...] = ()


def find_campaign(store: Store, named: str) -> int:
    """A campaign by its id or its whole name. Raises :class:`ScriptError`."""
    c = campaign.c
    with store.read() as conn:
        which = c.id == int(named) if named.isascii() and named.isdigit() else c.name == named
        found = conn.execute(sa.select(c.id).where(which)).scalars().all()
    if not found:
        raise ScriptError(f"There is no campaign “{named}”.")
    if len(found) > 1:
        keys = ", ".join(map(str, found))
        raise ScriptError(f"There are several campaigns “{named}”: name one by its number, {keys}.")
    return int(found[0])


def find_question(found: Script, named: str) -> Question:
    """A question by its id or its whole words. Raises :class:`ScriptError`."""
    words = " ".join(named.split()).casefold()
    for each in found.questions:
        if words in (str(each.id), each.text.casefold()):
            return each
    known = ", ".join(f"{each.id} “{each.text}”" for each in found.questions) or "none"
    raise ScriptError(f"There is no question “{named}” in this campaign. There is: {known}.")


def load_file(
    store: Store,
    clock: Clock,
    source: Source,
    campaign_id: int,
    question_id: int,
    *,
    country: str,
    operator: str,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> AnswersImport:
    """Keep the answers of a table (number, answer) in one transaction.

    A choice is named by its label or one of its words. Rows of people whom the campaign never had, of answers
    that there are not, and second rows of a number are refused with the reason. Raises
    :class:`~app.people.reading.ImportFailure` or :class:`ScriptError`; nothing is changed then.
    """
    with store.write() as unit:
        found = script.load(unit.conn, campaign_id)
        asked = found.get(question_id)
        if asked is None:
            raise ScriptError("This question is no longer in the script. Nothing was changed.")
        rows = _rows(source, asked)
        known = _numbers(unit.conn, campaign_id)
        now, kept, same = clock.now(), 0, 0
        seen: set[str] = set()
        rejects: list[Reject] = []
        for done, (line, raw, said) in enumerate(rows, start=1):
            try:
                number = parse(raw, country)
                _refuse(number, known, seen)
                seen.add(number)
                change = give_in(
                    unit, now, operator, found, number, asked.id, option_id=_option(asked, said),
                    value=said, country=country,
                )  # fmt: skip
            except (NumberError, AnswerError) as error:
                rejects.append(Reject(line, raw[:200], str(error).removesuffix(" Nothing was changed.")))
                continue
            kept, same = kept + (not change.nothing), same + change.nothing
            if done % 200 == 0:
                progress(done, len(rows))
        progress(len(rows), len(rows))
        if kept:
            unit.publish(AnswerChanged(campaign_id, ""), ContactsChanged())
    return AnswersImport(len(rows), kept, same, len(rejects), tuple(rejects[:MAX_REJECTS]))


def _refuse(number: str, known: frozenset[str], seen: set[str]) -> None:
    if number not in known:
        raise AnswerError("This number is not in the campaign.")
    if number in seen:
        raise AnswerError("This number stands in the file before.")


def _option(asked: Question, said: str) -> int | None:
    """The option that a cell names. Raises :class:`AnswerError`."""
    if asked.kind != "choice":
        return None
    words = " ".join(said.split()).casefold()
    if not words:
        raise AnswerError("There is no answer in this row.")
    for each in asked.choices:
        if words == each.label.casefold():
            return each.id
    for each in asked.choices:
        if words in each.words:
            return each.id
    labels = ", ".join(each.label for each in asked.choices)
    raise AnswerError(f"“{said[:60]}” is none of the answers: {labels}.")


def _numbers(conn: sa.Connection, campaign_id: int) -> frozenset[str]:
    query = sa.select(message.c.number).where(
        message.c.campaign_id == campaign_id, message.c.direction == "out", message.c.kind == "first"
    )
    return frozenset(conn.execute(query).scalars())


def _rows(source: Source, asked: Question) -> list[tuple[int, str, str]]:
    """(line, number, answer) as written."""
    every = list(reading.rows(source, reading.inspect(source)))
    sample = [cells for _line, cells in every[:200]]
    header = columns.has_header(sample[0], sample[1:]) if sample else False
    width = max((len(cells) for cells in sample), default=0)
    names = columns.names(sample[0] if sample else (), header, width)
    number = columns.guess(names, header, sample[1:] if header else sample).number
    if number is None:
        raise ImportFailure("No column holds phone numbers. Nothing was changed.")
    answer = _answer_column(names, number, asked)

    def cell(cells: Sequence[str], place: int) -> str:
        return cells[place].strip() if place < len(cells) else ""

    return [(line, cell(cells, number), cell(cells, answer)) for line, cells in every[header:]]


def _answer_column(names: Sequence[str], number: int, asked: Question) -> int:
    wanted = (columns.folded(asked.text), *_HEADINGS)
    keys = [columns.folded(name) for name in names]
    for name in wanted:
        for place, key in enumerate(keys):
            if place != number and key == name:
                return place
    others = [place for place in range(len(names)) if place != number]
    if len(others) == 1:
        return others[0]
    raise ImportFailure(
        f"No column is called “answer” or “{asked.text}”. Name the one with the answers so. "
        "Nothing was changed."
    )
