"""The locks pin all that is asked for, by hash, and name no address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_LOCKS = sorted(_ROOT.glob("requirements*.txt"))
_PINNED = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z,]+\])?==(\S+)", re.MULTILINE)


@pytest.mark.parametrize("lock", _LOCKS, ids=lambda path: path.name)
def test_every_pinned_package_has_a_hash(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text())
    assert blocks
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", [*_LOCKS, _ROOT / "package-lock.json"], ids=lambda path: path.name)
def test_no_lock_names_where_a_package_comes_from(lock: Path) -> None:
    assert (
        re.findall(r'"resolved"|--(?:extra-)?index-url|--find-links|@ \w+://', lock.read_text())
        == []
    )


def test_the_ledger_runs_on_the_versions_it_is_tested_with() -> None:
    run, test = (
        dict(_PINNED.findall((_ROOT / name).read_text()))
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert run.items() <= test.items()


def test_every_dependency_that_is_named_is_locked() -> None:
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text())["project"]
    named = project["dependencies"] + project["optional-dependencies"]["dev"]
    locked = {name for name, _ in _PINNED.findall((_ROOT / "requirements-dev.txt").read_text())}
    names = {re.split(r"[\[<>=~! ;]", requirement)[0] for requirement in named}
    assert names - locked == set()
