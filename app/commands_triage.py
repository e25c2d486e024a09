"""``p2ptext triage FILE|-``: judge replies, one a line. It reads and prints, no more."""

from __future__ import annotations

import argparse
import codecs
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

#: What would end a line, or turn its direction, where somebody reads the output.
_UNSEEN = re.compile("[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def triage(options: argparse.Namespace) -> int:
    """One JSON object for each line, blank ones too.

    Its keys: ``text``, ``tier`` (HARD, HOLD, HINT, NONE), ``labels``, ``needs_person``, ``reason``.
    The file is UTF-8, with or without a byte order mark; bytes that are none become U+FFFD.
    Lines end by LF or CR LF.
    """
    try:
        with _source(options.file) as lines:
            for place, line in enumerate(lines):
                sys.stdout.buffer.write(_judged(line if place else line.removeprefix(codecs.BOM_UTF8)))
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read has enough; the interpreter must not complain of it once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        sys.stderr.write(f"p2ptext: {error.strerror}: {options.file}. Nothing was changed.\n")
        return 1
    return 0


def _judged(line: bytes) -> bytes:
    from app.conversations.triage import judge

    text = line.decode("utf-8", "replace").rstrip("\r\n")
    found = judge(text)
    row = {
        "text": text,
        "tier": found.tier,
        "labels": list(found.labels),
        "needs_person": found.needs_person,
        "reason": found.reason,
    }
    told = _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", json.dumps(row, ensure_ascii=False))
    return f"{told}\n".encode()


@contextmanager
def _source(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with open(name, "rb") as file:
        yield file
