"""The programs of the comparison, each with one way to be given texts, started, and asked what it received."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import ClassVar

from tests.benchmarks.modems import ours
from tests.benchmarks.modems.libraries import NUMBER, text_of
from tests.benchmarks.modems.rig import Child


class Peer:
    """One program on one modem. ``queues``: it keeps texts over a restart."""

    name: ClassVar[str]
    queues: ClassVar[bool] = True
    #: Texts in a full run and in a short one; the slow programs get fewer and are scaled.
    full: ClassVar[int] = 1000
    short: ClassVar[int] = 1000

    def __init__(self, folder: Path, link: Path) -> None:
        self.folder, self.link = folder, link

    @classmethod
    def here(cls) -> bool:
        """Whether the program is on this machine."""
        return True

    def give(self, count: int) -> None:
        """Queue ``count`` texts; for programs without a queue they are sent by :meth:`start`."""

    def start(self, count: int, seconds: int) -> Child:
        """Run it: send ``count`` texts (0: only receive), living for ``seconds`` where it must be told."""
        raise NotImplementedError

    def received(self) -> list[tuple[float, str]]:
        """When each text was received, and its words."""
        raise NotImplementedError

    def told(self) -> str:
        """What the program itself says of what it was given, where it says anything."""
        return ""


class Ours(Peer):
    """p2ptext's line with its database."""

    name = "p2ptext"

    def give(self, count: int) -> None:
        ours.prepare(self.folder / "data", str(self.link), [text_of(number) for number in range(count)])

    def start(self, count: int, seconds: int) -> Child:
        if not (self.folder / "data").exists():
            self.give(0)
        wait = 0 if count else seconds
        return Child([sys.executable, "-m", "tests.benchmarks.modems.ours", self.folder / "data", str(wait)])

    def received(self) -> list[tuple[float, str]]:
        return ours.received(self.folder / "data")

    def told(self) -> str:
        found = ours.states(self.folder / "data")
        return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in sorted(found.items()))


class Library(Peer):
    """A Python library in a script of a few lines."""

    queues = False
    library: ClassVar[str]

    def start(self, count: int, seconds: int) -> Child:
        action = ["send", self.link, str(count)] if count else ["receive", self.link, str(seconds)]
        out = self.folder / "out.txt"
        return Child([sys.executable, "-m", "tests.benchmarks.modems.libraries", self.library, *action, out])

    def _lines(self) -> list[tuple[float, str]]:
        path = self.folder / "out.txt"
        rows = path.read_text("utf-8").splitlines() if path.exists() else []
        return [(float(at), words) for at, _, words in (row.partition("\t") for row in rows)]

    def received(self) -> list[tuple[float, str]]:
        return self._lines()

    def told(self) -> str:
        words = [line for _, line in self._lines()]
        errors = sorted({line.split()[0] for line in words if line != "sent"})
        return (
            f"{words.count('sent')} sent"
            + (f", {len(words) - words.count('sent')} " if errors else "")
            + ("/".join(errors))
        )


class Gsmmodem(Library):
    """python-gsmmodem-new."""

    name, library = "python-gsmmodem-new", "gsmmodem"


class PythonGammu(Library):
    """python-gammu."""

    name, library, short = "python-gammu", "gammu", 60


class GammuSmsd(Peer):
    """gammu-smsd with its FILES service, tuned: no checks, no loop pause, model known."""

    name, short = "gammu-smsd", 60

    @classmethod
    def here(cls) -> bool:
        return shutil.which("gammu-smsd") is not None

    def _config(self) -> Path:
        for name in ("inbox", "outbox", "sent", "error"):
            (self.folder / name).mkdir(exist_ok=True)
        config = self.folder / "smsdrc"
        config.write_text(
            f"[gammu]\ndevice = {self.link}\nconnection = at115200\nmodel = at\nsynchronizetime = no\n"
            f"[smsd]\nservice = files\nlogfile = {self.folder}/smsd.log\n"
            f"inboxpath = {self.folder}/inbox/\noutboxpath = {self.folder}/outbox/\n"
            f"sentsmspath = {self.folder}/sent/\nerrorsmspath = {self.folder}/error/\n"
            "checksecurity = 0\ncheckbattery = 0\nchecksignal = 0\nchecknetwork = 0\nstatusfrequency = 0\n"
            "resetfrequency = 0\nloopsleep = 1\nreceivefrequency = 1\n"
        )
        return config

    def give(self, count: int) -> None:
        self._config()
        for number in range(count):
            name = f"OUT{NUMBER.format(number)}.txt"
            (self.folder / "outbox" / name).write_text(text_of(number))

    def start(self, count: int, seconds: int) -> Child:
        return Child(["gammu-smsd", "-c", self._config()])

    def received(self) -> list[tuple[float, str]]:
        return [
            (path.stat().st_mtime, path.read_text("utf-8", "replace"))
            for path in (self.folder / "inbox").iterdir()
        ]

    def told(self) -> str:
        kinds = {"sent": "sent", "error": "failed", "outbox": "waiting"}
        counts = {words: len(list((self.folder / name).iterdir())) for name, words in kinds.items()}
        return ", ".join(f"{count} {words}" for words, count in counts.items() if count)


class Smstools(Peer):
    """smstools, with its pauses at one second."""

    name, short = "smstools", 60

    @classmethod
    def here(cls) -> bool:
        return shutil.which("smsd") is not None

    def _config(self) -> Path:
        for name in ("outgoing", "checked", "incoming", "failed", "sent"):
            (self.folder / name).mkdir(exist_ok=True)
        config = self.folder / "smsd.conf"
        boxes = "".join(
            f"{name} = {self.folder}/{name}\n"
            for name in ("outgoing", "checked", "incoming", "failed", "sent")
        )
        config.write_text(
            f"devices = GSM1\n{boxes}logfile = {self.folder}/smsd.log\ninfofile = {self.folder}/info\n"
            f"pidfile = {self.folder}/pid\ndelaytime = 1\ndelaytime_mainprocess = 1\nerrorsleeptime = 1\n"
            f"[GSM1]\ndevice = {self.link}\nbaudrate = 115200\nincoming = yes\n"
        )
        return config

    def give(self, count: int) -> None:
        self._config()
        for number in range(count):
            to = NUMBER.format(number)[1:]
            (self.folder / "outgoing" / f"sms{number:05d}").write_text(f"To: {to}\n\n{text_of(number)}")

    def start(self, count: int, seconds: int) -> Child:
        return Child(["smsd", "-c", self._config(), "-t"])

    def received(self) -> list[tuple[float, str]]:
        found = []
        for path in (self.folder / "incoming").iterdir():
            head, _, body = path.read_text("latin-1").partition("\n\n")
            if re.search(r"^From:", head, re.MULTILINE):
                found.append((path.stat().st_mtime, body))
        return found

    def told(self) -> str:
        kinds = {"sent": "sent", "failed": "failed", "checked": "waiting", "outgoing": "waiting too"}
        counts = {words: len(list((self.folder / name).iterdir())) for name, words in kinds.items()}
        return ", ".join(f"{count} {words}" for words, count in counts.items() if count)


ALL: tuple[type[Peer], ...] = (Ours, Gsmmodem, PythonGammu, GammuSmsd, Smstools)
