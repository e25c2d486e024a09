"""The figures of a period, against a plain count of the same rows."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.campaigns import office
from app.clock import FixedClock
from app.people import privacy
from app.reports import figures, figures_drops
from app.reports.figures import Asked, Figures
from app.store import tables as t
from app.store.engine import Store, open_store
from app.store.stopping import Stopped

CHICAGO = ZoneInfo("America/Chicago")
#: Tuesday, 3 November 2026, 10:00 in Chicago; clocks went back on Sunday the 1st.
NOW = dt.datetime(2026, 11, 3, 10, tzinfo=CHICAGO).timestamp()
DAY = 86_400.0
NUMBERS = ("+13125550101", "+13125550102", "+13125550103", "+13125550104")
LEFT = ("sending", "sent", "unknown")


@dataclass(frozen=True)
class Text:
    """A made text; ``labels`` and the rest are of its judgement, None = it has none."""

    thread: int
    at: float
    ours: bool = True
    kind: str = "reply"
    state: str = "sent"
    delivery: str = ""
    line: int | None = 1
    campaign: int | None = None
    parts: int = 1
    labels: str | None = None
    corrected: str | None = None
    tier: str = "NONE"
    wording: int | None = None
    reason: str = ""

    @property
    def left(self) -> bool:
        return self.ours and self.state in LEFT

    @property
    def to_them(self) -> bool:
        return self.left and self.kind != "forward"

    @property
    def answer(self) -> bool:
        if self.ours or self.kind == "system":
            return False
        if self.labels is None:
            return True
        return (
            self.tier != "HARD" and (self.labels if self.corrected is None else self.corrected) != "automatic"
        )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("figures"))
    with opened.write() as unit:
        c = unit.conn
        for key, practice in ((1, False), (2, True), (3, False)):
            c.execute(
                sa.insert(t.line).values(
                    id=key, name=f"Line {key}", url="x", created_at=0.0, practice=practice
                )
            )
        for key in (1, 2):
            c.execute(sa.insert(t.campaign).values(id=key, name=f"C{key}", state="running", created_at=0.0))
            c.execute(
                sa.insert(t.wording).values(
                    id=key, campaign_id=1, label=f"Text {key}", version=key, template="x", created_at=0.0
                )
            )
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def emptied(store: Store) -> None:
    clear(store)


def clear(store: Store) -> None:
    with store.write() as unit:
        for table in (
            t.opt_out, t.judgement, t.message, t.click, t.imported_text, t.contact_tag, t.tag, t.conversation,
            t.contact, t.office_setting,
        ):  # fmt: skip
            unit.conn.execute(sa.delete(table))


def fill(store: Store, texts: list[Text], outs: list[tuple[int, float]] = []) -> None:  # noqa: B006
    threads = range(1, max([4, *(each.thread for each in texts)]) + 1)
    rows: list[dict[str, Any]] = [
        {
            "id": key, "direction": "out" if x.ours else "in", "number": number(x.thread),
            "conversation_id": x.thread, "campaign_id": x.campaign, "kind": x.kind, "text": "t",
            "state": x.state if x.ours else "received", "click_id": key if x.ours else None, "line_id": x.line,
            "created_at": x.at, "claimed_at": x.at if x.ours else None, "parts": x.parts, "parts_sent": x.parts,
            "delivery": x.delivery, "wording_id": x.wording, "reason": x.reason, "occasion": str(key),
        }
        for key, x in enumerate(texts, 1)
    ]  # fmt: skip
    clicks = [
        {"id": row["id"], "message_id": row["id"], "operator": "Ana", "at": row["created_at"], "monotonic": 0.0,
         "device": "mouse", "text_hash": ""}
        for row in rows if row["click_id"]
    ]  # fmt: skip
    judged = [
        {"message_id": key, "tier": x.tier, "labels": x.labels, "corrected": x.corrected}
        for key, x in enumerate(texts, 1)
        if x.labels is not None
    ]
    with store.write() as unit:
        c = unit.conn
        c.execute(
            sa.insert(t.conversation), [{"id": n, "number": number(n), "last_at": 0.0} for n in threads]
        )
        for table, values in ((t.click, clicks), (t.message, rows), (t.judgement, judged)):
            if values:
                c.execute(sa.insert(table), values)
        for n, at in outs:
            c.execute(
                sa.insert(t.opt_out).values(number=number(n), created_at=at, source="sms", lifted_at=at + 1)
            )


def number(thread: int) -> str:
    return f"+1312{5_550_100 + thread}"


def read(store: Store, days: int = 7, campaign: int | None = None, **more: Any) -> Figures:
    return figures.read(store, FixedClock(NOW), Asked(days, campaign), **{"zone": CHICAGO, **more})


# -- the plain count ---------------------------------------------------------------------------------


def plain(
    texts: list[Text], outs: list[tuple[int, float]], days: int, campaign: int | None
) -> dict[str, Any]:
    """Everything again, from the words of the rules and as slowly as it reads."""
    today = dt.date(2026, 11, 3)
    first = dt.datetime.combine(today - dt.timedelta(days=days - 1), dt.time(), CHICAGO).timestamp()
    end = dt.datetime.combine(today + dt.timedelta(days=1), dt.time(), CHICAGO).timestamp()
    start, end = (first, end) if days else (0.0, math.inf)
    there = [
        (x.at, key, x)
        for key, x in enumerate(texts)
        if start <= x.at < end and x.line != 2 and campaign in (None, x.campaign)
    ]
    mine = [x for _, _, x in sorted(there, key=lambda each: each[:2])]
    people = {x.thread for x in mine if x.to_them}
    reached = {x.thread for x in mine if x.to_them and x.delivery == "delivered"}
    answered, theirs, ours = set(), [], []
    for thread in {x.thread for x in mine}:
        own = [x for x in mine if x.thread == thread and (x.to_them or x.answer)]
        for place, x in enumerate(own):
            before = own[place - 1] if place else None
            if before is None or before.to_them == x.to_them:
                continue
            if x.answer:
                answered.add(thread)
                theirs.append(x.at - before.at)
            elif x.kind != "first":
                waited = place
                while waited and own[waited - 1].answer:
                    waited -= 1
                ours.append(x.at - own[waited].at)
    gone = {
        n
        for n, at in outs
        if start <= at < end and any(x.to_them and x.thread == n and x.at <= at for x in mine)
    }
    gone_reached = {
        n
        for n, at in outs
        if start <= at < end
        and any(x.to_them and x.delivery == "delivered" and x.thread == n and x.at <= at for x in mine)
    }
    sent = [x for x in mine if x.left and x.state != "unknown"]
    received = [x for x in mine if not x.ours and x.kind != "system"]
    clock = [(dt.datetime.fromtimestamp(x.at, CHICAGO), x.left) for x in mine if x.left or x in received]
    segments = Counter[int | None]()
    for x in mine:
        if x.left:
            segments[x.line] += max(1, x.parts)
    return {
        "sent": len(sent),
        "unknown": sum(x.left and x.state == "unknown" for x in mine),
        "not_sent": sum(x.ours and x.state == "not_sent" for x in mine),
        "asked_report": sum(x.delivery != "" for x in sent),
        "delivered": sum(x.delivery == "delivered" for x in sent),
        "undelivered": sum(x.delivery == "failed" for x in sent),
        "received": len(received),
        "people": len(people),
        "people_delivered": len(reached),
        "answered": len(answered),
        "answered_delivered": len(answered & reached),
        "opted_out": len(gone),
        "opted_out_delivered": len(gone_reached),
        "theirs": summary(theirs),
        "ours": summary(ours),
        "heat": Counter((at.weekday(), at.hour, left) for at, left in clock),
        "days": Counter((at.date(), left) for at, left in clock),
        "segments": +segments,
    }


def summary(found: list[float]) -> tuple[int, float | None, float | None]:
    values = sorted(found)
    if not values:
        return 0, None, None
    return len(values), statistics.median(values), values[math.ceil(len(values) * 0.9) - 1]


def counted(found: Figures) -> dict[str, Any]:
    """The same keys of what was read."""
    names = (
        "sent", "unknown", "not_sent", "asked_report", "delivered", "undelivered", "received", "people",
        "people_delivered", "answered", "answered_delivered", "opted_out", "opted_out_delivered",
    )  # fmt: skip
    keys = {"Line 1": 1, "Line 3": 3, "A line that was taken out": None}
    heat = Counter[tuple[int, int, bool]]()
    days = Counter[tuple[dt.date, bool]]()
    for left, grid in ((True, found.heat_sent), (False, found.heat_received)):
        for weekday, row in enumerate(grid):
            heat.update({(weekday, hour, left): count for hour, count in enumerate(row)})
    for day in found.days:
        days.update({(day.date, True): day.sent, (day.date, False): day.received})
    return {
        **{name: getattr(found, name) for name in names},
        "theirs": (found.theirs.count, found.theirs.median, found.theirs.p90),
        "ours": (found.ours.count, found.ours.median, found.ours.p90),
        "heat": +heat,
        "days": +days,
        "segments": Counter({keys[line.name]: line.segments for line in found.lines}),
    }


EDGES = [
    dt.datetime(2026, 10, 28, tzinfo=CHICAGO).timestamp(),  # 7 days begin
    dt.datetime(2026, 11, 4, tzinfo=CHICAGO).timestamp(),  # and end
    dt.datetime(2026, 10, 5, tzinfo=CHICAGO).timestamp(),  # 30 days begin
    dt.datetime(2026, 11, 1, 1, tzinfo=CHICAGO).timestamp(),  # the hour that comes twice
    dt.datetime(2026, 11, 1, 2, tzinfo=CHICAGO).timestamp(),
    dt.datetime(2026, 3, 8, 3, tzinfo=CHICAGO).timestamp(),  # the hour that is skipped
]
TIMES = st.builds(
    lambda edge, off: edge + off,
    st.sampled_from(EDGES),
    st.sampled_from([-7200.0, -3600.0, -900.0, -0.5, 0.0, 0.5, 60.0, 900.0, 3600.0]),
)
OURS = st.builds(
    Text,
    thread=st.integers(1, 3),
    at=TIMES,
    kind=st.sampled_from(["first", "reply", "reply", "forward"]),
    state=st.sampled_from(["sent", "sent", "sending", "unknown", "not_sent"]),
    delivery=st.sampled_from(["", "pending", "delivered", "failed"]),
    line=st.sampled_from([1, 1, 2, 3, None]),
    campaign=st.sampled_from([None, 1, 2]),
    parts=st.integers(0, 3),
)
THEIRS = st.builds(
    Text,
    thread=st.integers(1, 3),
    at=TIMES,
    ours=st.just(False),
    kind=st.sampled_from(["text", "text", "text", "system"]),
    line=st.sampled_from([1, 2, None]),
    campaign=st.sampled_from([None, 1]),
    labels=st.sampled_from([None, "", "automatic", "question negative"]),
    corrected=st.sampled_from([None, None, "automatic", "question"]),
    tier=st.sampled_from(["NONE", "NONE", "HINT", "HARD"]),
)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(st.one_of(OURS, THEIRS), max_size=14),
    outs=st.lists(st.tuples(st.integers(1, 4), TIMES), max_size=2),
    days=st.sampled_from([7, 30, 365, 0]),
    campaign=st.sampled_from([None, None, 1]),
)
def test_every_count_is_that_of_a_plain_count(
    store: Store, texts: list[Text], outs: list[tuple[int, float]], days: int, campaign: int | None
) -> None:
    clear(store)
    fill(store, texts, outs)
    assert counted(read(store, days, campaign)) == plain(texts, outs, days, campaign)


# -- what each rule says -------------------------------------------------------------------------------


def at(minutes: float) -> float:
    """Minutes after Monday, 9:00, in the period."""
    return dt.datetime(2026, 11, 2, 9, tzinfo=CHICAGO).timestamp() + 60 * minutes


def test_an_answer_before_any_text_is_none_and_two_answers_are_one(store: Store) -> None:
    fill(store, [
        Text(1, at(0), ours=False, kind="text"), Text(1, at(5), kind="first"),
        Text(2, at(0), kind="first"), Text(2, at(2), ours=False, kind="text"), Text(2, at(3), ours=False, kind="text"),
        Text(2, at(10)),
    ])  # fmt: skip
    found = read(store)
    assert (found.people, found.answered) == (2, 1)
    assert (found.theirs.count, found.theirs.median) == (1, 120.0)
    assert (found.ours.count, found.ours.median) == (1, 480.0)  # from the first of the two; no first message


def test_a_stop_and_a_machine_are_no_answers_but_a_yes_before_a_stop_is(store: Store) -> None:
    stop, machine = ({"labels": "negative", "tier": "HARD"}, {"labels": "automatic"})
    fill(
        store,
        [
            Text(1, at(0), kind="first"), Text(1, at(1), ours=False, kind="text", **stop),
            Text(2, at(0), kind="first"), Text(2, at(1), ours=False, kind="text", **machine),
            Text(3, at(0), kind="first"), Text(3, at(1), ours=False, kind="text"),
            Text(3, at(2), ours=False, kind="text", **stop),
        ],
        [(1, at(1)), (3, at(2)), (4, at(2))],
    )  # fmt: skip
    found = read(store)
    assert (found.answered, found.opted_out, found.received, found.by_machines) == (1, 2, 4, 1)
    assert any("neither is a text that opts out by itself" in rule for rule in figures.RULES)


def test_the_day_is_the_offices_whatever_utc_says(store: Store) -> None:
    late = dt.datetime(2026, 11, 2, 23, 59, tzinfo=CHICAGO).timestamp()  # a Tuesday in UTC
    fill(store, [Text(1, late), Text(1, late + 120)])
    found = read(store)
    assert (found.heat_sent[0][23], found.heat_sent[1][0]) == (1, 1)
    assert [(day.date.day, day.sent) for day in found.days][-2:] == [(2, 1), (3, 1)]
    there = read(store, zone=ZoneInfo("Asia/Kathmandu"))  # 5 h 45 min ahead of UTC
    assert (there.heat_sent[1][11], len(there.days)) == (2, 7)


def test_practice_imported_and_erased_texts_are_not_counted(store: Store) -> None:
    fill(
        store,
        [
            Text(1, at(0), line=2),
            Text(1, at(1), ours=False, kind="text", line=2),
            Text(2, at(0)),
            Text(3, at(1)),
        ],
    )
    with store.write() as unit:
        old = {
            "conversation_id": 2,
            "number": number(2),
            "direction": "in",
            "text": "x",
            "at": at(1),
            "digest": "d",
        }
        unit.conn.execute(sa.insert(t.imported_text).values(**old))
    assert (read(store).sent, read(store).people, read(store).received, read(store).practice) == (2, 2, 0, 1)
    privacy.erase(store, FixedClock(NOW), number(3), "Ana")
    assert (read(store).sent, read(store).people) == (1, 1)


def test_reasons_lines_prices_people_and_wordings(store: Store) -> None:
    busy = [Text(1, at(n), state="not_sent", reason="the network was busy") for n in range(3)]
    fill(
        store,
        [
            *busy, Text(1, at(4), state="not_sent", reason="no credit"),
            Text(1, at(5), kind="first", parts=3, campaign=1, wording=1, delivery="delivered"),
            Text(2, at(5), kind="first", line=3, campaign=1, wording=2),
            Text(2, at(6), ours=False, kind="text", campaign=1), Text(2, at(7), campaign=1, line=3),
        ],
    )  # fmt: skip
    with store.write() as unit:
        unit.conn.execute(
            sa.insert(t.contact).values(id=9, number=number(2), name="Mia", created_at=0.0, updated_at=0.0)
        )
        unit.conn.execute(sa.update(t.conversation).where(t.conversation.c.id == 2).values(contact_id=9))
    office.save(store, office.Office(price=0.1, prices=((3, 0.5),), currency="EUR"))
    found = read(store, campaign=1)
    assert [(line.name, line.segments, line.cost) for line in found.lines] == [
        ("Line 1", 3, pytest.approx(0.3)), ("Line 3", 2, 1.0),
    ]  # fmt: skip
    assert [(p.name, p.sent, p.received) for p in found.top] == [("Mia", 2, 1), ("", 1, 0)]
    texts = [(w.label, w.version, w.people, w.delivered, w.answered) for w in found.wordings]
    assert texts == [("Text 1", 1, 1, 1, 0), ("Text 2", 2, 1, 0, 1)]
    assert found.reasons == ()  # those are of no campaign
    assert [(each.words, each.count) for each in read(store).reasons] == [
        ("the network was busy", 3),
        ("no credit", 1),
    ]


def test_nothing_is_nothing_and_a_campaign_that_is_gone_says_so(store: Store) -> None:
    found = read(store, 0)
    assert found.empty
    assert found.days == ()
    assert found.theirs.median is None
    assert found.lines == ()
    with pytest.raises(LookupError):
        read(store, campaign=77)


def test_it_says_how_far_it_is_and_can_be_stopped(store: Store) -> None:
    fill(store, [Text(1, at(n / 100)) for n in range(50)])
    said: list[tuple[int, int]] = []
    read(store, progress=lambda done, total: said.append((done, total)))
    assert said == sorted(said)
    assert said[-1] == (1000, 1000)
    asked = iter([False])
    with pytest.raises(Stopped):
        read(store, 0, stopped=lambda: next(asked, True))
    assert read(store).sent == 50  # and the connection is as before


# -- answers that drop off -----------------------------------------------------------------------------


def cohort(start: float, people: range, answering: int) -> list[Text]:
    firsts = [Text(n, start + n, kind="first", campaign=1) for n in people]
    late = [Text(people[-1], start + 2 * DAY + people[-1] + 1, ours=False, kind="text")]  # too late to count
    return [*firsts, *late, *(Text(n, start + n + 60, ours=False, kind="text") for n in people[:answering])]


def test_a_clear_drop_is_said_with_its_interval_and_a_small_one_is_not(store: Store) -> None:
    before, now = NOW - 11 * DAY, NOW - 5 * DAY
    fill(store, [*cohort(before, range(1, 101), 45), *cohort(now, range(101, 201), 20)])
    (drop,) = read(store).drops  # all are of one campaign: it is said once, by its name
    assert (drop.kind, drop.name) == ("campaign", "C1")
    assert (drop.answered_now, drop.people_now) == (20, 100)
    assert (drop.answered_before, drop.people_before) == (45, 100)
    assert drop.fewer == pytest.approx(25)
    assert 0 < drop.least < 25 < drop.most
    with store.write() as unit:
        unit.conn.execute(
            sa.update(t.message).where(t.message.c.conversation_id.between(50, 60)).values(campaign_id=2)
        )
    assert [(drop.kind, drop.name) for drop in read(store).drops] == [("all", ""), ("campaign", "C1")]
    clear(store)
    fill(store, [*cohort(before, range(1, 101), 45), *cohort(now, range(101, 201), 40)])
    assert read(store).drops == ()


def test_few_people_say_nothing_and_those_texted_just_now_are_waited_for(store: Store) -> None:
    before = NOW - 11 * DAY
    fill(store, [*cohort(before, range(1, 41), 40), *cohort(NOW - 5 * DAY, range(41, 81), 0)])
    assert read(store).drops == ()
    clear(store)
    fill(store, [*cohort(before, range(1, 101), 90), *cohort(NOW - DAY, range(101, 201), 0)])
    assert read(store).drops == ()


def test_a_drop_is_told_by_tag(store: Store) -> None:
    fill(store, [*cohort(NOW - 11 * DAY, range(1, 101), 50), *cohort(NOW - 5 * DAY, range(101, 201), 10)])
    with store.write() as unit:
        c = unit.conn
        c.execute(sa.insert(t.tag).values(id=1, name="Nurses", folded="nurses"))
        people = [{"id": n, "number": number(n), "created_at": 0.0, "updated_at": 0.0} for n in range(1, 201)]
        c.execute(sa.insert(t.contact), people)
        c.execute(sa.update(t.conversation).values(contact_id=t.conversation.c.id))
        c.execute(sa.insert(t.contact_tag), [{"tag_id": 1, "contact_id": n} for n in range(1, 201)])
    assert ("tag", "Nurses") in [(drop.kind, drop.name) for drop in read(store).drops]


def test_the_interval_is_newcombes() -> None:
    # His table II, first example: 56 of 70 and 48 of 80; 95 %: 0.0524 to 0.3339.
    least, most = figures_drops.interval(48, 80, 56, 70)
    assert (round(least, 4), round(most, 4)) == (0.0524, 0.3339)
    many = [("tag", str(n), 48, 80, 56, 70) for n in range(50)]
    assert figures_drops.judge(many[:1])
    assert not figures_drops.judge(many)


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "Asia/Beirut", "Europe/London"])
def test_a_period_begins_when_its_first_day_does(zone: str) -> None:
    there = ZoneInfo(zone)
    for month in range(1, 13):
        now = dt.datetime(2017, month, 20, 12, tzinfo=there).timestamp()
        for days in (7, 30, 90, 365):
            period = figures.period_of(days, now, there)
            first = dt.datetime.fromtimestamp(period.start, there).date()
            assert (dt.datetime.fromtimestamp(now, there).date() - first).days == days - 1
            assert dt.datetime.fromtimestamp(period.start - 1, there).date() < first
            assert (
                dt.datetime.fromtimestamp(period.end, there).date()
                > dt.datetime.fromtimestamp(now, there).date()
            )


def test_a_share_of_nothing_has_no_percent() -> None:
    assert figures.Share(0, 0).percent is None
    assert replace(figures.Share(0, 0), count=1, of=3).percent == pytest.approx(33.333, abs=0.001)
