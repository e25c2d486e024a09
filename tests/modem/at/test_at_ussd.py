"""USSD: every coding that devices use, every status, and whatever comes in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modem.api import UssdReply
from modem.at.ussd import Said, UssdError, decode, read
from modem.errors import AnswerTimeoutError, CommandError, PortError
from modem.sms import gsm7

OK = b"\r\nOK\r\n"
ARABIC = "رصيدك 107.93 د.ل،الصلاحية  2018-11-09"
HUNGARIAN = (
    "Havi keret: 0Ft. Feltöltött egyenleg: 7777Ft,(ebböl vàsàrlàsra is fordìthatò: 7777Ft). "
    "Dìjcsomag: Bencsò A. Uj Telekom önkiszolgàlò: *111#"
)

# gammu tests/at-ussd/*.dump, what each says to a person.
GAMMU = [
    (
        "+CUSD: 0, 49B41C74ACD3D16171D90D66666666666666666666B45CAC76C3CD6CB41B2D060389CB74F9FE4C07DD5CB9"
        "1AA85897BF1B",
        "Ihr Guthaben¿LΘ3fLΘ3fLΘ34915783647410 beträgt 7.95 Euro",  # the device's own garbage
    ),
    (
        '+CUSD: 0,"49B41C74ACD3D16171D90D32FBE52072BA0C72CA5DB45CAC76C3CD6CB41B2D060389CB74F9FE4C07D55C37'
        '1CA85897BF1B",15',
        "Ihr Guthaben für die Nr.4915783647410 beträgt 5.78 Euro",
    ),
    (
        '+CUSD: 1,"Kontostand: 3.00 EUR Bitte w{hlen Sie: 1 Konto aufladen 2 CallNow Transfer"',
        "Kontostand: 3.00 EUR Bitte wählen Sie: 1 Konto aufladen 2 CallNow Transfer",
    ),
    (
        '+CUSD: 2,"Maaf, permintaan Anda tidak dapat kami proses. Silakan coba beberapa saat lagi.",0',
        "Maaf, permintaan Anda tidak dapat kami proses. Silakan coba beberapa saat lagi.",
    ),
    (f'+CUSD: 2,"{HUNGARIAN.encode("utf-16-be").hex().upper()}",15', HUNGARIAN),
    (
        '+CUSD: 0,"0414043B044F00200441043F044004300432043A04380020043E002004310430043B0430043D04410435002'
        "0043D04300431043504400438044204350020002A0031003000350023002E002004230441043B04430433043000200431"
        '04350441043F043B04300442043D0430002E",72',
        "Для справки о балансе наберите *105#. Услуга бесплатна.",
    ),
    (
        '+CUSD: 0,"On DATA Pack u have 3Gb 817Mb 169kb valid until 21/05/2016   upto time of data recharge '
        'done by u.",15',
        "On DATA Pack u have 3Gb 817Mb 169kb valid until 21/05/2016   upto time of data recharge done by u.",
    ),
    (
        '+CUSD: 2,"613906310635064A062F06430020003100300037002E003900330020062F002E0644060C062706440635064'
        "40627062D064A0629002000200032003000310038002D00310031002D003000390000FFFF60B16260EEEEFFFFFFFFFFFF"
        'FFFF",17',
        ARABIC,  # its language in front, and behind it what lay in the device's memory
    ),
    (
        '+CUSD: 1,"536973612070756C73612052702E333030302E416B7469662073642032362F30322F323032302E0A",0',
        "Sisa pulsa Rp.3000.Aktif sd 26/02/2020.",
    ),
]
OTHERS = [
    # asterisk-chan-dongle test/parse.c
    ('+CUSD: 0,"CF2135487D2E4130572D0682BB1A",0', "OCTATOK 0.51 p."),
    # MikroTik RouterOS manual, LTE: USSD
    ('+CUSD: 0,"EBB79B1E0685E9ECF4BADE9E03", 0', "konta atlikums"),
    # python-gsmmodem test/test_modem.py
    ('+CUSD: 0,"Available Balance: R 96.45 .",15', "Available Balance: R 96.45 ."),
    # 3GPP TS 23.038 5: 8-bit data, UCS-2 by either scheme, and a language in front of 7-bit text
    ('+CUSD: 0,"53616C646F3A20352C3030",68', "Saldo: 5,00"),
    ('+CUSD: 0,"53616C646F3A20352C3030",4', "Saldo: 5,00"),
    ('+CUSD: 0,"53616C646F3A203520E282AC",68', "Saldo: 5 €"),
    ('+CUSD: 0,"53616C646F3A203580",68', "Saldo: 5€"),
    ('+CUSD: 0,"004F004B",8', "OK"),
    ('+CUSD: 0,"004F004B",72', "OK"),
    ('+CUSD: 0,"4F60597D",72', "你好"),
    # Text although the scheme says otherwise, figures that could be hexadecimal, no scheme, a senseless one
    ('+CUSD: 0,"Not hexadecimal",72', "Not hexadecimal"),
    ('+CUSD: 0,"12345678",15', "12345678"),
    ('+CUSD: 0,"123456789012345678901234",15', "123456789012345678901234"),
    ('+CUSD: 0,"1234"', "1234"),
    ('+CUSD: 0,"FACE",15', "FACE"),
    ('+CUSD: 0,"Hello",999', "Hello"),
    ('+CUSD: 0,"00000000000000000000",15', "00000000000000000000"),
    # Lines, quotes and octets of other character sets
    ('+CUSD: 1,"1 "Top up"\n2 Balance",15', '1 "Top up"\n2 Balance'),
    ('+CUSD: 0,"Saldo 5 \xe2\x82\xac",15', "Saldo 5 €"),
    ('+CUSD: 0,"Saldo 5 \xa3",15', "Saldo 5 £"),
    ('+CUSD: 0,"Saldo \x015",15', "Saldo £5"),
    ('+CUSD: 0,"[1] Ja {2} Nein",15', "[1] Ja {2} Nein"),
]


@pytest.mark.parametrize(("line", "text"), GAMMU + OTHERS)
def test_public_answers_are_read(line: str, text: str) -> None:
    said = read(line)
    assert said is not None
    assert decode(said.text, said.dcs) == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("+CUSD: 5", Said(5)),
        ("+CUSD: 4,,", Said(4)),
        ("+CUSD: 0,plain", Said(0, "plain")),
        ("+CUSD: 0,plain,15", Said(0, "plain", 15)),
        ('+CUSD: 0,"never closed', Said(0, "never closed")),
        ('+CUSD: 0,"text",', Said(0, "text")),
        ("+CUSD: x", None),
        ("+CUSD:", None),
        ("+CREG: 1", None),
    ],
)
def test_lines_are_taken_apart(line: str, said: Said | None) -> None:
    assert read(line) == said


@pytest.mark.parametrize(
    ("text", "charset", "packed", "shown"),
    [
        ("004F004B", "UCS2", False, "OK"),
        ("4F4B4F4B", "HEX", False, "OKOK"),
        ("AA180C3602", "GSM", True, "*100#"),
        ("C8F71D14969741F977FD07", "GSM", True, "How are you?"),
        ("Plain words", "GSM", True, "Plain words"),
        ("004200610064002000430052", "GSM", True, "Bad CR"),
    ],
)
def test_the_character_set_and_the_maker_have_their_say(
    text: str, charset: str, packed: bool, shown: str
) -> None:
    assert decode(text, 15, charset, packed=packed) == shown


def test_seven_septets_and_a_carriage_return_are_seven_characters() -> None:
    octets = gsm7.pack(gsm7.encode("1234567\r"))
    assert decode(octets.hex(), 15, packed=True) == "1234567"


@given(text=st.text(max_size=300), dcs=st.none() | st.integers(-5, 300), packed=st.booleans())
def test_nothing_that_comes_raises(text: str, dcs: int | None, packed: bool) -> None:
    for charset in ("", "GSM", "UCS2", "HEX", "8859-1"):
        shown = decode(text, dcs, charset, packed=packed)
        assert all(char == "\n" or char.isprintable() for char in shown)
    read(f"+CUSD: {text}")


@given(octets=st.binary(max_size=200), dcs=st.integers(0, 255), packed=st.booleans())
def test_no_hexadecimal_raises(octets: bytes, dcs: int, packed: bool) -> None:
    decode(octets.hex(), dcs, packed=packed)


# -- the dialogue ---------------------------------------------------------------------------------


def test_an_answer_before_the_ok(port: Any, modem: Any) -> None:
    port.rules["AT+CUSD=1"] = b'\r\n+CUSD: 0,"Balance 5.00",15\r\n' + OK
    assert modem.ussd("*100#") == UssdReply("Balance 5.00")
    assert port.commands[-1] == 'AT+CUSD=1,"*100#",15'


def test_an_answer_long_after_the_ok(port: Any, modem: Any) -> None:
    def later(command: str) -> bytes:
        port.say_later(20.0, b'\r\n+CMTI: "SM",1\r\n+CUSD: 1,"1 Yes\r\n2 No",15\r\n')
        return OK

    port.rules["AT+CUSD=1"] = later
    port.rules["AT+CMGR=1"] = b"\r\n+CMGR: 0,,2\r\n0791\r\n" + OK
    assert modem.ussd("*100#") == UssdReply("1 Yes\n2 No", more=True)
    # What came meanwhile is not lost.
    assert [item.slot.index for item in modem.poll(0.0)] == [1]


def test_an_earlier_word_of_the_network_is_no_answer(port: Any, modem: Any) -> None:
    port.say(b'\r\n+CUSD: 0,"Old news",15\r\n+CMTI: "SM",1\r\n')
    modem.command("AT")
    port.rules["AT+CUSD=1"] = b'\r\n+CUSD: 0,"New",15\r\n' + OK
    assert modem.ussd("*100#").text == "New"
    port.rules["AT+CMGR=1"] = b"\r\n+CMGR: 0,,2\r\n0791\r\n" + OK
    assert len(modem.poll(0.0)) == 1


@pytest.mark.parametrize(
    "lines",
    [
        # python-gsmmodem test/test_modem.py, its issue 14
        [b'+CUSD: 2,"Initiating Release",15', b'+CUSD: 0,"Wrong order",15', b"OK"],
        [b"OK", b'+CUSD: 2,"Initiating Release",15', b'+CUSD: 0,"Wrong order",15'],
        [b"OK", b'+CUSD: 3,"Other local client responded",15', b'+CUSD: 0,"Wrong order",15'],
        [b"OK", b"+CUSD: 2", b"RING", b"+CUSD: 2", b'+CUSD: 0,"Wrong order",15'],
    ],
)
def test_a_release_that_comes_first_is_not_the_answer(port: Any, modem: Any, lines: list[bytes]) -> None:
    port.rules["AT+CUSD=1"] = b"".join(b"\r\n" + line + b"\r\n" for line in lines)
    assert modem.ussd("*100#") == UssdReply("Wrong order")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"+CUSD: 2", "ended the dialogue"),
        (b'+CUSD: 2,"Initiating Release",15', "ended the dialogue"),
        (b"+CUSD: 3", "Another program"),
        (b"+CUSD: 4", "does not support"),
        (b'+CUSD: 4,"",15', "does not support"),
    ],
)
def test_a_status_without_an_answer_is_a_sentence(port: Any, modem: Any, line: bytes, words: str) -> None:
    port.rules["AT+CUSD=1"] = OK + b"\r\n" + line + b"\r\n"
    with pytest.raises(CommandError, match=words) as told:
        modem.ussd("*100#")
    assert str(told.value).endswith(".")


def test_the_networks_time_ran_out(port: Any, modem: Any) -> None:
    port.rules["AT+CUSD=1"] = OK + b"\r\n+CUSD: 5\r\n"
    with pytest.raises(AnswerTimeoutError, match="in time"):
        modem.ussd("*100#")


def test_an_ended_dialogue_with_words_is_an_answer(port: Any, modem: Any) -> None:
    port.rules["AT+CUSD=1"] = OK + b'\r\n+CUSD: 2,"Goodbye",15\r\n'
    assert modem.ussd("*100#") == UssdReply("Goodbye")


def test_a_silent_network_is_cancelled(port: Any, modem: Any) -> None:
    before = port.now
    with pytest.raises(AnswerTimeoutError, match=r"\*100#"):
        modem.ussd("*100#", 20.0)
    assert port.commands[-1] == "AT+CUSD=2"
    assert 20.0 <= port.now - before < 21.0


@pytest.mark.parametrize("cancel", [OK, b"\r\nERROR\r\n", None])
def test_a_silent_modem_is_cancelled_as_far_as_it_goes(port: Any, modem: Any, cancel: bytes | None) -> None:
    port.rules["AT+CUSD=1"] = None
    port.rules["AT+CUSD=2"] = cancel
    with pytest.raises(AnswerTimeoutError):
        modem.ussd("*100#", 5.0)
    assert "AT+CUSD=2" in port.commands
    assert port.commands.count('AT+CUSD=1,"*100#",15') == 1


@pytest.mark.parametrize("answer", [b"\r\nERROR\r\n", b"\r\n+CME ERROR: 30\r\n"])
def test_a_modem_that_refuses_says_why(port: Any, modem: Any, answer: bytes) -> None:
    port.rules["AT+CUSD=1"] = answer
    with pytest.raises(UssdError, match=r"\(the modem said"):
        modem.ussd("*100#")


def test_an_open_dialogue_takes_an_answer_and_ends_before_a_new_question(port: Any, modem: Any) -> None:
    port.rules["AT+CUSD=1"] = OK + b'\r\n+CUSD: 1,"1 Yes",15\r\n'
    assert modem.ussd("*100#").more
    assert modem.ussd("1").more
    assert "AT+CUSD=2" not in port.commands
    modem.ussd("*101#")
    assert port.commands[-3:] == ["AT+CUSD=2", "AT+CSCS?", 'AT+CUSD=1,"*101#",15']


@pytest.mark.parametrize(
    ("maker", "charset", "written", "answer"),
    [
        (b"FAKE", b"UCS2", "002A0031003000300023", b"004F004B"),
        (b"FAKE", b"HEX", "2A31303023", b"4F4B"),
        (b"FAKE", b"GSM", "*100#", b"OK"),
        (b"FAKE", b"IRA", "*100#", b"OK"),
        (b"huawei", b"IRA", "AA180C3602", b"CF25"),
    ],
)
def test_the_code_is_written_as_the_device_wants_it(
    port: Any, new_modem: Callable[..., Any], maker: bytes, charset: bytes, written: str, answer: bytes
) -> None:
    port.rules["AT+CGMI"] = b"\r\n" + maker + b"\r\n" + OK
    port.rules["AT+CSCS?"] = b'\r\n+CSCS: "' + charset + b'"\r\n' + OK
    port.rules["AT+CUSD=1"] = b'\r\n+CUSD: 0,"' + answer + b'",15\r\n' + OK
    modem = new_modem(port)
    assert modem.ussd("*100#").text == "OK"
    assert port.commands[-1] == f'AT+CUSD=1,"{written}",15'


def test_seven_characters_are_filled_up(port: Any, new_modem: Callable[..., Any]) -> None:
    port.rules["AT+CGMI"] = b"\r\nhuawei\r\n" + OK
    port.rules["AT+CUSD=1"] = b"\r\n+CUSD: 4\r\n" + OK
    modem = new_modem(port)
    with pytest.raises(CommandError):
        modem.ussd("*10000#")
    assert port.commands[-1] == 'AT+CUSD=1,"AA180C06838D1A",15'  # and not an "@" at its end


@pytest.mark.parametrize(
    "code",
    [
        "",
        "call me\r",
        "*100#\r",
        '*100#"',
        "*100# ",
        "9" * 183,
        "**04*1234*5678*5678#",
        "**052*1*2*2#",
        "١٢٣",
    ],
)
def test_what_is_no_code_is_not_sent(port: Any, modem: Any, code: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        modem.ussd(code)
    assert port.written == b""


def test_a_closed_line_asks_nothing(modem: Any) -> None:
    modem.close()
    with pytest.raises(PortError):
        modem.ussd("*100#")


def test_a_text_can_be_sent_after_every_end(port: Any, modem: Any) -> None:
    from modem.api import Outcome, Outgoing

    with pytest.raises(AnswerTimeoutError):
        modem.ussd("*100#", 5.0)
    assert modem.send(Outgoing("+15550123", "hello")).outcome is Outcome.SENT
