"""The room for the training: an own workspace in a temporary folder, an emulated modem, scripted people.

Nothing of it touches the office's data, and nothing leaves this computer. It is gone when it is closed.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import sqlalchemy as sa

from app.campaigns import campaign, hours
from app.settings import Settings
from app.store.tables import contact, list_member, people_list
from app.texting.line import OpenModem
from app.texting.lines import LineManager
from app.workspace import Workspace, open_workspace

#: After so many texts the modem goes away for a moment, right after it took one: that text is *unknown*.
FAULT_AT = 5
MESSAGE = (
    "Hi {first_name|there}, this is {sender} from Lakeside Library. Our reading evening is on Friday. "
    "Would you like to come? Reply STOP to opt out."
)
_URL = "practice:"
_REASON = "a training runs at any hour, and nothing leaves this computer"
#: The trainee does not wait long for a modem that comes back.
_BACKOFF = (0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Card:
    """One person of the training."""

    number: str
    name: str


def people_file() -> Path:
    """Who answers, for the emulator."""
    return Path(str(files("resources").joinpath("training", "people.toml")))


def arguments() -> tuple[str, ...]:
    """How the emulator is started for a training."""
    return ("--people", str(people_file()), "--fault", f"hangup-after-ctrl-z 1 after={FAULT_AT - 1}")


def cast() -> tuple[Card, ...]:
    """Who is in the training's list, in the order of the desk."""
    found = tomllib.loads(people_file().read_text("utf-8"))
    return tuple(Card(each["number"], each["name"]) for each in found["card"])


class Room:
    """One training. Make it with :func:`build`, off the window's thread, and close it."""

    def __init__(
        self, folder: Path, workspace: Workspace, lines: LineManager, stop: Callable[[], None]
    ) -> None:
        self.folder = folder
        self.workspace = workspace
        self.lines = lines
        self._stop = stop

    def close(self) -> None:
        """End the emulator and remove the folder. Takes up to some seconds."""
        self.lines.stop_all()
        self._stop()
        self.workspace.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def build(name: str, make_opener: Callable[[Path], tuple[OpenModem, Callable[[], None]]]) -> Room:
    """A room for the trainee called ``name``: a campaign on the desk and a line that is ready soon.

    ``make_opener(folder)`` gives what opens the emulated modem and what ends it.
    """
    settings = Settings(
        country="US", texter=name or "You", organisation="Lakeside Library", notice_accepted=True,
        break_minutes=0, lead_every=0,
    )  # fmt: skip
    return furnished(
        "training", settings, lambda made: _prepare(made, name or "You"), make_opener, "Training line"
    )


def furnished(
    what: str,
    settings: Settings,
    prepare: Callable[[Workspace], None],
    make_opener: Callable[[Path], tuple[OpenModem, Callable[[], None]]],
    line: str,
) -> Room:
    """A room that ``prepare`` fills, with an emulated line of the name ``line``; gone again if that fails."""
    folder = Path(tempfile.mkdtemp(prefix=f"p2ptext-{what}-"))
    with contextlib.ExitStack() as undo:
        undo.callback(shutil.rmtree, folder, ignore_errors=True)
        workspace = open_workspace(folder)
        undo.callback(workspace.close)
        workspace.settings = settings
        prepare(workspace)
        opener, stop = make_opener(folder)
        undo.callback(stop)
        lines = LineManager(workspace, opener, backoff=_BACKOFF)
        lines.add(_URL, line, practice=True)
        lines.start_all()
        undo.pop_all()
        return Room(folder, workspace, lines, stop)
    raise AssertionError("not reached")


def _prepare(workspace: Workspace, name: str) -> None:
    store, clock = workspace.store, workspace.clock
    now = clock.now()
    with store.write() as unit:
        key = unit.conn.execute(
            sa.insert(people_list).values(name="Training", created_at=now, columns="[]")
        ).inserted_primary_key
        assert key is not None
        for position, each in enumerate(cast()):
            person = unit.conn.execute(
                sa.insert(contact).values(
                    number=each.number,
                    name=each.name,
                    first_name=each.name.partition(" ")[0],
                    time_zone="America/Chicago",
                    created_at=now,
                    updated_at=now,
                )
            ).inserted_primary_key
            assert person is not None
            unit.conn.execute(
                sa.insert(list_member).values(list_id=key[0], position=position, contact_id=person[0])
            )
    campaign_id = campaign.create(
        store,
        clock,
        name="Training",
        list_id=int(key[0]),
        template=MESSAGE,
        texter=name,
        hours=hours.parse("00:00-24:00"),
        hours_reason=_REASON,
        operator=name,
    )
    campaign.start(store, clock, campaign_id)
