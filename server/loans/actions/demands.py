"""What a product and the bank's own fields demand of a new loan beside sound terms.

A loan taken over is not asked: its contract stands, whatever was not written down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from server.customers.queries import missing_fields
from server.domain.errors import Invalid
from server.domain.fields import (
    STANDARD_FIELDS,
    FieldDefinition,
    FieldOwner,
    FieldRule,
    rules_of,
)
from server.loans.actions.commands import NewLoan

_OF_TERMS: Final = frozenset({"repay_day", "first_due_on", "maturity_on"})
_NO_SECURITY: Final = "credit"


def customer_fields_needed(field_rules: Mapping[str, str]) -> tuple[str, ...]:
    """The standard fields that a customer must have to be lent under a product."""
    rules = rules_of(field_rules)
    names = STANDARD_FIELDS[FieldOwner.CUSTOMER]
    return tuple(name for name in names if rules[f"customer.{name}"] is FieldRule.REQUIRED)


def demands(
    command: NewLoan,
    field_rules: Mapping[str, str],
    stands: set[str],
    definitions: Iterable[FieldDefinition],
) -> Iterator[Invalid]:
    """What the loan, its customer (of whom the fields `stands` are known) or the bank's own
    fields lack, and what the product does not use.
    """
    rules = rules_of(field_rules)
    for name in STANDARD_FIELDS[FieldOwner.LOAN]:
        given = _given(command, name)
        if rules[f"loan.{name}"] is FieldRule.REQUIRED and not given:
            yield Invalid(name, "required")
        if rules[f"loan.{name}"] is FieldRule.OFF and given and given != _NO_SECURITY:
            yield Invalid(name, "not_of_product")
    if missing_fields(stands, customer_fields_needed(field_rules)):
        yield Invalid("customer_id", "customer_lacks")
    for definition in definitions:
        if definition.required and command.extra.get(definition.key) in (None, ""):
            yield Invalid(definition.field, "required")


def _given(command: NewLoan, name: str) -> Any:
    return getattr(command.terms if name in _OF_TERMS else command, name)
