"""What the campaign editor reads and writes; none of it on the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.campaigns import campaign as campaigns
from app.campaigns.campaign import Campaign, CampaignSummary
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


def apply_changes(workspace: Workspace, campaign_id: int, changes: dict[str, Any]) -> None:
    """Save changes of a campaign; a message that cannot be read keeps only itself from being saved."""
    rest = {key: value for key, value in changes.items() if key != "template"}
    for part in (rest, {"template": changes["template"]} if "template" in changes else {}):
        if part:
            campaigns.update(
                workspace.store, campaign_id, operator=workspace.operator, clock=workspace.clock, **part
            )


def load(store: Store, campaign_id: int) -> Loaded:
    """Read it all."""
    return Loaded(
        campaigns.get(store, campaign_id),
        campaigns.summary(store, campaign_id),
        contacts.lists(store),
        campaigns.fields(store, campaign_id),
    )
