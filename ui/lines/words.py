"""What the cards say of signal, device, balance and clocks."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from ui import wording
from ui.widgets import isolated, one_line

if TYPE_CHECKING:
    from app.texting.views import LineView

#: The address of the practice line; the program starts its emulator behind it.
PRACTICE_URL = "practice:"
BARS = ("▁", "▂", "▄", "▆", "█")
#: From here on the SIM's memory is called almost full.
FULL_SHARE = 0.8
#: A computer's clock that is off by less says nothing.
CLOCK_SECONDS = 120.0
FULL_WORDS = (
    "The SIM is almost full of older texts, and a full one takes no more in. Put it into a phone and remove "
    "some."
)


def signal_words(view: LineView) -> str:
    """ "-71 dBm ▂▄▆█", or "unknown"."""
    if view.signal_dbm is None:
        return "unknown"
    return f"{view.signal_dbm} dBm {''.join(BARS[1 : view.bars + 1])}"


def device_words(view: LineView) -> str:
    """The device and its port, as far as they are known."""
    if view.practice:
        return "an emulator in this computer"
    device = " ".join(part for part in (view.manufacturer, view.model) if part)
    return " · ".join(part for part in (one_line(device, 60), one_line(view.url, 80)) if part)


def sentence(text: str) -> str:
    """``text`` as a sentence of its own."""
    return text if not text or text.endswith((".", "!", "?")) else text + "."


def almost_full(view: LineView) -> bool:
    """Whether little room is left on the SIM."""
    return bool(view.storage_total) and view.storage_used >= FULL_SHARE * view.storage_total


def clock_words(off: float | None) -> str:
    """A warning when this computer's clock is far from the network's; "" when not, or nothing is known."""
    if off is None or abs(off) <= CLOCK_SECONDS:
        return ""
    way = "behind" if off > 0 else "ahead of"
    return (
        f"This computer's clock is {_long(abs(off))} {way} the network's. Quiet hours and times go by it: "
        "set it right, best by itself over the internet."
    )


def _long(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 120:
        return f"{minutes} minutes"
    hours = round(minutes / 60)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"


def balance_words(view: LineView) -> tuple[str, str]:
    """The operator's last answer, and when it came ("" for never)."""
    if not view.ussd:
        return "not on this line", ""
    if view.balance_at is None:
        return "not checked yet", ""
    return one_line(
        view.balance_text, 160
    ) or "no answer", f"checked {wording.local(view.balance_at):%d %b %H:%M}"


def balance_button(view: LineView) -> str:
    """ "Check balance *100#", with dots where a code is asked for first."""
    return f"Check balance {isolated(view.balance_code, 20)}" if view.balance_code else "Check balance…"


def today_words(view: LineView) -> str:
    """ "212 of 400, 3 waiting"."""
    most = f" of {view.limits.per_day:,}" if view.limits.per_day else ""
    return f"{view.sent_today:,}{most}" + (f", {view.waiting:,} waiting" if view.waiting else "")


def budget_words(view: LineView) -> str:
    """ "20 a minute · 87 of 100 people this month · ≈ 2.12 USD today", or "no limit set"."""
    limits = view.limits
    rates = dataclasses.replace(limits, per_day=0, people_month=0)
    parts = [rates.words if rates.any or not limits.any else ""]
    if limits.people_month:
        parts.append(f"{view.people or 0:,} of {limits.people_month:,} people this month")
    if view.cost_today is not None:
        parts.append(f"≈ {view.cost_today:,.2f} {one_line(view.currency, 8)}".rstrip() + " today")
    return " · ".join(part for part in parts if part)


def price_of(text: str) -> float | None:
    """A price as it was typed; None for none. Raises ``ValueError`` with a sentence."""
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    try:
        price = float(plain)
    except ValueError:
        price = -1.0
    if not 0 <= price <= 1_000:
        raise ValueError(f"“{one_line(text, 20)}” is no price. Write it as 0.05.")
    return price
