"""The pages of products, fields and parameters: forms read what people type and keep it."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.parameters import SETTINGS, Unit, listed_parameters
from server.products import queries
from server.products.models import CustomField, ParameterChange, Product
from tests.server.bank import Bank
from tests.server.products.making import a_form

SignIn = Callable[[str], FlaskClient]


def test_a_product_is_made_from_what_people_type(sign_in: SignIn, session: Session) -> None:
    answer = sign_in("administrator").post("/products", data=a_form())
    assert answer.status_code == 303, answer.get_data(as_text=True)
    row = session.scalars(select(Product).where(Product.code == "NH01")).one()
    assert (row.min_principal, row.max_principal) == (1000_00, 300_000_00)
    assert (row.min_rate, row.max_rate) == (Decimal("0.04"), Decimal("0.12"))
    assert row.methods == ["EQUAL_INSTALMENT", "BULLET"]
    assert (row.prepayment_fee_value, row.prepayment_fee_waived_after) == (Decimal("0.01"), 12)
    assert (row.day_count, row.grace_days, row.compound) == ("ACT_360", 3, True)


def test_a_saved_form_opens_with_the_same_content(sign_in: SignIn, session: Session) -> None:
    client = sign_in("administrator")
    client.post("/products", data=a_form(**{"rule.customer.gender": "off"}))
    row = session.scalars(select(Product).where(Product.code == "NH01")).one()
    page = client.get(f"/products/{row.id}").get_data(as_text=True)
    for value in ("300000.00", 'value="7.2"', 'value="12"', 'value="50"'):
        assert value in page
    chosen = re.search(r'name="rule\.customer\.gender" value="(\w+)"[^>]* checked', page)
    assert chosen
    assert chosen[1] == "off"
    fields = {"version": "1", "rule.customer.gender": "off"}
    client.post(f"/products/{row.id}", data=a_form(**fields))
    session.expire_all()
    assert row.version == 1


def test_everything_wrong_is_told_at_one_time_and_kept(sign_in: SignIn) -> None:
    wrong = {
        "name": "<script>",
        "min_principal": "-5",
        "max_principal": "1000000000000000",
        "max_rate": "1000x",
        "methods": [],
        "grace_days": "九",
        "penalty_uplift": "",
    }
    answer = sign_in("administrator").post("/products", data=a_form(**wrong))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for field in ("max_principal", "max_rate", "grace_days", "penalty_uplift"):
        assert f'id="f-{field}-error"' in page
    assert 'value="&lt;script&gt;"' in page
    assert 'value="1000x"' in page


@pytest.mark.parametrize(
    "change",
    [
        {"name": "贷" * 60_000},
        {"code": "\x00"},
        {"min_periods": "1" * 400},
        {"day_count": "X"},
        {"rule.loan.purpose": "X"},
        {"prepayment_fee_kind": "X"},
        {"min_principal": "1e15"},
    ],
)
def test_a_bad_form_is_a_422_and_makes_nothing(
    sign_in: SignIn, session: Session, change: dict[str, str]
) -> None:
    assert sign_in("administrator").post("/products", data=a_form(**change)).status_code == 422
    assert session.scalars(select(Product.code)).all() == ["P1"]


def test_an_empty_form_is_a_422(sign_in: SignIn) -> None:
    assert sign_in("administrator").post("/products", data={}).status_code == 422


def test_the_second_editor_sees_both_versions(sign_in: SignIn, bank: Bank) -> None:
    client, path = sign_in("administrator"), f"/products/{bank.product_id}"
    client.post(path, data=a_form(name="先来", version="1"))
    answer = client.post(path, data=a_form(name="后到", version="1"))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "先来" in page
    assert 'name="version" value="2"' in page
    assert client.post(path, data=a_form(name="后到", version="2")).status_code == 303


@pytest.mark.parametrize("username", ["officer", "reviewer", "risk", "manager", "auditor"])
def test_others_read_products_and_change_none(sign_in: SignIn, bank: Bank, username: str) -> None:
    client, path = sign_in(username), f"/products/{bank.product_id}"
    assert client.get("/products").status_code == 200
    shown = client.get(path)
    assert shown.status_code == 200
    assert '<form method="post" action="/products' not in shown.get_data(as_text=True)
    for post in ("/products", path, f"{path}/deactivation", f"{path}/activation", "/fields"):
        assert client.post(post, data=a_form()).status_code == 403
    assert client.get("/products/new").status_code == 403
    assert client.get("/fields").status_code == 403
    assert client.get("/parameters").status_code == 200
    page = client.get("/parameters/repayment.grace_days")
    assert "记录变更" not in page.get_data(as_text=True)
    assert client.post("/parameters/repayment.grace_days", data={}).status_code == 403


def test_a_product_goes_out_of_use_and_comes_back(sign_in: SignIn, bank: Bank) -> None:
    client, path = sign_in("administrator"), f"/products/{bank.product_id}"
    client.post(f"{path}/deactivation")
    assert "已停用" in client.get(path).get_data(as_text=True)
    client.post(f"{path}/activation")
    assert "已停用" not in client.get(path).get_data(as_text=True)


def test_own_fields_of_products_are_on_their_form(
    sign_in: SignIn, session: Session, bank: Bank
) -> None:
    client = sign_in("administrator")
    data = {
        "owner": "product",
        "label": "资金来源",
        "kind": "choice",
        "choices": "自有\r\n支农再贷款",
    }
    assert client.post("/fields", data=data).status_code == 303
    path = f"/products/{bank.product_id}"
    assert "支农再贷款" in client.get(path).get_data(as_text=True)
    name = "extra.zijinlaiyuan"
    bad = client.post(path, data=a_form(version="1", **{name: "别的"}))
    assert bad.status_code == 422
    assert f'id="f-{name}-error"' in bad.get_data(as_text=True)
    client.post(path, data=a_form(version="1", **{name: "支农再贷款"}))
    session.expire_all()
    assert session.get_one(Product, bank.product_id).extra == {"zijinlaiyuan": "支农再贷款"}
    assert "支农再贷款" in sign_in("officer").get(path).get_data(as_text=True)


def test_a_field_is_changed_and_taken_away_by_its_page(sign_in: SignIn, session: Session) -> None:
    client = sign_in("administrator")
    client.post("/fields", data={"owner": "loan", "label": "面积", "kind": "number"})
    key = session.scalars(select(CustomField.id)).one()
    change = {"label": "种植面积", "kind": "number", "place": "1", "active": "1", "version": "1"}
    assert client.post(f"/fields/{key}", data=change).status_code == 303
    conflict = client.post(f"/fields/{key}", data={**change, "label": "别名"})
    assert conflict.status_code == 409
    assert "种植面积" in conflict.get_data(as_text=True)
    assert client.post(f"/fields/{key}", data={**change, "place": "x"}).status_code == 422
    client.post(f"/fields/{key}/removal")
    assert "还没有自定义字段" in client.get("/fields").get_data(as_text=True)


def test_a_bad_field_keeps_what_was_typed(sign_in: SignIn) -> None:
    data = {"owner": "loan", "label": "面积", "kind": "choice", "choices": "只有一个"}
    answer = sign_in("administrator").post("/fields", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "至少填写两个选项" in page
    assert "只有一个" in page


def test_every_parameter_has_its_line_and_its_page(sign_in: SignIn) -> None:
    client = sign_in("administrator")
    page = client.get("/parameters").get_data(as_text=True)
    for name in SETTINGS:
        assert f'href="/parameters/{name}"' in page
    for unit in Unit:
        first = next((each.name for each in listed_parameters() if each.setting.unit is unit), None)
        if first:
            assert client.get(f"/parameters/{first}").status_code == 200


def test_an_unknown_parameter_does_not_exist(sign_in: SignIn) -> None:
    assert sign_in("administrator").get("/parameters/nothing").status_code == 404
    assert sign_in("administrator").post("/parameters/nothing", data={}).status_code == 404


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("repayment.grace_days", "5", 5),
        ("repayment.penalty_uplift", "40%", "0.4"),
        ("overdue.tolerance", "0.5", 50),
        ("cost.lpr_multiple", "3.5", "3.5"),
        ("repayment.compound_on_interest", "no", False),
        ("cost.form_required_from", "2026年9月1日", "2026-09-01"),
        (
            "cost.lpr",
            "1Y, 2026-01-20, 0.03\r\n5Y，2026-01-20，0.035\n",
            [
                {"tenor": "1Y", "published_on": "2026-01-20", "rate": "0.03"},
                {"tenor": "5Y", "published_on": "2026-01-20", "rate": "0.035"},
            ],
        ),
        (
            "cost.ceilings",
            "BANK, FIXED, 0.24, 2017-08-04",
            [
                {
                    "institution": "BANK",
                    "kind": "FIXED",
                    "value": "0.24",
                    "from_on": "2017-08-04",
                    "to_on": None,
                }
            ],
        ),
    ],
)
def test_a_change_is_read_as_people_type_it(
    sign_in: SignIn, session: Session, name: str, typed: str, value: object
) -> None:
    data = {"value": typed, "effective_on": "2030.1.1", "reason": "文件"}
    answer = sign_in("administrator").post(f"/parameters/{name}", data=data)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert session.scalars(select(ParameterChange)).one().value == value


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("repayment.grace_days", "91"),
        ("repayment.grace_days", "-1"),
        ("repayment.grace_days", "五"),
        ("repayment.grace_days", "9" * 60_000),
        ("repayment.penalty_uplift", "1000"),
        ("overdue.tolerance", "2"),
        ("repayment.compound_on_interest", "maybe"),
        ("cost.form_required_from", "2026-02-30"),
        ("cost.lpr", "1Y, 2026-01-20, 0.03, 4"),
        ("cost.lpr", "1Y"),
        ("cost.lpr", ""),
    ],
)
def test_a_bad_change_is_told_at_its_value(sign_in: SignIn, name: str, typed: str) -> None:
    data = {"value": typed, "effective_on": "2030-01-01", "reason": "文件"}
    answer = sign_in("administrator").post(f"/parameters/{name}", data=data)
    assert answer.status_code == 422
    assert 'id="f-value-error"' in answer.get_data(as_text=True)


def test_a_change_to_come_shows_and_can_be_withdrawn(sign_in: SignIn, session: Session) -> None:
    client, path = sign_in("administrator"), "/parameters/repayment.grace_days"
    client.post(path, data={"value": "5", "effective_on": "2030-01-01", "reason": "文件"})
    assert "2030-01-01 起变更" in client.get("/parameters").get_data(as_text=True)
    key = session.scalars(select(ParameterChange.id)).one()
    client.post(f"{path}/changes/{key}/withdrawal")
    assert "还没有变更" in client.get(path).get_data(as_text=True)


def test_the_list_of_parameters_costs_the_same_with_many_changes(
    sign_in: SignIn, statements: list[str]
) -> None:
    client = sign_in("administrator")
    client.get("/parameters")
    statements.clear()
    client.get("/parameters")
    few = len(statements)
    for year in range(2030, 2035):
        data = {"value": "5", "effective_on": f"{year}-01-01", "reason": "文件"}
        client.post("/parameters/repayment.grace_days", data=data)
    statements.clear()
    client.get("/parameters")
    assert len(statements) == few <= 5


def test_the_list_of_products_costs_one_statement(
    sign_in: SignIn, session: Session, bank: Bank, statements: list[str]
) -> None:
    client = sign_in("officer")
    client.get("/products")
    statements.clear()
    client.get("/products")
    selects = [sent for sent in statements if "products" in sent]
    assert len(selects) == 1
    assert len(queries.products(session, bank.actor("officer"))) == 1
