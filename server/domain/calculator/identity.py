"""Areas of identity: idno, uscc, phone, bankcard, mask, duplicate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from server.domain.calculator.fields import Fields, day, given, optional_text, text
from server.domain.contacts import luhn_holds, read_bank_card, read_phone
from server.domain.duplicates import CustomerRecord, Finding, find_duplicates
from server.domain.errors import Invalid
from server.domain.identity import read_resident_id
from server.domain.masking import mask
from server.domain.organisation import read_credit_code

MAX_CUSTOMERS: Final = 10_000


def idno(fields: Fields) -> Fields:
    """`value`, `today` -> valid, reason and, for a valid number, birth, sex and province."""
    value, today = text(fields, "value"), day(fields, "today")
    try:
        resident = read_resident_id(value, today, "value")
    except Invalid as refusal:
        return {"valid": False, "reason": refusal.reason}
    return {
        "valid": True,
        "reason": "ok15" if resident.is_old else "ok",
        "birth": resident.born_on.isoformat(),
        "sex": resident.sex.value,
        "province": resident.province,
    }


def uscc(fields: Fields) -> Fields:
    """`value` -> valid, reason (ok, length, charset, checksum)."""
    try:
        read_credit_code(text(fields, "value"), "value")
    except Invalid as refusal:
        if refusal.reason in {"length", "charset", "checksum"}:
            return {"valid": False, "reason": refusal.reason}
        raise
    return {"valid": True, "reason": "ok"}


def phone(fields: Fields) -> Fields:
    """`value` -> valid, normalized, kind."""
    value = text(fields, "value")
    try:
        found = read_phone(value, "value")
    except Invalid:
        return {"valid": False, "normalized": None, "kind": None}
    return {"valid": True, "normalized": found.number, "kind": found.kind.value}


def bankcard(fields: Fields) -> Fields:
    """`value` -> luhn, length_ok. A failed Luhn test is a warning."""
    value = text(fields, "value")
    try:
        card = read_bank_card(value, "value")
    except Invalid as refusal:
        digits = refusal.detail.get("digits")
        holds = isinstance(digits, str) and luhn_holds(digits)
        return {"luhn": holds, "length_ok": False}
    return {"luhn": card.luhn_holds, "length_ok": True}


def masked(fields: Fields) -> Fields:
    """`kind`, `value` -> masked."""
    return {"masked": mask(text(fields, "kind"), text(fields, "value"))}


def duplicate(fields: Fields) -> Fields:
    """`customers` (id, name, id_no, phone, account) -> findings, the gravest first."""
    customers = given(fields, "customers")
    if not isinstance(customers, list):
        raise Invalid("customers", "list")
    if len(customers) > MAX_CUSTOMERS:
        raise Invalid("customers", "too_long", limit=MAX_CUSTOMERS)
    phones = fields.get("employee_phones") or []
    if not isinstance(phones, list) or not all(isinstance(each, str) for each in phones):
        raise Invalid("employee_phones", "list")
    records = [_record(customer) for customer in customers]
    if len({record.id for record in records}) < len(records):
        raise Invalid("id", "repeated")
    return {"findings": [_finding(found) for found in find_duplicates(records, phones)]}


def _record(customer: Any) -> CustomerRecord:
    if not isinstance(customer, dict):
        raise Invalid("customers", "object")
    return CustomerRecord(
        id=text(customer, "id"),
        name=optional_text(customer, "name") or "",
        id_no=optional_text(customer, "id_no"),
        phone=optional_text(customer, "phone"),
        account=optional_text(customer, "account") or optional_text(customer, "repay_account"),
    )


def _finding(found: Finding) -> Fields:
    return {"rule": found.rule.value, "severity": found.severity.value, "ids": list(found.ids)}


AREAS: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "idno": idno,
    "uscc": uscc,
    "phone": phone,
    "bankcard": bankcard,
    "mask": masked,
    "duplicate": duplicate,
}
