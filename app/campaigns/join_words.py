"""What the office's join keywords mean for a campaign: words that opt out, answers that lead to a list."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from app.campaigns import linting
from app.campaigns.linting import Check
from app.campaigns.wordings import Wording
from app.conversations import joins


def checks(conn: sa.Connection, texts: Iterable[Wording]) -> tuple[Check, ...]:
    """Warnings about keywords that also opt out or in, and about texts that ask for one as an answer."""
    asked = {joins.normal(word) for each in texts for word in linting.asked_words(each.template.plain)}
    found = []
    for each in joins.load(conn):
        clash = joins.clash_of(each.keyword)
        if clash:
            found.append(Check("warn", f"The join keyword {clash}"))
        if joins.normal(each.keyword) in asked:
            words = f"Whoever answers {each.keyword} is offered for the list {each.list_name}"
            found.append(Check("warn", f"{words}: ask for another word, unless that is meant"))
    return tuple(found)
