"""The Android backend under the contract: a phone with the app's local server, in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from benches import Bench

from modem.api import Hooks, Modem, Step
from modem.backends.android import backend as android
from modem.backends.android.http import Timing

sys.path.insert(0, str(Path(__file__).parent.parent / "backends"))
import gateway_stub

SHORT = Timing(
    connect=2.0, read=3.0, send=3.0, settle=0.1, quickest=0.01, pause=0.05, inbox=0.02, reports=0.02
)
_NO_SERVICE = "Send result: RESULT_ERROR_NO_SERVICE (Failed because service is currently unavailable)"


class AndroidBench(Bench):
    """A phone whose network refuses +15550177 for want of service, and is silent about +15550178."""

    can: ClassVar[frozenset[str]] = frozenset(
        {"deliver", "deliver-parts", "refuse", "silence", "hangup", "steps"}
    )

    def __init__(self, folder: Path) -> None:
        self.phone = gateway_stub.Phone()
        self.phone.plans["+15550177"] = ((0.0, "Processed", ""), (0.01, "Failed", _NO_SERVICE))
        self.phone.plans["+15550178"] = ((0.0, "Processed", ""),)
        self.steps: list[Step] = []

    def modem(self, on_step: Callable[[Step], None] | None = None) -> Modem:
        login = f"{gateway_stub.USER}:{gateway_stub.PASSWORD}"
        hooks = Hooks(on_step=on_step or self.steps.append)
        return android.make(self.phone.address, hooks, {self.phone.address: login}.get, SHORT)  # type: ignore[arg-type]

    def deliver(self, number: str, text: str) -> None:
        self.phone.deliver(number, text)

    def submits(self) -> list[dict[str, Any]]:
        self.phone.advance()
        return list(self.phone.sent)

    def hang_up(self) -> None:
        self.phone.leave(0.2)

    def end(self) -> None:
        self.phone.end()
