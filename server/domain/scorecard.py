"""The scorecard 评分卡: points of a loan from ledger data alone, and its grade (DOMAIN 5).

A card is data: bands with their points, cuts of the grades. A bank that sets other points makes
another card under another version; a score names the version it was made with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import Final

Bands = tuple[tuple[Decimal, int], ...]
"""(highest value of the band, points), ascending; beyond the last band there are no points."""


class Grade(StrEnum):
    """A is the best."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"
    E = "E"


class Security(StrEnum):
    """What stands behind the loan, as the card sees it. LTV is loan to value in per cent."""

    MORTGAGE_LTV50 = "MORTGAGE_LTV50"
    MORTGAGE_LTV70 = "MORTGAGE_LTV70"
    MORTGAGE_LTV_OVER70 = "MORTGAGE_LTV_OVER70"
    GUARANTOR_CLEAN = "GUARANTOR_CLEAN"
    CREDIT = "CREDIT"
    GUARANTOR_DEFAULT = "GUARANTOR_DEFAULT"


class Contactability(StrEnum):
    """Whether the customer can be reached."""

    REACHED = "REACHED"
    NOT_ATTEMPTED = "NOT_ATTEMPTED"
    FAILED = "FAILED"
    LOST = "LOST"


class WarningLevel(StrEnum):
    """The worst warning that is open."""

    NONE = "NONE"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class LastCheck(StrEnum):
    """How the last post-loan check 贷后检查 came out."""

    ON_TIME_CLEAN = "ON_TIME_CLEAN"
    OVERDUE = "OVERDUE"
    ISSUE = "ISSUE"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the ledger knows of a loan and its customer on one day.

    `dti` is instalments over income as a fraction, None where the income is unknown;
    `late_count_12` counts late instalments of the last twelve; `tenure_months` is how long the
    customer is one. The last three cap the grade.
    """

    current_dpd: int
    max_dpd_12m: int
    late_count_12: int
    dti: Decimal | None
    security: Security
    loan_count: int
    tenure_months: int
    settled_loans: int
    contact: Contactability
    warning: WarningLevel
    check: LastCheck
    impostor_open: bool = False
    non_performing: bool = False
    in_observation: bool = False


@dataclass(frozen=True, slots=True)
class Points:
    """The parts of a score; each field is named after the fact it speaks of."""

    current_dpd: int
    max_dpd_12m: int
    late_count_12: int
    dti: int
    security: int
    loan_count: int
    tenure: int
    contact: int
    warning: int
    check: int

    @property
    def total(self) -> int:
        """The sum of the parts."""
        return sum(getattr(self, part.name) for part in fields(self))


@dataclass(frozen=True, slots=True)
class Score:
    """Points and grade: what the points alone give, what caps it, and what holds."""

    points: Points
    total: int
    grade_raw: Grade
    cap: Grade | None
    grade: Grade


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Bands and cuts of one version."""

    version: str
    current_dpd: Bands
    max_dpd_12m: Bands
    late_count_12: Bands
    dti: Bands
    dti_unknown: int
    loan_count: Bands
    tenure: tuple[tuple[int, int], ...]
    """(months at least, points), descending."""
    settled_enough: int
    """So many settled loans earn what the longest tenure does."""
    security: Mapping[Security, int]
    contact: Mapping[Contactability, int]
    warning: Mapping[WarningLevel, int]
    check: Mapping[LastCheck, int]
    cuts: tuple[tuple[int, Grade], ...]
    """(points at least, grade), descending."""
    default_dpd: int = 90
    """Above it the grade is E, whatever the points."""
    serious_dpd: int = 30
    """Above it the grade is D at best."""


def _bands(*pairs: tuple[str | int, int]) -> Bands:
    return tuple((Decimal(high), points) for high, points in pairs)


DEFAULT_CARD: Final = Scorecard(
    version="1",
    current_dpd=_bands((0, 25), (7, 18), (30, 10), (60, 5), (90, 2)),
    max_dpd_12m=_bands((0, 15), (7, 12), (30, 8), (90, 3)),
    late_count_12=_bands((0, 10), (1, 8), (2, 5), (3, 2)),
    dti=_bands(("0.30", 10), ("0.50", 7), ("0.70", 3)),
    dti_unknown=3,
    loan_count=_bands((1, 5), (2, 3)),
    tenure=((24, 5), (12, 3), (0, 1)),
    settled_enough=2,
    security={
        Security.MORTGAGE_LTV50: 10,
        Security.MORTGAGE_LTV70: 8,
        Security.MORTGAGE_LTV_OVER70: 5,
        Security.GUARANTOR_CLEAN: 6,
        Security.CREDIT: 4,
        Security.GUARANTOR_DEFAULT: 0,
    },
    contact={
        Contactability.REACHED: 5,
        Contactability.NOT_ATTEMPTED: 4,
        Contactability.FAILED: 2,
        Contactability.LOST: 0,
    },
    warning={
        WarningLevel.NONE: 10,
        WarningLevel.LOW: 7,
        WarningLevel.MEDIUM: 4,
        WarningLevel.HIGH: 0,
    },
    check={LastCheck.ON_TIME_CLEAN: 5, LastCheck.OVERDUE: 2, LastCheck.ISSUE: 0},
    cuts=((85, Grade.A), (70, Grade.B), (55, Grade.C), (40, Grade.D), (0, Grade.E)),
)
"""The card of the domain specification: 100 points in all."""


def score(facts: Facts, card: Scorecard = DEFAULT_CARD) -> Score:
    """Score a loan with a card."""
    points = Points(
        current_dpd=_within(card.current_dpd, facts.current_dpd),
        max_dpd_12m=_within(card.max_dpd_12m, facts.max_dpd_12m),
        late_count_12=_within(card.late_count_12, facts.late_count_12),
        dti=card.dti_unknown if facts.dti is None else _within(card.dti, facts.dti),
        security=card.security[facts.security],
        loan_count=_within(card.loan_count, facts.loan_count),
        tenure=_tenure(facts, card),
        contact=card.contact[facts.contact],
        warning=card.warning[facts.warning],
        check=card.check[facts.check],
    )
    raw = next(grade for least, grade in card.cuts if points.total >= least)
    cap = _cap(facts, card)
    return Score(points, points.total, raw, cap, raw if cap is None else max(raw, cap))


def _within(bands: Bands, value: int | Decimal) -> int:
    return next((points for high, points in bands if value <= high), 0)


def _tenure(facts: Facts, card: Scorecard) -> int:
    if facts.settled_loans >= card.settled_enough:
        return card.tenure[0][1]
    return next(points for months, points in card.tenure if facts.tenure_months >= months)


def _cap(facts: Facts, card: Scorecard) -> Grade | None:
    if facts.current_dpd > card.default_dpd or facts.non_performing:
        return Grade.E
    if facts.current_dpd > card.serious_dpd or facts.impostor_open:
        return Grade.D
    return Grade.C if facts.in_observation else None
