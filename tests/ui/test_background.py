from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from ui import background
from ui.background import Job, Refresher

Wait = Callable[[Callable[[], Any]], None]


def test_work_runs_elsewhere_and_its_result_comes_back_here(qapp: QApplication, wait: Wait) -> None:
    owner, seen = QObject(), []
    background.run(
        owner, lambda _job: threading.get_ident(), lambda result: seen.append((result, threading.get_ident()))
    )
    wait(lambda: bool(seen))
    there, here = seen[0]
    assert here == threading.get_ident() != there


def test_an_error_goes_to_failed(qapp: QApplication, wait: Wait) -> None:
    owner, errors, results = QObject(), [], []

    def work(_job: Job) -> None:
        raise ValueError("no")

    background.run(owner, work, results.append, errors.append)
    wait(lambda: bool(errors))
    assert str(errors[0]) == "no"
    assert results == []


def test_an_error_nobody_takes_goes_to_the_handler(
    qapp: QApplication, wait: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    errors: list[Exception] = []
    background.on_failure(errors.append)
    owner = QObject()
    background.run(owner, lambda _job: 1 / 0)
    wait(lambda: bool(errors))
    background.on_failure(None)
    assert isinstance(errors[0], ZeroDivisionError)
    assert "failed" in caplog.text


def test_nothing_is_delivered_to_what_is_gone(qapp: QApplication, wait: Wait) -> None:
    import shiboken6

    owner, seen, go = QObject(), [], threading.Event()
    background.run(owner, lambda _job: go.wait(5), seen.append)
    shiboken6.delete(owner)
    go.set()
    wait(lambda: not background.busy())
    assert seen == []


def test_cancel_and_progress(qapp: QApplication, wait: Wait) -> None:
    owner, steps, results, begun = QObject(), [], [], threading.Event()

    def work(job: Job) -> str:
        job.progress(1, 10)
        begun.set()
        while not job.cancelled:
            threading.Event().wait(0.001)
        job.progress(10, 10)
        return "cancelled" if job.is_cancelled() else "whole"

    job = background.run(
        owner, work, results.append, progress=lambda done, total: steps.append((done, total))
    )
    wait(begun.is_set)
    job.cancel()
    wait(lambda: bool(results))
    assert results == ["cancelled"]
    assert steps == [(1, 10), (10, 10)]
    assert job.finished


def test_progress_is_thinned_out(qapp: QApplication, wait: Wait) -> None:
    owner, steps, results = QObject(), [], []

    def work(job: Job) -> int:
        for done in range(100_001):
            job.progress(done, 100_000)
        return 1

    background.run(owner, work, results.append, progress=lambda done, _total: steps.append(done))
    wait(lambda: bool(results))
    assert steps[-1] == 100_000
    assert len(steps) < 1000


def test_urgent_work_waits_for_no_reading_and_keeps_its_order(qapp: QApplication, wait: Wait) -> None:
    owner, gate, order = QObject(), threading.Event(), []
    for _ in range(background.THREADS + 2):
        background.run(owner, lambda _job: gate.wait(5))
    for number in range(20):
        background.run(owner, lambda _job, n=number: order.append(n), urgent=True)
    wait(lambda: len(order) == 20)
    assert order == list(range(20))
    gate.set()
    wait(lambda: not background.busy())


def test_a_refresher_reads_once_more_for_many_calls(qapp: QApplication, wait: Wait) -> None:
    owner, gate, reads, results = QObject(), threading.Event(), [], []

    def work(_job: Job) -> int:
        reads.append(1)
        gate.wait(5)
        return len(reads)

    refresher: Refresher[int] = Refresher(owner, work, results.append)
    for _ in range(10):
        refresher.again()
    assert refresher.reading
    gate.set()
    wait(lambda: results == [1, 2])
    wait(lambda: not refresher.reading)
    assert len(reads) == 2


def test_a_refresher_lives_on_after_an_error(qapp: QApplication, wait: Wait) -> None:
    owner, results, errors, answers = QObject(), [], [], iter([ValueError("once"), 7])

    def work(_job: Job) -> Any:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    refresher: Refresher[int] = Refresher(owner, work, results.append, errors.append)
    refresher.again()
    wait(lambda: bool(errors))
    refresher.again()
    wait(lambda: results == [7])
