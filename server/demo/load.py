"""Loading the demo bank: its staff enter eighteen months of work, day by day, by the real actions.

All of it is one transaction: a load that is broken off leaves nothing. What one person enters on
one day goes in as one batch, as an import would.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from random import Random
from typing import Any, Final

from sqlalchemy.orm import Session

from server.customers.actions import create_customers
from server.demo.contracts import plan_contracts
from server.demo.customers import plan_customers
from server.demo.diary import Entry, Step, diary
from server.demo.field_days import enter, hand_in_some, hold_some
from server.demo.history import Paid
from server.demo.people import STAFF, House, found_house
from server.demo.products import add_fields, offer_products
from server.demo.stories import HISTORY_MONTHS, LoanPlan, Story
from server.demo.tablets import change_a_phone_twice, enrol_tablet, register_again
from server.domain.access import Actor, Role
from server.domain.calendar import add_months
from server.feedback.actions import (
    HandleFeedback,
    LogFeedback,
    handle_feedback,
    log_feedback,
)
from server.loans.actions import amend_loan, create_loans, refresh_due_states
from server.repayments.actions import (
    PrepayLoan,
    RecordRepayment,
    approve_reversal,
    prepay_loan,
    record_repayments,
    request_reversal,
)
from server.visits.actions import refresh_due_promises

_OPENED_AT: Final = dt.time(9, 10)
_COUNTER_AT: Final = dt.time(15, 20)
_METHODS: Final = ("auto_debit", "auto_debit", "transfer", "wechat", "alipay", "cash")


@dataclass(slots=True)
class _Bank:
    """What the bank has given ids to so far."""

    session: Session
    now: dt.datetime
    house: House
    products: dict[str, str]
    field_keys: tuple[str, str]
    customers: dict[int, str] = field(default_factory=dict)
    loans: dict[int, str] = field(default_factory=dict)
    payments: dict[int, str] = field(default_factory=dict)
    """The latest payment of each loan, by the loan's number."""
    voices: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Id and version of each case of feedback."""

    def actor(self, username: str, on: dt.date, at: dt.time = _COUNTER_AT) -> Actor:
        """That person at work on that day, never later than now."""
        person = next(each for each in STAFF if each.username == username)
        branch_id = self.house.branches[person.branch] if person.branch else None
        moment = min(dt.datetime.combine(on, at, self.now.tzinfo), self.now)
        staff_id = self.house.staff[username]
        return Actor(staff_id, person.name, person.role, branch_id, moment, on)


def load_demo(session: Session, now: dt.datetime) -> None:
    """Write the demo bank into an empty database, as of `now` (with the bank's timezone).

    The caller begins the write transaction and commits. Takes some ten seconds.
    """
    today = now.date()
    customers = plan_customers()
    entries = diary(customers, plan_contracts(customers, today), today)
    bank = _found(session, now)
    for (on, step, by), group in groupby(entries, attrgetter("batch")):
        at = _OPENED_AT if step <= Step.BOOK else _COUNTER_AT
        _STEPS[step](bank, bank.actor(by, on, at), list(group))
    while refresh_due_states(session, today):
        session.flush()
    _end_of_day(bank, today)


def _end_of_day(bank: _Bank, today: dt.date) -> None:
    """What the desk finds in the morning: broken promises, held payments, cash to sign for."""
    manager = bank.actor("manager2", today)
    while refresh_due_promises(bank.session, manager):
        bank.session.flush()
    officers = [each.username for each in STAFF if each.role is Role.OFFICER]
    actors = [bank.actor(each, today) for each in officers]
    tablets = [enrol_tablet(bank.session, each) for each in actors]
    hold_some(bank.session, {each.owner.user_id or "": each for each in tablets}, today)
    change_a_phone_twice(bank.session, tablets[0], bank.actor("reviewer1", today, _OPENED_AT))
    register_again(bank.session, tablets[1], of=actors[0])
    for place, each in enumerate(actors):
        hand_in_some(bank.session, each, manager, 500 if place == 1 else 0)


def _found(session: Session, now: dt.datetime) -> _Bank:
    """The bank opens three days before its first customer."""
    on = add_months(now.date(), -HISTORY_MONTHS) - dt.timedelta(days=3)
    moment = dt.datetime.combine(on, _OPENED_AT, now.tzinfo)
    founder = Actor(None, "系统初始化", Role.ADMINISTRATOR, None, moment, on, "cli")
    house = found_house(session, founder)
    products = offer_products(session, founder)
    return _Bank(session, now, house, products, add_fields(session, founder))


def _arrive(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    people = [entry.customer for entry in entries if entry.customer is not None]
    commands = [
        each.command(
            bank.house.branches[each.branch],
            bank.house.staff[each.officer],
            bank.field_keys[0],
            bank.now.date(),
        )
        for each in people
    ]
    ids = create_customers(bank.session, actor, commands)
    bank.customers.update(zip((each.number for each in people), ids, strict=True))


def _book(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    contracts = [entry.contract for entry in entries if entry.contract is not None]
    commands = []
    for each in contracts:
        customer, near = each.customer, each.neighbour
        places = (
            bank.house.branches[customer.branch],
            bank.customers[customer.number],
            bank.products[each.plan.shape.product],
        )
        near_id = bank.customers[near.number] if near else None
        officer_id = bank.house.staff[customer.officer]
        commands.append(each.command(places, officer_id, near_id, bank.field_keys[1]))
    ids = create_loans(bank.session, actor, commands)
    bank.loans.update(zip((each.plan.number for each in contracts), ids, strict=True))


def _amend(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    for number, act in _acts(entries):
        amend_loan(bank.session, actor, bank.loans[number], act.event, act.reason)


def _pay(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    plans = [entry.contract.plan for entry in entries if entry.contract is not None]
    commands = [
        _payment(bank, plan, act) for plan, (_, act) in zip(plans, _acts(entries), strict=True)
    ]
    ids = record_repayments(bank.session, actor, commands)
    bank.payments.update(zip((plan.number for plan in plans), ids, strict=True))


def _payment(bank: _Bank, plan: LoanPlan, act: Paid) -> RecordRepayment:
    number = plan.number
    draw = Random(f"payment {number} {act.amount}")  # noqa: S311 (the same every time)
    # Nobody stands at the counter on a weekend, and only a direct debit comes back.
    method = draw.choice(_METHODS if act.on.weekday() < 5 else _METHODS[:-1])
    method = "auto_debit" if plan.story is Story.REVERSED else method
    return RecordRepayment(
        loan_id=bank.loans[number],
        amount=act.amount,
        paid_on=act.on,
        method=method,
        reference="" if method == "cash" else f"{act.on:%Y%m%d}{number:05d}",
        accept_credit=act.is_extra,
    )


def _prepay(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    for number, act in _acts(entries):
        bank.payments[number] = prepay_loan(
            bank.session,
            actor,
            PrepayLoan(
                bank.loans[number],
                act.principal,
                act.on,
                "transfer",
                mode=act.mode,
                reference=f"{act.on:%Y%m%d}{number:05d}P",
            ),
        )


def _bounce(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    for number, act in _acts(entries):
        request = request_reversal(bank.session, actor, bank.payments[number], act.reason)
        if act.is_decided:
            reviewer = bank.actor("reviewer2", actor.today, dt.time(16, 40))
            approve_reversal(bank.session, reviewer, request, "已核对退票清单")


def _hear(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    for entry in entries:
        contract, said = entry.contract, entry.act
        if contract is None:
            continue
        command = LogFeedback(
            bank.customers[contract.customer.number],
            said.kind,
            said.category,
            said.channel,
            said.content,
            said.on,
            bank.loans[contract.plan.number],
        )
        bank.voices[said.number] = (log_feedback(bank.session, actor, command), 1)


def _answer(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    for _, step in _acts(entries):
        case_id, version = bank.voices[step.number]
        command = HandleFeedback(case_id, version, step.text, step.status)
        handle_feedback(bank.session, actor, command)
        bank.voices[step.number] = (case_id, version + 1)


def _go_out(bank: _Bank, actor: Actor, entries: list[Entry]) -> None:
    for entry in entries:
        if (contract := entry.contract) is not None:
            customer_id = bank.customers[contract.customer.number]
            loan_id = bank.loans[contract.plan.number]
            enter(bank.session, actor, entry.act, customer_id, loan_id)


def _acts(entries: list[Entry]) -> Iterator[tuple[int, Any]]:
    """Loan number and act of each entry."""
    for entry in entries:
        if entry.contract is not None:
            yield entry.contract.plan.number, entry.act


_STEPS: Final[Mapping[Step, Callable[[_Bank, Actor, list[Entry]], None]]] = {
    Step.ARRIVE: _arrive,
    Step.BOOK: _book,
    Step.AMEND: _amend,
    Step.PAY: _pay,
    Step.PREPAY: _prepay,
    Step.BOUNCE: _bounce,
    Step.HEAR: _hear,
    Step.ANSWER: _answer,
    Step.GO_OUT: _go_out,
}
