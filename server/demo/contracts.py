"""Whose loan is whose: each planned loan with its customer, its purpose and what secures it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random
from typing import Final

from server.demo.customers import PlannedCustomer, guarantor_id, mobile, person_name
from server.demo.history import History, tell
from server.demo.stories import LoanPlan, Story, plan_loans
from server.demo.words import COUNTY, FEMALE, PURPOSES, STREETS, SURNAMES
from server.loans.actions import Collateral, Guarantor, NewLoan

APPLICANTS: Final = 15
"""Persons who have no loan yet."""

_COMPANY_SHARE: Final = 0.4
"""Of the loans that both persons and companies take."""


@dataclass(frozen=True, slots=True)
class Contract:
    """A loan of the demo bank, whole: terms, history, borrower and security.

    `neighbour` is a customer of the same branch who guarantees it.
    """

    plan: LoanPlan
    history: History
    customer: PlannedCustomer
    purpose: str
    security: str
    guarantors: tuple[Guarantor, ...]
    collaterals: tuple[Collateral, ...]
    neighbour: PlannedCustomer | None
    is_green: bool

    def command(
        self,
        places: tuple[str, str, str],
        officer_id: str,
        neighbour_id: str | None,
        green_key: str,
    ) -> NewLoan:
        """The loan as it is entered; `places` are the ids of branch, customer and product."""
        branch_id, customer_id, product_id = places
        guarantors = self.guarantors
        if self.neighbour is not None and neighbour_id is not None:
            guarantors = (Guarantor(self.neighbour.values.name, neighbour_id),)
        is_incomplete = self.plan.story is Story.INCOMPLETE
        return NewLoan(
            customer_id=customer_id,
            branch_id=branch_id,
            product_id=product_id,
            officer_id=officer_id,
            terms=self.plan.terms,
            purpose="" if is_incomplete else self.purpose,
            security=self.security,
            guarantors=guarantors,
            collaterals=self.collaterals,
            extra={green_key: True} if self.is_green else {},
            incomplete=("purpose",) if is_incomplete else (),
            opening=self.history.opening,
            imported=self.history.opening is not None or bool(self.customer.values.incomplete),
        )


def plan_contracts(customers: Sequence[PlannedCustomer], today: dt.date) -> list[Contract]:
    """All contracts as of a day."""
    turns = _turns(customers)
    neighbours = _by_branch(customers)
    return [
        _contract(plan, tell(plan, today), next(turns[_kind(plan)]), neighbours)
        for plan in plan_loans(today)
    ]


def _turns(customers: Sequence[PlannedCustomer]) -> Mapping[str, cycle[PlannedCustomer]]:
    """Borrowers in an endless row, the same at every call; some persons stand in it twice."""
    persons = [each for each in customers if each.values.kind == "person"][:-APPLICANTS]
    companies = [each for each in customers if each.values.kind == "company"]
    for row in (persons, companies):
        Random("who borrows").shuffle(row)  # noqa: S311 (the same every time is the point)
    return {"person": cycle(persons), "company": cycle(companies)}


def _kind(plan: LoanPlan) -> str:
    if plan.shape.product == "DQ":
        draw = Random(f"kind {plan.number}")  # noqa: S311
        return "company" if draw.random() < _COMPANY_SHARE else "person"
    return "company" if plan.shape.product == "XW" else "person"


def _by_branch(customers: Sequence[PlannedCustomer]) -> dict[str, list[PlannedCustomer]]:
    found: dict[str, list[PlannedCustomer]] = {}
    for each in customers:
        if each.values.kind == "person":
            found.setdefault(each.branch, []).append(each)
    return found


def _contract(
    plan: LoanPlan,
    history: History,
    customer: PlannedCustomer,
    neighbours: Mapping[str, Sequence[PlannedCustomer]],
) -> Contract:
    draw = Random(f"contract {plan.number}")  # noqa: S311
    security = draw.choice(_SECURITY[plan.shape.product])
    near = draw.choice(neighbours[customer.branch])
    is_near = security == "guarantee" and draw.random() < 0.5 and near is not customer
    is_guaranteed = security in {"guarantee", "combined"}
    return Contract(
        plan=plan,
        history=history,
        customer=customer,
        purpose=draw.choice(PURPOSES[plan.shape.product]),
        security=security,
        guarantors=(_guarantor(plan.number, draw),) if is_guaranteed else (),
        collaterals=_collaterals(plan, security, draw),
        neighbour=near if is_near else None,
        is_green=plan.shape.product in {"NH", "XW"} and draw.random() < 0.15,
    )


_SECURITY: Final = {
    "XF": ("credit",),
    "JY": ("guarantee", "mortgage", "credit"),
    "NH": ("guarantee", "guarantee", "credit"),
    "AJ": ("mortgage",),
    "XW": ("combined", "mortgage", "guarantee"),
    "DQ": ("pledge", "guarantee"),
}


def _guarantor(number: int, draw: Random) -> Guarantor:
    gender = draw.choice("MF")
    name = (
        person_name(draw, gender) if gender == "M" else draw.choice(SURNAMES) + draw.choice(FEMALE)
    )
    return Guarantor(name, None, guarantor_id(number, gender), mobile(2000 + number))


def _collaterals(plan: LoanPlan, security: str, draw: Random) -> tuple[Collateral, ...]:
    value = plan.terms.principal * draw.randrange(14, 23) // 10
    valued_on = plan.terms.disbursed_on - dt.timedelta(days=draw.randrange(5, 30))
    if security == "pledge":
        return (Collateral("本行定期存单质押", value, valued_on),)
    if security not in {"mortgage", "combined"}:
        return ()
    size = draw.randrange(70, 160)
    what = "住宅" if plan.shape.product in {"AJ", "JY"} else "工业厂房"
    where = f"{COUNTY}城关镇{draw.choice(STREETS)}{draw.randrange(1, 300)}号"
    return (Collateral(f"{where}{what}，建筑面积{size}平方米", value, valued_on),)
