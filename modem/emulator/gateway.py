"""What a modem needs of the network it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from modem.sms import Submit

if TYPE_CHECKING:
    from modem.emulator.device import Device


class Gateway(Protocol):
    """The network as a modem sees it."""

    def submit(self, device: Device, submit: Submit, reference: int) -> int | None:
        """Take one SMS-SUBMIT: None when accepted, else the CMS code of the refusal."""
        ...

    def refuse(self, device: Device, submit: Submit, code: int) -> None:
        """Note a text that was refused before the network took it."""
        ...

    def room(self, device: Device) -> None:
        """The modem can take more: offer what waits."""
        ...

    def struck(self, device: Device, fault: str, *, over: bool = False) -> None:
        """Note that a fault happened, or that one which lasts is over."""
        ...
