"""Other programs' contacts: vCard of three versions, Google, Outlook, Spoke and ThruText, damaged ones too."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from app.clock import SystemClock
from app.people import importing, optouts, reading
from app.people.formats import columned, vcard
from app.people.reading import BadRow, ImportFailure, open_source
from app.store import tables as t
from app.store.engine import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(tmp_path / "data")
    yield store
    store.close()


CARDS = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;
FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=B6rg =
M=C3=BCller
TEL;HOME;FAX:+1 312-555-0100
TEL;HOME:(312) 555-0111
TEL;CELL;PREF:(312) 555-0187
PHOTO;ENCODING=BASE64;TYPE=JPEG:/9j/4AAQSkZJRgABAQEAYABgAAD/
 2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAx

END:VCARD
BEGIN:VCARD
VERSION:3.0
N:Ortega;Maria;;Dr.;
FN:Dr. Maria
  Ortega
item1.TEL;type=CELL;type=VOICE;type=pref:+1 (312) 555-0119
ORG:Lakeside Clinic;Dental
CATEGORIES:Members,Board\\, past
NOTE:Likes mornings\\nand tea
BDAY:19880214
END:VCARD
BEGIN:VCARD
VERSION:4.0
FN:Ana Park
TEL;VALUE=uri;PREF=1;TYPE="voice,cell":tel:+1-312-555-0142
TEL;VALUE=uri;TYPE=work:tel:+1-312-555-0143;ext=9
LANG:es
TZ:America/Chicago
END:VCARD
"""


def cards(text: str) -> list[tuple[int, list[str]]]:
    return list(vcard.rows(text.splitlines(keepends=True)))[1:]


def as_dict(cells: list[str]) -> dict[str, str]:
    return {name: cell for name, cell in zip(vcard.HEADER, cells, strict=True) if cell}


def test_cards_of_three_versions() -> None:
    first, second, third = (as_dict(cells) for _, cells in cards(CARDS))
    assert first == {
        "Name": "Jörg Müller", "First name": "Jörg", "Last name": "Müller", "Mobile": "(312) 555-0187",
        "Other numbers": "(312) 555-0111",
    }  # fmt: skip
    assert second == {
        "Name": "Dr. Maria Ortega", "First name": "Maria", "Last name": "Ortega", "Mobile": "+1 (312) 555-0119",
        "Organisation": "Lakeside Clinic Dental", "Birthday": "1988-02-14", "Tags": "Members ::: Board, past",
        "Notes": "Likes mornings\nand tea",
    }  # fmt: skip
    assert third["Mobile"] == "tel:+1-312-555-0142"
    assert third["Other numbers"] == "tel:+1-312-555-0143 x9"
    assert (third["Language"], third["Time zone"]) == ("es", "America/Chicago")


def test_a_file_of_cards_is_imported(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "contacts.vcf"
    path.write_text(CARDS, "utf-8")
    source = open_source(path)
    preview = importing.preview(store, source, "US")
    assert preview.format == "vcard"
    report = importing.run(store, SystemClock(), source, preview.mapping, "US")
    assert (report.total, report.imported, report.rejected_count, report.other_numbers) == (3, 3, 0, 1)
    with store.read() as conn:
        rows = {row.number: row for row in conn.execute(sa.select(t.contact))}
        tags = set(conn.execute(sa.select(t.tag.c.name)).scalars())
    assert rows["+13125550119"].notes == "Likes mornings\nand tea"
    assert rows["+13125550142"].language == "es"
    assert rows["+13125550142"].time_zone == "America/Chicago"
    assert json.loads(rows["+13125550119"].fields)["organisation"] == "Lakeside Clinic Dental"
    assert tags == {"Members", "Board past"}


def test_a_pasted_card_is_known() -> None:
    source = open_source(CARDS)
    layout = reading.inspect(source)
    assert layout.format == "vcard"
    assert len(list(reading.rows(source, layout))) == 4


def test_damaged_cards_are_told_one_by_one(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "bad.vcf"
    path.write_text(
        "BEGIN:VCARD\nFN:Never Closed\nTEL:312-555-0100\n"
        "BEGIN:VCARD\nFN:Good One\nTEL;CELL:312-555-0187\nEND:VCARD\n"
        "BEGIN:VCARD\nFN:No Number\nEND:VCARD\n"
        "END:VCARD\nstray words\n"
        "BEGIN:VCARD\nFN:Cut Off\nTEL:312-555"
    )
    source = open_source(path)
    preview = importing.preview(store, source, "US")
    report = importing.run(store, SystemClock(), source, preview.mapping, "US")
    assert report.imported == 1
    assert [(r.line, r.reason) for r in report.rejects] == [
        (1, "The card has no end."),
        (8, "There is no number."),
        (13, "The card has no end: the file may be cut off."),
    ]
    assert report.total == report.imported + report.duplicates + report.rejected_count


def test_a_file_of_nothing_but_damage_says_so(store: Store) -> None:
    with pytest.raises(ImportFailure, match="no end"):
        importing.preview(store, open_source("BEGIN:VCARD\nFN:A\nTEL:312-555-0187\n"), "US")


def test_a_card_without_end_is_bounded() -> None:
    (row,) = cards("BEGIN:VCARD\n" + "X-A:1\n" * (vcard.MAX_LINES + 10) + "END:VCARD\n")
    assert isinstance(row[1], BadRow)
    assert "lines" in row[1].reason


def test_a_great_picture_costs_nothing() -> None:
    picture = "PHOTO;ENCODING=b:" + "\n ".join(["A" * 70] * 40_000)
    started = time.process_time()
    (row,) = cards(f"BEGIN:VCARD\nFN:A\nTEL:312-555-0187\n{picture}\nEND:VCARD\n")
    assert as_dict(row[1])["Mobile"] == "312-555-0187"
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("line", "mobile"),
    [
        ("TEL;TYPE=work,voice:1\nTEL;TYPE=CELL:2", "2"),
        ("TEL;CELL:1\nTEL;CELL;PREF:2", "2"),
        ("TEL;TYPE=pager:1\nTEL;TYPE=home:2", "2"),
        ("TEL;HOME:1\nTEL;PREF;WORK:2", "2"),
        ("TEL;TYPE=fax,cell:1", "1"),
        ("tel;type=iPhone:+1%20312", "+1 312"),
        ('TEL;X="a:b;c":5', "5"),
        ("TEL:", ""),
    ],
)
def test_the_likeliest_number_is_texted(line: str, mobile: str) -> None:
    (row,) = cards(f"BEGIN:VCARD\nFN:A\n{line}\nEND:VCARD\n")
    assert row[1][3] == mobile


@pytest.mark.parametrize("charset", ["windows-1251", "ISO-8859-1", "no-such-set", "utf-8"])
def test_quoted_printable_of_any_charset_is_text(charset: str) -> None:
    (row,) = cards(f"BEGIN:VCARD\nFN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:=C0=E9=ZZ\nEND:VCARD\n")
    assert row[1][0]


@given(st.text(max_size=300), st.integers(0, 5))
def test_no_text_breaks_the_reader(text: str, cut: int) -> None:
    body = CARDS[: len(CARDS) * cut // 5] + text + "\nBEGIN:VCARD\nFN:Last\nTEL:1\nEND:VCARD\n"
    rows = list(vcard.rows(body.splitlines(keepends=True)))
    assert rows[-1][1][0] == "Last"
    assert all(len(cells) == len(vcard.HEADER) for _, cells in rows)


# -- CSV of other programs ------------------------------------------------------------------------

GOOGLE_OLD = """Name,Given Name,Family Name,Group Membership,Notes,E-mail 1 - Type,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value,Phone 2 - Type,Phone 2 - Value
Maria Ortega,Maria,Ortega,Friends ::: * myContacts,Vegan,* Home,m@example.org,Home,312-555-0100 ::: 312-555-0101,Mobile,(312) 555-0187
Jon Park,Jon,Park,* myContacts,,,,Home Fax,312-555-0102,Work,312-555-0119
"""
GOOGLE_NEW = """First Name,Last Name,Labels,Phone 1 - Label,Phone 1 - Value
Ana,Lopez,* myContacts ::: Choir,Mobile,+44 7400 123456
"""
OUTLOOK = """First Name,Middle Name,Last Name,Title,Business Fax,Business Phone,Home Phone,Mobile Phone,Categories,Notes,Language
Maria,,Ortega,Dr,312-555-0101,312-555-0102,312-555-0103,312-555-0187,Board;Members,Calls back,English
Jon,,Park,,,312-555-0119,,,,,
"""
SPOKE = """campaignId,campaign,assignmentId,texter[firstName],texter[cell],contact[firstName],contact[lastName],contact[cell],contact[zip],contact[optOut],contact[messageStatus],tags,contact[precinct],question[Will you vote?]
4,GOTV,9,Dana,+15555550100,Maria,Ortega,+13125550187,60601,false,convo,yes;driver,12,Yes
4,GOTV,9,Dana,+15555550100,Jon,Park,+13125550119,60602,true,closed,,13,
"""
THRUTEXT = """Conversation ID,Sender First Name,Contact First Name,Contact Last Name,Contact Phone,Opted Out,VAN ID
1,Dana,Maria,Ortega,13125550187,false,77
2,Dana,Jon,Park,13125550119,true,78
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GOOGLE_OLD, "google"), (GOOGLE_NEW, "google"), (OUTLOOK, "outlook"), (SPOKE, "spoke"),
        (THRUTEXT, "thrutext"), ("Name,Phone\nMaria,312-555-0187\n", "table"),
        ("firstName,lastName,cell\nA,B,312-555-0187\n", "table"),
    ],
)  # fmt: skip
def test_programs_are_known_by_their_columns(text: str, kind: str) -> None:
    assert reading.inspect(open_source(text)).format == kind


def imported(store: Store, text: str) -> tuple[Any, dict[str, Any], dict[str, set[str]]]:
    source = open_source(text)
    preview = importing.preview(store, source, "US")
    report = importing.run(store, SystemClock(), source, preview.mapping, "US", name="them.csv")
    with store.read() as conn:
        people = {row.number: row for row in conn.execute(sa.select(t.contact))}
        tags: dict[str, set[str]] = {}
        joined = sa.select(t.contact.c.number, t.tag.c.name).select_from(
            t.contact.join(t.contact_tag, t.contact_tag.c.contact_id == t.contact.c.id).join(
                t.tag, t.tag.c.id == t.contact_tag.c.tag_id
            )
        )
        for number, tag in conn.execute(joined):
            tags.setdefault(number, set()).add(tag)
    return report, people, tags


def others(store: Store, number: str) -> set[str]:
    with store.read() as conn:
        query = sa.select(t.contact_number.c.number).join(
            t.contact, t.contact.c.id == t.contact_number.c.contact_id
        )
        return set(conn.execute(query.where(t.contact.c.number == number)).scalars())


def test_google(store: Store) -> None:
    report, people, tags = imported(store, GOOGLE_OLD)
    assert set(people) == {"+13125550187", "+13125550119"}
    maria = people["+13125550187"]
    assert (maria.first_name, maria.last_name, maria.notes) == ("Maria", "Ortega", "Vegan")
    assert json.loads(maria.fields) == {"e_mail_1_value": "m@example.org"}
    assert others(store, "+13125550187") == {"+13125550100", "+13125550101"}
    assert tags == {"+13125550187": {"Friends"}}
    assert report.rejected_count == 0
    _, people, tags = imported(store, GOOGLE_NEW)
    assert people["+447400123456"].name == "Ana Lopez"
    assert tags["+447400123456"] == {"Choir"}


def test_outlook(store: Store) -> None:
    _, people, tags = imported(store, OUTLOOK)
    assert set(people) == {"+13125550187", "+13125550119"}
    assert people["+13125550187"].language == "English"
    assert people["+13125550187"].notes == "Calls back"
    assert others(store, "+13125550187") == {"+13125550102", "+13125550103"}
    assert tags == {"+13125550187": {"Board", "Members"}}


@pytest.mark.parametrize(("text", "words"), [(SPOKE, "Spoke export"), (THRUTEXT, "ThruText export")])
def test_opted_out_there_is_opted_out_here_with_its_source(store: Store, text: str, words: str) -> None:
    report, people, _ = imported(store, text)
    assert report.opted_out == 1
    assert people["+13125550187"].name == "Maria Ortega"
    (row,) = optouts.page(store)
    assert (row.number, row.source) == ("+13125550119", "import")
    assert row.evidence == f"marked as opted out in the list them.csv ({words})"
    assert "Dana" not in "".join(people["+13125550187"].fields)


def test_spokes_fields_and_tags(store: Store) -> None:
    _, people, tags = imported(store, SPOKE)
    fields = json.loads(people["+13125550187"].fields)
    assert fields["zip"] == "60601"
    assert fields["precinct"] == "12"
    assert fields["will_you_vote"] == "Yes"
    assert tags == {"+13125550187": {"yes", "driver"}}


def test_a_chosen_format_overrules_what_was_found(store: Store) -> None:
    from dataclasses import replace

    source = replace(open_source(GOOGLE_NEW), format="table")
    preview = importing.preview(store, source, "US")
    assert preview.format == "table"
    assert preview.columns[3:] == ("Phone 1 - Label", "Phone 1 - Value")
    assert preview.mapping.number == 4


@given(
    st.lists(st.text(max_size=20), max_size=12), st.sampled_from(["google", "outlook", "spoke", "thrutext"])
)
def test_no_header_breaks_an_adapter(header: list[str], kind: str) -> None:
    rows = list(columned.adapt(kind, iter([(1, header), (2, ["x"]), (3, ["312"] * 14)])))
    assert all(len(cells) == len(rows[0][1]) for _, cells in rows)


# -- a second number, doubles ---------------------------------------------------------------------


def test_when_the_first_number_is_none_the_second_is_texted(store: Store) -> None:
    text = "Name,Mobile,Other numbers\nMaria,n/a,12 ::: 312-555-0187\nJon,312-555-0119,312-555-0120;bad\n"
    report, people, _ = imported(store, text)
    assert set(people) == {"+13125550187", "+13125550119"}
    assert report.rejected_count == 0
    assert others(store, "+13125550187") == set()
    assert others(store, "+13125550119") == {"+13125550120"}


def test_tags_of_doubles_come_together_and_a_second_import_adds(store: Store) -> None:
    imported(store, "Name,Phone,Tags\nMaria,312-555-0187,a;B\nMaria,312-555-0187,c\n")
    _, _, tags = imported(store, "Name,Phone,Tags\nMaria,312-555-0187,b;d\n")
    assert tags["+13125550187"] == {"a", "B", "c", "d"}


HOUSE = "First name,Last name,Phone\nAna,Ortega,312-555-0187\nBen,Ortega,312-555-0187\nana,ortega,312-555-0187\nCy,Park,312-555-0119\nDi,Lee,312-555-0119\n"


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        ("first", {"+13125550187": ("Ana Ortega", "Ana"), "+13125550119": ("Cy Park", "Cy")}),
        ("last", {"+13125550187": ("Ben Ortega", "Ben"), "+13125550119": ("Di Lee", "Di")}),
        ("merge", {"+13125550187": ("Ana and Ben Ortega", "Ana and Ben"), "+13125550119": ("Cy Park and Di Lee", "Cy and Di")}),
    ],
)  # fmt: skip
def test_two_names_on_one_number(store: Store, rule: str, names: dict[str, tuple[str, str]]) -> None:
    source = open_source(HOUSE)
    preview = importing.preview(store, source, "US")
    report = importing.run(store, SystemClock(), source, preview.mapping, "US", household=rule)
    assert (report.households, report.duplicates, report.imported) == (2, 3, 2)
    with store.read() as conn:
        found = {row.number: (row.name, row.first_name) for row in conn.execute(sa.select(t.contact))}
    assert found == names
