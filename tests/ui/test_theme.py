from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QPushButton

import resources
from ui import icons, theme
from ui.palette import DARK, LIGHT, Colours


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    rgb = QColor(colour)
    parts = [rgb.redF(), rgb.greenF(), rgb.blueF()]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pairs(c: Colours) -> list[tuple[str, str, str]]:
    """(what, ink, ground) for every text that the window paints."""
    result = [
        ("ink on panel", c.ink, c.panel),
        ("ink on window", c.ink, c.window),
        ("ink on field", c.ink, c.field),
        ("ink on hover", c.ink, c.hover),
        ("ink on selection", c.ink, c.selection),
        ("muted on panel", c.muted, c.panel),
        ("muted on window", c.muted, c.window),
        ("muted on field", c.muted, c.field),
        ("accent on panel", c.accent, c.panel),
        ("send", c.accent_ink, c.accent_fill),
        ("rail", c.rail_ink, c.rail),
        ("rail here", c.rail_ink_here, c.rail_here),
        ("rail card", c.rail_ink, c.rail_card),
        ("badge", c.badge_ink, c.badge),
        ("bubble out", c.bubble_out_ink, c.bubble_out),
        ("bubble in", c.bubble_in_ink, c.bubble_in),
        ("danger on panel", c.bad.ink, c.panel),
        ("disabled send", c.muted, c.border),
    ]
    for name in ("neutral", "accent", "good", "warn", "bad"):
        tone = c.tone(name)
        result.append((name, tone.ink, tone.fill))
    return result


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(colours: Colours) -> None:
    for what, ink, ground in pairs(colours):
        least = 3.0 if what == "disabled send" else 4.5
        assert contrast(ink, ground) >= least, f"{what}: {contrast(ink, ground):.2f}"


def test_both_palettes_are_whole() -> None:
    for colours in (LIGHT, DARK):
        for field in dataclasses.fields(colours):
            value = getattr(colours, field.name)
            if isinstance(value, str):
                assert QColor(value).isValid(), field.name


def test_a_choice_wins_and_the_system_is_followed(qapp: QApplication) -> None:
    seen: list[bool] = []
    theme.changes().changed.connect(lambda: seen.append(theme.current().dark))
    theme.apply(qapp, "dark")
    assert theme.current() is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    theme.apply(qapp, "light")
    assert theme.current() is LIGHT
    theme.apply(qapp, "nonsense")
    dark = qapp.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert theme.current() is (DARK if dark else LIGHT)
    assert seen[:2] == [True, False]
    theme.apply(qapp, "light")


def test_the_style_sheet_parses(qapp: QApplication, caplog: pytest.LogCaptureFixture) -> None:
    button = QPushButton("x")
    for colours in (LIGHT, DARK):
        button.setStyleSheet(theme.style_sheet(colours))
        button.ensurePolished()
    # "Could not parse application stylesheet" is a Qt warning, and a Qt warning fails a test.
    assert "{{" not in theme.style_sheet(LIGHT)


def test_icons_take_the_colour_and_have_a_licence(qapp: QApplication) -> None:
    folder = Path(resources.__file__).parent / "icons"
    names = [path.stem for path in folder.glob("*.svg")]
    assert len(names) > 20
    assert "ISC License" in (folder / "LICENSE").read_text("utf-8")
    for name in names:
        image = icons.pixmap(name, "#ff0000", 24).toImage()
        drawn = [
            image.pixelColor(x, y)
            for x in range(24)
            for y in range(24)
            if image.pixelColor(x, y).alpha() > 200
        ]
        assert drawn, name
        assert all(colour.red() > 200 and colour.green() < 60 for colour in drawn), name
