"""What people type, made plain: full width to half width, odd spaces and dashes to one kind.

Every reader of typed text (`identity`, `contacts`, `parsing`) starts here, so that one rule
decides what counts as the same writing. Nothing is judged here, only evened out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from server.domain.errors import Invalid

MAX_TYPED: Final = 500
"""Characters. A cell or form field longer than this is no number, date, name or address."""

_DASHES: Final = str.maketrans(dict.fromkeys("‐‑‒–—―−﹣－", "-") | {"〜": "~", "∼": "~"})
_INVISIBLE: Final = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f\u200b-\u200f\u2060\ufeff\u00ad"
    r"\ud800-\udfff]"  # halves of characters: nothing could store or show them
)
_SPACES: Final = re.compile(r"\s+")
_FLOAT_TAIL: Final = re.compile(r"([0-9])\.0+")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Reading(Generic[Value]):
    """What was understood from a cell: the value, or None, and a flag for a person to look at.

    `flag` is an UPPER_SNAKE code; None means a clean reading (or a cell that is honestly empty).
    """

    value: Value | None = None
    flag: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing stood there and nothing is wrong."""
        return self.value is None and self.flag is None


def plain(text: str, field: str = "value") -> str:
    """Even out `text`: NFKC, one kind of dash, single blanks, no invisible characters or ends.

    Raises `Invalid(field, "text")` for what is no text and `Invalid(field, "too_long")` beyond
    `MAX_TYPED` characters.
    """
    if not isinstance(text, str):
        raise Invalid(field, "text")
    if len(text) > MAX_TYPED:
        raise Invalid(field, "too_long", limit=MAX_TYPED)
    # Most text is plain already, and an import asks a million times: two cheap looks first.
    if text.isascii() and text.isprintable():
        return " ".join(text.split()) if " " in text else text
    if text.isalnum() and unicodedata.is_normalized("NFKC", text):
        return text
    # NFKC first: it turns full-width dashes and spaces into those the table and pattern know.
    even = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    return _SPACES.sub(" ", _INVISIBLE.sub("", even)).strip()


def tight(text: str, field: str = "value") -> str:
    """As `plain`, with every blank gone."""
    return plain(text, field).replace(" ", "")


def code_text(text: str, field: str = "value") -> str:
    """A number that is a name (ID, phone, card): tight, without Excel's leading `'` and `.0`."""
    code = tight(text, field).lstrip("'`’‘")
    return _FLOAT_TAIL.sub(r"\1", code) if _FLOAT_TAIL.search(code[-5:]) else code
