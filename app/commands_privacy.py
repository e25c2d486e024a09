"""``p2ptext person export|erase``: everything about one person; ``p2ptext old``: old words. None can send."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from app.commands import Refused, _guarded, _number, _progress, _workspace
from app.people import numbers, privacy, privacy_file, retention
from app.store.engine import Store

_LATER = (
    "The file is written anew when the window starts next, or with “p2ptext old clean --yes” while nothing "
    "else has it open; that needs as much free disk as it has."
)


def run(options: argparse.Namespace) -> int:
    """Carry out the command that ``options`` name."""
    actions = {"export": export_person, "erase": erase_person, "texts": old_texts, "campaign": old_campaign,
               "clean": clean}  # fmt: skip
    return actions[options.action](options)


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
        for place in found.named:
            print(f"What may be about them and is not changed: {place}.")
        said = options.last_digits
        if not said and sys.stdin.isatty():
            said = input("The last four digits of the number, to go on: ").strip()
        if said != number[-4:]:
            raise Refused("These are not the last four digits. Nothing was erased.")
        try:
            done = privacy.erase(
                workspace.store, workspace.clock, number, workspace.operator, progress=_progress("Erasing")
            )
        except privacy.PrivacyError as error:
            raise Refused(str(error)) from error
    if not done.clean:
        print(_LATER)
    print(f"Erased: {done.texts:,} texts. Exported files and backups elsewhere are for you to delete.")
    return 0


@_guarded
def old_texts(options: argparse.Namespace) -> int:
    """``p2ptext old texts --months N``: how many words are that old; with ``--yes`` they go."""
    with _workspace(options) as workspace:
        store, clock = workspace.store, workspace.clock
        wanted = int(options.months or retention.months(store))
        if not wanted:
            raise Refused("Say after how many months, for example --months 12. Nothing was deleted.")
        found = retention.old(store, clock.now(), wanted)
        print(f"{found.texts:,} texts with {found.people:,} people are older than {wanted} months.")
        print(f"{found.imported:,} texts of an imported history are, and go whole.")
        print(f"{found.kept:,} older ones wait for somebody or are not settled, and stay.")
        if not options.yes:
            print("Nothing was deleted. With --yes the words go for good; that the texts were stays.")
            return 0
        count = _delete(
            lambda: retention.forget(store, clock, wanted, workspace.operator, progress=_progress("Deleting"))
        )
        return _deleted(store, count)


@_guarded
def old_campaign(options: argparse.Namespace) -> int:
    """``p2ptext old campaign NAME``: what a finished campaign left; with ``--yes`` it goes."""
    from app.campaigns import answers_file

    with _workspace(options) as workspace:
        store = workspace.store
        key = answers_file.find_campaign(store, options.campaign)
        found = next((each for each in retention.finished(store) if each.id == key), None)
        if found is None:
            raise Refused("It is not finished, or has no texts or answers any more. Nothing was deleted.")
        print(f"{found.name}: {found.texts:,} texts with words and {found.answers:,} answers.")
        if not options.yes:
            print("Nothing was deleted. With --yes they go for good; what waits for somebody stays.")
            return 0
        count = _delete(
            lambda: retention.forget_campaign(
                store, workspace.clock, key, workspace.operator, progress=_progress("Deleting")
            )
        )
        return _deleted(store, count)


def _delete(act: Callable[[], int]) -> int:
    try:
        return act()
    except retention.RetentionError as error:
        raise Refused(str(error)) from error


def _deleted(store: Store, count: int) -> int:
    print(f"Deleted: the words of {count:,} texts.")
    if privacy.due(store):
        print(_LATER)
    return 0


@_guarded
def clean(options: argparse.Namespace) -> int:
    """``p2ptext old clean``: write the file anew where that is due; nothing else may have the data open."""
    with _workspace(options) as workspace:
        due, folder, key = privacy.due(workspace.store), workspace.folder, workspace.key
        octets = privacy_file.size(workspace.store)
    if not due:
        print("There is nothing to clean.")
        return 0
    if not options.yes:
        print(f"{octets / 1e6:,.1f} MB are to be written anew, which needs as much free disk. --yes does it.")
        return 0
    privacy_file.write_anew(folder, key, _progress("Written"))
    print("Clean: the file was written anew.")
    return 0
