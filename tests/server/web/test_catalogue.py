"""The English catalogue says every sentence of code and templates, with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT: Final = Path(__file__).resolve().parents[3]
CATALOGUE: Final = ROOT / "server/translations/en/LC_MESSAGES/messages.po"
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%%")
_CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")


def _sentences_in_use() -> set[str]:
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    keywords = {"_": None, "gettext": None, "lazy": None, "ngettext": (1, 2)}
    found = extract_from_dir(str(ROOT / "server"), _below_server(methods), options, keywords)
    return {said if isinstance(said, str) else said[0] for _, _, said, _, _ in found}


def _below_server(methods: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(pattern.removeprefix("server/"), method) for pattern, method in methods]


@pytest.fixture(scope="module")
def catalogue() -> dict[str, Message]:
    with CATALOGUE.open("rb") as file:
        return {_first(message.id): message for message in read_po(file) if message.id}


def _first(said: str | tuple[str, ...] | list[str]) -> str:
    return said if isinstance(said, str) else said[0]


def _all(said: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


def test_every_sentence_has_its_english(catalogue: dict[str, Message]) -> None:
    missing = {
        sentence
        for sentence in _sentences_in_use()
        if sentence not in catalogue or not all(_all(catalogue[sentence].string))
    }
    assert missing == set()


def test_no_english_is_unsure_or_still_chinese(catalogue: dict[str, Message]) -> None:
    unsure = [key for key, message in catalogue.items() if message.fuzzy]
    chinese = [
        key
        for key, message in catalogue.items()
        if any(_CHINESE.search(text) for text in _all(message.string))
    ]
    assert (unsure, chinese) == ([], [])


def test_the_placeholders_are_the_same(catalogue: dict[str, Message]) -> None:
    differing = [
        key
        for key, message in catalogue.items()
        for text in _all(message.string)
        if set(_PLACEHOLDER.findall(text)) != set(_PLACEHOLDER.findall(key))
    ]
    assert differing == []


def test_no_sentence_is_left_over(catalogue: dict[str, Message]) -> None:
    assert set(catalogue) - _sentences_in_use() == set()
