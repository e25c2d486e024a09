"""All lines of a workspace: adding, pausing, removing, and what the window shows of them."""

from __future__ import annotations

import dataclasses
import random
import threading
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.store.engine import Unit
from app.store.events import Event, LineChanged, MessageChanged
from app.store.tables import click, line, message
from app.texting import clicks, remembered, views
from app.texting.asking import Asking
from app.texting.line import BACKOFF, FindPort, LineThread, OpenModem, as_written
from app.texting.remembered import NoSecrets, Pins, Secrets
from app.texting.returning import give_back
from app.texting.rows import Row, insert
from app.texting.views import OFF, LineView, Live, bars, words
from app.workspace import Workspace

#: Closing the program waits this long for a text that is with the network.
STOP_SECONDS = 5.0
_COUNT_BATCH = 500


class LineManager(Asking):
    """Owns the lines' threads. ``open_modem`` makes the modem behind an address; usable from any thread."""

    def __init__(
        self,
        workspace: Workspace,
        open_modem: OpenModem,
        *,
        backoff: tuple[float, ...] = BACKOFF,
        find: FindPort = as_written,
        secrets: Secrets | None = None,
    ) -> None:
        self._workspace, self._open_modem, self._backoff = workspace, open_modem, backoff
        self._find = find
        self.secrets: Secrets = secrets or NoSecrets()
        self._pins = Pins(self.secrets)
        self._store, self._clock = workspace.store, workspace.clock
        self._threads: dict[int, LineThread] = {}
        self._running = False
        self._lock = threading.RLock()
        self._unsubscribe = self._store.subscribe(self._on_event)

    # -- running ------------------------------------------------------------------------------

    def start_all(self) -> None:
        """Start every line. Call ``recovery.recover`` before."""
        self._running = True
        for row in self._rows():
            self._start(row["id"])

    def stop_all(self, timeout: float = STOP_SECONDS) -> bool:
        """Stop every line, waiting up to ``timeout`` seconds for all of them; False when one still waits.

        A text whose answer is still due then is shown as unknown at the next start.
        """
        self._running = False
        self._unsubscribe()
        with self._lock:
            threads = list(self._threads.values())
            self._threads.clear()
        for thread in threads:
            thread.stop()
        deadline = self._clock.monotonic() + timeout
        ended = [thread.join(max(0.0, deadline - self._clock.monotonic())) for thread in threads]
        return all(ended)

    def wake(self, line_id: int) -> None:
        """A text may wait for this line. (A click wakes it by itself.)"""
        thread = self._threads.get(line_id)
        if thread is not None:
            thread.wake()

    def retry(self, line_id: int, pin: str | None = None, *, remember: bool = False) -> None:
        """Try to connect now, with the SIM's PIN if one is given: used once, and kept nowhere.

        With ``remember`` the desktop's keyring gets it after the SIM has taken it.
        """
        thread = self._thread(line_id)
        if thread is not None:
            thread.retry(pin, remember=remember)

    def _thread(self, line_id: int) -> LineThread | None:
        with self._lock:
            return self._threads.get(line_id)

    def use_this_sim(self, line_id: int) -> None:
        """A person says that the SIM that is in the modem now is this line's."""
        with self._store.write() as unit:
            unit.conn.execute(sa.update(line).where(line.c.id == line_id).values(iccid="", number=""))
            unit.publish(LineChanged(line_id))
        self.retry(line_id)

    def _start(self, line_id: int) -> None:
        with self._lock:
            if not self._running or line_id in self._threads:
                return
            thread = LineThread(
                self._store,
                self._clock,
                line_id,
                self._open_modem,
                country=lambda: self._workspace.settings.country,
                changed=self._on_line,
                backoff=self._backoff,
                find=self._find,
                pins=self._pins,
            )
            self._threads[line_id] = thread
        thread.start()

    def _on_line(self, line_id: int) -> None:
        self._store.announce(LineChanged(line_id))

    def _on_event(self, event: Event) -> None:
        if not isinstance(event, MessageChanged):
            return
        for thread in tuple(self._threads.values()):
            if not thread.is_this_thread:
                thread.wake()

    # -- changing -----------------------------------------------------------------------------

    def add(self, url: str, name: str = "", *, practice: bool = False) -> int:
        """Add a line and start it. An address that was taken out comes back as the line it was."""
        url = url.strip()
        with self._store.write() as unit:
            old = unit.conn.execute(sa.select(line.c.id).where(line.c.url == url)).scalars().first()
            if old is None:
                line_id = _insert(unit, url, name or url, practice, self._clock.now())
            else:
                line_id = int(old)
                unit.conn.execute(sa.update(line).where(line.c.id == old).values(enabled=True))
            unit.publish(LineChanged(line_id))
        self._start(line_id)
        return line_id

    def remove(self, line_id: int) -> None:
        """Take a line out: its waiting clicks are void, its texts and its history stay."""
        with self._lock:
            thread = self._threads.pop(line_id, None)
        with self._store.write() as unit:
            self._return_clicks(unit, line_id, "The line was taken out before this text was sent.")
            unit.conn.execute(sa.update(line).where(line.c.id == line_id).values(enabled=False))
            unit.publish(LineChanged(line_id))
        if thread is not None:
            thread.stop()
            thread.join(STOP_SECONDS)

    def rename(self, line_id: int, name: str) -> None:
        """Give a line another name."""
        self._set(line_id, name=name.strip() or "Line")

    def move(self, line_id: int, url: str) -> None:
        """Reach the line at another address from now on, as through another program. Its history stays."""
        with self._lock:
            thread = self._threads.pop(line_id, None)
        if thread is not None:
            thread.stop()
            thread.join(STOP_SECONDS)
        self._set(line_id, url=url.strip())
        self._start(line_id)

    def pause(self, line_id: int) -> None:
        """No further text leaves on this line; receiving goes on."""
        self._set(line_id, paused=True)

    def resume(self, line_id: int) -> None:
        """Let the line send again what was clicked."""
        self._set(line_id, paused=False)
        self.wake(line_id)

    def _set(self, line_id: int, **values: Any) -> None:
        with self._store.write() as unit:
            unit.conn.execute(sa.update(line).where(line.c.id == line_id).values(**values))
            unit.publish(LineChanged(line_id))

    def _return_clicks(self, unit: Unit, line_id: int, reason: str) -> None:
        rows = unit.conn.execute(
            sa.select(message)
            .where(message.c.line_id == line_id, message.c.state == "clicked", sa.text(clicks.UNDER_WAY))
            .order_by(message.c.click_id.desc())
        ).mappings()
        for row in rows.all():
            give_back(unit, self._clock.now(), row, reason)

    # -- showing ------------------------------------------------------------------------------

    def views(self) -> tuple[LineView, ...]:
        """Every line that is not taken out, in the order in which they were added."""
        return tuple(self._view(row) for row in self._rows())

    def states(self) -> tuple[LineView, ...]:
        """The same as :meth:`views`."""
        return self.views()

    def view(self, line_id: int) -> LineView | None:
        """One line; None when it is not there."""
        return next((self._view(row) for row in self._rows() if row["id"] == line_id), None)

    def _rows(self) -> tuple[Row, ...]:
        with self._store.read() as conn:
            return tuple(conn.execute(sa.select(line).where(line.c.enabled).order_by(line.c.id)).mappings())

    def _view(self, row: Row) -> LineView:
        thread = self._threads.get(row["id"])
        live = Live(state=OFF) if thread is None else thread.live
        text, action = words(live, paused=row["paused"])
        with self._store.read() as conn:
            sent_today = sent_since(conn, row["id"], self._midnight())
            waiting = clicks.waiting(conn, row["id"])
            balance = remembered.balance(conn, row["iccid"])
        identity = {name: getattr(live.identity, name) for name in _IDENTITY}
        return LineView(
            id=row["id"],
            name=row["name"],
            url=row["url"],
            number=row["number"],
            state=live.state,
            state_text=views.short_words(live, paused=row["paused"]) if live.cause else text,
            action_text=action,
            detail=live.detail,
            operator=live.operator,
            technology=live.technology,
            signal_dbm=live.signal_dbm,
            bars=bars(live.signal_dbm),
            storage_used=live.storage_used,
            storage_total=live.storage_total,
            sent_today=sent_today,
            waiting=waiting,
            paused=row["paused"],
            practice=row["practice"],
            hint=" ".join(part for part in (live.hint, live.hint_action) if part),
            note=live.note,
            lacks=views.lacks(live.capabilities),
            actions=views.actions(live),
            commands=live.capabilities.commands,
            ussd=live.capabilities.ussd,
            balance_code=balance.code,
            balance_text=balance.text,
            balance_at=balance.at,
            clock_off=live.clock_off,
            **(identity | {"iccid": row["iccid"], "imei": row["imei"]}),
        )

    def _midnight(self) -> float:
        """The start of the day on this computer's clock, in UTC seconds."""
        now = datetime.fromtimestamp(self._clock.now()).astimezone()
        return now.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


_IDENTITY = tuple(
    {field.name for field in dataclasses.fields(LineView)} & {"manufacturer", "model", "firmware", "smsc"}
)


def sent_since(conn: sa.Connection, line_id: int, since: float) -> int:
    """How many texts left on a line since then: sent, or unknown. Looks at the clicks since then only."""
    counted, below = 0, None
    while True:
        query = sa.select(click.c.id, click.c.at, click.c.message_id).order_by(click.c.id.desc())
        if below is not None:
            query = query.where(click.c.id < below)
        batch = conn.execute(query.limit(_COUNT_BATCH)).all()
        recent = [row.id for row in batch if row.at >= since]
        if recent:
            counted += int(
                conn.execute(
                    sa.select(sa.func.count())
                    .select_from(message)
                    .where(
                        message.c.click_id.in_(recent),
                        message.c.line_id == line_id,
                        message.c.state.in_(("sent", "unknown")),
                    )
                ).scalar_one()
            )
        if len(recent) < _COUNT_BATCH:
            return counted
        below = batch[-1].id


def _insert(unit: Unit, url: str, name: str, practice: bool, now: float) -> int:
    return insert(
        unit.conn,
        line,
        url=url,
        name=name,
        practice=practice,
        created_at=now,
        # TS 23.040 9.2.3.24.1 leaves the first one open; two programs on one SIM should differ.
        concat_reference=random.randrange(256),
    )
