"""How long the driver waits for what, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Waiting times in seconds. The defaults suit real modems; tests make them small."""

    command: float = 10.0  # an ordinary command
    identity: float = 5.0
    wake: float = 0.5  # one AT, when waking the modem or finding the thread again
    wake_tries: int = 10
    settle: float = 0.1  # silence that ends leftovers of an earlier dialogue
    prompt: float = 10.0  # AT+CMGS until the prompt; some modems need more than five
    # Makers document up to 120 s for the network's answer to a text.
    submit: float = 150.0
    grace: float = 2.0  # +CMGS until its OK
    row: float = 60.0  # between two rows of a listing; old handsets take minutes for a whole one
    network: float = 30.0  # COPS, CFUN
    sim_busy: float = 30.0  # SIM still starting
    sim_absent: float = 15.0  # "no SIM" just after power-up may be wrong
    pause: float = 1.0  # between two tries
    resweep: float = 10.0  # between sweeps when the modem announces nothing
