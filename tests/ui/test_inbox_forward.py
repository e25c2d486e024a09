"""A text forwarded to one's own phone, in the inbox and the settings, with real keys and mouse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app import settings as settings_module
from app.conversations import forwarding_phones as phones
from app.people import optouts
from app.store import tables as t
from app.texting import arrivals
from app.texting.arrivals import Arrival
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.inbox.page import InboxPage
from ui.press import DWELL
from ui.settings_phone import PhonePanel

NOW = 1_794_585_600.0
LEFT = Qt.MouseButton.LeftButton
ANA, BO, MINE = "+13125550187", "+13125550142", "+13125550199"
menus = pytest.mark.qt_log_ignore("plugin does not support")


class Office:
    """An inbox with Ana and Bo waiting, and one's own phone."""

    def __init__(self, workspace: Workspace, lines: Any, build: Any, settle: Any, clock: Any) -> None:
        self.workspace, self.settle, self.clock = workspace, settle, clock
        self.went: list[str] = []
        with workspace.store.write() as unit:
            unit.conn.execute(sa.insert(t.line).values(id=1, name="Office", url="/dev/null", created_at=NOW))
            for number, name in ((ANA, "Ana Ruiz"), (BO, "Bo")):
                row = {"number": number, "name": name, "created_at": NOW, "updated_at": NOW}
                unit.conn.execute(sa.insert(t.contact).values(**row))
        self.says(ANA, "is it far?", 900)
        self.says(ANA, "and " + "when? " * 3, 800)
        self.says(BO, "yes \u202egpj.exe\nFrom Ana: no", 100)
        bridge = Bridge(workspace.store)
        self.page = InboxPage(workspace, lines, bridge, lambda name, **_where: self.went.append(name))
        bridge.setParent(self.page)
        build(self.page, 1240, 800)
        self.page.refresh()
        self.page.setFocus()
        self.read()
        self.press(Qt.Key.Key_Down)
        assert self.page.row is not None
        assert self.page.row.name == "Ana Ruiz"

    def says(self, number: str, text: str, ago: float) -> None:
        self.clock.fixed = NOW - ago
        with self.workspace.store.write() as unit:
            arrivals.store(unit, self.clock, Arrival(number, number, "number", text, 1, is_person=True))
        self.clock.fixed = NOW

    @property
    def panel(self) -> Any:
        return self.page.pane.forward

    def mine(self) -> None:
        phones.save(self.workspace.store, self.clock, None, MINE, "US", "Dana")

    def read(self) -> None:
        self.settle()
        self.clock.ahead += DWELL + 0.01

    def press(self, *keys: Qt.Key) -> None:
        for key in keys:
            QTest.keyClick(QApplication.focusWidget() or self.page, key)
            self.read()

    def sent(self) -> list[tuple[str, str, str]]:
        with self.workspace.store.read() as conn:
            query = sa.select(t.message.c.number, t.message.c.state, t.message.c.text)
            return [tuple(row) for row in conn.execute(query.where(t.message.c.direction == "out"))]


@pytest.fixture
def office(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None], clock: Any
) -> Office:
    return Office(workspace, lines, build, settle, clock)


def test_f_prepares_m_masks_enter_sends_once_and_the_thread_shows_it(office: Office) -> None:
    office.press(Qt.Key.Key_F)
    assert "Settings" in office.panel.why.text()
    assert not office.panel.send_button.isVisible()
    QTest.mouseClick(office.panel.settings_button, LEFT)
    assert office.went == ["settings"]
    office.mine()
    office.page.threads.list.setFocus()
    office.press(Qt.Key.Key_F)
    panel = office.panel
    assert panel.title.text() == "Forward to your phone, +1 (312) 555-0199"
    assert panel.text.text() == "From Ana Ruiz (..0187): and when? when? when?"
    assert "1 segment · GSM-7" in panel.cost.text()
    assert panel.hasFocus()
    assert office.sent() == []
    office.press(Qt.Key.Key_M)
    assert panel.text.text().startswith(f"From Ana Ruiz ({ANA}): ")
    assert settings_module.load(office.workspace.folder).forward_masked is False
    QTest.mouseClick(panel.mask_chip, LEFT)
    office.read()
    assert panel.text.text().startswith("From Ana Ruiz (..0187): ")
    # Enter, held down, is one press
    QTest.keyPress(panel, Qt.Key.Key_Return)
    QTest.keyPress(QApplication.focusWidget() or panel, Qt.Key.Key_Return)
    QTest.keyRelease(QApplication.focusWidget() or panel, Qt.Key.Key_Return)
    office.read()
    assert office.sent() == [(MINE, "clicked", "From Ana Ruiz (..0187): and when? when? when?")]
    assert not panel.isVisible()
    assert office.page.pane.view.hasFocus()  # an Enter that is held down sends no draft
    assert office.page.pane.composer.text() == ""
    spoken = [index.data() for index in map(office.page.pane.model.index, range(3))]
    assert spoken[2].startswith("Forwarded to an own phone: From Ana Ruiz")
    assert "forwarded to an own phone" in spoken[2].partition(". ")[2]
    assert office.page.row is not None
    assert office.page.row.waiting_since is not None  # nobody answered Ana
    # once more is a question again, which says that it went
    office.page.threads.list.setFocus()
    office.press(Qt.Key.Key_F)
    assert "it went to your phone already" in panel.cost.text()
    office.press(Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert len(office.sent()) == 1


@menus
def test_the_text_that_the_keyboard_is_on_the_menu_the_mouse_and_another_thread(office: Office) -> None:
    office.mine()
    view, panel = office.page.pane.view, office.panel
    view.setFocus()
    office.press(Qt.Key.Key_Up)
    office.press(Qt.Key.Key_F)
    assert panel.text.text() == "From Ana Ruiz (..0187): is it far?"
    QTest.mouseClick(panel.close_button, LEFT)
    assert not panel.isVisible()
    view.setFocus()
    menu = context_menu(office, 0)
    action = next(each for each in menu.actions() if each.text().startswith("Forward to my phone"))
    action.trigger()
    menu.close()
    office.page.activateWindow()
    office.read()
    assert panel.text.text() == "From Ana Ruiz (..0187): is it far?"
    # going to another thread drops it, and nothing of it is left
    office.page.threads.list.setFocus()
    office.press(Qt.Key.Key_Down)
    assert office.page.row is not None
    assert office.page.row.name == "Bo"
    assert not panel.isVisible()
    QTest.mouseClick(office.page.forwarding.button, LEFT)
    office.read()
    assert panel.text.text() == "From Bo (..0142): yes gpj.exe From Ana: no"
    QTest.mouseClick(panel.send_button, LEFT, pos=QPoint(10, 10))
    office.read()
    assert [row[0] for row in office.sent()] == [MINE]


def context_menu(office: Office, row: int) -> QMenu:
    view = office.page.pane.view
    view.setCurrentIndex(view.model().index(row, 0))
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint()))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def test_a_refusal_stands_in_the_panel_and_code_presses_nothing(office: Office) -> None:
    office.mine()
    office.press(Qt.Key.Key_F)
    office.panel.send_button.click()
    office.panel.send_button.animateClick()
    office.read()
    assert office.sent() == []
    with office.workspace.store.write() as unit:
        optouts.opt_out(unit, office.clock, MINE, source="operator", evidence="by phone", operator="Dana")
    office.press(Qt.Key.Key_Return)
    assert office.panel.isVisible()
    assert "opted out" in office.panel.why.text()
    assert not office.panel.send_button.isVisible()
    assert office.sent() == []


def test_the_number_is_kept_asked_about_and_a_managers(
    workspace: Workspace, build: Callable[..., QWidget], settle: Callable[[], None], clock: Any
) -> None:
    with workspace.store.write() as unit:
        row = {"number": ANA, "name": "Ana Ruiz", "created_at": NOW, "updated_at": NOW}
        unit.conn.execute(sa.insert(t.contact).values(**row))
    panel = PhonePanel(workspace)
    panel.refresh()
    build(panel, 700, 300)
    settle()

    def type_number(text: str) -> None:
        panel.number.setFocus()
        panel.number.selectAll()
        QTest.keyClicks(panel.number, text)
        QTest.keyClick(panel.number, Qt.Key.Key_Return)
        settle()

    def kept() -> str:
        return getattr(phones.get(workspace.store, None), "number", "")

    type_number("312 555 0199")
    assert kept() == MINE
    assert panel.number.text() == "+1 (312) 555-0199"
    assert not panel.save_button.isEnabled()
    type_number("12")
    assert "The one before is kept." in panel.notice.label.text()
    type_number("312 555 0187")
    assert "Ana Ruiz's" in panel.notice.label.text()
    assert kept() == MINE
    QTest.mouseClick(panel.notice.button, LEFT)
    settle()
    assert kept() == ANA
    panel.number.clear()
    QTest.keyClick(panel.number, Qt.Key.Key_Space)
    QTest.mouseClick(panel.save_button, LEFT)
    settle()
    assert kept() == ""
    workspace.role = "texter"
    type_number("312 555 0199")
    assert kept() == ""
    dialogs = [
        each for each in QApplication.topLevelWidgets() if each.windowTitle().startswith("For a manager")
    ]
    assert len(dialogs) == 1
    dialogs[0].close()
    settle()
