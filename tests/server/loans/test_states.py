"""Whatever happens in whatever order, the derived rows say what the events say."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database import record
from server.domain.errors import Invalid
from server.domain.events import (
    Component,
    CreditRefund,
    Event,
    Extension,
    FeeCharge,
    RateChange,
    Waiver,
)
from server.domain.terms import Method
from server.loans.actions import amend_loan, differences, rebuild, reverse_amendment
from server.loans.models import LoanEvent, LoanState
from server.repayments.actions import (
    PrepayLoan,
    RecordRepayment,
    approve_reversal,
    prepay_loan,
    record_repayment,
    request_reversal,
)
from server.repayments.models import Repayment
from tests.server.bank import TODAY, Bank, add_loan

_MONEY = {Component.PENALTY, Component.INTEREST, Component.PRINCIPAL}


class _Story:
    """A random but repeatable life of one loan, told through the actions."""

    def __init__(self, bank: Bank, seed: int) -> None:
        self.bank, self.chance = bank, random.Random(seed)
        method = self.chance.choice([each for each in Method if each is not Method.BALLOON])
        self.start = TODAY - dt.timedelta(days=self.chance.randrange(20, 500))
        self.loan_id = add_loan(
            bank,
            method=method,
            disbursed_on=self.start,
            periods=self.chance.randrange(1, 24),
            grace_days=self.chance.choice([0, 0, 5]),
            imported=True,
        )

    def step(self) -> bool:
        """Do one thing; what the rules refuse leaves nothing behind."""
        acts = (self._pay, self._pay, self._pay, self._amend, self._prepay, self._undo)
        try:
            with record.savepoint(self.bank.session):
                self.chance.choice(acts)()
        except Invalid:
            return False
        return True

    def _day(self) -> dt.date:
        return self.start + dt.timedelta(days=self.chance.randrange((TODAY - self.start).days + 1))

    def _pay(self) -> None:
        command = RecordRepayment(
            self.loan_id,
            self.chance.choice([1, 50_000, 1_021_105, 3_000_000]),
            self._day(),
            "cash",
            accept_credit=True,
            accept_double=True,
        )
        record_repayment(self.bank.session, self.bank.actor("chief"), command)

    def _prepay(self) -> None:
        principal = self.chance.choice([None, 100_000, 1_000_000])
        command = PrepayLoan(self.loan_id, principal, TODAY, "cash")
        prepay_loan(self.bank.session, self.bank.actor("chief"), command)

    def _amend(self) -> None:
        on, chance = self._day(), self.chance
        head: dict[str, Any] = {"id": "", "value_on": on, "posted_on": on}
        event: Event = chance.choice(
            [
                Waiver(**head, component=chance.choice(sorted(_MONEY)), amount=500),
                FeeCharge(**head, amount=2_000),
                RateChange(**head, annual_rate=Decimal(chance.randrange(1, 20)) / 100),
                Extension(**head, periods=1),
                CreditRefund(**head, amount=100),
            ]
        )
        amend_loan(self.bank.session, self.bank.actor("chief"), self.loan_id, event, "随机")

    def _undo(self) -> None:
        session, actor = self.bank.session, self.bank.actor("reviewer")
        row = self.chance.choice(
            session.scalars(
                select(LoanEvent).where(LoanEvent.loan_id == self.loan_id).order_by(LoanEvent.place)
            ).all()
            or [None]
        )
        if row is None:
            return
        if session.get(Repayment, row.id) is None:
            reverse_amendment(session, actor, self.loan_id, row.id, "随机")
            return
        request_id = request_reversal(session, actor, row.id, "随机")
        approve_reversal(session, self.bank.actor("manager"), request_id)


@pytest.mark.parametrize("seed", range(12))
def test_after_any_events_the_state_is_what_the_domain_says(
    session: Session, bank: Bank, seed: int
) -> None:
    story = _Story(bank, seed)
    done = sum(story.step() for _ in range(15))
    session.commit()
    assert done > 3
    assert list(differences(session)) == []


def test_a_state_that_was_tampered_with_is_found_and_mended(session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, contract_no="HT1")
    session.commit()
    session.execute(update(LoanState).values(dpd=0, principal_balance=1))
    session.commit()
    found = {(each.column, each.kept) for each in differences(session)}
    assert found == {("dpd", 0), ("principal_balance", 1)}
    assert rebuild(session) == 1
    session.commit()
    assert list(differences(session)) == []
    assert session.get_one(LoanState, loan_id).dpd == 23
