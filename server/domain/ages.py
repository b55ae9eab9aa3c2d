"""Ages, and how long an identity card is valid 证件有效期."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from server.domain.errors import Invalid


class Validity(StrEnum):
    """How a card stands on a day."""

    VALID = "VALID"
    EXPIRING = "EXPIRING"
    EXPIRED = "EXPIRED"


def age_on(born_on: date, day: date) -> int:
    """Whole years 周岁 on `day`. Raises `Invalid("birth_on", "after_day")` before birth."""
    if day < born_on:
        raise Invalid("birth_on", "after_day")
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))


def age_is_unusual(born_on: date, signed_on: date, low: int = 18, high: int = 65) -> bool:
    """Whether a person signs outside `low`..`high` whole years, both included: worth a warning."""
    return not low <= age_on(born_on, signed_on) <= high


def validity_years(age_at_issue: int) -> int | None:
    """Years a card issued at that age is valid: 5, 10, 20, or None for 长期 (from 46)."""
    if age_at_issue < 16:
        return 5
    if age_at_issue < 26:
        return 10
    return 20 if age_at_issue < 46 else None


def expires_on(born_on: date, issued_on: date) -> date | None:
    """The day a card issued on `issued_on` runs out; None for 长期."""
    years = validity_years(age_on(born_on, issued_on))
    if years is None:
        return None
    try:
        return issued_on.replace(year=issued_on.year + years)
    except ValueError:  # issued on 29 February, and the last year has none
        return date(issued_on.year + years, 3, 1)


def validity_on(expires: date | None, today: date, notice_days: int = 30) -> Validity:
    """How a card stands; the day it names is its last valid day, None is 长期."""
    if expires is None:
        return Validity.VALID
    if expires < today:
        return Validity.EXPIRED
    return Validity.EXPIRING if (expires - today).days <= notice_days else Validity.VALID
