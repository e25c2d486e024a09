"""The sound of a text that came in: two short tones, made here, played by what the computer has for it."""

from __future__ import annotations

import io
import math
import shutil
import struct
import sys
import tempfile
import wave
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication

RATE = 22_050  # samples a second
#: Hertz and seconds of each tone.
TONES = ((880.0, 0.11), (1174.7, 0.19))
_LOUDNESS = 0.22
#: What plays a WAV file, with the words before the file's name; the first that is there.
_PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",))


@lru_cache(maxsize=1)
def chime() -> bytes:
    """The sound as a WAV file: 16 bit, one channel, less than half a second."""
    samples: list[int] = []
    for hertz, seconds in TONES:
        count = round(RATE * seconds)
        for place in range(count):
            swell = min(1.0, place / (RATE * 0.008)) * math.exp(-3.5 * place / count)
            samples.append(round(32767 * _LOUDNESS * swell * math.sin(2 * math.pi * hertz * place / RATE)))
    kept = io.BytesIO()
    with wave.open(kept, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return kept.getvalue()


class Sound:
    """Plays :func:`chime`, not waiting for its end. Without a player the computer's own beep is heard."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def play(self) -> None:
        """Once."""
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(self._file()), winsound.SND_FILENAME | winsound.SND_ASYNC)
            return
        for name, *options in _PLAYERS:
            program = shutil.which(name)
            if program is not None and QProcess.startDetached(program, [*options, str(self._file())])[0]:
                return
        QApplication.beep()

    def _file(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="p2ptext-")
        path = Path(self._folder.name) / "chime.wav"
        if not path.exists():
            path.write_bytes(chime())
        return path

    def close(self) -> None:
        """Remove the file."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
