"""``p2ptext person export|erase``: everything about one person. None can send."""

from __future__ import annotations

import argparse
import sys

from app.commands import Refused, _country, _guarded, _workspace
from app.people import numbers, privacy
from app.workspace import Workspace


def run(options: argparse.Namespace) -> int:
    """Carry out the command that ``options`` name."""
    return {"export": export_person, "erase": erase_person}[options.action](options)


def _number(workspace: Workspace, options: argparse.Namespace) -> str:
    try:
        return numbers.parse(options.number, _country(workspace, options))
    except numbers.NumberError as error:
        raise Refused(f"{error} Nothing was changed.") from error


@_guarded
def export_person(options: argparse.Namespace) -> int:
    """``p2ptext person export NUMBER --out FILE.json``: that file and a table beside it, both private."""
    with _workspace(options) as workspace:
        files = privacy.write_files(workspace.store, _number(workspace, options), options.out)
    print(f"Written: {files[0]} and {files[1]}, readable for you alone.")
    print("They hold every word that is kept of this person. Delete them when they were handed over.")
    return 0


@_guarded
def erase_person(options: argparse.Namespace) -> int:
    """``p2ptext person erase NUMBER``: for good; the number's last four digits are the yes."""
    with _workspace(options) as workspace:
        number = _number(workspace, options)
        found = privacy.outlook(workspace.store, number)
        print(f"{found.texts:,} texts and everything else about {numbers.display(number)} will go.")
        if found.kept_out:
            print("They opted out, or may have: a code that cannot be read back keeps them out.")
        for table, count in found.mentions.items():
            print(f"Somebody typed the number elsewhere, which stays: {table.replace('_', ' ')} ({count:,}).")
        said = options.last_digits
        if not said and sys.stdin.isatty():
            said = input("The last four digits of the number, to go on: ").strip()
        if said != number[-4:]:
            raise Refused("These are not the last four digits. Nothing was erased.")
        try:
            done = privacy.erase(workspace.store, workspace.clock, number, workspace.operator)
        except privacy.PrivacyError as error:
            raise Refused(str(error)) from error
    if not done.clean:
        print("The file could not be written anew: something else reads it, or the disk is full. Starting "
              "p2ptext once nothing else has it open does that.")  # fmt: skip
    print(f"Erased: {done.texts:,} texts. Exported files and backups elsewhere are for you to delete.")
    return 0
