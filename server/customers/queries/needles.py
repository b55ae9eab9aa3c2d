"""How search terms are spelled, for those who write them and those who look for them."""

from __future__ import annotations

import re
from typing import Final

from server.crypto import keyring
from server.domain.contacts import read_phone
from server.domain.errors import Invalid
from server.domain.typed import MAX_TYPED, plain, tight

MAX_TERM: Final = 40
TAIL: Final = 4
_LATIN: Final = re.compile(r"[\x00-\x7f]")
_BLIND: Final = "#"
"""Blind terms begin with a sign that no text term begins with."""


def term(text: str) -> str:
    """Spell a text as a term: half width, no blanks, case folded, at most 40 characters."""
    return tight(text[:MAX_TYPED]).replace("\x00", "").casefold().lstrip(_BLIND)[:MAX_TERM]


def name_suffixes(name: str) -> set[str]:
    """Where a search by part of the name may begin: each Chinese character, each word."""
    even = plain(name[:MAX_TYPED]).casefold()
    if len(even) <= MAX_TERM and even.isalpha() and not _LATIN.search(even):
        return {even[place:] for place in range(len(even))}
    starts = (
        place
        for place, sign in enumerate(even)
        if sign != " " and (place == 0 or not (_joins(sign) and _joins(even[place - 1])))
    )
    return {even[place:].replace(" ", "").lstrip(_BLIND)[:MAX_TERM] for place in starts} - {""}


def blind_tail(phone: str) -> str:
    """The term of a phone's last four digits; it tells nothing without the key."""
    return _BLIND + keyring.active().blind("phone_tail", digits_of(phone)[-TAIL:])[:24]


def blind_phone(phone: str) -> str:
    """The index of a whole number, as `CustomerContact.value_index` keeps it."""
    return keyring.active().blind("phone", phone)


def digits_of(phone: str) -> str:
    """The digits of a number without its extension."""
    area, dash, rest = phone.partition("-")
    return area + rest.partition("-")[0] if dash else area


def whole_phone(text: str) -> str | None:
    """The number in its stored form if the text is one."""
    try:
        return read_phone(text).number
    except Invalid:
        return None


def _joins(sign: str) -> bool:
    """Whether the sign belongs to a word with its neighbours (Latin letters and digits)."""
    return sign.isascii() and sign.isalnum()
