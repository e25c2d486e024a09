"""Random schedules of presses, arrivals, faults and deaths for :mod:`fault_world`, run one after the other."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from modem import sms
from modem.emulator import persona
from modem.emulator.faults import FAULTS
from modem.emulator.persona import PRACTICE
from tests.e2e.fault_judge import Judge, Result
from tests.e2e.fault_parts import prepare, quick_engine
from tests.e2e.fault_world import PROBE, StuckError, World

EMOJI = "\N{GRINNING FACE}"
CODES = (
    "8",
    "17",
    "21",
    "28",
    "38",
    "41",
    "50",
    "192",
    "300",
    "302",
    "320",
    "322",
    "330",
    "331",
    "332",
    "500",
)
UNPROVEN = ("27", "111", "127", "255", "332", "500")  # codes that say nothing about whether a text left
KINDS = ("unknown", "rssi", "cmti", "okay", "creg", "ring")
POINTS = ("P2", "P3", "P4", "P5", "P6", "P7", "R2", "R3")
#: Devices that do no texts over AT at all, and one whose inbox is its own.
WITHOUT_TEXTS = ("huawei-hilink",)
WITHOUT_INBOX = ("nokia-n79",)
PATIENCE = 1500.0  # virtual seconds until everything must have come to rest


def _some(chance: random.Random, low: float, high: float) -> str:
    return f"{chance.uniform(low, high):.1f}"


def _kinds(chance: random.Random) -> str:
    return " ".join(chance.sample(KINDS, chance.randint(1, 3)))


#: The arguments of the faults that need some, or that are worth varying.
ARGUMENTS: dict[str, Callable[[random.Random], str]] = {
    "cms": lambda c: c.choice(CODES),
    "cms-taken": lambda c: c.choice(UNPROVEN),
    "silence": lambda c: c.choice(("", "lost")),
    "slow": lambda c: _some(c, 0.5, 40),
    "late-cmgs": lambda c: _some(c, 0.1, 30),
    "hangup-after-ctrl-z": lambda c: _some(c, 0, 12),
    "urc-inside": lambda c: c.choice(("before ", "between ", "before between ")) + _kinds(c),
    "cmgs-urc-at": lambda c: f"{c.randint(0, 14)} {_kinds(c)}",
    "cmgs-garbage": lambda c: c.choice(("", str(c.randint(0, 14)))),
    "cmgs-cut": lambda c: c.choice(("", str(c.randint(0, 14)))),
    "reference-at": lambda c: str(c.choice((0, 254, 255))),
    "registration-lost": lambda c: _some(c, 0.5, 8),
    "late-prompt": lambda c: _some(c, 0.1, 14),
    "urc-at-prompt": _kinds,
    "hangup-at-prompt": lambda c: _some(c, 0, 12),
    "hangup-in-pdu": lambda c: f"{c.randint(1, 60)} {_some(c, 0, 12)}",
    "reboot-in-pdu": lambda c: str(c.randint(1, 60)),
    "urc-at": lambda c: f"{c.randint(0, 60)} {_kinds(c)}",
    "garbage": lambda c: c.choice(("", str(c.randint(0, 60)))),
    "cut": lambda c: c.choice(("", str(c.randint(0, 60)))),
    "cmgl-short": lambda c: c.choice(("", str(c.randint(0, 80)))),
    "cmgd-fails": lambda c: c.choice(("", "320", "321")),
    "read-error": lambda c: c.choice(("", "302", "500")),
    "cmti-elsewhere": lambda c: c.choice(("ME", "SR", "XX")),
    "report-wrong": lambda c: c.choice(("", "5")),
    "report-pending": lambda c: c.choice(("", "48", "63")),
    "registration": lambda c: c.choice(("none", "searching", "denied", "unknown", "roaming", "sms-only")),
    "unasked": _kinds,
    "one-byte": lambda c: c.choice(("1", "2", "5")),
    "port-gone": lambda c: _some(c, 0, 20),
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happens ``at`` seconds after the line is up."""

    at: float
    what: str  # press | write | deliver | fault
    number: str = ""
    text: str = ""
    order: tuple[int, ...] | None = None

    def __str__(self) -> str:
        order = "" if self.order is None else f" order={','.join(map(str, self.order))}"
        return f"{self.at:8.2f} {self.what} {self.number}{order} {self.text[:60]!r}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """One run, and all that can be known of it before."""

    seed: int
    persona: str
    latency: float
    slots: int
    small_pieces: bool
    lasts: float
    deaths: tuple[tuple[str, int], ...]
    acts: tuple[Act, ...]

    def __str__(self) -> str:
        acts = "\n".join(f"  {act}" for act in self.acts)
        return (
            f"schedule {self.seed}: persona {self.persona or 'none'}, latency {self.latency:.2f} s, "
            f"{self.slots} slots, small pieces {self.small_pieces}, deaths {self.deaths}\n{acts}"
        )


# -- making a schedule ----------------------------------------------------------------------------


def fault_words(chance: random.Random, name: str, lasts: float) -> str:
    """A fault by its name, with arguments and how often at random."""
    made = ARGUMENTS.get(name)
    words = [name, made(chance) if made is not None else ""]
    if FAULTS[name].point == "state":
        if FAULTS[name].undo is not None and chance.random() < 0.8:
            words.append(f"for={_some(chance, 0.5, lasts / 2)}")
    else:
        words.append(chance.choice(("", "", "x2", "x3", f"for={_some(chance, 0.5, lasts / 3)}")))
        words.append(chance.choice(("", "", f"after={chance.randint(1, 4)}")))
    return " ".join(word for word in words if word)


def outgoing(chance: random.Random, turn: int) -> str:
    """A text that is like no other, and no part of which is."""
    mark = f"[out {turn}] "
    return _sized(chance, mark, "Hello there. ", 12)


def _sized(chance: random.Random, mark: str, words: str, most: int) -> str:
    kind = chance.random()
    if kind < 0.5:
        return mark + words.strip()
    if kind < 0.65:
        return mark + words + EMOJI
    if kind < 0.75:
        return (mark + EMOJI + words) * chance.randint(4, 8)
    return (mark + words) * chance.randint(9, most + 6)


def incoming(chance: random.Random, turn: int) -> tuple[str, tuple[int, ...] | None]:
    """A text like no other, and the order its parts come in."""
    text = _sized(chance, f"[in {turn}] ", "Yes, gladly. ", 14).strip()
    parts = len(sms.split(text).segments)
    if parts < 2 or chance.random() < 0.4:
        return text, None
    numbers = list(range(1, parts + 1))
    chance.shuffle(numbers)
    for again in chance.sample(numbers, chance.randint(0, parts)):
        numbers.insert(chance.randint(numbers.index(again) + 1, len(numbers)), again)
    return text, tuple(numbers)


def make(seed: int, *, faults: Iterable[str] | None = None, who: str | None = None) -> Schedule:
    """The schedule of a seed; ``faults`` and ``who`` (a persona's name) take the place of what it would draw."""
    chance = random.Random(f"{seed}/schedule")
    lasts = chance.uniform(15, 60)
    if who is None:
        who = chance.choice(("", "", *(name for name in persona.names() if name not in WITHOUT_TEXTS)))
    people = [f"+1312555{1000 + n}" for n in range(40)]
    acts: list[Act] = []
    moment = _moments(chance, lasts)
    for turn in range(chance.randint(5, 30)):
        # The first text for a number is a campaign's, others are typed.
        what = "press" if chance.random() < 0.7 else "write"
        number = people[turn] if what == "press" else chance.choice(people)
        acts.append(Act(moment(), what, number, outgoing(chance, turn)))
    stopped: set[str] = set()  # two in one second would be the same PDU, which nothing tells from a repeat
    for turn in range(0 if who in WITHOUT_INBOX else chance.randint(5, 30)):
        number, at = chance.choice(people), moment()
        if chance.random() < 0.12 and number not in stopped:
            stopped.add(number)
            acts.append(Act(at, "deliver", number, "STOP"))
            if chance.random() < 0.5:
                near = max(0.0, at + chance.uniform(-1.0, 2.0))
                acts.append(Act(near, "write", number, outgoing(chance, 500 + turn)))
        else:
            acts.append(Act(at, "deliver", number, *incoming(chance, turn)))
    names = list(faults) if faults is not None else chance.sample(sorted(FAULTS), chance.randint(1, 8))
    acts += [
        Act(chance.uniform(0, lasts * 0.9), "fault", text=fault_words(chance, name, lasts)) for name in names
    ]
    return Schedule(
        seed,
        who,
        chance.choice((0.0, 0.0, 0.3, 2.0)),
        chance.choice((3, 10, 20, 20)),
        chance.random() < 0.3,
        lasts,
        _deaths(chance, lasts),
        tuple(sorted(acts, key=lambda act: act.at)),
    )


def alone(name: str, who: str, chance: random.Random) -> Schedule:
    """A short, even dialogue in which one fault strikes, twice where it can. ``who`` is a persona's name."""
    words = [name, ARGUMENTS[name](chance) if name in ARGUMENTS else ""]
    if FAULTS[name].undo is not None:
        words.append("for=4")
    elif FAULTS[name].point != "state":
        words.append("x2")
    long = "and so on, gladly, "
    acts = [Act(1.0, "fault", text=" ".join(filter(None, words)))]
    if name == "cmgl-short":  # a listing is asked for when an announcement does not say where
        acts.append(Act(1.0, "fault", text="cmti-minus-one x2"))
    for turn in range(6):
        number = f"+131255510{turn:02d}"
        text = f"[out {turn}] Hello {EMOJI if turn % 2 else ''} {turn} {long * (12 if turn % 3 == 2 else 1)}"
        acts.append(Act(2.0 + turn * 1.5, "press", number, text))
        if who not in WITHOUT_INBOX:
            text = (
                f"[in {turn}] Yes {EMOJI if turn % 2 else ''} {turn} {long * (12 if turn % 2 else 1)}".strip()
            )
            acts.append(Act(1.5 + turn * 1.5, "deliver", number, text))
    if who not in WITHOUT_INBOX:
        acts.append(Act(7.0, "deliver", "+13125551000", "STOP"))
    acts.append(Act(11.0, "write", "+13125551000", "[out 9] One more"))
    return Schedule(chance.randrange(1000), who, 0.2, 10, False, 14.0, (), tuple(acts))


def _moments(chance: random.Random, lasts: float) -> Callable[[], float]:
    """Times that come in heaps: people write at the same moment."""
    heaps = [chance.uniform(0, lasts) for _ in range(4)]

    def moment() -> float:
        if chance.random() < 0.5:
            return chance.uniform(0, lasts)
        return min(lasts, chance.choice(heaps) + chance.uniform(0, 1.5))

    return moment


def _deaths(chance: random.Random, lasts: float) -> tuple[tuple[str, int], ...]:
    if chance.random() < 0.6:
        return ()
    deaths = []
    for _ in range(chance.randint(1, 2)):
        if chance.random() < 0.3:
            deaths.append(("time", int(1000 + chance.uniform(1, lasts))))
        else:
            deaths.append((chance.choice(POINTS), chance.randint(1, 6)))
    return tuple(deaths)


# -- running it -----------------------------------------------------------------------------------


class Stage:
    """Where schedules are run: a data folder that is made anew for each."""

    def __init__(self, folder: Path) -> None:
        self._template, self._data = folder / "template", folder / "data"
        prepare(self._template)
        self._engines = quick_engine(self._data), quick_engine(self._data)

    def run(self, schedule: Schedule) -> Result:
        """One schedule, to its end, judged."""
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.copytree(self._template, self._data)
        return _Run(self._data, schedule, self._engines).result()


class _Run:
    def __init__(self, data: Path, schedule: Schedule, engines: tuple[Engine, Engine]) -> None:
        self.schedule = schedule
        self.world = World(
            data,
            schedule.seed,
            persona=persona.load(schedule.persona) if schedule.persona else PRACTICE,
            latency=schedule.latency,
            slots=schedule.slots,
            limit=schedule.lasts + PATIENCE,
            engines=engines,
        )
        self.world.small_pieces = schedule.small_pieces
        self.world.deaths = list(schedule.deaths)
        self._probed = False

    def result(self) -> Result:
        world, schedule = self.world, self.schedule
        for act in schedule.acts:
            world.at(act.at, lambda act=act: self._do(act))
        world.at(schedule.lasts, self._calm)
        broken: list[str] = []
        try:
            world.run()
        except StuckError as error:
            broken.append(str(error))
        judge = Judge(world)
        broken += judge.everything()
        if broken:
            world.trace.append(f"{world.now:9.3f} ! the end")
        return judge.result(schedule, broken)

    def _do(self, act: Act) -> None:
        world = self.world
        if act.what == "fault":
            world.device.faults.arm(act.text.split())
            world.trace.append(f"{world.now:9.3f} ! fault {act.text}")
        elif act.what == "deliver":
            world.network.deliver(world.device, act.number, act.text, act.order)
        elif act.what == "press":
            world.press(world.queue(act.number, act.text), act.text)
        else:
            world.write_to(act.number, act.text)

    def _calm(self) -> None:
        """No faults any more."""
        self.world.device.faults.clear()
        self.world.deaths.clear()
        self._look()

    def _look(self) -> None:
        """When the line is sane, one more press; when all has come to rest, the end."""
        world = self.world
        if world.sane and not self._probed:
            self._probed = True
            world.trace.append(f"{world.now:9.3f} ! the line is sane")
            world.sane_at = world.now
            world.at(0.2, lambda: self._probe())
        if self._probed and world.in_step is not None and world.now > world.sane_at + 1.0 and world.drained():
            world.end()
        else:
            world.at(0.1 if not self._probed else 2.0, self._look)

    def _probe(self) -> None:
        self.world.write_to(PROBE, "[probe] still there?")
