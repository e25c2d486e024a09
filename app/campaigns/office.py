"""What an office sets for its campaigns: words and links it looks for, what a segment costs."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import sqlalchemy as sa

from app.campaigns.refusing import CampaignError
from app.store.engine import Store, Unit
from app.store.tables import line, office_setting

MAX_ENTRIES, MAX_ENTRY = 500, 80
_MAX_PRICE = 1_000.0


@dataclass(frozen=True, slots=True)
class Category:
    """Words that are looked for together. One that ends in "*" stands for a beginning."""

    name: str
    level: Literal["warn", "stop"]
    why: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """The office's own settings. ``prices`` are per segment by line id; ``price`` where a line has none.

    ``allowed`` are shipped or own words and links that are not to be mentioned any more. ``asks``: a text
    that asks for nothing is pointed out.
    """

    words: tuple[str, ...] = ()
    shorteners: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    price: float | None = None
    prices: tuple[tuple[int, float], ...] = ()
    currency: str = ""
    asks: bool = True


@cache
def shipped_shorteners() -> tuple[str, ...]:
    """The link shorteners that come with the program."""
    return tuple(_shipped("shorteners.toml")["hosts"])


@cache
def shipped_categories() -> tuple[Category, ...]:
    """The restricted words that come with the program."""
    return tuple(
        Category(
            each["name"], "stop" if each["level"] == "stop" else "warn", each["why"], tuple(each["words"])
        )
        for each in _shipped("restricted.toml")["category"]
    )


def _shipped(name: str) -> dict[str, Any]:
    return tomllib.loads(files("resources").joinpath("lint", name).read_text("utf-8"))


def load(conn: sa.Connection) -> Office:
    """What is set; what cannot be read counts as not set."""
    stored = conn.execute(sa.select(office_setting.c.value).where(office_setting.c.key == "checks")).scalar()
    try:
        found = json.loads(stored) if stored else {}
        return Office(
            words=_texts(found.get("words")),
            shorteners=_texts(found.get("shorteners")),
            allowed=_texts(found.get("allowed")),
            price=_price(found.get("price")),
            prices=tuple(
                (int(key), price)
                for key, value in dict(found.get("prices") or {}).items()
                if (price := _price(value)) is not None
            ),
            currency=str(found.get("currency") or "")[:8],
            asks=bool(found.get("asks", True)),
        )
    except (ValueError, TypeError, AttributeError):
        return Office()


def get(store: Store) -> Office:
    """What is set."""
    with store.read() as conn:
        return load(conn)


def save(store: Store, office: Office) -> None:
    """Keep it. Raises ``CampaignError`` for a price that is none."""
    for price in (office.price, *(price for _, price in office.prices)):
        if price is not None and not 0 <= price <= _MAX_PRICE:
            raise CampaignError(f"A segment costs between 0 and {_MAX_PRICE:,.0f}.")
    value = json.dumps(
        {
            "words": _texts(office.words),
            "shorteners": _texts(office.shorteners),
            "allowed": _texts(office.allowed),
            "price": office.price,
            "prices": {str(key): price for key, price in office.prices},
            "currency": office.currency[:8],
            "asks": office.asks,
        }
    )
    with store.write() as unit:
        _put(unit, value)


def _put(unit: Unit, value: str) -> None:
    changed = unit.conn.execute(
        sa.update(office_setting).where(office_setting.c.key == "checks").values(value=value)
    )
    if not changed.rowcount:
        unit.conn.execute(sa.insert(office_setting).values(key="checks", value=value))


def lines(store: Store) -> tuple[tuple[int, str], ...]:
    """The lines that may have a price of their own: id and name."""
    with store.read() as conn:
        rows = conn.execute(sa.select(line.c.id, line.c.name).where(~line.c.practice).order_by(line.c.id))
        return tuple((int(key), str(name)) for key, name in rows)


def _texts(values: Any) -> tuple[str, ...]:
    wanted = (" ".join(str(value).casefold().split())[:MAX_ENTRY] for value in values or ())
    return tuple(dict.fromkeys(value for value in wanted if value))[:MAX_ENTRIES]


def _price(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 <= value <= _MAX_PRICE else None
