"""The days on which China rests or makes up for it, as the State Council's yearly notices say.

Saturdays and Sundays rest by themselves; a row names only what differs from the week. The table
is added to each year, usually in November, when the next year's notice is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from server.domain.errors import Invalid
from server.domain.parameters.setting import read_date

_LONGEST: Final = 31
_MAX_NAME: Final = 20


class DayKind(StrEnum):
    """What a row of the table says of its days."""

    HOLIDAY = "HOLIDAY"
    WORKDAY = "WORKDAY"


@dataclass(frozen=True, slots=True)
class Stretch:
    """The days [from_on, to_on] are a holiday, or working days that make up for one (调休上班)."""

    from_on: date
    to_on: date
    kind: DayKind
    name: str


def read_stretch(name: str, row: dict[str, Any]) -> Stretch:
    """Read a row of the table; raises `Invalid(name, reason)`."""
    kind, said = row.get("kind"), row.get("name") or ""
    if not isinstance(kind, str) or kind not in DayKind.__members__:
        raise Invalid(name, "unknown")
    if not isinstance(said, str):
        raise Invalid(name, "type")
    first = read_date(name, row.get("from_on"))
    last = first if not row.get("to_on") else read_date(name, row.get("to_on"))
    if last < first:
        raise Invalid(name, "order")
    if (last - first).days >= _LONGEST or len(said) > _MAX_NAME:
        raise Invalid(name, "out_of_range")
    return Stretch(first, last, DayKind(kind), said)


def write_stretch(stretch: Stretch) -> dict[str, Any]:
    """The row `read_stretch` reads."""
    return {
        "from_on": stretch.from_on.isoformat(),
        "to_on": stretch.to_on.isoformat(),
        "kind": str(stretch.kind),
        "name": stretch.name,
    }


def _year(year: int, holidays: str, workdays: str) -> tuple[Stretch, ...]:
    """`0101-0103=元旦` for each holiday and `0104` for each day that makes up."""
    return (
        *(_holiday(year, item) for item in holidays.split()),
        *(_stretch(year, (item, item), DayKind.WORKDAY, "调休上班") for item in workdays.split()),
    )


def _holiday(year: int, item: str) -> Stretch:
    days, _, name = item.partition("=")
    first, _, last = days.partition("-")
    return _stretch(year, (first, last or first), DayKind.HOLIDAY, name)


def _stretch(year: int, days: tuple[str, str], kind: DayKind, name: str) -> Stretch:
    first, last = (_day(year, day) for day in days)
    return Stretch(first, last, kind, name)


def _day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


DEFAULT_HOLIDAYS: Final = (
    *_year(
        2024,
        "0101=元旦 0210-0217=春节 0404-0406=清明节 0501-0505=劳动节 0610=端午节"
        " 0915-0917=中秋节 1001-1007=国庆节",
        "0204 0218 0407 0428 0511 0914 0929 1012",
    ),
    *_year(
        2025,
        "0101=元旦 0128-0204=春节 0404-0406=清明节 0501-0505=劳动节 0531-0602=端午节"
        " 1001-1008=国庆节、中秋节",
        "0126 0208 0427 0928 1011",
    ),
    *_year(
        2026,
        "0101-0103=元旦 0215-0223=春节 0404-0406=清明节 0501-0505=劳动节 0619-0621=端午节"
        " 0925-0927=中秋节 1001-1007=国庆节",
        "0104 0214 0228 0509 0920 1010",
    ),
)
