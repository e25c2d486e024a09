"""The command line. Nothing here can send a text: only a press in the window can."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

COMMANDS = ("run", "start", "tour", "emulate", "import", "campaign", "due", "export", "doctor", "discover")


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

    importer = commands.add_parser("import", help="import people from a CSV or XLSX file")
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
    importer.add_argument("--rejects", type=Path, metavar="FILE", help="write the refused rows here")

    campaign = commands.add_parser("campaign", help="prepare a campaign; a person sends it at the desk")
    actions = campaign.add_subparsers(dest="action", required=True)
    new = actions.add_parser("new", help="make a campaign from a file of people and a first message")
    new.add_argument("name")
    new.add_argument("--people", type=Path, required=True, metavar="FILE")
    new.add_argument("--message", required=True, metavar="TEXT")
    new.add_argument("--hours", default="", metavar="09:00-20:00")
    new.add_argument("--reason", default="", help="why the hours are looser than the default")
    new.add_argument("--country", default="", metavar="US")
    new.add_argument("--texter", default="", metavar="NAME", help="the value of {sender}")
    new.add_argument("--start", action="store_true", help="queue it on the desk now (this sends nothing)")
    _data_option(new)

    due = commands.add_parser("due", help="put what is due by now on the desk; a person sends it there")
    _data_option(due)

    export = commands.add_parser("export", help="write messages, contacts or opt-outs to a file")
    export.add_argument("what", choices=("messages", "contacts", "optouts"))
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


HANDLERS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _window,
    "start": _start,
    "tour": _tour,
    "import": _command("import_people"),
    "campaign": _command("new_campaign"),
    "due": _command("prepare_due"),
    "export": _command("export"),
    "triage": _triage,
    "forget-pin": _command("forget_pin"),
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
