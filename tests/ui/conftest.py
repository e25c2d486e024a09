"""Fixtures for the window's tests: offscreen, a real store in a temporary folder, lines that are only views."""

from __future__ import annotations

import os
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.clock import SystemClock
from app.settings import Settings
from app.store import tables
from app.store.events import MessageChanged
from app.texting.budgets import NO_LIMITS, Limits, Usage
from app.workspace import Workspace, open_workspace
from ui import background, theme
from ui.widgets_message import MessageView


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform has no window manager to tell a smallest size to, and says so each time."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))


class TestClock(SystemClock):
    """The computer's clocks, with a wall clock that stands still on a Friday at 16:00 UTC if asked."""

    __test__ = False

    def __init__(self) -> None:
        self.fixed: float | None = None
        self.ahead = 0.0
        self.standing: float | None = None

    def now(self) -> float:
        return self.fixed if self.fixed is not None else super().now()

    def monotonic(self) -> float:
        return (super().monotonic() if self.standing is None else self.standing) + self.ahead

    def stand_still(self) -> None:
        """From now on time passes only with :meth:`pass_time`: a slow machine is not a slow reader."""
        self.standing = super().monotonic()

    def pass_time(self, seconds: float) -> None:
        """Let monotonic time pass without waiting: a dwell, a double-click time."""
        self.ahead += seconds
        if self.fixed is not None:
            self.fixed += seconds


@pytest.fixture
def clock() -> TestClock:
    clock = TestClock()
    clock.fixed = 1_794_585_600.0  # Friday, 13 November 2026, 16:00 UTC: 10:00 in Chicago
    return clock


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses in which the window gathers news or saves a draft, shortened: hundreds of tests wait for them."""
    monkeypatch.setattr("ui.desk.dealing.NEWS_EVERY_MS", 15)
    monkeypatch.setattr("ui.inbox.composer.DRAFT_PAUSE_MS", 60)
    monkeypatch.setattr("ui.inbox.page.GATHER_MS", 15)


@pytest.fixture
def workspace(tmp_path: Path, clock: TestClock, qapp: QApplication) -> Iterator[Workspace]:
    """An empty workspace whose first run is answered."""
    workspace = open_workspace(tmp_path / "data", clock)
    workspace.change_settings(
        Settings(
            country="US", texter="Dana", organisation="Lakeside Clinic", theme="light", notice_accepted=True
        )
    )
    yield workspace
    assert background.stop_all()
    qapp.processEvents()
    workspace.close()


@dataclass
class FakeView:
    """The attributes of app.texting.lines.LineView that the window shows."""

    id: int = 1
    name: str = "Office SIM"
    url: str = "/dev/ttyUSB2"
    number: str = "+15550100"
    state: str = "ready"
    state_text: str = "Ready"
    action_text: str = ""
    detail: str = ""
    operator: str = "T-Mobile"
    technology: str = "LTE"
    signal_dbm: int | None = -71
    bars: int = 4
    storage_used: int = 2
    storage_total: int = 50
    sent_today: int = 212
    paused: bool = False
    practice: bool = False
    waiting: int = 0
    manufacturer: str = "Huawei"
    model: str = "E173"
    firmware: str = ""
    imei: str = ""
    iccid: str = ""
    smsc: str = ""
    hint: str = ""
    note: str = ""
    lacks: tuple[str, ...] = ()
    actions: tuple[Any, ...] = ()
    commands: bool = True
    ussd: bool = True
    balance_code: str = ""
    balance_text: str = ""
    balance_at: float | None = None
    clock_off: float | None = None
    limits: Limits = NO_LIMITS
    people: int | None = None
    hold: str = ""
    paused_why: str = ""
    price: float | None = None
    currency: str = ""
    cost_today: float | None = None


@dataclass
class FakeSecrets:
    """A keyring in memory; ``why`` says that there is none."""

    why: str = ""
    kept: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, value: str) -> bool:
        if not self.why:
            self.kept[name] = value
        return not self.why


@dataclass
class FakeLines:
    """A line manager that has no modems: it keeps what was asked of it."""

    shown: list[FakeView] = field(default_factory=lambda: [FakeView()])
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    secrets: FakeSecrets = field(default_factory=FakeSecrets)
    finder: Any = None
    said: list[Any] = field(default_factory=list)  # rows of the trace
    days: tuple[Any, ...] = ()
    answers: dict[str, Any] = field(default_factory=dict)  # what the modem answers, or an error

    def _answer(self, *asked: Any) -> Any:
        self.asked.append(asked)
        answer = self.answers.get(asked[0])
        if isinstance(answer, Exception):
            raise answer
        return answer

    def trace(self, line_id: int, after: int = 0, *, numbers: bool = False) -> tuple[Any, ...]:
        return tuple(row for row in self.said if row.id > after)

    def trace_end(self, line_id: int) -> int:
        return self.said[-1].id if self.said else 0

    def history(self, line_id: int) -> tuple[Any, ...]:
        return self.days

    def danger(self, line_id: int, text: str) -> str:
        return self._answer("danger", line_id, text) or ""

    def command(self, line_id: int, text: str) -> tuple[str, ...]:
        return self._answer("command", line_id, text) or ("OK",)

    def ussd(self, line_id: int, code: str) -> Any:
        return self._answer("ussd", line_id, code)

    def check_balance(self, line_id: int) -> Any:
        return self._answer("check_balance", line_id)

    def keep_balance(self, line_id: int, reply: Any) -> None:
        self._answer("keep_balance", line_id, reply)

    def set_balance_code(self, line_id: int, code: str) -> None:
        self._answer("set_balance_code", line_id, code)

    def set_centre(self, line_id: int, number: str) -> None:
        self._answer("set_centre", line_id, number)

    def use_modem_manager(self, line_id: int) -> None:
        self._answer("use_modem_manager", line_id)

    def save_transcript(self, line_id: int, path: Path) -> int:
        self._answer("save_transcript", line_id, path)
        return len(self.said)

    def views(self) -> tuple[FakeView, ...]:
        return tuple(self.shown)

    states = views

    def wake(self, line_id: int | None = None) -> None:
        self.asked.append(("wake", line_id))

    def add(self, url: str, name: str = "", practice: bool = False) -> int:
        self.asked.append(("add", url, name, practice))
        self.shown.append(FakeView(id=len(self.shown) + 1, name=name or url, url=url, practice=practice))
        return len(self.shown)

    def remove(self, line_id: int) -> None:
        self.asked.append(("remove", line_id))
        self.shown = [view for view in self.shown if view.id != line_id]

    def retry(self, line_id: int, pin: str | None = None, *, remember: bool = False) -> None:
        asked = ("retry", line_id) if pin is None else ("retry", line_id, pin)
        self.asked.append((*asked, "remember") if remember else asked)

    def use_this_sim(self, line_id: int) -> None:
        self.asked.append(("use_this_sim", line_id))

    def rename(self, line_id: int, name: str) -> None:
        self.asked.append(("rename", line_id, name))

    def set_number(self, line_id: int, number: str) -> None:
        self._answer("set_number", line_id, number)

    def set_limits(self, line_id: int, limits: Limits) -> None:
        self._answer("set_limits", line_id, limits)

    def set_price(self, line_id: int, price: float | None, currency: str) -> None:
        self._answer("set_price", line_id, price, currency)

    def usage(self, line_id: int) -> Usage:
        return Usage(3, 40, 212, 87)

    def pause(self, line_id: int) -> None:
        self.asked.append(("pause", line_id))

    def resume(self, line_id: int) -> None:
        self.asked.append(("resume", line_id))


@pytest.fixture
def lines() -> FakeLines:
    return FakeLines()


def idle(milliseconds: int) -> None:
    """Stay in Qt's loop. Unlike ``QTest.qWait`` this lets other threads have the interpreter meanwhile."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


@pytest.fixture
def wait(qapp: QApplication) -> Callable[[Callable[[], Any]], None]:
    """Handle events until the condition is true; fail after twenty seconds."""

    def until(condition: Callable[[], Any], seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            idle(2)

    return until


@pytest.fixture
def settle(wait: Callable[..., None]) -> Callable[[], None]:
    """Wait until no work is under way, every event is handed over and everything is painted."""

    def quiet() -> bool:
        views = [v for top in QApplication.topLevelWidgets() for v in top.findChildren(MessageView)]
        if any(view.isVisible() and view.painted != view._token for view in views):
            return False
        timers = [timer for top in QApplication.topLevelWidgets() for timer in top.findChildren(QTimer)]
        # A timer called "later" only counts again, or takes a word away: nothing waits for it.
        now = [timer for timer in timers if timer.isSingleShot() and timer.objectName() != "later"]
        return not background.busy() and not any(timer.isActive() for timer in now)

    def settled() -> None:
        for _ in range(2):
            idle(5)  # what was published just now reaches the bridge
            wait(quiet)

    return settled


@pytest.fixture
def build(qapp: QApplication, qtbot: Any) -> Iterator[Callable[..., QWidget]]:
    """Show a widget in light colours, wait until it is painted, and close it afterwards."""
    theme.apply(qapp, "light")

    kept: list[QWidget] = []

    def show(widget: QWidget, width: int = 1200, height: int = 800) -> QWidget:
        kept.append(widget)
        qtbot.addWidget(widget)
        widget.resize(width, height)
        with qtbot.waitExposed(widget):
            widget.show()
        widget.activateWindow()
        return widget

    yield show
    assert background.stop_all()
    theme.apply(qapp, "light")


@pytest.fixture
def window(workspace: Workspace, lines: FakeLines, build: Callable[..., QWidget]) -> Callable[..., Any]:
    """Build the whole window: ``window(width=1440, height=900)``."""
    from ui.shell import MainWindow

    def make(width: int = 1440, height: int = 900) -> MainWindow:
        made = MainWindow(workspace, lines)  # type: ignore[arg-type]
        made.start()
        build(made, width, height)
        return made

    return make


@dataclass
class Running:
    """A started campaign of ``count`` people in Chicago, and ways to look at its rows."""

    workspace: Workspace
    campaign_id: int
    message_ids: tuple[int, ...]

    def column(self, name: str, message_id: int | None = None) -> list[Any]:
        """One column of its messages, in the order of the queue."""
        query = "SELECT * FROM message WHERE campaign_id = :c ORDER BY position, id"
        with self.workspace.store.read() as conn:
            rows = conn.execute(sa.text(query), {"c": self.campaign_id}).mappings().all()
        return [row[name] for row in rows if message_id in (None, row["id"])]

    def clicks(self) -> list[dict[str, Any]]:
        """Every click that stands, in order."""
        with self.workspace.store.read() as conn:
            rows = conn.execute(sa.text("SELECT * FROM click WHERE voided_at IS NULL ORDER BY id"))
            return [dict(row) for row in rows.mappings()]

    def put(self, message_id: int, **values: Any) -> None:
        """Change one message's row, as a line's thread would, and say so."""
        with self.workspace.store.write() as unit:
            unit.conn.execute(
                sa.update(tables.message).where(tables.message.c.id == message_id).values(**values)
            )
            unit.publish(MessageChanged(message_id, "", self.campaign_id))


TEMPLATE = "Hi {first_name|there}, this is {sender}. Is {slot} good for you? Reply STOP to opt out."


@pytest.fixture
def running(workspace: Workspace) -> Callable[..., Running]:
    """Start a campaign: ``running(count, names=None, template=…)``; there is one line, id 1."""

    def make(
        count: int = 3,
        *,
        names: tuple[str, ...] = (),
        template: str = TEMPLATE,
        name: str = "Spring reminders",
    ) -> Running:
        from app.campaigns import campaign, hours

        now = workspace.clock.now()
        with workspace.store.write() as unit:
            if not unit.conn.execute(sa.select(tables.line.c.id)).first():
                unit.conn.execute(
                    sa.insert(tables.line).values(id=1, name="Office SIM", url="/dev/null", created_at=now)
                )
            base = unit.conn.execute(sa.select(sa.func.count()).select_from(tables.contact)).scalar_one()
            people = []
            for index in range(count):
                first = names[index] if index < len(names) else f"Person{index}"
                people.append(
                    {
                        "number": f"+1312555{base + index:04d}",
                        "name": first,
                        "first_name": first,
                        "time_zone": "America/Chicago",
                        "fields": '{"slot": "10:30"}',
                        "created_at": now,
                        "updated_at": now,
                    }
                )
            unit.conn.execute(sa.insert(tables.contact), people)
            ids = (
                unit.conn.execute(sa.select(tables.contact.c.id).order_by(tables.contact.c.id))
                .scalars()
                .all()
            )
            key = unit.conn.execute(
                sa.insert(tables.people_list).values(name="people.csv", created_at=now, columns='["slot"]')
            ).inserted_primary_key[0]
            unit.conn.execute(
                sa.insert(tables.list_member),
                [{"list_id": key, "position": p, "contact_id": c} for p, c in enumerate(ids[base:])],
            )
        campaign_id = campaign.create(
            workspace.store,
            workspace.clock,
            name=name,
            list_id=key,
            template=template,
            texter="Dana",
            hours=hours.parse("00:00-24:00"),
            hours_reason="a test",
        )
        campaign.start(workspace.store, workspace.clock, campaign_id)
        made = Running(workspace, campaign_id, ())
        made.message_ids = tuple(made.column("id"))
        return made

    return make


class DeskHands:
    """The desk of a whole window in a person's hands: keys, time to read, and what it shows."""

    def __init__(self, page: Any, settle: Callable[[], None], clock: TestClock) -> None:
        self.page, self.settle, self.clock = page, settle, clock
        self.view = page.card_view
        self.read()

    def read(self) -> None:
        """Let everything be painted, and take the time to read it."""
        self.settle()
        self.clock.pass_time(0.31)

    def press(self, *keys: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press keys where the focus is, each after reading what the one before did."""
        for key in keys:
            QTest.keyClick(QApplication.focusWidget() or self.page, key, modifier)
            self.read()

    @property
    def name(self) -> str:
        """Whose card is in view; "" when there is none."""
        return self.view.card.name if self.page.stack.on_card and self.view.card is not None else ""

    @property
    def said(self) -> str:
        """What the card's own notice says."""
        return "" if self.view.notice.isHidden() else str(self.view.notice.label.text())


@pytest.fixture
def hands(
    window: Callable[..., Any], settle: Callable[[], None], clock: TestClock
) -> Callable[..., DeskHands]:
    """Open the window on the desk: ``hands(width, height)``."""
    return lambda width=1440, height=900: DeskHands(window(width, height).page("desk"), settle, clock)
