"""Training: the questions on the rules, who passed, and whether texting needs it."""

from __future__ import annotations

import json
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import sqlalchemy as sa

from app.clock import Clock
from app.operators.profiles import note
from app.operators.roles import MANAGER
from app.store.engine import Store
from app.store.prepared import Prepared
from app.store.tables import line, office_setting, operator, training

ASKED: Final = 10
TO_PASS: Final = 8
_KEY = "training"

_REQUIRED = Prepared(sa.select(office_setting.c.value).where(office_setting.c.key == sa.bindparam("key")))
_PRACTICE = Prepared(sa.select(line.c.practice).where(line.c.id == sa.bindparam("line_id")))
_MAY = Prepared(
    sa.select(sa.literal(1))
    .select_from(operator.outerjoin(training, training.c.operator_id == operator.c.id))
    .where(
        operator.c.name == sa.bindparam("name"),
        sa.or_(operator.c.role == sa.bindparam("manager"), training.c.passed),
    )
    .limit(sa.literal_column("1"))
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question. ``right`` is the index of the right answer in ``answers``."""

    id: str
    text: str
    answers: tuple[str, ...]
    right: int
    why: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question as it is asked: its answers in an order of chance."""

    question: Question
    answers: tuple[str, ...]

    @property
    def right(self) -> int:
        """Where the right answer stands."""
        return self.answers.index(self.question.answers[self.question.right])


@dataclass(frozen=True, slots=True)
class Result:
    """How a test went. ``at`` is UTC seconds."""

    at: float
    asked: int
    right: int
    passed: bool


@cache
def pool() -> tuple[Question, ...]:
    """All the questions that come with the program."""
    found = tomllib.loads(files("resources").joinpath("training", "questions.toml").read_text("utf-8"))
    return tuple(
        Question(each["id"], each["text"], tuple(each["answers"]), int(each["right"]) - 1, each["why"])
        for each in found["question"]
    )


def draw(chance: random.Random | None = None, count: int = ASKED) -> tuple[Drawn, ...]:
    """``count`` questions, with their answers shuffled."""
    chance = chance or random.SystemRandom()
    return tuple(
        Drawn(each, tuple(chance.sample(each.answers, len(each.answers))))
        for each in chance.sample(pool(), min(count, len(pool())))
    )


def record(
    store: Store, clock: Clock, operator_id: int, asked: Sequence[Drawn], chosen: Sequence[int]
) -> Result:
    """Keep how somebody answered: ``chosen`` has the place of an answer for each question asked."""
    said = [(each, each.answers[place]) for each, place in zip(asked, chosen, strict=True)]
    right = sum(each.answers[each.right] == answer for each, answer in said)
    passed = len(asked) >= ASKED and right >= TO_PASS
    rows = [
        {"question": each.question.id, "answer": answer, "right": each.answers[each.right] == answer}
        for each, answer in said
    ]
    now = clock.now()
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(training).values(
                operator_id=operator_id,
                at=now,
                asked=len(asked),
                right=right,
                passed=passed,
                answers=json.dumps(rows, ensure_ascii=False),
            )
        )
        name = unit.conn.execute(sa.select(operator.c.name).where(operator.c.id == operator_id)).scalar()
        words = f"{right} of {len(asked)} right, {'passed' if passed else 'not passed'}"
        note(unit, clock, name or "", "training", words)
    return Result(now, len(asked), right, passed)


def results(store: Store) -> Mapping[int, Result]:
    """For each person who took the test: the last one that they passed, else the last one."""
    with store.read() as conn:
        rows = conn.execute(sa.select(training).order_by(training.c.passed, training.c.at)).mappings()
        return {
            row["operator_id"]: Result(row["at"], row["asked"], row["right"], bool(row["passed"]))
            for row in rows
        }


def required(conn: sa.Connection) -> bool:
    """Whether a texter needs to have passed before they text real people."""
    found = _REQUIRED.first(conn, key=_KEY)
    return found is not None and _says_required(found[0])


def is_required(store: Store) -> bool:
    """As :func:`required`."""
    with store.read() as conn:
        return required(conn)


def set_required(store: Store, clock: Clock, wanted: bool, *, by: str = "") -> None:
    """Require it, or no longer."""
    value = json.dumps({"required": wanted})
    with store.write() as unit:
        there = sa.update(office_setting).where(office_setting.c.key == _KEY).values(value=value)
        if not unit.conn.execute(there).rowcount:
            unit.conn.execute(sa.insert(office_setting).values(key=_KEY, value=value))
        note(unit, clock, by, "training", "is required" if wanted else "is no longer required")


def why_not(conn: sa.Connection, name: str, line_id: int) -> str:
    """Why ``name`` may not text by this line yet, as a sentence; "" = may. Practice is always open."""
    found = _REQUIRED.first(conn, key=_KEY)
    if found is None or not _says_required(found[0]):
        return ""
    practice = _PRACTICE.first(conn, line_id=line_id)
    if practice is not None and practice[0]:
        return ""
    if _MAY.first(conn, name=name, manager=MANAGER) is not None:
        return ""
    return (
        "Before you text real people, do the training: Settings, Training. It takes some ten minutes and "
        "nothing leaves this computer. Nothing was sent."
    )


def _says_required(value: Any) -> bool:
    try:
        return json.loads(value).get("required") is True
    except (ValueError, AttributeError, TypeError):
        return False
