"""What is looked at before a campaign starts, in plain words: each check passes, warns or stops."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from app.campaigns import merging, templates
from app.campaigns.hours import Policy
from app.campaigns.templates import Template, TemplateError
from app.clock import Clock
from app.people import numbers
from app.store.engine import Store
from app.store.tables import campaign, line, opt_out
from modem import sms

#: People that a check keeps to be shown; the count goes on.
KEPT = 1_000
_STOP_WORDS = re.compile(
    r"\b(stop|opt[\s-]?out|unsubscribe|stopp|arr[eê]t|alto|baja|parar|sair)\b", re.IGNORECASE
)
_SHORTENERS = re.compile(
    r"\b(bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|buff\.ly|rebrand\.ly|cutt\.ly|rb\.gy)\b",
    re.IGNORECASE,
)
#: Words that take a person off the list when they come back as an answer.
_CLASH = re.compile(
    r"\b(?:reply|answer|text|respond|antworten|responda|répondez)\W+(?:\w+\W+){0,2}?[\"'“]?"
    r"(end|cancel|quit|remove|ende|basta|salir|cancelar|start)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. ``people`` are contact ids, at most ``KEPT``; ``count`` is all of them."""

    level: Literal["pass", "warn", "stop"]
    text: str
    people: tuple[int, ...] = ()
    count: int = 0


@dataclass(slots=True)
class _Tally:
    people: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, person: merging.Person) -> None:
        self.count += 1
        if len(self.people) < KEPT:
            self.people.append(person.contact_id)
        if len(self.names) < 3:
            self.names.append(person.called)

    def check(self, level: Literal["pass", "warn", "stop"], words: str) -> Check:
        return Check(level, words, tuple(self.people), self.count)

    @property
    def called(self) -> str:
        more = self.count - len(self.names)
        return ", ".join(self.names) + (f" and {more:,} more" if more > 0 else "")


@dataclass(slots=True)
class _Findings:
    lacking: dict[str, _Tally] = field(default_factory=dict)
    opted_out: _Tally = field(default_factory=_Tally)
    no_consent: _Tally = field(default_factory=_Tally)
    no_zone: _Tally = field(default_factory=_Tally)
    several: _Tally = field(default_factory=_Tally)
    segments: Counter[int] = field(default_factory=Counter)
    offending: Counter[str] = field(default_factory=Counter)


def checks(
    store: Store,
    clock: Clock,
    campaign_id: int,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> tuple[Check, ...]:
    """Look at the campaign and at everyone in it. Empty when cancelled."""
    with store.read() as conn:
        row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
        if row is None:
            return (Check("stop", "This campaign is no longer there."),)
        try:
            template = templates.parse(row["template"])
        except TemplateError as error:
            return (Check("stop", str(error)),)
        first = _basics(conn, row, template, campaign_id)
        if any(check.level == "stop" for check in first):
            return (*first, *_of_the_text(row, template), _of_the_lines(conn))
        found = _look(conn, row, template, progress, cancelled)
        if found is None:
            return ()
        return (
            *_of_the_text(row, template),
            *_of_the_people(found),
            _of_the_segments(found),
            _of_the_hours(row),
            _of_the_lines(conn),
        )


def _basics(conn: sa.Connection, row: Any, template: Template, campaign_id: int) -> tuple[Check, ...]:
    found = []
    if not row["template"].strip():
        found.append(Check("stop", "The message is empty"))
    if not merging.count(conn, row["list_id"]):
        found.append(Check("stop", "No people yet: choose a list or import one"))
    else:
        known = set(merging.known_fields(conn, campaign_id)) | set(merging.OWN_FIELDS)
        strange = [name for name in template.fields if name not in known]
        if strange:
            found.append(Check("stop", "The list has no " + ", ".join(f"{{{name}}}" for name in strange)))
    return tuple(found)


def _look(
    conn: sa.Connection,
    row: Any,
    template: Template,
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> _Findings | None:
    found = _Findings()
    out = set(conn.execute(sa.select(opt_out.c.number).where(opt_out.c.lifted_at.is_(None))).scalars())
    total = merging.count(conn, row["list_id"])
    for done, person in enumerate(merging.people(conn, row["list_id"]), start=1):
        _look_at(found, person, template, row["texter"], person.number in out)
        if done % 500 == 0:
            if progress is not None:
                progress(done, total)
            if cancelled is not None and cancelled():
                return None
    if progress is not None:
        progress(total, total)
    return found


def _look_at(found: _Findings, person: merging.Person, template: Template, texter: str, out: bool) -> None:
    if out:
        found.opted_out.add(person)
        return
    if not person.consent_source and person.consent_at is None:
        found.no_consent.add(person)
    if not person.time_zone and not numbers.zones(person.number):
        found.no_zone.add(person)
    values = merging.values(person, texter)
    missing = template.missing(values)
    for name in missing:
        found.lacking.setdefault(name, _Tally()).add(person)
    if not missing:
        cost = sms.split(template.render(values).text)
        found.segments[len(cost.segments)] += 1
        if len(cost.segments) > 1:
            found.several.add(person)
        if cost.offending:
            found.offending[cost.offending] += 1


def _of_the_text(row: Any, template: Template) -> tuple[Check, ...]:
    text = str(row["template"])
    plain = "".join(piece for piece in template.pieces if isinstance(piece, str))
    found = [_identity(row, template, plain)]
    if _STOP_WORDS.search(plain):
        found.append(Check("pass", "Says how to stop"))
    else:
        found.append(Check("warn", "Does not say how to stop, such as “Reply STOP to opt out”"))
    shortener = _SHORTENERS.search(text)
    if shortener:
        found.append(Check("warn", f"Carriers often drop texts with shared link shorteners ({shortener[0]})"))
    else:
        found.append(Check("pass", "No shared link shortener"))
    clash = _CLASH.search(plain)
    if clash:
        found.append(
            Check("warn", f"Whoever answers {clash[1].upper()} is opted out: ask for another word")
            if clash[1].lower() != "start"
            else Check("warn", "Whoever answers START is opted in again: ask for another word")
        )
    return tuple(found)


def _identity(row: Any, template: Template, plain: str) -> Check:
    texter = str(row["texter"]).strip()
    named = "sender" in template.fields or (texter and texter.casefold() in plain.casefold())
    if named and texter:
        return Check("pass", "Says who is writing")
    if "sender" in template.fields:
        return Check("stop", "{sender} is empty: fill in who is writing")
    return Check("warn", "Does not say who is writing: {sender} puts your name in")


def _of_the_people(found: _Findings) -> tuple[Check, ...]:
    checks = [
        tally.check("stop", f"{tally.called}: no {name}, and no fallback such as {{{name}|there}}")
        for name, tally in found.lacking.items()
    ] or [Check("pass", "Every field is filled for everyone")]
    if found.no_consent.count:
        checks.append(
            found.no_consent.check("warn", f"{_people(found.no_consent.count)} no consent on record")
        )
    if found.opted_out.count:
        checks.append(found.opted_out.check("warn", f"{found.opted_out.count:,} opted out: left out"))
    if found.no_zone.count:
        words = f"{_people(found.no_zone.count)} no known time zone: each waits until it is set"
        checks.append(found.no_zone.check("warn", words))
    return tuple(checks)


def _people(count: int) -> str:
    return "1 person has" if count == 1 else f"{count:,} people have"


def _of_the_segments(found: _Findings) -> Check:
    words = " · ".join(
        f"{'1 person' if people == 1 else f'{people:,} people'}: {size} segment{'s' if size > 1 else ''}"
        for size, people in sorted(found.segments.items())
    )
    if found.offending:
        letters = " ".join(letter for letter, _ in found.offending.most_common(5))
        words += f" (outside GSM-7: {letters})"
    if found.several.count:
        return found.several.check("warn", words)
    return Check("pass", words or "Nobody has a segment to send")


def _of_the_hours(row: Any) -> Check:
    policy = Policy.from_json(row["hours"])
    if policy.is_looser_than(Policy()):
        return Check("warn", f"Looser hours than usual, because: {row['hours_reason']}")
    return Check("pass", "Only inside the usual hours, where each person lives")


def _of_the_lines(conn: sa.Connection) -> Check:
    real = conn.execute(sa.select(line.c.practice).where(line.c.enabled)).scalars().all()
    if not real:
        return Check("warn", "There is no line to send and receive with yet")
    if all(real):
        return Check("warn", "Only the practice line is here: nothing leaves this computer")
    return Check("pass", "A line is there that also receives the answers")
