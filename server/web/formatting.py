"""Jinja filters: money, rates, dates and numbers the way people read them here."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import current_app

from server.domain.money import grouped_yuan
from server.domain.money import yuan as plain_yuan
from server.web.browsers import browser_name

if TYPE_CHECKING:
    from flask import Flask

EMPTY = "—"


def init_formatting(app: Flask) -> None:
    """Register the filters."""
    for name, function in (
        ("yuan", yuan),
        ("plain_yuan", plain_yuan),
        ("percent", percent),
        ("day", day),
        ("moment", moment),
        ("count", count),
        ("file_size", file_size),
        ("browser", browser_name),
    ):
        app.add_template_filter(function, name)


def yuan(fen: int | None) -> str:
    """Fen as `1,234.50`; a dash for nothing."""
    return EMPTY if fen is None else grouped_yuan(fen)


def percent(rate: Decimal | None) -> str:
    """An annual fraction as `7.2%`, without zeros that say nothing."""
    if rate is None:
        return EMPTY
    text = f"{(rate * 100).normalize():f}"
    return f"{text}%"


def day(value: dt.date | None) -> str:
    """A civil date as `2026-01-31`."""
    return EMPTY if value is None else value.isoformat()


def moment(value: dt.datetime | None, seconds: bool = False) -> str:
    """A moment in the bank's timezone as `2026-01-31 09:05`."""
    if value is None:
        return EMPTY
    zone: ZoneInfo = current_app.config["TIMEZONE"]
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def local_time(value: dt.datetime) -> dt.datetime:
    """A moment as the clock on the bank's wall shows it, without a timezone."""
    zone: ZoneInfo = current_app.config["TIMEZONE"]
    return value.astimezone(zone).replace(tzinfo=None)


def day_of(value: dt.datetime) -> dt.date:
    """The civil day of a moment in the bank's timezone."""
    return local_time(value).date()


def count(value: int) -> str:
    """A number with separators."""
    return f"{value:,}"


def file_size(size: int) -> str:
    """Bytes as `12.3 KB`."""
    amount = float(size)
    for unit in ("B", "KB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"
