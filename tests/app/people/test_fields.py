"""Typed fields: how they are read, shown, guessed and changed; the words of the list are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.clock import SystemClock
from app.people import contacts, fields, fieldtypes, importing, suspicions
from app.people.reading import open_source
from app.store import tables as t
from app.store.engine import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    yield store
    store.close()


@pytest.mark.parametrize(
    ("kind", "raw", "month_first", "shown", "sorts_as"),
    [
        ("date", "2026-03-05", True, "Mar 5, 2026", "2026-03-05"),
        ("date", "3/5/2026", True, "Mar 5, 2026", "2026-03-05"),
        ("date", "3/5/2026", False, "3 May 2026", "2026-05-03"),
        ("date", "05.03.2026", True, "Mar 5, 2026", "2026-03-05"),
        ("date", "5 March 2026", False, "5 Mar 2026", "2026-03-05"),
        ("date", "March 5th, 2026", False, "5 Mar 2026", "2026-03-05"),
        ("date", "31/12/99", False, "31 Dec 1999", "1999-12-31"),
        ("date", "soon", False, "soon", None),
        ("date", "2026-02-30", False, "2026-02-30", None),
        ("time", "2:30 PM", True, "2:30 pm", 870),
        ("time", "14.30", False, "14:30", 870),
        ("time", "12 am", False, "12:00 am", 0),
        ("time", "25:00", False, "25:00", None),
        ("time", "ten", False, "ten", None),
        ("number", "1,234.5", False, "1,234.5", 1234.5),
        ("number", "1.234,5", False, "1.234,5", 1234.5),
        ("number", "3,000", False, "3,000", 3000),
        ("number", "7.0", False, "7", 7),
        ("number", "about 5 or 6", False, "about 5 or 6", None),
        ("money", "$1200.5", True, "$1,200.50", 1200.5),
        ("money", "€9", False, "€9", 9),
        ("money", "1200 KES", False, "1200 KES", 1200),
        ("link", "https://example.org/a", False, "https://example.org/a", None),
        ("text", "2026-03-05", False, "2026-03-05", None),
    ],
)
def test_how_a_value_is_shown_and_sorted(
    kind: str, raw: str, month_first: bool, shown: str, sorts_as: object
) -> None:
    import datetime as dt

    key = dt.date.fromisoformat(sorts_as).toordinal() if isinstance(sorts_as, str) else sorts_as
    assert fields.convert(kind, raw, month_first) == (shown, key)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["2026-03-05", "", "2026-01-01"], "date"), (["3/5/2026", "12/31/2026"], "date"),
        (["10:30", "9:15 am"], "time"), (["$5", "$1,200.50"], "money"), (["5", "12", "7.5"], "number"),
        (["60601", "02139", "10001"], "text"), (["5550100123", "5550100124"], "text"),
        (["https://a.example", "www.b.example"], "link"), (["May", "June"], "text"), (["5"], "text"), ([], "text"),
        (["2026", "2027"], "number"), (["2026-03-05", "tomorrow"], "text"),
    ],
)  # fmt: skip
def test_a_columns_kind_is_guessed_with_care(values: list[str], kind: str) -> None:
    assert fields.guess(values, month_first=True) == kind


@given(st.text(max_size=60), st.sampled_from(fields.KINDS), st.booleans())
def test_no_text_breaks_a_kind(raw: str, kind: str, month_first: bool) -> None:
    shown, key = fields.convert(kind, raw, month_first)
    assert isinstance(shown, str)
    assert key is None or isinstance(key, (int, float))


def take(store: Store, text: str, keep: str = "existing") -> None:
    source = open_source(text)
    preview = importing.preview(store, source, "US")
    importing.run(store, SystemClock(), source, preview.mapping, "US", keep=keep)


def person(store: Store) -> contacts.Contact:
    (row,) = contacts.page(store, query="Maria")
    found = contacts.get(store, row.id)
    assert found is not None
    return found


TWO = "Name,Phone,Due,City\nMaria,312-555-0187,2026-03-05,Chicago\nJon,312-555-0119,2026-04-05,Chicago\n"


def test_the_words_of_the_list_are_kept_through_changes_of_kind(store: Store) -> None:
    take(store, TWO)
    assert (person(store).fields, person(store).raw_fields) == (
        {"due": "Mar 5, 2026", "city": "Chicago"}, {"due": "2026-03-05"},
    )  # fmt: skip
    for kind, shown in (("number", "2026-03-05"), ("text", "2026-03-05"), ("date", "Mar 5, 2026")):
        assert fieldtypes.change(store, "due", kind, "US")
        assert person(store).fields["due"] == shown


def test_a_cancelled_change_changes_nothing(store: Store) -> None:
    take(store, TWO)
    assert not fieldtypes.change(store, "due", "text", "US", cancelled=lambda: True)
    assert person(store).fields["due"] == "Mar 5, 2026"
    assert fieldtypes.kinds(store)["due"] == "date"


def test_the_kind_that_is_known_is_used_for_the_next_list(store: Store) -> None:
    take(store, TWO)
    fieldtypes.change(store, "due", "text", "US")
    preview = importing.preview(store, open_source(TWO.replace("2026", "2027")), "US")
    assert dict(preview.mapping.kinds).get("due", "text") == "text"


def test_a_changed_field_is_shown_by_its_kind_and_the_others_keep_their_words(store: Store) -> None:
    take(store, TWO)
    before = person(store)
    after = contacts.save(
        store, SystemClock(), before.id, {"fields": {**before.fields, "city": "Evanston"}}, "US"
    )
    assert (after.fields["due"], after.raw_fields) == ("Mar 5, 2026", {"due": "2026-03-05"})
    after = contacts.save(store, SystemClock(), before.id, {"fields": {"due": "4/1/2026"}}, "US")
    assert (after.fields, after.raw_fields) == ({"due": "Apr 1, 2026"}, {"due": "4/1/2026"})


def test_an_update_takes_a_field_with_its_words_and_its_place(store: Store) -> None:
    take(store, TWO)
    take(store, TWO.replace("2026-03-05", "2027-01-02"))
    assert person(store).raw_fields == {"due": "2026-03-05"}
    take(store, TWO.replace("2026-03-05", "2027-01-02"), keep="file")
    assert person(store).raw_fields == {"due": "2027-01-02"}
    with store.read() as conn:
        keys = conn.execute(sa.select(t.contact.c.field_keys).where(t.contact.c.name == "Maria")).scalar_one()
    assert list(json.loads(keys)) == ["due"]


# -- odd lists ------------------------------------------------------------------------------------


def survey(store: Store, text: str) -> suspicions.Survey:
    source = open_source(text)
    found = suspicions.survey(source, importing.preview(store, source, "US").mapping, "US")
    assert found is not None
    return found


def test_a_plain_list_is_not_odd(store: Store) -> None:
    rows = "".join(f"Person {chr(65 + i)},+1{312 + i}555{i * 737 % 9973:04}\n" for i in range(20))
    assert survey(store, "Name,Phone\n" + rows).findings() == ()


def test_numbers_in_sequence_and_of_one_block(store: Store) -> None:
    found = survey(store, "Name,Phone\n" + "".join(f"Person {i},312555{i:04}\n" for i in range(60)))
    assert (found.sequential, found.block) == (60, ("+1312555", 60))
    assert "follow one another" in found.findings()[0]


@pytest.mark.parametrize(("count", "found"), [(9, 0), (10, 10), (11, 11)])
def test_a_run_begins_with_ten(count: int, found: int) -> None:
    gap = [f"+1773555{i * 3:04}" for i in range(30)]
    assert suspicions.in_runs([*gap, *(f"+1312555{i:04}" for i in range(count))]) == found


def test_shouting_and_nameless(store: Store) -> None:
    loud = survey(
        store, "Name,Phone\n" + "".join(f"MARIA {chr(65 + i)}O,312555{i * 7:04}\n" for i in range(4))
    )
    assert loud.shouting == 4
    assert any("capitals" in words for words in loud.findings())
    nobody = survey(store, "312-555-0187\n312-555-0119\n")
    assert nobody.findings() == ("Nobody in this list has a name.",)


def test_a_survey_counts_doubles_and_households_and_keeps_nothing(store: Store) -> None:
    text = "Name,Phone\nAna Ortega,312-555-0187\nBen Ortega,312-555-0187\nAna Ortega,312-555-0187\nX,12\n"
    found = survey(store, text)
    assert (found.total, found.people, found.doubles, found.households, found.refused) == (4, 1, 2, 1, 1)
    assert found.example == "Ana and Ben Ortega"
    assert contacts.count(store) == 0


def test_a_survey_stops_when_asked(store: Store) -> None:
    source = open_source(TWO)
    mapping = importing.preview(store, source, "US").mapping
    assert suspicions.survey(source, mapping, "US", cancelled=lambda: True) is None
