"""The forms of loans: what was sent becomes a command or an event.

Every field is read before anything is refused, so that a person sees all that is wrong at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from werkzeug.datastructures import MultiDict

from server.customers.models import Customer
from server.customers.queries import CustomerLine
from server.domain.errors import Invalid
from server.domain.events import (
    Component,
    CreditRefund,
    Event,
    Extension,
    FeeCharge,
    RateChange,
    Waiver,
    WriteOff,
)
from server.domain.fields import FieldDefinition, FieldRule, read_values, rules_of, show_value
from server.domain.parameters import Parameters
from server.domain.parsing.dates import parse_date
from server.domain.standing import Bucket, FiveClass, Status
from server.domain.terms import (
    MAX_FREQUENCY_MONTHS,
    MAX_PERIODS,
    DayCount,
    FeeKind,
    Method,
    PrepaymentFee,
    Terms,
)
from server.domain.workdays import HolidayRule
from server.loans.actions import Collateral, Guarantor, NewLoan
from server.loans.models import Loan
from server.loans.queries import LoanFilter
from server.products.models import Product
from server.web.entries import Entries
from server.web.forms import FormState

GUARANTOR_ROWS: Final = 3
COLLATERAL_ROWS: Final = 2
BUCKETS: Final = ("overdue", *Bucket)
_TEXTS: Final = ("contract_no", "iou_no", "purpose", "remark")


@dataclass(slots=True)
class EnteredLoan:
    """A loan's form as it was read; `values` is only of use when the state has no errors."""

    state: FormState
    values: NewLoan | None


def read_filter(args: Mapping[str, str]) -> LoanFilter:
    """Read the list's filters from a URL; what makes no sense there filters nothing."""
    return LoanFilter(
        branch_id=_id(args.get("branch", "")),
        officer_id=_id(args.get("officer", "")),
        product_id=_id(args.get("product", "")),
        status=_code(args.get("status", ""), Status),
        bucket=_code(args.get("bucket", ""), BUCKETS),
        five_class=_code(args.get("class", ""), FiveClass),
        text=args.get("q", "").strip()[:60],
        due_from=_day(args.get("due_from", "")),
        due_to=_day(args.get("due_to", "")),
        incomplete=bool(args.get("incomplete")),
    )


def is_id(text: str) -> bool:
    """Whether a text can be an id."""
    return bool(_id(text))


def _id(text: str) -> str:
    try:
        return str(UUID(text))
    except ValueError:
        return ""


def _code(text: str, codes: Any) -> str:
    return text if text in [str(code) for code in codes] else ""


def _day(text: str) -> dt.date | None:
    return parse_date(text[:40]).value


def read_loan(
    form: MultiDict[str, str],
    customer: Customer,
    products: Sequence[Product],
    rules: Parameters,
    definitions: list[FieldDefinition],
    files: Mapping[str, str],
    sureties: Sequence[Surety],
) -> EnteredLoan:
    """Read the form of a new loan for a customer; what is wrong stands in the state.

    `files` are the ids of attachments by the key of their field, `sureties` the customers found
    for the guarantors.
    """
    form = MultiDict((name, text.replace("\x00", "")) for name, text in form.items(multi=True))
    entries = Entries(form)
    product = next((each for each in products if each.id == form.get("product_id")), None)
    if product is None:
        entries.refuse("product_id", "missing" if not form.get("product_id") else "unknown")
    terms = _terms(entries, product, rules)
    texts: dict[str, Any] = {name: form.get(name, "").strip() for name in _TEXTS}
    guarantors = tuple(_guarantors(entries, form, sureties))
    if product is not None:
        _demand_security(entries, form, product)
    collaterals = tuple(_collaterals(entries, form))
    extra = read_values(definitions, form, entries.state.refuse, files)
    if product is None or terms is None or entries.state.errors:
        return EnteredLoan(entries.state, None)
    values = NewLoan(
        customer_id=customer.id,
        branch_id=customer.branch_id,
        product_id=product.id,
        terms=terms,
        officer_id=form.get("officer_id") or None,
        security=form.get("security") or "credit",
        guarantors=guarantors,
        collaterals=collaterals,
        extra=extra,
        **texts,
    )
    return EnteredLoan(entries.state, values)


def _terms(entries: Entries, product: Product | None, rules: Parameters) -> Terms | None:
    """The contract's terms: what the form says, and the product's policies."""
    method = entries.code("method", tuple(Method))
    principal, rate = entries.money("principal"), entries.percent("annual_rate")
    disbursed_on = entries.day("disbursed_on")
    periods = entries.optional_whole("periods", 1, MAX_PERIODS)
    maturity_on = entries.optional_day("maturity_on")
    frequency = entries.optional_whole("frequency_months", 1, MAX_FREQUENCY_MONTHS)
    repay_day = entries.optional_whole("repay_day", 1, 31)
    first_due_on = entries.optional_day("first_due_on")
    grace_periods = entries.optional_whole("grace_periods", 0, MAX_PERIODS)
    amort_periods = entries.optional_whole("amort_periods", 1, MAX_PERIODS)
    day_count = entries.code("day_count", tuple(DayCount), required=False)
    holidays = entries.code("holidays", tuple(HolidayRule), required=False)
    if periods is None and maturity_on is None and "periods" not in entries.state.errors:
        entries.refuse("periods", "missing")
    if entries.state.errors or product is None:
        return None
    terms = Terms(
        method=Method(method),
        principal=principal,
        annual_rate=rate,
        disbursed_on=disbursed_on,
        periods=periods,
        frequency_months=frequency or 1,
        day_count=DayCount(day_count or product.day_count),
        repay_day=repay_day,
        first_due_on=first_due_on,
        maturity_on=maturity_on,
        amort_periods=amort_periods,
        grace_periods=grace_periods or 0,
        penalty_uplift=product.penalty_uplift,
        grace_days=product.grace_days,
        tolerance=rules.overdue.tolerance,
        principal_first_above_dpd=product.principal_first_above_dpd,
        compound=product.compound,
        penalty_basis_days=product.penalty_basis_days,
        prepayment_fee=_prepayment_fee(product),
        holidays=HolidayRule(holidays or product.holidays),
    )
    try:
        terms.check()
    except Invalid as refusal:
        entries.state.refuse(refusal)
        return None
    return terms


def _prepayment_fee(product: Product) -> PrepaymentFee | None:
    if product.prepayment_fee_kind is None or product.prepayment_fee_value is None:
        return None
    return PrepaymentFee(
        FeeKind(product.prepayment_fee_kind),
        product.prepayment_fee_value,
        product.prepayment_fee_waived_after,
    )


def _demand_security(entries: Entries, form: MultiDict[str, str], product: Product) -> None:
    """Whether anything was chosen only the form knows: a loan without a word is on credit."""
    rule = rules_of(product.field_rules)["loan.security"]
    if rule is FieldRule.REQUIRED and not form.get("security"):
        entries.refuse("security", "required")


@dataclass(frozen=True, slots=True)
class Surety:
    """A guarantor who is looked for among the customers: what was typed, who it may be.

    `chosen` is the one customer it is, by id and name; None while nobody or several fit.
    """

    typed: str = ""
    candidates: tuple[CustomerLine, ...] = ()
    chosen: tuple[str, str] | None = None


def _guarantors(
    entries: Entries, form: MultiDict[str, str], sureties: Sequence[Surety]
) -> Iterator[Guarantor]:
    for place in range(GUARANTOR_ROWS):
        name, id_no, mobile = (
            form.get(f"guarantors.{place}.{part}", "").strip()
            for part in ("name", "id_no", "mobile")
        )
        surety = sureties[place]
        if surety.chosen is not None:
            yield Guarantor(surety.chosen[1], surety.chosen[0], id_no, mobile)
        elif surety.typed:
            reason = "several_found" if surety.candidates else "none_found"
            entries.refuse(f"guarantors.{place}.customer", reason)
        elif name or id_no or mobile:
            yield Guarantor(name, None, id_no, mobile)


def _collaterals(entries: Entries, form: MultiDict[str, str]) -> Any:
    for place in range(COLLATERAL_ROWS):
        row = f"collaterals.{place}"
        told = [form.get(f"{row}.{part}", "").strip() for part in ("description", "value")]
        valued_on = entries.optional_day(f"{row}.valued_on")
        if told[0] or told[1] or valued_on:
            value = entries.money(f"{row}.value") if told[1] else None
            yield Collateral(told[0], value, valued_on)


def read_edit(
    form: MultiDict[str, str], definitions: list[FieldDefinition], files: Mapping[str, str]
) -> tuple[FormState, dict[str, Any]]:
    """Read the form of what describes a loan: the state, and the values by name."""
    form = MultiDict((name, text.replace("\x00", "")) for name, text in form.items(multi=True))
    entries = Entries(form)
    values: dict[str, Any] = {
        "iou_no": form.get("iou_no", "").strip(),
        "officer_id": form.get("officer_id") or None,
        "purpose": form.get("purpose", "").strip(),
        "security": form.get("security") or "credit",
        "remark": form.get("remark", "").strip(),
        "extra": read_values(definitions, form, entries.state.refuse, files),
    }
    return entries.state, values


def values_of(loan: Loan, definitions: list[FieldDefinition]) -> dict[str, str]:
    """What the form of a standing loan shows; the inverse of `read_edit`."""
    values = {
        name: getattr(loan, name) or ""
        for name in ("iou_no", "officer_id", "purpose", "security", "remark")
    }
    for definition in definitions:
        values[definition.field] = show_value(definition, loan.extra.get(definition.key))
    return {**values, "version": str(loan.version)}


@dataclass(slots=True)
class EnteredAmendment:
    """An amendment's form as it was read; `event` is None while the state has errors."""

    state: FormState
    event: Event | None
    reason: str


def read_amendment(form: MultiDict[str, str], kind: str, today: dt.date) -> EnteredAmendment:
    """Read the form of an amendment of that kind."""
    entries = Entries(form)
    value_on = entries.day("value_on") if form.get("value_on") else today
    reason = entries.text("reason", most=500)
    event = _READERS[kind](entries, {"id": "", "value_on": value_on, "posted_on": today})
    return EnteredAmendment(entries.state, None if entries.state.errors else event, reason)


def _waiver(entries: Entries, head: dict[str, Any]) -> Event:
    component = entries.code("component", tuple(Component))
    amount = entries.money("amount")
    return Waiver(**head, component=Component(component or Component.FEE), amount=amount)


def _fee(entries: Entries, head: dict[str, Any]) -> Event:
    return FeeCharge(**head, amount=entries.money("amount"))


def _refund(entries: Entries, head: dict[str, Any]) -> Event:
    return CreditRefund(**head, amount=entries.money("amount"))


def _rate_change(entries: Entries, head: dict[str, Any]) -> Event:
    return RateChange(**head, annual_rate=entries.percent("annual_rate"))


def _extension(entries: Entries, head: dict[str, Any]) -> Event:
    periods = entries.optional_whole("periods", 1, MAX_PERIODS)
    maturity_on = entries.optional_day("maturity_on")
    rate: Decimal | None = entries.optional_percent("annual_rate")
    method = entries.code("method", tuple(Method), required=False)
    if periods is None and maturity_on is None and "periods" not in entries.state.errors:
        entries.refuse("periods", "missing")
    return Extension(
        **head,
        periods=periods,
        maturity_on=maturity_on,
        annual_rate=rate,
        method=Method(method) if method in tuple(Method) else None,
    )


def _write_off(_entries: Entries, head: dict[str, Any]) -> Event:
    return WriteOff(**head)


_READERS: Final = {
    "waiver": _waiver,
    "fee": _fee,
    "rate_change": _rate_change,
    "extension": _extension,
    "refund": _refund,
    "write_off": _write_off,
}
