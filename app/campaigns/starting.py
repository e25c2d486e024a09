"""Starting a campaign: every message merged in one pass, queued in one transaction. Nothing leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.campaigns import merging, templates
from app.campaigns.templates import MissingField, Template
from app.clock import Clock
from app.people import optouts
from app.store.engine import Store, Unit
from app.store.events import CampaignChanged
from app.store.tables import campaign, message

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


@dataclass(slots=True)
class _Merged:
    rows: list[tuple[int, int, str, str]]  # position, contact id, number, text
    lacking: dict[str, list[tuple[int, str]]]  # field -> people


def start(
    store: Store,
    clock: Clock,
    campaign_id: int,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> StartResult:
    """Merge the message for everyone and queue it on the desk, or refuse and change nothing.

    Raises :class:`StartError` (an empty list, an unknown or empty field without fallback, an empty message)
    and ``TemplateError``. A cancelled start changes nothing.
    """
    report = progress or (lambda done, total: None)
    stop = cancelled or (lambda: False)
    with store.read() as conn:
        row = _draft(conn, campaign_id)
        template = templates.parse(row["template"])
        _refuse_what_cannot_be(conn, campaign_id, row, template)
        total = merging.count(conn, row["list_id"])
        merged = _merge(conn, row, template, total, report, stop)
    if merged is None:
        return StartResult(0)
    if merged.lacking:
        raise _lacking(merged.lacking)
    if not merged.rows:
        raise StartError("This list has nobody in it. Import people first.")
    with store.write() as unit:
        again = _draft(unit.conn, campaign_id)
        if again["template"] != row["template"] or again["list_id"] != row["list_id"]:
            raise StartError(
                "The campaign was changed while it was being started. Look at it and start again."
            )
        return _queue(unit, clock, campaign_id, merged.rows, stop)


def _draft(conn: sa.Connection, campaign_id: int) -> Any:
    row = conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().first()
    if row is None:
        raise StartError("This campaign is no longer there.")
    if row["state"] != "draft":
        raise StartError("This campaign was started already.")
    return row


def _refuse_what_cannot_be(conn: sa.Connection, campaign_id: int, row: Any, template: Template) -> None:
    if not row["template"].strip():
        raise StartError("The message is empty. Write it first.")
    if row["list_id"] is None:
        raise StartError("The campaign has no people yet. Choose a list first.")
    known = set(merging.known_fields(conn, campaign_id)) | set(merging.OWN_FIELDS)
    strange = [name for name in template.fields if name not in known]
    if strange:
        words = ", ".join(f"{{{name}}}" for name in strange)
        raise StartError(f"The list has no {words}. Correct the field's name, or choose another list.")


def _merge(
    conn: sa.Connection,
    row: Any,
    template: Template,
    total: int,
    report: Callable[[int, int], None],
    stop: Callable[[], bool],
) -> _Merged | None:
    merged = _Merged([], {})
    for done, person in enumerate(merging.people(conn, row["list_id"]), start=1):
        values = merging.values(person, row["texter"])
        missing = template.missing(values)
        if missing:
            for name in missing:
                merged.lacking.setdefault(name, []).append((person.contact_id, person.called))
        else:
            text = template.render(values).text
            merged.rows.append((person.position, person.contact_id, person.number, text))
        if done % 500 == 0:
            report(done, total)
            if stop():
                return None
    report(total, total)
    return merged


def _lacking(lacking: dict[str, list[tuple[int, str]]]) -> StartError:
    sentences = []
    people: dict[int, None] = {}
    for name, who in lacking.items():
        named = ", ".join(called for _, called in who[:NAMED])
        more = f" and {len(who) - NAMED:,} more" if len(who) > NAMED else ""
        sentences.append(f"{named}{more} have no {name}" if len(who) > 1 else f"{named} has no {name}")
        people.update(dict.fromkeys(key for key, _ in who))
    words = "; ".join(sentences)
    first = next(iter(lacking))
    return StartError(
        f"{words}. Nothing was queued. Fill it in, or give a fallback such as {{{first}|there}}.",
        tuple(people)[:KEPT],
    )


def _queue(
    unit: Unit,
    clock: Clock,
    campaign_id: int,
    rows: Sequence[tuple[int, int, str, str]],
    stop: Callable[[], bool],
) -> StartResult:
    from app.texting.clicks import text_hash

    now = clock.now()
    out = optouts.active_set(unit.conn, (row[2] for row in rows))
    queued = 0
    for chunk in _chunks([row for row in rows if row[2] not in out]):
        if stop():
            unit.conn.rollback()
            return StartResult(0)
        unit.conn.execute(
            sa.insert(message),
            [
                {
                    "direction": "out",
                    "number": number,
                    "contact_id": contact_id,
                    "campaign_id": campaign_id,
                    "kind": "first",
                    "position": position,
                    "text": text,
                    "text_hash": text_hash(text),
                    "state": "queued",
                    "created_at": now,
                }
                for position, contact_id, number, text in chunk
            ],
        )
        queued += len(chunk)
    unit.conn.execute(
        sa.update(campaign).where(campaign.c.id == campaign_id).values(state="running", started_at=now)
    )
    unit.publish(CampaignChanged(campaign_id))
    return StartResult(queued, {"opted out": len(out)} if out else {})


def _chunks(rows: list[tuple[int, int, str, str]]) -> Iterator[list[tuple[int, int, str, str]]]:
    for at in range(0, len(rows), CHUNK):
        yield rows[at : at + CHUNK]


def rerender(unit: Unit, campaign_id: int) -> None:
    """Merge a changed message again for everyone who waits on the desk and was not edited by hand.

    Raises :class:`StartError` where someone lacks a field; the change is not kept then.
    """
    from app.texting.clicks import text_hash

    row = unit.conn.execute(sa.select(campaign).where(campaign.c.id == campaign_id)).mappings().one()
    template = templates.parse(row["template"])
    waiting = {
        contact_id: key
        for key, contact_id in unit.conn.execute(
            sa.select(message.c.id, message.c.contact_id).where(
                message.c.campaign_id == campaign_id,
                message.c.state.in_(("queued", "skipped")),
                message.c.kind == "first",
                ~message.c.edited,
            )
        )
    }
    changes = []
    for person in merging.people(unit.conn, row["list_id"]):
        if person.contact_id in waiting:
            try:
                text = merging.render(template, person, row["texter"]).text
            except MissingField as error:
                raise _lacking({error.name: [(person.contact_id, person.called)]}) from error
            changes.append({"key": waiting[person.contact_id], "new": text, "hash": text_hash(text)})
    if changes:
        unit.conn.execute(
            sa.update(message)
            .where(message.c.id == sa.bindparam("key"))
            .values(text=sa.bindparam("new"), text_hash=sa.bindparam("hash")),
            changes,
        )
