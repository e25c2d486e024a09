"""The answers of a running campaign: the live tally, a campaign for those who answered, the export, the audience."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.campaigns import script, script_edit
from app.campaigns.script import Option, Question
from app.conversations import answers
from app.people.audiences import Rule
from app.store import tables as t
from app.workspace import Workspace
from ui.bridge import Bridge
from ui.campaigns import CampaignsPage
from ui.campaigns.script_export import ExportDialog
from ui.campaigns.script_file import AnswersFileDialog
from ui.campaigns.script_tally import TallyPanel
from ui.contacts.audience_rules import RuleRow
from ui.contacts.audiences_dialog import offers
from ui.widgets import PlainLabel

Key = Qt.Key
Settle = Callable[[], None]
Went = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def went() -> Went:
    return []


@pytest.fixture
def panel(
    workspace: Workspace, lines: Any, running: Callable[..., Any], build: Callable[..., QWidget],
    settle: Settle, went: Went,
) -> TallyPanel:  # fmt: skip
    made = running(3, names=("Maria", "Jon", "Ana"))
    for key in made.message_ids[:2]:
        with workspace.store.write() as unit:
            click = unit.conn.execute(
                sa.insert(t.click).values(
                    message_id=key, operator="Dana", at=1.0, monotonic=1.0, device="mouse", text_hash="x"
                )
            ).inserted_primary_key[0]
        made.put(key, state="sent", click_id=click, claimed_at=workspace.clock.now())
    options = (Option("Yes", tone="good"), Option("Maybe"))
    script_edit.save(workspace.store, workspace.clock, made.campaign_id, Question("Coming?", options=options))
    bridge = Bridge(workspace.store)
    page = CampaignsPage(workspace, lines, bridge, lambda name, **where: went.append((name, where)))
    bridge.setParent(page)
    build(page, 1200, 800)
    page.open_at(campaign_id=made.campaign_id)
    settle()
    return next(each for each in page.editor.panels.below if isinstance(each, TallyPanel))


def say(workspace: Workspace, number: str, label: str) -> None:
    (asked,) = script.get(workspace.store, 1).questions
    option = next(each.id for each in asked.choices if each.label == label)
    answers.give(
        workspace.store, workspace.clock, "Dana", 1, number, asked.id, option_id=option, country="US"
    )


def words(panel: TallyPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(PlainLabel) if label.isVisible()]


def test_the_tally_follows_the_answers(panel: TallyPanel, workspace: Workspace, settle: Settle) -> None:
    assert panel.isVisible()
    assert "of 2 people texted" in words(panel)
    assert "0 of 2, 0 % of those texted answered" in words(panel)
    say(workspace, "+13125550000", "Maybe")
    settle()
    assert "1 of 2, 50 % of those texted answered · 0 in favour, 0 against" in words(panel)
    assert "0 of 2, 0 % of those texted answered" not in words(panel)
    assert [button.accessibleName() for button in panel.buttons] == [
        "New campaign for Coming? Maybe",
        "New campaign for Coming? no answer",
    ]


def test_a_new_campaign_for_those_who_said_maybe_takes_one_press(
    panel: TallyPanel, workspace: Workspace, settle: Settle, went: Went,
    wait: Callable[..., None],
) -> None:  # fmt: skip
    say(workspace, "+13125550000", "Maybe")
    settle()
    panel.buttons[0].setFocus()
    QTest.keyClick(panel.buttons[0], Key.Key_Space)
    wait(lambda: went)
    ((page, where),) = went
    assert page == "campaigns"
    with workspace.store.read() as conn:
        name = conn.execute(
            sa.select(t.people_list.c.name).where(t.people_list.c.id == where["list_id"])
        ).scalar()
        people = (
            conn.execute(
                sa.select(t.contact.c.name)
                .join(t.list_member, t.list_member.c.contact_id == t.contact.c.id)
                .where(t.list_member.c.list_id == where["list_id"])
            )
            .scalars()
            .all()
        )
    assert name == "Spring reminders: Coming? Maybe"
    assert people == ["Maria"]
    workspace.role = "texter"
    said: list[str] = []
    panel.failed.connect(lambda error: said.append(str(error)))
    panel.buttons[0].click()
    panel.export_button.click()
    assert said == [
        "Only a manager may prepare or start a campaign. Ask one to sign in.",
        "Only a manager may export people or messages. Ask one to sign in.",
    ]
    assert len(went) == 1


def test_the_answers_are_exported_from_the_window(
    panel: TallyPanel, workspace: Workspace, settle: Settle, tmp_path: Path, qapp: QApplication
) -> None:
    say(workspace, "+13125550000", "Yes")
    settle()
    panel.export_button.setFocus()
    QTest.mouseClick(panel.export_button, Qt.MouseButton.LeftButton)
    dialog = qapp.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    QTest.keyClick(dialog.masking, Key.Key_Space)
    dialog.write(tmp_path / "answers.csv")
    settle()
    assert dialog.words.text() == "3 people written to answers.csv."
    assert "•••000" in (tmp_path / "answers.csv").read_text("utf-8-sig")
    dialog.reject()


def test_an_audience_rule_names_a_question_and_an_answer(
    panel: TallyPanel, workspace: Workspace, build: Callable[..., QWidget]
) -> None:
    (asked,) = script.get(workspace.store, 1).questions
    maybe = asked.choices[1].id
    row = RuleRow(Rule("tag", "is"), offers(workspace))
    build(row, 800, 60)
    row.kind.setFocus()
    while row.kind.currentData() != "answer":
        QTest.keyClick(row.kind, Key.Key_Down)
    row.kind.activated.emit(row.kind.currentIndex())
    assert [row.field.itemText(i).strip("\u2068\u2069") for i in range(row.field.count())] == [
        "Spring reminders: Coming?"
    ]
    row.choice.setFocus()
    QTest.keyClick(row.choice, Key.Key_Down)
    assert row.rule() == Rule("answer", "said", str(maybe), str(asked.id))
    assert row.complete()
    again = RuleRow(row.rule(), offers(workspace))
    assert again.rule() == row.rule()
    again.ask.setCurrentIndex(again.ask.findData("unanswered"))
    assert again.rule() == Rule("answer", "unanswered", "", str(asked.id))
    again.deleteLater()


def test_answers_known_later_are_read_from_a_file(
    panel: TallyPanel, workspace: Workspace, settle: Settle, tmp_path: Path, qapp: QApplication
) -> None:
    path = tmp_path / "came.csv"
    path.write_text("phone,answer\n(312) 555-0000,yes\n(312) 555-0001,later\n", "utf-8")
    QTest.mouseClick(panel.file_button, Qt.MouseButton.LeftButton)
    dialog = qapp.activeModalWidget()
    assert isinstance(dialog, AnswersFileDialog)
    dialog.load(path)
    settle()
    assert dialog.outcome.text() == "1 answer kept, 0 there already, 1 of 2 rows refused."
    assert "is none of the answers: Yes, Maybe" in dialog.refused.text()
    assert "1 of 2, 50 %" in words(panel)
    dialog.load(tmp_path / "nothing.csv")
    settle()
    assert "cannot be opened" in dialog.problem.text()
    dialog.reject()


def test_the_campaigns_menu_leads_to_the_export(panel: TallyPanel, qapp: QApplication) -> None:
    page = panel.window()
    assert isinstance(page, CampaignsPage)
    entries = dict(page.editor.menu.entries())
    entries["Export answers…"]()
    dialog = qapp.activeModalWidget()
    assert isinstance(dialog, ExportDialog)
    dialog.reject()


def test_the_panels_fit_beside_the_side_column_of_a_small_window(panel: TallyPanel) -> None:
    page = panel.window()
    assert isinstance(page, CampaignsPage)
    for each in page.editor.panels.below:
        assert each.minimumSizeHint().width() <= 430, each  # what 1024 pixels leave
