"""Notifications of the whole program on a real screen: no tray, with a message bus and without one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.desktop_double import Service, private_bus
from tests.x11 import desktop as hands
from ui.notify_bus import SERVICE

pytestmark = [
    *hands.MARKS,
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="there is no dbus-daemon here"),
]


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[hands.Desktop]:
    desktop = hands.Desktop(tmp_path)
    yield desktop
    desktop.close()


def test_it_is_told_over_the_bus_without_a_word_and_a_press_opens_it(
    desktop: hands.Desktop, tmp_path: Path
) -> None:
    with private_bus(tmp_path) as address:
        service = Service(address)
        desktop.start_app(DBUS_SESSION_BUS_ADDRESS=address)
        hands.wait_for(lambda: bool(service.asked), 20, "the program to ask what the desktop can do")
        desktop.tell("deliver +13125550187 my number is 555, is it far?")
        hands.wait_for(lambda: len(service.asked) > 1, 20, "a notification")
        member, told = service.asked[1]
        assert member == "Notify"
        assert told[3:5] == ["Somebody wrote", "It waits in the inbox."]
        assert "555" not in repr(told)
        desktop.focus(r"^\(1\) Desk")
        service.signal(SERVICE, "ActionInvoked", "us", [41, "default"])
        desktop.focus("^Inbox")  # read: nothing stands before it any more
        desktop.stop_app()
        service.close()
    assert (desktop.folder / "app.err").read_text() == ""


def test_without_a_tray_and_without_a_bus_nothing_is_missing_but_the_notification(
    desktop: hands.Desktop,
) -> None:
    desktop.start_app(DBUS_SESSION_BUS_ADDRESS="")
    desktop.focus("^Desk")
    desktop.tell("deliver +13125550187 is it far?")
    desktop.focus(r"^\(1\) Desk")
    desktop.key("ctrl+2")
    desktop.focus(r"^\(1\) Inbox")
    desktop.stop_app()
    assert (desktop.folder / "app.err").read_text() == ""
