"""The messages of a conversation, read from its end in pages, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.store.tables import campaign, imported_text, judgement, line, message


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of a thread. ``at`` (UTC seconds) and ``id`` are its place; times of ours are of leaving.

    ``state``, ``delivery``, ``reason``, ``parts``, ``resolution`` and ``resend_of`` are those of
    ``message``; ``note`` says what is odd about an inbound text ("part 2 of 3 missing"). An old text that
    was imported has a negative ``id`` and the ``kind`` "imported": it is to be read, and nothing else.
    ``who`` is set where several people's texts stand together: who wrote it, or whom it went to.
    ``labels`` say what an inbound text is about and ``why`` the program thinks so; None where nobody judged.
    """

    id: int
    direction: str  # "in" | "out"
    text: str
    at: float
    state: str
    delivery: str = ""
    reason: str = ""
    campaign_name: str = ""
    line_name: str = ""
    parts: int = 0
    parts_sent: int = 0
    note: str = ""
    kind: str = ""
    resolution: str = ""
    resend_of: int | None = None
    labels: tuple[str, ...] | None = None
    why: str = ""
    tier: str = ""
    who: str = ""

    @property
    def noise(self) -> bool:
        """Whether a machine wrote it, so that it is folded."""
        return self.labels == ("automatic",) and self.tier in ("", "NONE")


_BUBBLES = (
    sa.select(
        message.c.id,
        message.c.direction,
        message.c.text,
        message.c.created_at,
        message.c.state,
        message.c.delivery,
        message.c.reason,
        campaign.c.name.label("campaign_name"),
        line.c.name.label("line_name"),
        message.c.parts,
        message.c.parts_sent,
        message.c.note,
        message.c.kind,
        message.c.resolution,
        message.c.resend_of,
        judgement.c.labels,
        judgement.c.corrected,
        judgement.c.corrected_by,
        judgement.c.reason.label("why"),
        judgement.c.tier,
    )
    .select_from(message)
    .outerjoin(campaign, campaign.c.id == message.c.campaign_id)
    .outerjoin(line, line.c.id == message.c.line_id)
    .outerjoin(judgement, judgement.c.message_id == message.c.id)
    .where(message.c.state.not_in(("removed", "queued", "skipped")))
    # Parts that are still on their way are shown together, or when they have been late for long.
    .where(sa.or_(message.c.direction == "out", message.c.complete, message.c.settled_at.is_not(None)))
    .order_by(message.c.created_at.desc(), message.c.id.desc())
)


def latest(
    conn: sa.Connection,
    conversation_id: int,
    limit: int,
    *,
    before: tuple[float, int] | None = None,
    but: int | None = None,
) -> tuple[Bubble, ...]:
    """The newest ``limit`` messages before ``before`` (the ``at`` and ``id`` of a bubble), newest last.

    ``but`` is the id of a message to leave out.
    """
    wanted = _BUBBLES.where(message.c.conversation_id == conversation_id).limit(limit)
    if before is not None:
        wanted = wanted.where(sa.tuple_(message.c.created_at, message.c.id) < sa.tuple_(*before))
    if but is not None:
        wanted = wanted.where(message.c.id != but)
    found = [_bubble(row) for row in conn.execute(wanted)]
    old = imported(conn, conversation_id, limit, before)
    if old:
        found = sorted((*found, *old), key=lambda bubble: (bubble.at, bubble.id), reverse=True)[:limit]
    return tuple(reversed(found))


def of_ids(conn: sa.Connection, ids: Sequence[int]) -> tuple[Bubble, ...]:
    """The messages of those ids that are shown, newest last."""
    wanted = _BUBBLES.where(message.c.id.in_(ids))
    return tuple(reversed([_bubble(row) for row in conn.execute(wanted)]))


def newest_in(conn: sa.Connection, conversation_id: int) -> Bubble | None:
    """Their newest text in a conversation; None where they wrote nothing."""
    wanted = _BUBBLES.where(message.c.conversation_id == conversation_id, message.c.direction == "in")
    row = conn.execute(wanted.limit(1)).first()
    return None if row is None else _bubble(row)


def imported(
    conn: sa.Connection, conversation_id: int, limit: int, before: tuple[float, int] | None
) -> list[Bubble]:
    """The same of the old texts that were imported, newest first. Their ids are negative."""
    old = imported_text.c
    wanted = sa.select(old.id, old.direction, old.text, old.at, old.failed)
    wanted = wanted.where(old.conversation_id == conversation_id).limit(limit)
    if before is not None:
        wanted = wanted.where(sa.tuple_(old.at, -old.id) < sa.tuple_(*before))
    return [
        Bubble(
            id=-row.id,
            direction=row.direction,
            text=row.text,
            at=row.at,
            state="received" if row.direction == "in" else "not_sent" if row.failed else "sent",
            campaign_name="imported",
            kind="imported",
            resolution="imported",  # nothing is to be decided or done about it
        )
        for row in conn.execute(wanted.order_by(old.at.desc(), old.id))
    ]


def _bubble(row: Any) -> Bubble:
    return Bubble(
        id=row.id,
        direction=row.direction,
        text=row.text,
        at=row.created_at,
        state=row.state,
        delivery=row.delivery,
        reason=row.reason,
        campaign_name=row.campaign_name or "",
        line_name=row.line_name or "",
        parts=row.parts,
        parts_sent=row.parts_sent,
        note=row.note,
        kind=row.kind,
        resolution=row.resolution,
        resend_of=row.resend_of,
        labels=None if row.tier is None else labels_of(row.labels, row.corrected),
        why=f"Set by {row.corrected_by}." if row.corrected is not None else row.why or "",
        tier=row.tier or "",
    )


def labels_of(labels: str, corrected: str | None) -> tuple[str, ...]:
    """What a text is about: as an operator said, else as the program thinks."""
    return tuple((labels if corrected is None else corrected).split())
