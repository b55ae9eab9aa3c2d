"""The calculator's areas on risk and conduct: score, fpd, contactlimit, complaint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date
from typing import Any, Final

from server.domain.calculator.fields import text
from server.domain.calculator.reading import (
    code_of,
    date_of,
    flag_of,
    fraction_of,
    moment_of,
    objects_of,
    whole_of,
)
from server.domain.contact_rules import Breach, call_breaches
from server.domain.errors import Invalid
from server.domain.feedback import Complexity, complaint_due_on
from server.domain.fieldwork import CallChannel
from server.domain.first_payment import FirstInstalment, first_payment_default
from server.domain.parameters import DEFAULTS
from server.domain.scorecard import (
    Contactability,
    Facts,
    LastCheck,
    Security,
    WarningLevel,
    score,
)

_HIGHEST_DTI: Final = 10**6
_REASONS: Final = {Breach.QUIET_HOURS: "QUIET_HOURS", Breach.TOO_MANY_CALLS: "DAILY_LIMIT"}


def calculate_score(given: dict[str, Any]) -> dict[str, Any]:
    """The facts of a loan (`domain.scorecard.Facts`) -> points by part, total, grade."""
    dti = None if given.get("dti") is None else fraction_of(given, "dti", high=_HIGHEST_DTI)
    result = score(
        Facts(
            current_dpd=whole_of(given, "current_dpd"),
            max_dpd_12m=whole_of(given, "max_dpd_12m"),
            late_count_12=whole_of(given, "late_count_12"),
            dti=dti,
            security=code_of(given, "security", Security),
            loan_count=whole_of(given, "loan_count"),
            tenure_months=whole_of(given, "tenure_months"),
            settled_loans=whole_of(given, "settled_loans", default=0),
            contact=code_of(given, "contact", Contactability),
            warning=code_of(given, "warning", WarningLevel),
            check=code_of(given, "check", LastCheck),
            impostor_open=flag_of(given, "impostor_open", default=False),
            non_performing=flag_of(given, "non_performing", default=False),
            in_observation=flag_of(given, "in_observation", default=False),
        )
    )
    return {
        "points": asdict(result.points),
        "total": result.total,
        "grade_raw": result.grade_raw,
        "cap": result.cap,
        "grade": result.grade,
    }


def calculate_fpd(given: dict[str, Any]) -> dict[str, Any]:
    """`loans` ({first_due_on, first_paid_on}), `as_of`, `k` days -> first-payment default."""
    loans = objects_of(given, "loans", _first_instalment)
    result = first_payment_default(loans, date_of(given, "as_of"), whole_of(given, "k"))
    percent = result.percent
    return {
        "denominator": result.judged,
        "numerator": result.late,
        "fpd_pct": None if percent is None else format(percent, "f"),
    }


def calculate_contact_limit(given: dict[str, Any]) -> dict[str, Any]:
    """Unanswered `attempts` ({number, at}) so far, `now` -> whether one more call is allowed.

    `number` names whom the call goes to; without it, the number that was tried most today.
    """
    now = moment_of(given, "now")
    usual = DEFAULTS.collection
    limit = whole_of(given, "max_attempts_per_number_per_day", default=usual.calls_most)
    attempts = objects_of(given, "attempts", _attempt)
    today = [number for number, at in attempts if at == now.date()]
    asked = text(given, "number") if given.get("number") is not None else None
    numbers = {asked} if asked is not None else set(today)
    most = max((today.count(number) for number in numbers), default=0)
    rules = replace(usual, calls_most=limit)
    found = call_breaches(CallChannel.PHONE, now.time(), most, rules)
    reasons = [_REASONS[breach] for breach in found if breach in _REASONS]
    return {"allowed": not reasons, "reason": reasons[0] if reasons else None}


def calculate_complaint(given: dict[str, Any]) -> dict[str, Any]:
    """`received_on` -> the last day for an answer, by how complex the matter is."""
    received_on = date_of(given, "received_on")
    try:
        due = {each: complaint_due_on(received_on, each, DEFAULTS.feedback) for each in Complexity}
    except OverflowError as error:
        raise Invalid("received_on", "date") from error
    return {f"{complexity}_due": day.isoformat() for complexity, day in due.items()}


def _first_instalment(item: dict[str, Any]) -> FirstInstalment:
    is_paid = item.get("first_paid_on") is not None
    paid_on = date_of(item, "first_paid_on") if is_paid else None
    return FirstInstalment(date_of(item, "first_due_on"), paid_on)


def _attempt(item: dict[str, Any]) -> tuple[str, date]:
    return text(item, "number"), moment_of(item, "at").date()


AREAS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "score": calculate_score,
    "fpd": calculate_fpd,
    "contactlimit": calculate_contact_limit,
    "complaint": calculate_complaint,
}
