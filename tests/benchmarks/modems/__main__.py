"""``make bench-modems``: our line beside four other programs, on the same emulator, in the same run.

Sending, receiving, and what becomes of ten texts when something goes wrong at the third. ``--full`` gives the
slow programs a thousand texts each (most of an hour); without it they get sixty and are scaled to a thousand.
"""

from __future__ import annotations

import argparse
import signal
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.modems import peers
from tests.benchmarks.modems.peers import Peer
from tests.benchmarks.modems.rig import Child, Emulator, span, wait_for

FAULTY = 10  # texts in a run with a fault
PATIENCE = 190.0  # seconds until a run with a fault is judged


@dataclass(frozen=True, slots=True)
class Figures:
    """One program's figures. Seconds are for a thousand texts, ``count`` how many there really were."""

    name: str
    count: int
    seconds: float
    cpu: float
    lost: int
    doubled: int


class Stage:
    """One program on one emulator, in a folder of its own."""

    def __init__(self, kind: type[Peer]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="p2p")
        self.emulator = Emulator(Path(self._folder.name))
        self.peer = kind(Path(self._folder.name), self.emulator.link)

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *error: object) -> None:
        self.emulator.stop()
        self._folder.cleanup()


def send(kind: type[Peer], count: int) -> Figures:
    """``count`` texts, timed by the network: from the first it took to the last; so is the processor time."""
    with Stage(kind) as stage:
        stage.peer.give(count)
        child = stage.peer.start(count, 0)
        wait_for(lambda: stage.emulator.count("submit") > 0 or child.finished(0.0), 120, every=0.01)
        began, left = child.cpu_now(), stage.emulator.count("submit")
        wait_for(lambda: stage.emulator.count("submit") >= count or child.finished(0.0), 4.0 * count + 60)
        cpu = (child.cpu_now() - began) / max(1, count - left) * 1000
        _leave(stage.peer, child)
        seen = stage.emulator.submits()
        seconds = span(stage.emulator.seen("submit")) / max(1, len(seen) - 1) * 1000
        return Figures(kind.name, count, seconds, cpu, count - len(seen), _doubles(seen))


def _leave(peer: Peer, child: Child) -> None:
    """Programs that end by themselves get the time to; the daemons are told."""
    if isinstance(peer, peers.GammuSmsd | peers.Smstools):
        wait_for(lambda: "waiting" not in peer.told(), 10)
        child.end()
    elif not child.finished(60):
        child.end(signal.SIGKILL)


def _doubles(seen: Counter[str]) -> int:
    return sum(count - 1 for count in seen.values())


def receive(kind: type[Peer], count: int) -> Figures:
    """``count`` texts that come as fast as the SIM's twenty places are freed."""
    with Stage(kind) as stage:
        child = stage.peer.start(0, 12 if kind.short == kind.full else int(4 * count * 0.3) + 15)
        time.sleep(6)  # every program is up and waits
        words = [f"Answer number {number:05d} of the comparison" for number in range(count)]
        began = time.time()
        stage.emulator.tell(
            *(f"deliver +1503556{number % 10_000:04d} {text}" for number, text in enumerate(words))
        )
        _until_quiet(stage, count, 2.0 * count + 30)
        child.end() if kind not in (peers.Ours, peers.Gsmmodem, peers.PythonGammu) else child.finished(
            60 + count
        )
        found = [(at, text.strip()) for at, text in stage.peer.received()]
        seen = Counter(text for _, text in found if text in set(words))
        seconds = (max((at for at, _ in found), default=began) - began) / max(1, len(seen)) * 1000
        lost = count - len(seen)
        return Figures(kind.name, count, seconds, child.cpu / count * 1000, lost, _doubles(seen))


def _until_quiet(stage: Stage, count: int, seconds: float) -> None:
    """Until everything is off the SIM, or nothing has moved for a while."""
    last, since = "", time.monotonic()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        now = stage.emulator.ask("status")
        if now == "ok status sim 0/20 waiting 0" and stage.emulator.count("deliver") >= count:
            return
        if now != last:
            last, since = now, time.monotonic()
        elif time.monotonic() - since > 5:
            return
        time.sleep(0.2)


# -- when something goes wrong ---------------------------------------------------------------------


def urc_inside(kind: type[Peer]) -> str:
    """Unasked lines before the prompt, before +CMGS and before OK of every text; ten texts come meanwhile."""
    with Stage(kind) as stage:
        stage.emulator.ask("fault urc-inside before between cmti rssi always")
        stage.emulator.ask("fault urc-at-prompt cmti rssi always")
        stage.peer.give(FAULTY)
        stage.emulator.tell(*(f"deliver +1503556000{n} Answer number {n}" for n in range(FAULTY)))
        child = stage.peer.start(FAULTY, 0)
        wait_for(lambda: sum(stage.emulator.submits().values()) >= FAULTY, 60)
        wait_for(stage.emulator.empty, 20 if stage.peer.queues else 2)
        _leave(stage.peer, child)
        left = stage.emulator.ask("status").split()[3]
        return _network(stage) + f", {FAULTY - int(left.partition('/')[0])} of 10 received"


def cms_500(kind: type[Peer]) -> str:
    """The network refuses the third text without a reason, once."""
    return _with_fault(kind, "cms 500 after=2", settle=30)


def pulled(kind: type[Peer]) -> str:
    """The cable goes after Ctrl-Z of the third text, which the network took, and is back a second later."""
    return _with_fault(kind, "hangup-after-ctrl-z 1 after=2", settle=PATIENCE)


def _with_fault(kind: type[Peer], fault: str, settle: float) -> str:
    with Stage(kind) as stage:
        stage.peer.give(FAULTY)
        assert stage.emulator.ask(f"fault {fault}").startswith("ok")
        child = stage.peer.start(FAULTY, 0)
        _rest(stage, child, settle)
        _leave(stage.peer, child)
        return f"{_network(stage)}; it says {stage.peer.told() or 'nothing'}"


def killed(kind: type[Peer]) -> str:
    """kill -9 after Ctrl-Z of the third text, before the answer; then the program is started again."""
    if not kind.queues:
        return "keeps no queue"
    with Stage(kind) as stage:
        stage.peer.give(FAULTY)
        stage.emulator.ask("fault slow 20 after=2")
        child = stage.peer.start(FAULTY, 0)
        wait_for(lambda: sum(stage.emulator.submits().values()) >= 3, 60)
        child.end(signal.SIGKILL)
        child = stage.peer.start(FAULTY, 0)
        _rest(stage, child, 90)
        _leave(stage.peer, child)
        return f"{_network(stage)}; it says {stage.peer.told() or 'nothing'}"


def _rest(stage: Stage, child: Child, settle: float) -> None:
    """Until ten different texts left and nothing more waits, or the time is over."""

    def done() -> bool:
        if child.finished(0.01):
            return True
        return len(stage.emulator.submits()) >= FAULTY and "waiting" not in stage.peer.told()

    if isinstance(stage.peer, peers.Ours):
        child.finished(settle)
    else:
        wait_for(done, settle)


def _network(stage: Stage) -> str:
    seen = stage.emulator.submits()
    doubled = _doubles(seen)
    words = f"{len(seen)} of {FAULTY} left"
    return words + (f", {doubled} DOUBLED" if doubled else "")


FAULTS: dict[str, Callable[[type[Peer]], str]] = {
    "URC inside replies": urc_inside,
    "CMS 500 once": cms_500,
    "cable pulled after Ctrl-Z": pulled,
    "kill -9 after Ctrl-Z": killed,
}


# -- the table -------------------------------------------------------------------------------------


def at_once(work: list[Callable[[], object]]) -> list[object]:
    """Run several at the same time: the slow programs only sleep."""
    results: list[object] = [None] * len(work)

    def one(place: int) -> None:
        results[place] = work[place]()

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def repeated(what: Callable[[type[Peer], int], Figures], kind: type[Peer], count: int, times: int) -> Figures:
    """The median of several runs; losses and doubles are added up."""
    runs = [what(kind, count) for _ in range(times)]
    return Figures(
        kind.name,
        count * times,
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu for run in runs),
        sum(run.lost for run in runs),
        sum(run.doubled for run in runs),
    )


def compare(
    what: Callable[[type[Peer], int], Figures], kinds: list[type[Peer]], full: bool, times: int
) -> list[Figures]:
    """The fast programs one after the other, by themselves; then the slow ones side by side."""
    fast = [kind for kind in kinds if kind.short == kind.full]
    slow = [kind for kind in kinds if kind.short != kind.full]
    figures = [repeated(what, kind, kind.full, times) for kind in fast]
    work = [lambda k=kind: what(k, k.full if full else k.short) for kind in slow]  # type: ignore[misc]
    figures += [one for one in at_once(work) if isinstance(one, Figures)]
    return figures


def table(title: str, figures: list[Figures]) -> None:
    """One table in Markdown, with each program's time as a multiple of ours."""
    own = next(one.seconds for one in figures if one.name == peers.Ours.name)
    print(
        f"\n### {title}\n\n| program | texts | s per 1,000 | times ours | CPU s per 1,000 | lost | doubled |"
    )
    print("|---|---|---|---|---|---|---|")
    for one in figures:
        print(
            f"| {one.name} | {one.count:,} | {one.seconds:.2f} | {one.seconds / own:.2f} | {one.cpu:.2f} | "
            f"{one.lost} | {one.doubled} |"
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="make bench-modems", description=__doc__)
    parser.add_argument("--full", action="store_true", help="a thousand texts for the slow programs too")
    parser.add_argument("--times", type=int, default=5, help="runs of the fast programs (default 5)")
    parser.add_argument("--only", choices=("send", "receive", "faults"), help="one part of it")
    options = parser.parse_args()
    kinds = [kind for kind in peers.ALL if kind.here()]
    for kind in peers.ALL:
        if kind not in kinds:
            print(f"{kind.name} is not installed and is left out (tools/peers.sh installs it).")
    if options.only in (None, "send"):
        table("Sending", compare(send, kinds, options.full, options.times))
    if options.only in (None, "receive"):
        table("Receiving", compare(receive, kinds, options.full, options.times))
    if options.only in (None, "faults"):
        print("\n### Ten texts, and something goes wrong at the third\n")
        print("| program | " + " | ".join(FAULTS) + " |\n|" + "---|" * (len(FAULTS) + 1))
        for kind in kinds:
            results = at_once([lambda k=kind, f=fault: f(k) for fault in FAULTS.values()])  # type: ignore[misc]
            print(f"| {kind.name} | " + " | ".join(str(one) for one in results) + " |", flush=True)


if __name__ == "__main__":
    main()
