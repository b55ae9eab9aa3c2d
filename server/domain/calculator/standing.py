"""The calculator's areas on the standing of a loan: days, class, observation, cost."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from server.domain.calculator.reading import (
    amounts_of,
    code_of,
    date_of,
    dates_of,
    fen_of,
    flag_of,
    fraction_of,
    list_of,
    objects_of,
    refuse_unknown,
    whole_of,
)
from server.domain.classification import Circumstances, Segment, classify
from server.domain.cost import monthly_cost, rate_caps
from server.domain.errors import Invalid
from server.domain.money import yuan
from server.domain.observation import earliest_upgrade_on, observation_ends_on
from server.domain.overdue import UnpaidItem, count_late, measure_overdue
from server.domain.standing import FiveClass

_PERCENT_MONTHLY: Final = Decimal("0.000001")
_PERCENT_ANNUAL: Final = Decimal("0.0001")
_PERCENT_CAP: Final = Decimal("0.01")
_COST_TOLERANCE: Final = "0.0002"
"""Percentage points by which two right calculations of a cost may differ."""

_TROUBLES: Final = (
    "technical",
    "misuse",
    "borrow_new",
    "small_rollover",
    "impaired",
    "evasion",
    "bankrupt",
    "rating_collapse",
    "extended_in_difficulty",
    "restructured",
    "in_observation",
    "restructure_again",
    "cured",
    "debtor_any_npl",
)
_SHARES: Final = ("ecl", "debtor_npl_share", "debtor_all_banks_over90_share")
_CIRCUMSTANCES: Final = frozenset({"dpd", "segment", "pre_class", *_TROUBLES, *_SHARES})
_OTHER_NAMES: Final = {
    "debt_evasion": "evasion",
    "evade": "evasion",
    "evade_debt": "evasion",
    "evades_debt": "evasion",
    "evading": "evasion",
    "evading_debt": "evasion",
    "dodge_debt": "evasion",
    "debt_dodging": "evasion",
    "external_rating_collapse": "rating_collapse",
    "rating_drop": "rating_collapse",
    "rating_downgrade": "rating_collapse",
}
_OBSERVED: Final = frozenset(
    {"first_due_after_restructure", "frequency_months", "missed_due_dates"}
)


def calculate_dpd(given: dict[str, Any]) -> dict[str, Any]:
    """Days overdue of `items` (due_on, unpaid) on `as_of`."""
    found = measure_overdue(
        objects_of(given, "items", _unpaid_item),
        as_of=date_of(given, "as_of"),
        grace_days=whole_of(given, "grace_days", default=0, high=3650),
        tolerance=fen_of(given, "tolerance", default="0.00"),
    )
    oldest = found.oldest_unpaid_due
    return {
        "dpd": found.dpd,
        "overdue_instalments": found.overdue_instalments,
        "overdue_amount": yuan(found.overdue_amount),
        "oldest_unpaid_due": oldest.isoformat() if oldest else None,
    }


def calculate_classification(given: dict[str, Any]) -> dict[str, Any]:
    """The minimum class of the circumstances; every key but `dpd` may be left out."""
    facts = {_OTHER_NAMES.get(key, key): value for key, value in given.items()}
    refuse_unknown(facts, _CIRCUMSTANCES)
    found = classify(_circumstances(facts))
    return {
        "minimum_class": str(found.minimum_class),
        "reasons": [str(reason) for reason in found.reasons],
        "non_performing": found.non_performing,
    }


def calculate_observation(given: dict[str, Any]) -> dict[str, Any]:
    """The end of observation; `missed_due_dates` may be given too."""
    refuse_unknown(given, _OBSERVED)
    ends_on = observation_ends_on(
        date_of(given, "first_due_after_restructure"),
        whole_of(given, "frequency_months", low=1, high=600),
        dates_of(given, "missed_due_dates", required=False),
    )
    return {"observation_ends_on": ends_on.isoformat()}


def calculate_cure(given: dict[str, Any]) -> dict[str, Any]:
    """The earliest upgrade, null while too few later instalments were paid on time."""
    earliest = earliest_upgrade_on(
        date_of(given, "arrears_cleared_on"), dates_of(given, "later_due_dates_paid_on_time")
    )
    return {"earliest_upgrade_on": earliest.isoformat() if earliest else None}


def calculate_consecutive(given: dict[str, Any]) -> dict[str, Any]:
    """连三累六 over `late_flags` (0 or 1, the oldest first)."""
    record = count_late([_late_flag(flag) for flag in list_of(given, "late_flags")])
    return {
        "max_consecutive": record.max_consecutive,
        "cumulative": record.cumulative,
        "hit": record.hit,
    }


def calculate_disclosure(given: dict[str, Any]) -> dict[str, Any]:
    """The annualised cost in percent; `tolerance_pct` is what a comparison may allow."""
    cost = monthly_cost(fen_of(given, "net_received"), amounts_of(given, "payments"))
    return {
        "monthly_irr_pct": _percent(cost.monthly, _PERCENT_MONTHLY),
        "annual_simple_pct": _percent(cost.annual_simple, _PERCENT_ANNUAL),
        "annual_compound_pct": _percent(cost.annual_compound, _PERCENT_ANNUAL),
        "tolerance_pct": _COST_TOLERANCE,
    }


def calculate_ratecap(given: dict[str, Any]) -> dict[str, Any]:
    """A cost held against four times LPR and the lines of 24 % and 36 %; all in percent."""
    lpr = fraction_of(given, "lpr_1y_pct", high=100) / 100
    cost = fraction_of(given, "effective_annual_pct", high=1_000_000) / 100
    caps = rate_caps(lpr, cost)
    return {
        "four_lpr_pct": _exact_percent(caps.lpr_limit),
        "exceeds_4lpr": caps.exceeds_lpr_limit,
        "exceeds_24": caps.exceeds_lower_line,
        "exceeds_36": caps.exceeds_upper_line,
    }


def _unpaid_item(item: dict[str, Any]) -> UnpaidItem:
    return UnpaidItem(date_of(item, "due_on"), principal=fen_of(item, "unpaid"))


def _circumstances(given: dict[str, Any]) -> Circumstances:
    pre_class = given.get("pre_class")
    facts: dict[str, Any] = {key: flag_of(given, key, default=False) for key in _TROUBLES}
    facts |= {key: fraction_of(given, key, default="0") for key in _SHARES}
    return Circumstances(
        dpd=whole_of(given, "dpd", high=100_000),
        segment=code_of(given, "segment", Segment, Segment.RETAIL),
        pre_class=None if pre_class is None else code_of(given, "pre_class", FiveClass),
        **facts,
    )


def _late_flag(flag: object) -> bool:
    if not isinstance(flag, int) or flag not in {0, 1}:
        raise Invalid("late_flags", "type")
    return bool(flag)


def _percent(rate: Decimal, places: Decimal) -> str:
    return format((rate * 100).quantize(places, rounding=ROUND_HALF_UP), "f")


def _exact_percent(rate: Decimal) -> str:
    """Two places, more where the figure has them: a limit is never rounded."""
    percent = rate * 100
    rounded = percent.quantize(_PERCENT_CAP)
    return format(rounded if rounded == percent else percent.normalize(), "f")


AREAS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "dpd": calculate_dpd,
    "classification": calculate_classification,
    "observation": calculate_observation,
    "cure": calculate_cure,
    "consecutive": calculate_consecutive,
    "disclosure": calculate_disclosure,
    "ratecap": calculate_ratecap,
}
