"""The process that holds python-gammu, from outside: started, asked, and killed when it does not answer."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

from modem.api import Hooks, TraceLine
from modem.backends.gammu.log import Log
from modem.errors import ModemError
from modem.masking import without_pin

Values = dict[str, Any]

_MOST_LINE = 8 * 1024 * 1024
_LOOK = 0.05  # seconds between two looks at the log while an answer is due
_CLOSE_SECONDS = 2.0


class GammuError(ModemError):
    """gammu's own error. ``name`` is its name there, such as "ERR_TIMEOUT"."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(f"gammu says: {text or name}")
        self.name = name


class LinkLostError(ModemError):
    """The process ended, was killed because it was silent, or spoke nonsense. The link is of no use now."""


def child_command() -> list[str]:
    """How to start the process: from source, or from a bundle."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "gammu-child"]
    return [sys.executable, "-m", "modem.backends.gammu.child"]


def settings(device: str, connection: str, model: str, log: str) -> str:
    """gammu's settings file. The values must be free of line ends."""
    lines = [
        "[gammu]",
        f"device = {device}",
        f"connection = {connection}",
        f"model = {model}",
        "synchronizetime = no",
        "startinfo = no",
        "use_locking = no",
        *([f"logfile = {log}", "logformat = textall"] if log else []),
    ]
    return "\n".join(lines) + "\n"


class Link:
    """One running process. Used by the line's thread; a thread of its own reads the answers ahead."""

    def __init__(self, device: str, connection: str, model: str, hooks: Hooks) -> None:
        self._hooks = hooks
        self.log = Log(self._trace)
        self._folder = Path(tempfile.mkdtemp(prefix="p2ptext-gammu-"))
        self._pipe: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._count = 0
        try:
            self._settings = self._write(device, connection, model)
            self._process = self._start()
        except BaseException:
            self.kill()
            raise

    def _write(self, device: str, connection: str, model: str) -> Path:
        """The settings file and the log's pipe, for this user's eyes only."""
        log = ""
        if hasattr(os, "mkfifo"):
            log = str(self._folder / "log")
            os.mkfifo(log, 0o600)
            self._pipe = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
        path = self._folder / "gammurc"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(settings(device, connection, model, log))
        return path

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own program with our own arguments
            child_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=dict(os.environ, PYTHONPATH=os.pathsep.join(p for p in sys.path if p)),
            start_new_session=True,  # Ctrl-C in a terminal is for the program, not for a text on its way
        )
        assert process.stdout is not None
        threading.Thread(target=_read_ahead, args=(process.stdout, self._answers), daemon=True).start()
        return process

    @property
    def process_id(self) -> int:
        """The process's number; 0 when it is gone."""
        return 0 if self._process is None else self._process.pid

    def open(self, seconds: float) -> Values:
        """Have gammu find the phone. The settings file is gone afterwards."""
        try:
            return self.ask("open", seconds, rc=str(self._settings))
        finally:
            self._tidy()

    def ask(self, what: str, seconds: float, **arguments: Any) -> Values:
        """One request and its answer. Raises :class:`GammuError`, or :class:`LinkLostError` and is dead."""
        process = self._process
        if process is None:
            raise LinkLostError("The connection to the phone is closed.")
        self._count += 1
        line = json.dumps({"id": self._count, "do": what, "with": arguments}).encode() + b"\n"
        deadline = time.monotonic() + seconds
        try:
            assert process.stdin is not None
            process.stdin.write(line)
        except OSError:
            self.kill()
            raise LinkLostError("gammu ended unexpectedly.") from None
        reply = self._reply(self._wait(deadline, seconds))
        self._take_log()
        if "ok" in reply and isinstance(reply["ok"], dict):
            return reply["ok"]
        raise GammuError(str(reply.get("error", ""))[:60], _clean(reply.get("text", "")))

    def _wait(self, deadline: float, seconds: float) -> bytes:
        while True:
            self._take_log()
            try:
                return self._answers.get(timeout=max(0.0, min(_LOOK, deadline - time.monotonic())))
            except queue.Empty:
                if time.monotonic() >= deadline:
                    self.kill()
                    raise LinkLostError(f"gammu did not answer for {seconds:.0f} seconds.") from None

    def _reply(self, line: bytes) -> Values:
        if not line:
            self.kill()
            raise LinkLostError("gammu ended unexpectedly.")
        try:
            reply = json.loads(line)
        except (ValueError, RecursionError):
            reply = None
        if not isinstance(reply, dict) or reply.get("id") != self._count:
            self.kill()
            raise LinkLostError("gammu's process spoke nonsense and was ended.")
        return reply

    def _take_log(self) -> None:
        """Whatever is in the log's pipe now: all that gammu wrote before it answered, or died."""
        while self._pipe is not None:
            try:
                piece = os.read(self._pipe, 65536)
            except BlockingIOError:
                return
            if not piece:
                return
            self.log.feed(piece)

    def _trace(self, direction: str, text: str) -> None:
        shown = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text[:1000])
        self._hooks.on_trace(TraceLine(time.time(), direction, without_pin(shown)))

    def kill(self) -> None:
        """End the process at once; what its log still holds is read. Never raises; idempotent."""
        process, self._process = self._process, None
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
            self._reap(process)
        self._take_log()
        if self._pipe is not None:
            os.close(self._pipe)
            self._pipe = None
        self._tidy()

    def close(self) -> None:
        """Let the process let go of the phone, and end it."""
        if self._process is not None:
            with contextlib.suppress(ModemError):
                self.ask("close", _CLOSE_SECONDS)
        self.kill()

    def _reap(self, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_CLOSE_SECONDS)
        for stream in (process.stdin,):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()

    def _tidy(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def _read_ahead(stream: IO[bytes], answers: queue.SimpleQueue[bytes]) -> None:
    """Every line as it comes; an empty one when the stream ended or a line was longer than any may be."""
    with stream:
        buffered = open(stream.fileno(), "rb", closefd=False)  # noqa: SIM115 - closed with the stream
        while True:
            line = buffered.readline(_MOST_LINE)
            if not line.endswith(b"\n"):
                break
            answers.put(line)
    answers.put(b"")


def _clean(text: object) -> str:
    return "".join(char for char in str(text)[:200] if char.isprintable())
