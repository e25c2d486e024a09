"""Promises that are kept by the shape of the code: one way to send, locks without addresses, whole packages."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "modem", "ui", "resources")


def modules(*packages: str) -> Iterator[Path]:
    for package in packages:
        yield from (ROOT / package).rglob("*.py")


def calls(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            yield node


def test_a_text_is_handed_to_a_modem_in_one_place() -> None:
    """``test_no_bulk_api``: one call of ``modem.send`` outside the modem layer, and no loop around it."""
    found = []
    for path in modules("app", "ui"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "send"
            ):
                owner = ast.unparse(node.func.value)
                if "modem" in owner:
                    found.append((path.relative_to(ROOT).as_posix(), node.lineno))
                    loops = [n for n in ast.walk(tree) if isinstance(n, ast.For | ast.While)]
                    assert not any(node in ast.walk(loop) for loop in loops), "no loop around a send"
    assert [name for name, _ in found] == ["app/texting/sending.py"]


def test_ctrl_z_is_written_in_one_place_of_the_driver() -> None:
    places = [
        path.relative_to(ROOT).as_posix()
        for path in modules("app", "ui", "modem")
        if "emulator" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value == b"\x1a"
    ]
    assert len(places) == 1, places


def test_no_shell_and_no_template_engine() -> None:
    for path in modules(*PACKAGES):
        for call in calls(path):
            name = ast.unparse(call.func)
            assert name not in {"os.system", "eval", "exec", "os.popen"}, f"{path}: {name}"
            assert not any(k.arg == "shell" and getattr(k.value, "value", False) for k in call.keywords), path


def test_every_package_is_listed_and_installed() -> None:
    listed = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]
    )
    there = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for package in PACKAGES
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert there == listed


def test_the_locks_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "://" not in text
        pinned = re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.M)
        assert len(pinned) > 10
        assert text.count("--hash=sha256:") >= len(pinned)


def test_every_direct_dependency_is_pinned_below_its_next_great_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for requirement in project["dependencies"]:
        assert ">=" in requirement, requirement
    assert any(r == "PySide6-Essentials>=6.11.3,<6.12" for r in project["dependencies"])


def test_modules_stay_readable() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): count
        for path in modules(*PACKAGES)
        if (count := len(path.read_text("utf-8").splitlines())) > 400
    }
    assert long == {}


def test_packaging_is_no_package() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists(), "it would shadow the library of that name"


def test_the_handbook_links_lead_somewhere() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        for target in re.findall(r"\]\(([^)#:]+\.(?:md|png))\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"


def test_what_the_matrix_names_is_tested() -> None:
    page = (ROOT / "docs/handbook/matrix.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    there = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert named - there == set()
    assert len(named) > 30
