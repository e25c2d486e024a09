"""What the campaign editor reads and writes; none of it on the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.campaigns import campaign as campaigns
from app.campaigns import counting
from app.campaigns.campaign import Campaign, CampaignSummary
from app.campaigns.counting import WordingCount
from app.campaigns.wordings import FIRST, Variant
from app.people import contacts
from app.people.contacts import ListRow
from app.store.engine import Store
from app.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that the editor shows, read in one go."""

    campaign: Campaign
    summary: CampaignSummary
    lists: tuple[ListRow, ...]
    fields: tuple[str, ...]
    counts: tuple[WordingCount, ...] = ()


def apply_changes(workspace: Workspace, campaign_id: int, changes: dict[str, Any]) -> None:
    """Save changes of a campaign; a message that cannot be read keeps only itself from being saved."""
    alone = ("template", "variant")
    rest = {key: value for key, value in changes.items() if key not in alone}
    if "variant" in changes:
        _apply(workspace, campaign_id, rest)
        campaigns.save_variant(workspace.store, workspace.clock, campaign_id, changes["variant"])
        return
    for part in (rest, {"template": changes["template"]} if "template" in changes else {}):
        _apply(workspace, campaign_id, part)


def _apply(workspace: Workspace, campaign_id: int, part: dict[str, Any]) -> None:
    if part:
        campaigns.update(
            workspace.store, campaign_id, operator=workspace.operator, clock=workspace.clock, **part
        )


def load(store: Store, campaign_id: int) -> Loaded:
    """Read it all."""
    found = campaigns.get(store, campaign_id)
    return Loaded(
        found,
        campaigns.summary(store, campaign_id),
        contacts.lists(store),
        campaigns.fields(store, campaign_id),
        counting.by_wording(store, campaign_id) if found.variants and found.state != "draft" else (),
    )


def texts_of(found: Campaign) -> dict[str, Variant]:
    """All texts of a campaign by label, its own first."""
    return {FIRST: Variant(FIRST, found.template)} | {each.label: each for each in found.variants}


def text_of(changes: dict[str, Any]) -> tuple[str, str] | None:
    """Label and text of a change that has one."""
    if "template" in changes:
        return FIRST, changes["template"]
    variant = changes.get("variant")
    return (variant.label, variant.text) if variant is not None else None
