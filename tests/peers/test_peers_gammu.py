"""Debian's gammu and gammu-smsd with the practice modem, as they come."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.peers
needs_gammu = pytest.mark.skipif(shutil.which("gammu") is None, reason="gammu is not installed")
needs_smsd = pytest.mark.skipif(shutil.which("gammu-smsd") is None, reason="gammu-smsd is not installed")

# model=at spares the start-up that writes octet by octet; nothing is known of the modem before.
CONFIG = "[gammu]\ndevice = {link}\nconnection = at115200\nmodel = at\nsynchronizetime = no\n"


def _gammu(folder: Path, link: Path, *args: str) -> str:
    config = folder / "gammurc"
    config.write_text(CONFIG.format(link=link))
    done = subprocess.run(
        ["gammu", "-c", config, *args], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@needs_gammu
def test_gammu_identifies_the_modem(practice, tmp_path):
    answer = _gammu(tmp_path, practice.link, "identify")
    assert "356938035643809" in answer
    assert "001010000000001" in answer
    assert "p2ptext" in answer


@needs_gammu
def test_gammu_sends_ten(practice, tmp_path):
    wanted = [(f"+1555020{n:02d}", f"Text {n} by gammu") for n in range(10)]
    for number, text in wanted:
        _gammu(tmp_path, practice.link, "sendsms", "TEXT", number, "-text", text)
    assert practice.sent() == wanted


@needs_gammu
def test_gammu_sends_a_long_text_in_parts(practice, tmp_path):
    text = "Ein längerer Text, der in mehrere Teile zerlegt wird. " * 6
    _gammu(tmp_path, practice.link, "sendsms", "TEXT", "+15550200", "-len", "400", "-text", text)
    (row,) = practice.ledger("submit")
    assert row["text"] == text
    assert row["parts"] == 3
    assert len(row["references"]) == 3


@needs_gammu
def test_gammu_reads_ten_and_deletes_them(practice, tmp_path):
    texts = [f"Answer {n} ключ 🙂" for n in range(10)]
    for n, text in enumerate(texts):
        assert practice.say(f"deliver +1555030{n:02d} {text}") == "ok deliver"
    listed = _gammu(tmp_path, practice.link, "getallsms")
    assert [text for text in texts if text not in listed] == []
    assert "10 SMS parts in 10 SMS sequences" in listed
    _gammu(tmp_path, practice.link, "deleteallsms", "1")
    assert practice.say("status") == "ok status sim 0/20 waiting 0"
    assert len(practice.ledger("deliver")) == 10


SMSD = """
[smsd]
service = files
logfile = {folder}/smsd.log
inboxpath = {folder}/inbox/
outboxpath = {folder}/outbox/
sentsmspath = {folder}/sent/
errorsmspath = {folder}/error/
checksecurity = 0
checkbattery = 0
checksignal = 0
checknetwork = 0
statusfrequency = 0
resetfrequency = 0
loopsleep = 1
receivefrequency = 1
"""


@pytest.fixture
def smsd(tmp_path, practice, started) -> Callable[[], Path]:
    for name in ("inbox", "outbox", "sent", "error"):
        (tmp_path / name).mkdir()
    config = tmp_path / "smsdrc"
    config.write_text(CONFIG.format(link=practice.link) + SMSD.format(folder=tmp_path))

    def start() -> Path:
        started(["gammu-smsd", "-c", config])
        return tmp_path

    return start


@needs_smsd
def test_gammu_smsd_sends_ten(practice, smsd, tmp_path):
    wanted = {(f"+1555021{n:02d}", f"Text {n} by gammu-smsd") for n in range(10)}
    for number, text in wanted:
        (tmp_path / "outbox" / f"OUT{number}.txt").write_text(text)
    smsd()
    practice.wait_until(lambda: len(list((tmp_path / "sent").iterdir())) == 10, 60, "ten in sent/")
    assert len(practice.sent()) == 10
    assert set(practice.sent()) == wanted


@needs_smsd
def test_gammu_smsd_receives_ten(practice, smsd, tmp_path):
    texts = {f"+1555031{n:02d}": f"Answer {n} to gammu-smsd" for n in range(10)}
    for number, text in texts.items():
        practice.say(f"deliver {number} {text}")
    smsd()
    inbox = tmp_path / "inbox"
    practice.wait_until(lambda: practice.say("status") == "ok status sim 0/20 waiting 0", 60, "an empty SIM")
    got = {path.name.split("_")[3]: path.read_text() for path in inbox.iterdir()}
    assert got == texts
    assert len(practice.ledger("deliver")) == 10
