"""Everything about one person: to hand it to them, and to erase it so that the file holds none of it.

What must outlive a person is that they may not be texted: a keyed hash of the number, and nothing else.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import sqlalchemy as sa

from app.clock import Clock
from app.people import holds, ledger, optouts
from app.reports.tables_out import guarded, private_file
from app.store import fulltext
from app.store import tables as t
from app.store.engine import Store, Unit
from app.store.events import ContactsChanged, ConversationChanged, OptOutChanged

#: Tables that have a number of their own, in the order in which their rows can go.
_BY_NUMBER = (
    t.judgement, t.message_part, t.answer, t.hold, t.consent, t.imported_text, t.opt_out, t.contact_number,
)  # fmt: skip


class PrivacyError(Exception):
    """It cannot be done now; the text says why, and that nothing was changed."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What went: ``texts`` in both directions; ``kept_out`` when a keyed hash stays, so that none is sent."""

    contact: bool
    texts: int
    kept_out: bool
    backups: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an erasure would take: texts both ways, of which ``waiting`` are on the desk, and answers.

    ``kept_out``: they opted out, or may have. ``copies``: of the database, from before changes of schema.
    """

    texts: int
    waiting: int
    answers: int
    kept_out: bool
    copies: int


def numbers_of(conn: sa.Connection, number: str) -> tuple[str, ...]:
    """The numbers (E.164) of the person who has ``number``: that one first, and the further ones that are
    no other contact's."""
    c, n = t.contact.c, t.contact_number.c
    query = (
        sa.select(n.number)
        .join(t.contact, c.id == n.contact_id)
        .where(c.number == number, n.number.not_in(sa.select(c.number)))
        .order_by(n.number)
    )
    return (number, *conn.execute(query).scalars())


# -- handing it over -------------------------------------------------------------------------------


def everything(store: Store, number: str) -> dict[str, Any]:
    """All rows about the person of a number (E.164), by table, their further numbers with it.

    Times are UTC seconds as they are stored.
    """
    with store.read() as conn:
        theirs = numbers_of(conn, number)
        contact = conn.execute(sa.select(t.contact).where(t.contact.c.number == number)).mappings().first()
        messages = sa.select(t.message).where(t.message.c.number.in_(theirs)).order_by(t.message.c.id)
        own = sa.select(t.message.c.id).where(t.message.c.number.in_(theirs))
        found: dict[str, Any] = {
            "number": number,
            "other_numbers": list(theirs[1:]),
            "contact": dict(contact) if contact else None,
            "tags": _tags(conn, contact),
            "messages": _rows(conn, messages),
            "judgements": _rows(conn, sa.select(t.judgement).where(t.judgement.c.message_id.in_(own))),
            "clicks": _rows(conn, sa.select(t.click).where(t.click.c.message_id.in_(own))),
        }
        for table in (t.imported_text, t.answer, t.consent, t.opt_out, t.hold):
            found[table.name] = _rows(conn, sa.select(table).where(table.c.number.in_(theirs)))
        threads = sa.select(t.conversation).where(t.conversation.c.number.in_(theirs))
        found["conversations"] = _rows(conn, threads)
        found["groups"] = _rows(conn, _groups(theirs))
    found["opt_out_story"] = [
        {"number": each, "at": entry.at, "action": entry.action, "source": entry.source,
         "operator": entry.operator}
        for each in theirs
        for entry in ledger.story(store, each)
    ]  # fmt: skip
    return found


def _groups(theirs: Sequence[str]) -> sa.Select[Any]:
    member, c = t.thread_group_member.c, t.conversation.c
    inside = sa.select(member.group_id).join(t.conversation, c.id == member.conversation_id)
    return sa.select(t.thread_group.c.id, t.thread_group.c.name).where(
        t.thread_group.c.id.in_(inside.where(c.number.in_(theirs)))
    )


def _rows(conn: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(query).mappings()]


def _tags(conn: sa.Connection, contact: Mapping[Any, Any] | None) -> list[str]:
    if contact is None:
        return []
    query = (
        sa.select(t.tag.c.name)
        .join(t.contact_tag, t.contact_tag.c.tag_id == t.tag.c.id)
        .where(t.contact_tag.c.contact_id == contact["id"])
        .order_by(t.tag.c.name)
    )
    return list(conn.execute(query).scalars())


def write_json(found: dict[str, Any], file: TextIO) -> None:
    """The whole as JSON."""
    json.dump(found, file, ensure_ascii=False, indent=2, default=str)
    file.write("\n")


def write_csv(found: dict[str, Any], file: TextIO) -> None:
    """The whole as rows of (what, which, field, value), guarded against formulas."""
    writer = csv.writer(file)
    writer.writerow(["what", "which", "field", "value"])
    for what, content in found.items():
        entries = content if isinstance(content, list) else [content]
        for which, entry in enumerate(entries, start=1):
            pairs = entry.items() if isinstance(entry, dict) else [("", entry)]
            for field, value in pairs:
                shown = "" if value is None else str(value).encode("utf-8", "replace").decode("utf-8")
                writer.writerow([guarded(cell) for cell in (what, str(which), str(field), shown)])


def write_files(store: Store, number: str, path: Path) -> tuple[Path, Path]:
    """Write everything about the person of ``number`` as the JSON file ``path`` and a table beside it, each
    whole or not at all and readable for its owner alone (0600). Raises ``OSError``."""
    found = everything(store, number)
    table = path.with_suffix(".csv") if path.suffix.lower() != ".csv" else path.with_suffix(".table.csv")
    with private_file(path, "utf-8") as file:
        write_json(found, file)
    with private_file(table) as file:
        write_csv(found, file)
    return path, table


# -- erasing ---------------------------------------------------------------------------------------


def outlook(store: Store, number: str) -> Outlook:
    """What :func:`erase` would take and leave. Reads only."""
    m = t.message.c
    with store.read() as conn:
        theirs = numbers_of(conn, number)
        texts, waiting = conn.execute(
            sa.select(sa.func.count(), sa.func.count(sa.case((m.state == "queued", 1)))).where(
                m.number.in_(theirs)
            )
        ).one()
        answers = conn.execute(
            sa.select(sa.func.count()).select_from(t.answer).where(t.answer.c.number.in_(theirs))
        ).scalar_one()
        kept_out = bool(optouts.active_set(conn, theirs) | holds.standing_set(conn, theirs))
    return Outlook(int(texts), int(waiting), int(answers), kept_out, len(_copies(store.folder)))


def erase(store: Store, clock: Clock, number: str, operator: str) -> Erased:
    """Erase a person: contact, texts both ways with their raw forms, notes, answers, drafts, consent.

    Their further numbers that are no other contact's go with it. Who opted out, or may have, stays out: a
    keyed hash of the number remains. Copies of the database from before a change of schema are removed too,
    since they hold the person. Raises :class:`PrivacyError` while a text to them is on its way.
    """
    with store.write() as unit:
        contact, texts, out = erase_within(unit, clock.now(), number, operator)
    return Erased(contact, texts, out, scrub(store))


def erase_within(unit: Unit, now: float, number: str, operator: str) -> tuple[bool, int, bool]:
    """The same in the caller's transaction, after which the caller calls :func:`scrub`.

    Returns whether there was a contact, how many texts went, and whether a keyed hash stays.
    """
    theirs = numbers_of(unit.conn, number)
    _refuse_under_way(unit.conn, theirs)
    out = optouts.active_set(unit.conn, theirs) | holds.standing_set(unit.conn, theirs)
    contact = unit.conn.execute(sa.delete(t.contact).where(t.contact.c.number == number)).rowcount
    texts = sum(_erase_number(unit, now, each, each in out, operator) for each in theirs)
    optouts.record(unit, now, operator, "person erased", f"{texts} texts")
    unit.publish(ContactsChanged(), OptOutChanged("", active=False))
    return bool(contact), texts, bool(out)


def _erase_number(unit: Unit, now: float, number: str, keep_out: bool, operator: str) -> int:
    """Erase all that hangs on one number; returns how many texts."""
    threads = sa.select(t.conversation.c.id).where(t.conversation.c.number == number)
    unit.publish(*(ConversationChanged(int(key)) for key in unit.conn.execute(threads).scalars()))
    texts = _delete(unit, number)
    if keep_out:
        _keep_out(unit, now, number)
    ledger.append(unit, now, number, "erased", operator=operator)
    unit.conn.execute(sa.update(t.opt_out_log).where(t.opt_out_log.c.number == number).values(number=""))
    _forget_in_audit(unit, number)
    return texts


def _refuse_under_way(conn: sa.Connection, numbers: Sequence[str]) -> None:
    query = sa.select(t.message.c.id).where(
        t.message.c.number.in_(numbers),
        t.message.c.direction == "out",
        t.message.c.state.in_(("clicked", "sending")),
    )
    if conn.execute(query).first() is not None:
        raise PrivacyError(
            "A text to this person waits to leave or is on its way. Nothing was erased. Take it back or let "
            "it leave, then erase."
        )


def _delete(unit: Unit, number: str) -> int:
    conn, m = unit.conn, t.message.c
    own = sa.select(m.id).where(m.number == number)
    threads = sa.select(t.conversation.c.id).where(t.conversation.c.number == number)
    conn.execute(
        sa.delete(t.inbound_part).where(
            sa.or_(t.inbound_part.c.message_id.in_(own), t.inbound_part.c.sender == number)
        )
    )
    for table in _BY_NUMBER:
        which = table.c.message_id.in_(own) if table is t.judgement else table.c.number == number
        conn.execute(sa.delete(table).where(which))
    clicks = conn.execute(own).scalars().all()
    texts = conn.execute(sa.delete(t.message).where(m.number == number)).rowcount
    for start in range(0, len(clicks), 400):
        conn.execute(sa.delete(t.click).where(t.click.c.message_id.in_(clicks[start : start + 400])))
    conn.execute(sa.delete(t.imported_text).where(t.imported_text.c.conversation_id.in_(threads)))
    conn.execute(sa.delete(t.conversation).where(t.conversation.c.number == number))
    return int(texts)


def _keep_out(unit: Unit, now: float, number: str) -> None:
    key = ledger.keyed(ledger.make_key(unit), number)
    known = sa.select(t.erased.c.number_key).where(t.erased.c.number_key == key)
    if unit.conn.execute(known).first() is None:
        unit.conn.execute(sa.insert(t.erased).values(number_key=key, at=now, source="opted out"))


def keep_out_unnamed(unit: Unit, now: float, numbers: Sequence[str], operator: str) -> int:
    """Keep out people who were erased, by a keyed hash alone; returns how many are new."""
    fresh = [number for number in numbers if number not in ledger.erased_among(unit.conn, numbers)]
    for number in fresh:
        _keep_out(unit, now, number)
        ledger.append(unit, now, number, "out", source="import", operator=operator)
    log = t.opt_out_log
    for number in fresh:
        unit.conn.execute(sa.update(log).where(log.c.number == number).values(number=""))
    return len(fresh)


def _forget_in_audit(unit: Unit, number: str) -> None:
    unit.conn.execute(
        sa.update(t.audit)
        .where(t.audit.c.detail.contains(number, autoescape=True))
        .values(detail="(about a person who was erased)")
    )


def scrub(store: Store) -> int:
    """Write the file anew, so that freed pages hold nothing, and remove old copies; how many there were."""
    connection = store.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(fulltext.TIDY)
        connection.commit()
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()
    return _remove_copies(store.folder)


def _copies(folder: Path) -> list[Path]:
    return list((folder / "backups").glob("before-*.db"))


def _remove_copies(folder: Path) -> int:
    copies = _copies(folder)
    for copy in copies:
        copy.unlink(missing_ok=True)
    return len(copies)
