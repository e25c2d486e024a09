"""What is looked at before a campaign starts, in plain words: each check passes, warns or stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from app.campaigns import caps, join_words, lining, linting, merging, office, script_checks, wordings
from app.campaigns.checking_schedule import of_the_schedule, softened
from app.campaigns.hours import HoursError, Policy
from app.campaigns.linting import Check
from app.campaigns.looking import KEPT, TEXTED_TODAY, TEXTED_WEEK, WAITS, Findings, Looker
from app.campaigns.templates import TemplateError
from app.campaigns.wordings import Wording
from app.clock import Clock
from app.store.engine import Store
from app.store.tables import campaign, line

__all__ = ["KEPT", "Check", "checks"]


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
            texts = wordings.load(conn, row)
        except TemplateError as error:
            return (Check("stop", str(error)),)
        first = _basics(conn, row, texts)
        said = (
            *linting.of_the_texts(conn, row, texts),
            *script_checks.checks(conn, row),
            *join_words.checks(conn, texts),
        )
        if any(check.level == "stop" for check in first):
            return (*first, *said, _of_the_lines(conn))
        looker = Looker(conn, row, texts, clock.now())
        found = looker.look(progress, cancelled)
        if found is None:
            return ()
        return (
            *said,
            *softened(_of_the_people(found), row),
            *_of_the_variants(found, texts),
            *_of_the_segments(conn, found),
            *_of_the_hours(row, found),
            *of_the_schedule(conn, row, texts, clock.now()),
            _of_the_lines(conn),
            *lining.of_the_lines(conn, campaign_id, found, clock.now()),
        )


def _basics(conn: sa.Connection, row: Mapping[Any, Any], texts: tuple[Wording, ...]) -> tuple[Check, ...]:
    found = []
    for each in texts:
        if not each.text.strip():
            which = "The message" if len(texts) == 1 else f"Text {each.label}"
            found.append(Check("stop", f"{which} is empty"))
    if not merging.count(conn, row["list_id"]):
        found.append(Check("stop", "No people yet: choose a list or import one"))
    else:
        strange = merging.strange_fields(conn, row["id"], texts)
        if strange:
            found.append(Check("stop", "The list has no " + ", ".join(f"{{{name}}}" for name in strange)))
    return tuple(found)


# -- in words -------------------------------------------------------------------------------------

#: kind -> what is said of one and of many, behind "has" and "have"
_SAID = (
    ("consent over", "whose consent has ended: ask them anew, or take them out"),
    ("no consent", "no consent on record"),
    ("old consent", "consent from more than two years ago"),
    ("bad number", "a number that failed for good before: nobody there, or a landline"),
    ("no mobile", "a number that is no mobile one: a landline or a service"),
    ("answered", "written since this second wave was made: take them out, or write to them as they are"),
    (TEXTED_TODAY, "a text of the last 24 hours from here"),
    (TEXTED_WEEK, "a text of the last 7 days from here"),
    ("past", "a day in their text that is over by now"),
    ("capped", f"{caps.LIMIT} texts without an answer already today: each waits until tomorrow"),
    ("made up", "numbers that follow one another without a gap, as made-up ones do"),
    ("shouting", "a name in capitals that would shout in the text"),
    ("twice", "more than one place in this list: they get one text"),
    ("no zone", "no known time zone: each waits until it is set"),
)

#: Of these nobody is to be left out: they get one text, or correcting their name is better.
_STAY = ("twice", "shouting")


def _of_the_people(found: Findings) -> tuple[Check, ...]:
    checks = [
        tally.check("stop", f"{tally.called}: no {name}, and no fallback such as {{{name}|there}}")
        for name, tally in found.lacking.items()
    ] or [Check("pass", "Every field is filled for everyone")]
    for kind, words in _SAID:
        tally = found.tally(kind)
        if tally.count:
            said = _whose(tally.count, words) if kind == "consent over" else f"{_people(tally.count)} {words}"
            checks.append(tally.check("warn", said, "" if kind in _STAY else kind))
    checks.extend(_of_the_others(found))
    out = found.tally("opted out")
    if out.count:
        checks.append(out.check("warn", f"{out.count:,} opted out: left out"))
    if not any(found.tally(kind).count for kind in ("consent over", "no consent", "old consent")):
        checks.append(Check("pass", "Everyone's consent is on record"))
    return tuple(checks)


def _of_the_others(found: Findings) -> Iterator[Check]:
    """Who waits in other campaigns, by campaign; codes that several people share."""
    for key, name in found.campaigns.items():
        tally = found.tally(f"{WAITS}{key}")
        who = "1 person waits" if tally.count == 1 else f"{tally.count:,} people wait"
        yield tally.check("warn", f"{who} in “{name or 'a campaign without a name'}” too", f"{WAITS}{key}")
    for kind, tally in found.people.items():
        if kind.startswith("code "):
            field = kind.removeprefix("code ")
            yield tally.check(
                "warn", f"{_people(tally.count)} a {{{field}}} that somebody else has too", kind
            )


def _people(count: int) -> str:
    return "1 person has" if count == 1 else f"{count:,} people have"


def _whose(count: int, words: str) -> str:
    return f"1 person {words}" if count == 1 else f"{count:,} people {words}"


def _of_the_variants(found: Findings, texts: tuple[Wording, ...]) -> tuple[Check, ...]:
    if len(texts) == 1:
        return ()
    words = " · ".join(f"Text {each.label}: {found.labels[each.label]:,}" for each in texts)
    empty = [each.label for each in texts if not found.labels[each.label]]
    if empty:
        return (Check("warn", f"{words}. Nobody gets text {' or '.join(empty)}"),)
    return (Check("pass", words),)


def _of_the_segments(conn: sa.Connection, found: Findings) -> tuple[Check, ...]:
    words = " · ".join(
        f"{'1 person' if people == 1 else f'{people:,} people'}: {size} segment{'s' if size > 1 else ''}"
        for size, people in sorted(found.segments.items())
    )
    if found.offending:
        letters = " ".join(letter for letter, _ in found.offending.most_common(5))
        words += f" (outside GSM-7: {letters})"
    several = found.tally("several")
    if several.count:
        return (several.check("warn", words), *_cost(conn, found))
    return (Check("pass", words or "Nobody has a segment to send"), *_cost(conn, found))


def _cost(conn: sa.Connection, found: Findings) -> tuple[Check, ...]:
    """What the segments cost: by the line a person keeps, else between the cheapest and the dearest line."""
    ours = office.load(conn)
    named = conn.execute(sa.select(line.c.id, line.c.name).where(line.c.enabled, ~line.c.practice)).all()
    own = dict(ours.prices)
    prices = {int(key): own.get(int(key), ours.price) for key, _name in named} or {0: ours.price}
    known = {key: price for key, price in prices.items() if price is not None}
    if not known or not found.by_line:
        return ()
    if len(known) < len(prices):
        return (Check("warn", "The cost is not known: a line has no price for a segment"),)
    low = high = 0.0
    for key, segments in found.by_line.items():
        low += segments * (known[key] if key in known else min(known.values()))
        high += segments * (known[key] if key in known else max(known.values()))
    total = sum(found.by_line.values())
    currency = f" {ours.currency}" if ours.currency else ""
    amount = f"{low:,.2f}" if high - low < 0.005 else f"{low:,.2f} to {high:,.2f}"
    words = f"{total:,} segments cost about {amount}{currency}"
    if len(named) > 1 and len(set(known.values())) > 1:
        words += ": " + ", ".join(f"{name} {known[int(key)]:g}" for key, name in named) + " each"
    return (Check("pass", words),)


def _of_the_hours(row: Mapping[Any, Any], found: Findings) -> tuple[Check, ...]:
    try:
        policy = Policy.from_json(row["hours"])
    except HoursError as error:
        return (Check("stop", str(error)),)
    if policy.is_looser_than(Policy()):
        usual = Check("warn", f"Looser hours than usual, because: {row['hours_reason']}")
    else:
        usual = Check("pass", "Only inside the usual hours, where each person lives")
    held = found.tally("held")
    if not held.count:
        return (usual,)
    words = f"Outside these hours now: {'1 person' if held.count == 1 else f'{held.count:,} people'}"
    return (usual, held.check("pass", f"{words}; the desk comes to them when their hours open"))


def _of_the_lines(conn: sa.Connection) -> Check:
    rows = conn.execute(sa.select(line.c.practice, line.c.paused).where(line.c.enabled)).all()
    if not rows:
        return Check("warn", "There is no line to send and receive with yet")
    if all(row.practice for row in rows):
        return Check("warn", "Only the practice line is here: nothing leaves this computer")
    if all(row.paused for row in rows if not row.practice):
        return Check("warn", "Every line is paused: resume one on the Lines page to send")
    return Check("pass", "A line is there that also receives the answers")
