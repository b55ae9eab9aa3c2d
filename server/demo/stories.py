"""Which loans the demo bank has, and how each of them stands on the day of loading.

A story names the state a loan is to be in today; a shape its product, method and length. From both
follow the terms: the due date that makes the state true is set first, the disbursement counted
back from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from random import Random
from types import MappingProxyType
from typing import Final

from server.demo.products import GRACE_DAYS, PRODUCTS
from server.domain.calendar import add_months
from server.domain.terms import FeeKind, Method, PrepaymentFee, Terms, default_day_count

HISTORY_MONTHS: Final = 18


class Story(StrEnum):
    """How a loan of the demo bank stands today, or what happened to it."""

    NORMAL = "normal"
    DUE_SOON = "due_soon"
    IN_GRACE = "in_grace"
    OVERDUE_30 = "overdue_1_30"
    OVERDUE_60 = "overdue_31_60"
    OVERDUE_90 = "overdue_61_90"
    OVERDUE_LONG = "overdue_over_90"
    SETTLED = "settled"
    PREPAID_PARTLY = "prepaid_partly"
    PREPAID_FULLY = "prepaid_fully"
    EXTENDED = "extended"
    RATE_CHANGED = "rate_changed"
    WRITTEN_OFF = "written_off"
    PENALTY_WAIVED = "penalty_waived"
    WITH_CREDIT = "with_credit"
    REVERSED = "reversed"
    INCOMPLETE = "incomplete"


COUNTS: Final[Mapping[Story, int]] = MappingProxyType(
    {
        Story.NORMAL: 150,
        Story.DUE_SOON: 40,
        Story.IN_GRACE: 12,
        Story.OVERDUE_30: 36,
        Story.OVERDUE_60: 20,
        Story.OVERDUE_90: 12,
        Story.OVERDUE_LONG: 16,
        Story.SETTLED: 80,
        Story.PREPAID_PARTLY: 16,
        Story.PREPAID_FULLY: 18,
        Story.EXTENDED: 10,
        Story.RATE_CHANGED: 14,
        Story.WRITTEN_OFF: 6,
        Story.PENALTY_WAIVED: 6,
        Story.WITH_CREDIT: 6,
        Story.REVERSED: 5,
        Story.INCOMPLETE: 3,
    }
)
"""450 loans in all."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A way a product is lent: method, months from due date to due date, possible lengths."""

    product: str
    method: Method
    periods: tuple[int, ...]
    months: int = 1
    grace_periods: int = 0
    amort_periods: int | None = None


_EI, _EP, _IO = Method.EQUAL_INSTALMENT, Method.EQUAL_PRINCIPAL, Method.INTEREST_ONLY
SHAPES: Final = (
    Shape("XF", _EI, (12, 24, 36)),
    Shape("NH", Method.BULLET, (6, 12)),
    Shape("XW", _IO, (4, 8), months=3),
    Shape("JY", _EI, (12, 24, 36)),
    Shape("XF", _EP, (12, 24)),
    Shape("DQ", Method.BULLET, (3, 6, 12)),
    Shape("AJ", _EI, (120, 180, 240, 360)),
    Shape("XW", _EP, (12, 24)),
    Shape("JY", Method.BALLOON, (12, 24), amort_periods=60),
    Shape("XF", Method.FLAT, (6, 12, 24)),
    Shape("NH", _IO, (4,), months=3),
    Shape("XW", _EI, (12, 24)),
    Shape("JY", _IO, (12,)),
    Shape("NH", _EI, (18, 24), grace_periods=6),
    Shape("AJ", _EP, (120, 240)),
    Shape("DQ", _IO, (3, 6)),
    Shape("XW", Method.BALLOON, (24,), amort_periods=48),
)


@dataclass(frozen=True, slots=True)
class LoanPlan:
    """A loan as it will be agreed. `turn` is the due date that its story turns on.

    `place` is its number within its story; `draw` is its own source of chance.
    """

    number: int
    story: Story
    place: int
    shape: Shape
    terms: Terms
    turn: dt.date
    draw: Random


def plan_loans(today: dt.date) -> Iterator[LoanPlan]:
    """All loans, as of a day; their number and order are the same on any day."""
    number = 0
    for story, count in COUNTS.items():
        shapes = [shape for shape in SHAPES if _suits(story, shape)]
        for place in range(count):
            draw = Random(f"loan {number}")  # noqa: S311 (the same every time is the point)
            yield _plan(number, story, place, shapes[place % len(shapes)], today, draw)
            number += 1


def _suits(story: Story, shape: Shape) -> bool:
    match story:
        case Story.IN_GRACE:
            return GRACE_DAYS[shape.product] > 0
        case Story.SETTLED:
            return min(shape.periods) * shape.months <= 12
        case Story.PREPAID_PARTLY:
            return shape.method in {_EI, _EP} and shape.months == 1 and not shape.grace_periods
        case Story.PREPAID_FULLY:
            return shape.method in {_EI, _EP, Method.FLAT} and not shape.grace_periods
        case Story.EXTENDED:
            short = max(shape.periods) * shape.months <= 12
            return short and shape.method in {_IO, Method.BULLET}
        case Story.RATE_CHANGED | Story.PENALTY_WAIVED | Story.WITH_CREDIT | Story.REVERSED:
            return shape.method in {_EI, _EP, Method.BALLOON} and not shape.grace_periods
        case Story.WRITTEN_OFF:
            return shape.product in {"XF", "DQ", "JY"}
        case _:
            return True


def _plan(
    number: int, story: Story, place: int, shape: Shape, today: dt.date, draw: Random
) -> LoanPlan:
    turn = _turn(story, place, shape, today, draw)
    periods = _length(story, shape, draw)
    passed = _passed(story, shape, periods, draw)
    terms = _terms(shape, periods, turn, passed, draw)
    return LoanPlan(number, story, place, shape, terms, turn, draw)


def _turn(story: Story, place: int, shape: Shape, today: dt.date, draw: Random) -> dt.date:
    """The due date that makes the story true."""
    if story in _DAYS_PAST:
        first, step, count = _DAYS_PAST[story]
        return today - dt.timedelta(days=first + place * step % count)
    if story is Story.IN_GRACE:
        return today - dt.timedelta(days=1 + place % GRACE_DAYS[shape.product])
    usual = today + dt.timedelta(days=draw.choice(_USUAL_DAYS))
    if story in {Story.SETTLED, Story.PREPAID_FULLY}:
        return add_months(usual, -draw.randrange(1, 6))
    is_later = shape.method is Method.BULLET and draw.random() < 0.4
    return add_months(usual, 1) if is_later else usual


_USUAL_DAYS: Final = (9, 13, 17, 21, 25)
"""Days from today on which most instalments fall: a bank has its usual repayment days."""

_DAYS_PAST: Final[Mapping[Story, tuple[int, int, int]]] = {
    Story.DUE_SOON: (-6, 1, 7),
    Story.OVERDUE_30: (6, 1, 25),
    Story.OVERDUE_60: (31, 3, 30),
    Story.OVERDUE_90: (61, 5, 30),
    Story.OVERDUE_LONG: (91, 17, 300),
    Story.EXTENDED: (20, 4, 60),
    Story.WRITTEN_OFF: (380, 7, 60),
}
"""Days since the turning due date: the first, the step from loan to loan, within how many."""


def _length(story: Story, shape: Shape, draw: Random) -> int:
    if story is Story.SETTLED:
        return draw.choice([n for n in shape.periods if n * shape.months <= 12])
    if story is Story.PREPAID_PARTLY:
        return max(shape.periods)
    return draw.choice(shape.periods)


def _passed(story: Story, shape: Shape, periods: int, draw: Random) -> int:
    """Which instalment falls on the turning due date."""
    if shape.method is Method.BULLET:
        return 1
    if story in {Story.SETTLED, Story.EXTENDED}:
        return periods
    if periods >= 100:
        return draw.randrange(20, 70)
    room = max(HISTORY_MONTHS // shape.months - 2, 2)
    if story in {Story.OVERDUE_LONG, Story.WRITTEN_OFF}:
        return draw.randrange(2, 4)
    return draw.randrange(min(_LEAST.get(story, 2), periods), min(periods, room) + 1)


_LEAST: Final = {
    Story.PREPAID_PARTLY: 6,
    Story.PREPAID_FULLY: 4,
    Story.RATE_CHANGED: 8,
    Story.PENALTY_WAIVED: 5,
    Story.WITH_CREDIT: 3,
    Story.REVERSED: 4,
}
"""The first instalment that may be the turning one, so that there was time for the story."""


def _terms(shape: Shape, periods: int, turn: dt.date, passed: int, draw: Random) -> Terms:
    product = next(each for each in PRODUCTS if each.code == shape.product)
    is_bullet = shape.method is Method.BULLET
    months = periods if is_bullet else passed * shape.months
    fee = product.prepayment_fee_kind
    return Terms(
        method=shape.method,
        principal=_principal(shape.product, draw),
        annual_rate=product.default_rate + Decimal(draw.randrange(-8, 21)) / 1000 / 2,
        disbursed_on=add_months(turn, -months),
        periods=periods,
        frequency_months=shape.months,
        day_count=default_day_count(shape.method),
        # Days 29 to 31 are remembered, for the month of the disbursement may be shorter.
        repay_day=turn.day if turn.day > 28 and not is_bullet else None,
        maturity_on=turn if is_bullet else None,
        amort_periods=shape.amort_periods,
        grace_periods=shape.grace_periods,
        penalty_uplift=product.penalty_uplift,
        grace_days=product.grace_days,
        principal_first_above_dpd=product.principal_first_above_dpd,
        compound=product.compound,
        prepayment_fee=PrepaymentFee(
            FeeKind(fee), product.prepayment_fee_value, product.prepayment_fee_waived_after
        )
        if fee and product.prepayment_fee_value is not None
        else None,
    )


def _principal(product: str, draw: Random) -> int:
    """Fen; whole thousands of yuan, small loans being more frequent."""
    low, high = _LENT[product]
    return int(low * (high / low) ** draw.random()) * 100_000


_LENT: Final = {
    "XF": (20, 200),
    "JY": (80, 1000),
    "NH": (20, 300),
    "AJ": (350, 1800),
    "XW": (300, 5000),
    "DQ": (80, 2000),
}
"""Thousands of yuan, the least and the most."""
