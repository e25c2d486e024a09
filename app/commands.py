"""The commands that need no window: import, campaign new, due, export, doctor, discover. None can send."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app import passphrases
from app.main import default_data_folder
from app.operators import managers
from app.operators.profiles import OperatorError
from app.store import driver
from app.store.engine import LockedError, StoreError
from app.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from modem.discovery.discover import FoundDevice


class Refused(Exception):
    """A command cannot be carried out; the text says why and what to do."""


@contextlib.contextmanager
def _workspace(options: argparse.Namespace) -> Iterator[Workspace]:
    folder = options.data or default_data_folder()
    workspace = open_workspace(folder, key=passphrases.key_for(folder, options))
    try:
        managers.identify(workspace, options)
        yield workspace
    finally:
        workspace.close()


def _guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """Turn the errors meant for people into a line on standard error and exit status 1."""

    def run(options: argparse.Namespace) -> int:
        from app.campaigns.campaign import StartError
        from app.campaigns.hours import HoursError
        from app.campaigns.templates import TemplateError
        from app.people.importing import ImportFailure

        ours = (Refused, StoreError, OperatorError, ImportFailure, StartError, TemplateError, HoursError)
        try:
            return command(options)
        except ours as error:
            print(f"p2ptext: {error}", file=sys.stderr)
        except OSError as error:
            print(f"p2ptext: {error.strerror}: {error.filename}. Nothing was changed.", file=sys.stderr)
        return 1

    return run


def _country(workspace: Workspace, options: argparse.Namespace) -> str:
    country = str(options.country or workspace.settings.country).upper()
    if not country:
        raise Refused("Say which country numbers without a country code belong to, for example --country US.")
    return country


def _progress(what: str) -> Callable[[int, int], None]:
    """A counter on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        return lambda done, total: None

    def show(done: int, total: int) -> None:
        print(f"\r{what}: {done:,} of {total:,}", end="\n" if done >= total else "", file=sys.stderr)

    return show


def _import(workspace: Workspace, options: argparse.Namespace, file: Path, keep: str = "existing") -> int:
    from app.people import importing

    source = importing.open_source(file)
    country = _country(workspace, options)
    preview = importing.preview(workspace.store, source, country)
    report = importing.run(
        workspace.store,
        workspace.clock,
        source,
        preview.mapping,
        country,
        name=getattr(options, "name", "") or file.name,
        keep=keep,
        progress=_progress("Importing"),
    )
    print(
        f"{report.total:,} rows: {report.imported:,} people in the list ({report.new:,} new, "
        f"{report.updated:,} already known), {report.duplicates:,} duplicates, "
        f"{report.opted_out:,} opted out, {report.rejected_count:,} refused."
    )
    if report.texts or report.texts_known:
        print(
            f"{report.texts:,} old texts are in their threads, {report.texts_known:,} were there already; "
            f"{report.opted_out_before:,} people are opted out by an old text of theirs."
        )
    print(report.kept_rule)
    rejects = getattr(options, "rejects", None)
    if rejects is not None and report.rejected_count:
        importing.save_rejects(report, rejects)
        print(f"The refused rows are in {rejects}.")
    elif report.rejected_count:
        for reject in report.rejects[:5]:
            print(f"  line {reject.line}: {reject.reason}")
    if report.list_id is None:
        raise Refused("No row could be used, so no list was made. Look at the reasons above.")
    return report.list_id


@_guarded
def import_people(options: argparse.Namespace) -> int:
    """``p2ptext import FILE``: people into contacts, and a list of them."""
    with _workspace(options) as workspace:
        _import(workspace, options, options.file, options.keep)
    return 0


@_guarded
def new_campaign(options: argparse.Namespace) -> int:
    """``p2ptext campaign new``: a campaign that waits on the desk. It sends nothing."""
    from app.campaigns import campaign, hours, templates

    templates.parse(options.message)  # before anything is written
    policy = hours.parse(options.hours) if options.hours else None
    with _workspace(options) as workspace:
        list_id = _import(workspace, options, options.people)
        texter = options.texter or workspace.settings.texter
        campaign_id = campaign.create(
            workspace.store,
            workspace.clock,
            name=options.name,
            list_id=list_id,
            template=options.message,
            texter=texter,
            hours=policy,
            hours_reason=options.reason,
            operator=texter,
        )
        print(f"Campaign “{options.name}” is made.")
        if options.start:
            result = campaign.start(
                workspace.store, workspace.clock, campaign_id, progress=_progress("Queueing")
            )
            print(f"{result.queued:,} messages wait on the desk. Nothing leaves until a person presses Send.")
            for reason, count in result.left_out.items():
                print(f"  left out: {count:,} ({reason})")
    return 0


@_guarded
def prepare_due(options: argparse.Namespace) -> int:
    """``p2ptext due``: texts that became due wait on the desk, late ones leave it. It sends nothing."""
    from app.campaigns import due

    with _workspace(options) as workspace:
        done = due.prepare(workspace.store, workspace.clock)
        waiting = due.waiting(workspace.store, workspace.clock)
    print(f"{done.made:,} became due, {done.gone:,} left the desk because their time passed.")
    if done.withdrawn:
        print(f"{done.withdrawn:,} were withdrawn: what they were due for changed, or the person answered.")
    if done.lacking:
        print(
            f"{done.lacking:,} are due, and a field of their text is empty: fill it in on the person's page."
        )
    print(f"{waiting:,} wait on the desk. Nothing leaves until a person presses Send.")
    return 0


@_guarded
def export(options: argparse.Namespace) -> int:
    """``p2ptext export``: to a file (private, renamed into place) or to standard output."""
    from app.reports import exports

    with _workspace(options) as workspace:
        target = options.out if options.out is not None else sys.stdout
        rows = exports.export(workspace.store, options.what, target, options.format)
    if options.out is not None:
        print(f"{rows:,} rows written to {options.out}.", file=sys.stderr)
    return 0


@_guarded
def forget_pin(options: argparse.Namespace) -> int:
    """``p2ptext forget-pin NAME``: for who forgot it, where no manager can give a new one."""
    with _workspace(options) as workspace:
        managers.forget_pin(workspace, options.name)
    print(f"{options.name} has no PIN now. Give a new one in the settings.")
    return 0


@_guarded
def doctor(options: argparse.Namespace) -> int:
    """``p2ptext doctor``: what works here, and what to do about what does not."""
    from app import diagnosis

    folder = options.data or default_data_folder()
    try:
        key = passphrases.key_for(folder, options) if driver.can_encrypt() else None
    except LockedError:
        key = None  # everything else is looked at, and this is said
    findings = diagnosis.examine(folder, tuple(options.line), asking=options.probe, key=key)
    for finding in findings:
        print(f"{finding.sign} {finding.what}")
        if finding.action:
            print(f"    {finding.action}")
    return 0 if all(finding.good for finding in findings) else 1


@_guarded
def discover(options: argparse.Namespace) -> int:
    """``p2ptext discover``: the modems that are plugged in; status 1 when there is none to use."""
    from modem.discovery import discover as finding

    def tell(words: str) -> None:
        if sys.stderr.isatty():
            print(f"{words} ...", file=sys.stderr)

    found = finding.discover(asking=not options.list_only, named=tuple(options.port), progress=tell)
    if options.json:
        print(json.dumps([_as_json(device) for device in found], indent=2))
    elif not found:
        print("No modem is plugged in. A modem in a drawer or a hub without power does not count.")
    else:
        for device in found:
            _print_device(device)
    return 0 if any(device.state is finding.State.READY for device in found) else 1


def _as_json(device: FoundDevice) -> dict[str, object]:
    usb = f"{device.vid:04x}:{device.pid:04x}" if device.vid is not None and device.pid is not None else ""
    names = ("name", "best_port", "imei", "iccid", "manufacturer", "model", "sim", "problem", "action")
    told: dict[str, object] = {name: getattr(device, name) for name in names}
    return {**told, "state": device.state.value, "usb": usb, "ports": list(device.ports)}


def _print_device(device: FoundDevice) -> None:
    place = device.best_port or ("no port" if not device.ports else device.ports[0])
    print(f"{device.state.value:9} {place:16} {device.name}")
    facts = [f"IMEI {device.imei}" if device.imei else "", f"SIM {device.iccid}" if device.iccid else ""]
    words = [", ".join(fact for fact in facts if fact), device.problem, device.action]
    for text in (text for text in words if text):
        print(f"{'':10}{text}")
