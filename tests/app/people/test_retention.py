"""Old words go and what must stay stays: in rows, and in the database file's own bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import FixedClock
from app.people import consents, examining, holds, ledger, optouts, retention
from app.store import tables as t
from app.store.engine import Store, open_store

MARIA, PAUL = "+13125550187", "+15035550101"
YEAR = 365.25 * 86400.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def text(store: Store, at: float, words: str, state: str = "sent", **values: Any) -> int:
    inbound = state == "received"
    row = {"number": MARIA, "direction": "in" if inbound else "out", "state": "queued", "text": words,
           "created_at": at, "kind": "text" if inbound else "reply", **values}  # fmt: skip
    if inbound:
        row["state"] = "received"
    with store.write() as unit:
        key = int(unit.conn.execute(sa.insert(t.message).values(row).returning(t.message.c.id)).scalar_one())
        if not inbound and state != "queued":
            click = unit.conn.execute(
                sa.insert(t.click)
                .values(message_id=key, operator="A", at=at, monotonic=0.0, device="mouse", text_hash="h")
                .returning(t.click.c.id)
            ).scalar_one()
            change = {"state": state, "click_id": click, "claimed_at": at}
            unit.conn.execute(sa.update(t.message).where(t.message.c.id == key).values(change))
        if inbound:
            unit.conn.execute(
                sa.insert(t.inbound_part).values(
                    pdu=f"pdu of {words}",
                    sha256="x",
                    kind="text",
                    received_at=at,
                    sender=MARIA,
                    message_id=key,
                )
            )
            unit.conn.execute(sa.insert(t.judgement).values(message_id=key, tier="NONE", reason=words))
    return key


def words_of(store: Store, key: int) -> str | None:
    with store.read() as conn:
        found: str | None = conn.execute(sa.select(t.message.c.text).where(t.message.c.id == key)).scalar()
    return found


def file_bytes(store: Store) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(store.folder.rglob("*")) if p.is_file() and "db" in p.name)


def campaign(store: Store, state: str) -> int:
    with store.write() as unit:
        return int(
            unit.conn.execute(
                sa.insert(t.campaign)
                .values(name="Autumn", state=state, created_at=0.0)
                .returning(t.campaign.c.id)
            ).scalar_one()
        )


def test_old_words_go_and_the_rest_stays(store: Store, clock: FixedClock) -> None:
    now = clock.now()
    old, new = now - 2 * YEAR, now - 86400.0
    sent, came = text(store, old, "xylophone-1"), text(store, old, "xylophone-2", "received")
    recent = text(store, new, "marimba-1")
    unknown = text(store, old, "marimba-2", "unknown")  # a person must still say
    waiting = text(store, old, "marimba-3", "queued")
    with store.write() as unit:
        optouts.opt_out(unit, clock, PAUL, source="sms", evidence="stop, zither", rule="H2")
    assert retention.old(store, now, 12).texts == 2
    assert retention.forget(store, clock, 12, "Ana") == 2
    assert words_of(store, sent) == words_of(store, came) == retention.GONE
    assert b"xylophone" not in file_bytes(store)
    assert [words_of(store, key) for key in (recent, unknown, waiting)] == [
        "marimba-1", "marimba-2", "marimba-3",
    ]  # fmt: skip
    with store.read() as conn:
        row = conn.execute(sa.select(t.message).where(t.message.c.id == sent)).mappings().one()
        assert (row["state"], row["number"], row["claimed_at"]) == ("sent", MARIA, old)  # caps stay true
        assert optouts.active(conn, PAUL)
    assert b"zither" in file_bytes(store)
    assert retention.old(store, now, 12).texts == 0
    assert ledger.check(store) is None


def test_what_would_go_is_told_before_and_how_far_it_is_meanwhile(store: Store, clock: FixedClock) -> None:
    now = clock.now()
    old = now - 2 * YEAR
    for number in range(3):
        text(store, old + number, f"xylophone-{number}")
    text(store, old, "marimba", "unknown")
    thread_of_paul = sa.insert(t.conversation).values(number=PAUL, last_at=old).returning(t.conversation.c.id)
    with store.write() as unit:
        thread = unit.conn.execute(thread_of_paul).scalar_one()
        for at, digest in ((old, "a"), (now, "b")):
            unit.conn.execute(
                sa.insert(t.imported_text).values(
                    conversation_id=thread, number=PAUL, direction="in", text="zither", at=at, digest=digest
                )
            )
        consents.note(unit.conn, old, MARIA, "given", source="paper", wording="I agree")
        optouts.opt_out(unit, clock, PAUL, source="paper", evidence="a form", operator="Ana")
    found = retention.old(store, now, 12)
    assert (found.texts, found.people, found.imported, found.kept) == (3, 1, 1, 1)
    seen: list[tuple[int, int]] = []
    assert retention.forget(store, clock, 12, "Ana", progress=lambda *far: seen.append(far)) == 3
    assert seen == [(3, 3)]
    found = retention.old(store, now, 12)
    assert (found.texts, found.imported, found.kept) == (0, 0, 1)
    assert [entry.wording for entry in consents.of_number(store, MARIA)] == ["I agree"]
    assert optouts.lookup(store, PAUL)[0].evidence == "a form"
    assert examining.examine(store, clock).whole


def test_what_waits_for_an_answer_or_a_decision_stays(store: Store, clock: FixedClock) -> None:
    old = clock.now() - 2 * YEAR
    with store.write() as unit:
        thread = unit.conn.execute(
            sa.insert(t.conversation)
            .values(number=MARIA, last_at=old, last_text="who are you", waiting_since=old - 1)
            .returning(t.conversation.c.id)
        ).scalar_one()
    asked = text(store, old, "who are you", "received", conversation_id=thread)
    may_be = text(store, old, "stop it", "received", number=PAUL)
    with store.write() as unit:
        holds.put(unit, old, PAUL, rule="S2", said="stop it", why="Few words.", message_id=may_be)
    assert retention.forget(store, clock, 12, "Ana") == 0
    with store.write() as unit:
        unit.conn.execute(sa.update(t.conversation).values(waiting_since=None))
    holds.decide(store, clock, PAUL, "opted out", "Ana")
    assert retention.forget(store, clock, 12, "Ana") == 2
    assert words_of(store, asked) == retention.GONE
    with store.read() as conn:
        assert conn.execute(sa.select(t.conversation.c.last_text)).scalar() == retention.GONE


def test_a_finished_campaigns_words_and_answers_go(store: Store, clock: FixedClock) -> None:
    now, running, done = clock.now(), campaign(store, "running"), campaign(store, "done")
    sent = text(store, now, "xylophone-1", campaign_id=done)
    never = text(store, now, "xylophone-2", "queued", campaign_id=done, number=PAUL)
    failed = text(store, now, "xylophone-3", "not_sent", campaign_id=done)
    other = text(store, now, "marimba-1", campaign_id=running)
    with store.write() as unit:
        question = unit.conn.execute(
            sa.insert(t.question)
            .values(campaign_id=done, position=1, text="Coming?", kind="text")
            .returning(t.question.c.id)
        ).scalar_one()
        unit.conn.execute(
            sa.insert(t.answer).values(
                question_id=question, campaign_id=done, number=MARIA, value="xylophone-4", at=now
            )
        )
        optouts.opt_out(unit, clock, PAUL, source="sms", evidence="STOP", rule="H1")
    assert retention.finished(store) == (retention.Finished(done, "Autumn", 3, 1),)
    with pytest.raises(retention.RetentionError):
        retention.forget_campaign(store, clock, running, "Ana")
    assert retention.forget_campaign(store, clock, done, "Ana") == 3
    assert b"xylophone" not in file_bytes(store)
    assert words_of(store, sent) == retention.GONE
    # What never left is gone whole: nothing can be put back and sent as "(deleted)".
    assert words_of(store, never) is words_of(store, failed) is None
    assert words_of(store, other) == "marimba-1"
    with store.read() as conn:
        assert optouts.active(conn, PAUL)
    assert retention.finished(store) == ()


def test_the_months_are_kept_and_delete_nothing(store: Store, clock: FixedClock) -> None:
    key = text(store, clock.now() - 9 * YEAR, "xylophone")
    assert retention.months(store) == 0
    retention.keep_for(store, clock, 24, "Ana")
    retention.keep_for(store, clock, 12, "Ana")
    assert retention.months(store) == 12
    assert words_of(store, key) == "xylophone"
    with pytest.raises(ValueError, match="no such choice"):
        retention.keep_for(store, clock, 5, "Ana")
