"""What happened to a loan since it was agreed, told without a database.

A teller lives through the loan's months with the same `domain.statement` that the ledger uses, and
notes what a person at the counter would have entered on which day. `load` then enters it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from server.demo.stories import HISTORY_MONTHS, LoanPlan, Story
from server.domain.calendar import add_months
from server.domain.events import (
    Component,
    Event,
    Extension,
    Opening,
    Prepayment,
    PrepayMode,
    RateChange,
    Repayment,
    Reversal,
    Waiver,
    WriteOff,
)
from server.domain.plan import make_plan
from server.domain.statement import InstalmentState, Statement, statement
from server.domain.terms import Method

_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Paid:
    """Money received: an act with the amount in fen. `is_extra`: more than anybody asked for."""

    on: dt.date
    amount: int
    is_extra: bool = False


@dataclass(frozen=True, slots=True)
class PaidEarly:
    """A prepayment; `principal` None pays the loan off."""

    on: dt.date
    principal: int | None
    mode: PrepayMode


@dataclass(frozen=True, slots=True)
class Amended:
    """Anything else that was agreed or decided on a loan."""

    on: dt.date
    event: Event
    reason: str


@dataclass(frozen=True, slots=True)
class Bounced:
    """The latest payment before it was asked to be reversed; `is_decided`: and was."""

    on: dt.date
    reason: str
    is_decided: bool = True


Act = Paid | PaidEarly | Amended | Bounced


@dataclass(frozen=True, slots=True)
class History:
    """How a loan came into the ledger, and the acts that followed, in order.

    `booked_on` is the day of the disbursement, or for a loan that was there before the ledger
    (`opening`) the day on which the ledger began.
    """

    booked_on: dt.date
    opening: Opening | None
    acts: tuple[Act, ...]
    sheet: Statement


def tell(plan: LoanPlan, today: dt.date) -> History:
    """Live through a loan up to `today`."""
    teller = _Teller(plan, today)
    _TOLD.get(plan.story, _pay_all)(teller)
    return teller.history()


class _Teller:
    """A loan on its way: the acts so far, and the events that they make."""

    def __init__(self, plan: LoanPlan, today: dt.date) -> None:
        self.plan = plan
        self.today = today
        self.draw = plan.draw
        self.acts: list[Act] = []
        self.events: list[Event] = []
        self.opening = self._taken_over()
        self.last_on = self.opening.value_on if self.opening else plan.terms.disbursed_on

    def history(self) -> History:
        """What was lived through."""
        booked_on = self.opening.value_on if self.opening else self.plan.terms.disbursed_on
        # The ledger gives the event an id of its own.
        opening = replace(self.opening, id="") if self.opening else None
        return History(booked_on, opening, tuple(self.acts), self.sheet(self.today))

    def sheet(self, on: dt.date) -> Statement:
        """The loan's statement of a day."""
        return statement(self.plan.terms, self.events, on)

    def dues(self) -> list[InstalmentState]:
        """The instalments as planned by now that fall due after what happened last."""
        rows = self.sheet(self.last_on).instalments
        return [row for row in rows if row.due_on > self.last_on and row.due.total]

    def pay(self, on: dt.date, amount: int, *, is_extra: bool = False) -> None:
        """Receive money."""
        self.acts.append(Paid(on, amount, is_extra))
        self.events.append(Repayment(**self.facts_on(on), amount=amount))

    def amend(self, on: dt.date, event: Event, reason: str) -> None:
        """Agree or decide something; `event` has the facts of `facts_on`."""
        self.acts.append(Amended(on, event, reason))
        self.events.append(event)
        self.last_on = on

    def prepay(self, on: dt.date, principal: int | None, mode: PrepayMode) -> None:
        """Receive money for what is not yet due; nothing else is owed that day."""
        self.acts.append(PaidEarly(on, principal, mode))
        self.events.append(Prepayment(**self.facts_on(on), principal=principal, mode=mode))
        self.last_on = on

    def bounce(self, on: dt.date, reason: str) -> None:
        """Undo the latest payment."""
        paid = self.events[-1]
        self.acts.append(Bounced(on, reason))
        facts = {**self.facts_on(on), "value_on": paid.value_on}
        self.events.append(Reversal(**facts, of=paid.id))

    def pay_until(self, stop: dt.date, *, may_be_late: bool = True) -> None:
        """Pay each instalment that falls due before `stop`, most on the day."""
        for item in self.dues():
            if item.due_on >= stop:
                return
            self._pay_one(item, may_be_late=may_be_late)

    def _pay_one(self, item: InstalmentState, *, may_be_late: bool) -> None:
        days = self._days_late() if may_be_late else 0
        on = min(item.due_on + days * _DAY, self.today - _DAY)
        on = max(on, self.last_on)
        amount = self.sheet(on).total_due if on > item.due_on else item.unpaid.total
        self.pay(on, amount)
        self.last_on = max(on, item.due_on)

    def _days_late(self) -> int:
        chance = self.draw.random()
        if chance < 0.70:
            return 0
        return -self.draw.randrange(1, 4) if chance < 0.90 else self.draw.randrange(1, 24)

    def facts_on(self, on: dt.date) -> dict[str, Any]:
        """What an event of that day says of itself."""
        place = len(self.events) + 1
        return {"id": f"event {place}", "value_on": on, "posted_on": on, "order": place}

    def _taken_over(self) -> Opening | None:
        """The position of a loan that is older than the ledger; all was paid by then."""
        began_on, terms = add_months(self.today, -HISTORY_MONTHS), self.plan.terms
        if terms.disbursed_on > began_on:
            return None
        past = [row.balance for row in make_plan(terms).rows if row.due_on <= began_on]
        opening = Opening(
            **self.facts_on(began_on),
            principal=past[-1] if past else terms.principal,
            overdue_principal=0,
            interest_due=0,
        )
        self.events.append(opening)
        return opening


def _pay_all(teller: _Teller) -> None:
    teller.pay_until(teller.plan.turn)
    if teller.plan.story is Story.NORMAL:
        _stir(teller)


def _stir(teller: _Teller) -> None:
    """Let something wait for a reviewer, and somebody come in ahead of time today."""
    place, method = teller.plan.place, teller.plan.terms.method
    if place in _DOUBTED:
        asked = Bounced(teller.today - _DAY, "客户反映重复扣款，申请冲正", is_decided=False)
        teller.acts.append(asked)
    elif place % 12 == 5 and method is not Method.BULLET:
        upcoming = teller.sheet(teller.today).next_due
        if upcoming is not None:
            teller.pay(teller.today, upcoming.to_pay)


_DOUBTED: Final = frozenset({0, 3})
"""Normal loans, by their place, whose latest payment a customer says was taken twice."""


def _settle(teller: _Teller) -> None:
    teller.pay_until(teller.today)


def _fall_behind(teller: _Teller) -> None:
    """Stop paying at the turning due date; every third brings a part of it, later."""
    teller.pay_until(teller.plan.turn)
    late_on = teller.plan.turn + 5 * _DAY
    if teller.plan.place % 3 == 0 and late_on < teller.today:
        teller.pay(late_on, _thousands(teller.sheet(late_on).total_due * 3 // 10) or 100_00)


def _write_off(teller: _Teller) -> None:
    teller.pay_until(teller.plan.turn)
    on = teller.today - 25 * _DAY
    teller.amend(on, WriteOff(**teller.facts_on(on)), "借款人失联，追偿无果，经批准核销")


def _prepay_partly(teller: _Teller) -> None:
    """Ten days after a due date a third of the balance comes in."""
    before = _due_before_turn(teller, 3)
    teller.pay_until(before + _DAY, may_be_late=False)
    on = before + 10 * _DAY
    amount = _thousands(teller.sheet(on).principal_balance // 3)
    mode = PrepayMode.SHORTEN if teller.plan.place % 2 else PrepayMode.REDUCE_PAYMENT
    teller.prepay(on, amount, mode)
    teller.pay_until(teller.plan.turn)


def _prepay_fully(teller: _Teller) -> None:
    before = _due_before_turn(teller, 1)
    teller.pay_until(before + _DAY, may_be_late=False)
    teller.prepay(before + 12 * _DAY, None, PrepayMode.REDUCE_PAYMENT)


def _extend(teller: _Teller) -> None:
    """Agreed a week before the maturity, for as long again or half of it."""
    terms, turn = teller.plan.terms, teller.plan.turn
    on = turn - 7 * _DAY
    teller.pay_until(on, may_be_late=False)
    more = max((terms.periods or 2) // 2, 3 if terms.method is Method.BULLET else 2)
    rate = terms.annual_rate + Decimal("0.005")
    event = Extension(**teller.facts_on(on), periods=more, annual_rate=rate)
    teller.amend(on, event, "货款回笼延迟，借款人申请展期，保证人书面同意")
    teller.pay_until(teller.today, may_be_late=False)


def _change_rate(teller: _Teller) -> None:
    """Repriced in the middle of a period, some months ago."""
    on = _due_before_turn(teller, 4) + 11 * _DAY
    teller.pay_until(on, may_be_late=False)
    rate = teller.plan.terms.annual_rate - Decimal("0.0025")
    event = RateChange(**teller.facts_on(on), annual_rate=rate)
    teller.amend(on, event, "LPR下调，按合同约定重定价")
    teller.pay_until(teller.plan.turn)


def _waive(teller: _Teller) -> None:
    """Twenty-two days late for a good reason: the penalty is waived, the rest is paid."""
    late = _due_before_turn(teller, 2)
    teller.pay_until(late, may_be_late=False)
    on = late + 22 * _DAY
    penalty = teller.sheet(on).due.penalty
    event = Waiver(**teller.facts_on(on), component=Component.PENALTY, amount=penalty)
    teller.amend(on, event, "借款人住院期间逾期，经审批减免罚息")
    teller.pay(on, teller.sheet(on).total_due)
    teller.pay_until(teller.plan.turn, may_be_late=False)


def _bring_more(teller: _Teller) -> None:
    """A part of the next instalment, or more than all of it, is there already."""
    teller.pay_until(teller.plan.turn, may_be_late=False)
    on = teller.today - teller.plan.place % 3 * _DAY
    upcoming = teller.sheet(on).next_due
    amount = upcoming.to_pay if upcoming else 0
    is_extra = teller.plan.place % 2 == 1
    teller.pay(on, amount + 500_00 if is_extra else _hundreds(amount // 2), is_extra=is_extra)


def _reverse(teller: _Teller) -> None:
    """A direct debit came back after a day; the money came four days later."""
    bounced = _due_before_turn(teller, 2)
    teller.pay_until(bounced, may_be_late=False)
    item = teller.dues()[0]
    teller.pay(bounced, item.unpaid.total)
    teller.bounce(bounced + _DAY, "代扣退票：余额不足")
    teller.pay(bounced + 5 * _DAY, teller.sheet(bounced + 5 * _DAY).total_due)
    teller.last_on = bounced + 5 * _DAY
    teller.pay_until(teller.plan.turn, may_be_late=False)


_TOLD: Final[Mapping[Story, Callable[[_Teller], None]]] = {
    Story.IN_GRACE: _pay_all,
    Story.OVERDUE_30: _fall_behind,
    Story.OVERDUE_60: _fall_behind,
    Story.OVERDUE_90: _fall_behind,
    Story.OVERDUE_LONG: _fall_behind,
    Story.SETTLED: _settle,
    Story.WRITTEN_OFF: _write_off,
    Story.PREPAID_PARTLY: _prepay_partly,
    Story.PREPAID_FULLY: _prepay_fully,
    Story.EXTENDED: _extend,
    Story.RATE_CHANGED: _change_rate,
    Story.PENALTY_WAIVED: _waive,
    Story.WITH_CREDIT: _bring_more,
    Story.REVERSED: _reverse,
}


def _due_before_turn(teller: _Teller, steps: int) -> dt.date:
    """The due date so many instalments before the turning one."""
    rows = [row.due_on for row in make_plan(teller.plan.terms).rows]
    return rows[max(rows.index(teller.plan.turn) - steps, 0)]


def _thousands(fen: int) -> int:
    return fen // 100_000 * 100_000


def _hundreds(fen: int) -> int:
    return fen // 10_000 * 10_000
