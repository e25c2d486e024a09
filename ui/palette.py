"""The colours, light and dark. Every text colour keeps 4.5:1 on what it is painted on (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tone:
    """A chip's or panel's two colours."""

    fill: str
    ink: str


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme. All values are "#rrggbb"."""

    dark: bool
    window: str
    panel: str
    field: str
    border: str
    ink: str
    muted: str
    accent: str  # as ink on panel
    accent_fill: str
    accent_hover: str
    accent_ink: str  # on accent_fill
    hover: str
    rail: str
    rail_hover: str
    rail_here: str
    rail_ink: str
    rail_ink_here: str
    rail_card: str
    badge: str
    badge_ink: str
    bubble_out: str
    bubble_out_ink: str
    bubble_in: str
    bubble_in_ink: str
    selection: str
    disabled: str
    good_dot: str
    warn_dot: str
    bad_dot: str
    idle_dot: str
    neutral: Tone
    accented: Tone
    good: Tone
    warn: Tone
    bad: Tone

    def tone(self, name: str) -> Tone:
        """The tone called ``name``: neutral, accent, good, warn, bad. An unknown name is neutral."""
        tones = {"accent": self.accented, "good": self.good, "warn": self.warn, "bad": self.bad}
        return tones.get(name, self.neutral)

    def dot(self, name: str) -> str:
        """The colour of a state dot."""
        dots = {"good": self.good_dot, "warn": self.warn_dot, "bad": self.bad_dot}
        return dots.get(name, self.idle_dot)


LIGHT = Colours(
    dark=False,
    window="#f5f7f9",
    panel="#ffffff",
    field="#ffffff",
    border="#dfe3e9",
    ink="#182230",
    muted="#596475",
    accent="#1f57b8",
    accent_fill="#2460c8",
    accent_hover="#1c51ad",
    accent_ink="#ffffff",
    hover="#f0f3f7",
    rail="#0f1e3a",
    rail_hover="#1a2a48",
    rail_here="#24344f",
    rail_ink="#c3ccda",
    rail_ink_here="#ffffff",
    rail_card="#1a2a45",
    badge="#d92f36",
    badge_ink="#ffffff",
    bubble_out="#2460c8",
    bubble_out_ink="#ffffff",
    bubble_in="#eef0f4",
    bubble_in_ink="#182230",
    selection="#cfe0fb",
    disabled="#8a93a1",
    good_dot="#2fbf71",
    warn_dot="#e3a63b",
    bad_dot="#e0474c",
    idle_dot="#8a93a1",
    neutral=Tone("#edf0f4", "#4d5868"),
    accented=Tone("#e6effd", "#1d4fae"),
    good=Tone("#e1f4ea", "#106644"),
    warn=Tone("#fdf0d5", "#7d4f00"),
    bad=Tone("#fde8e8", "#a8231f"),
)

DARK = Colours(
    dark=True,
    window="#14181e",
    panel="#1b2129",
    field="#171c23",
    border="#2c343f",
    ink="#eef2f7",
    muted="#a3adbb",
    accent="#7dabff",
    accent_fill="#3a70d8",
    accent_hover="#4a7fe4",
    accent_ink="#ffffff",
    hover="#232a34",
    rail="#0c1119",
    rail_hover="#161c26",
    rail_here="#222931",
    rail_ink="#a9b3c2",
    rail_ink_here="#ffffff",
    rail_card="#171e28",
    badge="#d5343a",
    badge_ink="#ffffff",
    bubble_out="#2f61bd",
    bubble_out_ink="#ffffff",
    bubble_in="#28303b",
    bubble_in_ink="#eef2f7",
    selection="#27406e",
    disabled="#6f7a89",
    good_dot="#35c47c",
    warn_dot="#e5ad49",
    bad_dot="#ec5f62",
    idle_dot="#7d8796",
    neutral=Tone("#2a313b", "#b9c2cf"),
    accented=Tone("#1d2f52", "#8db5ff"),
    good=Tone("#153324", "#6fd6a2"),
    warn=Tone("#392a10", "#efc06a"),
    bad=Tone("#421e20", "#ff9c97"),
)
