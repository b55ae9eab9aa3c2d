"""The bank's diary: who enters what on which day, customers, loans and all that followed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from server.demo.contracts import Contract
from server.demo.customers import PlannedCustomer
from server.demo.fieldwork import Called, Promised, Visited, fieldwork_of
from server.demo.history import Amended, Paid, PaidEarly
from server.demo.people import OFFICERS
from server.demo.voices import Handled, Said, voices_of
from server.domain.events import WriteOff

_CHIEF, _REVIEWER = "manager2", "reviewer2"


class Step(IntEnum):
    """What is entered, in the order of one day: an amendment comes before a payment."""

    ARRIVE = 0
    BOOK = 1
    AMEND = 2
    PAY = 3
    PREPAY = 4
    BOUNCE = 5
    HEAR = 6
    ANSWER = 7
    GO_OUT = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the diary: a customer who arrives, or an act on the loan of a contract."""

    on: dt.date
    step: Step
    by: str
    contract: Contract | None
    customer: PlannedCustomer | None = None
    act: Any = None

    @property
    def batch(self) -> tuple[dt.date, Step, str]:
        """What is entered together: a person's work of one kind on one day."""
        return self.on, self.step, self.by


def diary(
    customers: Iterable[PlannedCustomer], contracts: Sequence[Contract], today: dt.date
) -> list[Entry]:
    """All that happened up to `today`, in order. What is of one batch keeps its order."""
    entries = [entry for contract in contracts for entry in _of_contract(contract)]
    entries.extend(_act(contract, act) for contract, act in voices_of(contracts, today))
    entries.extend(_act(contract, act) for contract, act in fieldwork_of(contracts, today))
    entries.extend(_arrivals(customers, contracts, today))
    return sorted(entries, key=lambda entry: entry.batch)


def _of_contract(contract: Contract) -> Iterator[Entry]:
    yield Entry(contract.history.booked_on, Step.BOOK, contract.customer.officer, contract)
    for act in contract.history.acts:
        yield _act(contract, act)


def _act(contract: Contract, act: Any) -> Entry:
    step, by = _who(act, contract.customer)
    return Entry(act.on, step, by, contract, act=act)


def _who(act: Any, customer: PlannedCustomer) -> tuple[Step, str]:
    """What kind of work an act is, and who enters it."""
    tellers = OFFICERS[customer.branch]
    reviewer = "reviewer1" if customer.branch == "101" else _REVIEWER
    match act:
        case Amended(event=WriteOff()):
            return Step.AMEND, _CHIEF
        case Amended():
            return Step.AMEND, reviewer
        case Paid():
            return Step.PAY, tellers[act.on.toordinal() % len(tellers)]
        case PaidEarly():
            return Step.PREPAY, reviewer
        case Said():
            return Step.HEAR, customer.officer
        case Handled():
            return Step.ANSWER, _REVIEWER
        case Visited() | Called() | Promised():
            return Step.GO_OUT, customer.officer
        case _:
            return Step.BOUNCE, customer.officer


def _arrivals(
    customers: Iterable[PlannedCustomer], contracts: Iterable[Contract], today: dt.date
) -> Iterator[Entry]:
    """A customer comes with the first loan taken or guaranteed; who has none came lately."""
    first: dict[int, dt.date] = {}
    for contract in contracts:
        for each in (contract.customer, contract.neighbour):
            if each is not None:
                on = contract.history.booked_on
                first[each.number] = min(first.get(each.number, on), on)
    for each in customers:
        lately = today - dt.timedelta(days=1 + each.number % 40)
        yield Entry(first.get(each.number, lately), Step.ARRIVE, each.officer, None, each)
