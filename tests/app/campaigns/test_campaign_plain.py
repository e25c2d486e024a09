"""Plain letters, sizes and the template library."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.campaigns import library, linting, plain, sizes, templates
from app.campaigns.refusing import CampaignError
from app.campaigns.templates import TemplateError
from app.clock import FixedClock
from app.store.engine import Store
from modem import sms


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It’s “fine” – ok…", 'It\'s "fine" - ok...'),
        ("10\u00a0am\u202fsharp", "10 am sharp"),
        ("a\u200bb\ufeffc", "abc"),
        ("Hi 🎉 there 🙂", "Hi there :)"),
        ("👨‍👩‍👧 ok 🇩🇪!", "ok !"),
        ("❤️ you", "<3 you"),
        ("Łódź, œuvre, naïve", "Lodz, oeuvre, naive"),
        ("e\u0301te\u0301", "ete"),
        ("`x´ a\tb", "'x' a b"),
        ("café für Øst €5 [x]", "café für Øst €5 [x]"),
        ("Привет, 你好", "Привет, 你好"),
        ("{“x”} {a|it’s} {{’}}", "{“x”} {a|it's} {{'}}"),
        ("½ cup, 20°", "1/2 cup, 20 deg."),
    ],
)
def test_plain_letters(text: str, wanted: str) -> None:
    assert plain.clean(text).text == wanted


def test_each_change_is_shown_and_what_stays_is_named() -> None:
    found = plain.clean("It’s 你 {“x”|…}")
    assert [(c.start, c.end, c.old, c.plain) for c in found.changes] == [
        (2, 3, "’", "'"),
        (12, 13, "…", "..."),
    ]
    assert found.left == ("你",)
    assert plain.clean("plain").changes == ()


@given(st.text(max_size=200))
def test_cleaning_is_done_once_and_adds_no_foreign_letter(text: str) -> None:
    found = plain.clean(text)
    again = plain.clean(found.text)
    assert again.changes == ()
    assert all(found.text.count(letter) <= text.count(letter) for letter in found.left)


@given(st.text(alphabet=st.sampled_from("aé€^{}Łż🙂 \n\r@`Ω"), max_size=400))
def test_the_fast_size_is_the_size(text: str) -> None:
    cost = sms.split(text)
    assert sizes.of(text) == (len(cost.segments), cost.units, cost.offending or "")


@pytest.mark.parametrize("length", [0, 1, 160, 161, 306, 307, 459, 460])
def test_the_fast_size_at_the_edges(length: int) -> None:
    cost = sms.split("x" * length)
    assert sizes.of("x" * length) == (len(cost.segments), cost.units, "")


# -- the library ----------------------------------------------------------------------------------


@pytest.mark.parametrize("each", library.shipped(), ids=lambda each: each.key)
def test_a_shipped_text_is_good_to_send(each: library.LibraryText) -> None:
    template = templates.parse(each.text)
    assert plain.clean(each.text).changes == ()
    assert sizes.of(each.text).offending == ""
    assert "STOP" in template.plain
    assert {"sender", "organisation"} & set(template.fields)
    assert list(linting._clashes(template.plain)) == []
    assert len(template.plain) < 306


def test_every_use_has_texts_and_every_key_is_one() -> None:
    shipped = library.shipped()
    assert {each.purpose for each in shipped} == set(library.PURPOSES)
    assert len({each.key for each in shipped}) == len(shipped)


def test_own_texts_favourites_and_copies(store: Store, clock: FixedClock) -> None:
    key = library.save(store, clock, "  Our\nvisit ", "reminder", "Hi {first_name}")
    assert library.texts(store)[0] == library.LibraryText(key, "reminder", "Our visit", "Hi {first_name}")
    assert library.save(store, clock, "Our visit", "event", "Hello", key) == key
    library.like(store, "vote/plan", liked=True)
    library.like(store, "vote/plan", liked=True)
    found = library.texts(store)
    assert [each.key for each in found[:2]] == ["vote/plan", key]
    assert (found[0].favourite, found[0].is_own, found[1].text) == (True, False, "Hello")
    copy = library.duplicate(store, clock, found[0])
    made = next(each for each in library.texts(store) if each.key == copy)
    assert (made.name, made.text, made.is_own) == ("A plan to vote (copy)", found[0].text, True)
    library.like(store, "vote/plan", liked=False)
    library.like(store, copy, liked=True)
    assert library.delete(store, copy)
    assert not library.delete(store, copy)
    assert not library.delete(store, "vote/plan")
    assert [each.favourite for each in library.texts(store)].count(True) == 0


def test_searching_takes_every_word(store: Store) -> None:
    assert [each.key for each in library.texts(store, "POLLING plan")] == ["vote/plan"]
    assert library.texts(store, "zebra") == ()


def test_what_cannot_be_kept(store: Store, clock: FixedClock) -> None:
    for name, text in (("", "Hi"), ("x", "  ")):
        with pytest.raises(CampaignError):
            library.save(store, clock, name, "event", text)
    with pytest.raises(TemplateError):
        library.save(store, clock, "x", "event", "{")
