"""The Campaigns page: people, a first message, checks, and the start that puts texts on the desk."""

from ui.campaigns.page import CampaignsPage

__all__ = ["CampaignsPage"]
