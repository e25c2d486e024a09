"""The program's log: in the data folder, readable by its owner alone, without people's numbers or words."""

from __future__ import annotations

import logging
import os
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

FOLDER_NAME = "logs"
FILE_NAME = "p2ptext.log"
_MAX_BYTES, _KEPT = 1_000_000, 3

_PARAMETERS = re.compile(r"\[parameters: .*?(?=\n\(Background on this error|\Z)", re.DOTALL)
_PDU = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}){10,}(?![0-9A-Za-z])")
# Seven digits or more, however they are grouped; three of them stay.
_NUMBER = re.compile(r"(?<![\w.])\+?\(?[0-9](?:[ .()\-\u00a0]{0,2}[0-9]){6,14}(?![\w])")
_QUOTED = re.compile(r"'[^'\n]{16,}'|\"[^\"\n]{16,}\"")
_BODY_KEYS = ("text", "body", "message_text", "draft")


def masked(text: str) -> str:
    """``text`` with numbers as ``+•••187``, PDUs as their length, and long quotations left out."""
    text = _PARAMETERS.sub("[parameters left out]", text)
    text = _PDU.sub(lambda match: f"<pdu of {len(match[0]) // 2} octets>", text)
    text = "\n".join(
        line if line.lstrip().startswith('File "') else _QUOTED.sub("<words left out>", line)
        for line in text.split("\n")
    )
    return _NUMBER.sub(_short, text)


def _short(match: re.Match[str]) -> str:
    digits = "".join(c for c in match[0] if c.isdigit())
    return f"+•••{digits[-3:]}"


class MaskingFilter(logging.Filter):
    """Drops message bodies that were given to a log call, whatever its words do with them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, without bodies."""
        if isinstance(record.args, dict):
            record.args = {
                key: "<words left out>" if key in _BODY_KEYS else value for key, value in record.args.items()
            }
        for key in _BODY_KEYS:
            record.__dict__.pop(key, None)
        return True


class MaskingFormatter(logging.Formatter):
    """Masks the finished line, its traceback included; its own time stamp stays."""

    def format(self, record: logging.LogRecord) -> str:
        """One log line, masked."""
        stamp = self.formatTime(record)
        return f"{stamp} {record.levelname} {record.name}: {masked(super().format(record))}"


class _PrivateFile(RotatingFileHandler):
    """A rotating file that is 0600 from its first octet on."""

    def _open(self) -> Any:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        return open(descriptor, self.mode, encoding=self.encoding, errors="backslashreplace")


def install(folder: Path, level: int = logging.INFO) -> logging.Handler:
    """Log to ``logs/p2ptext.log`` of the data folder; a second call replaces the first's file.

    Raises ``OSError`` where the file cannot be made.
    """
    place = folder / FOLDER_NAME
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.chmod(0o700)
    uninstall()
    handler = _PrivateFile(place / FILE_NAME, maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8")
    handler.setFormatter(MaskingFormatter("%(message)s"))
    handler.addFilter(MaskingFilter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(min(level, root.level or level))
    return handler


def uninstall() -> None:
    """Close the log file, if one is open."""
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _PrivateFile)]:
        root.removeHandler(handler)
        handler.close()
