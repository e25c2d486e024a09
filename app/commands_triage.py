"""``p2ptext triage FILE|-``: judge replies, one a line. It reads and prints, no more."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO


def triage(options: argparse.Namespace) -> int:
    """One JSON object for each line: ``text``, ``tier``, ``labels``, ``needs_person``, ``reason``."""
    from app.conversations.triage import judge

    try:
        with _source(options.file) as lines:
            for line in lines:
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                found = judge(text)
                row = {
                    "text": text,
                    "tier": found.tier,
                    "labels": list(found.labels),
                    "needs_person": found.needs_person,
                    "reason": found.reason,
                }
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    except OSError as error:
        sys.stderr.write(f"p2ptext: {error.strerror}: {options.file}. Nothing was changed.\n")
        return 1
    return 0


@contextmanager
def _source(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with open(name, "rb") as file:
        yield file
