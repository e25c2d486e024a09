"""The countries to choose from: ISO codes with English names."""

from __future__ import annotations

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QComboBox, QWidget

#: First in the list: where most people who use the program text.
FIRST = ("US", "CA", "GB")


def name_of(code: str) -> str:
    """The English name of a country, or its code."""
    territory = QLocale.codeToTerritory(code)
    name = QLocale.territoryToString(territory)
    return name if name and territory != QLocale.Country.AnyCountry else code


def codes() -> tuple[str, ...]:
    """Every country whose numbers can be read, the first few first, the others by name."""
    import phonenumbers

    known = set(phonenumbers.SUPPORTED_REGIONS)
    rest = sorted(known - set(FIRST), key=name_of)
    return (*FIRST, *rest)


def here() -> str:
    """The country of this computer's language settings; "" where they do not tell."""
    code = QLocale.territoryToCode(QLocale.system().territory())
    return code if len(code) == 2 and code.isalpha() else ""


class CountryBox(QComboBox):
    """A choice of country. ``code()`` is "" until one is chosen."""

    def __init__(self, code: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Default country")
        self.setMaxVisibleItems(12)
        self.addItem("Choose a country", "")
        for each in codes():
            self.addItem(f"{name_of(each)} ({each})", each)
        self.set_code(code)

    def code(self) -> str:
        """The chosen country."""
        return str(self.currentData() or "")

    def set_code(self, code: str) -> None:
        """Choose ``code`` if it is in the list."""
        self.setCurrentIndex(max(self.findData(code), 0))
