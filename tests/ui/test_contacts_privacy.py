"""A person's consents, all that is kept of them as files, and erasing them: with real keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from app.people import contacts, optouts
from app.store import tables as t
from app.workspace import Workspace
from ui import dialogs
from ui.bridge import Bridge
from ui.contacts import ContactsPage
from ui.contacts.privacy_erase import EraseDialog

MARIA = "+13125550187"


@pytest.fixture
def page(
    workspace: Workspace, lines: Any, build: Callable[..., QWidget], settle: Callable[[], None]
) -> ContactsPage:
    key = contacts.add(
        workspace.store, workspace.clock, MARIA, "Maria Ortega", consent_source="paper <b>form</b>",
        consent_at=1_790_000_000.0, consent_until=1_791_000_000.0, consent_frequency="2 a month",
        operator="Ana",
    )  # fmt: skip
    with workspace.store.write() as unit:
        unit.conn.execute(
            sa.insert(t.message).values(
                direction="in",
                state="received",
                number=MARIA,
                text="xylophone-7719",
                created_at=1.0,
                kind="text",
            )
        )
    bridge = Bridge(workspace.store)
    page = ContactsPage(workspace, lines, bridge, lambda *_a, **_k: None)
    bridge.setParent(page)
    build(page, 1200, 800)
    page.refresh()
    settle()
    page.open_at(contact_id=key)
    settle()
    return page


def told(page: ContactsPage) -> str:
    return "\n".join(label.text() for label in page.privacy.history.findChildren(QLabel))


def there(workspace: Workspace) -> bool:
    return bool(contacts.count(workspace.store, "3125550187"))


def ask(page: ContactsPage, settle: Callable[[], None]) -> EraseDialog:
    page.privacy.erase_button.setFocus()
    QTest.keyClick(page.privacy.erase_button, Qt.Key.Key_Space)
    settle()
    dialog: EraseDialog = page.privacy._dialog
    return dialog


def test_how_consent_came_and_went_stands_below_it(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    assert "Consent given" in told(page)
    assert "paper <b>form</b>" in told(page)  # as text, never as markup
    assert "noted by Ana" in told(page)
    assert "promised 2 a month" in told(page)
    assert "· over" in told(page)  # it was given until October
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, MARIA, source="sms", evidence="Stop please", rule="H2")
    # The newest first; what stood there before goes a moment later.
    wait(lambda: "Consent withdrawn" in told(page).partition("Consent given")[0])
    assert "“Stop please”" in told(page)


def test_what_is_typed_as_consent_is_noted_with_who_typed_it(
    page: ContactsPage, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    edit = page.person.edits["consent_until"]
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, "2027-12-31")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    wait(lambda: "Consent changed" in told(page))
    assert "noted by Dana" in told(page)


def test_everything_is_written_into_two_private_files(
    page: ContactsPage, tmp_path: Path, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "save_file", lambda *_a: tmp_path / "maria.json")
    page.privacy.export_button.setFocus()
    QTest.keyClick(page.privacy.export_button, Qt.Key.Key_Space)
    settle()
    for name in ("maria.json", "maria.csv"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
        assert "xylophone-7719" in (tmp_path / name).read_text("utf-8")
    assert "delete them" in page.notice.label.text()


def test_the_wrong_digits_erase_nobody(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None]
) -> None:
    dialog = ask(page, settle)
    assert "1 text" in dialog.goes.text()
    assert not dialog.button.isEnabled()
    QTest.keyClicks(dialog.digits, "0188")
    QTest.keyClick(dialog.digits, Qt.Key.Key_Return)
    assert not dialog.button.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Y)  # once is not twice
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert "once more" in dialog.problem.text()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle()
    assert there(workspace)


@pytest.mark.parametrize("keys", ["0187", "YY"])
def test_a_person_is_erased_after_a_second_thought(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None], keys: str
) -> None:
    with workspace.store.write() as unit:
        optouts.opt_out(unit, workspace.clock, MARIA, source="sms", evidence="STOP", rule="H1")
        unit.conn.execute(sa.insert(t.thread_group).values(name="Maria's <b>van</b>", created_at=0.0))
    settle()
    dialog = ask(page, settle)
    assert "stays" in dialog.stays.text()
    assert "the name of the group “Maria's <b>van</b>”" in dialog.stays.text()  # as text, never as markup
    QTest.keyClicks(dialog.digits, keys.lower())
    if keys.isdigit():
        QTest.keyClick(dialog.digits, Qt.Key.Key_Return)
    wait(lambda: not there(workspace))
    settle()
    assert page.person.contact is None
    assert "was erased" in page.notice.label.text()
    assert "stay opted out" in page.notice.label.text()
    with workspace.store.read() as conn:
        assert optouts.active(conn, MARIA)
    files = b"".join(p.read_bytes() for p in workspace.folder.glob("*.db*"))
    assert b"xylophone-7719" not in files
    assert MARIA.encode() not in files


def test_what_hinders_it_is_said_and_nothing_goes(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None], wait: Callable[..., None]
) -> None:
    with workspace.store.write() as unit:
        insert = sa.insert(t.message).returning(t.message.c.id)
        key = unit.conn.execute(
            insert.values(direction="out", state="queued", number=MARIA, text="x", created_at=1.0)
        ).scalar_one()
        click = unit.conn.execute(
            sa.insert(t.click)
            .values(message_id=key, operator="A", at=0.0, monotonic=0.0, device="mouse", text_hash="")
            .returning(t.click.c.id)
        ).scalar_one()
        unit.conn.execute(
            sa.update(t.message).where(t.message.c.id == key).values(state="clicked", click_id=click)
        )
    dialog = ask(page, settle)
    QTest.keyClicks(dialog.digits, "yy")
    wait(lambda: "Nothing was erased" in dialog.problem.text())
    assert not dialog.button.isEnabled()  # and the yes has to be said anew
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert there(workspace)


def test_a_texter_erases_nobody(
    page: ContactsPage, workspace: Workspace, settle: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(workspace), "role", property(lambda _self: "texter"))
    QTest.mouseClick(page.privacy.erase_button, Qt.MouseButton.LeftButton)
    settle()
    assert not hasattr(page.privacy, "_dialog")
    asked = [
        each for each in page.window().findChildren(QWidget) if each.windowTitle().startswith("For a manager")
    ]
    assert asked
    QTest.keyClick(asked[0], Qt.Key.Key_Escape)
    assert there(workspace)
