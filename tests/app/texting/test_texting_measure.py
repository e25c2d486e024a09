"""What a text costs, in words."""

from __future__ import annotations

import pytest

from app.texting.measure import describe, measure


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Of course!", "10 / 160 · 1 segment · GSM-7"),
        ("€" * 80, "160 / 160 · 1 segment · GSM-7"),
        ("a" * 161, "161 / 306 · 2 segments · GSM-7"),
        ("Łucja", "5 / 70 · 1 segment · UCS-2 because of Ł (U+0141)"),
        ("ok 👍🏽", "7 / 70 · 1 segment · UCS-2 because of 👍🏽 (U+1F44D U+1F3FD)"),
        ("a\u200bb", "3 / 70 · 1 segment · UCS-2 because of U+200B"),
    ],
)
def test_describe(text: str, words: str) -> None:
    assert describe(text) == words


def test_offending_is_the_first_letter_outside_the_alphabet() -> None:
    assert measure("aŁé").offending == "Ł"
    assert measure("aé").offending is None
