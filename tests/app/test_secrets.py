"""PINs and passwords in the desktop's keyring: kept there, or not at all, and never a wait without an end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.errors import InitError, KeyringLocked

from app import secrets
from app.secrets import Secrets

PIN = "pin:8931081234567890123"


class Memory(keyring.backend.KeyringBackend):
    """A keyring that keeps its secrets in a dictionary."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Raising(Memory):
    """A keyring that refuses with one error."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error


class Prompting(Memory):
    """A keyring that waits until somebody types its password."""

    def __init__(self) -> None:
        super().__init__()
        self.typed = threading.Event()
        self.asked = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.asked += 1
        self.typed.wait(20)
        return super().get_password(service, username)


@pytest.fixture
def chosen() -> Iterator[Memory]:
    """The library's own choice is a keyring in memory."""
    before = keyring.get_keyring()
    memory = Memory()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


def test_a_pin_is_kept_under_the_programs_name_and_found_again(chosen: Memory) -> None:
    kept = Secrets()
    assert kept.get(PIN) == ""
    assert kept.put(PIN, "1234")
    assert chosen.kept == {("p2ptext", PIN): "1234"}
    assert Secrets().get(PIN) == "1234"
    assert kept.available
    assert kept.why == ""


def test_a_forgotten_pin_is_gone_and_forgetting_twice_is_fine(chosen: Memory) -> None:
    kept = Secrets()
    kept.put(PIN, "1234")
    kept.forget(PIN)
    kept.forget(PIN)
    assert chosen.kept == {}
    assert kept.available


@pytest.mark.parametrize(
    ("backend", "sentence"),
    [
        (keyring.backends.fail.Keyring(), secrets.ABSENT),
        (keyring.backends.null.Keyring(), secrets.OFF),
    ],
)
def test_no_keyring_is_a_sentence(backend: keyring.backend.KeyringBackend, sentence: str) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        kept = Secrets()
        assert not kept.available
        assert kept.why == sentence
        assert not kept.put(PIN, "1234")
        assert kept.get(PIN) == ""
        kept.forget(PIN)
    finally:
        keyring.set_keyring(before)


def test_a_keyring_that_is_a_readable_file_is_not_used(chosen: Memory, tmp_path: Path) -> None:
    plain = type("PlaintextKeyring", (Memory,), {"__module__": "keyrings.alt.file"})()
    keyring.set_keyring(plain)
    kept = Secrets()
    assert not kept.put(PIN, "1234")
    assert kept.why == secrets.UNSAFE
    assert plain.kept == {}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (KeyringLocked("Failed to unlock the collection!"), "locked"),
        (InitError("Failed to connect to SecretService"), "no keyring"),
        (RuntimeError("secret 1234 in the text of an error"), "RuntimeError"),
    ],
)
def test_what_a_keyring_raises_is_a_sentence_that_repeats_no_secret(error: Exception, words: str) -> None:
    kept = Secrets(lambda: Raising(error))
    assert kept.get(PIN) == ""
    assert not kept.put(PIN, "1234")
    assert not kept.available
    assert words in kept.why
    assert "1234" not in kept.why


def test_a_keyring_that_waits_for_its_password_holds_nobody_up() -> None:
    backend = Prompting()
    backend.kept["p2ptext", PIN] = "1234"
    kept = Secrets(lambda: backend, call_seconds=0.05)
    assert kept.get(PIN) == ""
    assert kept.why == secrets.WAITING
    assert not kept.put(PIN, "9999")
    assert backend.asked == 1, "a second call does not queue a second window"
    backend.typed.set()
    patient = Secrets(lambda: backend)
    assert patient.get(PIN) == "1234"
    deadline = time.monotonic() + 10
    while not kept.get(PIN) and time.monotonic() < deadline:
        backend.typed.wait(0.01)
    assert kept.get(PIN) == "1234", "once it is open it answers"
    assert kept.available


def test_a_value_that_is_no_pin_or_password_is_refused(chosen: Memory) -> None:
    kept = Secrets()
    assert not kept.put(PIN, "")
    assert not kept.put(PIN, "1" * (secrets.MOST_CHARACTERS + 1))
    chosen.kept["p2ptext", PIN] = "1" * (secrets.MOST_CHARACTERS + 1)
    assert kept.get(PIN) == ""
