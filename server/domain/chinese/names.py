"""Names in pinyin, for search by letters and for sorting."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from server.domain.chinese.surnames import COMPOUND, READINGS, surname_of


@dataclass(frozen=True, slots=True)
class NamePinyin:
    """How a name is found and sorted.

    `full` is `zhangsan`, `initials` is `zs`, `sort_key` is `zhang san` followed by the name
    itself, so that names of one sound stand in one fixed order.
    """

    full: str
    initials: str
    sort_key: str


@lru_cache(maxsize=4096)
def name_pinyin(name: str, *, person: bool = True) -> NamePinyin:
    """Read a name. `person=False` reads a company's, which begins with no surname.

    Letters and digits stay, in lower case; other signs are left out. The letter ü is written v.
    """
    plain_name = unicodedata.normalize("NFKC", name).strip()
    syllables = _syllables(plain_name, person=person)
    return NamePinyin(
        full="".join(syllables),
        initials="".join(syllable[0] for syllable in syllables),
        sort_key=f"{' '.join(syllables)} {plain_name}".strip(),
    )


def _syllables(name: str, *, person: bool) -> list[str]:
    surname = _surname(name) if person else ""
    # Read apart from what follows: 曾经 is a word, but Mr 曾 is no `ceng`.
    return [*_read_surname(surname), *_read(name[len(surname) :])]


@lru_cache(maxsize=1024)
def _read_surname(surname: str) -> tuple[str, ...]:
    return _spelled(READINGS[surname].split()) if surname in READINGS else _read(surname)


def _surname(name: str) -> str:
    """As `surname_of`, but a bare compound surname (`尉迟`) is read as one, and letters as none."""
    if name in COMPOUND:
        return name
    return "" if name[:1].isascii() else surname_of(name)


@lru_cache(maxsize=16384)
def _read(text: str) -> tuple[str, ...]:
    """The syllables of some characters; given names come again far more often than names."""
    return _spelled(_spoken(text)) if text else ()


def _spoken(text: str) -> list[str]:
    """What the dictionary says; it takes 54 MB, so only those who read names load it."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 (see above)

    return lazy_pinyin(text)


def _spelled(spoken: Iterable[str]) -> tuple[str, ...]:
    """Syllables in letters alone; what stands between blanks is one."""
    return tuple(letters for letters in map(_letters, " ".join(spoken).split()) if letters)


def _letters(syllable: str) -> str:
    if syllable.isascii() and syllable.isalpha():
        return syllable.lower()
    bare = unicodedata.normalize("NFKD", syllable.replace("ü", "v"))
    return "".join(c for c in bare if c.isalnum()).casefold()
