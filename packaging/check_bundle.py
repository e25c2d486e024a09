"""Starts the bundle that ``make bundle`` made: its version, its emulator, its window drawn offscreen."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

PROGRAM = Path(__file__).resolve().parent.parent / "dist" / "p2ptext" / "p2ptext"


def run(*words: str, **more: object) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    environment.pop("PYTHONPATH", None)
    return subprocess.run(
        [str(PROGRAM), *words],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment,
        check=False,
        **more,
    )  # type: ignore[call-overload, no-any-return]


def test_it_prints_its_version() -> None:
    done = run("--version")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("p2ptext 0.")


def test_the_whole_tour_runs_from_the_bundle(tmp_path: Path) -> None:
    done = run("tour", "--out", str(tmp_path / "tour"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "tour").glob("*.png"))) >= 5


def test_export_works_without_a_window(tmp_path: Path) -> None:
    done = run("export", "contacts", "--data", str(tmp_path / "data"), "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-q"]))
