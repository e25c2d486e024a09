"""Handing a workspace over: nothing is lost, nothing can leave from both computers."""

from __future__ import annotations

import json
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import handover, settings
from app.campaigns.hours import Policy
from app.clock import FixedClock
from app.handover import HandoverError
from app.people import optouts
from app.settings import Settings
from app.store import encrypting, keys
from app.store import tables as t
from app.store.engine import Store
from app.texting import clicks
from app.texting.clicks import Clicked, Press, Refused
from app.workspace import Workspace, open_workspace

TEXT = "Hi Ana"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Workspace]:
    workspace = open_workspace(tmp_path / "here", FixedClock(1_777_000_000.0))
    workspace.change_settings(Settings(country="US", texter="Dana", organisation="Lakeside"))
    with workspace.store.write() as unit:
        unit.conn.execute(sa.insert(t.line).values(name="Office", url="x", created_at=0))
        unit.conn.execute(
            sa.insert(t.campaign).values(
                name="Spring", state="running", created_at=0, started_at=0,
                hours=Policy(((0, 1440),) * 7).to_json(),
            )
        )  # fmt: skip
        for place in range(2):
            unit.conn.execute(
                sa.insert(t.message).values(
                    direction="out", campaign_id=1, kind="first", number=f"+1312555014{place}", position=place,
                    text=TEXT, text_hash=clicks.text_hash(TEXT), state="queued", created_at=0,
                )
            )  # fmt: skip
    yield workspace
    workspace.close()


def press(workspace: Workspace, message_id: int) -> Clicked | Refused:
    at = workspace.clock.now()
    return clicks.accept(
        workspace.store, workspace.clock, message_id,
        text_hash=clicks.text_hash(TEXT), press=Press("key:Return", at, at), operator="Dana",
    )  # fmt: skip


def states(store: Store) -> list[str]:
    with store.read() as conn:
        return list(conn.execute(sa.select(t.message.c.state).order_by(t.message.c.id)).scalars())


def resumed(store: Store) -> None:
    with store.write() as unit:
        assert unit.conn.execute(sa.select(t.campaign.c.state)).scalar_one() == "paused"
        unit.conn.execute(sa.update(t.campaign).values(state="running"))


def test_after_packing_no_press_is_taken_here_and_there_it_is(here: Workspace, tmp_path: Path) -> None:
    assert isinstance(press(here, 1), Clicked)
    package = tmp_path / "monday.p2p"
    packed = handover.pack(here, package)
    assert (packed.clicks, packed.campaigns, packed.encrypted) == (1, 1, False)
    assert stat.S_IMODE(package.stat().st_mode) == 0o600
    assert states(here.store) == ["queued", "queued"]
    resumed(here.store)
    refused = press(here, 1)
    assert isinstance(refused, Refused)
    assert "handed over" in refused.why
    there = tmp_path / "there"
    assert handover.unpack(package, there) is False
    assert not package.exists()
    assert package.with_name("monday.p2p.used").exists()
    assert stat.S_IMODE((there / "p2ptext.db").stat().st_mode) == 0o600
    other = open_workspace(there, here.clock)
    try:
        assert other.settings == here.settings
        assert states(other.store) == ["queued", "queued"]
        resumed(other.store)
        assert isinstance(press(other, 1), Clicked)
    finally:
        other.close()
    # a window that is opened here later takes no press either
    again = open_workspace(here.folder, here.clock)
    assert isinstance(press(again, 2), Refused)
    again.close()


def test_a_package_that_was_not_used_is_taken_back(here: Workspace, tmp_path: Path) -> None:
    handover.pack(here, tmp_path / "a.p2p")
    with pytest.raises(HandoverError, match="handed over already"):
        handover.pack(here, tmp_path / "b.p2p")
    assert handover.take_back(here.store, here.clock, "Dana")
    assert not handover.take_back(here.store, here.clock, "Dana")
    resumed(here.store)
    assert isinstance(press(here, 1), Clicked)
    with here.store.read() as conn:
        said = list(conn.execute(sa.select(t.audit.c.action).order_by(t.audit.c.id)).scalars())
    assert said == ["handed over", "hand-over taken back"]


def test_an_encrypted_workspace_stays_encrypted_in_its_package(here: Workspace, tmp_path: Path) -> None:
    here.close()
    key = encrypting.encrypt(here.folder, "a long passphrase", cost=keys.Cost(2**10, 8, 1)).key
    locked = open_workspace(here.folder, here.clock, key)
    package = tmp_path / "locked.p2p"
    assert handover.pack(locked, package).encrypted
    locked.close()
    with zipfile.ZipFile(package) as archive:
        assert not archive.read("p2ptext.db").startswith(b"SQLite format 3")
        assert b"Hi Ana" not in archive.read("p2ptext.db")
    assert handover.unpack(package, tmp_path / "there") is True
    other = open_workspace(
        tmp_path / "there", here.clock, keys.unlock(tmp_path / "there", "a long passphrase")
    )
    assert states(other.store) == ["queued", "queued"]
    other.close()


def test_nothing_is_handed_over_when_the_package_cannot_be_written(here: Workspace, tmp_path: Path) -> None:
    with pytest.raises(HandoverError, match="Nothing was handed over"):
        handover.pack(here, tmp_path / "missing" / "a.p2p")
    resumed(here.store)
    assert isinstance(press(here, 1), Clicked)
    (tmp_path / "taken.p2p").write_text("mine")
    with pytest.raises(HandoverError, match="there already"):
        handover.pack(here, tmp_path / "taken.p2p")
    assert (tmp_path / "taken.p2p").read_text() == "mine"


def test_a_folder_with_something_in_it_is_left_alone(here: Workspace, tmp_path: Path) -> None:
    package = tmp_path / "a.p2p"
    handover.pack(here, package)
    with pytest.raises(HandoverError, match="something in"):
        handover.unpack(package, here.folder)
    assert package.exists()


def _zip(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "/").replace("_db", ".db").replace("_json", ".json"), data)
    return path


def test_hostile_and_damaged_packages_leave_nothing(here: Workspace, tmp_path: Path) -> None:
    good = tmp_path / "good.p2p"
    handover.pack(here, good)
    cut = tmp_path / "cut.p2p"
    cut.write_bytes(good.read_bytes()[:-400])
    wrong = _zip(tmp_path / "wrong.p2p", p2ptext_db=b"x", package_json=json.dumps({"sha256": "0"}).encode())
    stranger = _zip(tmp_path / "more.p2p", p2ptext_db=b"x", package_json=b"{}", __tmp__evil=b"x")
    text = tmp_path / "text.p2p"
    text.write_text("hello")
    for each in (cut, wrong, stranger, text, tmp_path / "none.p2p"):
        with pytest.raises(HandoverError, match="Nothing was unpacked"):
            handover.unpack(each, tmp_path / "there")
        assert not (tmp_path / "there").exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".p2ptext-")]


def test_opt_outs_of_a_package_are_merged_and_none_is_lifted(here: Workspace, tmp_path: Path) -> None:
    with here.store.write() as unit:
        optouts.opt_out(unit, here.clock, "+13125550140", source="sms", evidence="STOP")
    package = tmp_path / "a.p2p"
    handover.pack(here, package)
    mine = open_workspace(tmp_path / "mine", here.clock)
    with mine.store.write() as unit:
        optouts.opt_out(unit, mine.clock, "+13125550199", source="sms", evidence="STOP")
    with handover.unpacked(package) as room:
        assert handover.merge_opt_outs(mine.store, mine.clock, room, None, "Dana") == 1
        assert handover.merge_opt_outs(mine.store, mine.clock, room, None, "Dana") == 0
    with mine.store.read() as conn:
        assert optouts.active_set(conn, ("+13125550140", "+13125550199", "+13125550100")) == {
            "+13125550140",
            "+13125550199",
        }
    mine.close()
    assert package.exists()


def test_settings_carry_no_secret() -> None:
    """What goes along unencrypted is only what a person chose on screen."""
    names = set(Settings.__dataclass_fields__)
    assert not [name for name in names if any(word in name for word in ("pin", "key", "pass", "secret"))]
    assert settings.FILE_NAME == "settings.toml"
