"""Faults that come by chance are those of the file, come again with the same seed, and go away."""

from __future__ import annotations

from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from modem.emulator.faults import FaultError
from modem.emulator.mishaps import Mishap, MishapError, load_mishaps

SOAK = Path(str(resources.files("resources") / "faults" / "soak.toml"))


def _answers(bench, count: int) -> list[str]:
    answers = []
    for _ in range(count):
        answers.extend(bench.send("+15550123", "Hello"))
    return answers


def _names(bench) -> Counter[str]:
    return Counter(row["name"] for row in bench.ledger("fault") if "over" not in row)


def test_a_chance_strikes_about_so_often_and_the_ledger_has_each(bench):
    bench.modem.faults.befall([Mishap(("cms", "38"), chance=0.2)], 7)
    refused = [answer for answer in _answers(bench, 300) if "CMS" in answer]
    assert 30 < len(refused) < 95
    assert _names(bench) == {"cms 38": len(refused)}


def test_the_same_seed_gives_the_same_mishaps_and_another_gives_others(make_bench, tmp_path):
    seen = []
    for number, seed in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        folder.mkdir()
        bench = make_bench()
        bench.modem.faults.befall([Mishap(("error",), chance=0.3)], seed)
        seen.append(["ERROR" in answer for answer in _answers(bench, 40)])
    assert seen[0] == seen[1] != seen[2]


def test_a_bound_is_kept(bench):
    bench.modem.faults.befall([Mishap(("error",), chance=1.0, most=3)], 0)
    assert ["ERROR" in answer for answer in _answers(bench, 5)] == [True] * 3 + [False] * 2
    assert not bench.modem.faults.armed


def test_what_comes_by_the_clock_ends_by_itself_and_comes_again(bench):
    bench.modem.faults.befall([Mishap(("deaf",), per_minute=60, seconds=(2, 2))], 3)
    deaf = 0
    for _ in range(600):
        bench.pass_time(0.1)
        deaf += bench.modem.deaf
    assert 300 < deaf < 550
    rows = bench.ledger("fault")
    assert [row["name"] for row in rows] == ["deaf"] * len(rows)
    assert [row.get("over", False) for row in rows[:4]] == [False, True, False, True]
    bench.modem.faults.arm(["clear"])
    assert not bench.modem.deaf
    bench.pass_time(60)
    assert not bench.modem.deaf


def test_the_sim_is_busy_for_a_time(bench):
    bench.at("+CMEE=1")
    bench.modem.faults.befall([Mishap(("sim-busy",), per_minute=60, seconds=(5, 5), most=1)], 0)
    while not bench.modem.faults.armed:
        bench.pass_time(0.1)
    assert bench.lines("+CPMS?") == ["+CMS ERROR: 314"]
    assert bench.lines("+CIMI") == ["+CME ERROR: 14"]
    assert bench.lines("+CSQ") == ["+CSQ: 21,99", "OK"]
    bench.pass_time(6)
    assert bench.lines("+CIMI")[-1] == "OK"
    bench.pass_time(600)
    assert not bench.modem.faults.armed


def test_a_port_is_gone_for_the_time_that_was_drawn(bench):
    gone = []
    bench.modem.hang_up = gone.append
    bench.modem.faults.befall([Mishap(("port-gone",), per_minute=600, seconds=(0.5, 5), most=4)], 1)
    for _ in range(1000):
        bench.pass_time(0.1)
    assert len(set(gone)) == 4
    assert all(0.5 <= seconds <= 5 for seconds in gone)


def test_each_fault_of_the_soak_file_is_known_and_the_line_is_sound_in_the_end(bench):
    mishaps = load_mishaps(SOAK)
    assert len(mishaps) > 50
    bench.modem.hang_up = lambda seconds: None
    bench.modem.faults.befall(mishaps, 5)
    for _ in range(200):
        bench.send_anyhow("+15550123", "Hello")
        bench.pass_time(1.0)
    assert len(_names(bench)) > 15
    bench.modem.faults.arm(["clear"])
    bench.pass_time(60)
    bench.type("\x1b\r")
    assert _answers(bench, 1)[0].endswith("\r\n\r\nOK\r\n")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("fault = 3", "brackets"),
        ("[[faults]]\nfault = 'deaf'", "brackets"),
        ("[[fault]]\nchance = 0.1", "NAME"),
        ("[[fault]]\nfault = 'deaf'\nodd = 1\nchance = 1", "known"),
        ("[[fault]]\nfault = 'deaf'", "either"),
        ("[[fault]]\nfault = 'deaf'\nchance = 0.1\nper_minute = 1", "either"),
        ("[[fault]]\nfault = 'error'\nchance = 1.1", "from 0 to 1"),
        ("[[fault]]\nfault = 'error'\nchance = true", "from 0 to 1"),
        ("[[fault]]\nfault = 'error'\nchance = 1\nmost = 0", "whole number"),
        ("[[fault]]\nfault = 'deaf'\nper_minute = 1\nseconds = [5, 1]", "from and to"),
        ("[[fault]", "no valid TOML"),
    ],
)
def test_a_file_that_is_wrong_says_where(tmp_path, text, told):
    path = tmp_path / "faults.toml"
    path.write_text(text)
    with pytest.raises(MishapError, match=told):
        load_mishaps(path)


def test_a_file_that_is_missing_says_so(tmp_path):
    with pytest.raises(MishapError, match="cannot be read"):
        load_mishaps(tmp_path / "none.toml")


def test_a_fault_that_does_not_exist_is_told_at_the_start(bench):
    with pytest.raises(FaultError, match="no fault 'nonsense'"):
        bench.modem.faults.befall([Mishap(("nonsense",), chance=1.0)], 0)
    with pytest.raises(FaultError, match="cms CODE"):
        bench.modem.faults.befall([Mishap(("cms",), chance=1.0)], 0)
