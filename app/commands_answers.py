"""The commands about a campaign's answers: show, import, export. None of them can send."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from app.commands import Refused, _country, _guarded, _progress, _workspace

if TYPE_CHECKING:
    from app.campaigns.answers_file import Reject


@_guarded
def answers(options: argparse.Namespace) -> int:
    """``p2ptext answers show`` and ``p2ptext answers import``."""
    return _show(options) if options.action == "show" else _import(options)


def _show(options: argparse.Namespace) -> int:
    from app.campaigns import answers_file, tally

    with _workspace(options) as workspace:
        key = answers_file.find_campaign(workspace.store, options.campaign)
        found = tally.tally(workspace.store, key)
    print(f"{found.texted:,} people texted")
    for each in found.questions:
        print(f"{each.id}  {each.text}: {tally.share(each.answered, found.texted)} answered")
        if each.has_tones and each.answered:
            print(f"     {each.toned('good'):,} in favour, {each.toned('bad'):,} against")
        for line in each.lines:
            print(f"     {line.label}: {tally.share(line.count, found.texted)}")
    return 0


def _import(options: argparse.Namespace) -> int:
    from app.campaigns import answers_file, script
    from app.people import reading

    source = reading.open_source(options.file)
    with _workspace(options) as workspace:
        store = workspace.store
        key = answers_file.find_campaign(store, options.campaign)
        asked = answers_file.find_question(script.get(store, key), options.question)
        done = answers_file.load_file(
            store, workspace.clock, source, key, asked.id, country=_country(workspace, options),
            operator=options.texter or workspace.operator, progress=_progress("Reading"),
        )  # fmt: skip
    print(
        f"{done.total:,} rows: {done.kept:,} answers to “{asked.text}” kept, {done.same:,} there already, "
        f"{done.rejected_count:,} refused."
    )
    if options.rejects is not None and done.rejected_count:
        _save_rejects(done.rejects, options.rejects)
        print(f"The refused rows are in {options.rejects}.")
    else:
        for reject in done.rejects[:5]:
            print(f"  line {reject.line}: {reject.reason}")
    if done.total and done.rejected_count == done.total:
        raise Refused("No row could be used. Look at the reasons above.")
    return 0


def _save_rejects(rejects: Iterable[Reject], path: Path) -> None:
    from app.reports.tables_out import guarded, private_file

    with private_file(path) as file:
        writer = csv.writer(file)
        writer.writerow(("line", "number", "reason"))
        for each in rejects:
            writer.writerow([str(each.line), guarded(each.value), guarded(each.reason)])


@_guarded
def export(options: argparse.Namespace) -> int:
    """``p2ptext export answers``: one row for each person, to a file or to standard output."""
    from app.campaigns import answers_file
    from app.reports import answers_out

    if not options.campaign:
        raise Refused("Say whose answers: --campaign with its name or number.")
    with _workspace(options) as workspace:
        key = answers_file.find_campaign(workspace.store, options.campaign)
        target = options.out if options.out is not None else sys.stdout
        rows = answers_out.export(workspace.store, key, target, options.format, mask=options.mask)
    if options.out is not None:
        print(f"{rows:,} rows written to {options.out}.", file=sys.stderr)
    return 0
