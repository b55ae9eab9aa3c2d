"""Days overdue, the arrears behind them, and how often a loan was late (domain spec, §4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from server.domain.parameters import DEFAULTS, OverdueRules
from server.domain.standing import Bucket, bucket_of


@dataclass(frozen=True, slots=True)
class UnpaidItem:
    """What is still unpaid of one instalment, in fen.

    Penalty and compound interest are left out on purpose: they alone never make a loan overdue.
    """

    due_on: date
    principal: int = 0
    interest: int = 0
    fee: int = 0

    @property
    def total(self) -> int:
        """Fen unpaid in all three parts."""
        return self.principal + self.interest + self.fee


@dataclass(frozen=True, slots=True)
class Overdue:
    """The arrears of a loan on one day; amounts in fen.

    `oldest_unpaid_due` is None exactly when `dpd` is 0. `dpd` counts all parts, so it is never
    below `principal_dpd` or `interest_dpd`.
    """

    dpd: int
    principal_dpd: int
    interest_dpd: int
    overdue_instalments: int
    overdue_amount: int
    oldest_unpaid_due: date | None

    @property
    def bucket(self) -> Bucket:
        """The arrears bucket, M0 to M7+."""
        return bucket_of(self.dpd)


@dataclass(frozen=True, slots=True)
class LateRecord:
    """连三累六: the longest run of late instalments and their number inside the window."""

    max_consecutive: int
    cumulative: int
    hit: bool


def measure_overdue(
    items: Iterable[UnpaidItem], as_of: date, grace_days: int = 0, tolerance: int = 0
) -> Overdue:
    """Measure the arrears of `items` on `as_of`.

    An item counts when more than `tolerance` fen are unpaid and its days of grace have passed;
    it then counts from its due date, the days of grace included. The due date itself is day 0.
    """
    late = [item for item in items if is_past_grace(item.due_on, as_of, grace_days)]
    counted = [item for item in late if item.total > tolerance]
    oldest = min((item.due_on for item in counted), default=None)
    return Overdue(
        dpd=_days_since(oldest, as_of),
        principal_dpd=_days_since(_oldest(late, "principal", tolerance), as_of),
        interest_dpd=_days_since(_oldest(late, "interest", tolerance), as_of),
        overdue_instalments=len(counted),
        overdue_amount=sum(item.total for item in counted),
        oldest_unpaid_due=oldest,
    )


def is_past_grace(due_on: date, as_of: date, grace_days: int = 0) -> bool:
    """Whether something due on `due_on` and still unpaid on `as_of` is overdue."""
    return as_of - due_on > timedelta(days=grace_days)


def is_late(due_on: date, settled_on: date | None, as_of: date, grace_days: int = 0) -> bool:
    """Whether an instalment was, or by `as_of` still is, paid after its due date and grace."""
    paid_on = as_of if settled_on is None else settled_on
    return is_past_grace(due_on, paid_on, grace_days)


def count_late(flags: Sequence[bool], rules: OverdueRules = DEFAULTS.overdue) -> LateRecord:
    """Count the late instalments among the last `rules.late_window` flags (oldest first)."""
    run = longest = total = 0
    for late in flags[-rules.late_window :]:
        run = run + 1 if late else 0
        longest = max(longest, run)
        total += bool(late)
    hit = longest >= rules.late_in_a_row or total >= rules.late_in_total
    return LateRecord(max_consecutive=longest, cumulative=total, hit=hit)


def _oldest(items: Iterable[UnpaidItem], part: str, tolerance: int) -> date | None:
    return min((item.due_on for item in items if getattr(item, part) > tolerance), default=None)


def _days_since(day: date | None, as_of: date) -> int:
    return 0 if day is None else (as_of - day).days
