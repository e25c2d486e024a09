"""``p2ptext optouts show|add|lift|import|check|story|merge``: the opt-out list. None can send."""

from __future__ import annotations

import argparse
import datetime as dt
from collections.abc import Callable
from pathlib import Path

from app import passphrases
from app.commands import Refused, _country, _guarded, _number, _progress, _workspace
from app.people import examining, numbers, optout_list, optouts, privacy, reading, stories, union
from app.people.examining import ExaminingError
from app.store import keys
from app.store.engine import DATABASE_NAME, open_store


def run(options: argparse.Namespace) -> int:
    """Carry out the action that ``options`` name."""
    acts: dict[str, Callable[[argparse.Namespace], int]] = {
        "show": show, "add": add, "lift": lift, "import": import_list, "check": check, "story": story,
        "merge": merge,
    }  # fmt: skip
    return acts[options.action](options)


@_guarded
def show(options: argparse.Namespace) -> int:
    """``p2ptext optouts show NUMBER``: status 0 when it may be texted, 1 when not."""
    with _workspace(options) as workspace:
        number = _number(workspace, options)
        found = stories.of_number(workspace.store, number, workspace.clock.now())
    free = not found.out and found.hold is None
    verdict = "opted out" if found.out else "waits for a decision" if found.hold else "may be texted"
    print(f"{numbers.display(number)}: {verdict}.")
    for step in found.steps:
        how = optouts.HOW.get(step.source, step.source)
        parts = [how, step.said, step.why, step.shown_by, step.operator and f"noted by {step.operator}"]
        print(f"{_moment(step.at)}  {step.action}: {' · '.join(_line(part) for part in parts if part)}")
    return 0 if free else 1


def _line(text: str) -> str:
    """Words of somebody else's for a terminal: one line, nothing that steers it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def _moment(at: float) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


@_guarded
def add(options: argparse.Namespace) -> int:
    """``p2ptext optouts add NUMBER --by phone --said WORDS [--day DAY]``."""
    with _workspace(options) as workspace:
        number, said_at = _number(workspace, options), _day(options.day, workspace.clock.now())
        if not options.said.strip():
            raise Refused("Say in which words they asked for it. Nothing was changed.")
        with workspace.store.write() as unit:
            stood = optouts.active(unit.conn, number)
            blocked = optouts.opt_out(
                unit, workspace.clock, number, source=options.by, evidence=options.said.strip(),
                operator=workspace.operator, said_at=said_at,
            )  # fmt: skip
    print(f"{numbers.display(number)} {'was opted out before' if stood else 'is opted out'}.")
    if blocked:
        print(f"{blocked:,} waiting texts will not be sent.")
    return 0


def _day(text: str, now: float) -> float | None:
    if not text:
        return None
    try:
        at = dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise Refused(f"{text[:40]} is no day such as 2026-09-30. Nothing was changed.") from error
    if at - now > 14 * 3600.0:  # somewhere that day has begun
        raise Refused("That day is still to come. Nothing was changed.")
    return at


@_guarded
def lift(options: argparse.Namespace) -> int:
    """``p2ptext optouts lift NUMBER --reason WORDS --evidence WORDS``; a manager's."""
    if not options.reason.strip() or not options.evidence.strip():
        raise Refused(
            "Lifting an opt-out needs a reason and what shows that they asked. Nothing was changed."
        )
    with _workspace(options) as workspace:
        number = _number(workspace, options)
        with workspace.store.write() as unit:
            lifted = optouts.lift(
                unit, workspace.clock, number, source="operator", reason=options.reason.strip(),
                evidence=options.evidence.strip(), operator=workspace.operator,
            )  # fmt: skip
    if not lifted:
        raise Refused(f"{numbers.display(number)} is not opted out. Nothing was changed.")
    print(f"{numbers.display(number)} may be texted again. Your reason and your name are kept.")
    return 0


@_guarded
def import_list(options: argparse.Namespace) -> int:
    """``p2ptext optouts import FILE``: only adds."""
    with _workspace(options) as workspace:
        done = optout_list.import_numbers(
            workspace.store, workspace.clock, reading.open_source(options.file), _country(workspace, options),
            workspace.operator, by=options.by, progress=_progress("Reading"),
        )  # fmt: skip
    print(f"{done.added:,} numbers opted out, {done.already:,} were on the list already.")
    if done.rejected_count:
        print(f"{done.rejected_count:,} rows had no number that can be read.")
        for line, raw, why in done.rejects[:5]:
            print(f"  line {line:,}: {_line(raw)[:40]}: {why}")
    if options.rejects:
        print(
            f"Written: {optout_list.save_rejects(done, options.rejects):,} refused rows to {options.rejects}."
        )
    return 0


@_guarded
def check(options: argparse.Namespace) -> int:
    """``p2ptext optouts check``: status 1 when the story of the list is not whole."""
    with _workspace(options) as workspace:
        try:
            heads = [examining.head_from(options.head)] if options.head else []
            heads += examining.heads_of(options.against) if options.against else []
        except ExaminingError as error:
            raise Refused(str(error)) from error
        found = examining.examine(workspace.store, workspace.clock, heads)
        if found.cut and options.accept.strip():
            examining.accept(workspace.store, workspace.clock, options.accept.strip(), workspace.operator)
            print("Taken as it is from now on; the reason is kept.")
    print(found.sentence)
    return 0 if found.whole else 1


@_guarded
def story(options: argparse.Namespace) -> int:
    """``p2ptext optouts story --out FILE.csv``."""
    with _workspace(options) as workspace:
        rows = examining.write_story(workspace.store, options.out)
    print(f"Written: {rows:,} rows to {options.out}. Keep it where nobody who works here can change it.")
    return 0


def _key_of(room: Path, own: bytes | None, options: argparse.Namespace) -> bytes | None:
    """The key of the other database: the one of the data here, which a backup of it has too, or its own."""
    if not keys.needed(room):
        return None
    if own is not None and keys.fits(room / DATABASE_NAME, own):
        return own
    named: Path | None = options.passphrase_file
    if named is not None and named != passphrases.STANDARD_INPUT:
        return keys.unlock(room, passphrases.from_file(named))
    return passphrases.key_for(room, argparse.Namespace())


@_guarded
def merge(options: argparse.Namespace) -> int:
    """``p2ptext optouts merge FILE.db``: the opt-outs of both lists stand here afterwards."""
    with union.beside(options.file) as room, _workspace(options) as workspace:
        other = open_store(room, _key_of(room, workspace.key, options))
        try:
            merged = union.merge(
                workspace.store, workspace.clock, other, workspace.operator,
                evidence=f"merged from {options.file.name}", purge=True,
            )  # fmt: skip
        except privacy.PrivacyError as error:
            raise Refused(str(error)) from error
        finally:
            other.close()
    print(f"{merged.opt_outs:,} opt-outs are new here, and {merged.holds:,} numbers wait for a decision.")
    if merged.purged:
        print(f"{merged.purged:,} people who were erased there are erased here too.")
    if merged.kept_out:
        print(f"{merged.kept_out:,} erased people stay out by their codes.")
    print("None was lifted, and nothing else was taken. The other file was only read.")
    return 0
