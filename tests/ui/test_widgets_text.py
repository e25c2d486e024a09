from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.widgets_text import (
    DISPLAY_LIMIT,
    FSI,
    PDI,
    badge_spans,
    isolated,
    label_text,
    one_line,
    shown_spans,
    visible,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\u202etxt.exe", "⟦RLO⟧txt.exe"),
        ("a\u200bb\u200db\ufeff", "a⟦ZWSP⟧b⟦ZWJ⟧b⟦BOM⟧"),
        ("\u2066x\u2069", "⟦LRI⟧x⟦PDI⟧"),
        ("bell\a\x1b", "bell⟦U+0007⟧⟦U+001B⟧"),
        ("\x85", "⟦U+0085⟧"),
        ("soft\u00adhyphen", "soft⟦SHY⟧hyphen"),
        ("line\u2028break", "line⟦LINE⟧break"),
        ("lone \ud800", "lone ⟦U+D800⟧"),
        ("שלום", "שלום"),
        ("Zoë 👍🏽", "Zoë 👍🏽"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),  # joiners that join stay
        ("می‌خواهم", "می‌خواهم"),
    ],
)
def test_what_cannot_be_seen_gets_a_badge(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_long_texts_are_cut_with_a_word() -> None:
    assert visible("x" * (DISPLAY_LIMIT + 7)).endswith("… (7 more characters)")
    assert len(one_line("word " * 1000)) < 300


def test_rows_are_one_line_and_keep_their_direction_to_themselves() -> None:
    assert one_line("a\n\n b\tc") == "a b c"
    assert isolated("plain") == "plain"
    assert isolated("שלום") == FSI + "שלום" + PDI
    assert isolated("\u202eevil") == FSI + "⟦RLO⟧evil" + PDI


def test_labels_keep_our_isolates_and_no_others() -> None:
    assert label_text(f"to {isolated('שלום')} now") == f"to {FSI}שלום{PDI} now"
    assert label_text(f"{PDI}x{FSI}") == "⟦PDI⟧x⟦FSI⟧"
    assert label_text(f"{FSI}open") == "⟦FSI⟧open"
    assert label_text(f"{FSI}a\u202eb{PDI}") == f"{FSI}a⟦RLO⟧b{PDI}"


HIDDEN = "\u200b\u200d\u202a\u202e\u2066\u2069\ufeff\u00ad\x00\x1b"


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from(HIDDEN)), max_size=80))
def test_nothing_hidden_is_left(text: str) -> None:
    shown = visible(text)
    for character in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b\x00\x1b":
        assert character not in shown
    assert visible(shown) == shown


@given(st.text(alphabet="ab👍\u200b\u202e", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_spans_follow_their_words(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    units = visible(text).encode("utf-16-le")

    def cut(span: tuple[int, int]) -> str:
        return units[span[0] * 2 : span[1] * 2].decode("utf-16-le")

    assert cut(shown_spans(text, [(start, end)])[0]) == visible(text[start:end])
    assert all(cut(span)[0] == "⟦" for span in badge_spans(text))
    assert len(badge_spans(text)) == sum(character in "\u200b\u202e" for character in text)
