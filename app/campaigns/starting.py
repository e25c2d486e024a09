"""Starting a campaign: every message merged in one pass, queued in one transaction. Nothing leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.campaigns import deadlines, linting, merging, occasions, wordings
from app.campaigns.merging import Merger
from app.campaigns.occasions import Rule
from app.campaigns.refusing import CampaignError
from app.campaigns.wordings import Wording
from app.clock import Clock
from app.people import optouts
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import campaign, message, people_list

#: Names given in a refusal; the rest is counted.
NAMED = 5
#: People that a refusal keeps, so that they can be shown.
KEPT = 1_000
CHUNK = 1_000


class StartError(Exception):
    """A campaign cannot start. The text names who or what stands in the way; ``people`` are contact ids."""

    def __init__(self, words: str, people: tuple[int, ...] = ()) -> None:
        super().__init__(words)
        self.people = people


@dataclass(frozen=True, slots=True)
class StartResult:
    """What was queued, and who was left out: reason -> how many. Nothing at all when cancelled."""

    queued: int
    left_out: dict[str, int] = field(default_factory=dict)


class Queued(NamedTuple):
    """One text for the desk."""

    position: int
    contact_id: int
    number: str
    text: str
    label: str
    fresh_until: float | None


Lacking = dict[str, list[tuple[int, str]]]  # field -> people


def start(
    store: Store,
    clock: Clock,
    campaign_id: int,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> StartResult:
    """Merge the message for everyone and queue it on the desk, or refuse and change nothing.

    Raises :class:`StartError` (an empty list, an unknown or empty field without fallback, an empty message,
    a text that no carrier may be given) and ``TemplateError``. A cancelled start changes nothing.
    """
    report = progress or (lambda done, total: None)
    stop = cancelled or (lambda: False)
    with store.read() as conn:
        row = _draft(conn, campaign_id)
        texts = wordings.load(conn, row)
        _refuse_what_cannot_be(conn, row, texts)
        rule = rule_of(row)
        if rule.waits:
            return _start_waiting(store, clock, row, texts)
        total = merging.count(conn, row["list_id"])
        merger = merger_of(conn, row, texts, clock.now())
        people = merging.people(conn, row["list_id"])
        rows, lacking = merge_all(merger, people, total, report, stop)
    if rows is None:
        return StartResult(0)
    if lacking:
        raise StartError(*lacking_words(lacking))
    if not rows:
        raise StartError("This list has nobody in it. Import people first.")
    with store.write() as unit:
        again = _draft(unit.conn, campaign_id)
        if dict(again) != dict(row) or wordings.load(unit.conn, again) != texts:
            raise StartError(
                "The campaign was changed while it was being started. Look at it and start again."
            )
        result = queue(
            unit,
            clock,
            campaign_id,
            rows,
            wordings.keep_versions(unit, campaign_id, texts, clock.now()),
            stop,
        )
        if result is None:
            unit.conn.rollback()
            return StartResult(0)
        if rule.deadline:
            deadlines.stamp(unit, campaign_id, rule)
        _run(unit, clock, campaign_id)
        return result


#: A campaign that nobody named is called like its list from its start on: the desk and threads speak of it.
_NAME = sa.func.coalesce(
    sa.func.nullif(campaign.c.name, ""),
    sa.select(people_list.c.name).where(people_list.c.id == campaign.c.list_id).scalar_subquery(),
    "",
)


def _run(unit: Unit, clock: Clock, campaign_id: int) -> None:
    unit.conn.execute(
        sa.update(campaign)
        .where(campaign.c.id == campaign_id)
        .values(state="running", started_at=clock.now(), name=_NAME)
    )
    unit.publish(CampaignChanged(campaign_id))


def rule_of(row: Mapping[Any, Any]) -> Rule:
    """The rule of a campaign (a row of its table). Raises :class:`StartError` for one that cannot be read."""
    try:
        return occasions.from_json(row["due"])
    except CampaignError as error:
        raise StartError(str(error)) from error


def _start_waiting(
    store: Store, clock: Clock, row: Mapping[Any, Any], texts: tuple[Wording, ...]
) -> StartResult:
    """Start a campaign whose texts are made as they become due; those of now are made at once."""
    from app.campaigns import due

    with store.write() as unit:
        again = _draft(unit.conn, row["id"])
        if dict(again) != dict(row) or wordings.load(unit.conn, again) != texts:
            raise StartError("The campaign was changed while it was being started. Start it again.")
        wordings.keep_versions(unit, row["id"], texts, clock.now())
        _run(unit, clock, row["id"])
    return StartResult(due.prepare_one(store, clock, row["id"]).made)


def merger_of(conn: sa.Connection, row: Mapping[Any, Any], texts: tuple[Wording, ...], now: float) -> Merger:
    """What merges a campaign's texts (a row of its table) as of ``now`` (UTC seconds)."""
    return Merger(
        texts,
        row["texter"],
        now,
        fields=merging.values_in(row["fields"]),
        seed=row["split_seed"],
        tagged=wordings.tagged(conn, texts),
    )


def _draft(conn: sa.Connection, campaign_id: int) -> Any:
    row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise StartError("This campaign is no longer there.")
    if row["state"] != "draft":
        raise StartError("This campaign was started already.")
    return row


def _refuse_what_cannot_be(conn: sa.Connection, row: Any, texts: tuple[Wording, ...]) -> None:
    for each in texts:
        if not each.text.strip():
            which = "The message" if len(texts) == 1 else f"Text {each.label}"
            raise StartError(f"{which} is empty. Write it first.")
    if row["list_id"] is None:
        raise StartError("The campaign has no people yet. Choose a list first.")
    strange = merging.strange_fields(conn, row["id"], texts)
    if strange:
        words = ", ".join(f"{{{name}}}" for name in strange)
        raise StartError(f"The list has no {words}. Correct the field's name, or choose another list.")
    stops = [check.text for check in linting.of_the_texts(conn, row, texts) if check.level == "stop"]
    if stops:
        raise StartError(". ".join(stops) + ". Nothing was queued.")


def merge_all(
    merger: Merger,
    people: Iterable[merging.Person],
    total: int,
    report: Callable[[int, int], None],
    stop: Callable[[], bool],
) -> tuple[list[Queued] | None, Lacking]:
    """Everybody's text, and who lacks what; None when stopped."""
    rows: list[Queued] = []
    lacking: Lacking = {}
    for done, person in enumerate(people, start=1):
        merged = merger.merge(person)
        if isinstance(merged, merging.Merged):
            rows.append(
                Queued(
                    person.position, person.contact_id, person.number, merged.text, merged.label,
                    merged.fresh_until,
                )
            )  # fmt: skip
        else:
            for name in merged:
                lacking.setdefault(name, []).append((person.contact_id, person.called))
        if done % 500 == 0:
            report(done, total)
            if stop():
                return None, lacking
    report(total, total)
    return rows, lacking


def lacking_words(lacking: Lacking) -> tuple[str, tuple[int, ...]]:
    """Who has no value for what, as a sentence, and their contact ids."""
    sentences = []
    people: dict[int, None] = {}
    for name, who in lacking.items():
        named = ", ".join(called for _, called in who[:NAMED])
        more = f" and {len(who) - NAMED:,} more" if len(who) > NAMED else ""
        sentences.append(f"{named}{more} have no {name}" if len(who) > 1 else f"{named} has no {name}")
        people.update(dict.fromkeys(key for key, _ in who))
    words = "; ".join(sentences)
    first = next(iter(lacking))
    return (
        f"{words}. Nothing was queued. Fill it in, or give a fallback such as {{{first}|there}}.",
        tuple(people)[:KEPT],
    )


def text_hash(text: str) -> str:
    """SHA-256 of a text in hex, as a click is tied to it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def queue(
    unit: Unit,
    clock: Clock,
    campaign_id: int,
    rows: Sequence[Queued],
    versions: Mapping[str, int],
    stop: Callable[[], bool],
) -> StartResult | None:
    """Put texts on the desk in the caller's transaction; None when stopped: roll it back then."""
    now = clock.now()
    out = optouts.active_set(unit.conn, (row.number for row in rows))
    left = iter([row for row in rows if row.number not in out])
    queued = 0
    insert = sa.insert(message)
    fixed = {
        "direction": "out", "campaign_id": campaign_id, "kind": "first", "state": "queued", "created_at": now
    }  # fmt: skip
    while chunk := list(islice(left, CHUNK)):
        if stop():
            return None
        unit.conn.execute(
            insert,
            [
                {
                    **fixed,
                    "number": row.number,
                    "contact_id": row.contact_id,
                    "position": row.position,
                    "text": row.text,
                    "text_hash": text_hash(row.text),
                    "wording_id": versions[row.label],
                    "fresh_until": row.fresh_until,
                }
                for row in chunk
            ],
        )
        queued += len(chunk)
    return StartResult(queued, {"opted out": len(out)} if out else {})
