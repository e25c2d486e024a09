"""Canned replies: kept in an order, merged for a person, offered with keys, read from and written to tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from app.campaigns import waves
from app.campaigns.templates import TemplateError
from app.clock import FixedClock
from app.conversations import canned, canned_files
from app.conversations.canned import EVERYBODY, CannedError, Draft, Shelf
from app.people.reading import ImportFailure
from app.store.engine import Store, open_store
from app.store.tables import campaign, click, contact, conversation, message, question, question_option

NOON = datetime(2026, 4, 24, 12, tzinfo=ZoneInfo("America/Chicago")).timestamp()
JON = "+13125550119"
MINE = Shelf(operator="Dana")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOON)


def add(store: Store, table: sa.Table, **values: Any) -> int:
    with store.write() as unit:
        return int(unit.conn.execute(sa.insert(table).values(**values)).inserted_primary_key[0])


def make_campaign(store: Store, **values: Any) -> int:
    return add(store, campaign, **{"name": "Clinic", "texter": "Dana Cruz", "created_at": NOON, **values})


def talk(store: Store, number: str = JON, campaign_id: int | None = None, **person: Any) -> int:
    """A person, their conversation, and a text of a campaign that went to them."""
    if person:
        fields = json.dumps(person.pop("fields", {}))
        add(store, contact, number=number, fields=fields, created_at=0, updated_at=0, **person)
    key = add(store, conversation, number=number, last_at=NOON)
    if campaign_id is not None:
        wrote(store, number, key, campaign_id, NOON)
    return key


def wrote(store: Store, number: str, thread: int, campaign_id: int, at: float) -> None:
    text = add(
        store, message, direction="out", number=number, conversation_id=thread, kind="first", text="Hi",
        text_hash="x", state="queued", campaign_id=campaign_id, created_at=NOON,
    )  # fmt: skip
    press = add(
        store, click, message_id=text, operator="Dana", at=at, monotonic=1.0, device="mouse", text_hash="x"
    )
    with store.write() as unit:
        unit.conn.execute(
            sa.update(message).where(message.c.id == text).values(state="sent", click_id=press, clicked_at=at)
        )


def labels(store: Store, shelf: Shelf = EVERYBODY) -> list[str]:
    return [each.label for each in canned.of_shelf(store, shelf)]


def save(store: Store, clock: FixedClock, label: str, text: str = "Hello", **more: Any) -> int:
    return canned.save(store, clock, more.pop("shelf", EVERYBODY), Draft(label, text, **more))


# -- keeping --------------------------------------------------------------------------------------


def test_replies_keep_the_order_that_was_set(store: Store, clock: FixedClock) -> None:
    a, _b, c = (save(store, clock, label) for label in ("Parking", "Time", "Who"))
    save(store, clock, "Time", "another of the same name")
    assert labels(store) == ["Parking", "Time", "Who", "Time"]
    canned.move(store, c, -1)
    canned.move(store, a, 99)
    assert labels(store) == ["Who", "Time", "Time", "Parking"]
    canned.move(store, a, -99)
    assert labels(store) == ["Parking", "Who", "Time", "Time"]


def test_a_deleted_reply_can_be_put_back_where_it_was(store: Store, clock: FixedClock) -> None:
    for label in ("One", "Two", "Three"):
        save(store, clock, label)
    two = canned.of_shelf(store, EVERYBODY)[1]
    gone = canned.delete(store, two.id)
    assert labels(store) == ["One", "Three"]
    assert gone is not None
    canned.put_back(store, clock, gone)
    assert labels(store) == ["One", "Two", "Three"]
    assert canned.delete(store, 9_999) is None


def test_a_change_stays_in_its_place_and_on_its_shelf(store: Store, clock: FixedClock) -> None:
    key = save(store, clock, "Time")
    save(store, clock, "Who")
    canned.save(store, clock, EVERYBODY, Draft("When", "At {slot}", "asked", "done"), key)
    first = canned.of_shelf(store, EVERYBODY)[0]
    assert (first.label, first.text, first.tag, first.action) == ("When", "At {slot}", "asked", "done")
    with pytest.raises(CannedError, match="no longer there"):
        canned.save(store, clock, MINE, Draft("x", "y"), key)  # another shelf cannot take it over


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (Draft(" ", "Hello"), "short name"),
        (Draft("Time", "  "), "empty"),
        (Draft("Out", "Sorry!", action="opt_out"), "leave the text empty"),
        (Draft("Time", "x", action="send"), "nothing, done or opt_out"),  # type: ignore[arg-type]
        (Draft("Time", "x", option_id=77), "not of this campaign's script"),
    ],
)
def test_what_cannot_be_kept_says_why(store: Store, clock: FixedClock, draft: Draft, words: str) -> None:
    with pytest.raises(CannedError, match=words):
        canned.save(store, clock, EVERYBODY, draft)
    assert labels(store) == []


def test_a_text_that_is_no_template_is_refused(store: Store, clock: FixedClock) -> None:
    with pytest.raises(TemplateError, match="lone"):
        save(store, clock, "Time", "At {slot")
    assert labels(store) == []


def test_a_shelf_holds_only_so_many(store: Store, clock: FixedClock, monkeypatch: Any) -> None:
    monkeypatch.setattr(canned, "MAX_REPLIES", 2)
    save(store, clock, "One")
    save(store, clock, "Two")
    with pytest.raises(CannedError, match="2 replies"):
        save(store, clock, "Three")
    save(store, clock, "Mine", shelf=MINE)  # another shelf has room of its own


# -- in a conversation ----------------------------------------------------------------------------


def test_keys_go_by_campaign_then_ones_own_then_everybodys(store: Store, clock: FixedClock) -> None:
    ours, other = make_campaign(store), make_campaign(store, name="Other")
    here = talk(store, campaign_id=ours, first_name="Jon")
    wrote(store, JON, here, other, NOON - 60)  # the campaign that wrote last is the one that is answered
    save(store, clock, "For all")
    save(store, clock, "Mine", shelf=MINE)
    save(store, clock, "Hers", shelf=Shelf(operator="Eve"))
    save(store, clock, "Campaign", shelf=Shelf(ours))
    save(store, clock, "Not ours", shelf=Shelf(other))
    found = canned.for_conversation(store, clock, here, "Dana")
    assert [(each.key, each.reply.label) for each in found] == [(1, "Campaign"), (2, "Mine"), (3, "For all")]


def test_what_is_beyond_the_ninth_key_is_found_by_search(store: Store, clock: FixedClock) -> None:
    here = talk(store)
    for place in range(12):
        save(store, clock, f"Reply {place}", f"Text about parking {place}" if place == 11 else "Hello")
    found = canned.for_conversation(store, clock, here, "Dana")
    assert [each.key for each in found] == [*range(1, 10), 0, 0, 0]
    assert [each.reply.label for each in canned.found(found, "PARK")] == ["Reply 11"]
    assert [each.reply.label for each in canned.found(found, "reply 11")] == ["Reply 11"]
    assert canned.found(found, "nothing like it") == ()


def test_a_text_is_merged_with_person_campaign_and_sender(store: Store, clock: FixedClock) -> None:
    ours = make_campaign(store, fields='{"place": "the old mill"}')
    here = talk(store, campaign_id=ours, first_name="Jon", fields={"order_no": "{number} 77"})
    text = "Hi {first_name}, order {order_no} waits at {place}. {sender_first}"
    save(store, clock, "Order", text)
    (found,) = canned.for_conversation(store, clock, here, "Eve")
    assert (
        found.text == "Hi Jon, order {number} 77 waits at the old mill. Dana"
    )  # a value is never read again


def test_what_is_missing_is_named_and_nothing_is_filled(store: Store, clock: FixedClock) -> None:
    here = talk(store)
    save(store, clock, "Slot", "At {slot}, {first_name|friend}, track {tracking_no}")
    save(store, clock, "Who", "This is {sender}, {first_name|friend}.")
    slot, who = canned.for_conversation(store, clock, here, "Eve")
    assert (slot.text, slot.missing) == ("", ("slot", "tracking_no"))
    assert (who.text, who.missing) == ("This is Eve, friend.", ())


def test_an_answer_goes_with_a_reply_while_the_script_has_it(store: Store, clock: FixedClock) -> None:
    ours = make_campaign(store)
    asked = add(store, question, campaign_id=ours, position=0, text="Will they come?")
    yes = add(store, question_option, question_id=asked, position=0, label="Yes")
    stop = add(store, question_option, question_id=asked, position=1, label="Never", opts_out=True)
    here = talk(store, campaign_id=ours)
    save(store, clock, "Coming", "See you", shelf=Shelf(ours), option_id=yes)
    save(store, clock, "Never", "", shelf=Shelf(ours), option_id=stop, action="done")
    assert [(o.question, o.label) for o in canned.options(store, ours)] == [
        ("Will they come?", "Yes"), ("Will they come?", "Never"),
    ]  # fmt: skip
    coming, never = canned.for_conversation(store, clock, here, "Dana")
    assert (coming.answer, coming.campaign_id, coming.action) == ("Yes", ours, "")
    assert (never.answer, never.action) == ("Never", "opt_out")  # the answer itself opts them out
    with store.write() as unit:
        unit.conn.execute(sa.update(question_option).values(removed_at=NOON))
    assert canned.for_conversation(store, clock, here, "Dana")[0].answer == ""
    with pytest.raises(CannedError, match="script"):
        save(store, clock, "Late", "x", shelf=Shelf(ours), option_id=yes)


def test_a_copy_of_a_campaign_has_its_replies_and_their_answers(store: Store, clock: FixedClock) -> None:
    ours = make_campaign(store)
    asked = add(store, question, campaign_id=ours, position=0, text="Will they come?")
    yes = add(store, question_option, question_id=asked, position=0, label="Yes")
    save(store, clock, "Two", "Second", shelf=Shelf(ours), tag="b")
    save(store, clock, "Coming", "See you", shelf=Shelf(ours), option_id=yes)
    copy = waves.duplicate(store, clock, ours, "Dana")
    (option,) = canned.options(store, copy)
    two, coming = canned.of_shelf(store, Shelf(copy))
    assert (two.label, two.tag, two.option_id) == ("Two", "b", None)
    assert (coming.label, coming.option_id) == ("Coming", option.id)
    assert option.id != yes


# -- tables ---------------------------------------------------------------------------------------


def test_replies_go_through_a_spreadsheet_and_come_back(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    save(store, clock, "Sum", '=1+1, "quoted"\nand a second line', tag="asked", action="done")
    save(store, clock, "Out", "", action="opt_out")
    path = tmp_path / "replies.csv"
    assert canned_files.export(store, EVERYBODY, path) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    assert "'=1+1" in path.read_text("utf-8-sig")  # no cell becomes a formula
    done = canned_files.import_file(store, clock, MINE, path)
    assert (done.added, done.already, done.rejects) == (2, 0, ())
    ours, mine = canned.of_shelf(store, EVERYBODY), canned.of_shelf(store, MINE)
    assert [(r.label, r.text, r.tag, r.action) for r in mine] == [
        (r.label, r.text, r.tag, r.action) for r in ours
    ]
    again = canned_files.import_file(store, clock, MINE, path)
    assert (again.added, again.already) == (0, 2)


def test_columns_are_known_by_their_names_and_bad_rows_say_why(
    store: Store, clock: FixedClock, tmp_path: Path
) -> None:
    path = tmp_path / "spoke.csv"
    path.write_text(
        "Actions,Title,Script,Tags\n,Time,At {slot},late\nopt_out,Out,Sorry,\nexplode,Bad,x,\n,Broken,At {slot,\n",
        "utf-8",
    )
    done = canned_files.import_file(store, clock, EVERYBODY, path)
    assert [(r.label, r.text, r.tag, r.action) for r in canned.of_shelf(store, EVERYBODY)] == [
        ("Time", "At {slot}", "late", ""), ("Out", "", "", "opt_out"),
    ]  # fmt: skip
    assert [line for line, _why in done.rejects] == [4, 5]
    assert "explode" in done.rejects[0][1]


def test_a_file_that_is_none_changes_nothing(store: Store, clock: FixedClock, tmp_path: Path) -> None:
    with pytest.raises(ImportFailure):
        canned_files.import_file(store, clock, EVERYBODY, tmp_path / "nowhere.csv")
    assert labels(store) == []
