"""From the octets of a serial port to values: lines, prompts and what each of them is. No I/O here.

The classification follows one order, so that a line that nobody knows can never break a dialogue:
what comes unasked with a PDU behind it, what is known to come unasked, final results (whole lines only),
the echo of our own words, the answer of the pending command, and at last *unknown*, which is kept for the
journal and otherwise ignored. Grammar: ITU-T V.250 5.7, 3GPP TS 27.005 and 27.007.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from modem.at import unsolicited, wording


@dataclass(frozen=True, slots=True)
class Reply:
    """A line that answers the pending command: information text, or a PDU row of +CMGR and +CMGL."""

    text: str


@dataclass(frozen=True, slots=True)
class Final:
    """The result that ends a command. ``kind`` is "CME", "CMS", "CALL" or "" (plain OK and ERROR).

    ``code`` is the number where the modem gave one, ``detail`` the words where it gave words.
    """

    text: str
    ok: bool
    kind: str = ""
    code: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The ``>`` that asks for a PDU (3GPP TS 27.005 4.3). No newline follows it."""

    text: str = ">"


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """A result that came by itself. ``data`` is the line behind +CMT, +CDS and +CBM, "" elsewhere."""

    text: str
    data: str = ""


@dataclass(frozen=True, slots=True)
class Echo:
    """Our own words, sent back."""

    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else. Never an error: firmware invents new lines every year."""

    text: str


Value = Reply | Final | Prompt | Unsolicited | Echo | Unknown

# A NUL is line noise; SUB and ESC come back as echo of what ends or leaves a prompt.
_DROPPED = b"\x00\x1a\x1b"
_BLANK = b" \t\r\n"
_EOL = re.compile(rb"[\r\n]")
_NAMES = re.compile(r"[+^#*$%_][A-Z][A-Z0-9]*")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")
_CODED = re.compile(r"\+(CM[ES]) ERROR ?:\s*(.*)")
_MODEM_ERROR = re.compile(r"MODEM ERROR:\s*(.*)")
_CALL_RESULTS = frozenset({"NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE"})
_PLAIN_ERRORS = frozenset({"ERROR", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS"})
_ROWS = frozenset({"+CMGL", "+CMGR"})
# A USSD text may have lines of its own between its quotes; it is at most 182 characters (23.038 5), so that
# a quote which never closes hides no more than that.
_OPEN_TEXT = "+CUSD"
_TEXT_CAP = 400
_WAKE = frozenset({"AT", "ATE0V1"})


def names_in(command: str) -> tuple[str, ...]:
    """The names that a command line's answers begin with: ``AT+CPMS="SM"`` gives ``("+CPMS",)``."""
    return tuple(_NAMES.findall(command.upper()))


def is_hex(text: str) -> bool:
    """True for a non-empty line of whole octets in hexadecimal."""
    return _HEX.fullmatch(text) is not None


def final_result(text: str) -> Final | None:
    """What ``text`` is as a final result, or None. Only a whole line counts: "OKAY" is none."""
    if text == "OK":
        return Final(text, True)
    if text in _PLAIN_ERRORS:
        return Final(text, False)
    if text in _CALL_RESULTS:
        return Final(text, False, "CALL")
    if text == "CONNECT" or text.startswith("CONNECT "):
        return Final(text, True, "CALL")
    if match := _CODED.fullmatch(text):
        return _coded(text, match[1], match[2])
    if match := _MODEM_ERROR.fullmatch(text):
        return Final(text, False, "", None, match[1])
    return None


def _coded(text: str, kind: str, rest: str) -> Final:
    digits = rest.strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 6:
        return Final(text, False, kind, int(digits))
    return Final(text, False, kind, wording.number_of(kind, rest), rest)


class Parser:
    """Takes octets in pieces of any size; gives values. Raises nothing, whatever it is fed.

    The value list does not depend on where the pieces were cut. One object serves one port; the channel
    tells it which command is pending, and a final result ends that by itself.
    """

    def __init__(self, line_cap: int = 8192) -> None:
        self._cap = line_cap
        self._buffer = b""
        self._dropping = False  # inside a line longer than the cap
        self._header: str | None = None  # a +CMT, +CDS or +CBM whose data line is still to come
        self._verbatim = False  # ... and that line is data whatever it looks like
        self._text: str | None = None  # a +CUSD whose closing quote is still to come
        self.idle()

    def idle(self) -> None:
        """No command is pending: answers from now on are late ones."""
        self._pending = False
        self._command = ""
        self._echoes: tuple[str, ...] = ()
        self._own: tuple[str, ...] = ()
        self._all = False
        self._prompt = False
        self._text_entry = False
        self._rows = False

    def expect(self, command: str, *, everything: bool = False) -> None:
        """``command`` is about to be written; ``everything`` takes any line not unsolicited as its answer."""
        self.idle()
        self._pending = True
        self._command = command
        self._echoes = (command,)
        self._own = names_in(command)
        self._all = everything

    def expect_prompt(self, command: str) -> None:
        """``command`` is about to be written and asks for a PDU: a ``>`` or a final result comes next.

        Its own name is not taken as an answer yet: a +CMGS that comes before Ctrl-Z is an earlier one's.
        """
        self.idle()
        self._pending = self._prompt = self._text_entry = True
        self._command = command
        self._echoes = (command,)

    def expect_submitted(self, pdu: str) -> None:
        """Ctrl-Z is about to be written after ``pdu``: from now on the command's own name is its answer."""
        self._pending = self._text_entry = True
        self._prompt = False
        self._echoes = (*self._echoes, pdu)
        self._own = names_in(self._command)

    def feed(self, data: bytes) -> list[Value]:
        """The values that ``data`` completes, in order."""
        self._buffer += data.translate(None, _DROPPED)
        values: list[Value] = []
        while True:
            if self._dropping and not self._drop():
                return values
            self._buffer = self._buffer.lstrip(_BLANK)
            if self._prompt and not self._verbatim and self._text is None and self._take_prompt():
                values.append(Prompt())
                continue
            line = self._next_line(values)
            if line is None:
                return values
            self._classify(line, values)

    def _drop(self) -> bool:
        """Throw away the rest of an overlong line; True when its end was found."""
        end = _EOL.search(self._buffer)
        if end is None:
            self._buffer = b""
            return False
        self._buffer = self._buffer[end.end() :]
        self._dropping = False
        return True

    def _take_prompt(self) -> bool:
        """Take a ``>`` at the start of a line, or glued to the echo of the command."""
        buffer = self._buffer
        echo = self._command.encode("latin-1", "replace")
        if buffer.startswith(echo):
            buffer = buffer[len(echo) :].lstrip(b" \t")
        if not buffer.startswith(b">"):
            return False
        self._buffer = buffer[1:]
        self._prompt = False
        return True

    def _next_line(self, values: list[Value]) -> str | None:
        """The next whole line, or None. A line over the cap is cut and given as unknown."""
        end = _EOL.search(self._buffer)
        size = len(self._buffer) if end is None else end.start()
        if size > self._cap:
            values.append(Unknown(self._buffer[: self._cap].decode("latin-1").strip()))
            self._buffer = self._buffer[self._cap :]
            self._dropping = True
            return "" if self._drop() else None
        if end is None:
            return None
        line = self._buffer[:size].decode("latin-1").strip()
        self._buffer = self._buffer[end.end() :]
        return line

    def _classify(self, text: str, values: list[Value]) -> None:
        if self._text is not None:
            text = self._text + "\n" + text
            self._text = None
        elif self._header is not None and self._follow(text, values):
            return
        if text.startswith(">"):  # a prompt that nobody waits for, with or without something behind it
            text = text.lstrip("> ")
        if not text:
            return
        name = unsolicited.name_of(text)
        if name == _OPEN_TEXT and text.count('"') % 2 and len(text) < _TEXT_CAP:
            self._text = text
        elif name in unsolicited.WITH_DATA:
            self._announce(name, text, values)
        elif unsolicited.is_known(name, text) and not self._answers(name, text):
            values.append(Unsolicited(text))
        else:
            values.append(self._solicited(name, text))

    def _announce(self, name: str, text: str, values: list[Value]) -> None:
        """+CMT, +CDS, +CBM: see whether a data line follows, and how strictly it must look like a PDU."""
        follows, verbatim = unsolicited.data_follows(name, text)
        if follows:
            self._header, self._verbatim = text, verbatim
        else:
            values.append(Unsolicited(text))

    def _follow(self, text: str, values: list[Value]) -> bool:
        """The line behind a header. True when it was taken; False when it must be classified itself."""
        if not text:
            return True
        header = self._header or ""
        if self._verbatim or is_hex(text):
            self._header, self._verbatim = None, False
            values.append(Unsolicited(header, text))
            return True
        if unsolicited.is_known(unsolicited.name_of(text), text):
            return False  # another one slipped between header and data: go on waiting
        self._header = None
        values.append(Unsolicited(header))
        return False

    def _answers(self, name: str, text: str) -> bool:
        """Is a line that may also come unasked the pending command's answer?"""
        return self._pending and name in self._own and unsolicited.looks_asked_for(name, text)

    def _solicited(self, name: str, text: str) -> Value:
        if text in self._echoes:
            return Echo(text)
        final = self._final(text)
        if final is not None:
            return final
        if self._pending and (name in self._own or (self._rows and is_hex(text)) or self._all):
            self._rows = self._rows or name in _ROWS
            return Reply(text)
        return Unknown(text)

    def _final(self, text: str) -> Value | None:
        final = final_result(text)
        if final is None and self._pending:
            final = self._odd_final(text)
        if final is None:
            return None
        if final.kind == "CALL" and self._text_entry:
            return Unsolicited(text)  # a call that ended meanwhile says nothing about our text
        self.idle()
        return final

    def _odd_final(self, text: str) -> Final | None:
        """Final results that only make sense while a command is pending."""
        if text == "NA":  # Samsung: not available
            return Final(text, False)
        if self._command in _WAKE and text in ("0", "4"):  # V0: numeric results, until ATV1 is taken
            return Final(text, text == "0")
        return None
