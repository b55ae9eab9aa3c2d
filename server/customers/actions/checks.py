"""Whether a customer as entered may be stored: pure checks of one command, all faults at once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Final, TypeVar

from server.customers.actions.commands import NEED, Address, Contact, NewCustomer
from server.customers.models import (
    ADDRESS_KINDS,
    CONTACT_KINDS,
    CONTACT_RELATIONS,
    CUSTOMER_KINDS,
)
from server.domain.contacts import read_bank_card, read_email, read_phone
from server.domain.errors import Invalid
from server.domain.identity import read_resident_id
from server.domain.money import MAX_FEN
from server.domain.organisation import read_credit_code
from server.domain.typed import plain

MAX_NAME: Final = 120
MAX_OCCUPATION: Final = 80
MAX_ADDRESS: Final = 300
MAX_REMARK: Final = 2000
MAX_EVIDENCE: Final = 300
MAX_ROWS: Final = 20

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")
_PHONES: Final = frozenset({"mobile", "landline"})
_GENDERS: Final = (None, "M", "F")

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class CheckedCustomer:
    """A customer that may be stored.

    `values` is the command with every field in its stored form; `id_original` is the ID number
    as typed when that differs (fifteen digits). `missing` are the accepted gaps that are indeed
    gaps. `warnings` are codes for a person to look at.
    """

    values: NewCustomer
    id_original: str
    missing: tuple[str, ...]
    warnings: tuple[str, ...]


def check_customer(
    command: NewCustomer, today: dt.date, need: tuple[str, ...] | None = None
) -> CheckedCustomer:
    """Check one customer. Raises the first `Invalid` that `examine_customer` finds."""
    checked, faults = examine_customer(command, today, need)
    if faults:
        raise faults[0]
    return checked


def examine_customer(
    command: NewCustomer, today: dt.date, need: tuple[str, ...] | None = None
) -> tuple[CheckedCustomer, tuple[Invalid, ...]]:
    """Check every field of one customer and give all that is wrong with it.

    `need` overrides the fields that must be there (`NEED` of the kind). The checked customer is
    only of use when there are no faults.
    """
    if command.kind not in CUSTOMER_KINDS:
        raise Invalid("kind", "unknown")
    return _Examination(command, today).run(NEED[command.kind] if need is None else need)


class _Examination:
    """One run over one command; each step notes its fault and goes on."""

    def __init__(self, command: NewCustomer, today: dt.date) -> None:
        self.command = command
        self.today = today
        self.faults: list[Invalid] = []
        self.warnings: list[str] = []
        self.id_original = ""

    def run(self, need: tuple[str, ...]) -> tuple[CheckedCustomer, tuple[Invalid, ...]]:
        entered = self.command
        person = entered.kind == "person"
        name = self.attempt(_name, entered.name) or ""
        id_no = self.attempt(self._resident if person else self._company, entered.id_no) or ""
        contacts = self._rows("contacts", entered.contacts, self._contact)
        addresses = self._rows("addresses", entered.addresses, self._address)
        self.attempt(self._only_a_person, entered)
        self.attempt(self._birth, entered.birth_on)
        birth_on, gender = self._born(entered, id_no)
        even: dict[str, Any] = {
            "name": name,
            "birth_on": birth_on,
            "gender": gender,
            "id_no": id_no,
            "customer_no": self.attempt(_customer_no, entered.customer_no) or "",
            "spouse_name": self._text(entered.spouse_name, "spouse_name", MAX_NAME),
            "bank_card": self.attempt(self._card, entered.bank_card) or "",
            "contacts": contacts,
            "addresses": addresses,
            "employer": self._text(entered.employer, "employer", MAX_NAME),
            "occupation": self._text(entered.occupation, "occupation", MAX_OCCUPATION),
            "monthly_income": self.attempt(_income, entered.monthly_income),
            "remark": self.attempt(clean_remark, entered.remark) or "",
            "id_evidence": self._text(entered.id_evidence, "id_evidence", MAX_EVIDENCE),
        }
        is_even = attrgetter(*even)(entered) == tuple(even.values())
        values = entered if is_even else replace(entered, **even)
        missing = self._missing(values, need)
        checked = CheckedCustomer(values, self.id_original, missing, tuple(self.warnings))
        return checked, tuple(self.faults)

    def attempt(self, check: Callable[[Value], Value], value: Value) -> Value | None:
        """Give what `check` makes of the value; None when it refuses, which is noted."""
        try:
            return check(value)
        except Invalid as fault:
            self.faults.append(fault)
            return None

    def _text(self, value: str, field: str, limit: int) -> str:
        if not value:
            return ""
        return self.attempt(lambda text: clean(text, field, limit), value) or ""

    def _resident(self, text: str) -> str:
        if not text:
            return ""
        found = read_resident_id(text, self.today)
        self.warnings.extend(f"id_no.{code}" for code in found.warnings)
        if found.original != found.number:
            self.id_original = found.original
        return found.number

    def _company(self, text: str) -> str:
        if not text:
            return ""
        evidence = bool(self.command.id_evidence.strip())
        found = read_credit_code(text, "id_no", with_evidence=evidence)
        self.warnings.extend(f"id_no.{code}" for code in found.warnings)
        return found.code

    def _born(self, entered: NewCustomer, number: str) -> tuple[dt.date | None, str | None]:
        """Birth and gender are the number's; columns that contradict it are refused."""
        if entered.gender not in _GENDERS:
            self.faults.append(Invalid("gender", "unknown"))
        if not number or entered.kind != "person":
            return entered.birth_on, entered.gender
        born_on = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        gender = "M" if int(number[16]) % 2 else "F"
        if entered.birth_on not in {None, born_on}:
            self.faults.append(Invalid("birth_on", "differs_from_id"))
        if entered.gender not in {None, gender}:
            self.faults.append(Invalid("gender", "differs_from_id"))
        return born_on, gender

    def _only_a_person(self, entered: NewCustomer) -> NewCustomer:
        if entered.kind == "company":
            for field in ("gender", "birth_on", "spouse_name"):
                if getattr(entered, field):
                    raise Invalid(field, "not_for_company")
        return entered

    def _birth(self, born_on: dt.date | None) -> dt.date | None:
        if born_on is not None and born_on > self.today:
            raise Invalid("birth_on", "in_future")
        if born_on is not None and born_on.year < 1900:
            raise Invalid("birth_on", "out_of_range")
        return born_on

    def _card(self, text: str) -> str:
        if not text:
            return ""
        card = read_bank_card(text, "bank_card")
        if not card.luhn_holds:
            self.warnings.append("bank_card.luhn")
        return card.number

    def _rows(
        self, field: str, rows: tuple[Value, ...], check: Callable[[Value, str], Value]
    ) -> tuple[Value, ...]:
        if len(rows) > MAX_ROWS:
            self.faults.append(Invalid(field, "too_many", most=MAX_ROWS))
            return ()
        found = []
        for place, row in enumerate(rows):
            try:
                found.append(check(row, f"{field}.{place}"))
            except Invalid as fault:
                self.faults.append(fault)
        return tuple(found)

    def _contact(self, row: Contact, where: str) -> Contact:
        return _at(where, even_contact, row)

    def _address(self, row: Address, where: str) -> Address:
        return _at(where, even_address, row)

    def _missing(self, values: NewCustomer, need: tuple[str, ...]) -> tuple[str, ...]:
        gaps = tuple(field for field in need if not _stands(values, field))
        faulty = {fault.field.partition(".")[0] for fault in self.faults}
        for field in gaps:
            if field in values.incomplete or _place(field) in faulty:
                continue
            self.faults.append(Invalid(_place(field), "missing"))
        return gaps


def even_contact(row: Contact) -> Contact:
    """A contact in its stored form. Raises `Invalid` at a field of the contact."""
    if row.kind not in CONTACT_KINDS:
        raise Invalid("kind", "unknown")
    if row.relation not in CONTACT_RELATIONS:
        raise Invalid("relation", "unknown")
    kind, value = _reached(row.kind, row.value, "value")
    name = clean(row.person_name, "person_name", MAX_NAME)
    if (kind, value, name) == (row.kind, row.value, row.person_name):
        return row
    return Contact(kind, value, row.relation, name, row.id)


def even_address(row: Address) -> Address:
    """An address in its stored form. Raises `Invalid` at a field of the address."""
    if row.kind not in ADDRESS_KINDS:
        raise Invalid("kind", "unknown")
    address = clean(row.address, "address", MAX_ADDRESS)
    if not address:
        raise Invalid("address", "missing")
    return row if address == row.address else Address(address, row.kind, row.id)


def _at(where: str, check: Callable[[Value], Value], row: Value) -> Value:
    """Let a refusal name the row it is about."""
    try:
        return check(row)
    except Invalid as fault:
        raise Invalid(f"{where}.{fault.field}", fault.reason, **fault.detail) from None


def clean(text: str, field: str, limit: int) -> str:
    """Even out a line of text. Raises `Invalid(field, "too_long")` beyond `limit` characters."""
    if not text:
        return ""
    line = _CONTROLS.sub("", plain(text, field))
    if len(line) > limit:
        raise Invalid(field, "too_long", limit=limit)
    return line


def _name(text: str) -> str:
    name = clean(text, "name", MAX_NAME)
    if not name:
        raise Invalid("name", "missing")
    return name


def _customer_no(text: str) -> str:
    number = clean(text, "customer_no", 40)
    if number and not _NUMBER.fullmatch(number):
        raise Invalid("customer_no", "format")
    return number


def _income(fen: int | None) -> int | None:
    if fen is not None and fen < 0:
        raise Invalid("monthly_income", "negative")
    if fen is not None and fen > MAX_FEN:
        raise Invalid("monthly_income", "too_large")
    return fen


def clean_remark(text: str) -> str:
    """A text with its line breaks. Raises `Invalid("remark", "too_long")`."""
    kept = _CONTROLS.sub("", text).replace("\r\n", "\n").strip() if text else ""
    if len(kept) > MAX_REMARK:
        raise Invalid("remark", "too_long", limit=MAX_REMARK)
    return kept


def _reached(kind: str, value: str, where: str) -> tuple[str, str]:
    """The kind and the stored form of a contact: a phone is what its digits say it is."""
    if not value.strip():
        raise Invalid(where, "missing")
    if kind in _PHONES:
        phone = read_phone(value, where)
        return phone.kind.value, phone.number
    if kind == "email":
        return kind, read_email(value, where)
    return kind, clean(value, where, 64)


def _stands(values: NewCustomer, field: str) -> bool:
    if field == "mobile":
        return any(row.kind in _PHONES and row.relation == "self" for row in values.contacts)
    if field == "address":
        return bool(values.addresses)
    return bool(getattr(values, field))


def _place(field: str) -> str:
    """The input at which a missing field is told."""
    return {"mobile": "contacts", "address": "addresses"}.get(field, field)
