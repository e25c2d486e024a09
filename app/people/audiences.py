"""Audiences: saved filters over people, counted while they are edited; a list of their people for a campaign.

Who has opted out is in no audience. Rules are compiled to one query; nothing is stored but the rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from app.clock import Clock
from app.people import answered, beside, fields, fieldtypes
from app.people.finding import json_path
from app.store import tables as t
from app.store.engine import Store
from app.store.events import ContactsChanged

DAY = 86_400.0
MAX_RULES = 20
#: kind of rule -> what can be asked of it
ASKS: dict[str, tuple[str, ...]] = {
    "tag": ("is", "is_not"),
    "list": ("is", "is_not"),
    "field": ("is", "is_not", "contains", "more", "less", "filled", "empty"),
    "campaign": ("was", "was_not", "replied", "silent"),
    "texted": ("within", "not_within", "never"),
    "consent": ("has", "lacks", "expired"),
    "language": ("is", "is_not"),
    "answer": answered.ASKS,
}
_LEFT = ("sent", "unknown")
Clause = sa.ColumnElement[bool]


class AudienceError(ValueError):
    """An audience that cannot be kept; the text is for a person. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition. ``name``: a field, or a question's id; ``value``: a tag, the id of a list, campaign or
    answer, a word, or days.
    """

    kind: str
    ask: str
    value: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Rules:
    """``every``: all rules must hold, else one. ``rest_days``: who was texted since is left out; 0 nobody."""

    rules: tuple[Rule, ...] = ()
    every: bool = True
    rest_days: int = 0

    def to_json(self) -> str:
        """For keeping."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> Rules:
        """Kept rules; those that are not understood are left out."""
        try:
            data = json.loads(text)
            found = (Rule(**{k: str(v) for k, v in rule.items()}) for rule in data["rules"])
            rules = tuple(rule for rule in found if rule.ask in ASKS.get(rule.kind, ()))
            return Rules(rules[:MAX_RULES], bool(data["every"]), int(data["rest_days"]))
        except (ValueError, TypeError, KeyError, AttributeError):
            return Rules()


@dataclass(frozen=True, slots=True)
class Audience:
    """A saved filter."""

    id: int
    name: str
    rules: Rules
    updated_at: float


@dataclass(frozen=True, slots=True)
class Counts:
    """``people`` can be texted; the others fit the rules and are left out. ``waiting``: of ``people``, those
    whom another campaign has on the desk now."""

    people: int
    opted_out: int
    rested: int
    waiting: int


# -- the query ------------------------------------------------------------------------------------


def _tag(rule: Rule, _kinds: dict[str, str], _now: float) -> Clause:
    tagged = (
        sa.select(t.contact_tag.c.contact_id)
        .join(t.tag, t.tag.c.id == t.contact_tag.c.tag_id)
        .where(t.tag.c.folded == beside.folded(rule.value))
    )
    return t.contact.c.id.in_(tagged)


def _list(rule: Rule, _kinds: dict[str, str], _now: float) -> Clause:
    return t.contact.c.id.in_(
        sa.select(t.list_member.c.contact_id).where(t.list_member.c.list_id == _whole(rule.value))
    )


def _field(rule: Rule, kinds: dict[str, str], _now: float) -> Clause:
    shown = sa.func.coalesce(sa.func.json_extract(t.contact.c.fields, json_path(rule.name)), "")
    if rule.ask in ("filled", "empty"):
        return shown != "" if rule.ask == "filled" else shown == ""
    if rule.ask == "contains":
        return sa.func.lower(shown).contains(rule.value.lower(), autoescape=True)
    key = fields.convert(kinds.get(rule.name, "text"), rule.value, month_first=False)[1]
    stored = sa.func.json_extract(t.contact.c.field_keys, json_path(rule.name))
    if rule.ask in ("more", "less"):
        number = key if key is not None else fields.amount(rule.value)
        if number is None:
            return sa.false()
        return stored > number if rule.ask == "more" else stored < number
    if key is not None:
        return sa.and_(stored.is_not(None), stored == key)  # so that its contrary holds for who has none
    return sa.func.lower(shown) == rule.value.strip().lower()


def _campaign(rule: Rule, _kinds: dict[str, str], _now: float) -> Clause:
    m = t.message.c
    sent = sa.select(m.number).where(
        m.campaign_id == _whole(rule.value), m.direction == "out", m.state.in_(_LEFT)
    )
    if rule.ask in ("was", "was_not"):
        return t.contact.c.number.in_(sent)
    answer = t.message.alias("answer")
    replied = sent.where(
        sa.exists().where(
            answer.c.number == m.number, answer.c.direction == "in", answer.c.created_at >= m.claimed_at
        )
    )
    wrote = t.contact.c.number.in_(replied)
    return wrote if rule.ask == "replied" else sa.and_(t.contact.c.number.in_(sent), sa.not_(wrote))


def _texted(rule: Rule, _kinds: dict[str, str], now: float) -> Clause:
    if rule.ask == "never":
        return sa.not_(_texted_since(0.0))
    since = _texted_since(now - _whole(rule.value) * DAY)
    return since if rule.ask == "within" else sa.not_(since)


def _texted_since(at: float) -> Clause:
    m = t.message.c
    return sa.exists().where(
        m.number == t.contact.c.number, m.direction == "out", m.claimed_at >= at, m.state.in_(_LEFT)
    )


def _consent(rule: Rule, _kinds: dict[str, str], now: float) -> Clause:
    c = t.contact.c
    given = sa.or_(c.consent_source != "", c.consent_at.is_not(None))
    over = sa.and_(c.consent_until.is_not(None), c.consent_until < now)
    if rule.ask == "expired":
        return over
    holds = sa.and_(given, sa.not_(over))
    return holds if rule.ask == "has" else sa.not_(holds)


def _language(rule: Rule, _kinds: dict[str, str], _now: float) -> Clause:
    return sa.func.lower(t.contact.c.language) == rule.value.strip().lower()


def _answer(rule: Rule, _kinds: dict[str, str], _now: float) -> Clause:
    return answered.clause(rule.ask, _whole(rule.name), rule.value)


_CLAUSES: dict[str, Callable[[Rule, dict[str, str], float], Clause]] = {
    "tag": _tag,
    "list": _list,
    "field": _field,
    "campaign": _campaign,
    "texted": _texted,
    "consent": _consent,
    "language": _language,
    "answer": _answer,
}
_NOT = ("is_not", "was_not")
_OUT = (
    sa.exists()
    .where(t.opt_out.c.number == t.contact.c.number, t.opt_out.c.lifted_at.is_(None))
    .correlate(t.contact)
)


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _clause(rule: Rule, kinds: dict[str, str], now: float) -> Clause:
    made = _CLAUSES[rule.kind](rule, kinds, now)
    return sa.not_(made) if rule.ask in _NOT else made


def _matching(conn: sa.Connection, rules: Rules, now: float) -> Clause:
    """Who fits the rules; without rules everybody."""
    kinds = fieldtypes.kinds_of(conn)
    clauses = [_clause(rule, kinds, now) for rule in rules.rules]
    if not clauses:
        return sa.true()
    return sa.and_(*clauses) if rules.every else sa.or_(*clauses)


def _rested(rules: Rules, now: float) -> Clause:
    return _texted_since(now - rules.rest_days * DAY) if rules.rest_days else sa.false()


def _select(conn: sa.Connection, rules: Rules, now: float) -> sa.Select[Any]:
    """The ids of the people whom ``rules`` leave and who can be texted, by name."""
    c = t.contact.c
    fits = _matching(conn, rules, now)
    return sa.select(c.id).where(fits, sa.not_(_OUT), sa.not_(_rested(rules, now))).order_by(c.name, c.id)


def people(conn: sa.Connection, rules: Rules, now: float) -> list[int]:
    """The contacts whom ``rules`` leave, by name, without those who opted out."""
    return list(conn.execute(_select(conn, rules, now)).scalars())


def members(conn: sa.Connection, audience_id: int, now: float) -> list[int]:
    """The contacts of a saved audience at the moment ``now``, by name; [] where there is none."""
    row = conn.execute(sa.select(t.audience.c.rules).where(t.audience.c.id == audience_id)).scalar()
    return [] if row is None else people(conn, Rules.from_json(row), now)


def with_numbers(conn: sa.Connection, audience_id: int, now: float) -> list[tuple[int, str]]:
    """As :func:`members`, with their numbers."""
    row = conn.execute(sa.select(t.audience.c.rules).where(t.audience.c.id == audience_id)).scalar()
    if row is None:
        return []
    query = _select(conn, Rules.from_json(row), now).add_columns(t.contact.c.number)
    return [(int(found[0]), str(found[1])) for found in conn.execute(query)]


def count(store: Store, clock: Clock, rules: Rules) -> Counts:
    """How many people ``rules`` leave, and how many they leave out and why."""
    now, m = clock.now(), t.message.c
    waits = sa.exists().where(
        m.number == t.contact.c.number, m.direction == "out", m.state.in_(("queued", "clicked", "sending"))
    )
    with store.read() as conn:
        out = sa.case((_OUT, 1), else_=0).label("out")
        rested = sa.case((_rested(rules, now), 1), else_=0).label("rested")
        waiting = sa.case((waits, 1), else_=0).label("waiting")
        found = (
            sa.select(out, rested, waiting)
            .select_from(t.contact)
            .where(_matching(conn, rules, now))
            .subquery()
        )
        f = found.c
        free = sa.and_(f.out == 0, f.rested == 0)
        total = sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((free, 1), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(f.out), 0),
            sa.func.coalesce(sa.func.sum(sa.case((f.out == 0, f.rested), else_=0)), 0),
            sa.func.coalesce(sa.func.sum(sa.case((free, f.waiting), else_=0)), 0),
        )
        return Counts(*(int(value) for value in conn.execute(total).one()))


def overlap(store: Store, clock: Clock, rules: Rules, other: Rules) -> int:
    """How many people two audiences share."""
    now = clock.now()
    with store.read() as conn:
        theirs = _select(conn, other, now).order_by(None)
        both = _select(conn, rules, now).order_by(None).where(t.contact.c.id.in_(theirs))
        return int(conn.execute(sa.select(sa.func.count()).select_from(both.subquery())).scalar_one())


def campaigns(store: Store, limit: int = 300) -> tuple[tuple[int, str], ...]:
    """The campaigns that were started, newest first, as (id, name)."""
    c = t.campaign.c
    query = sa.select(c.id, c.name).where(c.started_at.is_not(None)).order_by(c.id.desc()).limit(limit)
    with store.read() as conn:
        return tuple((row.id, row.name) for row in conn.execute(query))


# -- keeping --------------------------------------------------------------------------------------


def every(store: Store) -> tuple[Audience, ...]:
    """The saved audiences by name."""
    with store.read() as conn:
        rows = conn.execute(sa.select(t.audience).order_by(sa.func.lower(t.audience.c.name))).all()
    return tuple(Audience(row.id, row.name, Rules.from_json(row.rules), row.updated_at) for row in rows)


def save(store: Store, clock: Clock, name: str, rules: Rules, audience_id: int | None = None) -> int:
    """Keep an audience, a new one without ``audience_id``. Returns its id. Raises :class:`AudienceError`."""
    name = " ".join(name.split())[:120]
    if not name:
        raise AudienceError("Give the audience a name.")
    if len(rules.rules) > MAX_RULES:
        raise AudienceError(f"An audience has at most {MAX_RULES} rules.")
    now = clock.now()
    values = {"name": name, "rules": rules.to_json(), "updated_at": now}
    with store.write() as unit:
        same = sa.select(t.audience.c.id).where(
            sa.func.lower(t.audience.c.name) == name.lower(), t.audience.c.id != (audience_id or 0)
        )
        if unit.conn.execute(same).first() is not None:
            raise AudienceError(f"There is an audience “{name}” already.")
        if audience_id is None:
            key = unit.conn.execute(
                sa.insert(t.audience).values(created_at=now, **values)
            ).inserted_primary_key
            audience_id = int(key[0]) if key else 0
        else:
            unit.conn.execute(sa.update(t.audience).where(t.audience.c.id == audience_id).values(**values))
        unit.publish(ContactsChanged())
    return audience_id


def remove(store: Store, audience_id: int) -> None:
    """Forget an audience; its people and the lists made from it stay."""
    with store.write() as unit:
        unit.conn.execute(sa.delete(t.audience).where(t.audience.c.id == audience_id))
        unit.publish(ContactsChanged())


def as_list(store: Store, clock: Clock, name: str, rules: Rules) -> int:
    """A list of the people whom ``rules`` leave now, for a campaign. Raises :class:`AudienceError`."""
    now = clock.now()
    with store.write() as unit:
        found = people(unit.conn, rules, now)
        if not found:
            raise AudienceError("Nobody is in this audience.")
        columns = json.dumps(_columns(unit.conn))
        values = {"name": name or "Audience", "created_at": now, "columns": columns}
        values["report"] = json.dumps({"audience": name, "imported": len(found)})
        key = unit.conn.execute(sa.insert(t.people_list).values(**values)).inserted_primary_key
        list_id = int(key[0]) if key else 0
        rows: Sequence[dict[str, int]] = [
            {"list_id": list_id, "position": place, "contact_id": contact}
            for place, contact in enumerate(found)
        ]
        unit.conn.execute(sa.insert(t.list_member), rows)
        unit.publish(ContactsChanged())
    return list_id


def _columns(conn: sa.Connection) -> list[str]:
    """The fields that the lists so far have brought: any of these people may have any of them."""
    found: dict[str, None] = {}
    for text in conn.execute(sa.select(t.people_list.c.columns).order_by(t.people_list.c.id)).scalars():
        found.update(dict.fromkeys(json.loads(text)))
    return list(found)
