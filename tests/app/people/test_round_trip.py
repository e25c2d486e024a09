"""What is exported of people comes back by an import: tags, numbers, notes, consent."""

from __future__ import annotations

from pathlib import Path

from app.clock import SystemClock
from app.people import contacts, importing
from app.people.reading import open_source
from app.reports import exports
from app.store.engine import open_store


def test_people_come_back_whole(tmp_path: Path) -> None:
    first, clock = open_store(tmp_path / "first"), SystemClock()
    contacts.add(first, clock, "312-555-0187", "Maria Ortega", country="US")
    known = {
        "tags": ["choir", "board"], "other_numbers": ["312-555-0100", "312-555-0101"], "language": "es",
        "notes": "Vegan;\ncalls back", "consent_source": "web form", "consent_at": 1_790_000_000.0,
        "consent_wording": "Texts, about visits", "consent_frequency": "2 a month",
        "consent_until": 1_800_000_000.0, "fields": {"city": "Chicago"},
    }  # fmt: skip
    before = contacts.save(first, clock, 1, known, "US")
    out = tmp_path / "contacts.csv"
    exports.export(first, "contacts", out, "csv")
    first.close()

    second = open_store(tmp_path / "second")
    source = open_source(out)
    importing.run(second, clock, source, importing.preview(second, source, "US").mapping, "US")
    after = contacts.get(second, 1)
    second.close()
    assert after is not None
    for name in (*known, "number", "name", "first_name", "last_name"):
        assert getattr(after, name) == getattr(before, name), name


def test_a_masked_export_has_nothing_personal(tmp_path: Path) -> None:
    store, clock = open_store(tmp_path / "data"), SystemClock()
    contacts.add(store, clock, "312-555-0187", "Maria Ortega", country="US")
    contacts.save(store, clock, 1, {"notes": "Vegan", "other_numbers": ["312-555-0100"]}, "US")
    out = tmp_path / "contacts.csv"
    exports.export(store, "contacts", out, "csv", mask=True)
    store.close()
    text = out.read_text()
    assert "Vegan" not in text
    assert "5550100" not in text
