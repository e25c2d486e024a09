"""What a person asks of a line between texts, remembered PINs, a modem that is not ready, and a sleep."""

from __future__ import annotations

import dataclasses
import os
import queue
import re
import stat
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from app.practice import PracticeModem
from app.store.tables import audit, line, line_history, message, sim
from app.texting import addresses, budgets, clicks, views
from app.texting import lines as lines_module
from app.texting.asking import UssdReply
from app.texting.lines import LineManager
from app.texting.remembered import NoSecrets, PinEntry, Pins
from app.texting.requests import RequestError, Requests
from app.texting.views import Live, actions, lacks, short_words, words
from app.texting.waking import SLEPT_SECONDS
from app.workspace import Workspace
from modem import transcript
from modem.api import Capabilities, LineState, Outcome, Refusal, SendResult, Status, TraceLine
from modem.errors import (
    AnswerTimeoutError,
    CommandError,
    NotReadyError,
    PortBusyError,
    PortError,
    PortPermissionError,
    UnsupportedError,
)
from modem.factory import open_modem as open_real

QUICK = (0.01,)


def until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


class Clock(SystemClock):
    """Runs as the computer's does; ``asleep`` is how long the wall clock ran alone."""

    def __init__(self, world):
        self._world, self._start = world, time.monotonic()
        self.asleep = self.awake = 0.0

    def now(self):
        return self._world.clock.now() + time.monotonic() - self._start + self.asleep

    def monotonic(self):
        return super().monotonic() + self.awake


class Keyring:
    """Secrets in memory."""

    def __init__(self, **kept):
        self.kept, self.why, self.gets = dict(kept), "", []

    @property
    def available(self):
        return not self.why

    def get(self, name):
        self.gets.append(name)
        return self.kept.get(name, "")

    def put(self, name, value):
        if not self.why:
            self.kept[name] = value
        return not self.why

    def forget(self, name):
        self.kept.pop(name, None)


@pytest.fixture
def running(world):
    """Starts lines on the world's modem, and stops them."""
    started = []

    def open_modem(url, hooks):
        world.modem.hooks, world.modem.url = hooks, url
        return world.modem

    def start(**options):
        clock = options.pop("clock", None) or Clock(world)
        workspace = Workspace(world.folder, world.store, clock=clock)
        manager = LineManager(workspace, options.pop("open_modem", open_modem), backoff=QUICK, **options)
        started.append(manager)
        manager.start_all()
        return manager

    yield start
    for manager in started:
        assert manager.stop_all(10)


@pytest.fixture
def ready(world, running):
    """A line that is ready."""
    manager = running()
    until(
        lambda: (
            manager.view(world.line_id).state == "ready" and manager._threads[world.line_id].requests._open
        )
    )
    return manager


# -- requests -------------------------------------------------------------------------------------


def test_a_request_runs_on_the_lines_thread_and_ends_its_wait(world, ready):
    threads = []

    def answer():
        threads.append(threading.current_thread().name)
        return ["+CSQ: 21,99", "OK"]

    world.modem.command_answers.append(answer)
    assert ready.command(world.line_id, "AT+CSQ") == ("+CSQ: 21,99", "OK")
    assert threads == [f"line-{world.line_id}"]
    assert world.modem.commands[-1] == "AT+CSQ"
    assert ready.trace(world.line_id)[-1].text == "typed in the console"
    assert ready.danger(world.line_id, "AT+CFUN=1,1") == "It switches the modem off."
    assert ready.danger(world.line_id, "AT") == ""


def test_a_command_that_is_refused_is_no_cause_of_the_next_line(world, ready):
    def refuse(text, timeout=10.0):
        raise ValueError("Texts leave only by a click.")

    world.modem.command = refuse
    with pytest.raises(RequestError, match="click"):
        ready.command(world.line_id, "AT+CMGS=20")
    assert ready.trace(world.line_id)[-1].text.startswith("refused here")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("Commands that send a text are not run from here."), "Commands that send a text"),
        (UnsupportedError("A phone knows no AT commands."), "A phone knows no AT commands."),
        (AnswerTimeoutError("The modem did not answer AT in time."), "in time."),
        (CommandError("AT+X", "CME", 3), "The modem refused 'AT+X': +CME ERROR 3."),
        (ZeroDivisionError("about +13125550123"), "did not work (about +•••123)"),
    ],
)
def test_what_goes_wrong_is_a_sentence_and_the_line_goes_on(world, ready, error, sentence, caplog):
    world.modem.command_answers.append(error)
    with pytest.raises(RequestError) as caught:
        ready.command(world.line_id, "AT+X")
    assert sentence in str(caught.value)
    assert world.modem.log.count("open") == 1
    assert ready.command(world.line_id, "AT") == ("OK",)


def test_a_port_that_goes_away_under_a_request_ends_the_session(world, ready):
    world.modem.command_answers.append(PortError("The modem was unplugged."))
    with pytest.raises(RequestError, match="unplugged"):
        ready.command(world.line_id, "AT")
    until(lambda: world.modem.log.count("open") == 2 and ready.view(world.line_id).state == "ready")


def test_requests_and_texts_take_turns(world, ready, people):
    ids = [world.clicked(number) for number in people[:5]]
    assert ready.command(world.line_id, "AT") == ("OK",)
    until(lambda: all(world.row(key)["state"] == "sent" for key in ids))


def test_without_a_modem_nothing_is_asked(world, running):
    world.modem.opens.extend([PortError("It is away.")] * 1000)
    manager = running()
    until(lambda: manager.view(world.line_id).state == "offline")
    with pytest.raises(RequestError, match="not connected"):
        manager.ussd(world.line_id, "*100#")
    with pytest.raises(RequestError, match="does not run"):
        manager.command(999, "AT")
    assert manager.trace(999) == ()
    assert manager.trace_end(999) == 0


def test_what_waits_when_a_line_stops_is_cancelled():
    requests = Requests()
    requests.open()
    waiting, dropped = requests.put(lambda modem: 1), requests.put(lambda modem: 2)
    assert dropped.cancel()
    assert requests
    requests.close()
    assert "stopped before" in str(waiting.exception(1))
    assert "not connected" in str(requests.put(lambda modem: 1).exception(1))
    assert not requests.run_one(None)


def test_stopping_frees_who_waits(world, ready):
    begun, go = threading.Event(), threading.Event()

    def slow():
        begun.set()
        go.wait(10)
        return ["OK"]

    world.modem.command_answers.append(slow)
    told = []

    def ask():
        try:
            told.append(ready.command(world.line_id, "AT"))
        except RequestError as error:
            told.append(str(error))

    first = threading.Thread(target=ask)
    first.start()
    assert begun.wait(10)
    second = threading.Thread(target=ask)
    second.start()
    thread = ready._threads[world.line_id]
    until(lambda: bool(thread.requests))
    thread.stop()
    go.set()
    first.join(10)
    second.join(10)
    assert ("OK",) in told
    assert any("stopped" in str(each) for each in told)


# -- the SIM's balance, the centre, the clocks ----------------------------------------------------


def test_the_balance_is_asked_with_the_sims_own_code(world, ready):
    with pytest.raises(RequestError, match="No code"):
        ready.check_balance(world.line_id)
    with pytest.raises(RequestError, match="such as \\*100#"):
        ready.set_balance_code(world.line_id, "balance")
    ready.set_balance_code(world.line_id, " *100 # ")
    assert ready.check_balance(world.line_id) == UssdReply("You have 3.20")
    assert world.modem.commands == ["*100#"]
    view = ready.view(world.line_id)
    assert (view.balance_code, view.balance_text) == ("*100#", "You have 3.20")
    assert view.balance_at is not None
    world.modem.ussd_answers.append(UssdReply("1 Balance", more=True))
    assert ready.check_balance(world.line_id).more
    assert ready.view(world.line_id).balance_text == "You have 3.20"
    row = world.one(sa.select(sim))
    assert (row["iccid"], row["balance_code"]) == ("8901", "*100#")


def test_a_code_needs_a_sim(world, ready):
    world.set(line, world.line_id, iccid="")
    with pytest.raises(RequestError, match="SIM is not known"):
        ready.set_balance_code(world.line_id, "*100#")


def test_the_centres_number_is_written_and_the_status_asked_again(world, ready):
    with pytest.raises(RequestError, match="3 to 15 digits"):
        ready.set_centre(world.line_id, '+1";+CMGS=1')
    world.modem.state = Status(LineState.READY, hint="The SIM knows no message centre.")
    ready.set_centre(world.line_id, "+1 (312) 555-0100")
    assert world.modem.commands == ['AT+CSCA="+13125550100",145']
    until(lambda: ready.view(world.line_id).hint)
    assert [action.name for action in ready.view(world.line_id).actions] == ["centre"]
    world.modem.command_answers.append(["+CME ERROR: 3"])
    with pytest.raises(RequestError, match="did not take the number"):
        ready.set_centre(world.line_id, "1234")
    assert world.modem.commands[-1] == 'AT+CSCA="1234",129'


def test_the_networks_clock_is_compared_with_ours(world, running):
    clock = Clock(world)
    world.modem.network_clock = lambda: datetime.fromtimestamp(clock.now(), UTC) + timedelta(hours=1)
    manager = running(clock=clock)
    until(lambda: (manager.view(world.line_id).clock_off or 0) > 3590)
    assert manager.view(world.line_id).clock_off == pytest.approx(3600, abs=5)
    assert manager.network_time(world.line_id) is not None


@pytest.mark.parametrize("told", [None, datetime(1980, 1, 6, tzinfo=UTC), datetime(2027, 1, 15)])
def test_a_clock_that_was_never_set_says_nothing(world, running, told):
    asked = []

    def tell():
        asked.append(1)
        return told

    world.modem.network_clock = tell
    manager = running()
    until(lambda: asked)
    assert manager.view(world.line_id).clock_off is None


# -- PINs -----------------------------------------------------------------------------------------


def locked(world, pin="1234", iccid="8901", tries=3):
    """The world's modem asks for a PIN and counts its tries."""
    asked = {"tries": tries, "given": []}

    def open_(given=None):
        asked["given"].append(given)
        if given != pin:
            if given is not None:
                asked["tries"] -= 1
            state = LineState.NEEDS_PIN if asked["tries"] else LineState.NEEDS_PUK
            raise NotReadyError(f"{asked['tries']} tries left.", state, iccid=iccid, tries=asked["tries"])
        world.modem.is_open = True
        world.modem.log.append("open")
        return world.modem.identity

    world.modem.open = open_
    return asked


def test_a_remembered_pin_is_entered_once_by_itself(world, running):
    asked = locked(world)
    keyring = Keyring(**{"pin:8901": "1234"})
    manager = running(secrets=keyring)
    until(lambda: manager.view(world.line_id).state == "ready")
    assert asked["given"] == [None, "1234"]
    world.modem.polls.append(PortError("unplugged"))
    manager.wake(world.line_id)
    until(lambda: manager.view(world.line_id).state == "needs_pin")
    assert [pin for pin in asked["given"] if pin] == ["1234"]


def test_a_remembered_pin_that_is_wrong_is_forgotten_in_words(world, running):
    asked = locked(world, pin="5678")
    keyring = Keyring(**{"pin:8901": "1234"})
    manager = running(secrets=keyring)
    until(lambda: "forgotten" in manager.view(world.line_id).detail or len(asked["given"]) > 3)
    until(lambda: len(asked["given"]) > 5)
    assert [pin for pin in asked["given"] if pin] == ["1234"]
    assert keyring.kept == {}
    assert manager.view(world.line_id).detail.endswith("not taken; it is forgotten. 2 tries left.")
    assert [action.name for action in manager.view(world.line_id).actions] == ["pin"]


@pytest.mark.parametrize(("iccid", "tries"), [("8901", 1), ("8901", None), ("", 3), ("8902", 3)])
def test_nothing_is_entered_for_a_last_try_or_an_unknown_sim(iccid, tries):
    keyring = Keyring(**{"pin:8901": "1234", "pin:": "0000"})
    error = NotReadyError("PIN", LineState.NEEDS_PIN, iccid=iccid, tries=tries)
    assert Pins(keyring).take(error) == ""
    other = NotReadyError("PUK", LineState.NEEDS_PUK, iccid="8901", tries=3)
    assert Pins(keyring).take(other) == ""
    assert Pins(NoSecrets()).take(NotReadyError("PIN", LineState.NEEDS_PIN, iccid="8901", tries=3)) == ""


def test_what_became_of_a_pin_stays_to_be_read_until_the_sim_asks_for_something_else():
    def asks(words, iccid="8901", tries=2, state=LineState.NEEDS_PIN):
        return NotReadyError(words, state, iccid=iccid, tries=tries)

    entry = PinEntry(Pins(NoSecrets()))
    entry.type("9999", remember=False)
    assert entry.take() == "9999"
    assert entry.refused(asks("It was not taken.")) == "It was not taken."
    for _ in range(2):
        assert entry.take() is None
        assert entry.refused(asks("Its PIN, please.")) == "It was not taken."
    assert entry.refused(asks("Another SIM's, please.", iccid="8902")) == "Another SIM's, please."
    assert entry.refused(asks("Its PIN, please.")) == "Its PIN, please."


@pytest.mark.parametrize(("iccid", "tries"), [("", 3), ("8901", None)])
def test_a_pin_that_would_never_enter_itself_is_not_kept_and_that_is_told(iccid, tries):
    keyring, told = Keyring(), queue.Queue()
    entry = PinEntry(Pins(keyring))
    entry.refused(NotReadyError("Its PIN, please.", LineState.NEEDS_PIN, iccid=iccid, tries=tries))
    entry.type("1234", remember=True)
    assert entry.take() == "1234"
    entry.accepted("8901", told.put)
    assert "it is not remembered" in told.get(timeout=5)
    assert keyring.kept == {}


def test_the_last_try_is_not_offered(world, running):
    asked = locked(world)
    asked["tries"] = 1
    opened = world.modem.open

    def open_(given=None):
        try:
            return opened(given)
        except NotReadyError as error:
            error.action = "Put the SIM into a phone and enter the PIN there"
            raise

    world.modem.open = open_
    manager = running()
    until(lambda: manager.view(world.line_id).state == "needs_pin")
    assert [action.name for action in manager.view(world.line_id).actions] == ["retry"]
    assert manager.view(world.line_id).action_text.startswith("Put the SIM into a phone")


def test_a_pin_is_remembered_after_the_sim_took_it(world, running):
    locked(world)
    keyring = Keyring()
    manager = running(secrets=keyring)
    until(lambda: manager.view(world.line_id).state == "needs_pin")
    manager.retry(world.line_id, "9999", remember=True)
    until(lambda: "2 tries" in manager.view(world.line_id).detail)
    assert keyring.kept == {}
    manager.retry(world.line_id, "1234", remember=True)
    until(lambda: keyring.kept == {"pin:8901": "1234"})


def test_a_pin_that_cannot_be_remembered_is_told(world, running):
    locked(world)
    keyring = Keyring()
    keyring.why = "This computer has no keyring."
    manager = running(secrets=keyring)
    until(lambda: manager.view(world.line_id).state == "needs_pin")
    manager.retry(world.line_id, "1234", remember=True)
    until(lambda: manager.view(world.line_id).note)
    assert manager.view(world.line_id).note.endswith("not remembered. This computer has no keyring.")


# -- not ready, and a sleep -----------------------------------------------------------------------


def test_a_modem_that_is_not_ready_is_not_asked_again_before_it_says_so(world, ready, people):
    def refuse(outgoing, proceed, on_part):
        world.modem.log.append("refused")
        world.modem.state = Status(LineState.SEARCHING, "The modem is looking for its network.")
        return SendResult(
            Outcome.NOT_SENT, 1, kind="CMS", code=331, detail="No network.", refusal=Refusal.NOT_READY
        )

    world.modem.send, sends = refuse, world.modem.send
    first, second = world.clicked(people[0]), world.clicked(people[1])
    until(lambda: ready.view(world.line_id).state == "searching")
    world.modem.send = sends
    assert world.row(first)["state"] == "queued"
    assert world.row(second)["state"] == "clicked"
    assert world.modem.log.count("refused") == 1
    world.modem.state = Status(LineState.READY)
    ready._threads[world.line_id]._status_due = 0.0
    ready.wake(world.line_id)
    until(lambda: world.row(second)["state"] == "sent")
    assert world.row(first)["state"] == "queued"


@pytest.mark.parametrize("which", ["asleep", "awake"])
def test_after_a_sleep_the_sim_is_read_before_the_next_text(world, running, people, which):
    clock = Clock(world)
    manager = running(clock=clock)
    until(lambda: manager.view(world.line_id).state == "ready" and "sweep" in world.modem.log)
    seen = []
    world.store.subscribe(lambda event: seen.append(manager.view(world.line_id).detail))
    world.modem.put(world.pdu(people[0], "STOP"))
    world.modem.arrived.clear()

    def sleep():
        setattr(clock, which, getattr(clock, which) + 3600.0)

    poll = world.modem.poll

    def dozing(timeout):
        if timeout:
            world.modem.poll = poll
            sleep()
            world.clicked(people[0])
        return poll(timeout)

    world.modem.poll = dozing
    manager.wake(world.line_id)
    until(lambda: world.modem.log.count("open") == 2)
    until(
        lambda: (
            world.rows(sa.text("select state from message where direction='out'"))[0]["state"] == "blocked"
        )
    )
    assert any("asleep" in detail for detail in seen)
    assert [entry for entry in world.modem.log if entry.startswith("send")] == []
    assert SLEPT_SECONDS < 3600


def test_a_clock_that_is_set_back_is_no_sleep(world, running):
    clock = Clock(world)
    manager = running(clock=clock)
    until(lambda: manager.view(world.line_id).state == "ready")
    clock.asleep -= 7200
    for _ in range(3):
        assert manager.command(world.line_id, "AT") == ("OK",)
    assert world.modem.log.count("open") == 1


# -- what is shown --------------------------------------------------------------------------------


def test_the_last_day_is_written(world, ready):
    until(lambda: world.rows(sa.select(line_history)))
    assert [row.state for row in ready.history(world.line_id)][-1] == "ready"


def test_a_line_moves_to_modem_manager_with_its_history(world, ready, running):
    message_id = world.clicked()
    until(lambda: world.row(message_id)["state"] == "sent")
    ready.use_modem_manager(world.line_id)
    until(lambda: world.modem.url == "modemmanager:356938035643809")
    until(lambda: ready.view(world.line_id).state == "ready")
    assert ready.view(world.line_id).sent_today == 1


def test_a_modem_that_was_never_read_is_looked_for_at_modem_manager(world, ready):
    world.set(line, world.line_id, imei="")
    with pytest.raises(RequestError, match="never read"):
        ready.use_modem_manager(world.line_id)
    found = [SimpleNamespace(address=f"modemmanager:{n}") for n in (1, 2)] + [
        SimpleNamespace(address="/dev/x")
    ]
    ready.finder = lambda progress, cancelled: found
    with pytest.raises(RequestError, match="never read"):
        ready.use_modem_manager(world.line_id)
    del found[0]
    ready.use_modem_manager(world.line_id)
    until(lambda: world.modem.url == "modemmanager:2")


def test_two_lines_do_not_share_a_modem_of_modem_manager(world, ready):
    ready.add("modemmanager:356938035643809", "Other")
    with pytest.raises(RequestError, match="“Other” uses this modem"):
        ready.use_modem_manager(world.line_id)


@pytest.mark.parametrize(
    ("live", "names", "chip"),
    [
        (Live(state="ready"), [], "Ready"),
        (Live(state="ready", hint="No message centre."), ["centre"], "Ready"),
        (
            Live().unreachable(PortBusyError("Another program uses COM5.")),
            ["release", "retry"],
            "In use elsewhere",
        ),
        (
            Live().unreachable(PortBusyError("ModemManager has taken /dev/ttyUSB0.")),
            ["modemmanager", "release", "retry"],
            "In use by ModemManager",
        ),
        (
            Live().unreachable(PortPermissionError("You may not use it.")),
            ["permission", "retry"],
            "No permission",
        ),
        (Live().unreachable(PortError("It is away.")), ["retry"], "Not connected"),
        (Live(state="needs_pin"), ["pin"], "The SIM asks for its PIN"),
        (Live(state="needs_puk"), ["retry"], "The SIM is locked"),
        (Live(state="failed", action="Enter the phone's password"), ["password", "retry"], "Needs a look"),
        (Live(state="failed", action=views.SIM_CHANGED), ["use_sim", "retry"], "Needs a look"),
        (Live(state="connecting"), [], "Connecting"),
        (Live(state="off"), [], "Not running"),
    ],
)
def test_every_state_has_its_button(live, names, chip):
    assert [action.name for action in actions(live)] == names
    assert short_words(live, paused=False) == chip


def test_a_status_brings_its_own_action():
    live = Live().with_status(Status(LineState.DENIED, "Denied.", action="Ask for texts to be enabled."))
    assert words(live, paused=False) == ("The network refuses this SIM", "Ask for texts to be enabled.")
    live = Live().with_status(Status(LineState.READY, hint="LTE without texts.", action="Choose 3G."))
    assert (live.hint, live.hint_action, words(live, paused=False)) == (
        "LTE without texts.",
        "Choose 3G.",
        ("Ready", ""),
    )


def test_what_a_backend_lacks_is_told_in_words():
    assert lacks(Capabilities()) == ()
    told = lacks(Capabilities(False, False, False, False, False, False, False))
    assert len(told) == 7
    assert all(sentence.endswith(".") for sentence in told)


# -- with the emulator ----------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="the emulator's pty is POSIX")
def test_console_balance_trace_and_script_with_the_emulator(world, running, tmp_path):
    modem = PracticeModem(tmp_path)
    try:
        world.set(line, world.line_id, url=str(modem.path), iccid="")
        manager = running(open_modem=open_real)
        until(lambda: manager.view(world.line_id).state == "ready", 30)
        message_id = world.clicked(text="A secret text")
        until(lambda: world.row(message_id)["state"] == "sent", 30)
        manager.set_balance_code(world.line_id, "*100#")
        assert "12.34" in manager.check_balance(world.line_id).text
        assert manager.command(world.line_id, "AT+CSQ")[-1] == "OK"
        with pytest.raises(RequestError, match="only by a click"):
            manager.command(world.line_id, "AT+CMGS=20")
        meanings = [row.meaning for row in manager.trace(world.line_id)]
        assert any(meaning.startswith("SUBMIT to +1 312 ••• 0100") for meaning in meanings)
        assert any(meaning.endswith(" s") and meaning[0].isdigit() for meaning in meanings)
        place = tmp_path / "modem.txt"
        place.write_text("older")
        place.chmod(0o644)
        count = manager.save_transcript(world.line_id, place)
        assert len(transcript.read(place.read_text("utf-8"))) == count > 20
        assert stat.S_IMODE(os.stat(place).st_mode) == 0o600
        assert "3125550100" not in place.read_text("utf-8")
        thread = manager._threads[world.line_id]
        assert thread.trace.last == manager.trace_end(world.line_id)
        assert isinstance(thread.trace.lines()[0], TraceLine)
    finally:
        for manager_thread in [*manager._threads.values()]:
            manager_thread.stop()
            manager_thread.join(10)
        modem.stop()


# -- addresses, the port, and what is remembered of PINs -----------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["/dev/ttyUSB2", "COM5", "com12", "\\\\.\\COM10", "socket://192.168.1.20:5000", "rfc2217://[::1]:7000",
     "practice:", "android:http://phone:8080", "modemmanager:356938035643809", "gammu:/dev/ttyUSB0:at115200"],
)  # fmt: skip
def test_addresses_that_a_line_can_have(url):
    assert addresses.why_not(url) == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("foo:bar", "“foo:” is no kind of address"),
        ("", "There is no address"),
        ("hello", "“hello” is no port"),
        ("socket:1.2.3.4:5", "is no kind of address"),
        ("http://phone:8080", "Add Android phone"),
        ("/dev/tty\nUSB", "This is no address"),
        ("/" + "x" * 600, "This is no address"),
    ],
)
def test_what_is_no_address_is_refused_with_a_sentence(world, running, url, said):
    manager = running(why_not=addresses.why_not)
    with pytest.raises(RequestError, match=re.escape(said)):
        manager.add(url)
    with pytest.raises(RequestError, match=re.escape(said)):
        manager.move(world.line_id, url)
    assert [view.url for view in manager.views()] == ["fake:1"]


def test_no_second_thread_takes_the_port_while_the_first_is_busy(world, running, people, monkeypatch):
    monkeypatch.setattr(lines_module, "STOP_SECONDS", 0.05)
    inside, go_on, opened = threading.Event(), threading.Event(), []

    def open_modem(url, hooks):
        opened.append(url)
        world.modem.hooks = hooks
        return world.modem

    def slow():
        inside.set()
        assert go_on.wait(10)
        return Outcome.SENT

    manager = running(open_modem=open_modem)
    until(lambda: manager.view(world.line_id).state == "ready")
    world.modem.script.append(slow)
    kept = world.clicked(people[0])
    assert inside.wait(10)
    manager.move(world.line_id, "fake:2")
    view = manager.view(world.line_id)
    assert (view.state, view.url) == ("connecting", "fake:2")
    assert "busy with its last text" in view.detail
    assert opened == ["fake:1"]
    go_on.set()
    until(lambda: manager.view(world.line_id).state == "ready")
    assert opened == ["fake:1", "fake:2"]
    assert world.row(kept)["state"] == "sent"


def test_a_removed_line_that_is_busy_does_not_come_back(world, running, people, monkeypatch):
    monkeypatch.setattr(lines_module, "STOP_SECONDS", 0.05)
    inside, go_on = threading.Event(), threading.Event()

    def slow():
        inside.set()
        assert go_on.wait(10)
        return Outcome.SENT

    manager = running()
    until(lambda: manager.view(world.line_id).state == "ready")
    world.modem.script.append(slow)
    world.clicked(people[0])
    assert inside.wait(10)
    manager.remove(world.line_id)
    go_on.set()
    until(lambda: not manager._leaving)
    assert manager.views() == ()
    assert not manager._threads


def test_going_and_coming_stands_in_the_log(world, running, caplog):
    caplog.set_level("INFO")
    manager = running()
    until(lambda: manager.view(world.line_id).state == "ready")
    manager.remove(world.line_id)
    said = [record.getMessage() for record in caplog.records]
    for part in (" is started", ": ready", " is stopped", ": off"):
        assert f"line {world.line_id}{part}" in said


def needs_pin(tries, iccid="8901"):
    return NotReadyError("The SIM asks for its PIN.", LineState.NEEDS_PIN, iccid=iccid, tries=tries)


def test_a_pin_that_the_sim_refused_is_not_entered_twice():
    pins = Pins(NoSecrets())
    entry = PinEntry(pins)
    entry.refused(needs_pin(3))
    entry.type("1111", False)
    assert entry.take() == "1111"
    entry.refused(needs_pin(2))
    entry.type("1111", False)
    assert entry.take() is None
    assert entry.refused(needs_pin(2)).startswith("The SIM refused this PIN before")
    # Also where the line was opened anew, and another one still goes.
    other = PinEntry(pins)
    other.refused(needs_pin(2))
    other.type("1111", True)
    assert other.take() is None
    other.refused(needs_pin(2))
    other.type("2222", False)
    assert other.take() == "2222"


def test_a_pin_that_was_not_entered_counts_as_not_tried():
    entry = PinEntry(Pins(NoSecrets()))
    entry.refused(needs_pin(1))
    entry.type("1111", False)
    assert entry.take() == "1111"
    entry.refused(needs_pin(1))  # the modem layer leaves the last try to a phone
    entry.refused(needs_pin(3))  # and there it was opened
    entry.type("1111", False)
    assert entry.take() == "1111"


def test_tries_that_came_back_make_a_pin_worth_a_try():
    entry = PinEntry(Pins(NoSecrets()))
    entry.refused(needs_pin(3))
    entry.type("1111", False)
    entry.take()
    entry.refused(needs_pin(2))
    entry.refused(needs_pin(3))
    entry.type("1111", False)
    assert entry.take() == "1111"


def test_a_typed_number_is_kept_as_e164(world, running):
    manager = running()
    manager._workspace.settings = dataclasses.replace(manager._workspace.settings, country="US")
    manager.set_number(world.line_id, "(312) 555-0100")
    assert manager.view(world.line_id).number == "+13125550100"
    with pytest.raises(RequestError):
        manager.set_number(world.line_id, "twelve")
    assert manager.view(world.line_id).number == "+13125550100"
    manager.set_number(world.line_id, "")
    assert manager.view(world.line_id).number == ""


def test_who_set_limits_is_written_down_and_bad_ones_are_refused(world, running):
    manager = running()
    manager._workspace.settings = dataclasses.replace(manager._workspace.settings, texter="Ana")
    manager.set_limits(world.line_id, budgets.Limits(per_hour=20, per_day=200))
    assert manager.view(world.line_id).limits == budgets.Limits(per_hour=20, per_day=200)
    row = world.one(sa.select(audit))
    assert (row["operator"], row["action"], row["detail"]) == (
        "Ana",
        "limits of a line",
        f"line {world.line_id}: 20 an hour, 200 a day",
    )
    with pytest.raises(RequestError):
        manager.set_limits(world.line_id, budgets.Limits(month_day=0))


def test_what_a_line_cost_today(world, running, people):
    manager = running()
    until(lambda: manager.view(world.line_id).state == "ready")
    assert manager.view(world.line_id).cost_today is None
    manager.set_price(world.line_id, 0.01, "USD")
    world.clicked(people[0], "A long text, " * 30)
    until(lambda: manager.view(world.line_id).sent_today == 1 and not manager.view(world.line_id).waiting)
    until(lambda: world.rows(sa.select(message.c.state).where(message.c.state == "sent")))
    view = manager.view(world.line_id)
    assert (view.price, view.currency, round(view.cost_today, 4)) == (0.01, "USD", 0.03)


# -- a line wakes by itself ----------------------------------------------------------------------------


def test_a_line_wakes_when_the_grace_is_over_and_when_its_pace_allows(world, running, people, monkeypatch):
    monkeypatch.setattr(budgets, "MINUTE", 0.4)
    manager = running()
    until(lambda: manager.view(world.line_id).state == "ready")
    manager.set_limits(world.line_id, budgets.Limits(per_minute=1))
    began = time.monotonic()
    kept = world.queue(people[0])
    clock = manager._clock
    press = clicks.Press("key:Return", clock.monotonic(), clock.now())
    told = clicks.accept(
        world.store,
        clock,
        kept,
        text_hash=world.row(kept)["text_hash"],
        press=press,
        operator="Ana",
        grace=0.3,
    )
    assert isinstance(told, clicks.Clicked)
    second = world.queue(people[1])
    clicks.accept(
        world.store, clock, second, text_hash=world.row(second)["text_hash"], press=press, operator="Ana"
    )
    until(lambda: {world.row(key)["state"] for key in (kept, second)} == {"sent"})
    assert time.monotonic() - began >= 0.4
    claimed = sorted(world.row(key)["claimed_at"] for key in (kept, second))
    assert claimed[1] - claimed[0] >= 0.4
    assert world.row(second)["claimed_at"] == claimed[0]
