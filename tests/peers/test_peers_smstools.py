"""Debian's smstools with the practice modem, as it comes."""

from __future__ import annotations

import re
import shutil

import pytest

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(shutil.which("smsd") is None, reason="smstools is not installed"),
]

CONFIG = """devices = GSM1
outgoing = {folder}/outgoing
checked = {folder}/checked
incoming = {folder}/incoming
failed = {folder}/failed
sent = {folder}/sent
logfile = {folder}/smsd.log
infofile = {folder}/info
pidfile = {folder}/pid
delaytime = 1
delaytime_mainprocess = 1
errorsleeptime = 1
[GSM1]
device = {link}
baudrate = 115200
incoming = yes
"""


@pytest.fixture
def smsd(tmp_path, practice, started):
    for name in ("outgoing", "checked", "incoming", "failed", "sent"):
        (tmp_path / name).mkdir()
    config = tmp_path / "smsd.conf"
    config.write_text(CONFIG.format(folder=tmp_path, link=practice.link))
    return lambda: started(["smsd", "-c", config, "-t"])


def test_smstools_sends_ten(practice, smsd, tmp_path):
    wanted = {(f"+1555022{n:02d}", f"Text {n} by smstools") for n in range(10)}
    for number, text in wanted:
        (tmp_path / "outgoing" / f"sms{number}").write_text(f"To: {number[1:]}\n\n{text}")
    smsd()
    practice.wait_until(lambda: len(list((tmp_path / "sent").iterdir())) == 10, 90, "ten in sent/")
    assert len(practice.sent()) == 10
    assert set(practice.sent()) == wanted
    assert list((tmp_path / "failed").iterdir()) == []


def test_smstools_receives_ten(practice, smsd, tmp_path):
    texts = {f"1555032{n:02d}": f"Answer {n} to smstools" for n in range(10)}
    for number, text in texts.items():
        practice.say(f"deliver +{number} {text}")
    smsd()
    incoming = tmp_path / "incoming"
    practice.wait_until(lambda: practice.say("status") == "ok status sim 0/20 waiting 0", 90, "an empty SIM")
    practice.wait_until(lambda: len(list(incoming.iterdir())) == 10, 10, "ten files")
    got = {}
    for path in incoming.iterdir():
        head, _, body = path.read_text("latin-1").partition("\n\n")
        sender = re.search(r"^From: (\d+)$", head, re.MULTILINE)
        assert sender is not None, head
        got[sender.group(1)] = body
    assert got == texts
    assert len(practice.ledger("deliver")) == 10
