"""Our line without its window: ``prepare`` queues texts, ``run`` presses them and lets the line work.

Every text has its own click row, and every claim and every outcome is a commit with the disk synced.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import sqlalchemy as sa

from app.campaigns import hours
from app.clock import SystemClock
from app.settings import Settings
from app.store.engine import Store, open_store
from app.store.tables import campaign, click, inbound_part, line, message
from app.texting import recovery
from app.texting.clicks import text_hash
from app.texting.lines import LineManager
from app.workspace import open_workspace
from modem.factory import open_modem

NUMBERS = "+1503555{:04d}"
_ONE_AT_A_TIME = threading.Lock()  # Alembic keeps what it works on in its module


def prepare(folder: Path, url: str, texts: list[str]) -> None:
    """A data folder with a line, and a running campaign with ``texts`` on the desk."""
    with _ONE_AT_A_TIME:
        store = open_store(folder)
    with store.write() as unit:
        conn = unit.conn
        now = time.time()
        conn.execute(sa.insert(line).values(name="Line", url=url, created_at=now))
        always = hours.parse("00:00-24:00").to_json()
        made = conn.execute(
            sa.insert(campaign).values(name="Bench", state="running", hours=always, created_at=now)
        ).inserted_primary_key[0]
        for number, text in enumerate(texts):
            conn.execute(
                sa.insert(message).values(
                    direction="out",
                    number=NUMBERS.format(number),
                    campaign_id=made,
                    kind="first",
                    position=number,
                    text=text,
                    text_hash=text_hash(text),
                    state="queued",
                    created_at=now,
                )
            )
    store.close()


def _press_all(store: Store) -> None:
    """A person at the desk who has pressed every text that waits there, each with its own click."""
    with store.write() as unit:
        conn, now = unit.conn, time.time()
        line_id = conn.execute(sa.select(line.c.id)).scalar_one()
        waiting = conn.execute(sa.select(message).where(message.c.state == "queued")).mappings().all()
        for number, row in enumerate(waiting):
            at = now + number / 1000
            click_id = conn.execute(
                sa.insert(click).values(
                    message_id=row["id"],
                    operator="Ana",
                    at=at,
                    monotonic=0.0,
                    device="key:Return",
                    text_hash=row["text_hash"],
                )
            ).inserted_primary_key[0]
            conn.execute(
                sa.update(message)
                .where(message.c.id == row["id"])
                .values(state="clicked", click_id=click_id, clicked_at=at, line_id=line_id)
            )


def states(folder: Path) -> dict[str, int]:
    """How many outgoing texts are in each state."""
    store = open_store(folder)
    with store.read() as conn:
        rows = conn.execute(
            sa.select(message.c.state, sa.func.count())
            .where(message.c.direction == "out")
            .group_by(message.c.state)
        ).all()
    store.close()
    return {row[0]: int(row[1]) for row in rows}


def received(folder: Path) -> list[tuple[float, str]]:
    """When each received text was stored, and its words."""
    store = open_store(folder)
    with store.read() as conn:
        rows = conn.execute(
            sa.select(inbound_part.c.received_at, message.c.text)
            .join(message, message.c.id == inbound_part.c.message_id)
            .where(inbound_part.c.kind == "text")
        ).all()
    store.close()
    return [(at, text) for at, text in rows]


def run(folder: Path, seconds: float) -> None:
    """The line at work until nothing is left to send, and for ``seconds`` more."""
    workspace = open_workspace(folder)
    workspace.settings = Settings(country="US", texter="Ana")
    recovery.recover(workspace.store, SystemClock())
    _press_all(workspace.store)
    lines = LineManager(workspace, open_modem, backoff=(0.2,))
    lines.start_all()
    while _waiting(workspace.store):
        time.sleep(0.02)
    time.sleep(seconds)
    lines.stop_all()
    workspace.close()


def _waiting(store: Store) -> bool:
    with store.read() as conn:
        query = sa.select(message.c.id).where(message.c.state.in_(("clicked", "sending"))).limit(1)
        return conn.execute(query).first() is not None


if __name__ == "__main__":
    run(Path(sys.argv[1]), float(sys.argv[2]))
