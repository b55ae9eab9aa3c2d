"""The codes a loan's standing is told in: state, five-tier class, arrears bucket.

Codes only; words for people are made at the edge. Members stand in order, the mildest first,
so that `worst_*` and comparisons by `rank` need no second table.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class FiveClass(StrEnum):
    """Risk class of 《商业银行金融资产风险分类办法》 (2023 No. 1), mildest first."""

    NORMAL = "NORMAL"
    SPECIAL_MENTION = "SPECIAL_MENTION"
    SUBSTANDARD = "SUBSTANDARD"
    DOUBTFUL = "DOUBTFUL"
    LOSS = "LOSS"

    @property
    def rank(self) -> int:
        """0 for the mildest class, 4 for the worst."""
        return _CLASS_RANK[self]

    @property
    def is_non_performing(self) -> bool:
        """不良: the three worst classes."""
        return self.rank >= _CLASS_RANK[FiveClass.SUBSTANDARD]


class Status(StrEnum):
    """State of a loan; default and non-performing are flags beside it, not states.

    The order is that in which one loan's state speaks for a whole customer: a loan that is over
    says least, one in trouble most.
    """

    SETTLED = "SETTLED"
    TRANSFERRED = "TRANSFERRED"
    APPLIED = "APPLIED"
    PENDING = "PENDING"
    NORMAL = "NORMAL"
    EXTENDED = "EXTENDED"
    RESTRUCTURED = "RESTRUCTURED"
    OVERDUE = "OVERDUE"
    WRITTEN_OFF = "WRITTEN_OFF"

    @property
    def rank(self) -> int:
        """0 for the mildest state, growing with what it says against the customer."""
        return _STATUS_RANK[self]

    @property
    def is_over(self) -> bool:
        """Whether nothing more is expected on the bank's own books."""
        return self in _OVER


class Bucket(StrEnum):
    """Arrears bucket by days overdue: M0 = 0, M1 = 1-30, ... M6 = 151-180, M7+ beyond."""

    M0 = "M0"
    M1 = "M1"
    M2 = "M2"
    M3 = "M3"
    M4 = "M4"
    M5 = "M5"
    M6 = "M6"
    M7_PLUS = "M7+"


_CLASS_RANK: Final = {member: rank for rank, member in enumerate(FiveClass)}
_STATUS_RANK: Final = {member: rank for rank, member in enumerate(Status)}
_OVER: Final = frozenset({Status.SETTLED, Status.TRANSFERRED, Status.WRITTEN_OFF})
_BUCKETS: Final = tuple(Bucket)
_BUCKET_DAYS: Final = 30


def worst_class(classes: Iterable[FiveClass]) -> FiveClass:
    """The worst of some classes; `NORMAL` when there is none."""
    return max(classes, key=_CLASS_RANK.__getitem__, default=FiveClass.NORMAL)


def worst_status(statuses: Iterable[Status]) -> Status | None:
    """The state of a customer, that of the worst loan; None without loans."""
    return max(statuses, key=_STATUS_RANK.__getitem__, default=None)


def bucket_of(dpd: int) -> Bucket:
    """The bucket of a number of days overdue (0 or more)."""
    month = (dpd + _BUCKET_DAYS - 1) // _BUCKET_DAYS
    return _BUCKETS[min(month, len(_BUCKETS) - 1)]
