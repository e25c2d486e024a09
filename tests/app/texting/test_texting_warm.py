"""What a text is judged by is loaded before the write that stores the first one, and read in small pieces."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from app.conversations.triage import judging, learning, model, words
from app.texting import arrivals, inbox


def test_the_first_text_of_the_day_loads_nothing_inside_its_write(
    world: Any, people: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (model._weights, words.languages, judging._remembered, arrivals.warm):
        each.cache_clear()
    loaded = []
    write = world.store.write_vital

    def watched(work: Any) -> Any:
        loaded.append((model._weights.cache_info().currsize, words.languages.cache_info().currsize))
        return write(work)

    monkeypatch.setattr(world.store, "write_vital", watched)
    world.receive(world.pdu(people[0], "What time?"))
    assert loaded[0] == (1, 1)
    misses = model._weights.cache_info().misses
    inbox.warm()
    assert model._weights.cache_info().misses == misses == 1


def test_the_weights_read_piece_by_piece_are_those_of_the_file() -> None:
    stored = json.loads((files("resources") / "triage" / "model.json").read_text("utf-8"))
    read = model._weights()
    assert list(read) == list(stored["weights"])
    for name in list(read)[::97]:
        assert list(read[name]) == [value * stored["scale"] for value in stored["weights"][name]]


def test_names_with_signs_and_an_object_of_nothing_are_read_too() -> None:
    names = {'w "': [1, -2], "w \\": [3, 4], "c }": [5, 6], "c é,": [7, 8], "w :{[": [9, 0]}
    for each in (names, {}):
        stored = '{"weights":' + json.dumps(each, ensure_ascii=False, separators=(",", ":")) + "}\n"
        assert dict(model.entries(stored, stored.index(":") + 1)) == each


def test_what_was_learned_is_taken_apart_once_while_it_stays_the_same(world: Any) -> None:
    with world.store.write() as unit:
        learning.learn(unit, "see you at the pool", ["positive"], [])
    with world.store.read() as conn:
        first = learning.load(conn)
        assert learning.load(conn) is first
    with world.store.write() as unit:
        learning.learn(unit, "see you at the pool", [], ["positive"])
    with world.store.read() as conn:
        assert learning.load(conn) is not first
