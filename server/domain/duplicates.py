"""Customers who may be one person, or a person who may be several: signs of 冒名贷款.

Works over plain records of the customers at hand; it knows nothing of tables.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server.domain.contacts import read_phone
from server.domain.errors import Invalid
from server.domain.identity import eighteen, normalise_id
from server.domain.typed import code_text, tight


class Severity(StrEnum):
    """What a finding does: stop the work, need an answer, or be seen."""

    BLOCK = "BLOCK"
    HIGH = "HIGH"
    WARN = "WARN"


class Rule(StrEnum):
    """What was found."""

    SAME_ID_DIFFERENT_NAME = "SAME_ID_DIFFERENT_NAME"
    SAME_PERSON_15_18 = "SAME_PERSON_15_18"
    DUPLICATE_ID = "DUPLICATE_ID"
    SHARED_ACCOUNT = "SHARED_ACCOUNT"
    SHARED_PHONE = "SHARED_PHONE"
    EMPLOYEE_PHONE = "EMPLOYEE_PHONE"


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """One customer as plain text; an empty string or None means not known.

    `id` is whatever names the record to the caller.
    """

    id: str
    name: str = ""
    id_no: str | None = None
    phone: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """`ids` are the records concerned, in the order they were given."""

    rule: Rule
    severity: Severity
    ids: tuple[str, ...]


_WEIGHT: Final = {Severity.BLOCK: 0, Severity.HIGH: 1, Severity.WARN: 2}


def find_duplicates(
    customers: Sequence[CustomerRecord], employee_phones: Iterable[str] = ()
) -> tuple[Finding, ...]:
    """All findings, the gravest first, then by rule and by the first record concerned."""
    places = {customer.id: place for place, customer in enumerate(customers)}
    found = [
        *_by_identity(customers),
        *_shared(customers, _account, Rule.SHARED_ACCOUNT, lambda _: Severity.HIGH),
        *_shared(customers, _phone, Rule.SHARED_PHONE, _phone_severity),
        *_of_employees(customers, frozenset(map(_even_phone, employee_phones))),
    ]
    return tuple(
        sorted(found, key=lambda f: (_WEIGHT[f.severity], f.rule, [places[i] for i in f.ids]))
    )


def _by_identity(customers: Sequence[CustomerRecord]) -> Iterator[Finding]:
    for group in _groups(customers, _person):
        names = {tight(customer.name) for customer in group if customer.name}
        numbers = {normalise_id(customer.id_no or "") for customer in group}
        if len(names) > 1:
            rule = Rule.SAME_ID_DIFFERENT_NAME
        elif len(numbers) > 1:
            rule = Rule.SAME_PERSON_15_18
        else:
            rule = Rule.DUPLICATE_ID
        yield Finding(rule, Severity.BLOCK, tuple(customer.id for customer in group))


def _shared(
    customers: Sequence[CustomerRecord],
    key: Callable[[CustomerRecord], str],
    rule: Rule,
    severity: Callable[[int], Severity],
) -> Iterator[Finding]:
    """Groups of several persons with one key; one person's own records share it by right."""
    for group in _groups(customers, key):
        persons = {_person(customer) or f"record {customer.id}" for customer in group}
        if len(persons) > 1:
            ids = tuple(customer.id for customer in group)
            yield Finding(rule, severity(len(persons)), ids)


def _of_employees(
    customers: Sequence[CustomerRecord], employee_phones: frozenset[str]
) -> Iterator[Finding]:
    for customer in customers:
        if _phone(customer) and _phone(customer) in employee_phones:
            yield Finding(Rule.EMPLOYEE_PHONE, Severity.HIGH, (customer.id,))


def _groups(
    customers: Sequence[CustomerRecord], key: Callable[[CustomerRecord], str]
) -> Iterator[list[CustomerRecord]]:
    groups: defaultdict[str, list[CustomerRecord]] = defaultdict(list)
    for customer in customers:
        groups[key(customer)].append(customer)
    return (group for value, group in groups.items() if value and len(group) > 1)


def _phone_severity(persons: int) -> Severity:
    return Severity.HIGH if persons >= 3 else Severity.WARN


def _person(customer: CustomerRecord) -> str:
    """One text for one person: the 18-character number, also for who is known by the old one."""
    number = normalise_id(customer.id_no or "")
    return eighteen(number) if len(number) == 15 and number.isdecimal() else number


def _phone(customer: CustomerRecord) -> str:
    return _even_phone(customer.phone or "")


def _even_phone(text: str) -> str:
    """The number as it is compared; what is no number is compared as it stands."""
    try:
        return read_phone(text).number
    except Invalid:
        return code_text(text)


def _account(customer: CustomerRecord) -> str:
    return code_text(customer.account or "").replace("-", "")
