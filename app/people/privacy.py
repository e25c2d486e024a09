"""Everything about one person: to hand it to them, and to erase it so that the file holds none of it.

What must outlive a person is that they may not be texted: a keyed hash of the number, and nothing else.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

import sqlalchemy as sa

from app.clock import Clock
from app.conversations.triage import learning
from app.people import about, holds, ledger, optouts, privacy_file, privacy_named
from app.people.privacy_file import Cancelled as CancelAsked
from app.people.privacy_file import Progress, never, nothing
from app.people.privacy_file import due as due
from app.people.privacy_file import finish as finish
from app.reports.tables_out import guarded, private_file
from app.store import tables as t
from app.store.engine import Store, Unit
from app.store.events import ContactsChanged, ConversationChanged, OptOutChanged

#: What the tables are called in the files that are handed over.
_CALLED: Final = {
    "message": "messages", "judgement": "judgements", "click": "clicks", "conversation": "conversations",
    "opt_out_log": "opt_out_story",
}  # fmt: skip
#: Of these a row stays, without the number and the words: see :func:`_erase_rows`.
_KEPT: Final = ("opt_out_log", "erased", "audit")


log = logging.getLogger(__name__)
#: Texts of one transaction: about 50 ms in which others wait.
_CHUNK = 200
_BEGUN: Final = "erasures begun"


class PrivacyError(Exception):
    """It cannot be done now; the text says why, and that nothing was changed."""


class CancelledError(PrivacyError):
    """It was cancelled before anything was changed."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What went: ``texts`` in both directions; ``kept_out`` when a keyed hash stays, so that none is sent.

    ``clean``: the file was written anew, so that nothing of them is left in its free pages either. Where it
    was not, because it is large, another program reads it or it was cancelled, the next start does it.
    """

    contact: bool
    texts: int
    kept_out: bool
    backups: int
    clean: bool = True


@dataclass(frozen=True, slots=True)
class Outlook:
    """What an erasure would take: texts both ways, of which ``waiting`` are on the desk, and answers.

    ``kept_out``: they opted out, or may have. ``copies``: of the database, from before changes of schema.
    ``mentions``: rows of other tables, by name, in which somebody typed the number: those stay.
    ``named``: groups and drafts that hold their name or number, as words for a person: those stay too.
    """

    texts: int
    waiting: int
    answers: int
    kept_out: bool
    copies: int
    mentions: Mapping[str, int] = dataclasses.field(default_factory=dict)
    named: tuple[str, ...] = ()


# -- handing it over -------------------------------------------------------------------------------


def everything(store: Store, number: str) -> dict[str, Any]:
    """All rows about the person of a number (E.164), by table, their further numbers with it.

    Times are UTC seconds as they are stored.
    """
    with store.read() as conn:
        who = about.theirs(conn, number)
        told = {table.name: about.rows(conn, who, table) for table in about.conditions(who)}
        contact = told.pop("contact")
        found: dict[str, Any] = {
            "number": number,
            "other_numbers": list(who.numbers[1:]),
            "contact": contact[0] if contact else None,
            "tags": _names(conn, t.tag, t.contact_tag.c.tag_id, told["contact_tag"]),
            "lists": _names(conn, t.people_list, t.list_member.c.list_id, told["list_member"]),
            "groups": _rows(conn, _groups(who.numbers)),
        }
    found.update((_CALLED.get(name, name), entries) for name, entries in told.items())
    return found


def _rows(conn: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in conn.execute(query).mappings()]


def _groups(theirs: Sequence[str]) -> sa.Select[Any]:
    member, c = t.thread_group_member.c, t.conversation.c
    inside = sa.select(member.group_id).join(t.conversation, c.id == member.conversation_id)
    return sa.select(t.thread_group.c.id, t.thread_group.c.name).where(
        t.thread_group.c.id.in_(inside.where(c.number.in_(theirs)))
    )


def _names(
    conn: sa.Connection, table: sa.Table, key: sa.Column[Any], entries: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The names of what rows of a table between point to."""
    query = sa.select(table.c.name).where(table.c.id.in_([entry[key.name] for entry in entries]))
    return list(conn.execute(query.order_by(table.c.name)).scalars())


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
    m = t.message
    with store.read() as conn:
        who = about.theirs(conn, number)
        which = about.conditions(who)
        texts, waiting = conn.execute(
            sa.select(sa.func.count(), sa.func.count(sa.case((m.c.state == "queued", 1)))).where(which[m])
        ).one()
        answers = conn.execute(
            sa.select(sa.func.count()).select_from(t.answer).where(which[t.answer])
        ).scalar_one()
        kept_out = bool(optouts.active_set(conn, who.numbers) | holds.standing_set(conn, who.numbers))
        mentions = about.mentions(conn, who.numbers)
        named = privacy_named.named(conn, who)
    copies = len(privacy_file.copies(store.folder))
    return Outlook(int(texts), int(waiting), int(answers), kept_out, copies, mentions, named)


def erase(
    store: Store,
    clock: Clock,
    number: str,
    operator: str,
    *,
    progress: Progress = nothing,
    cancelled: CancelAsked = never,
) -> Erased:
    """Erase a person: contact, texts both ways with their raw forms, notes, answers, drafts, consent.

    Their further numbers that are no other contact's go with it. Who opted out, or may have, stays out: a
    keyed hash of the number remains. Copies of the database from before a change of schema are removed too,
    since they hold the person. Of a person with many texts those go first, in short transactions, so that
    nobody who has to write waits long; what a crash cuts short is done at the next start.

    ``progress`` gets (done, total), of texts first and then of the index. ``cancelled`` before the first text
    goes erases nothing (:class:`CancelledError`); later it leaves the file to the next start. Raises
    :class:`PrivacyError` while a text to them is on its way, or where the disk has no room.
    """
    if words := privacy_file.lacking(store):
        raise PrivacyError(words)
    copies = len(privacy_file.copies(store.folder))
    first = _erase_texts_first(store, number, operator, progress, cancelled)
    try:
        with store.write() as unit:
            contact, texts, out = erase_within(unit, clock.now(), number, operator, first)
    except PrivacyError as error:
        if first:
            raise PrivacyError(
                f"A text to this person leaves at this moment. {first:,} older texts are erased. Erase them "
                "again for the rest; otherwise p2ptext does it at its next start."
            ) from error
        raise
    return Erased(contact, texts, out, copies, clean=finish(store, progress, cancelled))


def _erase_texts_first(
    store: Store, number: str, operator: str, progress: Progress, cancelled: CancelAsked
) -> int:
    """Erase all but a few texts of somebody who has many; returns how many."""
    m = t.message
    with store.write() as unit:
        theirs = about.conditions(about.theirs(unit.conn, number))[m]
        total = int(unit.conn.execute(sa.select(sa.func.count()).where(theirs)).scalar_one())
        _refuse_under_way(unit.conn, theirs)
        if cancelled():
            raise CancelledError("Cancelled. Nothing was erased.")
        if total <= _CHUNK:
            return 0
        _put_begun(unit, {**_begun(unit.conn), number: operator})
    free = sa.or_(m.c.direction == "in", m.c.state.not_in(("clicked", "sending")))
    query = sa.select(m.c.id).where(theirs, free).order_by(m.c.id).limit(_CHUNK)
    done = 0
    while done + _CHUNK < total:
        began = time.monotonic()
        with store.write() as unit:
            some = unit.conn.execute(query).scalars().all()
            _unlearn(unit, m.c.id.in_(some))
            _erase_texts(unit.conn, some)
            privacy_file.note_due(unit)
        if not some:
            break
        done += len(some)
        progress(done, total)
        privacy_file.pause(began)
    return done


def _erase_texts(conn: sa.Connection, some: Sequence[int]) -> None:
    """Erase texts, and what hangs on them."""
    for table in (t.permit, t.judgement, t.group_message, t.message_part, t.inbound_part):
        conn.execute(sa.delete(table).where(table.c.message_id.in_(some)))
    conn.execute(sa.delete(t.permit).where(t.permit.c.answers_id.in_(some)))
    conn.execute(sa.delete(t.message).where(t.message.c.id.in_(some)))
    conn.execute(sa.delete(t.click).where(t.click.c.message_id.in_(some)))


def _begun(conn: sa.Connection) -> dict[str, str]:
    """Whose erasure was begun and is not at its end, with who erases."""
    s = t.office_setting.c
    value = conn.execute(sa.select(s.value).where(s.key == _BEGUN)).scalar()
    return dict(json.loads(value)) if value else {}


def _put_begun(unit: Unit, begun: dict[str, str]) -> None:
    s = t.office_setting
    unit.conn.execute(sa.delete(s).where(s.c.key == _BEGUN))
    if begun:
        unit.conn.execute(sa.insert(s).values(key=_BEGUN, value=json.dumps(begun)))


def resume(store: Store, clock: Clock) -> None:
    """Carry on what a crash or a text on its way cut short, and what a small file still has to be rid of."""
    with store.read() as conn:
        begun = _begun(conn)
    for number, operator in begun.items():
        try:
            erase(store, clock, number, operator)
        except PrivacyError as error:
            log.warning("an erasure that was begun still waits: %s", type(error).__name__)
    if due(store) and privacy_file.size(store) <= privacy_file.SMALL:
        finish(store)


def erase_within(
    unit: Unit, now: float, number: str, operator: str, already: int = 0
) -> tuple[bool, int, bool]:
    """The same in the caller's transaction, after which the caller calls :func:`finish`; ``already`` so many
    of their texts are gone.

    Returns whether there was a contact, how many texts went, and whether a keyed hash stays.
    """
    ledger.make_key(unit)
    who = about.theirs(unit.conn, number)
    which = about.conditions(who)
    _refuse_under_way(unit.conn, which[t.message])
    out = optouts.active_set(unit.conn, who.numbers) | holds.standing_set(unit.conn, who.numbers)
    threads = sa.select(t.conversation.c.id).where(which[t.conversation])
    unit.publish(*(ConversationChanged(int(key)) for key in unit.conn.execute(threads).scalars()))
    _unlearn(unit, which[t.message])
    contact, texts = _erase_rows(unit.conn, which)
    texts += already
    for each in who.numbers:
        if each in out:
            _keep_out(unit, now, each)
        ledger.append(unit, now, each, "erased", operator=operator)
    log = t.opt_out_log.c.number
    unit.conn.execute(sa.update(t.opt_out_log).where(log.in_(who.numbers)).values(number=""))
    optouts.record(unit, now, operator, "person erased", f"{texts} texts")
    _put_begun(unit, {key: by for key, by in _begun(unit.conn).items() if key not in who.numbers})
    privacy_file.note_due(unit)
    unit.publish(ContactsChanged(), OptOutChanged("", active=False))
    return bool(contact), texts, bool(out)


def _erase_rows(conn: sa.Connection, which: dict[sa.Table, sa.ColumnElement[bool]]) -> tuple[int, int]:
    """Erase their rows; returns how many contacts and how many texts."""
    m = t.message
    texts = conn.execute(sa.select(m.c.id).where(which[m])).scalars().all()
    tags = conn.execute(sa.select(t.contact_tag.c.tag_id).where(which[t.contact_tag])).scalars().all()
    for table, condition in which.items():
        if table.name not in (*_KEPT, "message", "click", "conversation", "contact"):
            conn.execute(sa.delete(table).where(condition))
    for start in range(0, len(texts), _CHUNK):
        _erase_texts(conn, texts[start : start + _CHUNK])
    conn.execute(sa.delete(t.conversation).where(which[t.conversation]))
    contact = conn.execute(sa.delete(t.contact).where(which[t.contact])).rowcount
    conn.execute(sa.update(t.audit).where(which[t.audit]).values(detail="(about a person who was erased)"))
    # A tag that nobody else has may have been made for them alone.
    others = sa.select(t.contact_tag.c.tag_id)
    conn.execute(sa.delete(t.tag).where(t.tag.c.id.in_(tags), t.tag.c.id.not_in(others)))
    return int(contact), len(texts)


def _unlearn(unit: Unit, theirs: sa.ColumnElement[bool]) -> None:
    """Take back what corrections of their texts taught, and the words of theirs that nothing else taught."""
    j, m = t.judgement.c, t.message.c
    corrected = sa.select(m.text, j.labels, j.corrected).join(t.judgement, j.message_id == m.id)
    corrected = corrected.where(j.corrected.is_not(None))
    rows = unit.conn.execute(corrected.where(theirs)).all()
    for row in rows:
        was, now = set(row.corrected.split()), set(row.labels.split())
        learning.learn(unit, row.text, now - was, was - now)
    if rows:
        left = unit.conn.execute(corrected.where(~theirs)).all()
        learning.forget_words(unit, [row.text for row in rows], [row.text for row in left])


def _refuse_under_way(conn: sa.Connection, theirs: sa.ColumnElement[bool]) -> None:
    m = t.message.c
    query = sa.select(m.id).where(theirs, m.direction == "out", m.state.in_(("clicked", "sending")))
    if conn.execute(query).first() is not None:
        raise PrivacyError(
            "A text to this person waits to leave or is on its way. Nothing was erased. Take it back or let "
            "it leave, then erase."
        )


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
