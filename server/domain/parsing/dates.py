"""Dates as people and spreadsheets write them."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from typing import Final

from server.domain.parsing.cells import cell_text
from server.domain.typed import Reading

INVALID_DATE: Final = "INVALID_DATE"
AMBIGUOUS: Final = "AMBIGUOUS"
DAY_MISSING: Final = "DAY_MISSING"
MONTH_MISSING: Final = "MONTH_MISSING"
SERIAL_AS_TEXT: Final = "SERIAL_AS_TEXT"
TWO_DIGIT_YEAR: Final = "TWO_DIGIT_YEAR"
LONG_TERM: Final = "LONG_TERM"
RANGE: Final = "RANGE"

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200

Cell = str | int | float | date | None

_LONG_TERM: Final = re.compile(
    r"长期(?:有效)?|永久(?:有效)?|无(?:固定)?期限|long[ -]?term|permanent|9999\D*12\D*31\D*",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"(?<=[0-9日号])[ T]?(?:(?:上午|下午)?[0-9]{1,2}[:时点][0-9]{1,2}"
    r"(?:[:分][0-9]{1,2})?秒?(?:\.[0-9]+)?"
    r"分?(?: ?[AP]M)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)$",
    re.IGNORECASE,
)
_WEEKDAY: Final = re.compile(r"[ (]*(?:星期|周|礼拜)[一二三四五六日天][)]*$")
_PARTS: Final = re.compile(
    r"([0-9]{1,4}) ?(?:[-./、,年]| ) ?([0-9]{1,2}) ?(?:[-./、,月]| ) ?([0-9]{1,4}) ?[日号]?"
)
_MONTH: Final = re.compile(
    r"([0-9]{4}|[0-9]{2}(?=年)) ?[-./年] ?([0-9]{1,2}) ?(?:月(?:份|底|末)?)?"
)
_SERIAL: Final = re.compile(r"([1-9][0-9]{4})(?:\.[0-9]+)?")
_RANGE: Final = re.compile(r"(.*[0-9日号])(?: ?[~至到] ?| - |-(?=(?:[0-9]{4}\D|长期)))(.+)")

_CHINESE: Final = re.compile(
    r"([〇零一二三四五六七八九○]{4}|[〇零一二三四五六七八九○]{2})年"
    r"([〇零一二三四五六七八九十]{1,3})月(?:([〇零一二三四五六七八九十]{1,4})[日号])?"
)
_DIGITS: Final = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_ENGLISH_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_DAY_MONTH_NAME: Final = re.compile(
    r"([0-9]{1,2})[ -]([a-z]{3,9})\.?[ ,-]+([0-9]{4})", re.IGNORECASE
)
_MONTH_NAME_DAY: Final = re.compile(
    r"([a-z]{3,9})\.? ([0-9]{1,2})(?:st|nd|rd|th)?,? ([0-9]{4})", re.IGNORECASE
)


def parse_date(value: Cell, *, base_1904: bool = False) -> Reading[date]:
    """Read a cell as a civil date.

    A number is an Excel serial (1900 system, or 1904 with `base_1904`). Flags with a value:
    `SERIAL_AS_TEXT`, `TWO_DIGIT_YEAR` (read as 20yy), `DAY_MISSING` (read as the month's end).
    Flags without: `AMBIGUOUS`, `RANGE`, `MONTH_MISSING`, `LONG_TERM`, `INVALID_DATE`,
    `CELL_ERROR`, `TOO_LONG`.
    """
    if value is None:
        return Reading()
    if isinstance(value, date):
        return Reading(value.date() if isinstance(value, datetime) else value)
    if not isinstance(value, str):
        return _from_number(value, base_1904=base_1904)
    text = cell_text(value)
    return _from_text(text, base_1904=base_1904) if isinstance(text, str) else text


def parse_expiry(value: Cell, *, base_1904: bool = False) -> Reading[date]:
    """As `parse_date` for the last day of a validity: of `2014.1.5-2034.1.5` the second date."""
    found = parse_date(value, base_1904=base_1904)
    if found.flag != RANGE or not isinstance(value, str):
        return found
    text = cell_text(value)
    ends = _RANGE.fullmatch(text) if isinstance(text, str) else None
    return parse_date(ends[2], base_1904=base_1904) if ends else found


def _from_number(value: float, *, base_1904: bool) -> Reading[date]:
    # Bounds first: a whole number of hundreds of digits cannot be asked whether it is finite.
    if isinstance(value, bool) or not -99_999_999 <= value <= 99_999_999:
        return Reading(flag=INVALID_DATE)
    whole = int(value)
    if FIRST_YEAR <= whole <= LAST_YEAR:
        return Reading(flag=MONTH_MISSING)
    if whole >= 10_000_000:
        return _eight_digits(str(whole))
    return _from_serial(whole, base_1904=base_1904)


def _from_serial(serial: int, *, base_1904: bool, flag: str | None = None) -> Reading[date]:
    # Excel's 1900 system counts a 29 February 1900 that never was, as day 60.
    if base_1904:
        base = date(1904, 1, 1)
    else:
        base = date(1899, 12, 30) if serial > 60 else date(1899, 12, 31)
    if serial < 1 or serial > 120_000 or (serial == 60 and not base_1904):
        return Reading(flag=INVALID_DATE)
    return _dated(base + timedelta(days=serial), flag)


def _from_text(text: str, *, base_1904: bool) -> Reading[date]:
    if _LONG_TERM.fullmatch(text):
        return Reading(flag=LONG_TERM)
    serial = _SERIAL.fullmatch(text)
    if serial:
        return _from_serial(int(serial[1]), base_1904=base_1904, flag=SERIAL_AS_TEXT)
    bare = _chinese_digits(_WEEKDAY.sub("", _TIME.sub("", text)).strip())
    if re.fullmatch(r"[0-9]+(?:\.0)?", bare):
        return _from_digits(bare.removesuffix(".0"))
    parts = _PARTS.fullmatch(bare)
    if parts:
        return _from_parts(parts[1], parts[2], parts[3], slashed="/" in bare)
    month = _MONTH.fullmatch(bare)
    if month:
        return _month_end(_full_year(month[1]), int(month[2]))
    if re.fullmatch(r"[0-9]{4} ?年度?", bare):
        return Reading(flag=MONTH_MISSING)
    return _from_english(bare) or _from_range(bare)


def _from_digits(digits: str) -> Reading[date]:
    if len(digits) == 8:
        return _eight_digits(digits)
    if len(digits) == 6:
        return _six_digits(digits)
    if len(digits) == 14:  # 20240105093000, as core systems print it
        return _eight_digits(digits[:8])
    if len(digits) == 4 and FIRST_YEAR <= int(digits) <= LAST_YEAR:
        return Reading(flag=MONTH_MISSING)
    return Reading(flag=INVALID_DATE)


def _eight_digits(digits: str) -> Reading[date]:
    if digits == "99991231":
        return Reading(flag=LONG_TERM)
    return _day(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _six_digits(digits: str) -> Reading[date]:
    """`202401` is a month, `240105` a day; `200105` may be either."""
    month = _month_end(int(digits[:4]), int(digits[4:]))
    day = _day(2000 + int(digits[:2]), int(digits[2:4]), int(digits[4:]), TWO_DIGIT_YEAR)
    if month.value and day.value:
        return Reading(flag=AMBIGUOUS)
    return month if month.value else day


def _from_parts(first: str, middle: str, last: str, *, slashed: bool) -> Reading[date]:
    if len(first) == 4 and len(last) <= 2:
        return _day(int(first), int(middle), int(last))
    if len(first) <= 2 and len(last) == 4:
        return _year_last(int(first), int(middle), int(last))
    if len(first) == 2 and len(last) <= 2 and not (slashed and int(first) <= 12 and len(last) == 2):
        return _day(2000 + int(first), int(middle), int(last), TWO_DIGIT_YEAR)
    return Reading(flag=AMBIGUOUS if len(first) <= 2 and len(last) <= 2 else INVALID_DATE)


def _year_last(first: int, second: int, year: int) -> Reading[date]:
    """`25/1/2024` can only be a day first, `1/25/2024` a month first; `1/5/2024` is asked."""
    month_first, day_first = _day(year, first, second), _day(year, second, first)
    if month_first.value and day_first.value and month_first != day_first:
        return Reading(flag=AMBIGUOUS)
    return month_first if month_first.value else day_first


def _from_english(text: str) -> Reading[date] | None:
    day_first, month_first = _DAY_MONTH_NAME.fullmatch(text), _MONTH_NAME_DAY.fullmatch(text)
    if day_first:
        day, name, year = day_first.groups()
    elif month_first:
        name, day, year = month_first.groups()
    else:
        return None
    if name[:3].lower() not in _ENGLISH_MONTHS:
        return Reading(flag=INVALID_DATE)
    return _day(int(year), _ENGLISH_MONTHS.index(name[:3].lower()) + 1, int(day))


def _from_range(text: str) -> Reading[date]:
    ends = _RANGE.fullmatch(text)
    if ends and parse_date(ends[1]).value:
        last = parse_date(ends[2])
        if last.value or last.flag == LONG_TERM:
            return Reading(flag=RANGE)
    return Reading(flag=INVALID_DATE)


def _chinese_digits(text: str) -> str:
    """`二〇二四年一月五日` as `2024年1月5日`; any other text as it is."""
    found = _CHINESE.fullmatch(text)
    if not found:
        return text
    year = found[1].translate(_DIGITS)
    day = f"{_up_to_99(found[3])}日" if found[3] else ""
    return f"{year}年{_up_to_99(found[2])}月{day}"


def _up_to_99(numeral: str) -> int:
    """十 is 10, 十二 12, 二十 20, 三十一 31; 99, which is no day, for what is no such number."""
    tens, mark, ones = numeral.translate(_DIGITS).partition("十")
    if not mark:
        return int(tens)
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return 99
    return int(tens or 1) * 10 + int(ones or 0)


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _month_end(year: int, month: int) -> Reading[date]:
    if not (1 <= month <= 12 and FIRST_YEAR <= year <= LAST_YEAR):
        return Reading(flag=INVALID_DATE)
    return Reading(date(year, month, monthrange(year, month)[1]), DAY_MISSING)


def _day(year: int, month: int, day: int, flag: str | None = None) -> Reading[date]:
    try:
        return _dated(date(year, month, day), flag)
    except ValueError:
        return Reading(flag=INVALID_DATE)


def _dated(day: date, flag: str | None) -> Reading[date]:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return Reading(flag=INVALID_DATE)
    return Reading(day, flag)
