"""The mapping screen can show everything that a column may mean."""

from __future__ import annotations

from app.people.columns import ROLES, Mapping
from ui.contacts.mapping import ROLE_WORDS, MappingTable


def test_every_meaning_has_words() -> None:
    assert set(ROLE_WORDS) == set(ROLES)


def test_an_opted_out_column_is_shown_and_kept(qtbot) -> None:  # type: ignore[no-untyped-def]
    table = MappingTable()
    qtbot.addWidget(table)
    mapping = Mapping(number=0, opted_out=1, fields=((2, "slot"),))
    table.show_preview(("phone", "optOut", "slot"), (("3125550187", "yes", "9:30"),), mapping, {})
    assert table.boxes[1].currentText().startswith("Opted out")
    assert table.mapping() == mapping
