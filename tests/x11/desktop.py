"""A virtual screen, the real program on it, an emulated modem behind it, and hands made of xdotool."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.x11.looks import GRAB, KEEP, STILL

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "Hi {first_name}, this is {sender} from Lakeside Clinic. Your check-up is due in {due_month}."


def wait_for(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition of another process; there is no signal to wait on between programs."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for: {what}")
        time.sleep(0.02)


def press_until(desktop: Desktop, key: str, condition: Callable[[], bool], tries: int = 8) -> None:
    """Press a key until it did something: a card wants to be there for a moment before it takes a press."""
    for _ in range(tries):
        desktop.key(key)
        try:
            wait_for(condition, 3, f"what {key} does")
        except AssertionError:
            continue
        return
    raise AssertionError(f"{tries} presses of {key} did nothing")


_missing = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
#: What every file of this folder marks its tests with.
MARKS = [
    pytest.mark.x11,
    pytest.mark.skipif(
        bool(_missing), reason=f"not installed: {', '.join(_missing)} (tools/x11.sh says how)"
    ),
]


def person_number(index: int) -> str:
    """A valid fictional number for each index: 555-01xx in many area codes."""
    areas = ("312", "503", "212", "415", "617", "713", "206", "305", "602", "404")
    return f"+1{areas[index // 100 % len(areas)]}55501{index % 100:02d}"


def write_people(path: Path, count: int) -> dict[str, str]:
    """A CSV of ``count`` people; returns number -> the text that each is to get."""
    months = ("May", "June", "July")
    expected: dict[str, str] = {}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["first_name", "last_name", "phone", "due_month"])
        for index in range(count):
            name, month, number = f"Person{index}", months[index % 3], person_number(index)
            writer.writerow([name, "Test", number, month])
            expected[number] = TEMPLATE.format(first_name=name, sender="Dana", due_month=month)
    return expected


class Desktop:
    """Everything of one test; ``close`` ends it all."""

    def __init__(
        self, folder: Path, *, size: str = "1440x900", latency_ms: int = 0, people: str = "none"
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.ledger = folder / "ledger.jsonl"
        self.modem = folder / "modem"
        self._processes: list[subprocess.Popen[str]] = []
        self._display = self._start_screen(size)
        self.emulator = self._start_emulator(latency_ms, people)
        self.app: subprocess.Popen[str] | None = None

    # -- programs ------------------------------------------------------------------------------

    def _start_screen(self, size: str) -> str:
        read, write = os.pipe()
        process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
            pass_fds=(write,),
            stderr=subprocess.DEVNULL,
            text=True,
        )
        os.close(write)
        self._processes.append(process)
        with os.fdopen(read) as file:
            return ":" + file.readline().strip()

    def _start_emulator(self, latency_ms: int, people: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "app.main",
                "emulate",
                "--link",
                str(self.modem),
                "--ledger",
                str(self.ledger),
                "--latency-ms",
                str(latency_ms),
                "--people",
                people,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready")
        return process

    @property
    def environment(self) -> dict[str, str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "WAYLAND"))}
        return dict(environment, DISPLAY=self._display, QT_QPA_PLATFORM="xcb", LANG="C.UTF-8")

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "app.main", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def prepare_campaign(self, count: int) -> dict[str, str]:
        people = self.folder / "people.csv"
        expected = write_people(people, count)
        self.command(
            "campaign",
            "new",
            "Spring reminders",
            "--people",
            str(people),
            "--message",
            TEMPLATE,
            "--country",
            "US",
            "--texter",
            "Dana",
            "--hours",
            "00:00-24:00",
            "--reason",
            "a test",
            "--start",
            "--data",
            str(self.data),
        )
        return expected

    def start_app(self, arguments: tuple[str, ...] | None = None, **environment: str) -> None:
        """Start the program on the data folder; without ``arguments`` with its line and its answers."""
        if arguments is None:
            arguments = ("--line", str(self.modem), "--country", "US", "--texter", "Dana")
        errors = (self.folder / "app.err").open("w")
        self.app = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "app.main",
                "run",
                "--data",
                str(self.data),
                *arguments,
            ],
            cwd=ROOT,
            env=dict(self.environment, **environment),
            text=True,
            stderr=errors,
        )
        errors.close()
        self._processes.append(self.app)
        self.window = self._find_window()
        self._hands("windowfocus", "--sync", self.window)

    def stop_app(self) -> None:
        """End the program as a session's end does, and wait for it."""
        assert self.app is not None
        self.app.send_signal(signal.SIGTERM)
        self.app.wait(20)

    def _find_window(self) -> str:
        found: list[str] = []

        def look() -> bool:
            assert self.app is not None
            assert self.app.poll() is None, (self.folder / "app.err").read_text()
            done = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", "p2ptext"],
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            found[:] = done.stdout.split()
            return bool(found)

        wait_for(look, 20, "the window")
        return found[-1]

    def focus(self, title: str) -> None:
        """Wait for a window whose title begins so, and give it the keyboard: no window manager is here to do so.

        How many texts are unread may stand before the title.
        """

        def look() -> bool:
            done = subprocess.run(
                ["xdotool", "search", "--onlyvisible", "--name", rf"^(\([0-9,]+\) )?{title.lstrip('^')}"],
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
            )
            windows = done.stdout.split()
            if windows:
                self._hands("windowfocus", "--sync", windows[-1])
            return bool(windows)

        wait_for(look, 30, f"a window called {title}")

    # -- hands and eyes ------------------------------------------------------------------------

    def _hands(self, *words: str) -> None:
        subprocess.run(
            ["xdotool", *words], env=self.environment, check=True, capture_output=True, timeout=200
        )

    def key(self, name: str) -> None:
        self._hands("key", name)

    def keys(self, name: str, times: int, every_ms: int) -> None:
        self._hands("key", "--repeat", str(times), "--repeat-delay", str(every_ms), name)

    def hold(self, name: str, seconds: float) -> None:
        self._hands("keydown", name, "sleep", str(seconds), "keyup", name)

    def type(self, text: str) -> None:
        """Type a text, letter by letter."""
        self._hands("type", "--delay", "15", text)

    def double_click(self, x: int, y: int) -> None:
        self._hands(
            "mousemove", str(x), str(y), "sleep", "0.3", "click", "--repeat", "2", "--delay", "60", "1"
        )

    def picture(self, path: Path) -> tuple[int, int] | None:
        """Save the screen to ``path``; returns the Send button's centre where one can be pressed."""
        from ui.palette import DARK, LIGHT

        accents = ",".join((LIGHT.accent_fill, DARK.accent_fill, LIGHT.accent_hover, DARK.accent_hover))
        done = subprocess.run(
            [sys.executable, "-c", GRAB, str(path), accents],
            env=self.environment,
            check=True,
            timeout=60,
            capture_output=True,
            text=True,
        )
        numbers = done.stdout.split()
        return (int(numbers[0]), int(numbers[1])) if numbers else None

    def wait_until_still(self, seconds: float = 60) -> None:
        """Wait until two looks at the screen, a second apart as the cursor blinks, are the same."""
        subprocess.run(
            [sys.executable, "-c", STILL],
            env=self.environment,
            check=True,
            capture_output=True,
            timeout=seconds,
        )

    def keep_picture(self, path: Path) -> None:
        """Save the screen, pixel by pixel, in 256 of its colours."""
        subprocess.run(
            [sys.executable, "-c", KEEP, str(path)],
            env=self.environment,
            check=True,
            timeout=60,
            capture_output=True,
        )

    def tell(self, command: str) -> None:
        """A command to the emulator, such as ``deliver NUMBER TEXT``."""
        assert self.emulator.stdin is not None
        assert self.emulator.stdout is not None
        self.emulator.stdin.write(command + "\n")
        self.emulator.stdin.flush()
        answer = self.emulator.stdout.readline()
        assert answer.startswith("ok"), answer

    def submits(self) -> list[dict[str, object]]:
        """What the network took, in order: one row for each text."""
        if not self.ledger.exists():
            return []
        rows = [json.loads(row) for row in self.ledger.read_text("utf-8").splitlines() if row.strip()]
        return [row for row in rows if row["event"] == "submit"]

    def settled(self, seconds: float = 1.5) -> int:
        """How many submits the network saw, once no more came for ``seconds``."""
        count, since = len(self.submits()), time.monotonic()
        while time.monotonic() - since < seconds:
            time.sleep(0.05)
            if len(self.submits()) != count:
                count, since = len(self.submits()), time.monotonic()
        return count

    def wait_for_card(self) -> tuple[int, int]:
        """Wait until a card with a Send button is on screen; returns the button's centre."""
        spot: list[tuple[int, int]] = []

        def look() -> bool:
            found = self.picture(self.folder / "screen.png")
            spot[:] = [found] if found else []
            return bool(spot)

        wait_for(look, 40, "a card with a Send button")
        return spot[0]

    def close(self) -> None:
        for process in reversed(self._processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in reversed(self._processes):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()
