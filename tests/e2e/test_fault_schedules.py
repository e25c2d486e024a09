"""Random presses, arrivals, faults and deaths: whatever happens, each text is what it is said to be.

``P2PTEXT_SCHEDULES=2000`` runs so many; a seed gives the same schedule each time. The figures of a long run:
``python -m tests.benchmarks.soak.schedules``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.fault_schedules import Stage, make

COUNT = int(os.environ.get("P2PTEXT_SCHEDULES", "40"))


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder: Path = tmp_path_factory.mktemp("schedules")
    return Stage(folder)


@pytest.mark.parametrize("seed", range(COUNT))
def test_every_promise_is_kept(stage: Stage, seed: int) -> None:
    result = stage.run(make(seed))
    assert not result.broken, str(result)


def test_a_schedule_can_be_had_again(stage: Stage) -> None:
    first, second = (stage.run(make(5)) for _ in range(2))
    assert str(make(5)) == str(make(5))
    assert (first.states, first.faults, first.virtual) == (second.states, second.faults, second.virtual)
