"""Every fault by itself, and every device with the faults that matter most: the promises of the schedules."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from modem.emulator import persona
from modem.emulator.faults import FAULTS
from tests.e2e.fault_judge import Result
from tests.e2e.fault_schedules import WITHOUT_TEXTS, Stage, alone

CENTRAL = (
    *("cms-taken", "urc-inside", "hangup-after-ctrl-z", "reboot-in-pdu"),
    *("port-gone", "settings-forgotten", "cmti-lost"),
)
#: Nothing in the dialogue gives them an occasion: no USSD is asked for.
NEVER = ("ussd-silent",)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder: Path = tmp_path_factory.mktemp("faults")
    return Stage(folder)


def run(stage: Stage, name: str, who: str) -> Result:
    return stage.run(alone(name, who, random.Random(f"{name}/{who}")))


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_every_fault_alone(stage: Stage, name: str) -> None:
    result = run(stage, name, "generic")
    assert not result.broken, str(result)
    assert bool(result.faults[name]) == (name not in NEVER), str(result)


@pytest.mark.parametrize("who", [name for name in persona.names() if name not in WITHOUT_TEXTS])
@pytest.mark.parametrize("name", CENTRAL)
def test_every_device_with_the_worst_of_them(stage: Stage, name: str, who: str) -> None:
    result = run(stage, name, who)
    assert not result.broken, str(result)


@pytest.mark.parametrize("who", WITHOUT_TEXTS)
def test_a_device_without_texts_sends_none_and_keeps_the_clicks(stage: Stage, who: str) -> None:
    result = run(stage, "reboot", who)
    assert set(result.states) <= {"clicked", "queued"}
    assert not result.shown
