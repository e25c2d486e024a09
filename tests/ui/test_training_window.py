"""The training as a trainee does it: the real desk and inbox, an emulated modem, real keys; then the questions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app import wiring
from app.operators import profiles, room, steps, training
from app.store.tables import conversation, message
from app.store.tables import training as results
from app.workspace import Workspace
from ui.press import DWELL
from ui.training.quiz import Quiz
from ui.training.window import TrainingWindow, open_training

Key = Qt.Key


@pytest.fixture
def kim(workspace: Workspace) -> profiles.Profile:
    workspace.read_people()
    made = profiles.add(workspace.store, workspace.clock, "Kim")
    workspace.read_people()
    workspace.sign_in(made)
    return made


@pytest.fixture
def window_of(
    workspace: Workspace, kim: profiles.Profile, window: Callable[..., Any], monkeypatch: pytest.MonkeyPatch,
    wait: Callable[..., None],
) -> Iterator[tuple[Any, TrainingWindow]]:  # fmt: skip
    """The main window and the training over it; its people answer at once."""
    usual = room.arguments()
    monkeypatch.setattr(room, "arguments", lambda: (*usual, "--speed", "20"))
    workspace.training_room = lambda: room.build(workspace.operator, wiring._training_opener)
    main = window()
    made: list[TrainingWindow] = []
    open_training(workspace, main, None, made.append)
    wait(lambda: made, 20.0)
    opened = made[0]
    folder = opened.room.folder
    yield main, opened
    if opened.room.folder.exists():
        opened.close()
    wait(lambda: not folder.exists(), 20.0)


def press(*keys: Key | str) -> None:
    for key in keys:
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClicks(widget, key) if isinstance(key, str) else QTest.keyClick(widget, key)


def states(made: TrainingWindow) -> dict[str, int]:
    with made.room.workspace.store.read() as conn:
        rows = conn.execute(
            sa.select(message.c.state, sa.func.count())
            .where(message.c.direction == "out", message.c.kind == "first")
            .group_by(message.c.state)
        )
        return {str(row[0]): int(row[1]) for row in rows}


def step(made: TrainingWindow, key: str) -> steps.Step:
    return next(each for each in steps.look(made.room.workspace.store) if each.key == key)


def thread(made: TrainingWindow, name: str) -> int:
    number = next(each.number for each in room.cast() if each.name.startswith(name))
    with made.room.workspace.store.read() as conn:
        found = conn.execute(sa.select(conversation.c.id).where(conversation.c.number == number)).scalar()
    assert found is not None
    return int(found)


def test_a_trainee_sends_answers_opts_out_and_decides(
    window_of: tuple[Any, TrainingWindow], wait: Callable[..., None], settle: Callable[[], None],
    workspace: Workspace, kim: profiles.Profile,
) -> None:  # fmt: skip
    _main, made = window_of
    made.activateWindow()
    desk = made.page("desk")
    card = desk.card_view
    clock = made.room.workspace.clock
    wait(lambda: any(view.state == "ready" for view in made.room.lines.views()), 20.0)
    for count in range(1, 9):
        wait(lambda: card.send.gate.armed and card.send.isEnabled() and not card.busy, 10.0)
        ready = clock.monotonic() + DWELL + 0.05
        wait(lambda ready=ready: clock.monotonic() > ready)
        desk.setFocus()
        press(Key.Key_Return)
        wait(lambda count=count: states(made).get("queued", 0) == 8 - count, 10.0)
    wait(lambda: states(made) == {"sent": 7, "unknown": 1}, 20.0)
    assert step(made, "send").done
    assert not step(made, "unknown").done
    wait(lambda: all(each.open for each in steps.look(made.room.workspace.store)), 20.0)
    settle()
    desk.setFocus()
    press(Key.Key_D)
    settle()
    press(Key.Key_Y)
    wait(lambda: step(made, "unknown").done)

    stop = step(made, "stop")
    assert not stop.done  # they are opted out, and nobody has looked yet
    inbox = made.page("inbox")
    for name in ("Chloe", "Dev"):
        made.go("inbox", conversation_id=thread(made, name))
        settle()
    wait(lambda: step(made, "stop").done)

    for name in ("Hal", "Frank"):
        made.go("inbox", conversation_id=thread(made, name))
        settle()
        button = inbox.pane.head.opt_out_button
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=button.rect().center())
        wait(lambda: inbox.acts.dialog is not None and inbox.acts.dialog.fields[0].hasFocus())
        press("they said so", Key.Key_Return)
        settle()
    assert step(made, "hostile").done
    assert step(made, "wrong").done
    made.go("inbox", conversation_id=thread(made, "Grace"))
    settle()
    wait(lambda: step(made, "driving").done)
    made.go("inbox", conversation_id=thread(made, "Ana"))
    settle()
    made.activateWindow()
    inbox.threads.list.setFocus()
    wait(lambda: inbox.threads.list.hasFocus() and inbox.ready)
    press(Key.Key_D)
    settle()
    wait(lambda: step(made, "yes").done)
    assert not made.steps.questions.isEnabled()  # Ben still waits
    made.go("inbox", conversation_id=thread(made, "Ben"))
    settle()
    composer = inbox.pane.composer
    composer.edit.setFocus()
    press("At seven.")
    settle()
    ready = clock.monotonic() + DWELL + 0.05
    wait(lambda: clock.monotonic() > ready)
    press(Key.Key_Return)
    wait(lambda: step(made, "question").done, 10.0)
    wait(lambda: made.steps.questions.isEnabled())
    QTest.keyClick(made, Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    assert made.quiz.isVisible()
    answer(made.quiz, right=8, wait=wait)
    assert made.quiz.result is not None
    assert made.quiz.result.passed
    assert training.results(workspace.store)[kim.id].right == 8
    press(Key.Key_Return)  # Done


def answer(quiz: Quiz, *, right: int, wait: Callable[..., None]) -> None:
    for number, drawn in enumerate(quiz.asked):
        place = drawn.right if number < right else (drawn.right + 1) % 4
        assert quiz.question.text() == drawn.question.text
        press(str(place + 1), Key.Key_Return)
    wait(lambda: quiz.result)


def test_nothing_of_it_touches_the_office_and_escape_does_not_end_it(
    window_of: tuple[Any, TrainingWindow], workspace: Workspace, settle: Callable[[], None]
) -> None:
    main, made = window_of
    settle()
    assert made.room.workspace.folder != workspace.folder
    assert "nothing leaves this computer" in made.banner.label.text()
    press(Key.Key_Escape)
    assert made.isVisible()
    made.go("campaigns")
    assert "not part" in made.banner.label.text()
    with workspace.store.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(message)).scalar() == 0
    assert all(view.practice for view in made.room.lines.views())
    main.close()  # the training ends with the window


# -- the questions alone --------------------------------------------------------------------------


@pytest.fixture
def quiz(workspace: Workspace, kim: profiles.Profile, build: Callable[..., QWidget]) -> Quiz:
    made = Quiz(workspace)
    build(made)
    made.begin()
    return made


def test_a_wrong_answer_is_explained_and_it_can_be_tried_again(
    quiz: Quiz, wait: Callable[..., None], workspace: Workspace
) -> None:
    answer(quiz, right=7, wait=wait)
    assert quiz.result is not None
    assert not quiz.result.passed
    words = " ".join(label.text() for label in quiz.findChildren(type(quiz.question)) if label.isVisible())
    for drawn in quiz.asked[7:]:
        assert drawn.question.why in words
        assert drawn.answers[drawn.right] in words
    assert quiz.asked[0].question.why not in words
    press(Key.Key_A)
    assert quiz.result is None
    assert quiz.place.text() == "Question 1 of 10"
    answer(quiz, right=10, wait=wait)
    assert quiz.result is not None
    assert quiz.result.passed
    with workspace.store.read() as conn:
        assert conn.execute(sa.select(results.c.passed).order_by(results.c.id)).scalars().all() == [
            False,
            True,
        ]


def test_enter_without_an_answer_stays(quiz: Quiz) -> None:
    press(Key.Key_Return, Key.Key_Return)
    assert quiz.given == []
    press("2")
    assert quiz.answers.buttons[1].isChecked()
    press(Key.Key_Up)  # the arrows choose too
    assert quiz.answers.buttons[0].isChecked()
    press(Key.Key_Return)
    assert quiz.given == [0]
