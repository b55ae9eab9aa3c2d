"""The calculator's areas on plans: schedule, due dates, prepayment, extension (and arrears)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from server.domain.calculator.arrears import AREAS as ARREARS
from server.domain.calculator.reading import (
    code_of,
    date_of,
    fen_of,
    fraction_of,
    objects_of,
    whole_of,
)
from server.domain.errors import Invalid
from server.domain.events import PrepayMode, RateChange
from server.domain.extension import extension_limit
from server.domain.money import MAX_FEN, yuan
from server.domain.plan import Instalment, due_dates, make_plan
from server.domain.prepayment import PrepaymentQuote, quote_prepayment
from server.domain.terms import (
    MAX_PERIODS,
    DayCount,
    FeeKind,
    Method,
    PrepaymentFee,
    Terms,
    default_day_count,
)

_FULL: Final = "FULL"
_ALL: Final = "ALL"


def calculate_schedule(given: dict[str, Any]) -> dict[str, Any]:
    """The plan of a loan: its rows and their sums."""
    given = _told(given)
    plan = make_plan(_terms(given), _rate_changes(given))
    return {
        "rows": [_row(row) for row in plan.rows],
        "totals": {
            "principal": yuan(plan.principal),
            "interest": yuan(plan.interest),
            "total": yuan(plan.total),
        },
    }


def calculate_due_dates(given: dict[str, Any]) -> dict[str, Any]:
    """The due dates alone, of a loan of any amount."""
    given = _told(given)
    terms = _terms({"method": "INTEREST_ONLY", "principal": "1.00", "annual_rate": "0"} | given)
    terms.check()
    return {"due_dates": [due_on.isoformat() for due_on in due_dates(terms)]}


def calculate_prepayment(given: dict[str, Any]) -> dict[str, Any]:
    """A partial or full prepayment of a loan paid on time so far."""
    given = _told(given)
    loan = given.get("loan")
    if not isinstance(loan, dict):
        raise Invalid("loan", "missing" if loan is None else "type")
    loan = _told(loan)
    terms = _terms(loan, _fee(given))
    on = date_of(given, "prepay_on")
    is_full, mode = _wish(given)
    principal = None if is_full else fen_of(given, "prepay_principal")
    quote = quote_prepayment(terms, on, principal, mode, _rate_changes(loan))
    paid_rows = whole_of(given, "paid_instalments", high=MAX_PERIODS)
    if paid_rows > quote.paid.paid_rows:
        raise Invalid("prepay_on", "before_last_paid_due")
    if paid_rows < quote.paid.paid_rows:
        raise Invalid("paid_instalments", "instalments_due")
    return _full(quote) if is_full else _partial(quote)


def calculate_extension(given: dict[str, Any]) -> dict[str, Any]:
    """Whether an extension keeps within its limit."""
    given = _told(given)
    found = extension_limit(
        whole_of(given, "original_months", low=1, high=1200),
        whole_of(given, "already_extended_months", default=0, high=1200),
        whole_of(given, "requested_months", high=1200),
    )
    return {"allowed": found.allowed, "limit_total_months": found.limit_total_months}


def _told(given: dict[str, Any]) -> dict[str, Any]:
    """The keys that say something: null is as good as absent."""
    return {key: value for key, value in given.items() if value is not None}


def _terms(given: dict[str, Any], fee: PrepaymentFee | None = None) -> Terms:
    method = code_of(given, "method", Method)
    principal = fen_of(given, "principal")
    if principal > MAX_FEN:
        raise Invalid("principal", "too_large")
    return Terms(
        method=method,
        principal=principal,
        annual_rate=fraction_of(given, "annual_rate", high=1000),
        disbursed_on=date_of(given, "disbursed_on"),
        periods=_maybe_whole(given, "periods"),
        frequency_months=whole_of(given, "frequency_months", default=1),
        day_count=code_of(given, "day_count", DayCount, default_day_count(method)),
        repay_day=_maybe_whole(given, "repay_day"),
        first_due_on=_maybe_date(given, "first_due_on"),
        maturity_on=_maybe_date(given, "maturity_on"),
        amort_periods=_maybe_whole(given, "amort_periods"),
        grace_periods=whole_of(given, "grace_periods", default=0),
        prepayment_fee=fee,
    )


def _maybe_whole(given: dict[str, Any], key: str) -> int | None:
    return whole_of(given, key) if key in given else None


def _maybe_date(given: dict[str, Any], key: str) -> date | None:
    return date_of(given, key) if key in given else None


def _rate_changes(given: dict[str, Any]) -> list[RateChange]:
    if "rate_changes" not in given:
        return []
    return objects_of(given, "rate_changes", _rate_change)


def _rate_change(given: dict[str, Any]) -> RateChange:
    on = date_of(given, "effective_on")
    rate = fraction_of(given, "annual_rate", high=1000)
    return RateChange(id=f"{on} {rate}", value_on=on, posted_on=on, annual_rate=rate)


def _fee(given: dict[str, Any]) -> PrepaymentFee | None:
    fee = given.get("penalty")
    if fee is None:
        return None
    if not isinstance(fee, dict):
        raise Invalid("penalty", "type")
    fee = _told(fee)
    value = "months" if "months" in fee else "value"
    return PrepaymentFee(
        kind=code_of(fee, "type", FeeKind),
        value=fraction_of(fee, value, high=1000),
        waived_after=_maybe_whole(fee, "waived_after"),
    )


def _wish(given: dict[str, Any]) -> tuple[bool, PrepayMode]:
    mode = given.get("mode")
    if mode == _FULL or given.get("prepay_principal") == _ALL:
        if mode == _FULL and given.get("prepay_principal", _ALL) != _ALL:
            raise Invalid("prepay_principal", "not_all")
        return True, PrepayMode.REDUCE_PAYMENT
    return False, code_of(given, "mode", PrepayMode)


def _partial(quote: PrepaymentQuote) -> dict[str, Any]:
    paid = quote.paid
    rows = [_row(row) for row in quote.rows_after]
    return {
        "payment_on_prepay_date": {
            "principal": yuan(paid.principal),
            "interest": yuan(paid.interest),
            "penalty": yuan(paid.fee),
            "total": yuan(quote.total),
            "days": paid.days,
        },
        "rows_after": [{key: row[key] for key in row if key != "days"} for row in rows],
        "new_last_due": quote.new_last_due_on.isoformat(),
        "interest_saved": yuan(quote.interest_saved),
    }


def _full(quote: PrepaymentQuote) -> dict[str, Any]:
    paid = quote.paid
    return {
        "principal": yuan(paid.principal),
        "interest": yuan(paid.interest),
        "penalty": yuan(paid.fee),
        "payoff_total": yuan(quote.total),
        "days": paid.days,
        "interest_saved": yuan(quote.interest_saved),
    }


def _row(row: Instalment) -> dict[str, Any]:
    return {
        "no": row.no,
        "due_on": row.due_on.isoformat(),
        "days": row.days,
        "principal": yuan(row.principal),
        "interest": yuan(row.interest),
        "total": yuan(row.total),
        "balance": yuan(row.balance),
    }


AREAS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "schedule": calculate_schedule,
    "duedates": calculate_due_dates,
    "prepay": calculate_prepayment,
    "extension": calculate_extension,
    **ARREARS,
}
