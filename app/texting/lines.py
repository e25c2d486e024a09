"""All lines of a workspace: adding, pausing, removing, and what the window shows of them."""

from __future__ import annotations

import dataclasses
import logging
import random
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.campaigns import office
from app.campaigns.office import Office
from app.people import numbers
from app.store.engine import Unit
from app.store.events import Event, LineChanged, MessageChanged
from app.store.tables import audit, line, message
from app.texting import budgets, remembered, routing, views
from app.texting.asking import Asking
from app.texting.budgets import Limits
from app.texting.line import BACKOFF, FindPort, LineThread, OpenModem, as_written
from app.texting.remembered import NoSecrets, Pins, Secrets
from app.texting.requests import RequestError
from app.texting.returning import give_back
from app.texting.rows import UNDER_WAY, Row, insert
from app.texting.views import OFF, LineView, Live, bars, words
from app.workspace import Workspace
from modem.api import LineState

log = logging.getLogger(__name__)

#: Closing the program waits this long for a text that is with the network.
STOP_SECONDS = 5.0


def any_address(url: str) -> str:
    """The check of a program that takes every address."""
    return ""


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
        why_not: Callable[[str], str] = any_address,
    ) -> None:
        self._workspace, self._open_modem, self._backoff = workspace, open_modem, backoff
        self._find, self._why_not = find, why_not
        self.secrets: Secrets = secrets or NoSecrets()
        self._pins = Pins(self.secrets)
        self._store, self._clock = workspace.store, workspace.clock
        self._threads: dict[int, LineThread] = {}
        self._leaving: dict[int, LineThread] = {}  # told to stop, and still busy with a text
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
            threads = [*self._threads.values(), *self._leaving.values()]
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
            if not self._running or line_id in self._threads or line_id in self._leaving:
                return  # who still leaves starts it again at its end
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

    def _end(self, line_id: int) -> None:
        """Stop a line's thread. While one is still busy with a text no other takes the same port."""
        with self._lock:
            thread = self._threads.pop(line_id, None)
            if thread is None:
                return
            self._leaving[line_id] = thread
        log.info("line %d is stopped", line_id)
        thread.stop()
        if thread.join(STOP_SECONDS):
            with self._lock:
                self._leaving.pop(line_id, None)
            return
        threading.Thread(target=self._see_off, args=(line_id, thread), name="see-off", daemon=True).start()

    def _see_off(self, line_id: int, thread: LineThread) -> None:
        while not thread.join(STOP_SECONDS):
            pass
        with self._lock:
            self._leaving.pop(line_id, None)
        if not self._running:
            return  # the program closes, and the database may be closed already
        if any(row["id"] == line_id for row in self._rows()):
            self._start(line_id)
        self._on_line(line_id)

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
        """Add a line and start it. An address that was taken out comes back as the line it was.

        Raises ``RequestError`` for an address that is none.
        """
        url = self._good(url)
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
        with self._store.write() as unit:
            self._return_clicks(unit, line_id, "The line was taken out before this text was sent.")
            unit.conn.execute(sa.update(line).where(line.c.id == line_id).values(enabled=False))
            unit.publish(LineChanged(line_id))
        self._end(line_id)

    def rename(self, line_id: int, name: str) -> None:
        """Give a line another name."""
        self._set(line_id, name=name.strip() or "Line")

    def move(self, line_id: int, url: str) -> None:
        """Reach the line at another address from now on, as through another program. Its history stays.

        Raises ``RequestError`` for an address that is none.
        """
        url = self._good(url)
        self._end(line_id)
        self._set(line_id, url=url)
        self._start(line_id)

    def _good(self, url: str) -> str:
        why = self._why_not(url.strip())
        if why:
            raise RequestError(why)
        return url.strip()

    def set_number(self, line_id: int, number: str) -> None:
        """Say which number a line has where its SIM does not tell; "" forgets it. Raises ``RequestError``."""
        try:
            typed = number.strip() and numbers.parse(number, self._workspace.settings.country)
        except numbers.NumberError as error:
            raise RequestError(str(error)) from error
        self._set(line_id, number=typed)

    def set_limits(self, line_id: int, limits: Limits) -> None:
        """Let only so much leave on a line from now on. Raises ``RequestError`` for what are no limits."""
        why = budgets.check(limits)
        if why:
            raise RequestError(why)
        with self._store.write() as unit:
            unit.conn.execute(
                sa.update(line).where(line.c.id == line_id).values(**dataclasses.asdict(limits))
            )
            unit.conn.execute(
                sa.insert(audit).values(
                    at=self._clock.now(),
                    operator=self._workspace.operator,
                    action="limits of a line",
                    detail=f"line {line_id}: {limits.words}",
                )
            )
            unit.publish(LineChanged(line_id))
        self.wake(line_id)

    def pause(self, line_id: int) -> None:
        """No further text leaves on this line; receiving goes on."""
        self._set(line_id, paused=True, paused_why="")

    def resume(self, line_id: int) -> None:
        """Let the line send again what was clicked. Failures up to now no longer count towards a pause."""
        self._set(line_id, paused=False, paused_why="", watch_from=self._clock.now())
        self.wake(line_id)

    def usage(self, line_id: int) -> budgets.Usage:
        """What left on a line up to now, people of its month included."""
        with self._store.read() as conn:
            day = conn.execute(sa.select(line.c.month_day).where(line.c.id == line_id)).scalar_one_or_none()
            return budgets.usage(conn, line_id, self._clock.now(), month_day=day or 1)

    def set_price(self, line_id: int, price: float | None, currency: str) -> None:
        """What a segment costs on a line; None: the office's price holds. The currency is every line's."""
        ours = office.get(self._store)
        prices = {key: each for key, each in ours.prices if key != line_id}
        if price is not None:
            prices[line_id] = price
        office.save(
            self._store, dataclasses.replace(ours, prices=tuple(prices.items()), currency=currency.strip())
        )
        self._store.announce(LineChanged(line_id))

    def _set(self, line_id: int, **values: Any) -> None:
        with self._store.write() as unit:
            unit.conn.execute(sa.update(line).where(line.c.id == line_id).values(**values))
            unit.publish(LineChanged(line_id))

    def _return_clicks(self, unit: Unit, line_id: int, reason: str) -> None:
        rows = unit.conn.execute(
            sa.select(message)
            .where(message.c.line_id == line_id, message.c.state == "clicked", sa.text(UNDER_WAY))
            .order_by(message.c.click_id.desc())
        ).mappings()
        for row in rows.all():
            give_back(unit, self._clock.now(), row, reason)

    # -- showing ------------------------------------------------------------------------------

    def views(self) -> tuple[LineView, ...]:
        """Every line that is not taken out, in the order in which they were added."""
        rows = self._rows()
        with self._store.read() as conn:
            prices = office.load(conn)
            return tuple(self._view(conn, row, prices) for row in rows)

    def states(self) -> tuple[LineView, ...]:
        """The same as :meth:`views`."""
        return self.views()

    def view(self, line_id: int) -> LineView | None:
        """One line; None when it is not there."""
        return next((view for view in self.views() if view.id == line_id), None)

    def _rows(self) -> tuple[Row, ...]:
        with self._store.read() as conn:
            return tuple(conn.execute(sa.select(line).where(line.c.enabled).order_by(line.c.id)).mappings())

    def _live(self, line_id: int) -> Live:
        thread = self._threads.get(line_id)
        if thread is not None:
            return thread.live
        if line_id in self._leaving:
            return Live(state=LineState.CONNECTING.value, detail=views.STILL_BUSY)
        return Live(state=OFF)

    def _view(self, conn: sa.Connection, row: Row, prices: Office) -> LineView:
        live = self._live(row["id"])
        text, action = words(live, paused=row["paused"])
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
            paused_why=row["paused_why"] if row["paused"] else "",
            **(identity | {"iccid": row["iccid"], "imei": row["imei"]}),
            **self._figures(conn, row, prices),
        )

    def _figures(self, conn: sa.Connection, row: Row, prices: Office) -> dict[str, Any]:
        """What left on a line, what it cost, and what its limits say now."""
        key, now, limits = row["id"], self._clock.now(), budgets.limits_of(row)
        today = budgets.day_start(now)
        waiting = routing.waiting(conn, key)
        people = budgets.month_start(now, limits.month_day) if limits.people_month else None
        price = None if row["practice"] else dict(prices.prices).get(key, prices.price)
        return {
            "sent_today": budgets.left_since(conn, key, today),
            "waiting": waiting,
            "limits": limits,
            "people": None if people is None else budgets.people_since(conn, key, people),
            "hold": budgets.hold(conn, key, row["name"], limits, now, waiting),
            "price": price,
            "currency": prices.currency,
            "cost_today": None if not price else price * budgets.segments_since(conn, key, today),
        }


_IDENTITY = tuple(
    {field.name for field in dataclasses.fields(LineView)} & {"manufacturer", "model", "firmware", "smsc"}
)


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
