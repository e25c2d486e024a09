"""The app without its window, in a process of its own: lines on real ports, presses from standard input.

``press ID`` is one press on a queued text, ``write NUMBER TEXT`` one on a text just typed; ``pause`` and
``resume`` are for the only line, ``quit`` ends it well.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.clock import SystemClock
from app.settings import Settings
from app.store.tables import message
from app.texting import clicks, logs, recovery
from app.texting.lines import LineManager
from app.workspace import open_workspace
from modem.factory import open_modem


def say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main(folder: Path, url: str) -> None:
    logs.install(folder)
    workspace = open_workspace(folder)
    workspace.settings = Settings(country="US", texter="Ana")
    recovered = recovery.recover(workspace.store, workspace.clock)
    lines = LineManager(workspace, open_modem, backoff=(0.05,))
    line_id = lines.add(url, "Line")
    lines.start_all()
    say(f"started {recovered}")
    for command in sys.stdin:
        word, _, rest = command.strip().partition(" ")
        if word == "press":
            clock = SystemClock()
            with workspace.store.read() as conn:
                row = conn.execute(message.select().where(message.c.id == int(rest))).mappings().one()
            press = clicks.Press("key:Return", clock.monotonic(), clock.now())
            say(
                str(
                    clicks.accept(
                        workspace.store,
                        workspace.clock,
                        row["id"],
                        text_hash=row["text_hash"],
                        press=press,
                        operator="Ana",
                    )
                )
            )
        elif word == "write":
            clock = SystemClock()
            number, _, text = rest.partition(" ")
            press = clicks.Press("key:Return", clock.monotonic(), clock.now())
            store, said = workspace.store, text.replace("\\n", "\n")
            say(str(clicks.compose(store, workspace.clock, number, said, press=press, operator="Ana")))
        elif word == "pause":
            lines.pause(line_id)
            say("paused")
        elif word == "resume":
            lines.resume(line_id)
            say("resumed")
        elif word == "state":
            view = lines.view(line_id)
            say(f"{view.state} {view.detail}" if view else "gone")
        elif word == "quit":
            break
    lines.stop_all()
    workspace.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
