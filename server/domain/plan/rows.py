"""What a plan consists of. Money is fen."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Instalment(NamedTuple):
    """One row of a plan: interest of [start_on, due_on), `balance` is the principal after it."""

    no: int
    start_on: date
    due_on: date
    days: int
    principal: int
    interest: int
    total: int
    balance: int


class Prepaid(NamedTuple):
    """A prepayment in the plan: `paid_rows` fell due before it, `days` of interest are on it."""

    event_id: str
    on: date
    paid_rows: int
    days: int
    principal: int
    interest: int
    fee: int


class TakenOver(NamedTuple):
    """What the plan makes of an opening: rows due by then, and how much principal is overdue."""

    rows: int
    overdue_principal: int


class RateStep(NamedTuple):
    """From the ordinal day `start` on the yearly rate is `rate` (over the course's `scale`)."""

    start: int
    rate: int


class Plan(NamedTuple):
    """The instalments of a loan, oldest first, and their sums."""

    rows: tuple[Instalment, ...]
    principal: int
    interest: int
    total: int


class Course(NamedTuple):
    """A plan with all that happened to it, as the statement needs it.

    `scale` is the denominator of every `RateStep.rate`. `maturity_on` is the last due date agreed
    (prepayments do not move it).
    """

    rows: list[Instalment]
    prepaid: list[Prepaid]
    taken_over: TakenOver | None
    rates: list[RateStep]
    scale: int
    maturity_on: date
