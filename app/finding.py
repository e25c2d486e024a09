"""Where a line's modem is now, and which modems there are: a modem is known by its IMEI, its SIM by ICCID.

Part of the composition root, since it looks into the modem layer. A :class:`Finder` is what
``LineManager(find=...)`` wants; :func:`find_modems` is what the Lines page shows.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.modemmanager import leave_alone, managers_modems
from modem.discovery.devices import may_ask
from modem.discovery.discover import FoundDevice, Machine, State, discover
from modem.discovery.holders import MODEM_MANAGER, Holder
from modem.discovery.probe import ABSENT, Probed
from modem.errors import ModemError, PortBusyError, PortError

log = logging.getLogger(__name__)

#: The address of a line that is wherever its modem is: ``imei:356938035643809``.
SCHEME = "imei"
MANAGER = "modemmanager"
#: A port that did not answer is asked again after so long, in seconds.
SILENT_SECONDS = 20.0
#: A port that was just given to a line is left alone for so long, in seconds: the line opens it now.
GIVEN_SECONDS = 15.0
_IMEI = re.compile(r"imei:([0-9]{14,16})")
_OTHER_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(?!\\)")


class KnownLine(Protocol):
    """A line that exists already; ``app.texting.views.LineView`` is one."""

    @property
    def name(self) -> str: ...

    @property
    def url(self) -> str: ...

    @property
    def imei(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Found:
    """One modem for the Lines page. ``address`` "" where it cannot be added as it is.

    ``words`` say what is known or what is the matter, ``action`` the one thing that helps; ``line`` is the
    name of the line that uses it already.
    """

    title: str
    words: str
    action: str = ""
    address: str = ""
    imei: str = ""
    iccid: str = ""
    line: str = ""
    state: str = State.READY.value


def is_plain_port(url: str) -> bool:
    """Whether an address is a serial port's path or name, and no URL or backend's address."""
    return bool(url) and _OTHER_ADDRESS.match(url) is None


def ending(imei: str) -> str:
    """An IMEI as it is told to people: enough to know it by, and no more."""
    return f"IMEI ending {imei[-4:]}" if imei else "IMEI unknown"


@dataclass(slots=True)
class _Remembered:
    """What a port answered, and by which file it was reached then."""

    stamp: tuple[object, ...]
    probed: Probed
    at: float


class Finder:
    """Finds a line's modem again. Called on the lines' threads; may take a few seconds.

    ``sim_of(imei)`` is the ICCID of the SIM that the line with this IMEI is known by, "" when it is not
    known: the line's SIM in another modem is still the line. ``hold_off(url, imei)`` is called before a port
    is looked at; it may make ModemManager let go of it (:class:`app.modemmanager.HoldOff`).
    """

    def __init__(
        self,
        machine: Machine | None = None,
        *,
        sim_of: Callable[[str], str] = lambda imei: "",
        hold_off: Callable[[str, str], bool] = leave_alone,
    ) -> None:
        self._machine = machine or Machine()
        self._sim_of, self._hold_off = sim_of, hold_off
        self._remembered: dict[str, _Remembered] = {}
        self._given: dict[str, tuple[float, tuple[object, ...]]] = {}
        self._lock = threading.RLock()  # one search at a time: two would open the same ports

    def __call__(self, url: str, imei: str) -> str:
        """The address to open now. Raises :class:`PortError` with a sentence where the modem is not here."""
        if match := _IMEI.fullmatch(url.strip().lower()):
            self._hold_off("", imei or match[1])
            return self._anywhere(imei or match[1], "")
        if not is_plain_port(url):
            return url
        self._hold_off(url, imei)
        if not imei:
            self._refuse_if_held(url, "")
            return url
        return self._anywhere(imei, url)

    def ask(self, path: str) -> Probed:
        """What a port answers, from memory while the same device is plugged in there."""
        stamp, now = _stamp(path), self._machine.clock()
        known = self._remembered.get(path)
        fresh = known is not None and bool(stamp) and known.stamp == stamp
        if known is not None and fresh and (known.probed.answers or now - known.at < SILENT_SECONDS):
            return known.probed
        probed = self._machine.probe(path)
        # A port that is held or forbidden may be free in a moment: only its owner's answer is remembered.
        if probed.outcome in ("at", "silent", "strange"):
            self._remembered[path] = _Remembered(stamp, probed, self._machine.clock())
        return probed

    # -- inside -----------------------------------------------------------------------------------

    def _anywhere(self, imei: str, url: str) -> str:
        """``url`` when the modem is there or nobody knows better; else the port where it is."""
        with self._lock:
            # Another device may have taken the name: it is asked only when the modem is nowhere else.
            if self._is_stranger(url) and (found := self._look_around(imei)):
                return self._give(found)
            there = self._ask_own(url)
            if there.answers and (there.imei == imei or not there.imei or self._same_sim(there, imei)):
                return self._give(url)
            found = self._look_around(imei)
            if found:
                return self._give(found)
            if there.answers:
                raise PortError(
                    f"The modem of this line ({ending(imei)}) is not plugged in; another one "
                    f"({ending(there.imei)}) is at {url}. Plug the first one in, or add the other as a line."
                )
            if there.outcome == "held":
                self._refuse_if_held(url, imei)
            if there.outcome != "absent":
                return self._give(url)  # forbidden or silent: opening it says so best
        raise PortError(f"The modem of this line ({ending(imei)}) is not plugged in.")

    def _ask_own(self, url: str) -> Probed:
        if not url or not self._is_there(url):
            return Probed("absent")
        holder = self._holder(url)
        if holder is None:
            return self.ask(url)
        # Another line of ours has it: what it answered before tells whose modem it is.
        return self._recalled(url) or Probed("held")

    def _holder(self, url: str) -> Holder | None:
        # What serves a pseudo-terminal may have both its ends open.
        return None if os.path.realpath(url).startswith("/dev/pts/") else self._machine.holder(url)

    def _refuse_if_held(self, url: str, imei: str) -> None:
        """Name the program that has the port, and what to do. Raises :class:`PortBusyError`."""
        holder = self._holder(url)
        if holder is None and imei and self._machine.modem_manager:
            holder = Holder(MODEM_MANAGER)  # the port was busy, and its open files are not for us to see
        if holder is None or holder.ours:
            return
        if holder.name == MODEM_MANAGER:
            address = f"{MANAGER}:{imei}" if imei else f"{MANAGER}:, with the modem's IMEI behind it"
            raise PortBusyError(
                f"ModemManager has taken {url}. Add the modem as a line with the address {address}, or keep "
                "ModemManager away from it: `p2ptext doctor` shows how."
            )
        raise PortBusyError(f"{holder} uses {url}. Close that program; the line then connects by itself.")

    def _recalled(self, path: str) -> Probed | None:
        """What a port answered before, if the same device is still there; None when it was not asked."""
        known = self._remembered.get(path)
        return known.probed if known is not None and known.stamp == _stamp(path) else None

    def _is_there(self, url: str) -> bool:
        # On Windows COM5 is no file, but it is listed.
        return os.path.exists(url) or any(port.path == url for port in self._machine.ports())

    def _is_stranger(self, url: str) -> bool:
        """Whether a device that is not known as a modem has this name, and was never asked."""
        if not url or self._recalled(url) is not None:
            return False
        place = os.path.realpath(url)
        at_it = (port for port in self._machine.ports() if os.path.realpath(port.path) == place)
        return any(port.vid is not None and not may_ask(port.vid, port.pid) for port in at_it)

    def _same_sim(self, there: Probed, imei: str) -> bool:
        return bool(there.iccid) and there.iccid == self._sim_of(imei)

    def _look_around(self, imei: str) -> str:
        """The port of the modem with this IMEI, or of the one with the line's SIM; "" for neither."""
        devices = [
            device
            for device in discover(self._machine, ask=self._ask_other)
            if device.state is State.READY and device.best_port
        ]
        sim = self._sim_of(imei)
        for device in devices:
            if device.imei == imei:
                return device.best_port
        return next((device.best_port for device in devices if sim and device.iccid == sim), "")

    def _ask_other(self, path: str) -> Probed:
        at, stamp = self._given.get(path, (-GIVEN_SECONDS, ()))
        if stamp == _stamp(path) and self._machine.clock() - at < GIVEN_SECONDS:
            return self._recalled(path) or Probed("held")
        return self.ask(path)

    def _give(self, path: str) -> str:
        self._given[path] = self._machine.clock(), _stamp(path)
        return path


def _stamp(path: str) -> tuple[object, ...]:
    """Changes when another device takes the name: () where that cannot be seen, so nothing is remembered."""
    try:
        facts = os.stat(path)
    except OSError:
        return ()
    return os.path.realpath(path), facts.st_ino, facts.st_rdev, facts.st_ctime_ns


# -- for the Lines page ---------------------------------------------------------------------------


def find_modems(
    progress: Callable[[str], None] = lambda words: None,
    cancelled: Callable[[], bool] = lambda: False,
    *,
    lines: Sequence[KnownLine] = (),
    machine: Machine | None = None,
    managed: Callable[[], Iterable[object]] | None = None,
) -> tuple[Found, ...]:
    """Every modem here, with the address to add it by. Works off the window's thread; takes some seconds.

    Ports that a line of ours holds are not asked. ``progress`` gets a sentence before each wait.
    """
    machine = machine or Machine()
    by_port = {os.path.realpath(line.url): line for line in lines if is_plain_port(line.url)}
    by_imei = {_imei_of(line): line for line in lines if _imei_of(line)}
    found = [
        _found(device, by_port, by_imei)
        for device in discover(machine, progress=progress, cancelled=cancelled)
    ]
    if not cancelled():
        progress("Asking ModemManager")
        found.extend(
            _managed(managed or managers_modems, by_imei, {item.imei for item in found if item.line})
        )
    return tuple(found)


def _imei_of(line: KnownLine) -> str:
    match = _IMEI.fullmatch(line.url.strip().lower())
    return line.imei or (match[1] if match else "")


def _found(device: FoundDevice, by_port: dict[str, KnownLine], by_imei: dict[str, KnownLine]) -> Found:
    ports = [os.path.realpath(port) for port in device.ports]
    line = by_imei.get(device.imei) if device.imei else None
    line = line or next((by_port[port] for port in ports if port in by_port), None)
    base = Found(device.name, "", imei=device.imei, iccid=device.iccid, state=device.state.value)
    if line is not None:
        return dataclasses.replace(
            base, words=f"Used by the line “{line.name}”.", line=line.name, imei=line.imei or device.imei
        )
    if device.holder is not None and device.holder.ours:
        return dataclasses.replace(base, words="A line of this program uses it.")
    if device.state is State.STRANGER:
        return dataclasses.replace(base, words=device.problem, action=device.action, address=device.best_port)
    if device.state is not State.READY:
        return dataclasses.replace(base, words=device.problem, action=device.action)
    address = f"{SCHEME}:{device.imei}" if len(device.imei) == 15 else device.best_port
    words = f"{ending(device.imei)}, at {device.best_port}. {_sim_words(device.sim)}"
    return dataclasses.replace(base, words=words.strip(), action="Add it as a line", address=address)


def _sim_words(sim: str) -> str:
    if sim.endswith("PUK"):
        return "Its SIM is locked and asks for the PUK."
    if sim.endswith("PIN"):
        return "Its SIM asks for the PIN."
    return {"READY": "A SIM is in it.", ABSENT: "No SIM is in it."}.get(sim, "")


def _managed(
    managed: Callable[[], Iterable[object]], by_imei: dict[str, KnownLine], used: set[str]
) -> list[Found]:
    found = []
    try:
        for modem in managed():
            imei = str(getattr(modem, "imei", "") or "")
            if not imei or imei in used:
                continue
            title = " ".join(
                word
                for word in (str(getattr(modem, "manufacturer", "")), str(getattr(modem, "model", "")))
                if word
            )
            item = Found(title or "A modem", f"{ending(imei)}, held by ModemManager.", imei=imei)
            line = by_imei.get(imei)
            if line is not None:
                words = f"{item.words} Used by the line “{line.name}”."
                found.append(dataclasses.replace(item, words=words, line=line.name))
            else:
                action = "Add it as a line through ModemManager"
                found.append(dataclasses.replace(item, action=action, address=f"{MANAGER}:{imei}"))
    except (ImportError, AttributeError, OSError, ModemError) as error:
        log.info("ModemManager was not asked: %s", error)
    return found
