"""What the checks say of a text and of people's numbers, with the office's own words, links and prices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.campaigns import campaign, checking, knowing, linting, office
from app.campaigns.campaign import Check, StartError
from app.campaigns.office import Office
from app.campaigns.refusing import CampaignError
from app.clock import FixedClock
from app.store.engine import Store
from app.store.tables import click, contact, conversation, line, message, message_part, office_setting

Crowd = Callable[..., int]
END = " Shall we? {sender}. Reply STOP to opt out."
GOOD = {"first_name": "Ana", "consent_source": "form"}


@pytest.fixture
def said(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> Callable[..., list[Check]]:
    """Everything but what passes, of one text for one good person, or for ``people``."""

    def look(text: str, *people: dict[str, Any]) -> list[Check]:
        key = drafted(crowd(*(people or (GOOD,))), text)
        return [check for check in campaign.checks(store, clock, key) if check.level != "pass"]

    return look


def words(checks: list[Check]) -> list[str]:
    return [check.text for check in checks]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Reply CANCEL to cancel your visit", "CANCEL"),
        ("Reply YES to confirm or CANCEL to cancel.", "CANCEL"),
        ("Answer with the word “end” when you are done", "END"),
        ("Text back REMOVE if the sofa is gone", "REMOVE"),
        ("Send QUIT to quit smoking", "QUIT"),
        ("Responda BAJA si el precio baja", ""),
        ("Antworten Sie mit ENDE, wenn Sie fertig sind", ""),
        ("Reply START to begin", "START"),
        ("Reply STOP to opt out", ""),
        ("Reply END to opt out", ""),
        ("Text QUIT to stop", ""),
        ("Reply CANCEL to cancel texts", ""),
        ("To be removed reply REMOVE", ""),
        ("Reply YES or NO", ""),
        ("We end at 5. Reply with your name", ""),
    ],
)
def test_words_that_would_opt_people_out(said: Any, text: str, word: str) -> None:
    found = [text for text in words(said(text + "." + END)) if "Whoever answers" in text]
    if word:
        assert len(found) == 1
        assert f"answers {word} is opted {'in again' if word == 'START' else 'out'}" in found[0]
    elif "BAJA" not in text and "ENDE" not in text:
        assert found == []


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("See https://bit.ly/x", "bit.ly"), ("See BIT.LY/x", "bit.ly"), ("See rabbit.ly/x", ""),
        ("See t.co/x", "t.co"), ("See cat.co/x and t.company", ""), ("See lakeside.example/x", ""),
    ],
)  # fmt: skip
def test_link_shorteners(said: Any, text: str, warned: str) -> None:
    found = [text for text in words(said(text + END)) if "shortener" in text]
    assert found == ([f"Carriers often drop texts with shared link shorteners ({warned})"] if warned else [])


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("Happy hour on Friday", "warn"), ("You have WON a prize", "warn"), ("Free  spins tonight", "warn"),
        ("We know where you live", "stop"), ("Hot nudes", "stop"), ("The rootbeer stand", ""),
        ("Mrs Beery writes", "warn"), ("You’ve won", "warn"), ("The firearms office", "warn"),
    ],
)  # fmt: skip
def test_restricted_words(said: Any, text: str, level: str) -> None:
    found = [check for check in said(text + "." + END) if "“" in check.text and "STOP" not in check.text]
    assert [check.level for check in found] == ([level] if level else [])


def test_what_may_not_be_sent_does_not_start(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    key = drafted(crowd(GOOD), "We know where you live." + END)
    with pytest.raises(StartError, match="A threat may not be sent"):
        campaign.start(store, clock, key)
    campaign.update(store, key, template="We know you." + END, clock=clock)
    assert campaign.start(store, clock, key).queued == 1


def test_other_things_to_look_at(said: Any) -> None:
    assert any("attached" in text for text in words(said("I have attached the quote." + END)))
    assert said("I have attached the quote: lakeside.example/q" + END) == []
    assert any("shouting" in text for text in words(said("THIS WEEK ONLY SPECIAL DEAL FOR YOU." + END)))
    assert words(said("OK? Reply STOP to opt out")) == [
        "Does not say who is writing: {sender} puts your name in"
    ]
    assert said("Dana here, can you come? Reply STOP to opt out") == []


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("We are open again.", False), ("We are open again. Will you come?", True),
        ("Please bring the form.", True), ("We are open: lakeside.example/hours", True),
        ("", False), ("Text STOP to opt out of these.", False),
    ],
)  # fmt: skip
def test_a_text_that_asks_for_nothing_is_pointed_out(store: Store, said: Any, text: str, asks: bool) -> None:
    written = f"Dana here. {text} Reply STOP to opt out."
    assert any("Asks for nothing" in each for each in words(said(written))) is not asks
    office.save(store, Office(asks=False))
    assert not any("Asks for nothing" in each for each in words(said(written)))


def test_the_offices_own_words_and_links(store: Store, said: Any) -> None:
    office.save(
        store, Office(words=("Refund*", " "), shorteners=("go.example",), allowed=("happy hour", "bit.ly"))
    )
    assert office.get(store).words == ("refund*",)
    assert said("Happy hour: bit.ly/x" + END) == []
    found = words(said("Refunds at go.example/x" + END))
    assert "On this office's own list of words (“refund”)" in found
    assert "Carriers often drop texts with shared link shorteners (go.example)" in found
    with store.write() as unit:
        unit.conn.execute(sa.update(office_setting).values(value='{"words": 3}'))
    assert office.get(store) == Office()


def test_what_the_segments_cost(store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd) -> None:
    key = drafted(crowd(GOOD, {**GOOD, "first_name": "Ben"}), "x" * 150 + END)

    def cost() -> list[str]:
        return [check.text for check in campaign.checks(store, clock, key) if "cost" in check.text]

    assert cost() == []
    office.save(store, Office(price=0.05, currency="EUR"))
    assert cost() == ["4 segments cost about 0.20 EUR"]
    with store.write() as unit:
        unit.conn.execute(sa.insert(line).values(id=2, name="Blue", url="y", created_at=0))
        number = unit.conn.execute(sa.select(contact.c.number).limit(1)).scalar()
        unit.conn.execute(sa.insert(conversation).values(number=number, last_at=0, line_id=2))
    office.save(store, Office(price=0.05, prices=((2, 0.1),)))
    assert cost() == ["4 segments cost about 0.30 to 0.40: Office 0.05, Blue 0.1 each"]
    office.save(store, Office(prices=((2, 0.1),)))
    assert cost() == ["The cost is not known: a line has no price for a segment"]
    assert office.lines(store) == ((1, "Office"), (2, "Blue"))
    with pytest.raises(CampaignError):
        office.save(store, Office(price=-1.0))


def test_consent_that_is_missing_over_or_old(said: Any, clock: FixedClock) -> None:
    now, year = clock.now(), 365 * 86400.0
    found = said(
        "Hi." + END,
        {"first_name": "None"},
        {**GOOD, "consent_until": now - 1},
        {**GOOD, "consent_until": now + 1},
        {**GOOD, "consent_at": now - 3 * year},
        {"first_name": "New", "consent_at": now - year},
    )
    assert [(check.level, check.count, check.text) for check in found] == [
        ("warn", 1, "1 person whose consent has ended: ask them anew, or take them out"),
        ("warn", 1, "1 person has no consent on record"),
        ("warn", 1, "1 person has consent from more than two years ago"),
    ]
    assert len({person for check in found for person in check.people}) == 3


def texted(store: Store, number: str, **values: Any) -> int:
    with store.write() as unit:
        given = {
            "direction": "out",
            "text": "x",
            "state": "not_sent",
            "created_at": 0,
            "number": number,
            **values,
        }
        made = unit.conn.execute(sa.insert(click).values(
            message_id=0, operator="D", at=given.get("claimed_at", 0.0), monotonic=0, device="mouse", text_hash="",
        )).inserted_primary_key[0]  # fmt: skip
        key = int(
            unit.conn.execute(sa.insert(message).values(**{**given, "state": "queued"})).inserted_primary_key[
                0
            ]
        )
        unit.conn.execute(sa.update(click).where(click.c.id == made).values(message_id=key))
        unit.conn.execute(
            sa.update(message).where(message.c.id == key).values(click_id=made, state=given["state"])
        )
    return key


def test_numbers_that_failed_for_good(store: Store, said: Any) -> None:
    for number, values in {
        "+13125550100": {"error_code": "CMS 28", "settled_at": 5.0},
        "+13125550101": {"error_code": "CMS 38", "settled_at": 5.0},
        "+13125550102": {"state": "sent", "delivery": "failed"},
        "+13125550103": {"error_code": "CMS 1", "settled_at": 5.0},
    }.items():
        key = texted(store, number, **values)
        with store.write() as unit:
            unit.conn.execute(
                sa.insert(message_part).values(
                    message_id=key,
                    part=1,
                    reference=1,
                    number=number,
                    accepted_at=0,
                    report_status=0x41,
                    reported_at=5.0,
                )
            )
    with store.write() as unit:  # this one wrote since
        unit.conn.execute(
            sa.insert(message).values(
                direction="in", number="+13125550103", text="hi", state="received", created_at=9.0
            )
        )
    with store.read() as conn:
        assert knowing.bad_numbers(conn) == {"+13125550100", "+13125550102"}
    numbers = ("+13125550100", "+13125550101", "+18005550199", "+493012345678", "+4915112345678")
    found = said("Hi." + END, *({**GOOD, "number": number} for number in numbers))
    assert [(c.count, c.text.split(":")[0]) for c in found] == [
        (1, "1 person has a number that failed for good before"),
        (2, "2 people have a number that is no mobile one"),
    ]


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        ("+18005550199", True), ("+13125550199", False), ("+442079460018", True), ("+447400123456", False),
        ("+493012345678", True), ("+4915112345678", False), ("+0", False),
    ],
)  # fmt: skip
def test_what_surely_is_no_mobile(number: str, wanted: bool) -> None:
    assert knowing.no_mobile(number) is wanted


def test_who_waits_elsewhere_and_who_had_enough(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    list_id = crowd(GOOD, {**GOOD, "first_name": "Ben"})
    first = drafted(list_id, "One." + END)
    campaign.start(store, clock, first)
    with store.read() as conn:
        number = conn.execute(sa.select(contact.c.number).where(contact.c.first_name == "Ben")).scalar_one()
    for ago in (10.0, 20.0, 30.0):
        texted(store, number, state="sent", claimed_at=clock.now() - ago)
    found = [c for c in campaign.checks(store, clock, drafted(list_id, "Two." + END)) if c.level == "warn"]
    assert [(c.count, c.text) for c in found] == [
        (1, "1 person has 3 texts without an answer already today: each waits until tomorrow"),
        (2, "2 people wait in “Spring” too"),
    ]
    campaign.finish(store, clock, first, "Dana")
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(conversation).values(number=number, last_at=0, last_in_at=clock.now() - 15)
        )
    warned = [c for c in campaign.checks(store, clock, drafted(list_id, "Two." + END)) if c.level == "warn"]
    assert [c.text for c in warned] == ["1 person has a text of the last 24 hours from here"]


def test_who_is_held_now_and_lines_that_are_paused(
    store: Store, clock: FixedClock, crowd: Crowd, drafted: Crowd
) -> None:
    key = drafted(crowd(GOOD, {**GOOD, "time_zone": "Asia/Tokyo"}), "Hi." + END)
    held = next(c for c in campaign.checks(store, clock, key) if c.text.startswith("Outside these hours"))
    assert (held.level, held.count, held.text) == (
        "pass", 1, "Outside these hours now: 1 person; the desk comes to them when their hours open",
    )  # fmt: skip
    with store.write() as unit:
        unit.conn.execute(sa.update(line).values(paused=True))
    assert any("Every line is paused" in c.text for c in campaign.checks(store, clock, key))
    with store.write() as unit:
        unit.conn.execute(sa.update(line).values(paused=False, practice=True))
    assert any("Only the practice line" in c.text for c in campaign.checks(store, clock, key))


def test_no_category_is_without_words() -> None:
    assert all(c.words and c.why and c.level in ("warn", "stop") for c in office.shipped_categories())
    assert all(host == host.lower() and "." in host for host in office.shipped_shorteners())
    assert checking.Check is linting.Check


def test_a_day_that_is_over(said: Any) -> None:
    rows = ({**GOOD, "visit": day} for day in ("2026-04-23", "2026-04-24", "2026-05-01"))
    assert [(c.count, c.text) for c in said("{visit:relative}." + END, *rows)] == [
        (1, "1 person has a day in their text that is over by now")
    ]
    rows = ({**GOOD, "visit": "2026-04-23"},)
    assert said("{visit:date}." + END, *rows) == []
