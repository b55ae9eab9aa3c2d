"""From a row of a ledger to a customer and a loan that may be written: pure, one row at a time.

What a row refuses is told with the column's field; what it lacks is a fault too, unless somebody
accepted incomplete rows: then the gap is written into the record itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from server.customers.actions import (
    Address,
    CheckedCustomer,
    Contact,
    CustomerRows,
    NewCustomer,
    examine_customer,
)
from server.customers.queries import blind_id
from server.customers.queries.needles import blind_phone
from server.database import new_id
from server.domain.errors import Invalid
from server.domain.ledger.cells import as_text, word_key
from server.domain.ledger.columns import CUSTOM, KEPT, KEPT_FIELDS, LOAN_FIELDS
from server.domain.ledger.position import position_of_row
from server.domain.ledger.rows import Fault, LedgerRow
from server.domain.ledger.terms import column_of_term, terms_of_row
from server.domain.parameters import Parameters
from server.intake.actions.choices import Bounds, Choices, Surroundings
from server.loans.actions import (
    CheckedLoan,
    Collateral,
    Guarantor,
    LoanRows,
    NewLoan,
    examine_loan,
)

_COMPANY_ENDINGS: Final = (
    "公司",
    "厂",
    "合作社",
    "企业",
    "中心",
    "商行",
    "经营部",
    "集团",
    "工作室",
)
_PERSON_IDS: Final = frozenset({"RESIDENT_ID", "TEMPORARY_ID", "HOUSEHOLD_BOOK", None})
_COMPANY_IDS: Final = frozenset({"BUSINESS_LICENCE", None})
_FIGURES: Final = ("principal_balance", "overdue_principal", "interest_due", "penalty_due")
_LOAN_COLUMNS: Final = frozenset(LOAN_FIELDS) - {"remark"}
_CUSTOMER_COLUMN: Final = {
    "name": "customer_name",
    "kind": "customer_type",
    "contacts": "mobile",
    "addresses": "address",
    "bank_card": "repay_account",
}
_SECURITIES: Final = {
    "CREDIT": "credit",
    "GUARANTEE": "guarantee",
    "MORTGAGE": "mortgage",
    "PLEDGE": "pledge",
    "COMBINED": "combined",
}


class Who(NamedTuple):
    """Whose row it is: the keys by which a customer is known, the surest first.

    `id_index` and `phone_index` are blind; the phone is asked where there is no number.
    """

    keys: tuple[str, ...]
    name: str
    branch_id: str
    customer_no: str
    id_index: str
    phone_index: str


class Which(NamedTuple):
    """Which loan it is."""

    contract_no: str
    iou_no: str
    disbursed_on: dt.date
    principal: int


class Told(NamedTuple):
    """All that a row says, to be laid beside what stands; the loan has no customer yet.

    `given` are the fields the row fills, `figures` its position by column: on what stands already
    only these are compared.
    """

    customer: CheckedCustomer
    loan: CheckedLoan | None
    given: frozenset[str]
    figures: Mapping[str, int]


class Prepared(NamedTuple):
    """A row ready to be laid beside what stands. With `faults` it goes no further.

    `told` gives what it says, and is asked only where that is needed. `rows` and `loan_rows` are
    those to be written, where they were made ahead.
    """

    row_no: int
    faults: tuple[Fault, ...]
    remarks: tuple[Fault, ...]
    who: Who | None = None
    which: Which | None = None
    told: Callable[[], Told] | None = None
    rows: CustomerRows | None = None
    loan_rows: LoanRows | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """All that decides how rows are prepared, the same for every row of a run.

    `has_loans`: the sheet has columns of loans at all (a list of customers has none);
    `has_own_fields`: it has columns of the bank's own fields.
    """

    choices: Choices
    around: Surroundings
    as_of: dt.date
    today: dt.date
    rules: Parameters

    has_loans: bool
    has_own_fields: bool


def who_is(values: NewCustomer) -> Who:
    """The keys of a customer: numbers, or name and phone, or the bare name within the branch."""
    keys = []
    id_index = phone_index = ""
    if values.id_no:
        id_index = blind_id(values.id_no)
        keys.append(f"id {id_index}")
    if values.customer_no:
        keys.append(f"no {values.customer_no}")
    if not keys and values.contacts:
        phone_index = blind_phone(values.contacts[0].value)
        keys.append(f"tel {values.name} {phone_index}")
    keys = keys or [f"name {values.name} {values.branch_id}"]
    return Who(
        tuple(keys), values.name, values.branch_id, values.customer_no, id_index, phone_index
    )


def which_is(values: NewLoan) -> Which:
    """A loan by its numbers, and by its day and amount where it has none."""
    terms = values.terms
    return Which(values.contract_no, values.iou_no, terms.disbursed_on, terms.principal)


def setting_for(
    choices: Choices,
    around: Surroundings,
    mapped: frozenset[str],
    as_of: dt.date,
    today: dt.date,
    rules: Parameters,
) -> Setting:
    """The setting of a sheet with these columns mapped."""
    own = any(field.startswith(CUSTOM) for field in mapped)
    return Setting(choices, around, as_of, today, rules, bool(mapped & _LOAN_COLUMNS), own)


def prepare(row: LedgerRow, setting: Setting) -> Prepared:
    """Prepare one row; a row that no rule foresaw is refused, and the others go on."""
    try:
        return _Preparation(row, setting).run()
    except Invalid as refusal:
        fault = _loan_fault(refusal)
    except (ValueError, ArithmeticError):
        fault = Fault("row", "unreadable")
    return Prepared(row.row_no, (*row.faults, fault), tuple(row.remarks))


class _Preparation:
    """One row on its way."""

    def __init__(self, row: LedgerRow, setting: Setting) -> None:
        self.row, self.setting, self.values = row, setting, row.values
        self.faults: list[Fault] = list(row.faults)
        self.remarks: list[Fault] = list(row.remarks)
        self.accepts = setting.choices.accept_incomplete
        self.kept: dict[str, Any] = {}

    def run(self) -> Prepared:
        branch_id = self._branch()
        officer_id = self._officer(branch_id)
        customer = self._customer(branch_id, officer_id)
        loan = None
        if self.setting.has_loans and customer is not None:
            loan = self._loan(branch_id, officer_id, customer.values.kind)
        faults, remarks = tuple(self.faults), tuple(self.remarks)
        if faults or customer is None:
            return Prepared(self.row.row_no, faults, remarks)
        figures: dict[str, int] = {
            field: self.values[field] for field in _FIGURES if field in self.values
        }
        told = Told(customer, loan, frozenset(self.values), figures)
        which = which_is(loan.values) if loan else None
        return Prepared(
            self.row.row_no, faults, remarks, who_is(customer.values), which, lambda: told
        )

    def _branch(self) -> str:
        choices, said = self.setting.choices, self.values.get("branch")
        if said is None:
            if not choices.branch_id:
                self.faults.append(Fault("branch", "missing"))
            return choices.branch_id
        key = word_key(said)
        found = choices.branches.get(key) or self.setting.around.branches.get(key)
        if not found:
            self.faults.append(Fault("branch", "unknown"))
        return found or ""

    def _officer(self, branch_id: str) -> str | None:
        said = self.values.get("officer")
        if said is None:
            return None
        key = word_key(said)
        chosen = self.setting.choices.officers.get(key)
        officer = self.setting.around.officers.get(key)
        if chosen:
            return chosen
        if officer is not None and officer[1] in {None, branch_id}:
            return officer[0]
        self.remarks.append(Fault("officer", "OFFICER_UNKNOWN"))
        self.kept["officer"] = said
        return None

    def _customer(self, branch_id: str, officer_id: str | None) -> CheckedCustomer | None:
        values = self.values
        kind = self._kind()
        name = values.get("customer_name") or ""
        unnamed = not name and self.accepts and bool(values.get("customer_no"))
        command = NewCustomer(
            kind=kind,
            name=values["customer_no"] if unnamed else name,
            branch_id=branch_id,
            officer_id=officer_id,
            customer_no=values.get("customer_no", ""),
            id_no=self._id_no(kind),
            id_expiry_on=values.get("id_expiry_on"),
            gender=values.get("gender"),
            birth_on=values.get("birth_on"),
            spouse_name=values.get("spouse_name", ""),
            bank_card=values.get("repay_account", ""),
            contacts=self._contacts(),
            addresses=(Address(values["address"]),) if "address" in values else (),
            employer=values.get("employer", ""),
            occupation=values.get("occupation", ""),
            monthly_income=values.get("monthly_income"),
            remark=self._customer_remark(),
            extra=self._extra("customer"),
            incomplete=("id_no", "mobile") if self.accepts else (),
        )
        checked, faults = examine_customer(command, self.setting.today)
        refused = {fault.field for fault in self.faults}
        for fault in faults:
            field = fault.field.partition(".")[0]
            column = _CUSTOMER_COLUMN.get(field, field)
            if field == "contacts" and len(fault.field) > 8:
                column = self._contact_columns()[int(fault.field.split(".")[1])]
            if field == "id_no" and kind == "company" and "uscc" in values:
                column = "uscc"
            if column not in refused:
                self.faults.append(Fault(column, fault.reason, dict(fault.detail)))
        self.remarks.extend(_warned(code) for code in checked.warnings)
        if unnamed:
            return replace(checked, missing=("name", *checked.missing))
        return checked

    def _kind(self) -> str:
        values = self.values
        said = values.get("customer_type")
        if said is not None:
            return "company" if said == "COMPANY" else "person"
        if "uscc" in values and "id_no" not in values:
            return "company"
        name = values.get("customer_name", "")
        return "company" if len(name) > 4 and name.endswith(_COMPANY_ENDINGS) else "person"

    def _id_no(self, kind: str) -> str:
        values = self.values
        said = values.get("id_type")
        if said not in (_PERSON_IDS if kind == "person" else _COMPANY_IDS) and "id_no" in values:
            self.faults.append(Fault("id_type", "not_supported"))
            return ""
        if kind == "company":
            return str(values.get("uscc") or values.get("id_no") or "")
        return str(values.get("id_no") or "")

    def _contact_columns(self) -> list[str]:
        return [f for f in ("mobile", "mobile2", "emergency_phone") if f in self.values]

    def _contacts(self) -> tuple[Contact, ...]:
        values = self.values
        found = []
        for field in self._contact_columns():
            relation = "emergency" if field == "emergency_phone" else "self"
            name = values.get("emergency_contact", "") if relation == "emergency" else ""
            # What it rings is told by its digits when it is checked.
            found.append(Contact("mobile", values[field], relation, name))
        if "emergency_contact" in values and "emergency_phone" not in values:
            self.kept["emergency_contact"] = values["emergency_contact"]
        return tuple(found)

    def _customer_remark(self) -> str:
        own: str = self.values.get("customer_remark", "")
        if own or self.setting.has_loans:
            return own
        return str(self.values.get("remark", ""))

    def _extra(self, owner: str) -> dict[str, Any]:
        extra: dict[str, Any] = {}
        if self.setting.has_own_fields:
            start = f"{CUSTOM}{owner}."
            extra = {
                field.removeprefix(start): value
                for field, value in self.values.items()
                if field.startswith(start)
            }
        if owner == "customer" and "emergency_contact" in self.kept:
            extra[KEPT] = {"emergency_contact": self.kept.pop("emergency_contact")}
        return extra

    def _product(self) -> Bounds | None:
        choices, around = self.setting.choices, self.setting.around
        said = self.values.get("product")
        key = choices.products.get(word_key(said)) if said is not None else choices.product_id
        found = around.products.get(key) if key else None
        if found is None and said is not None:
            found = around.products.get(word_key(said))
        if found is None:
            self.faults.append(Fault("product", "missing" if said is None else "unknown"))
        return found

    def _loan(self, branch_id: str, officer_id: str | None, kind: str) -> CheckedLoan | None:
        values, setting = self.values, self.setting
        product = self._product()
        if product is None:
            return None
        first = values.get("disbursed_on")
        if first is not None and first > setting.today and values.get("loan_status") != "PENDING":
            self._refuse([Fault("disbursed_on", "in_future")])
            return None
        found = terms_of_row(values, product.usual, setting.rules.cost.lpr)
        missing = list(found.missing)
        if found.terms is None:
            self._refuse(found.faults)
            return None
        position = position_of_row(values, found.terms, setting.as_of, setting.today, new_id())
        self._refuse(position.faults)
        self.remarks.extend(position.remarks)
        missing.extend(position.missing)
        if not self.accepts:
            self._refuse([Fault(field, "missing") for field in missing])
        if self.faults:
            return None
        self._keep(found.derived)
        command = NewLoan(
            customer_id="",
            branch_id=branch_id,
            product_id=product.id,
            terms=found.terms,
            contract_no=values.get("contract_no") or values.get("iou_no", ""),
            iou_no=values.get("iou_no", ""),
            officer_id=officer_id,
            purpose=values.get("purpose", ""),
            security=self._security(),
            guarantors=self._guarantors(),
            collaterals=self._collaterals(),
            remark=values.get("remark", ""),
            extra=self._loan_extra(),
            incomplete=tuple(dict.fromkeys([*missing, *found.derived])),
            opening=position.opening,
            events=position.later,
            imported=True,
        )
        checked, faults = examine_loan(command, product, kind, setting.today, setting.rules)
        self._refuse([_loan_fault(fault) for fault in faults])
        self.remarks.extend(_warned(code) for code in checked.warnings)
        return checked

    def _refuse(self, faults: Any) -> None:
        told = {fault.field for fault in self.faults}
        self.faults.extend(fault for fault in faults if fault.field not in told)

    def _security(self) -> str:
        said = self.values.get("security_type")
        if said is not None:
            return _SECURITIES[said]
        if "collateral" in self.values:
            return "mortgage"
        return "guarantee" if "guarantor_name" in self.values else "credit"

    def _guarantors(self) -> tuple[Guarantor, ...]:
        name = self.values.get("guarantor_name")
        if name is None:
            return ()
        return (Guarantor(name, id_no=self.values.get("guarantor_id_no", "")),)

    def _collaterals(self) -> tuple[Collateral, ...]:
        description = self.values.get("collateral")
        value = self.values.get("collateral_value")
        if description is None and value is None:
            return ()
        return (Collateral(description or "（未说明）", value),)

    def _keep(self, derived: tuple[str, ...]) -> None:
        """What the product has no place for stays beside the loan as it was read."""
        for field in KEPT_FIELDS:
            if field in self.values:
                value = self.values[field]
                self.kept[field] = value if isinstance(value, int | str) else as_text(value)
        if derived:
            self.kept["derived"] = list(derived)

    def _loan_extra(self) -> dict[str, Any]:
        extra = self._extra("loan")
        if self.kept:
            extra[KEPT] = self.kept
        return extra


def _warned(code: str) -> Fault:
    field, _, reason = code.rpartition(".")
    column = _CUSTOMER_COLUMN.get(field, column_of_term(field))
    return Fault("product" if column == "product_id" else column, reason)


def _loan_fault(fault: Invalid) -> Fault:
    field, _, rest = fault.field.partition(".")
    column = column_of_term(field)
    if field == "guarantors":
        column = "guarantor_id_no" if rest.endswith("id_no") else "guarantor_name"
    elif field == "collaterals":
        column = "collateral_value" if rest.endswith("value") else "collateral"
    elif field == "security":
        column = "security_type"
    detail: Mapping[str, object] = fault.detail
    return Fault(column, fault.reason, dict(detail))
