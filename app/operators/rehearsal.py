"""A campaign tried on the emulator: its texts for the first few people, under numbers that are made up.

The campaign, its script and its canned replies are copied into an own workspace in a temporary folder
(mode 0700) whose only line is an emulated one. Nothing leaves this computer and nothing of it comes back:
the campaign itself stays as it is. The folder is gone when the rehearsal is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from app.campaigns import campaign as campaigns
from app.campaigns import hours
from app.campaigns.refusing import CampaignError
from app.campaigns.starting import StartError
from app.operators import room
from app.operators.room import Room
from app.settings import Settings
from app.store import tables as t
from app.store.engine import Unit
from app.texting.line import OpenModem
from app.workspace import Workspace

#: So many people of the list are in it.
PEOPLE: Final = 12
ENCRYPTED: Final = (
    "With a passphrase set, your people's details are kept encrypted only, and a rehearsal would need a copy "
    "of them. Nothing was copied. Step through every message instead (Ctrl+P)."
)
_REASON = "a rehearsal runs at any hour, and nothing leaves this computer"
#: What the texts and the card show of a person; no number, no note.
_SHOWN = (
    "name", "first_name", "last_name", "time_zone", "language", "fields", "consent_source", "consent_at",
    "consent_until", "created_at", "updated_at",
)  # fmt: skip
_Rows = list[dict[str, Any]]


def build(
    workspace: Workspace,
    campaign_id: int,
    make_opener: Callable[[Path], tuple[OpenModem, Callable[[], None]]],
) -> Room:
    """The room for a rehearsal of the campaign. To be called off the window's thread; close it.

    Raises :class:`CampaignError` with a passphrase set, when the campaign is gone or has nobody in it, and
    what starting a campaign raises.
    """
    if workspace.encrypted:
        raise CampaignError(ENCRYPTED)
    copied = _read(workspace, campaign_id)
    real = workspace.settings
    settings = Settings(
        country=real.country, texter=real.texter, organisation=real.organisation, notice_accepted=True,
        break_minutes=0, lead_every=0, grace_seconds=real.grace_seconds,
    )  # fmt: skip

    def prepare(made: Workspace) -> None:
        with made.store.write() as unit:
            for table, rows in copied:
                if rows:
                    unit.conn.execute(sa.insert(table), rows)
            _reset(unit, campaign_id)
        try:
            campaigns.start(made.store, made.clock, campaign_id)
        except StartError as error:
            raise CampaignError(f"It cannot be tried yet. {error}") from error

    return room.furnished("rehearsal", settings, prepare, make_opener, "Emulated line")


def _read(workspace: Workspace, campaign_id: int) -> tuple[tuple[sa.Table, _Rows], ...]:
    """What is copied: tables in the order of their references."""
    with workspace.store.read() as conn:

        def rows(query: sa.Select[Any]) -> _Rows:
            return [dict(row) for row in conn.execute(query).mappings()]

        def of(table: sa.Table) -> _Rows:
            return rows(sa.select(table).where(table.c.campaign_id == campaign_id))

        found = rows(sa.select(t.campaign).where(t.campaign.c.id == campaign_id))
        if not found:
            raise CampaignError("This campaign is no longer there.")
        key = found[0]["list_id"]
        lists = rows(sa.select(t.people_list).where(t.people_list.c.id == key))
        out = sa.select(t.opt_out.c.number).where(t.opt_out.c.lifted_at.is_(None))
        columns = [t.contact.c.id, *(t.contact.c[name] for name in _SHOWN)]
        people = rows(
            sa.select(*columns)
            .join(t.list_member, t.list_member.c.contact_id == t.contact.c.id)
            .where(t.list_member.c.list_id == key, t.contact.c.number.not_in(out))
            .order_by(t.list_member.c.position)
            .limit(PEOPLE)
        )
        if not people:
            raise CampaignError("There is nobody in it to try it on. Choose people first.")
        questions = of(t.question)
        asked = t.question_option.c.question_id.in_([each["id"] for each in questions])
        canned = sa.or_(t.canned_reply.c.campaign_id == campaign_id, t.canned_reply.c.campaign_id.is_(None))
        ids = [each["id"] for each in people]
        return (
            (t.field_type, rows(sa.select(t.field_type))),
            (t.people_list, [each | {"report": "{}"} for each in lists]),
            (t.contact, [each | {"number": number} for each, number in zip(people, numbers(), strict=False)]),
            (t.tag, rows(sa.select(t.tag))),
            (t.contact_tag, rows(sa.select(t.contact_tag).where(t.contact_tag.c.contact_id.in_(ids)))),
            (t.list_member, [{"list_id": key, "position": p, "contact_id": c} for p, c in enumerate(ids)]),
            (t.campaign, found),
            (t.variant, of(t.variant)),
            (t.question, questions),
            (t.question_option, rows(sa.select(t.question_option).where(asked))),
            (t.canned_reply, rows(sa.select(t.canned_reply).where(canned))),
        )


def numbers() -> Iterable[str]:
    """Made-up numbers, of the range that is kept for fiction in North America."""
    return (f"+13125550{place:03d}" for place in range(100, 100 + PEOPLE))


def _reset(unit: Unit, campaign_id: int) -> None:
    """Let its texts come at once, whatever the hour: no schedule, no caps, a draft again."""
    unit.conn.execute(
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id)
        .values(
            state="draft", started_at=None, starts_at=None, ends_at=None, due="", cap_texts=0, cap_days=0,
            urgent=False, wave_of=None, promise_reason="",
            hours=hours.parse("00:00-24:00").to_json(), hours_reason=_REASON,
        )
    )  # fmt: skip
