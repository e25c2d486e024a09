"""The desktop's message bus: a private one, with a double of the notification service and of a screen saver."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from tests.ui.desktop_double import Service, private_bus
from ui.notify_bus import SERVICE, DesktopBus

pytestmark = pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="there is no dbus-daemon here")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with private_bus(tmp_path) as found:
        yield found


def test_a_notification_is_shown_replaced_pressed_and_taken_away(
    qapp: QApplication, address: str, wait: Callable[..., None]
) -> None:
    service = Service(address)
    bus = DesktopBus(address)
    pressed: list[int] = []
    locked: list[bool] = []
    bus.clicked.connect(lambda: pressed.append(1))
    bus.locked.connect(locked.append)
    wait(lambda: bus.can_notify)
    bus.show("Somebody wrote", "It waits in the inbox.", urgent=False)
    bus.show("Somebody may be in danger", "Read it now.", urgent=True)
    wait(lambda: len(service.asked) == 3)
    (_, first), (_, second) = service.asked[1:]
    assert (first[0], first[1], first[3], first[5]) == ("p2ptext", 0, "Somebody wrote", ["default", "Open"])
    assert first[6]["urgency"].value == 1
    assert (second[1], second[3]) == (41, "Somebody may be in danger")  # in the place of the first
    assert second[6]["urgency"].value == 2
    service.signal(SERVICE, "ActionInvoked", "us", [40, "default"])  # of another program
    service.signal(SERVICE, "ActionInvoked", "s", ["41"])  # as nobody should say it
    service.signal(SERVICE, "ActionInvoked", "us", [41, "default"])
    service.signal("org.gnome.ScreenSaver", "ActiveChanged", "b", [True])
    service.signal("org.freedesktop.ScreenSaver", "ActiveChanged", "b", [False])
    wait(lambda: len(locked) == 2)
    assert pressed == [1]
    assert locked == [True, False]
    bus.withdraw()
    wait(lambda: len(service.asked) == 4)
    assert service.asked[3] == ("CloseNotification", [41])
    bus.close()
    assert not bus.can_notify
    service.close()


def test_where_there_is_no_service_or_no_bus_nothing_happens(
    qapp: QApplication, address: str, tmp_path: Path
) -> None:
    for where in (address, f"unix:path={tmp_path}/nothing", "what is this"):
        bus = DesktopBus(where)
        bus.show("Somebody wrote", "It waits.", urgent=False)
        bus.close()
        assert not bus._thread.is_alive()
        assert not bus.can_notify
        bus.show("Somebody wrote", "It waits.", urgent=False)  # after its end
        bus.withdraw()
