"""The template library: texts that come with the program, by use, own ones, and favourites among them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import sqlalchemy as sa

from app.campaigns import templates
from app.campaigns.refusing import CampaignError
from app.clock import Clock
from app.store.engine import Store
from app.store.tables import text_template, text_template_favourite

#: The uses, in the order in which they are shown: key -> name.
PURPOSES = {
    "reminder": "Reminder",
    "offer": "Offer",
    "event": "Event",
    "lead": "Lead",
    "support": "Support",
    "vote": "Vote",
    "fundraiser": "Fundraiser",
    "rsvp": "RSVP",
    "volunteers": "Volunteers",
    "notice": "Notice",
}
OWN = "own"
MAX_NAME = 80
MAX_OWN = 2_000


@dataclass(frozen=True, slots=True)
class LibraryText:
    """One template. ``key`` is "own:3" or "reminder/visit"; ``hint`` says what it is good for."""

    key: str
    purpose: str
    name: str
    text: str
    hint: str = ""
    favourite: bool = False

    @property
    def is_own(self) -> bool:
        """Whether it can be renamed and deleted."""
        return self.key.startswith(f"{OWN}:")


@cache
def shipped() -> tuple[LibraryText, ...]:
    """The templates that come with the program."""
    found = []
    for purpose in PURPOSES:
        data = tomllib.loads(files("resources").joinpath("templates", f"{purpose}.toml").read_text("utf-8"))
        for each in data["template"]:
            text = str(each["text"]).strip()
            key = f"{purpose}/{each['key']}"
            found.append(LibraryText(key, purpose, str(each["name"]), text, str(each.get("hint", ""))))
    return tuple(found)


def texts(store: Store, query: str = "") -> tuple[LibraryText, ...]:
    """All that fit the search: favourites first, then own ones, then the shipped ones by use."""
    with store.read() as conn:
        liked = set(conn.execute(sa.select(text_template_favourite.c.key)).scalars())
        rows = conn.execute(
            sa.select(text_template)
            .order_by(text_template.c.updated_at.desc(), text_template.c.id)
            .limit(MAX_OWN)
        ).all()
    own = (LibraryText(f"{OWN}:{row.id}", row.purpose, row.name, row.text) for row in rows)
    found = [
        LibraryText(each.key, each.purpose, each.name, each.text, each.hint, each.key in liked)
        for each in (*own, *shipped())
        if _fits(each, query)
    ]
    return tuple(sorted(found, key=lambda each: not each.favourite))


def _fits(each: LibraryText, query: str) -> bool:
    said = f"{each.name} {PURPOSES.get(each.purpose, '')} {each.text} {each.hint}".casefold()
    return all(word in said for word in query.casefold().split())


def save(store: Store, clock: Clock, name: str, purpose: str, text: str, key: str = "") -> str:
    """Keep an own template, a new one or the one of ``key``; returns its key.

    Raises ``TemplateError`` for a text that cannot be read and ``CampaignError`` for the rest.
    """
    templates.parse(text)
    if not text.strip():
        raise CampaignError("The message is empty. There is nothing to keep.")
    if not name.strip():
        raise CampaignError("Give the template a name.")
    now = clock.now()
    values = {
        "name": " ".join(name.split())[:MAX_NAME],
        "purpose": purpose if purpose in PURPOSES else "notice",
        "text": text,
        "updated_at": now,
    }
    with store.write() as unit:
        old = _own_id(key)
        if old is not None:
            changed = unit.conn.execute(
                sa.update(text_template).where(text_template.c.id == old).values(**values)
            )
            if changed.rowcount:
                return key
        new = unit.conn.execute(
            sa.insert(text_template).returning(text_template.c.id).values(created_at=now, **values)
        ).scalar_one()
    return f"{OWN}:{new}"


def duplicate(store: Store, clock: Clock, each: LibraryText) -> str:
    """An own template with the same text; returns its key."""
    return save(store, clock, f"{each.name[: MAX_NAME - 7]} (copy)", each.purpose, each.text)


def delete(store: Store, key: str) -> bool:
    """Delete an own template; the shipped ones stay. Campaigns made from it keep their text."""
    old = _own_id(key)
    if old is None:
        return False
    with store.write() as unit:
        unit.conn.execute(sa.delete(text_template_favourite).where(text_template_favourite.c.key == key))
        gone = unit.conn.execute(sa.delete(text_template).where(text_template.c.id == old))
        return bool(gone.rowcount)


def like(store: Store, key: str, *, liked: bool) -> None:
    """Make a template a favourite, or no longer."""
    with store.write() as unit:
        unit.conn.execute(sa.delete(text_template_favourite).where(text_template_favourite.c.key == key))
        if liked:
            unit.conn.execute(sa.insert(text_template_favourite).values(key=key))


def _own_id(key: str) -> int | None:
    match = re.fullmatch(rf"{OWN}:([0-9]{{1,12}})", key)
    return int(match[1]) if match else None
