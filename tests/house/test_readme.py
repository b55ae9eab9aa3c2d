"""Both READMEs tell of every setting and say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_READMES = ("README.md", "README.zh-CN.md")


@pytest.mark.parametrize("readme", _READMES)
def test_every_setting_that_is_read_is_explained(readme: str) -> None:
    config = (_ROOT / "server/config.py").read_text()
    read = set(re.findall(r'env(?:\.get\(|, )"([A-Z_]+)"', config))
    assert read
    assert read - set(re.findall(r"^\| `([A-Z_]+)` \|", _text(readme), re.MULTILINE)) == set()


def test_the_two_readmes_have_the_same_parts() -> None:
    english, chinese = (
        [re.sub(r"[^#|]", "", line) for line in _text(name).splitlines() if line[:1] in {"#", "|"}]
        for name in _READMES
    )
    assert english == chinese


@pytest.mark.parametrize("readme", _READMES)
def test_every_file_that_is_linked_exists(readme: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", _text(readme))
    assert [link for link in links if not (_ROOT / link).exists()] == []


def _text(readme: str) -> str:
    return (_ROOT / readme).read_text()
