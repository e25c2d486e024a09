"""The console of the Lines page: live rows, hidden numbers, the prompt, saving."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from app.texting.requests import RequestError
from app.texting.trace import TraceRow
from ui import dialogs, theme
from ui.lines.console import SENDS

Click = Qt.MouseButton.LeftButton
Enter = Qt.Key.Key_Return
AT_NOON = 1_794_585_600.5


@pytest.fixture
def console(window: Callable[..., Any], settle: Callable[[], None], lines: Any) -> Any:
    lines.said.append(TraceRow(1, AT_NOON, ">", "AT+CSQ", ""))
    lines.said.append(TraceRow(2, AT_NOON, "<", "+CSQ: 21,99", "signal -71 dBm"))
    main = window()
    main.go("lines")
    settle()
    return main.page("lines").console


def rows(console: Any) -> list[str]:
    return console.text.toPlainText().split("\n")


def test_rows_come_live_with_their_meaning_beside(
    console: Any, lines: Any, wait: Callable[..., None]
) -> None:
    wait(lambda: len(rows(console)) == 2)
    assert rows(console)[0].endswith("→ AT+CSQ")
    assert "← +CSQ: 21,99" in rows(console)[1]
    assert rows(console)[1].endswith("signal -71 dBm")
    lines.said.append(TraceRow(3, AT_NOON, "!", "the modem restarted", ""))
    wait(lambda: len(rows(console)) == 3)
    assert rows(console)[2].endswith("· the modem restarted")
    assert rows(console)[2].split(" ")[0].endswith(".500")


def test_a_line_that_begins_anew_is_shown_from_its_first_row(
    console: Any, lines: Any, wait: Callable[..., None]
) -> None:
    wait(lambda: len(rows(console)) == 2)
    lines.said[:] = [TraceRow(1, AT_NOON, ">", "ATI", "")]
    wait(lambda: len(rows(console)) == 1 and rows(console)[0].endswith("→ ATI"))


def test_hostile_output_is_one_plain_line(console: Any, lines: Any, wait: Callable[..., None]) -> None:
    lines.said.append(TraceRow(3, AT_NOON, "<", "<b>\u202eevil\r\nsecond\x00" + "x" * 9000, "\u202emeant"))
    wait(lambda: len(rows(console)) == 3)
    line = rows(console)[2]
    assert "<b>" in line
    assert "\u202e" not in line
    assert len(line) < 1000
    assert console.text.document().blockCount() == 3


def test_nothing_is_read_while_the_page_is_away(
    console: Any, lines: Any, wait: Callable[..., None], settle: Callable[[], None]
) -> None:
    wait(lambda: len(rows(console)) == 2)
    console.window().go("desk")
    assert not console._timer.isActive()
    lines.said.append(TraceRow(3, AT_NOON, "<", "OK", ""))
    settle()
    assert len(rows(console)) < 3
    console.window().go("lines")
    wait(lambda: len(rows(console)) == 3)


def test_numbers_are_shown_by_a_deliberate_press_and_hidden_again(
    console: Any, lines: Any, wait: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def trace(_line: int, after: int = 0, *, numbers: bool = False) -> tuple[TraceRow, ...]:
        text = "+13125550187" if numbers else "+1 312 ••• 0187"
        return (TraceRow(1, AT_NOON, "<", text, ""),) if after < 1 else ()

    lines.said[:] = [TraceRow(1, AT_NOON, "<", "", "")]
    monkeypatch.setattr(lines, "trace", trace, raising=False)
    console._again()
    wait(lambda: "••• 0187" in console.text.toPlainText())
    QTest.mouseClick(console.numbers_button, Click)
    assert console.hidden_chip.text() == "numbers shown"
    wait(lambda: "+13125550187" in console.text.toPlainText())
    console.window().go("desk")
    assert "+13125550187" not in console.text.toPlainText()
    console.window().go("lines")
    wait(lambda: "••• 0187" in console.text.toPlainText())
    assert console.hidden_chip.text() == "numbers hidden"


def test_a_command_runs_and_is_recalled(console: Any, lines: Any, settle: Callable[[], None]) -> None:
    for text in ("AT+CSQ", "AT+COPS?"):
        QTest.keyClicks(console.prompt, text)
        QTest.keyClick(console.prompt, Enter)
        settle()
        assert lines.asked[-2:] == [("danger", 1, text), ("command", 1, text)]
        assert console.prompt.text() == ""
    QTest.keyClicks(console.prompt, "AT+D")
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(console.prompt, key)
        seen.append(console.prompt.text())
    assert seen == ["AT+COPS?", "AT+CSQ", "AT+CSQ", "AT+COPS?", "AT+D"]


def test_a_command_with_a_pin_is_not_recalled(console: Any, lines: Any, settle: Callable[[], None]) -> None:
    for text in ("AT+CSQ", 'AT+CPIN="4711"', 'at+clck="SC",1,"4711"'):
        QTest.keyClicks(console.prompt, text)
        QTest.keyClick(console.prompt, Enter)
        settle()
        assert lines.asked[-1] == ("command", 1, text)
    QTest.keyClick(console.prompt, Qt.Key.Key_Up)
    assert console.prompt.text() == "AT+CSQ"


def test_what_is_typed_while_the_modem_is_asked_stays(
    console: Any, lines: Any, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr(lines, "command", lambda *_a: go.wait(10), raising=False)
    QTest.keyClicks(console.prompt, "AT+CSQ")
    QTest.keyClick(console.prompt, Enter)
    assert console.keys.text() == "The modem is asked…"
    QTest.keyClicks(console.prompt, "ATI")
    QTest.keyClick(console.prompt, Enter)  # one at a time
    go.set()
    settle()
    assert console.prompt.text() == "ATI"
    assert lines.asked == [("danger", 1, "AT+CSQ")]


def test_an_empty_prompt_does_nothing(console: Any, lines: Any, settle: Callable[[], None]) -> None:
    QTest.keyClick(console.prompt, Enter)
    settle()
    assert lines.asked == []


@pytest.mark.parametrize(("label", "run"), [("Run it", True), ("Leave it", False)])
def test_dangerous_commands_ask_first(
    console: Any, lines: Any, settle: Callable[[], None], label: str, run: bool
) -> None:
    lines.answers["danger"] = "AT&F forgets every setting of the modem."
    QTest.keyClicks(console.prompt, "AT&F")
    QTest.keyClick(console.prompt, Enter)
    settle()
    (box,) = console.findChildren(QMessageBox)
    assert box.informativeText() == "AT&F forgets every setting of the modem."
    assert box.defaultButton().text() == "Leave it"
    QTest.mouseClick(next(each for each in box.buttons() if each.text() == label), Click)
    settle()
    assert (("command", 1, "AT&F") in lines.asked) is run
    assert (console.prompt.text() == "") is run


def test_sending_commands_are_refused_in_words(console: Any, lines: Any, settle: Callable[[], None]) -> None:
    lines.answers["command"] = RequestError(
        "Commands that send a text are not run from here: texts leave only by a click."
    )
    QTest.keyClicks(console.prompt, "AT+CMGS=20")
    QTest.keyClick(console.prompt, Enter)
    settle()
    assert console.problem.text() == SENDS
    assert console.problem.text().startswith("Only a click sends")
    lines.answers["command"] = RequestError("The modem did not answer AT+X in time.")
    QTest.keyClick(console.prompt, Enter)
    settle()
    assert console.problem.text() == "The modem did not answer AT+X in time."
    lines.answers["command"] = ("OK",)
    QTest.keyClick(console.prompt, Enter)
    settle()
    assert not console.problem.isVisible()


def test_a_line_without_commands_has_no_prompt(console: Any, lines: Any, settle: Callable[[], None]) -> None:
    lines.shown[0].commands = False
    console.window().page("lines").refresh()
    settle()
    assert not console.prompt.isEnabled()
    assert console.prompt.placeholderText() == "No commands on this line"


def test_saving_says_where_and_what(
    console: Any, lines: Any, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "modem.txt"
    monkeypatch.setattr(dialogs, "save_file", lambda *_a: place)
    QTest.mouseClick(console.save_button, Click)
    settle()
    assert lines.asked == [("save_transcript", 1, place)]
    assert console.problem.text().startswith("2 lines saved, with every number and text made up.")
    lines.answers["save_transcript"] = OSError(28, "No space left on device", str(place))
    QTest.mouseClick(console.save_button, Click)
    settle()
    assert "No space left on device" in console.problem.text()
    monkeypatch.setattr(dialogs, "save_file", lambda *_a: None)
    lines.asked.clear()
    QTest.mouseClick(console.save_button, Click)
    settle()
    assert lines.asked == []


def test_the_dark_theme_writes_the_rows_again(console: Any, wait: Callable[..., None], qapp: Any) -> None:
    wait(lambda: len(rows(console)) == 2)
    theme.apply(qapp, "dark")
    wait(lambda: len(rows(console)) == 2)
    cursor = console.text.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    assert cursor.charFormat().foreground().color().name() == theme.current().muted
