"""Every public AT reply in vectors/*.toml: what modems said to other programs, as our parser and readers take it.

A reply and its meaning are facts; each entry names the project and file it was read from.

- ``wire``: as it comes from the port; ``command``: what is pending, none for what comes unasked.
- ``kind``: which reader the lines go to (``READERS``); ``want``: what the source says is in it.
- ``ours`` with ``differs``: what we read instead, and why.
- ``lines`` (kind ``framed``): an answer to a question that we never ask. It must be taken for that command's
  answer, whole and in order, and nothing else.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from modem.at import codes, health, replies, ussd
from modem.at.parser import Final, Parser, Reply, Unsolicited, Value
from modem.at.unsolicited import fields_of, name_of

HERE = Path(__file__).parent
VECTORS: list[dict[str, Any]] = [
    vector
    for path in sorted((HERE / "vectors").glob("*.toml"))
    for vector in tomllib.loads(path.read_text(encoding="utf-8"))["vector"]
]
HANDBOOK = HERE.parents[2] / "docs" / "handbook" / "vectors.md"
PDUS = {
    vector["source"]: vector["pdu"].upper()
    for vector in tomllib.loads((HERE.parent / "sms" / "vectors.toml").read_text(encoding="utf-8"))["vector"]
}
SIZES = (1, 3, 7, 64, 10_000)
NONE = "none"  # TOML has no word for it


def values_of(vector: dict[str, Any], size: int) -> list[Value]:
    parser = Parser()
    if command := vector.get("command"):
        if vector.get("submitted"):
            parser.expect_prompt(command)
            parser.feed(b"> ")
            parser.expect_submitted("00")
        else:
            parser.expect(command, everything=vector.get("everything", False))
    data = vector["wire"].encode("latin-1") if vector.get("latin") else vector["wire"].encode()
    values: list[Value] = []
    for at in range(0, len(data), size):
        values += parser.feed(data[at : at + size])
    return values


def lines_of(values: list[Value], kind: type[Reply] | type[Unsolicited]) -> list[str]:
    return [value.text for value in values if isinstance(value, kind)]


def told(vector: dict[str, Any], values: list[Value]) -> list[str]:
    """The lines that the reader is given: the answer, or without a command what came unasked."""
    return lines_of(values, Reply if "command" in vector else Unsolicited)


def final_of(values: list[Value]) -> Final | None:
    return next((value for value in values if isinstance(value, Final)), None)


def registration(vector: dict[str, Any], values: list[Value]) -> Any:
    found = [
        replies.registration(line, asked="command" in vector)
        for line in told(vector, values)
        if name_of(line).endswith("REG")
    ]
    return [NONE if one is None else [one.stat, one.technology] for one in found]


def stored(vector: dict[str, Any], values: list[Value]) -> Any:
    """+CMGL and +CMGR: index, state and PDU; ``sms`` names the PDU in sms/vectors.toml."""
    listing = vector["command"].startswith("AT+CMGL")
    found = replies.stored_pdus(told(vector, values), listing)
    known = PDUS.get(vector.get("sms", ""))
    return [[row.index, row.stat, "sms" if row.pdu == known else row.pdu] for row in found]


def said(vector: dict[str, Any], values: list[Value]) -> Any:
    found = []
    for line in told(vector, values):
        one = ussd.read(line)
        if one is not None:
            text = ussd.decode(
                one.text, one.dcs, vector.get("charset", ""), packed=vector.get("packed", False)
            )
            found.append([one.status, text])
    return found


def error(vector: dict[str, Any], values: list[Value]) -> Any:
    final = final_of(values)
    if final is None:
        return NONE
    known = codes.meaning(final) is not codes.GENERIC
    return [final.ok, final.kind, NONE if final.code is None else final.code, known]


def unasked(vector: dict[str, Any], values: list[Value]) -> Any:
    """Lines that came by themselves, with the data behind them."""
    return [
        [value.text, value.data] if value.data else [value.text]
        for value in values
        if isinstance(value, Unsolicited)
    ]


def first(reader: Any) -> Any:
    def read(vector: dict[str, Any], values: list[Value]) -> Any:
        for line in told(vector, values):
            found = reader(line)
            return NONE if found is None else found
        return NONE

    return read


def on_lines(reader: Any) -> Any:
    def read(vector: dict[str, Any], values: list[Value]) -> Any:
        found = reader(told(vector, values))
        return NONE if found is None else found

    return read


def moment(line: str) -> Any:
    found = health.clock(line)
    return None if found is None else found.isoformat()


READERS = {
    "registration": registration,
    "stored": stored,
    "ussd": said,
    "error": error,
    "unasked": unasked,
    "announced": lambda vector, values: [
        NONE if (place := replies.announced(line)) is None else list(place) for line in told(vector, values)
    ],
    "offered": first(lambda line: [list(names) for names in replies.storages_offered(line)]),
    "memories": first(lambda line: [[m.name, m.used, m.total] for m in replies.storages_now(line)]),
    "signal": first(replies.signal_dbm),
    "operator": first(lambda line: list(replies.operator(line))),
    "reference": first(replies.reference),
    "centre": first(lambda line: replies.quoted_number(line, 0)),
    "own number": lambda vector, values: [replies.quoted_number(line, 1) for line in told(vector, values)],
    "clock": first(moment),
    "pin": first(replies.lock),
    "radio": first(lambda line: replies.number(fields_of(line)[0])),
    "sim": on_lines(replies.sim_number),
    "digits": on_lines(replies.long_digits),
    "sim tries": on_lines(lambda lines: replies.tries(lines, -1)),
    "framed": lambda vector, values: told(vector, values),
}


def read(vector: dict[str, Any], size: int) -> Any:
    values = values_of(vector, size)
    if vector["kind"] == "plain":
        name = vector["command"].removeprefix("AT")
        return replies.plain_text(lines_of(values, Reply), name)
    if vector["kind"] == "tries":
        return replies.tries(lines_of(values, Reply), vector["position"])
    return READERS[vector["kind"]](vector, values)


def name(vector: dict[str, Any]) -> str:
    return f"{vector['source'].split('/')[-1]} {vector['kind']} {vector['wire'].strip()[:30]}"


@pytest.mark.parametrize("vector", VECTORS, ids=name)
def test_a_public_reply_says_what_its_source_says(vector: dict[str, Any]) -> None:
    found = [read(vector, size) for size in SIZES]
    assert all(one == found[0] for one in found)
    assert found[0] == vector.get("ours", vector["want"])
    assert ("ours" in vector) == ("differs" in vector)
    assert "ours" not in vector or vector["ours"] != vector["want"]


# -- the handbook's page ---------------------------------------------------------------------------


def section(title: str) -> str:
    return HANDBOOK.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_handbook_counts_the_replies_as_they_are() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|", section("AT replies"), re.M
    )
    assert len(rows) > 30
    totals = [0] * 5
    for source, *cells in rows:
        there, *told_there = map(int, cells)
        mine = [vector for vector in VECTORS if vector["source"].startswith(source)]
        alike = [vector for vector in mine if "ours" not in vector]
        framed = sum(vector["kind"] == "framed" for vector in alike)
        assert told_there == [len(mine), len(alike), framed, len(mine) - len(alike)], source
        assert there >= len(mine)
        totals = [total + cell for total, cell in zip(totals, (there, *told_there), strict=True)]
    assert totals[1] == len(VECTORS)
    assert f"| all | {' | '.join(map(str, totals))} |" in section("AT replies")


def test_the_handbook_gives_every_reason() -> None:
    told_there = re.findall(r"^\| (\d+) \| (.+) \|$", section("AT replies"), re.M)
    reasons = Counter(vector["differs"] for vector in VECTORS if "differs" in vector)
    assert {reason: int(count) for count, reason in told_there} == reasons
