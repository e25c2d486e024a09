"""PINs and passwords, kept by the desktop's keyring and nowhere else.

A keyring may be absent, switched off, locked, or wait for a person who types its password. Each of these is
a sentence in ``why`` and an empty answer, never an exception, never a file of our own, and never a wait
without an end: every call runs on a thread of its own and is given up after a time.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

log = logging.getLogger(__name__)

SERVICE = "p2ptext"
#: How long one call may take, in seconds. A person who is typing the keyring's password takes longer: the
#: answer is not used then, and the next call finds the keyring open.
CALL_SECONDS = 10.0
#: Longer names or values are nothing that this program keeps.
MOST_CHARACTERS = 2_000

ABSENT = (
    "This computer has no keyring, so PINs and passwords are not remembered: they are asked for each time. "
    "A desktop's keyring (GNOME Keyring, KWallet) would keep them."
)
OFF = "The keyring is switched off on this computer, so PINs and passwords are asked for each time."
UNSAFE = (
    "The keyring here would keep secrets in a readable file, so it is not used. They are asked for each time."
)
LOCKED = "The keyring is locked. Unlock it in your desktop's password program, then try again."
WAITING = "The keyring did not answer; it may be waiting for its password in a window of its own."
BROKEN = "The keyring could not be used"


class Keyring(Protocol):
    """What is used of a backend of the ``keyring`` library."""

    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


class _Unusable(Exception):
    """There is no keyring to use; the text is the sentence."""


def desktop_keyring() -> Keyring:
    """The keyring library's choice for this desktop, where it is one that keeps secrets secret."""
    try:
        import keyring
    except ImportError as error:
        raise _Unusable(ABSENT) from error
    chosen = keyring.get_keyring()
    for backend in getattr(chosen, "backends", (chosen,)):  # the chainer has several
        module = type(backend).__module__
        if module.startswith("keyring.backends.null"):
            raise _Unusable(OFF)
        if module.startswith(("keyring.backends.fail", "keyring.backends.chainer")):
            continue
        if module.startswith("keyrings.alt"):  # files; some of them plain text
            raise _Unusable(UNSAFE)
        usable: Keyring = backend
        return usable
    raise _Unusable(ABSENT)


class Secrets:
    """A few secrets by name: ``pin:<iccid>``, ``android:<address>``. Usable from any thread."""

    def __init__(
        self, load: Callable[[], Keyring] = desktop_keyring, *, call_seconds: float = CALL_SECONDS
    ) -> None:
        self._load, self._call_seconds = load, call_seconds
        self._keyring: Keyring | None = None
        self._why: str | None = None  # None: not looked at yet
        self._turn = threading.Lock()  # held by the thread of the call that runs
        self._stuck = False

    @property
    def available(self) -> bool:
        """Whether a keyring is there and took part when it was last asked."""
        return not self.why

    @property
    def why(self) -> str:
        """The sentence about what is missing; "" when nothing is. Looks for a keyring the first time."""
        if self._why is None:
            self._call(lambda keyring: None)
        return self._why or ""

    def get(self, name: str) -> str:
        """The secret kept under ``name``; "" when there is none or it cannot be had (see ``why``)."""
        found, _ = self._call(lambda keyring: keyring.get_password(SERVICE, name))
        return found if isinstance(found, str) and len(found) <= MOST_CHARACTERS else ""

    def put(self, name: str, value: str) -> bool:
        """Keep ``value`` under ``name``: True when the keyring took it."""
        if not value or len(name) > MOST_CHARACTERS or len(value) > MOST_CHARACTERS:
            return False
        _, done = self._call(lambda keyring: keyring.set_password(SERVICE, name, value))
        return done

    def forget(self, name: str) -> None:
        """Remove what is kept under ``name``, if anything is."""

        def remove(keyring: Keyring) -> None:
            if keyring.get_password(SERVICE, name) is not None:
                keyring.delete_password(SERVICE, name)

        self._call(remove)

    # -- one call, on a thread of its own ---------------------------------------------------------

    def _call(self, ask: Callable[[Keyring], str | None]) -> tuple[str | None, bool]:
        """The answer and whether the keyring gave one in time."""
        # A call that hangs already is not waited for a second time.
        if not self._turn.acquire(timeout=0 if self._stuck else self._call_seconds):
            self._why = WAITING
            return None, False
        answer: list[str | None] = []
        ended = threading.Event()

        def run() -> None:
            try:
                answer.append(ask(self._opened()))
                self._why = ""
            except Exception as error:  # noqa: BLE001 - backends raise whatever their desktop raises
                self._why = _sentence(error)
            finally:
                self._stuck = False
                self._turn.release()
                ended.set()

        threading.Thread(target=run, name="keyring", daemon=True).start()
        if not ended.wait(self._call_seconds):
            self._stuck, self._why = True, WAITING
            if ended.is_set():  # it came between the two
                self._stuck = False
            return None, False
        return (answer[0], True) if answer else (None, False)

    def _opened(self) -> Keyring:
        if self._keyring is None:
            self._keyring = self._load()
        return self._keyring


def _sentence(error: Exception) -> str:
    """Plain words; the error's own text is not repeated where it could hold what was asked for."""
    if isinstance(error, _Unusable):
        return str(error)
    kind = type(error).__name__
    log.info("the keyring could not be used: %s", kind)
    if kind == "KeyringLocked":
        return LOCKED
    if kind in ("NoKeyringError", "InitError"):
        return ABSENT
    return f"{BROKEN} ({kind}). PINs and passwords are asked for each time."
