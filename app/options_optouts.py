"""The options of ``p2ptext optouts``, without what they do: every start reads them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

#: As in ``app.people.optouts``.
CHANNELS: Final = ("phone", "email", "person", "paper", "carrier", "other")
#: The parsers of the actions: name, what it is, its own options.
ACTIONS: Final[dict[str, str]] = {
    "show": "say whether a number may be texted, and what was ever done about it",
    "add": "opt a number out that said so in another way than by text",
    "lift": "let a number be texted again: needs a reason and what shows that they asked for it",
    "import": "opt out every number of a list",
    "check": "say whether the story of the opt-out list is whole",
    "story": "write the story to a file, to be kept elsewhere and compared with later",
    "merge": "after a restore: add the opt-outs of another p2ptext database, and erase whom it erased",
}


def options(
    parser: argparse.ArgumentParser, data: Callable[[Any], None], manager: Callable[[Any], None]
) -> None:
    """Add the options; ``data`` and ``manager`` add those that other commands have too."""
    actions = parser.add_subparsers(dest="action", required=True)
    made = {name: actions.add_parser(name, help=words) for name, words in ACTIONS.items()}
    for name in ("show", "add", "lift"):
        made[name].add_argument("number")
    for name in ("show", "add", "lift", "import"):
        made[name].add_argument("--country", default="", metavar="US")
    made["add"].add_argument("--by", choices=CHANNELS, required=True, help="how they said it")
    made["add"].add_argument("--said", required=True, metavar="WORDS", help="their words, and who heard them")
    made["add"].add_argument(
        "--day", default="", metavar="2026-09-30", help="when they said it (default: now)"
    )
    made["lift"].add_argument("--reason", required=True, metavar="WORDS")
    made["lift"].add_argument("--evidence", required=True, metavar="WORDS", help="what shows that they asked")
    made["import"].add_argument("file", type=Path)
    made["import"].add_argument(
        "--by", choices=("import", "carrier"), default="import", help="whose list it is"
    )
    made["import"].add_argument("--rejects", type=Path, metavar="FILE", help="write the refused rows here")
    made["check"].add_argument("--head", default="", metavar="ROW:HASH", help="a head that was written down")
    made["check"].add_argument("--against", type=Path, metavar="FILE.csv", help="a story that was kept")
    made["check"].add_argument(
        "--accept", default="", metavar="REASON", help="an older copy was put back: go on"
    )
    made["story"].add_argument("--out", type=Path, metavar="FILE.csv", required=True)
    made["merge"].add_argument("file", type=Path, metavar="FILE.db")
    for name, each in made.items():
        data(each)
        if name != "show":
            manager(each)
