"""What is said of a script before a campaign starts: its texts, its answers, its ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.campaigns import merging, script, templates
from app.campaigns.linting import Check
from app.campaigns.script import OWN, Question, Script
from app.people import fields, fieldtypes, matching

#: Kinds of fields that not every word fits into.
_STRICT = {"number": "a number", "date": "a date", "time": "a time", "money": "an amount"}


def checks(conn: sa.Connection, row: Mapping[Any, Any]) -> tuple[Check, ...]:
    """The checks of a campaign's script (``row`` of its table); () where it has no question."""
    found = script.load(conn, row["id"])
    if not found.questions:
        return ()
    known = {*merging.known_fields(conn, row["id"]), *merging.OWN_FIELDS}
    said = (
        *_of_the_texts(found, known),
        *_of_the_words(found),
        *_of_the_ways(found),
        *_of_the_fields(found, fieldtypes.kinds_of(conn)),
    )
    return said or (Check("pass", f"The script holds together: {_questions(len(found.questions))}"),)


def _questions(count: int) -> str:
    return "1 question" if count == 1 else f"{count} questions"


def _of_the_texts(found: Script, known: set[str]) -> Iterator[Check]:
    for where, text in script.texts(found).items():
        try:
            names = templates.parse(text).fields
        except templates.TemplateError as error:
            yield Check("stop", f"Script, {where}: {error}")
            continue
        strange = [name for name in names if name not in known]
        if strange:
            # Who texts would find the composer empty instead: worth knowing, nothing wrong goes out.
            fields_named = ", ".join(f"{{{name}}}" for name in strange)
            yield Check(
                "warn", f"Script, {where}: the list has no {fields_named}, so this text is not offered"
            )


def _of_the_words(found: Script) -> Iterator[Check]:
    for each in found.questions:
        taken: dict[str, str] = {}
        for option in each.choices:
            for word in option.words:
                verdict = matching.classify(word)
                if verdict.tier == matching.HARD:
                    yield Check(
                        "warn",
                        f"Script: a reply “{word}” takes people out, so it never suggests “{option.label}”",
                    )
                elif word in taken:
                    yield Check(
                        "warn", f"Script: “{word}” suggests both “{taken[word]}” and “{option.label}”"
                    )
                taken.setdefault(word, option.label)
        if each.kind == "choice" and not each.choices:
            yield Check("warn", f"Script: “{each.text}” has no answers to choose from")


def _of_the_ways(found: Script) -> Iterator[Check]:
    for each in found.unreached:
        yield Check(
            "warn",
            f"Script: no answer leads to “{each.text}”, so texters do not see it; a file can fill it in",
        )


def _of_the_fields(found: Script, kinds: Mapping[str, str]) -> Iterator[Check]:
    for each in found.questions:
        kind = kinds.get(each.field, "text") if each.field not in OWN else "text"
        if not each.field or kind not in _STRICT:
            continue
        misfits = misfitting(each, kind)
        if misfits:
            named = ", ".join(f"“{label}”" for label in misfits)
            yield Check(
                "warn", f"Script: {{{each.field}}} is {_STRICT[kind]}, and {named} would not fit into it"
            )


def misfitting(each: Question, kind: str) -> tuple[str, ...]:
    """The labels that a field of ``kind`` cannot take."""
    if kind not in _STRICT:
        return ()
    labels = (option.label for option in each.choices)
    return tuple(label for label in labels if fields.convert(kind, label, month_first=False)[1] is None)
