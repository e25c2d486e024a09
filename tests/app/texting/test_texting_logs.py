"""The log: private, and without people's numbers or words."""

from __future__ import annotations

import logging
import stat

import pytest
import sqlalchemy as sa

from app.store.tables import message
from app.texting import logs


@pytest.fixture
def log_file(tmp_path):
    root = logging.getLogger()
    before = root.level
    logs.install(tmp_path)
    yield tmp_path / logs.FOLDER_NAME / logs.FILE_NAME
    logs.uninstall()
    root.setLevel(before)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("to +13125550187 now", "to +•••187 now"),
        ("to 3125550187, then", "to +•••187, then"),
        ("(312) 555-0187", "+•••187"),
        ("+44 7700 900123!", "+•••123!"),
        ("line 3 after 150 s", "line 3 after 150 s"),
        ("+CMTI: 12345", "+CMTI: 12345"),
        ("PDU 07911326040000F0040B911346610089F6 end", "PDU <pdu of 17 octets> end"),
        ("refused 'Dear Maria, your test is positive'", "refused <words left out>"),
        ('refused "Dear Maria, your test is positive"', "refused <words left out>"),
        ("state 'ready'", "state 'ready'"),
        ('  File "/somewhere/quite/far/away.py", line 7', '  File "/somewhere/quite/far/away.py", line 7'),
        (
            "[SQL: x]\n[parameters: ('a]', '+13125550187')]\n(Background on this error at: x)\nmore",
            "[SQL: x]\n[parameters left out]\n(Background on this error at: x)\nmore",
        ),
    ],
)
def test_numbers_pdus_and_words_are_masked(said, kept):
    assert logs.masked(said) == kept


def test_the_file_is_private_from_the_first_octet(log_file):
    logging.getLogger("p2p.test").warning("hello %s", "+13125550187")
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(log_file.parent.stat().st_mode) == 0o700
    text = log_file.read_text("utf-8")
    assert text.startswith("20")
    assert "WARNING p2p.test: hello +•••187" in text


def test_bodies_do_not_reach_the_file(log_file):
    logger = logging.getLogger("p2p.test")
    logger.warning("from %(number)s: %(text)s", {"number": "+13125550187", "text": "my words"})
    logger.warning("kept", extra={"body": "my words"})
    assert "my words" not in log_file.read_text("utf-8")
    assert "<words left out>" in log_file.read_text("utf-8")


def test_tracebacks_are_masked(log_file, world):
    number, words = "+13125550187", "my " + "words"
    try:
        with world.store.write() as unit:
            unit.conn.execute(sa.insert(message).values(number=number, text=words))
    except sa.exc.IntegrityError:
        logging.getLogger("p2p.test").exception("a write failed")
    text = log_file.read_text("utf-8")
    assert "IntegrityError" in text
    assert "Traceback" in text
    assert "direction" in text
    assert words not in text
    assert "'+1" not in text


def test_a_second_install_replaces_the_first(log_file, tmp_path):
    logs.install(tmp_path / "other")
    logging.getLogger("p2p.test").error("one line")
    assert "one line" not in log_file.read_text("utf-8")
    assert "one line" in (tmp_path / "other" / logs.FOLDER_NAME / logs.FILE_NAME).read_text("utf-8")


def test_a_days_work_leaves_no_number_and_no_word_in_the_log(log_file, world, people):
    logging.getLogger().setLevel(logging.DEBUG)
    world.receive(world.pdu(people[0], "Strictly between us"))
    world.receive("0004")
    world.reply(people[0], "Nobody must read this")
    world.send()
    world.modem.script.append(RuntimeError(f"Strictly between us and {people[1]}"))
    world.clicked(people[1])
    with pytest.raises(RuntimeError):
        world.send()
    text = log_file.read_text("utf-8")
    for secret in (people[0][-7:], people[1][-7:], "between us", "must read"):
        assert secret not in text
