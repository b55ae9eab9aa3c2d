"""What is checked of one customer, field by field, without a database."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from server.customers.actions import Address, Contact, NewCustomer, check_customer, examine_customer
from server.domain.errors import Invalid
from tests.server.bank import credit_code, resident_id

TODAY = dt.date(2026, 3, 10)
PERSON = NewCustomer(
    "person",
    "张三",
    "a branch",
    id_no=resident_id(1),
    contacts=(Contact("mobile", "13800138000"),),
)
COMPANY = replace(PERSON, kind="company", name="西湖茶行有限公司", id_no=credit_code())


def _refusal(command: NewCustomer) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        check_customer(command, TODAY)
    return refused.value.field, refused.value.reason


def test_birth_and_gender_are_read_from_the_number() -> None:
    values = check_customer(PERSON, TODAY).values
    assert (values.birth_on, values.gender) == (dt.date(1990, 3, 7), "M")


def test_an_old_number_is_stored_in_its_long_form_and_kept_as_typed() -> None:
    checked = check_customer(replace(PERSON, id_no="330106900307001"), TODAY)
    assert checked.values.id_no == resident_id(1)
    assert checked.id_original == "330106900307001"
    assert checked.warnings == ("id_no.old_number",)


def test_numbers_are_evened_out() -> None:
    entered = replace(
        PERSON,
        id_no=f"' {resident_id(1)}".replace("3", "３"),
        bank_card="6222 0200 0000 0000 018",
        contacts=(Contact("landline", "+86 138 0013 8000"), Contact("mobile", "(0571)87654321")),
    )
    values = check_customer(entered, TODAY).values
    assert values.id_no == resident_id(1)
    assert values.bank_card == "6222020000000000018"
    assert [(each.kind, each.value) for each in values.contacts] == [
        ("mobile", "13800138000"),
        ("landline", "0571-87654321"),
    ]


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"name": " "}, "name", "missing"),
        ({"name": "张" * 60_000}, "name", "too_long"),
        ({"name": "张" * 121}, "name", "too_long"),
        ({"id_no": ""}, "id_no", "missing"),
        ({"id_no": "33010619900307001"}, "id_no", "format"),
        ({"id_no": "990106199003070017"}, "id_no", "area"),
        ({"id_no": "330106199002300017"}, "id_no", "birth_date"),
        ({"id_no": resident_id(1)[:-1] + "5"}, "id_no", "checksum"),
        ({"birth_on": dt.date(1990, 3, 8)}, "birth_on", "differs_from_id"),
        ({"gender": "F"}, "gender", "differs_from_id"),
        ({"gender": "X"}, "gender", "unknown"),
        ({"bank_card": "6222"}, "bank_card", "length"),
        ({"bank_card": "abc"}, "bank_card", "digits"),
        ({"monthly_income": -1}, "monthly_income", "negative"),
        ({"monthly_income": 10**15 * 100}, "monthly_income", "too_large"),
        ({"customer_no": "=1+1"}, "customer_no", "format"),
        ({"remark": "长" * 2001}, "remark", "too_long"),
        ({"employer": "长" * 60_000}, "employer", "too_long"),
        ({"contacts": ()}, "contacts", "missing"),
        ({"contacts": (Contact("mobile", "12345"),)}, "contacts.0.value", "phone"),
        ({"contacts": (Contact("email", "a@b"),)}, "contacts.0.value", "email"),
        ({"contacts": (Contact("fax", "1"),)}, "contacts.0.kind", "unknown"),
        ({"contacts": (Contact("mobile", "1", "cousin"),)}, "contacts.0.relation", "unknown"),
        ({"contacts": (Contact("mobile", "13800138000"),) * 21}, "contacts", "too_many"),
        ({"addresses": (Address(" "),)}, "addresses.0.address", "missing"),
        ({"addresses": (Address("某地", "moon"),)}, "addresses.0.kind", "unknown"),
        ({"addresses": (Address("长" * 301),)}, "addresses.0.address", "too_long"),
        ({"kind": "robot"}, "kind", "unknown"),
    ],
)
def test_a_person_is_refused_for(changes: dict[str, Any], field: str, reason: str) -> None:
    assert _refusal(replace(PERSON, **changes)) == (field, reason)


def test_all_faults_are_told_at_once() -> None:
    entered = replace(PERSON, name="", id_no="1", contacts=(Contact("mobile", "1"),))
    _checked, faults = examine_customer(entered, TODAY)
    assert [fault.field for fault in faults] == ["name", "id_no", "contacts.0.value"]


def test_accepted_gaps_are_stored_and_filled_ones_are_not() -> None:
    bare = NewCustomer("person", "张三", "a branch", incomplete=("id_no", "mobile"))
    assert check_customer(bare, TODAY).missing == ("id_no", "mobile")
    filled = replace(bare, id_no=resident_id(1))
    assert check_customer(filled, TODAY).missing == ("mobile",)


def test_control_characters_do_not_reach_the_ledger() -> None:
    assert check_customer(replace(PERSON, name="张\x00三\x1b"), TODAY).values.name == "张三"


def test_a_company_is_known_by_its_credit_code() -> None:
    assert _refusal(replace(COMPANY, id_no="9133010")) == ("id_no", "length")
    assert _refusal(replace(COMPANY, id_no="91330106MA2KJ1234I")) == ("id_no", "charset")
    assert _refusal(replace(COMPANY, gender="M")) == ("gender", "not_for_company")


def test_a_credit_code_that_fails_its_check_needs_evidence() -> None:
    wrong = credit_code()[:-1] + ("A" if credit_code()[-1] != "A" else "B")
    assert _refusal(replace(COMPANY, id_no=wrong)) == ("id_no", "checksum")
    checked = check_customer(replace(COMPANY, id_no=wrong, id_evidence="已核对原件"), TODAY)
    assert checked.values.id_no == wrong
    assert "id_no.checksum" in checked.warnings
