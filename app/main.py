"""The command line. Nothing here can send a text: only a press in the window can."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from app import options_optouts

COMMANDS = (
    "run",
    "start",
    "tour",
    "emulate",
    "import",
    "campaign",
    "due",
    "export",
    "answers",
    "doctor",
    "discover",
)


def version() -> str:
    """The installed version."""
    try:
        return metadata.version("p2ptext")
    except metadata.PackageNotFoundError:
        return "0 (not installed)"


def default_data_folder() -> Path:
    """Where a person's data lives when no ``--data`` is given."""
    import platformdirs

    return Path(platformdirs.user_data_dir("p2ptext", appauthor=False))


def _data_option(parser: argparse.ArgumentParser, *, required: bool = False) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", required=required, help="the data folder")
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="read the passphrase of encrypted data from this file's first line (-: standard input)",
    )


def _manager_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--operator", default="", metavar="NAME", help="the manager who does this")
    parser.add_argument(
        "--pin-file",
        type=Path,
        metavar="FILE",
        help="read that manager's PIN from this file's first line (-: standard input)",
    )


def _run_options(parser: argparse.ArgumentParser) -> None:
    _data_option(parser)
    parser.add_argument(
        "--line",
        action="append",
        default=[],
        metavar="URL",
        help="a modem: /dev/ttyUSB2, COM5, imei:NUMBER, socket://host:port, gammu:, modemmanager:, android:",
    )
    parser.add_argument(
        "--hold-off-modemmanager",
        action="store_true",
        help="have ModemManager let go of the lines' modems while this program runs",
    )
    parser.add_argument("--practice", action="store_true", help="use the built-in practice modem")
    parser.add_argument("--country", default="", metavar="US", help="the default country of numbers")
    parser.add_argument("--texter", default="", metavar="NAME", help="who is writing")


def _handover_options(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    handover = commands.add_parser(
        "handover", help="write everything to one file for another computer; nothing leaves from here then"
    )
    handover.add_argument("package", type=Path, nargs="?", metavar="FILE")
    handover.add_argument(
        "--take-back", action="store_true", help="the package was never unpacked: go on working here"
    )
    _data_option(handover)
    takeover = commands.add_parser("takeover", help="go on with what another computer handed over")
    takeover.add_argument("package", type=Path, metavar="FILE")
    takeover.add_argument(
        "--opt-outs-only", action="store_true", help="only add its opt-outs to the data that is here"
    )
    _data_option(takeover)
    for parser in (handover, takeover):
        _manager_options(parser)


def _answers_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    show = actions.add_parser("show", help="the questions of a campaign and how they were answered")
    reader = actions.add_parser("import", help="answers from a table with a number and an answer in each row")
    reader.add_argument("file", type=Path)
    reader.add_argument("--question", required=True, metavar="WORDS", help="the question, or its number")
    reader.add_argument("--country", default="", metavar="US")
    reader.add_argument("--texter", default="", metavar="NAME", help="who says so")
    reader.add_argument("--rejects", type=Path, metavar="FILE", help="write the refused rows here")
    for each in (show, reader):
        each.add_argument("--campaign", required=True, metavar="NAME", help="its name or its number")
        _data_option(each)
        _manager_options(each)


def _person_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    export = actions.add_parser("export", help="write everything about one person to a JSON and a CSV file")
    export.add_argument("--out", type=Path, metavar="FILE.json", required=True)
    erase = actions.add_parser("erase", help="erase one person from the data, for good")
    erase.add_argument(
        "--last-digits",
        default="",
        metavar="1234",
        help="the number's last four digits, to say that it is the one; asked for at a terminal",
    )
    for each in (export, erase):
        each.add_argument("number")
        each.add_argument("--country", default="", metavar="US")
        _data_option(each)
        _manager_options(each)


def _old_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    texts = actions.add_parser("texts", help="the words of texts that are older than some months")
    texts.add_argument("--months", type=int, choices=(3, 6, 12, 24, 36, 60), help="else as in the settings")
    campaign = actions.add_parser("campaign", help="the words and answers of a finished campaign")
    campaign.add_argument("campaign", metavar="NAME", help="its name or its number")
    clean = actions.add_parser("clean", help="write the file anew where that is due after an erasure")
    for each in (texts, campaign, clean):
        each.add_argument("--yes", action="store_true", help="do it; without it you are told what would go")
        _data_option(each)
        _manager_options(each)


def _optouts(options: argparse.Namespace) -> int:
    from app import commands_optouts

    return commands_optouts.run(options)


def build_parser() -> argparse.ArgumentParser:
    """The parser of every command but ``emulate``, which has its own."""
    parser = argparse.ArgumentParser(
        prog="p2ptext", description="Text people one at a time from your own SIM."
    )
    parser.add_argument("--version", action="version", version=f"p2ptext {version()}")
    commands = parser.add_subparsers(dest="command", metavar="command")
    _run_options(commands.add_parser("run", help="open the window (this is what happens without a command)"))
    _run_options(commands.add_parser("start", help="run, or the tour where there is no display"))
    tour = commands.add_parser("tour", help="walk through a day on the practice line, with pictures")
    tour.add_argument("--out", type=Path, default=Path("tour"), metavar="DIR")
    commands.add_parser("emulate", help="serve an emulated modem (p2ptext emulate --help)", add_help=False)

    importer = commands.add_parser("import", help="import people from a table, vCards or another program")
    importer.add_argument("file", type=Path)
    _data_option(importer)
    importer.add_argument("--country", default="", metavar="US")
    importer.add_argument("--name", default="", help="the list's name (default: the file's)")
    importer.add_argument(
        "--keep",
        choices=("existing", "file"),
        default="existing",
        help="whose values stay when a person is already a contact",
    )
    importer.add_argument(
        "--format",
        choices=("vcard", "google", "outlook", "spoke", "thrutext", "backup", "smsd", "table"),
        default="",
        help="what the file is, where its content does not tell",
    )
    importer.add_argument(
        "--household",
        choices=("first", "last", "merge"),
        default="first",
        help="whose a number is that the list gives to several names: the first, the last, or both",
    )
    importer.add_argument("--no-history", action="store_true", help="leave a phone's old texts out")
    importer.add_argument("--rejects", type=Path, metavar="FILE", help="write the refused rows here")

    campaign = commands.add_parser("campaign", help="prepare a campaign; a person sends it at the desk")
    actions = campaign.add_subparsers(dest="action", required=True)
    new = actions.add_parser("new", help="make a campaign from a file of people and a first message")
    new.add_argument("name")
    who = new.add_mutually_exclusive_group(required=True)
    who.add_argument("--people", type=Path, metavar="FILE")
    who.add_argument(
        "--audience", default="", metavar="NAME", help="the people of a saved audience, as of now"
    )
    new.add_argument(
        "--cap",
        default="",
        metavar="TEXTS/DAYS",
        help="at most so many texts to a person in so many days, such as 2/30",
    )
    new.add_argument("--message", required=True, metavar="TEXT")
    new.add_argument("--hours", default="", metavar="09:00-20:00")
    new.add_argument("--reason", default="", help="why the hours are looser than the default")
    new.add_argument("--country", default="", metavar="US")
    new.add_argument("--texter", default="", metavar="NAME", help="the value of {sender}")
    new.add_argument("--start", action="store_true", help="queue it on the desk now (this sends nothing)")
    _data_option(new)

    due = commands.add_parser("due", help="put what is due by now on the desk; a person sends it there")
    _data_option(due)

    export = commands.add_parser("export", help="write messages, contacts, opt-outs or figures to a file")
    export.add_argument("what", choices=("messages", "contacts", "optouts", "answers", "figures"))
    export.add_argument(
        "--campaign", default="", metavar="NAME", help="whose answers or figures: a name or a number"
    )
    export.add_argument(
        "--days", type=int, choices=(7, 30, 90, 365, 0), default=30, help="of figures: up to today; 0 = all"
    )
    export.add_argument(
        "--mask", action="store_true", help="no names, words or fields, and three digits of numbers"
    )
    _data_option(export)
    export.add_argument("--format", choices=("csv", "json"), default="csv")
    export.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")

    triage = commands.add_parser("triage", help="judge replies, one a line, and print one JSON object a line")
    triage.add_argument("file", help='a text file in UTF-8, or "-" for standard input')

    for parser_of in (importer, new, export):
        _manager_options(parser_of)

    forget = commands.add_parser("forget-pin", help="take away a PIN that was forgotten")
    forget.add_argument("name")
    _data_option(forget)

    _handover_options(commands)

    _answers_options(
        commands.add_parser("answers", help="show a campaign's answers, or read them from a file")
    )

    _person_options(commands.add_parser("person", help="hand over or erase everything about one person"))
    _old_options(commands.add_parser("old", help="old words: what would go; with --yes it goes for good"))
    options_optouts.options(
        commands.add_parser(
            "optouts", help="look into the opt-out list, add to it, check it, merge another one"
        ),
        _data_option,
        _manager_options,
    )

    doctor = commands.add_parser("doctor", help="say what works here and what to do about what does not")
    _data_option(doctor)
    doctor.add_argument("--line", action="append", default=[], metavar="URL", help="ask this modem too")
    doctor.add_argument("--probe", action="store_true", help="ask the ports of known modems who is there")

    discover = commands.add_parser("discover", help="list the modems that are plugged in")
    discover.add_argument("port", nargs="*", help="ask these ports too, whatever is behind them")
    discover.add_argument("--list-only", action="store_true", help="open no port")
    discover.add_argument("--json", action="store_true", help="for programs")
    return parser


def _emulate(arguments: Sequence[str]) -> int:
    from modem.emulator.cli import main as emulate

    return emulate(list(arguments))


def has_display() -> bool:
    """Whether a window can be shown; a chosen Qt platform counts as one."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"))


def _window(options: argparse.Namespace) -> int:
    if not has_display():
        print(
            "p2ptext: there is no display here to open a window on. Nothing was changed. "
            "`p2ptext tour` draws the window offscreen and leaves pictures.",
            file=sys.stderr,
        )
        return 1
    from app import wiring

    return wiring.run(options)


def _start(options: argparse.Namespace) -> int:
    if has_display() and os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        return _window(options)
    print("There is no display here, so the window is drawn offscreen and takes you on a tour.")
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    options.out = Path("tour")
    return _tour(options)


def _tour(options: argparse.Namespace) -> int:
    from app import tour

    return tour.main(options.out)


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    def call(options: argparse.Namespace) -> int:
        from app import commands

        handler: Callable[[argparse.Namespace], int] = getattr(commands, name)
        return handler(options)

    return call


def _triage(options: argparse.Namespace) -> int:
    from app.commands_triage import triage

    return triage(options)


def _answers(name: str) -> Callable[[argparse.Namespace], int]:
    def call(options: argparse.Namespace) -> int:
        from app import commands_answers

        handler: Callable[[argparse.Namespace], int] = getattr(commands_answers, name)
        return handler(options)

    return call


def _privacy(options: argparse.Namespace) -> int:
    from app import commands_privacy

    return commands_privacy.run(options)


def _export(options: argparse.Namespace) -> int:
    if options.what == "figures":
        from app import commands_figures

        return commands_figures.export(options)
    return (_answers("export") if options.what == "answers" else _command("export"))(options)


HANDLERS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _window,
    "start": _start,
    "tour": _tour,
    "import": _command("import_people"),
    "campaign": _command("new_campaign"),
    "due": _command("prepare_due"),
    "triage": _triage,
    "export": _export,
    "answers": _answers("answers"),
    "forget-pin": _command("forget_pin"),
    "handover": _command("hand_over"),
    "takeover": _command("take_over"),
    "person": _privacy,
    "old": _privacy,
    "optouts": _optouts,
    "doctor": _command("doctor"),
    "discover": _command("discover"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done, 1 refused with a reason, 2 wrong words."""
    # Whatever this program writes is private to the user who runs it.
    os.umask(0o077)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["emulate"]:
        return _emulate(words[1:])
    if words[:1] == ["gammu-child"]:  # not for people: a bundle has no other way to start one more Python
        from modem.backends.gammu.child import main as gammu_child

        return gammu_child()
    first = next((word for word in words if not word.startswith("-")), "")
    if not any(flag in words[:1] for flag in ("-h", "--help", "--version")) and (
        not words or words[0].startswith("-") or first not in {*COMMANDS, *HANDLERS}
    ):
        words.insert(0, "run")
    options = build_parser().parse_args(words)
    return HANDLERS[options.command](options)


if __name__ == "__main__":
    sys.exit(main())
