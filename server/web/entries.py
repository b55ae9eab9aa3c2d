"""Reads the fields of a form into values, and keeps each refusal at its field.

A view reads every field first and asks `entries.state.errors` once, so that a person sees all
that is wrong at one time. A field that could not be read gives a harmless stand-in.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Container, Iterable
from decimal import Decimal
from typing import Final

from werkzeug.datastructures import MultiDict

from server.domain.errors import Invalid
from server.domain.parsing.amounts import parse_amount
from server.domain.parsing.dates import parse_date
from server.domain.typed import plain, tight
from server.web.forms import FormState

_WHOLE: Final = re.compile(r"[-+]?[0-9]{1,12}")
_DECIMAL: Final = re.compile(r"[-+]?[0-9]{1,9}(\.[0-9]{1,10})?")
_SOME_DAY: Final = dt.date(2000, 1, 1)


class Entries:
    """A form as it was sent, and what is wrong with it (`state`)."""

    def __init__(self, form: MultiDict[str, str]) -> None:
        self._form = form
        self.state = FormState(dict(form.items()))

    def refuse(self, name: str, reason: str, **detail: object) -> None:
        """Show a refusal at a field."""
        self.state.refuse(Invalid(name, reason, **detail))

    def text(self, name: str, *, most: int, required: bool = True) -> str:
        """Evened-out text of one line."""
        try:
            text = plain(self._form.get(name, ""), name)
        except Invalid as refusal:
            self.state.refuse(refusal)
            return ""
        if required and not text:
            self.refuse(name, "missing")
        elif len(text) > most:
            self.refuse(name, "too_long")
        return text

    def lines(self, name: str, *, most: int) -> tuple[str, ...]:
        """The lines of a text area that hold something."""
        text = self._form.get(name, "")
        if len(text) > most:
            self.refuse(name, "too_long")
            return ()
        try:
            return tuple(even for line in text.splitlines() if (even := plain(line, name)))
        except Invalid as refusal:
            self.state.refuse(refusal)
            return ()

    def code(self, name: str, codes: Container[str], *, required: bool = True) -> str:
        """One of some codes; "" where none was chosen."""
        code = self._form.get(name, "")
        if not code:
            if required:
                self.refuse(name, "missing")
        elif code not in codes:
            self.refuse(name, "unknown")
        return code

    def codes(self, name: str, codes: Iterable[str]) -> tuple[str, ...]:
        """Several of some codes, in the order of `codes`."""
        chosen = self._form.getlist(name)
        self.state.values[name] = chosen
        known = tuple(code for code in codes if code in chosen)
        if len(known) < len(set(chosen)):
            self.refuse(name, "unknown")
        return known

    def is_set(self, name: str) -> bool:
        """Whether a check box was checked."""
        return bool(self._form.get(name))

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number within bounds, both allowed."""
        number = self.optional_whole(name, low, high)
        if number is None:
            self._missing(name)
        return number or 0

    def optional_whole(self, name: str, low: int, high: int) -> int | None:
        """As `whole`; None where nothing was typed."""
        text = self._tight(name).replace(",", "")
        if not text:
            return None
        if not _WHOLE.fullmatch(text):
            self.refuse(name, "whole")
            return None
        number = int(text)
        if not low <= number <= high:
            self.refuse(name, "between", low=low, high=high)
        return number

    def money(self, name: str) -> int:
        """An amount in fen."""
        reading = parse_amount(self._form.get(name, ""))
        if reading.is_empty:
            self._missing(name)
        elif reading.value is None or reading.flag is not None:
            self.refuse(name, reading.flag or "INVALID_AMOUNT")
        return reading.value or 0

    def percent(self, name: str) -> Decimal:
        """A fraction typed as per cent: `7.2` is 0.072."""
        share = self.optional_percent(name)
        if share is None:
            self._missing(name)
        return Decimal(0) if share is None else share

    def optional_percent(self, name: str) -> Decimal | None:
        """As `percent`; None where nothing was typed."""
        number = self._decimal(name, self._tight(name).removesuffix("%"))
        return None if number is None else number / 100

    def number(self, name: str) -> Decimal:
        """A decimal number."""
        number = self._decimal(name, self._tight(name))
        if number is None:
            self._missing(name)
        return Decimal(0) if number is None else number

    def optional_number(self, name: str) -> Decimal | None:
        """As `number`; None where nothing was typed."""
        return self._decimal(name, self._tight(name))

    def day(self, name: str) -> dt.date:
        """A civil date as people write it."""
        day = self.optional_day(name)
        if day is None:
            self._missing(name)
        return day or _SOME_DAY

    def optional_day(self, name: str) -> dt.date | None:
        """As `day`; None where nothing was typed."""
        reading = parse_date(self._form.get(name, ""))
        if not reading.is_empty and (reading.value is None or reading.flag is not None):
            self.refuse(name, reading.flag or "INVALID_DATE")
            return None
        return reading.value

    def _missing(self, name: str) -> None:
        if name not in self.state.errors:
            self.refuse(name, "missing")

    def _tight(self, name: str) -> str:
        try:
            return tight(self._form.get(name, ""), name)
        except Invalid as refusal:
            self.state.refuse(refusal)
            return ""

    def _decimal(self, name: str, text: str) -> Decimal | None:
        if not text:
            return None
        if not _DECIMAL.fullmatch(text):
            self.refuse(name, "number")
            return None
        return Decimal(text)
