"""The customer form: what was sent becomes a command, what stands becomes what the form shows.

Sensitive values are never sent to a form. A field left empty whose mask is shown keeps its value;
`clear.<field>` empties it. Rows are named `contacts.<place>.<part>`; an empty new row is no row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from server.customers.actions import SEALED, Address, Contact, NewCustomer
from server.customers.queries import CustomerDetail
from server.domain.errors import Conflict, Invalid
from server.domain.fields import FieldDefinition, read_values, show_value
from server.domain.parsing.amounts import parse_amount
from server.domain.parsing.dates import LONG_TERM, parse_expiry
from server.web.entries import Entries
from server.web.forms import FormState
from server.web.labels import label

MAX_ROWS: Final = 20
LEAST_ROWS: Final = {"contacts": 3, "addresses": 2}
"""Rows shown at least, so that the form can be filled without scripts."""

_FILLED: Final = frozenset({"id", "value", "address", "person_name"})
"""The parts that tell an empty row from a filled one."""

_PLAIN: Final = (
    "name",
    "customer_no",
    "id_no",
    "id_evidence",
    "spouse_name",
    "bank_card",
    "employer",
    "occupation",
    "remark",
)
_SHOWN_AT: Final = {"contacts": "contacts.0.value", "addresses": "addresses.0.address"}


@dataclass(slots=True)
class Entered:
    """A form as it was read. `places` says in which row of the form each row of `values` stood."""

    values: NewCustomer
    keep: frozenset[str]
    state: FormState
    places: dict[str, list[int]]

    def refuse(self, faults: Iterable[Invalid]) -> None:
        """Show refusals of the action at the fields of this form."""
        for fault in faults:
            where = _SHOWN_AT.get(fault.field) or self._of_the_form(fault.field)
            self.state.refuse(Invalid(fault.field, fault.reason, **fault.detail))
            if where != fault.field:
                self.state.errors.setdefault(where, self.state.errors.pop(fault.field))

    def _of_the_form(self, name: str) -> str:
        rows, _, rest = name.partition(".")
        place, _, part = rest.partition(".")
        if rows in self.places and place.isdecimal() and int(place) < len(self.places[rows]):
            return f"{rows}.{self.places[rows][int(place)]}.{part}"
        return name


def read_customer(
    form: MultiDict[str, str],
    kind: str,
    branch_id: str,
    definitions: list[FieldDefinition],
    files: Mapping[str, str],
    *,
    editing: bool = False,
) -> Entered:
    """Read the form of a customer of that kind and branch; what is wrong stands in the state.

    `files` are the ids of attachments by the key of their field.
    """
    form = MultiDict((name, text.replace("\x00", "")) for name, text in form.items(multi=True))
    entries = Entries(form)
    plain: dict[str, Any] = {name: form.get(name, "").strip() for name in _PLAIN}
    places: dict[str, list[int]] = {"contacts": [], "addresses": []}
    values = NewCustomer(
        kind=kind,
        branch_id=branch_id,
        officer_id=form.get("officer_id") or None,
        gender=form.get("gender") or None,
        birth_on=entries.optional_day("birth_on"),
        id_expiry_on=_expiry(entries, form),
        monthly_income=_income(entries, form),
        contacts=tuple(_contacts(form, places["contacts"])),
        addresses=tuple(_addresses(form, places["addresses"])),
        extra=read_values(definitions, form, entries.state.refuse, files),
        **plain,
    )
    kept = {name for name in SEALED if not form.get(name, "").strip()} if editing else set()
    cleared = {name for name in SEALED if form.get(f"clear.{name}")}
    return Entered(values, frozenset(kept - cleared), entries.state, places)


def values_of(detail: CustomerDetail, definitions: list[FieldDefinition]) -> dict[str, str]:
    """What the form of a standing customer shows; sensitive values are left out."""
    values = {
        "version": str(detail.version),
        "name": detail.name,
        "customer_no": detail.customer_no,
        "officer_id": detail.officer_id or "",
        "id_expiry_on": detail.id_expiry_on.isoformat() if detail.id_expiry_on else "",
        "gender": detail.gender or "",
        "birth_on": detail.birth_on.isoformat() if detail.birth_on else "",
        "spouse_name": detail.spouse_name,
        "employer": detail.employer,
        "occupation": detail.occupation,
        "remark": detail.remark,
    }
    for place, contact in enumerate(detail.contacts):
        row = f"contacts.{place}"
        values |= {f"{row}.id": contact.id, f"{row}.kind": contact.kind}
        values |= {f"{row}.relation": contact.relation, f"{row}.person_name": contact.person_name}
    for place, address in enumerate(detail.addresses):
        values |= {f"addresses.{place}.id": address.id, f"addresses.{place}.kind": address.kind}
    for definition in definitions:
        values[definition.field] = show_value(definition, detail.extra.get(definition.key))
    return values


def row_count(values: dict[str, Any], rows: str) -> int:
    """How many rows of a kind the form shows: those filled in, one more, and never too few."""
    filled = [
        int(name.split(".")[1])
        for name, text in values.items()
        if _is_row(name, rows) and name.rpartition(".")[2] in _FILLED and text
    ]
    return min(MAX_ROWS, max(max(filled, default=-1) + 2, LEAST_ROWS[rows]))


def take_theirs(
    form: MultiDict[str, str],
    detail: CustomerDetail,
    definitions: list[FieldDefinition],
    fields: frozenset[str],
) -> MultiDict[str, str]:
    """The form with the named fields as they stand: the answer to a conflict."""
    merged: MultiDict[str, str] = MultiDict(
        (name, value) for name, value in form.items(multi=True) if _field(name) not in fields
    )
    for name, value in values_of(detail, definitions).items():
        if _field(name) in fields:
            merged[name] = value
    return merged


@dataclass(frozen=True, slots=True)
class TwoVersions:
    """One field in which two edits differ, as texts. `chosen` is the side that is picked at first:
    mine where only this person changed it, theirs where only the other did, "" where both did.
    """

    name: str
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    chosen: str


def both_versions(
    conflict: Conflict, changed: Mapping[str, Any], officers: Mapping[str, str], kind: str
) -> list[TwoVersions]:
    """Lay two versions side by side, field by field.

    `changed` holds what the other editors' fields were before, as audited; `officers` the names
    of staff by id, `kind` that of the customer.
    """
    relations = "contact_relation" if kind == "person" else "company_contact_relation"
    return [
        _two(name, (conflict.entered[name], theirs), changed, officers, relations)
        for name, theirs in conflict.current.items()
        if conflict.entered[name] != theirs
    ]


def _two(
    name: str,
    sides: tuple[Any, Any],
    changed: Mapping[str, Any],
    officers: Mapping[str, str],
    relations: str,
) -> TwoVersions:
    mine, theirs = sides
    if name == "officer_id":
        mine, theirs = officers.get(mine, mine), officers.get(theirs, theirs)
    untouched = mine == changed.get(name, theirs)
    chosen = "mine" if name not in changed else "theirs" if untouched else ""
    return TwoVersions(name, _lines(name, mine, relations), _lines(name, theirs, relations), chosen)


def _lines(name: str, value: Any, relations: str) -> tuple[str, ...]:
    if isinstance(value, dict):
        return tuple(f"{key}: {each}" for key, each in value.items())
    if isinstance(value, list):
        return tuple(_spoken(name, each, relations) for each in value)
    return (str(value),)


def _spoken(name: str, line: str, relations: str) -> str:
    """A row as the audit keeps it (`self mobile 138****0000`) in words."""
    first, _, rest = line.partition(" ")
    if name == "addresses":
        return f"{label(first, 'address_kind')} {rest}"
    second, _, rest = rest.partition(" ")
    return f"{label(first, relations)} {label(second, 'contact_kind')} {rest}"


def _field(name: str) -> str:
    """The field of a customer that an input belongs to."""
    first, _, rest = name.partition(".")
    return rest if first == "clear" else first


def _is_row(name: str, rows: str) -> bool:
    parts = name.split(".")
    return len(parts) == 3 and parts[0] == rows and _is_place(parts[1])


def _is_place(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 3 and int(text) < MAX_ROWS


def _row_places(form: MultiDict[str, str], rows: str) -> list[int]:
    return sorted({int(name.split(".")[1]) for name in form if _is_row(name, rows)})


def _contacts(form: MultiDict[str, str], places: list[int]) -> Iterable[Contact]:
    for place in _row_places(form, "contacts"):
        row = f"contacts.{place}"
        stored = form.get(f"{row}.id") or None
        value = form.get(f"{row}.value", "").strip()
        if form.get(f"{row}.remove") or not (stored or value):
            continue
        places.append(place)
        yield Contact(
            kind=form.get(f"{row}.kind", "mobile"),
            value=value,
            relation=form.get(f"{row}.relation", "self"),
            person_name=form.get(f"{row}.person_name", ""),
            id=stored,
        )


def _addresses(form: MultiDict[str, str], places: list[int]) -> Iterable[Address]:
    for place in _row_places(form, "addresses"):
        row = f"addresses.{place}"
        stored = form.get(f"{row}.id") or None
        address = form.get(f"{row}.address", "").strip()
        if form.get(f"{row}.remove") or not (stored or address):
            continue
        places.append(place)
        yield Address(address, form.get(f"{row}.kind", "home"), stored)


def _expiry(entries: Entries, form: MultiDict[str, str]) -> Any:
    """The last day of validity; 长期 is no last day."""
    reading = parse_expiry(form.get("id_expiry_on", ""))
    if reading.flag == LONG_TERM or reading.is_empty:
        return None
    if reading.value is None or reading.flag is not None:
        entries.refuse("id_expiry_on", reading.flag or "INVALID_DATE")
        return None
    return reading.value


def _income(entries: Entries, form: MultiDict[str, str]) -> int | None:
    reading = parse_amount(form.get("monthly_income", ""))
    if reading.is_empty:
        return None
    if reading.value is None or reading.flag is not None:
        entries.refuse("monthly_income", reading.flag or "INVALID_AMOUNT")
        return None
    return reading.value
