"""What campaigns say no with."""

from __future__ import annotations


class CampaignError(ValueError):
    """Something that cannot be done with a campaign; the text is a sentence for a person."""
