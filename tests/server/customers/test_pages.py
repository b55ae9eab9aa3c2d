"""The pages of customers: forms keep what was typed, conflicts show both versions, masks hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.models import Customer
from server.database.models import AuditEntry
from server.products.models import CustomField
from tests.server.bank import Bank, add_customer, credit_code, resident_id

SignIn = Callable[[str], FlaskClient]

FORM = {
    "kind": "person",
    "name": "周伯通",
    "id_no": resident_id(11),
    "contacts.0.kind": "mobile",
    "contacts.0.value": "138 0013 8000",
    "contacts.0.relation": "self",
    "contacts.1.kind": "mobile",
    "contacts.1.value": "",
    "addresses.0.kind": "home",
    "addresses.0.address": "浙江省嘉兴市海宁市桃花路1号",
    "monthly_income": "1.2万",
    "id_expiry_on": "2030.1.5",
}


def _text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def _edit_form(customer: Customer, **changes: str) -> dict[str, str]:
    form = {
        "version": str(customer.version),
        "name": customer.name,
        "spouse_name": customer.spouse_name,
        "employer": "西湖茶行",
        "occupation": "零售",
        "remark": customer.remark,
        "officer_id": customer.officer_id or "",
        "customer_no": customer.customer_no,
    }
    for place, contact in enumerate(customer.contacts):
        form |= {
            f"contacts.{place}.id": contact.id,
            f"contacts.{place}.kind": contact.kind,
            f"contacts.{place}.relation": contact.relation,
            f"contacts.{place}.person_name": contact.person_name,
            f"contacts.{place}.value": "",
        }
    for place, address in enumerate(customer.addresses):
        form |= {f"addresses.{place}.id": address.id, f"addresses.{place}.kind": address.kind}
    return form | changes


def test_a_customer_is_registered_through_the_form(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    answer = sign_in("officer").post("/customers", data=FORM)
    assert answer.status_code == 303
    row = session.scalars(select(Customer)).one()
    assert answer.location == f"/customers/{row.id}"
    assert (row.name, row.branch_id) == ("周伯通", bank.branch_a)
    assert [each.value for each in row.contacts] == ["13800138000"]
    assert row.employment is not None
    assert row.employment.monthly_income == "1200000"
    assert str(row.id_expiry_on) == "2030-01-05"


def test_a_form_with_faults_keeps_what_was_typed_and_names_each(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    data = FORM | {
        "id_no": resident_id(11)[:-1] + "5",
        "contacts.0.value": "12",
        "contacts.2.kind": "email",
        "contacts.2.value": "nobody@",
        "monthly_income": "很多",
        "id_expiry_on": "2030-02-30",
    }
    answer = sign_in("officer").post("/customers", data=data)
    text = _text(answer)
    assert answer.status_code == 422
    faulty = ("id_no", "contacts.0.value", "contacts.2.value", "monthly_income", "id_expiry_on")
    for name in faulty:
        assert f'id="f-{name}-error"' in text, name
    for typed in ("周伯通", "nobody@", "很多", "2030-02-30", "桃花路"):
        assert typed in text
    assert session.scalars(select(Customer)).all() == []


@pytest.mark.parametrize("name", ["name", "remark", "contacts.0.value", "monthly_income"])
def test_sixty_thousand_characters_are_refused(bank: Bank, sign_in: SignIn, name: str) -> None:
    answer = sign_in("officer").post("/customers", data=FORM | {name: "长" * 60_000})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("monthly_income", "-5"),
        ("monthly_income", "1000000000000000"),
        ("birth_on", "2026-13-01"),
        ("officer_id", "nobody"),
        ("contacts.0.kind", "fax"),
        ("customer_no", "=cmd|' /C calc'!A0"),
    ],
)
def test_bad_input_is_refused(bank: Bank, sign_in: SignIn, name: str, text: str) -> None:
    answer = sign_in("officer").post("/customers", data=FORM | {name: text})
    assert answer.status_code == 422


def test_the_head_office_chooses_a_branch(session: Session, bank: Bank, sign_in: SignIn) -> None:
    chief = sign_in("chief")
    assert chief.post("/customers", data=FORM).status_code == 422
    assert chief.post("/customers", data=FORM | {"branch_id": "x"}).status_code == 422
    answer = chief.post("/customers", data=FORM | {"branch_id": bank.branch_b})
    assert answer.status_code == 303
    assert session.scalars(select(Customer.branch_id)).all() == [bank.branch_b]


def test_an_officers_customer_is_of_the_own_branch_whatever_the_form_says(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    sign_in("officer").post("/customers", data=FORM | {"branch_id": bank.branch_b})
    assert session.scalars(select(Customer.branch_id)).all() == [bank.branch_a]


def test_a_company_is_registered_through_its_form(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    officer = sign_in("officer")
    assert "统一社会信用代码" in _text(officer.get("/customers/new?kind=company"))
    data = FORM | {"kind": "company", "name": "桃花岛渔业有限公司", "id_no": credit_code()}
    assert officer.post("/customers", data=data).status_code == 303
    row = session.scalars(select(Customer)).one()
    assert row.kind == "company"
    page = _text(officer.get(f"/customers/{row.id}"))
    assert 'data-label="是谁的">企业<' in page
    assert "本人" not in page


def test_pages_show_masks_and_no_secret(session: Session, bank: Bank, sign_in: SignIn) -> None:
    customer_id = add_customer(bank)
    session.commit()
    officer = sign_in("officer")
    for path in ("", f"/{customer_id}", f"/{customer_id}/edit"):
        text = _text(officer.get(f"/customers{path}"))
        assert "张三丰" in text
        for secret in (resident_id(1), "13800156001", "6222020000000000001", "文三路"):
            assert secret not in text, path
    assert "138****6001" in text


def test_the_list_is_searched_and_sorted_by_its_url(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_customer(bank, 1)
    add_customer(bank, 2, name="李莫愁")
    session.commit()
    officer = sign_in("officer")
    assert re.findall(r"data-row-link>(.+?)<", _text(officer.get("/customers?q=lmc"))) == ["李莫愁"]
    text = _text(officer.get("/customers?sort=-name"))
    assert re.findall(r"data-row-link>(.+?)<", text) == ["张三丰", "李莫愁"]
    assert "没有找到客户" in _text(officer.get("/customers?q=nobody"))
    assert officer.get("/customers?sort=secret").status_code == 400
    assert officer.get("/customers?branch=x&officer=y&kind=z&after=").status_code == 200


def test_the_list_takes_a_fixed_number_of_statements(
    session: Session, bank: Bank, sign_in: SignIn, statements: list[str]
) -> None:
    officer = sign_in("officer")
    counted = []
    for serials in (range(1, 3), range(3, 33)):
        for serial in serials:
            add_customer(bank, serial)
        session.commit()
        statements.clear()
        officer.get("/customers")
        counted.append(len([each for each in statements if each.lstrip().startswith("SELECT")]))
    assert counted == [7, 7]


def test_a_customer_is_changed_through_the_form(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id = add_customer(bank)
    session.commit()
    officer = sign_in("officer")
    form = _edit_form(session.get_one(Customer, customer_id), name="张君宝")
    form |= {"contacts.1.remove": "1", "clear.bank_card": "1"}
    answer = officer.post(f"/customers/{customer_id}/edit", data=form)
    assert answer.status_code == 303
    session.expire_all()
    row = session.get_one(Customer, customer_id)
    assert (row.name, row.id_no, row.bank_card) == ("张君宝", resident_id(1), None)
    assert [each.value for each in row.contacts] == ["13800156001"]
    assert "张三丰 → 张君宝" in _text(officer.get(f"/customers/{customer_id}"))


def test_the_second_editor_chooses_field_by_field(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id = add_customer(bank)
    session.commit()
    stale = _edit_form(session.get_one(Customer, customer_id))
    first, second = sign_in("officer"), sign_in("officer2")
    url = f"/customers/{customer_id}/edit"
    first.post(url, data=stale | {"remark": "甲的备注", "employer": "甲的单位"})
    answer = second.post(url, data=stale | {"remark": "乙的备注", "occupation": "乙的职业"})
    text = _text(answer)
    assert answer.status_code == 409
    for shown in ("甲的备注", "乙的备注", "甲的单位", "西湖茶行", "乙的职业", "这一项两个人都改过"):
        assert shown in text
    assert 'name="choose.employer" value="theirs" checked' in text
    assert 'name="choose.occupation" value="mine" checked' in text
    sent = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text))
    assert sent["version"] == "2"
    choices = {
        "choose.remark": "mine",
        "choose.employer": "theirs",
        "choose.occupation": "mine",
    }
    assert second.post(url, data=sent | choices).status_code == 303
    session.expire_all()
    row = session.get_one(Customer, customer_id)
    assert row.employment is not None
    assert (row.remark, row.employment.employer, row.employment.occupation) == (
        "乙的备注",
        "甲的单位",
        "乙的职业",
    )


@pytest.mark.parametrize("page", ["", "/edit"])
def test_another_branchs_customer_is_404_and_audited(
    session: Session, bank: Bank, sign_in: SignIn, page: str
) -> None:
    customer_id = add_customer(bank)
    session.commit()
    answer = sign_in("officer_b").get(f"/customers/{customer_id}{page}")
    assert answer.status_code == 404
    assert "张三丰" not in _text(answer)
    note = session.scalars(select(AuditEntry).where(AuditEntry.action == "access.not_found")).one()
    assert (note.entity_id, note.actor_id) == (customer_id, bank.people["officer_b"])


@pytest.mark.parametrize(
    ("who", "method", "path", "code"),
    [
        ("administrator", "GET", "", 403),
        ("auditor", "GET", "", 200),
        ("auditor", "GET", "/new", 403),
        ("auditor", "POST", "", 403),
        ("officer", "POST", "/reassignment", 403),
        ("auditor", "POST", "/checks/id-no", 403),
    ],
)
def test_who_may_open_what(
    bank: Bank, sign_in: SignIn, who: str, method: str, path: str, code: int
) -> None:
    data = FORM | {"branch_id": bank.branch_a, "officer_id": bank.people["officer2"]}
    answer = sign_in(who).open(
        f"/customers{path}", method=method, data=data if method == "POST" else None
    )
    assert answer.status_code == code


def test_a_reveal_answers_a_fragment_or_a_page_and_is_audited(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id = add_customer(bank)
    session.commit()
    officer = sign_in("officer")
    url = f"/customers/{customer_id}/reveal/id_no"
    fragment = _text(officer.post(url, headers={"HX-Request": "true"}))
    assert resident_id(1) in fragment
    assert "<html" not in fragment
    assert 'data-hide-after="60"' in fragment
    assert "<html" in _text(officer.post(url))
    notes = session.scalars(select(AuditEntry).where(AuditEntry.action == "customer.reveal")).all()
    assert len(notes) == 2
    assert officer.post(f"/customers/{customer_id}/reveal/name").status_code == 404
    assert sign_in("auditor").post(url).status_code == 403
    assert officer.get(url).status_code == 405


@pytest.mark.parametrize(
    ("typed", "kind", "shown"),
    [
        (resident_id(1), "person", "男，1990-03-07 出生，"),
        (resident_id(1), "person", "浙江省"),
        (resident_id(5), "person", "已登记为客户 CA01000001"),
        (resident_id(6), "person", "已在其他机构登记"),
        ("330106900307001", "person", "旧证已于 2013 年停用"),
        ("33010619900307", "person", "18 位"),
        (credit_code(), "company", "代码有效"),
        ("123", "company", "18 位"),
    ],
)
def test_an_id_number_is_checked_while_it_is_typed(
    session: Session, bank: Bank, sign_in: SignIn, typed: str, kind: str, shown: str
) -> None:
    add_customer(bank, 5)
    add_customer(bank, 6, branch_id=bank.branch_b)
    session.commit()
    answer = sign_in("officer").post(f"/customers/checks/id-no?kind={kind}", data={"id_no": typed})
    assert shown in _text(answer)
    assert answer.status_code == 200


def test_an_empty_number_is_not_judged(bank: Bank, sign_in: SignIn) -> None:
    answer = sign_in("officer").post("/customers/checks/id-no", data={"id_no": " "})
    assert _text(answer).strip() == ""


def test_the_manager_hands_customers_over_from_the_list(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id = add_customer(bank)
    session.commit()
    manager = sign_in("manager")
    data = {"ids": [customer_id, "x"], "officer_id": bank.people["officer2"], "reason": "调岗"}
    assert manager.post("/customers/reassignment", data=data).status_code == 303
    session.expire_all()
    assert session.get_one(Customer, customer_id).officer_id == bank.people["officer2"]
    answer = manager.post(
        "/customers/reassignment",
        data=data | {"officer_id": bank.people["officer_b"]},
        follow_redirects=True,
    )
    assert "该员工不属于这个机构" in _text(answer)


def test_the_banks_own_fields_are_asked_checked_and_shown(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    session.add_all(
        [
            CustomField(
                owner="customer", key="village", label="所在村", kind="text", required=True
            ),
            CustomField(
                owner="customer", key="level", label="等级", kind="choice", choices=["甲", "乙"]
            ),
            CustomField(owner="customer", key="assets", label="家庭资产", kind="money"),
        ]
    )
    session.commit()
    officer = sign_in("officer")
    bad = _text(officer.post("/customers", data=FORM | {"extra.level": "丙", "extra.assets": "x"}))
    for key in ("village", "level", "assets"):
        assert f'id="f-extra.{key}-error"' in bad
    good = {"extra.village": "桃花村", "extra.level": "乙", "extra.assets": "20万"}
    answer = officer.post("/customers", data=FORM | good)
    assert answer.status_code == 303
    row = session.scalars(select(Customer)).one()
    assert row.extra == {"village": "桃花村", "level": "乙", "assets": 20_000_000}
    shown = _text(officer.get(answer.location))
    assert "桃花村" in shown
    assert "200,000.00" in shown
    edit = _text(officer.get(f"{answer.location}/edit"))
    assert '<option value="乙" selected>' in edit


def test_two_pages_of_english_hold_no_fault(session: Session, bank: Bank, sign_in: SignIn) -> None:
    customer_id = add_customer(bank)
    session.commit()
    officer = sign_in("officer")
    officer.set_cookie("language", "en")
    for path in ("", "/new", "/new?kind=company", f"/{customer_id}", f"/{customer_id}/edit"):
        assert officer.get(f"/customers{path}").status_code == 200
