"""The commands that need no window: import, campaign new, due, export, doctor, discover. None can send."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app import passphrases
from app.main import default_data_folder
from app.operators import managers
from app.operators.profiles import OperatorError
from app.people import numbers
from app.store import driver
from app.store.engine import LockedError, StoreError
from app.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from app.campaigns import schedule
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
        from app.campaigns.refusing import CampaignError
        from app.campaigns.templates import TemplateError
        from app.people.importing import ImportFailure

        ours = (
            Refused, StoreError, OperatorError, ImportFailure, StartError, CampaignError, TemplateError,
            HoursError,
        )  # fmt: skip
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


def _number(workspace: Workspace, options: argparse.Namespace) -> str:
    try:
        return numbers.parse(options.number, _country(workspace, options))
    except numbers.NumberError as error:
        raise Refused(f"{error} Nothing was changed.") from error


def _progress(what: str) -> Callable[[int, int], None]:
    """A counter on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        return lambda done, total: None

    def show(done: int, total: int) -> None:
        print(f"\r{what}: {done:,} of {total:,}", end="\n" if done >= total else "", file=sys.stderr)

    return show


def _import(workspace: Workspace, options: argparse.Namespace, file: Path, keep: str = "existing") -> int:
    from app.people import importing, suspicions

    source = importing.open_source(file)
    if chosen := getattr(options, "format", ""):
        source = dataclasses.replace(source, format=chosen)
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
        household=getattr(options, "household", "first"),
        history=not getattr(options, "no_history", False),
        operator=workspace.operator,
        progress=_progress("Importing"),
    )
    rows, people = ("row", "rows")[report.total != 1], ("person", "people")[report.imported != 1]
    print(
        f"{report.total:,} {rows}: {report.imported:,} {people} in the list ({report.new:,} new, "
        f"{report.updated:,} already known), {report.duplicates:,} duplicates, "
        f"{report.opted_out:,} opted out, {report.rejected_count:,} refused."
    )
    if report.texts or report.texts_known:
        print(
            f"{report.texts:,} old texts are in their threads, {report.texts_known:,} were there already; "
            f"{report.opted_out_before:,} people are opted out by an old text of theirs."
        )
    print(report.kept_rule)
    found = suspicions.survey(source, preview.mapping, country)
    for finding in found.findings() if found is not None else ():
        print(f"Look again: {finding}")
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


def _audience(workspace: Workspace, name: str) -> int:
    from app.people import audiences

    found = audiences.every(workspace.store)
    for each in found:
        if each.name.casefold() == name.strip().casefold():
            return each.id
    known = ", ".join(f"“{each.name}”" for each in found[:10]) or "none yet"
    raise Refused(f"There is no audience “{name}”. Known: {known}. Nothing was made.")


def _cap(text: str) -> schedule.Schedule:
    """ "2/30": at most two texts to a person in thirty days."""
    from app.campaigns import schedule

    texts, _, days = text.partition("/")
    if not (texts.isascii() and texts.isdigit() and days.isascii() and days.isdigit()):
        raise Refused(f"“{text}” is no cap. Write texts and days, such as 2/30. Nothing was made.")
    return schedule.Schedule(cap_texts=int(texts), cap_days=int(days))


@_guarded
def new_campaign(options: argparse.Namespace) -> int:
    """``p2ptext campaign new``: a campaign that waits on the desk. It sends nothing."""
    from app.campaigns import campaign, choosing, hours, schedule, templates

    templates.parse(options.message)  # before anything is written
    policy = hours.parse(options.hours) if options.hours else None
    cap = _cap(options.cap) if options.cap else None
    with _workspace(options) as workspace:
        if options.audience:
            list_id: int | None = None
            audience = _audience(workspace, options.audience)
        else:
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
        if options.audience:
            choice = choosing.Choice((choosing.Source(choosing.AUDIENCE, audience),))
            choosing.take(workspace.store, workspace.clock, campaign_id, choice)
        if cap is not None:
            schedule.save(workspace.store, workspace.clock, campaign_id, cap, texter)
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
        rows = exports.export(workspace.store, options.what, target, options.format, mask=options.mask)
    if options.out is not None:
        print(f"{rows:,} rows written to {options.out}.", file=sys.stderr)
    return 0


@_guarded
def hand_over(options: argparse.Namespace) -> int:
    """``p2ptext handover FILE``: everything into one file for another computer; ``--take-back`` ends it."""
    from app import handover

    if (options.package is None) is not options.take_back:
        raise Refused("Say which file to write, or --take-back: one of the two.")
    folder = options.data or default_data_folder()
    with _alone(folder), _workspace(options) as workspace:
        if options.take_back:
            if not handover.take_back(workspace.store, workspace.clock, workspace.operator):
                raise Refused("Nothing was handed over from here.")
            print("Texts can be sent from here again. Campaigns stay paused until you resume them.")
            return 0
        packed = handover.pack(workspace, options.package)
    print(f"Everything is in {options.package}. Nothing leaves from here any more.")
    print(f"{packed.campaigns:,} campaigns are paused; {packed.clicks:,} clicks went back to the desk.")
    if not packed.encrypted:
        print("No passphrase is set: whoever has this file can read it all. Carry it with care.")
    print("There: p2ptext takeover FILE --data DIR. Never used? Here: p2ptext handover --take-back")
    return 0


@_guarded
def take_over(options: argparse.Namespace) -> int:
    """``p2ptext takeover FILE``: go on with what another computer handed over, in a new data folder."""
    from app import handover

    folder = options.data or default_data_folder()
    if options.opt_outs_only:
        with handover.unpacked(options.package) as room, _workspace(options) as workspace:
            key = passphrases.key_for(room, argparse.Namespace())
            added = handover.merge_opt_outs(workspace.store, workspace.clock, room, key, workspace.operator)
        print(f"{added:,} opt-outs are new here. None was lifted, and nothing else was taken.")
        return 0
    encrypted = handover.unpack(options.package, folder)
    print(f"Everything is in {folder}. Campaigns are paused: look, then resume them.")
    if encrypted:
        print("It opens with the passphrase that it had there.")
    return 0


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder as a window does, so that none is open meanwhile."""
    from app import wiring

    lock = wiring.take_lock(folder)
    if lock is None:
        raise Refused(f"A p2ptext window has {folder} open. Close it first. Nothing was changed.")
    try:
        yield
    finally:
        lock.unlock()


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
