"""The filters of field templates, each the twin of one in static/src/shared/filters.ts.

Both are held to tests/cases/filters.json. Values are JSON: money whole fen, dates `2026-01-31`,
moments ISO 8601 with a zone, unknown null, which shows as a dash. What is none of these raises
`TypeError` or `ValueError`.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

from server.domain.chinese.amounts import capitals as amount_in_capitals
from server.domain.money import grouped_yuan

EMPTY: Final = "—"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_RATE: Final = re.compile(r"(\d+)(?:\.(\d+))?")
_WEEKDAYS_ZH: Final = "一二三四五六日"
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS_EN: Final = (
    *("Jan", "Feb", "Mar", "Apr", "May", "Jun"),
    *("Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
)


def yuan(fen: int | None) -> str:
    """123450 fen as `1,234.50`."""
    return EMPTY if fen is None else grouped_yuan(_whole(fen))


def capitals(fen: int | None) -> str:
    """12345 fen as `壹佰贰拾叁元肆角伍分`."""
    return EMPTY if fen is None else amount_in_capitals(_whole(fen))


def count(number: int | None) -> str:
    """1234 as `1,234`."""
    return EMPTY if number is None else f"{_whole(number):,}"


def percent(rate: str | None) -> str:
    """`5.40` per cent as `5.4%`."""
    if rate is None:
        return EMPTY
    found = _RATE.fullmatch(rate)
    if not found:
        raise ValueError("rate")
    coins = (found[2] or "").rstrip("0")
    return f"{found[1]}.{coins}%" if coins else f"{found[1]}%"


def day(date: str | None) -> str:
    """A civil date as it is written, `2026-01-31`."""
    return EMPTY if date is None else _date(date).isoformat()


def short_day(date: str | None, language: str) -> str:
    """`1月31日 周六`, or `Sat 31 Jan`."""
    if date is None:
        return EMPTY
    on = _date(date)
    if language == "zh":
        return f"{on.month}月{on.day}日 周{_WEEKDAYS_ZH[on.weekday()]}"
    return f"{_WEEKDAYS_EN[on.weekday()]} {on.day} {_MONTHS_EN[on.month - 1]}"


def moment(at: str | None, zone: str) -> str:
    """The bank's wall clock at a moment: `2026-01-31 09:05`."""
    return EMPTY if at is None else _local(at, zone).strftime("%Y-%m-%d %H:%M")


def clock(at: str | None, zone: str) -> str:
    """The bank's wall clock at a moment, without the day: `09:05`."""
    return EMPTY if at is None else _local(at, zone).strftime("%H:%M")


def file_size(size: int | None) -> str:
    """Bytes as `512 B`, `12.3 KB`, `4.0 MB`, `1.5 GB`."""
    if size is None:
        return EMPTY
    if _whole(size) < 1024:
        return f"{size} B"
    unit, name = next(pair for pair in _UNITS if size < pair[0] * 1024 or pair is _UNITS[-1])
    tenths = (size * 20 + unit) // (unit * 2)
    return f"{tenths // 10}.{tenths % 10} {name}"


_UNITS: Final = ((1024, "KB"), (1024**2, "MB"), (1024**3, "GB"))


def mask_phone(number: str | None) -> str:
    """`138****0000` of eleven characters; of any other number the last two."""
    if number is None:
        return EMPTY
    if len(number) == 11:
        return f"{number[:3]}****{number[7:]}"
    hidden = max(len(number) - 2, 0)
    return "*" * hidden + number[hidden:] if hidden > 1 else "*" * len(number)


def _whole(number: int) -> int:
    if type(number) is not int:
        raise TypeError("not a whole number")
    return number


def _date(text: str) -> dt.date:
    if not isinstance(text, str):
        raise TypeError("not a date")
    if not _DAY.fullmatch(text):
        raise ValueError("date")
    return dt.date.fromisoformat(text)


def _local(text: str, zone: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("zone")
    return at.astimezone(ZoneInfo(zone))
