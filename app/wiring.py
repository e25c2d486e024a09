"""The composition root of the window: workspace, lines, practice modem, window, in that order."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from app import passphrases, practice
from app.finding import Finder, find_modems
from app.main import default_data_folder
from app.modemmanager import HoldOff, leave_alone
from app.operators import rehearsal, room
from app.secrets import Secrets
from app.settings import load as load_settings
from app.store import encrypting, keys
from app.store.engine import Store, StoreError
from app.store.tables import line
from app.texting import addresses, logs, recovery
from app.texting.lines import LineManager
from app.texting.requests import RequestError
from app.workspace import PassphraseWish, Workspace, open_workspace
from modem.api import Hooks, Modem
from modem.factory import no_secrets, open_modem

if TYPE_CHECKING:
    from PySide6.QtCore import QLockFile
    from PySide6.QtWidgets import QApplication

    from ui.background import Job
    from ui.shell import MainWindow

log = logging.getLogger(__name__)


class ModemOpener:
    """Makes the modem behind a line's address; the practice address starts the emulator when first asked."""

    def __init__(
        self,
        folder: Path,
        practice_extra: tuple[str, ...] = (),
        secrets: Callable[[str], str] = no_secrets,
        *,
        private: bool = False,
    ) -> None:
        """``private``: the practice network writes nothing down, since the data is encrypted."""
        self._folder = folder
        self._private = private
        self._extra = practice_extra
        self._secrets = secrets
        self._practice: practice.PracticeModem | None = None

    def __call__(self, url: str, hooks: Hooks) -> Modem:
        """A modem, not opened yet. Called on the line's thread."""
        if url == practice.URL:
            url = str(self.practice_modem().path)
        return open_modem(url, hooks, secrets=self._secrets)

    def practice_modem(self) -> practice.PracticeModem:
        """The running emulator, started if it is not."""
        if self._practice is None or not self._practice.running:
            if self._practice is not None:
                self._practice.stop()
            self._practice = practice.PracticeModem(self._folder, extra=self._extra, noted=not self._private)
        return self._practice

    def stop(self) -> None:
        """End the emulator if it runs."""
        if self._practice is not None:
            self._practice.stop()
            self._practice = None


@dataclasses.dataclass(slots=True)
class Running:
    """Everything that is open while the window is."""

    workspace: Workspace
    lines: LineManager
    opener: ModemOpener
    window: MainWindow


def make_application() -> QApplication:
    """The one QApplication, named and styled."""
    from PySide6.QtWidgets import QApplication

    from ui import theme

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("p2ptext")
    application.setDesktopFileName("p2ptext")
    theme.install(application)
    return application


def take_lock(folder: Path) -> QLockFile | None:
    """Hold the data folder for this window; None when another window has it."""
    from PySide6.QtCore import QLockFile

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = QLockFile(str(folder / "window.lock"))
    lock.setStaleLockTime(0)
    return lock if lock.tryLock(100) else None


def answer_first_run(workspace: Workspace, country: str, texter: str) -> None:
    """Keep what the command line says in answer to the first-run questions."""
    settings = workspace.settings
    if country or texter:
        changed = dataclasses.replace(
            settings, country=country.upper() or settings.country, texter=texter or settings.texter
        )
        workspace.change_settings(changed)


def ensure_lines(lines: LineManager, urls: list[str], want_practice: bool) -> None:
    """Add the lines that were named. The practice line comes when it was asked for, here or in the window:
    where a modem is used, no text may leave by it unnoticed."""
    known = {view.url for view in lines.views()}
    for url in urls:
        if url in known:
            continue
        try:
            lines.add(url)
        except RequestError as error:  # the others are added all the same
            log.warning("--line %s: %s", url[:60], error)
    if want_practice and practice.URL not in known:
        lines.add(practice.URL, name=practice.NAME, practice=True)


def sim_of(store: Store) -> Callable[[str], str]:
    """Looks up the SIM that the line with an IMEI is known by; "" when there is no such line."""

    def look(imei: str) -> str:
        with store.read() as conn:
            found = conn.execute(sa.select(line.c.iccid).where(line.c.imei == imei)).scalars().first()
        return found or ""

    return look


@contextlib.contextmanager
def opened(
    folder: Path, options: argparse.Namespace, opener: ModemOpener | None = None, *, key: bytes | None = None
) -> Iterator[Running]:
    """Open everything on ``folder``, and close it again in the other order.

    ``key`` is the database's where a passphrase is set.
    """
    from ui.contacts import privacy_start
    from ui.locking import Locker
    from ui.shell import MainWindow

    logs.install(folder)
    workspace = privacy_start.clean_first(folder, key, open_workspace(folder, key=key))
    for name in encrypting.tidy(folder, key):
        log.warning("the backup %s is not encrypted, since it cannot be read", name)
    secrets = Secrets()
    opener = opener or ModemOpener(folder, secrets=secrets.get, private=workspace.encrypted)
    hold_off = HoldOff() if getattr(options, "hold_off_modemmanager", False) else None
    find = Finder(sim_of=sim_of(workspace.store), hold_off=hold_off or leave_alone)
    lines = LineManager(workspace, opener, find=find, secrets=secrets, why_not=addresses.why_not)
    lines.finder = lambda progress, cancelled: find_modems(progress, cancelled, lines=lines.views())
    try:
        answer_first_run(workspace, options.country, options.texter)
        recovery.recover(workspace.store, workspace.clock)
        ensure_lines(lines, list(options.line), bool(options.practice))
        workspace.read_people()
        workspace.training_room = lambda: room.build(workspace.operator, _training_opener)
        workspace.rehearsal_room = lambda key: rehearsal.build(workspace, key, _rehearsal_opener)
        window = MainWindow(workspace, lines)
        Locker(window)
        lines.start_all()
        window.start()
        yield Running(workspace, lines, opener, window)
        window.close()
    finally:
        lines.stop_all()
        if hold_off is not None:
            hold_off.release()
        opener.stop()
        workspace.close()


def _training_opener(folder: Path) -> tuple[ModemOpener, Callable[[], None]]:
    """The emulator of a training, with its own people; its network writes nothing down."""
    opener = ModemOpener(folder, room.arguments(), private=True)
    return opener, opener.stop


def _rehearsal_opener(folder: Path) -> tuple[ModemOpener, Callable[[], None]]:
    """The emulator of a rehearsal, with the people of the practice line; nothing is written down."""
    opener = ModemOpener(folder, private=True)
    return opener, opener.stop


def _complain(title: str, words: str) -> int:
    """Say in a dialog and on standard error why there is no window."""
    from PySide6.QtWidgets import QMessageBox

    print(f"p2ptext: {words}", file=sys.stderr)
    if os.environ.get("QT_QPA_PLATFORM") != "offscreen":
        box = QMessageBox(QMessageBox.Icon.Warning, "p2ptext", title)
        box.setInformativeText(words)
        box.exec()
    return 1


def run(options: argparse.Namespace) -> int:
    """Open the window and stay until it is closed."""
    application = make_application()
    folder = options.data or default_data_folder()
    try:
        lock = take_lock(folder)
        if lock is None:
            return _complain(
                "p2ptext is open already",
                f"Another p2ptext window uses {folder}. Nothing was changed. Use that window, or choose "
                "another folder with --data.",
            )
        status = _stay(application, folder, options)
        lock.unlock()
    except (StoreError, OSError) as error:
        return _complain("p2ptext cannot open its data", str(error))
    return status


def _stay(application: QApplication, folder: Path, options: argparse.Namespace) -> int:
    """The window, and another one each time the passphrase was set or removed."""
    # A dialog that closes while it is the only window would end the program.
    application.setQuitOnLastWindowClosed(False)
    key = None
    if keys.needed(folder):
        key = _ask_key(application, folder, options)
        if key is None:
            return 0
    while True:
        with opened(folder, options, key=key) as running:
            running.window.show()
            application.setQuitOnLastWindowClosed(True)
            status = application.exec()
            application.setQuitOnLastWindowClosed(False)
            wish = running.workspace.wanted
        running.window.deleteLater()
        if wish is None:
            return status
        key = carry_out(folder, key, wish)


def _ask_key(application: QApplication, folder: Path, options: argparse.Namespace) -> bytes | None:
    from ui import theme, unlock

    theme.apply(application, load_settings(folder).theme)
    key = passphrases.key_without_asking(folder, getattr(options, "passphrase_file", None))
    return key or unlock.ask(folder)


def carry_out(
    folder: Path, key: bytes | None, wish: PassphraseWish, secrets: keys.Keyring | None = None
) -> bytes | None:
    """Set or remove the passphrase while everything is closed; the key that opens the data from now on."""
    from ui.encryption import WritingDialog

    keyring = secrets or Secrets()

    def work(job: Job) -> encrypting.Done:
        if wish.passphrase:
            done = encrypting.encrypt(
                folder, wish.passphrase, progress=job.progress, cancelled=job.is_cancelled
            )
            if wish.remember and done.key is not None:
                keys.remember(folder, done.key, keyring)
            return done
        if key is None:
            return encrypting.Done(None)
        file = keys.read(folder)
        done = encrypting.decrypt(folder, key, progress=job.progress, cancelled=job.is_cancelled)
        if file.remembered:
            keyring.forget(file.keyring_name)
        return done

    dialog = WritingDialog("Encrypting the data" if wish.passphrase else "Writing the data readable", work)
    dialog.exec()
    done, error = dialog.result_value, dialog.error
    dialog.deleteLater()
    if isinstance(done, encrypting.Done):
        if done.left:
            _complain("Some backups stay as they were", _left_words(done.left))
        return done.key
    if not isinstance(error, encrypting.CancelledError):
        _complain("The passphrase is as it was", str(error))
    return key


def _left_words(names: tuple[str, ...]) -> str:
    return (
        f"These backups could not be read, and were left as they are: {', '.join(names)}. "
        "They are in the folder backups of the data folder. Delete them there if you do not need them."
    )
