"""The whole ledger as the import reads it: its columns, and the cells of one loan.

What goes out comes in again: exported, imported into an empty bank and exported there, the cells
are equal. So some of what the product knows has no column here, because the import has none to
bring it back: the plan and the events one by one (the position of the day stands for them), credit
paid too much, clauses beyond penalty and grace (they follow the product), 逾期期数 (of a position
taken over nobody knows it), further phones, addresses, guarantors and collateral beyond the first,
and files. 逾期本金 and 欠息 are what fell due, in its days of grace too; 逾期天数 counts
beyond them. After an extension or a prepayment the term follows from the maturity and stays blank.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from server.customers.models import CustomerContact
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.fields import FieldDefinition, FieldKind, FieldOwner
from server.domain.ledger.columns import ALL, CUSTOM, KEPT, label_of
from server.domain.parsing.dates import parse_date
from server.domain.parsing.headers import map_heading
from server.domain.parsing.synonyms import Kind
from server.domain.standing import Status
from server.reports.documents.sheets import Cell, Heading, Share, Table, money
from server.reports.documents.words import (
    CLASS_WORDS,
    DAY_COUNT_WORDS,
    GENDER_WORDS,
    METHOD_WORDS,
    RATE_TYPE_WORDS,
    SECURITY_WORDS,
    STATUS_WORDS,
)
from server.reports.queries.ledger import (
    LedgerEntry,
    branch_name,
    ledger_entries,
    ledger_fields,
)

LEFT_OUT: Final = frozenset({"monthly_rate_permille", "overdue_periods"})
FIELDS: Final = tuple(column.field for column in ALL if column.field not in LEFT_OUT)
_WIDTHS: Final = {Kind.ID: 20, Kind.CARD: 22, Kind.DATE: 12, Kind.MONEY: 16, Kind.PHONE: 15}
_WIDE: Final = {"address": 40, "customer_name": 18, "contract_no": 22, "employer": 24}
_RATE_HEADING: Final = "年利率(%)"
_PHONES: Final = ("mobile", "landline")
_YES_NO: Final = {"YES": "是", "NO": "否"}

OwnFields = Mapping[FieldOwner, Sequence[FieldDefinition]]


def ledger_table(session: Session, actor: Actor, bank_name: str, branch_id: str = "") -> Table:
    """The ledger of the bank, or of one branch, as of today; its rows are read as they are written.

    Full numbers: ask `actions.require_ledger` first. Raises `Invalid("branch", "unknown")`.
    """
    own = ledger_fields(session)
    place = branch_name(session, actor, branch_id) if branch_id else ""
    title = f"{bank_name}{place} 贷款台账（截至 {actor.today.isoformat()}）"
    entries = ledger_entries(session, actor, branch_id)
    return Table("贷款台账", headings(own), rows(entries, own), title)


def own_columns(own: OwnFields) -> list[tuple[str, FieldOwner, FieldDefinition]]:
    """The bank's own fields as columns: (heading, owner, field); files cannot be written.

    A label that means another column to the import gives way to the field's own name.
    """
    columns = []
    taken: set[str] = set()
    for owner, definitions in own.items():
        for each in definitions:
            if each.kind is FieldKind.FILE:
                continue
            heading = each.label
            if heading in taken or map_heading(heading).field is not None or heading in _LABELS:
                heading = f"{CUSTOM}{owner}.{each.key}"
            taken.add(heading)
            columns.append((heading, owner, each))
    return columns


def headings(own: OwnFields) -> list[Heading]:
    """The headings of the ledger."""
    kinds = {column.field: column.kind for column in ALL}
    standard = [
        Heading(
            _RATE_HEADING if field == "annual_rate" else label_of(field),
            _WIDE.get(field) or _WIDTHS.get(kinds[field], 0),
        )
        for field in FIELDS
    ]
    return standard + [Heading(heading) for heading, _, _ in own_columns(own)]


def rows(entries: Iterator[LedgerEntry], own: OwnFields) -> Iterator[list[Cell]]:
    """The rows of the ledger, one a loan."""
    columns = own_columns(own)
    for entry in entries:
        cells = {**_customer(entry), **_loan(entry), **_position(entry), **_kept(entry)}
        extra = {
            FieldOwner.CUSTOMER: entry.customer.extra,
            FieldOwner.LOAN: entry.loan.extra,
        }
        yield [cells.get(field) for field in FIELDS] + [
            _own(definition, extra[owner].get(definition.key)) for _, owner, definition in columns
        ]


def _customer(entry: LedgerEntry) -> dict[str, Cell]:
    customer = entry.customer
    is_company = customer.kind == "company"
    number = customer.id_no
    work = customer.employment
    income = work.monthly_income if work else None
    return {
        "customer_no": customer.customer_no,
        "customer_name": customer.name,
        "customer_type": "企业" if is_company else "个人",
        "id_type": ("营业执照" if is_company else "身份证") if number else None,
        "id_no": None if is_company else number,
        "uscc": number if is_company else None,
        "id_expiry_on": customer.id_expiry_on,
        "gender": GENDER_WORDS.get(customer.gender or ""),
        "birth_on": customer.birth_on,
        "address": customer.addresses[0].address if customer.addresses else None,
        "employer": work.employer if work else None,
        "occupation": work.occupation if work else None,
        "monthly_income": money(int(income)) if income else None,
        "spouse_name": customer.spouse_name,
        "repay_account": customer.bank_card,
        "customer_remark": customer.remark,
        **_contacts(customer.contacts, customer.extra.get(KEPT, {})),
    }


def _contacts(contacts: Sequence[CustomerContact], kept: Mapping[str, Any]) -> dict[str, Cell]:
    phones = [each for each in contacts if each.kind in _PHONES]
    own = [each.value for each in phones if each.relation == "self"]
    near = next((each for each in phones if each.relation == "emergency"), None)
    return {
        "mobile": own[0] if own else None,
        "mobile2": own[1] if len(own) > 1 else None,
        "emergency_contact": near.person_name if near else kept.get("emergency_contact"),
        "emergency_phone": near.value if near else None,
    }


def _loan(entry: LedgerEntry) -> dict[str, Cell]:
    loan = entry.loan
    lacks = set(loan.incomplete) - set(loan.extra.get(KEPT, {}).get("derived", ()))
    guarantor = loan.guarantors[0] if loan.guarantors else None
    collateral = loan.collaterals[0] if loan.collaterals else None
    return {
        "contract_no": loan.contract_no,
        "iou_no": loan.iou_no,
        "product": entry.product_name,
        "purpose": loan.purpose,
        "principal_amount": money(loan.principal),
        "annual_rate": None if "annual_rate" in lacks else _percent(entry.annual_rate),
        "penalty_uplift": Share(loan.penalty_uplift),
        "disbursed_on": loan.disbursed_on,
        "maturity_on": entry.standing.maturity_on,
        "term_months": _months(entry),
        "repay_method": None if "repay_method" in lacks else METHOD_WORDS[loan.method],
        "repay_day": loan.repay_day,
        "first_due_on": loan.first_due_on,
        "frequency_months": loan.frequency_months,
        "amort_periods": loan.amort_periods,
        "grace_periods": loan.grace_periods or None,
        "grace_days": loan.grace_days,
        "day_count": DAY_COUNT_WORDS[loan.day_count],
        "security_type": SECURITY_WORDS[loan.security],
        "guarantor_name": guarantor.name if guarantor else None,
        "guarantor_id_no": guarantor.id_no if guarantor else None,
        "collateral": collateral.description if collateral else None,
        "collateral_value": money(collateral.value) if collateral else None,
        "officer": entry.officer_name,
        "branch": entry.branch_name,
        "remark": loan.remark,
    }


def _months(entry: LedgerEntry) -> int | None:
    loan = entry.loan
    if loan.periods is None or entry.is_reshaped:
        return None
    return loan.periods * loan.frequency_months


def _percent(rate: Decimal) -> Decimal:
    """A yearly fraction in per cent, never with two places: it is no money."""
    number = (rate * 100).normalize()
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _position(entry: LedgerEntry) -> dict[str, Cell]:
    if not entry.is_position_known or entry.standing.status in {Status.APPLIED, Status.PENDING}:
        return {}
    stands = entry.standing
    owes = stands.unpaid_due_on is not None and stands.unpaid_due_on <= entry.as_of
    return {
        "principal_balance": money(stands.principal_balance),
        "overdue_principal": money(stands.due_principal),
        "interest_due": money(stands.due_interest),
        "penalty_due": money(stands.penalty_due),
        "compound_due": money(stands.compound_due),
        "fee_due": money(stands.fee_due),
        "dpd": stands.dpd,
        "oldest_due_on": stands.unpaid_due_on if owes and stands.total_due else None,
        "five_class": CLASS_WORDS[stands.five_class],
    }


def _kept(entry: LedgerEntry) -> dict[str, Cell]:
    """What the old ledger said and the product only keeps; facts of its own come first."""
    kept = entry.loan.extra.get(KEPT, {})
    known = entry.is_position_known
    cells: dict[str, Cell] = {
        "credit_limit": _kept_money(kept.get("credit_limit")),
        "instalment_amount": _kept_money(kept.get("instalment_amount")),
        "rate_type": RATE_TYPE_WORDS.get(kept.get("rate_type", "")),
        "lpr_spread_bp": _kept_number(kept.get("lpr_spread_bp")),
        "extended": _YES_NO.get(kept.get("extended", "")),
        "restructured": _YES_NO.get(kept.get("restructured", "")),
        "last_visit_on": _kept_day(kept.get("last_visit_on")),
        "last_paid_on": _latest(entry.standing.last_paid_on, _kept_day(kept.get("last_paid_on"))),
        "writeoff_on": _kept_day(kept.get("writeoff_on")) or entry.written_off_on,
        "loan_status": _status(entry, kept.get("loan_status", "")),
    }
    if not known:
        cells["dpd"] = _kept_number(kept.get("dpd"))
        cells["five_class"] = CLASS_WORDS.get(kept.get("five_class", ""))
    if entry.officer_name is None:
        cells["officer"] = kept.get("officer")
    return {field: cell for field, cell in cells.items() if cell is not None}


def _status(entry: LedgerEntry, said: str) -> str | None:
    """The state; of a loan whose history stayed in the old ledger what that says of it."""
    status = entry.standing.status
    if not entry.is_position_known:
        return STATUS_WORDS.get(said)
    if status is Status.NORMAL and said in {Status.EXTENDED, Status.RESTRUCTURED}:
        return STATUS_WORDS[said]
    if status is Status.SETTLED and said == Status.TRANSFERRED:
        return STATUS_WORDS[said]
    return STATUS_WORDS.get(status)


def _latest(one: dt.date | None, other: dt.date | None) -> dt.date | None:
    return max((day for day in (one, other) if day is not None), default=None)


def _kept_money(value: Any) -> Decimal | None:
    return money(value) if isinstance(value, int) else None


def _kept_number(value: Any) -> Cell:
    return Decimal(value) if isinstance(value, int | str) and not isinstance(value, bool) else None


def _kept_day(value: Any) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else None


def _own(definition: FieldDefinition, value: Any) -> Cell:
    if value is None or value == "":
        return None
    write: Callable[[Any], Cell] = _OWN.get(definition.kind, str)
    return write(value)


def _own_day(value: Any) -> Cell:
    try:
        return parse_date(str(value)).value or str(value)
    except Invalid:
        return str(value)


_OWN: Final[Mapping[FieldKind, Callable[[Any], Cell]]] = {
    FieldKind.MONEY: lambda value: money(int(value)),
    FieldKind.NUMBER: lambda value: Decimal(value).normalize() + 0,
    FieldKind.DATE: _own_day,
    FieldKind.YES_NO: lambda value: "是" if value else "否",
}
_LABELS: Final = frozenset(column.label for column in ALL)
