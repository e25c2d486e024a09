from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from app.store.events import (
    CampaignChanged,
    ChangedElsewhere,
    ContactsChanged,
    ConversationChanged,
    LineChanged,
    MessageChanged,
    MessageReceived,
    OptOutChanged,
)
from app.workspace import Workspace
from ui.bridge import Bridge


def test_events_of_other_threads_arrive_here_once_each(
    workspace: Workspace, wait: Callable[..., None]
) -> None:
    bridge, batches, single, threads = Bridge(workspace.store), [], [], set()
    bridge.changed.connect(lambda events: (batches.append(events), threads.add(threading.get_ident())))
    bridge.message_changed.connect(single.append)
    event = MessageChanged(1, "+13125550100", 2, 3)

    def publish() -> None:
        for _ in range(200):
            with workspace.store.write() as unit:
                unit.publish(event, LineChanged(4))

    thread = threading.Thread(target=publish)
    thread.start()
    thread.join()
    wait(lambda: batches)
    assert threads == {threading.get_ident()}
    assert batches[0] == (event, LineChanged(4))
    assert len(single) < 10  # gathered, not 200
    bridge.close()


def test_each_kind_has_its_signal(workspace: Workspace) -> None:
    bridge, seen = Bridge(workspace.store), []
    pairs: dict[str, Any] = {
        "message_changed": MessageChanged(1, "+1"),
        "message_received": MessageReceived(1, "+1", 1),
        "conversation_changed": ConversationChanged(1),
        "contacts_changed": ContactsChanged(),
        "opt_out_changed": OptOutChanged("+1", True),
        "campaign_changed": CampaignChanged(1),
        "line_changed": LineChanged(1),
        "changed_elsewhere": ChangedElsewhere(),
    }
    for name in pairs:
        getattr(bridge, name).connect(lambda event, name=name: seen.append((name, event)))
    with workspace.store.write() as unit:
        unit.publish(*pairs.values())
    bridge.flush()
    assert seen == list(pairs.items())
    bridge.close()


def test_nothing_after_close_and_nothing_of_a_rollback(workspace: Workspace) -> None:
    bridge, seen = Bridge(workspace.store), []
    bridge.changed.connect(seen.append)
    try:
        with workspace.store.write() as unit:
            unit.publish(LineChanged(1))
            raise RuntimeError
    except RuntimeError:
        pass
    bridge.close()
    with workspace.store.write() as unit:
        unit.publish(LineChanged(2))
    bridge.flush()
    assert seen == []
