"""The texts of a campaign: its own, "A", and others for some of its people; and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.campaigns import templates
from app.campaigns.refusing import CampaignError
from app.campaigns.templates import Template
from app.people.columns import folded
from app.store.engine import Unit
from app.store.tables import campaign, contact_tag, tag, variant, wording

#: The label of a campaign's own text, the labels of further ones, and the field that stands for a tag.
FIRST = "A"
LABELS = "BCDEFGH"
TAG = "#"


@dataclass(frozen=True, slots=True)
class Wording:
    """One text. ``field`` and ``value`` say who gets it: "" for a share by chance, "#" for a tag."""

    label: str
    text: str
    template: Template
    field: str = ""
    value: str = ""

    def is_for(
        self, contact_id: int, values: Mapping[str, str], tagged: Mapping[str, frozenset[int]]
    ) -> bool:
        """Whether the condition names this person; never for one without a condition."""
        if not self.field:
            return False
        if self.field == TAG:
            return contact_id in tagged.get(folded(self.value), frozenset())
        return values.get(self.field, "").strip().casefold() == self.value.strip().casefold()


@dataclass(frozen=True, slots=True)
class Variant:
    """A further text of a campaign as it is stored and edited."""

    label: str
    text: str
    field: str = ""
    value: str = ""


def variants(conn: sa.Connection, campaign_id: int) -> tuple[Variant, ...]:
    """The further texts of a campaign, in their order."""
    rows = conn.execute(
        sa.select(variant.c.label, variant.c.template, variant.c.field, variant.c.value)
        .where(variant.c.campaign_id == campaign_id)
        .order_by(variant.c.position)
    )
    return tuple(Variant(*row) for row in rows)


def load(conn: sa.Connection, row: Mapping[Any, Any]) -> tuple[Wording, ...]:
    """All texts of a campaign (a row of its table), parsed. Raises ``TemplateError``, naming the text."""
    found = [Wording(FIRST, row["template"], templates.parse(row["template"]))]
    for each in variants(conn, row["id"]):
        try:
            parsed = templates.parse(each.text)
        except templates.TemplateError as error:
            raise templates.TemplateError(f"Text {each.label}: {error}", error.position) from error
        found.append(Wording(each.label, each.text, parsed, each.field, each.value))
    return tuple(found)


def tagged(conn: sa.Connection, wordings: tuple[Wording, ...]) -> dict[str, frozenset[int]]:
    """The contacts of each tag that a text asks for."""
    found = {}
    for name in {folded(each.value) for each in wordings if each.field == TAG}:
        query = (
            sa.select(contact_tag.c.contact_id)
            .join(tag, tag.c.id == contact_tag.c.tag_id)
            .where(tag.c.folded == name)
        )
        found[name] = frozenset(conn.execute(query).scalars())
    return found


def keep_versions(unit: Unit, campaign_id: int, wordings: tuple[Wording, ...], now: float) -> dict[str, int]:
    """The ids of the versions that these texts are, new ones for those that changed; by label."""
    latest = {
        row.label: row
        for row in unit.conn.execute(
            sa.select(wording).where(wording.c.campaign_id == campaign_id).order_by(wording.c.version)
        )
    }
    ids = {}
    for each in wordings:
        last = latest.get(each.label)
        if last is not None and last.template == each.text:
            ids[each.label] = int(last.id)
            continue
        ids[each.label] = int(
            unit.conn.execute(
                sa.insert(wording)
                .returning(wording.c.id)
                .values(
                    campaign_id=campaign_id,
                    label=each.label,
                    version=1 if last is None else last.version + 1,
                    template=each.text,
                    created_at=now,
                )
            ).scalar_one()
        )
    return ids


def labels(conn: sa.Connection, campaign_id: int) -> dict[int, str]:
    """The label of each version that a campaign had."""
    query = sa.select(wording.c.id, wording.c.label).where(wording.c.campaign_id == campaign_id)
    return {int(key): str(label) for key, label in conn.execute(query)}


def save_variant(unit: Unit, campaign_id: int, each: Variant) -> None:
    """Add a further text or change the one of that label. Who gets it is fixed once the campaign runs."""
    templates.parse(each.text)
    if each.field and not each.value.strip():
        raise CampaignError(f"Text {each.label}: say which value people must have to get it.")
    state = unit.conn.execute(sa.select(campaign.c.state).where(campaign.c.id == campaign_id)).scalar_one()
    mine = sa.and_(variant.c.campaign_id == campaign_id, variant.c.label == each.label)
    old = unit.conn.execute(sa.select(variant).where(mine)).mappings().first()
    if state != "draft" and (old is None or (old["field"], old["value"]) != (each.field, each.value)):
        raise CampaignError("Who gets which text stays as it was when the campaign was started.")
    if old is not None:
        unit.conn.execute(
            sa.update(variant)
            .where(mine)
            .values(template=each.text, field=each.field, value=each.value.strip())
        )
        return
    if each.label not in LABELS or len(each.label) != 1:
        raise CampaignError(f"A campaign has at most {len(LABELS) + 1} texts.")
    unit.conn.execute(
        sa.insert(variant).values(
            campaign_id=campaign_id,
            position=LABELS.index(each.label),
            label=each.label,
            template=each.text,
            field=each.field,
            value=each.value.strip(),
        )
    )


def remove_variant(unit: Unit, campaign_id: int, label: str) -> None:
    """Take a further text out of a draft."""
    state = unit.conn.execute(sa.select(campaign.c.state).where(campaign.c.id == campaign_id)).scalar_one()
    if state != "draft":
        raise CampaignError("The campaign was started with this text; it stays.")
    unit.conn.execute(
        sa.delete(variant).where(variant.c.campaign_id == campaign_id, variant.c.label == label)
    )
