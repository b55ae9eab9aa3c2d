"""Rows and the domain's events are the same fact in two forms."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from server.domain import events
from server.domain.terms import DayCount, FeeKind, Method, PrepaymentFee, Terms
from server.loans.models import EVENT_KINDS, Loan
from server.loans.queries import columns_of, details_of, event_of, kind_of, terms_of

_DAY = dt.date(2026, 2, 1)
_HEAD: dict[str, Any] = {"id": "e1", "value_on": _DAY, "posted_on": dt.date(2026, 2, 3), "order": 4}

EVENTS = (
    events.Opening(**_HEAD, principal=5_000_000),
    events.Opening(
        **_HEAD,
        principal=5_000_000,
        overdue_principal=10,
        interest_due=20,
        penalty_due=30,
        compound_due=40,
        fee_due=50,
        oldest_due_on=dt.date(2025, 12, 1),
    ),
    events.Repayment(**_HEAD, amount=1),
    events.Reversal(**_HEAD, of="e0"),
    events.Waiver(**_HEAD, component=events.Component.PENALTY, amount=5),
    events.Waiver(**_HEAD, component=events.Component.FEE, amount=5, instalment_no=2),
    events.FeeCharge(**_HEAD, amount=7),
    events.FeeCharge(**_HEAD, amount=7, instalment_no=3),
    events.RateChange(**_HEAD, annual_rate=Decimal("0.0605")),
    events.Prepayment(**_HEAD, principal=None),
    events.Prepayment(**_HEAD, principal=9, mode=events.PrepayMode.SHORTEN, fee=0),
    events.Extension(**_HEAD, periods=6),
    events.Extension(
        **_HEAD,
        maturity_on=dt.date(2027, 1, 1),
        annual_rate=Decimal("0.075"),
        method=Method.INTEREST_ONLY,
        frequency_months=3,
    ),
    events.CreditRefund(**_HEAD, amount=3),
    events.WriteOff(**_HEAD),
)


@pytest.mark.parametrize("event", EVENTS, ids=kind_of)
def test_an_event_comes_back_from_its_row_as_it_was(event: events.Event) -> None:
    details = json.loads(json.dumps(details_of(event)))
    row = SimpleNamespace(
        id=event.id,
        kind=kind_of(event),
        value_on=event.value_on,
        posted_on=event.posted_on,
        place=event.order,
        reverses_id=getattr(event, "of", None),
        details=details,
    )
    assert event_of(row) == event


def test_every_kind_of_event_is_kept() -> None:
    assert {kind_of(event) for event in EVENTS} == set(EVENT_KINDS)


def test_every_event_of_the_domain_has_a_kind() -> None:
    # A slotted dataclass leaves its unslotted twin behind, so names are compared.
    known = {kind.__name__ for kind in events.Event.__subclasses__()}
    assert {type(event).__name__ for event in EVENTS} == known


@pytest.mark.parametrize(
    "fee", [None, PrepaymentFee(FeeKind.PERCENT, Decimal("0.01"), waived_after=12)]
)
def test_terms_come_back_from_the_columns_of_a_loan(fee: PrepaymentFee | None) -> None:
    terms = Terms(
        method=Method.BALLOON,
        principal=6_000_000,
        annual_rate=Decimal("0.072"),
        disbursed_on=dt.date(2026, 1, 15),
        periods=6,
        frequency_months=3,
        day_count=DayCount.ACT_365,
        repay_day=20,
        first_due_on=dt.date(2026, 2, 20),
        maturity_on=dt.date(2026, 7, 20),
        amort_periods=36,
        grace_periods=1,
        penalty_uplift=Decimal("0.3"),
        grace_days=3,
        tolerance=50,
        principal_first_above_dpd=None,
        compound=False,
        penalty_basis_days=365,
        prepayment_fee=fee,
    )
    assert terms_of(Loan(**columns_of(terms))) == terms
    assert terms_of(Loan(**columns_of(replace(terms, periods=None)))).periods is None
