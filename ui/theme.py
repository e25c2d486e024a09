"""Light and dark: which one applies, the palette and the small style sheet on top of Fusion.

Qt's own dark mode does nothing on many desktops, so both palettes are ours; the system's wish is
followed where Qt can tell it, and a person's choice in the settings wins.
"""

from __future__ import annotations

import sys

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetrics, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from resources import FOLDER
from ui.palette import DARK, LIGHT, Colours

CHOICES = ("system", "light", "dark")
#: The least text size of the body in points: about 13.5 pixels on every desktop at 100 %.
BASE_POINTS = 13.5 if sys.platform == "darwin" else 10.0
SIZES = {"small": 0.88, "body": 1.0, "name": 1.32, "title": 1.18, "message": 1.22, "huge": 1.6}
FAMILIES = ("Inter", "Segoe UI", "Cantarell", "Noto Sans", "DejaVu Sans")


class _Theme(QObject):
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.colours: Colours = LIGHT
        self.choice = "system"
        self.base = BASE_POINTS


_theme = _Theme()


def current() -> Colours:
    """The colours that apply now; ask in ``paintEvent``, do not keep."""
    return _theme.colours


def changes() -> _Theme:
    """The object whose ``changed`` signal says that :func:`current` is another."""
    return _theme


def apply(app: QApplication, choice: str = "system") -> None:
    """Dress the application. ``choice`` is one of :data:`CHOICES`; "system" follows the desktop."""
    _theme.choice = choice if choice in CHOICES else "system"
    if app.property("p2ptext_dressed") is None:
        app.setProperty("p2ptext_dressed", True)
        app.setStyle("Fusion")
        app.setFont(base_font())
        app.styleHints().colorSchemeChanged.connect(_system_changed)
    _dress(app, _wanted(_theme.choice))


def install(app: QApplication) -> None:
    """Dress the application before its first window, as the desktop wishes."""
    apply(app, _theme.choice)


def _system_changed(_scheme: Qt.ColorScheme) -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication) and _theme.choice == "system":
        _dress(app, _wanted("system"))


def _wanted(choice: str) -> Colours:
    if choice == "system":
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
    return DARK if choice == "dark" else LIGHT


def _dress(app: QApplication, colours: Colours) -> None:
    sheet = style_sheet(colours)
    if _theme.colours is colours and app.styleSheet() == sheet:
        return  # every widget would be polished anew for nothing
    _theme.colours = colours
    app.setPalette(make_palette(colours))
    app.setStyleSheet(sheet)
    _theme.changed.emit()


def base_font() -> QFont:
    """The body font: the first of :data:`FAMILIES` that is installed, then the system's.

    A person who has set a larger text for the desktop gets that size here as well.
    """
    font = QFont(QApplication.font())
    _theme.base = max(BASE_POINTS, font.pointSizeF())
    installed = [name for name in FAMILIES if QFontDatabase.hasFamily(name)]
    if installed and sys.platform != "darwin":
        font.setFamilies([installed[0], font.family()])
    font.setPointSizeF(_theme.base)
    return font


def em(widget: QWidget | None = None, count: float = 1.0) -> int:
    """``count`` times the height of a line of body text, in pixels: sizes that grow with the text."""
    font = widget.font() if widget is not None else QApplication.font()
    return round(QFontMetrics(font).height() * count)


def points(size: str) -> float:
    """The point size of a name of :data:`SIZES`."""
    return _theme.base * SIZES[size]


def make_palette(c: Colours) -> QPalette:
    """The palette of one theme, for what the style sheet leaves alone."""
    palette = QPalette()
    role = QPalette.ColorRole
    pairs = {
        role.Window: c.window,
        role.WindowText: c.ink,
        role.Base: c.field,
        role.AlternateBase: c.hover,
        role.Text: c.ink,
        role.PlaceholderText: c.muted,
        role.Button: c.panel,
        role.ButtonText: c.ink,
        role.BrightText: c.bad.ink,
        role.ToolTipBase: c.panel,
        role.ToolTipText: c.ink,
        role.Highlight: c.accent_fill,
        role.HighlightedText: c.accent_ink,
        role.Link: c.accent,
        role.LinkVisited: c.accent,
        role.Light: c.border,
        role.Midlight: c.border,
        role.Mid: c.border,
        role.Dark: c.border,
        role.Shadow: c.border,
        role.Accent: c.accent_fill,
    }
    for key, value in pairs.items():
        palette.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(c.disabled))
    return palette


_ARROW = (FOLDER / "style" / "arrow-down.svg").as_posix()
_UP = (FOLDER / "style" / "arrow-up.svg").as_posix()
_TICK = (FOLDER / "style" / "tick.svg").as_posix()


def style_sheet(c: Colours) -> str:
    """The style sheet of one theme."""
    tones = "".join(
        f'Chip[tone="{name}"], ChipButton[tone="{name}"], #notice[tone="{name}"] '
        f"{{ background: {c.tone(name).fill}; color: {c.tone(name).ink}; }}\n"
        f'PlainLabel[tone="{name}"] {{ color: {c.tone(name).ink}; }}\n'
        f'ChipButton[chosen="true"][tone="{name}"] {{ border: 2px solid {c.tone(name).ink}; }}\n'
        f'ChipButton[chosen="guess"][tone="{name}"] {{ border: 1px dashed {c.tone(name).ink}; }}\n'
        for name in ("neutral", "accent", "good", "warn", "bad")
    )
    sizes = "".join(
        f'PlainLabel[textSize="{name}"] {{ font-size: {points(name):.1f}pt; }}\n' for name in SIZES
    )
    return f"""
QToolTip {{ background: {c.panel}; color: {c.ink}; border: 1px solid {c.border}; padding: 4px; }}
QFrame#panel {{ background: {c.panel}; border: 1px solid {c.border}; border-radius: 12px; }}
QFrame#panel[here="true"], QFrame#inset[here="true"] {{ border-color: {c.accent_fill}; }}
QFrame#inset {{ background: {c.field}; border: 1px solid {c.border}; border-radius: 10px; }}
QFrame#header {{ background: {c.panel}; border: 0; border-bottom: 1px solid {c.border}; }}
QFrame#rule {{ background: {c.border}; border: 0; max-height: 1px; min-height: 1px; }}
QFrame#notice {{ border-radius: 10px; }}
{tones}{sizes}
PlainLabel {{ background: transparent; }}
PlainLabel[weight="bold"], ElidedLabel[weight="bold"] {{ font-weight: 600; }}
PlainLabel[quiet="true"], ElidedLabel[quiet="true"] {{ color: {c.muted}; }}
Chip, ChipButton {{ border-radius: 9px; padding: 2px 9px; font-size: {points("small"):.1f}pt;
    font-weight: 500; border: 1px solid transparent; }}
ChipButton:hover {{ border-color: {c.border}; }}
ChipButton:checked {{ background: {c.accented.fill}; color: {c.accented.ink}; }}
ChipButton:focus, ChipButton[chosen="true"]:focus {{ border: 2px solid {c.accent}; padding: 1px 8px; }}
ChipButton[chosen="true"] {{ padding: 1px 8px; }}
KeyButton {{ background: {c.panel}; color: {c.ink}; border: 1px solid {c.border}; border-radius: 8px;
    padding: 7px 14px; font-weight: 500; }}
KeyButton:hover {{ background: {c.hover}; }}
KeyButton:pressed {{ background: {c.border}; }}
KeyButton:focus {{ border: 2px solid {c.accent}; padding: 6px 13px; }}
KeyButton:disabled {{ color: {c.disabled}; }}
KeyButton[primary="true"] {{ background: {c.accent_fill}; color: {c.accent_ink};
    border: 1px solid {c.accent_fill}; }}
KeyButton[primary="true"]:hover {{ background: {c.accent_hover}; }}
KeyButton[primary="true"]:focus {{ border: 2px solid {c.ink}; }}
KeyButton[primary="true"]:disabled {{ background: {c.border}; color: {c.muted}; border-color: {c.border}; }}
KeyButton[danger="true"] {{ color: {c.bad.ink}; }}
KeyButton[flat="true"] {{ background: transparent; border: 1px solid transparent; padding: 3px 6px;
    color: {c.accent}; }}
KeyButton[flat="true"]:hover {{ text-decoration: underline; }}
KeyButton[flat="true"]:focus {{ border: 1px solid {c.accent}; padding: 3px 6px; }}
QLineEdit, QPlainTextEdit, QTextEdit {{ background: {c.field}; color: {c.ink};
    border: 1px solid {c.border}; border-radius: 8px; padding: 6px 9px;
    selection-background-color: {c.selection}; selection-color: {c.ink}; }}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus {{
    border: 1px solid {c.accent}; }}
QTextEdit#messageView, QTextEdit#bare, QPlainTextEdit#bare {{ background: transparent; border: 0;
    padding: 0; }}
QComboBox {{ background: {c.field}; color: {c.ink}; border: 1px solid {c.border}; border-radius: 8px;
    padding: 5px 9px; combobox-popup: 0; }}
QAbstractSpinBox {{ background: {c.field}; color: {c.ink}; border: 1px solid {c.border}; border-radius: 8px;
    padding: 4px 8px; }}
QComboBox:focus, QAbstractSpinBox:focus {{ border: 1px solid {c.accent}; }}
QAbstractSpinBox:disabled {{ color: {c.disabled}; background: {c.hover}; }}
QComboBox:disabled {{ color: {c.disabled}; background: {c.hover}; }}
QComboBox::drop-down, QDateTimeEdit::drop-down {{ border: 0; width: 26px; }}
QComboBox::down-arrow, QDateTimeEdit::down-arrow {{ image: url("{_ARROW}"); width: 14px; height: 14px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: 0; width: 20px;
    subcontrol-origin: border; }}
QAbstractSpinBox::up-button {{ subcontrol-position: top right; }}
QAbstractSpinBox::down-button {{ subcontrol-position: bottom right; }}
QAbstractSpinBox::up-arrow {{ image: url("{_UP}"); width: 11px; height: 11px; }}
QAbstractSpinBox::down-arrow {{ image: url("{_ARROW}"); width: 11px; height: 11px; }}
QComboBox QAbstractItemView {{ background: {c.panel}; color: {c.ink}; border: 1px solid {c.border};
    selection-background-color: {c.accented.fill}; selection-color: {c.accented.ink}; outline: 0; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 14px; height: 14px; background: {c.field};
    border: 1px solid {c.muted}; }}
QCheckBox::indicator {{ border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:checked {{ background: {c.accent_fill}; border-color: {c.accent_fill};
    image: url("{_TICK}"); }}
QRadioButton::indicator:checked {{ width: 6px; height: 6px; border: 5px solid {c.accent_fill}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {c.border}; }}
QCheckBox:focus, QRadioButton:focus {{ color: {c.accent}; }}
QListView, QTableView, QTreeView {{ background: {c.panel}; border: 0; outline: 0;
    selection-background-color: {c.accented.fill}; selection-color: {c.ink}; }}
QHeaderView::section {{ background: {c.panel}; color: {c.muted}; border: 0;
    border-bottom: 1px solid {c.border}; padding: 6px 8px; }}
QProgressBar {{ background: {c.border}; border: 0; border-radius: 3px; max-height: 6px; min-height: 6px; }}
QProgressBar::chunk {{ background: {c.accent_fill}; border-radius: 3px; }}
QScrollArea {{ background: transparent; border: 0; }}
QScrollArea > QWidget > QWidget#scrolled {{ background: transparent; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: {c.border}; border-radius: 3px; min-height: 28px; min-width: 28px; }}
QScrollBar::handle:hover {{ background: {c.disabled}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QFrame#rail {{ background: {c.rail}; border: 0; }}
QFrame#rail PlainLabel {{ color: {c.rail_ink_here}; }}
QFrame#railCard {{ background: {c.rail_card}; border: 0; border-radius: 8px; }}
QFrame#railCard PlainLabel[quiet="true"], QFrame#railCard ElidedLabel[quiet="true"] {{ color: {c.rail_ink}; }}
QFrame#railCard ElidedLabel {{ color: {c.rail_ink_here}; }}
RailButton {{ border: 1px solid transparent; border-radius: 8px; color: {c.rail_ink}; text-align: left; }}
RailButton:hover {{ background: {c.rail_hover}; }}
RailButton:checked {{ background: {c.rail_here}; color: {c.rail_ink_here}; }}
RailButton:focus {{ border-color: {c.accented.fill if not c.dark else c.accent}; }}
QMenu {{ background: {c.panel}; color: {c.ink}; border: 1px solid {c.border}; padding: 4px; }}
QMenu::item {{ padding: 6px 18px; border-radius: 6px; }}
QMenu::item:selected {{ background: {c.accented.fill}; color: {c.accented.ink}; }}
"""
