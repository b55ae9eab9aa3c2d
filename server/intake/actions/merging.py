"""A row beside what stands: the customer or loan as the row would have it, and what that changes.

Only fields that the row fills count; what a ledger leaves blank is no wish to delete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from server.customers.actions import Address, Contact, NewCustomer
from server.domain.ledger.columns import KEPT
from server.domain.ledger.rows import Fault
from server.domain.money import yuan
from server.domain.terms import Terms
from server.intake.queries.standing import StandingLoan
from server.loans.actions import NewLoan
from server.loans.queries import terms_of

_CUSTOMER_FIELDS: Final = {
    "customer_no": "customer_no",
    "id_expiry_on": "id_expiry_on",
    "gender": "gender",
    "birth_on": "birth_on",
    "spouse_name": "spouse_name",
    "repay_account": "bank_card",
    "employer": "employer",
    "occupation": "occupation",
    "monthly_income": "monthly_income",
    "customer_remark": "remark",
}
_TERM_FIELDS: Final = {
    "principal_amount": ("principal",),
    "annual_rate": ("annual_rate",),
    "monthly_rate_permille": ("annual_rate",),
    "repay_method": ("method", "frequency_months"),
    "frequency_months": ("frequency_months",),
    "disbursed_on": ("disbursed_on",),
    "term_months": ("periods",),
    "maturity_on": ("maturity_on",),
    "repay_day": ("repay_day",),
    "first_due_on": ("first_due_on",),
    "amort_periods": ("amort_periods",),
    "grace_periods": ("grace_periods",),
    "grace_days": ("grace_days",),
    "day_count": ("day_count",),
    "penalty_uplift": ("penalty_uplift",),
}
_DESCRIBING: Final = {
    "iou_no": "iou_no",
    "purpose": "purpose",
    "security_type": "security",
    "remark": "remark",
}
_POSITION: Final = {
    "principal_balance": "principal",
    "overdue_principal": "overdue_principal",
    "interest_due": "interest_due",
    "penalty_due": "penalty_due",
}


def merged_customer(old: NewCustomer, new: NewCustomer, given: frozenset[str]) -> NewCustomer:
    """The customer that stands, with what the row says of it."""
    changes: dict[str, Any] = {
        name: getattr(new, name) for field, name in _CUSTOMER_FIELDS.items() if field in given
    }
    if new.id_no and not old.id_no:
        changes["id_no"] = new.id_no
    if new.officer_id is not None:
        changes["officer_id"] = new.officer_id
    if new.extra:
        changes["extra"] = merged_extra(old.extra, new.extra)
    if new.addresses:
        changes["addresses"] = _addresses(old.addresses, new.addresses)
    if new.contacts:
        changes["contacts"] = _contacts(old.contacts, new.contacts)
    return replace(old, **changes)


def merged_extra(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The bank's own fields, those kept from its ledger among them."""
    merged = {**old, **new}
    if KEPT in old and KEPT in new:
        merged[KEPT] = {**old[KEPT], **new[KEPT]}
    return merged


def _addresses(old: tuple[Address, ...], new: tuple[Address, ...]) -> tuple[Address, ...]:
    if not old:
        return new
    if any(each.address == new[0].address for each in old):
        return old
    return (replace(old[0], address=new[0].address), *old[1:])


def _contacts(old: tuple[Contact, ...], new: tuple[Contact, ...]) -> tuple[Contact, ...]:
    """A phone that is not there takes the place of the one that stood for it, or joins them."""
    kept = list(old)
    known = {(each.value, each.relation) for each in old}
    wanted = {(each.value, each.relation) for each in new}
    for contact in new:
        if (contact.value, contact.relation) in known:
            continue
        for place, each in enumerate(kept):
            stands_for = each.relation == contact.relation and each.kind == contact.kind
            if stands_for and (each.value, each.relation) not in wanted:
                kept[place] = replace(contact, id=each.id)
                break
        else:
            kept.append(contact)
    return tuple(kept)


def changed_terms(standing: StandingLoan, new: Terms, given: frozenset[str]) -> dict[str, Any]:
    """The terms in which a row differs from the loan: `{column: (attribute, old, new)}`."""
    old = terms_of(standing.loan)
    found = {}
    for column, names in _TERM_FIELDS.items():
        if column not in given:
            continue
        for name in names:
            before, after = getattr(old, name), getattr(new, name)
            if before != after and not (
                name == "frequency_months" and column == "repay_method" and after == 1
            ):
                found[column] = (name, before, after)
    return found


def position_faults(standing: StandingLoan, values: Mapping[str, Any]) -> list[Fault]:
    """Where a ledger's figures are neither those taken over nor those of today."""
    opening = standing.opening or {}
    found = []
    for column, name in _POSITION.items():
        said = values.get(column)
        if said is None:
            continue
        known = {opening.get(name)}
        if column == "principal_balance":
            known.add(standing.balance)
        else:
            known.add(getattr(standing.loan.state, _STATE_OF[column]))
        if said not in known:
            here = standing.balance if column == "principal_balance" else None
            detail = {} if here is None else {"ledger": yuan(here), "row": yuan(said)}
            found.append(Fault(column, "differs_from_ledger", detail))
    return found


_STATE_OF: Final = {
    "overdue_principal": "overdue_principal",
    "interest_due": "overdue_interest",
    "penalty_due": "penalty_due",
}


def described(standing: StandingLoan, new: NewLoan, given: frozenset[str]) -> dict[str, Any]:
    """The describing columns of a loan that a row would change."""
    loan = standing.loan
    wanted: dict[str, Any] = {
        name: getattr(new, name) for field, name in _DESCRIBING.items() if field in given
    }
    if new.officer_id is not None:
        wanted["officer_id"] = new.officer_id
    if new.extra:
        wanted["extra"] = merged_extra(loan.extra, new.extra)
    gaps = [field for field in loan.incomplete if field in new.incomplete]
    if gaps != loan.incomplete:
        wanted["incomplete"] = gaps
    return {
        name: value
        for name, value in wanted.items()
        if (getattr(loan, name) or None) != (value or None)
    }
