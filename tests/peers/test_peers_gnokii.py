"""Debian's gnokii with the practice modem, as it comes."""

from __future__ import annotations

import shutil
import subprocess

import pytest

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("gnokii") is None, reason="gnokii is not installed"),
]

CONFIG = (
    "[global]\nport = {link}\nmodel = AT\nconnection = serial\nserial_baudrate = 115200\nuse_locking = no\n"
)


@pytest.fixture
def gnokii(tmp_path, practice):
    config = tmp_path / "gnokii"
    config.write_text(CONFIG.format(link=practice.link))

    def run(*args: str, typed: str = "") -> str:
        done = subprocess.run(
            ["gnokii", "--config", config, *args],
            input=typed,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_gnokii_identifies_the_modem(gnokii):
    assert "356938035643809" in gnokii("--identify")


def test_gnokii_sends_ten(practice, gnokii):
    wanted = [(f"+1555023{n:02d}", f"Text {n} by gnokii") for n in range(10)]
    for number, text in wanted:
        gnokii("--sendsms", number, typed=text)
    assert practice.sent() == wanted


def test_gnokii_reads_ten_and_deletes_them(practice, gnokii):
    texts = {f"+1555033{n:02d}": f"Answer {n} to gnokii" for n in range(10)}
    for number, text in texts.items():
        practice.say(f"deliver {number} {text}")
    listed = gnokii("--getsms", "SM", "1", "10", "-d")
    assert [pair for pair in texts.items() if pair[0] not in listed or pair[1] not in listed] == []
    assert practice.say("status") == "ok status sim 0/20 waiting 0"
    assert len(practice.ledger("deliver")) == 10
