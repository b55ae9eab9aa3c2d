"""What a product and the bank's own fields demand of a new loan, and what they do not use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import Contact, NewCustomer, create_customer
from server.domain.errors import Invalid
from server.loans.actions import Collateral, Guarantor, create_loan, examine_loans
from server.loans.models import Loan, LoanGuarantor
from server.products.models import CustomField, Product
from tests.server.bank import (
    TODAY,
    Bank,
    a_loan,
    add_borrower,
    add_customer,
    credit_code,
    resident_id,
)

SignIn = Callable[[str], FlaskClient]
GIVEN: dict[str, Any] = {
    "iou_no": "JJ1",
    "purpose": "进货",
    "guarantors": (Guarantor("李四"),),
    "collaterals": (Collateral("货车一辆"),),
    "repay_day": 20,
    "first_due_on": dt.date(2026, 2, 20),
    "maturity_on": dt.date(2026, 7, 20),
    "remark": "老客户",
}


def rule(bank: Bank, **rules: str) -> None:
    product = bank.session.get_one(Product, bank.product_id)
    product.field_rules = {name.replace("__", "."): code for name, code in rules.items()}
    bank.session.commit()


def faults(bank: Bank, **changes: Any) -> set[tuple[str, str]]:
    [(_, found)] = examine_loans(bank.session, bank.actor("officer"), [a_loan(bank, **changes)])
    return {(fault.field, fault.reason) for fault in found}


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_a_field_that_the_product_demands_must_be_given(bank: Bank, name: str) -> None:
    rule(bank, **{f"loan__{name}": "required"})
    assert faults(bank) == {(name, "required")}
    assert faults(bank, **{name: GIVEN[name]}) == set()


@pytest.mark.parametrize("name", sorted(GIVEN))
def test_a_field_that_the_product_does_not_use_is_refused(bank: Bank, name: str) -> None:
    rule(bank, **{f"loan__{name}": "off"})
    assert faults(bank) == set()
    assert faults(bank, **{name: GIVEN[name]}) == {(name, "not_of_product")}


def test_without_security_there_is_credit_alone(bank: Bank) -> None:
    rule(bank, loan__security="off")
    assert faults(bank, security="credit") == set()
    assert faults(bank, security="mortgage") == {("security", "not_of_product")}


@pytest.mark.parametrize(
    ("field", "filled"),
    [
        ("id_no", True),
        ("mobile", True),
        ("gender", True),
        ("birth_on", True),
        ("id_expiry_on", True),
        ("spouse_name", False),
        ("bank_card", False),
        ("contacts", False),
        ("addresses", False),
        ("employer", False),
        ("occupation", False),
        ("monthly_income", False),
        ("remark", False),
    ],
)
def test_a_customer_must_have_what_the_product_demands(
    bank: Bank, field: str, filled: bool
) -> None:
    rule(bank, **{f"customer__{field}": "required"})
    lacking = {("customer_id", "customer_lacks")}
    assert faults(bank) == (set() if filled else lacking)
    assert faults(bank, customer_id=add_customer(bank)) == set()


def test_by_default_a_customer_without_id_number_or_phone_is_lent_nothing(bank: Bank) -> None:
    nobody = NewCustomer("person", "无名", bank.branch_a, incomplete=("id_no", "mobile"))
    customer_id = create_customer(bank.session, bank.actor("officer"), nobody)
    assert faults(bank, customer_id=customer_id) == {("customer_id", "customer_lacks")}
    rule(bank, customer__id_no="shown", customer__mobile="shown")
    assert faults(bank, customer_id=customer_id) == set()


def test_a_company_is_not_asked_what_only_persons_have(bank: Bank) -> None:
    rule(bank, customer__gender="required", customer__birth_on="required")
    company = NewCustomer(
        "company",
        "桃花岛渔业有限公司",
        bank.branch_a,
        id_no=credit_code(),
        contacts=(Contact("mobile", "13800138000"),),
    )
    customer_id = create_customer(bank.session, bank.actor("officer"), company)
    assert faults(bank, customer_id=customer_id) == set()


def test_the_banks_own_required_field_must_be_given(bank: Bank) -> None:
    bank.session.add(
        CustomField(owner="loan", key="hangye", label="行业", kind="text", required=True)
    )
    bank.session.flush()
    assert faults(bank) == {("extra.hangye", "required")}
    assert faults(bank, extra={"hangye": "零售"}) == set()


def test_a_loan_taken_over_is_not_asked(bank: Bank) -> None:
    rule(bank, loan__purpose="required", loan__remark="off", customer__bank_card="required")
    bank.session.add(
        CustomField(owner="loan", key="hangye", label="行业", kind="text", required=True)
    )
    bank.session.flush()
    assert faults(bank, imported=True, remark="旧账") == set()


@pytest.mark.parametrize("who", ["nobody", "other branch", "the borrower"])
def test_a_guarantor_who_cannot_be_is_refused(bank: Bank, who: str) -> None:
    borrower = add_borrower(bank)
    ids = {
        "nobody": "018f0000-0000-7000-8000-000000000000",
        "other branch": add_borrower(bank, branch_id=bank.branch_b),
        "the borrower": borrower,
    }
    reason = "own_guarantor" if who == "the borrower" else "unknown"
    sureties = (Guarantor("某人", ids[who]),)
    found = faults(bank, customer_id=borrower, guarantors=sureties)
    assert found == {("guarantors.0.customer", reason)}


def test_the_head_office_takes_a_guarantor_of_another_branch(bank: Bank) -> None:
    sureties = (Guarantor("某人", add_borrower(bank, branch_id=bank.branch_b)),)
    command = replace(a_loan(bank), guarantors=sureties)
    assert create_loan(bank.session, bank.actor("chief"), command)


def form(bank: Bank, **changes: str) -> dict[str, str]:
    return {
        "customer_id": add_borrower(bank),
        "product_id": bank.product_id,
        "principal": "60000",
        "annual_rate": "7.2",
        "method": "EQUAL_INSTALMENT",
        "disbursed_on": TODAY.isoformat(),
        "periods": "6",
        **changes,
    }


def test_the_form_shows_the_fields_of_the_product_chosen_and_keeps_what_was_typed(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    rule(bank, loan__purpose="required", loan__iou_no="off", loan__collaterals="off")
    data = form(bank, remark="慢慢填", annual_rate="")
    session.commit()
    page = sign_in("officer").post("/loans/form", data=data).get_data(as_text=True)
    assert 'name="iou_no"' not in page
    assert 'name="collaterals.0.description"' not in page
    assert 'id="f-purpose" name="purpose" aria-required="true"' in page
    assert "慢慢填" in page
    assert 'value="7.2"' in page  # the product's own rate
    assert "field__error" not in page


def test_the_form_names_what_is_demanded_and_not_given(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    rule(
        bank,
        loan__purpose="required",
        loan__guarantors="required",
        loan__security="required",
        loan__remark="off",
        customer__bank_card="required",
    )
    data = form(bank, remark="慢慢填")
    session.commit()
    officer = sign_in("officer")
    page = officer.post("/loans", data=data).get_data(as_text=True)
    assert 'id="f-security-error"' in page
    answer = officer.post("/loans", data=data | {"security": "guarantee"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for name in ("purpose", "guarantors.0.name"):
        assert f'id="f-{name}-error"' in page, name
    assert "所选产品不用此项" in page
    assert "这个产品要求客户资料里有：银行卡号" in page
    assert f"/customers/{data['customer_id']}/edit" in page
    assert session.scalars(select(Loan)).all() == []


def test_a_guarantor_is_found_among_the_customers(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    surety = add_customer(bank, 7, name="欧阳锋")
    data = form(bank)
    session.commit()
    officer = sign_in("officer")
    found = officer.post("/loans/guarantor?place=0", data={"guarantors.0.customer": "欧阳"})
    page = found.get_data(as_text=True)
    assert f'value="{surety}" checked' in page
    assert resident_id(7) not in page
    chosen = data | {"guarantors.0.customer": "欧阳", "security": "guarantee"}
    answer = officer.post("/loans", data=chosen)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    row = session.scalars(select(LoanGuarantor)).one()
    assert (row.name, row.customer_id) == ("欧阳锋", surety)
    page = officer.get(f"{answer.location}?tab=terms").get_data(as_text=True)
    assert f'<a href="/customers/{surety}">欧阳锋</a>' in page
    assert "为他人担保" in officer.get(f"/customers/{surety}").get_data(as_text=True)


def test_of_several_customers_one_must_be_chosen(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    first = add_customer(bank, 7, name="欧阳锋")
    second = add_customer(bank, 8, name="欧阳克")
    data = form(bank) | {"guarantors.0.customer": "欧阳"}
    session.commit()
    officer = sign_in("officer")
    answer = officer.post("/loans", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'id="f-guarantors.0.customer-error"' in page
    assert first in page
    assert second in page
    answer = officer.post("/loans", data=data | {"guarantors.0.customer_id": second})
    assert answer.status_code == 303
    assert session.scalars(select(LoanGuarantor.customer_id)).all() == [second]


def test_a_guarantor_of_another_branch_is_not_found(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    other = add_customer(bank, 7, name="欧阳锋", branch_id=bank.branch_b)
    data = form(bank) | {"guarantors.0.customer": "欧阳", "guarantors.0.customer_id": other}
    session.commit()
    officer = sign_in("officer")
    assert officer.post("/loans", data=data).status_code == 422
    assert officer.post("/loans/guarantor?place=9", data=data).status_code == 404
    assert sign_in("auditor").post("/loans/guarantor", data=data).status_code == 403


def test_a_demand_is_an_error_of_the_action(bank: Bank) -> None:
    rule(bank, loan__purpose="required")
    with pytest.raises(Invalid) as refused:
        create_loan(bank.session, bank.actor("officer"), a_loan(bank))
    assert (refused.value.field, refused.value.reason) == ("purpose", "required")
