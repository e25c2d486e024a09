"""The office's texts for STOP and HELP in the settings: what they make, what is refused, who may keep them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from app.operators import roles
from app.people import confirming
from app.people.confirming import Texts
from app.workspace import Workspace
from ui.inbox.confirm_settings import ConfirmTextsPanel
from ui.operators.guard import ManagerDialog


def test_the_texts_of_an_office(
    workspace: Workspace, build: Callable[..., QWidget], settle: Callable[[], None]
) -> None:
    panel = ConfirmTextsPanel(workspace)
    build(panel, 700, 640)
    settle()
    assert panel.office.text() == "Lakeside Clinic"  # of the settings, until one is kept
    assert not panel.confirms.isChecked()
    panel.purpose.setText("We text about appointments.")
    assert "Lakeside Clinic: We text about appointments. Reply STOP" in panel.shown["help"].text()
    assert "1 segment" in panel.shown["help"].text()

    panel.confirms.setChecked(True)
    panel.language.setCurrentIndex(panel.language.findData("fr"))
    assert panel.edits["confirmation"].toPlainText() == confirming.CONFIRMATIONS["fr"]
    panel.edits["confirmation"].setPlainText("{office} : 20 % sur www.lakeside.fr")
    assert "no link" in panel.shown["confirmation"].text()
    panel.keep_button.click()
    settle()
    assert "French" in panel.notice.label.text()
    assert confirming.get(workspace.store) == Texts()

    panel.edits["confirmation"].setPlainText("{office} : bien reçu, " + "plus de SMS. " * 12)
    assert "2 segments" in panel.shown["confirmation"].text()
    panel.edits["confirmation"].setPlainText("{office} : bien reçu, plus de SMS.")
    panel.usual.click()
    panel.language.setCurrentIndex(panel.language.findData("en"))
    panel.keep_button.click()
    settle()
    kept = confirming.get(workspace.store)
    assert (kept.confirms, kept.language, kept.office) == (True, "fr", "Lakeside Clinic")
    assert kept.wordings["confirmation"] == {"fr": "{office} : bien reçu, plus de SMS."}

    workspace.role = roles.TEXTER
    panel.confirms.setChecked(False)
    panel.keep_button.click()
    settle()
    assert confirming.get(workspace.store).confirms
    dialog = panel.findChild(ManagerDialog)
    assert dialog is not None
    dialog.close()
