"""The whole ledger: what goes out comes in again, for a reason and by those who may."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.customers.actions import Contact
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.database.models import AuditEntry
from server.domain.access import Actor, Role
from server.domain.errors import Invalid, NotAllowed
from server.domain.events import Extension, Opening, RateChange, WriteOff
from server.domain.terms import Method
from server.intake.actions import FromFile, import_file
from server.loans.actions import Collateral, Guarantor, amend_loan
from server.loans.models import Loan
from server.products.actions import NewField, create_field
from server.products.models import CustomField
from server.reports.documents.files import write_ledger_file
from tests.server.bank import (
    NOW,
    TODAY,
    Bank,
    add_borrower,
    add_customer,
    add_loan,
    add_repayment,
    credit_code,
    resident_id,
)

SignIn = Callable[[str], FlaskClient]
OPERATOR = Actor(None, "命令行", Role.MANAGER, None, NOW, TODAY, "cli")
ADMINISTRATOR = Actor(None, "命令行", Role.ADMINISTRATOR, None, NOW, TODAY, "cli")
OWN_REMARK = "extra.loan.beizhu"
MARCH = dt.date(2026, 3, 1)
OWN_FIELDS = (
    NewField("customer", "社员证号", "text"),
    NewField("loan", "种植面积", "number"),
    NewField("loan", "贴息金额", "money"),
    NewField("loan", "播种日", "date"),
    NewField("loan", "绿色贷款", "yes_no"),
    NewField("loan", "作物", "choice", choices=("水稻", "茶叶")),
    NewField("loan", "备注", "text"),
)


def add_own_fields(session: Session) -> dict[str, str]:
    """Make the bank's own fields; gives their keys by label."""
    for each in OWN_FIELDS:
        create_field(session, ADMINISTRATOR, each)
    session.commit()
    return {each.label: each.key for each in session.scalars(select(CustomField))}


def fill(session: Session, bank: Bank) -> None:
    """A ledger of every kind of borrower and state."""
    keys = add_own_fields(session)
    farmer = add_customer(bank, 1, extra={keys["社员证号"]: "=1+1"}, remark="'=老客户")
    company = add_customer(
        bank,
        2,
        kind="company",
        name="西湖茶业有限公司",
        id_no=credit_code(),
        spouse_name="",
        contacts=(Contact("landline", "0571-87654321"),),
        employer="",
        occupation="",
        monthly_income=None,
    )
    other = add_customer(bank, 3, branch_id=bank.branch_b, name="李四光")
    unknown = add_borrower(bank, "无证人")
    add_loan(
        bank,
        customer_id=farmer,
        contract_no="OVERDUE",
        iou_no="J-1",
        purpose="-买茶苗",
        security="combined",
        guarantors=(Guarantor("王五", id_no=resident_id(77)),),
        collaterals=(Collateral("商铺一间", 88_000_000),),
        extra={
            keys["种植面积"]: "12.5",
            keys["贴息金额"]: 123_45,
            keys["播种日"]: "2026-02-01",
            keys["绿色贷款"]: True,
            keys["作物"]: "茶叶",
            keys["备注"]: "@own",
        },
        remark="@逾期",
    )
    paid = add_loan(bank, customer_id=farmer, contract_no="PAID", disbursed_on=dt.date(2026, 2, 1))
    add_repayment(bank, paid, 10_000_00, dt.date(2026, 3, 1))
    done = add_loan(
        bank, customer_id=company, contract_no="DONE", disbursed_on=dt.date(2026, 2, 1), periods=1
    )
    add_repayment(bank, done, session.get_one(Loan, done).state.total_due, TODAY)
    for method in Method:
        changes = {"amort_periods": 24} if method is Method.BALLOON else {}
        add_loan(
            bank,
            customer_id=company,
            contract_no=f"M-{method.replace('_', '-')}",
            method=method,
            **changes,
        )
    add_loan(
        bank,
        customer_id=other,
        contract_no="QUARTERLY",
        branch_id=bank.branch_b,
        method=Method.INTEREST_ONLY,
        frequency_months=3,
        periods=4,
        repay_day=20,
        grace_days=5,
        disbursed_on=dt.date(2025, 6, 1),
    )
    add_loan(bank, customer_id=unknown, contract_no="GRACE", grace_days=30)
    add_loan(
        bank,
        customer_id=unknown,
        contract_no="TAKEN",
        disbursed_on=dt.date(2025, 6, 15),
        periods=24,
        imported=True,
        opening=Opening(
            id="",
            value_on=dt.date(2026, 1, 31),
            posted_on=TODAY,
            principal=4_000_000,
            overdue_principal=250_000,
            interest_due=30_000,
            penalty_due=1_234,
            oldest_due_on=dt.date(2026, 1, 15),
        ),
    )
    manager = bank.actor("chief")
    changed = add_loan(
        bank, customer_id=farmer, contract_no="RATE", disbursed_on=dt.date(2026, 3, 1)
    )
    event: dict[str, Any] = {"id": "", "value_on": TODAY, "posted_on": TODAY}
    amend_loan(session, manager, changed, RateChange(annual_rate=Decimal("0.0685"), **event), "LPR")
    longer = add_loan(
        bank, customer_id=farmer, contract_no="LONGER", disbursed_on=dt.date(2026, 3, 1)
    )
    amend_loan(session, manager, longer, Extension(periods=3, **event), "受灾")
    lost = add_loan(bank, customer_id=unknown, contract_no="LOST", disbursed_on=dt.date(2025, 1, 1))
    amend_loan(session, manager, lost, WriteOff(**event), "无法收回")
    session.commit()


def cells(path: Path) -> tuple[str, dict[str, dict[str, Any]]]:
    """The title, and the rows of a file by contract number."""
    table: list[list[Any]]
    if path.suffix == ".csv":
        table = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    else:
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        table = [list(row) for row in sheet.iter_rows(values_only=True)]
    (title, *_), head, *rows = table
    lines = [dict(zip(head, row, strict=True)) for row in rows]
    return title, {line["合同号"]: line for line in lines}


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_what_goes_out_comes_in_again_cell_by_cell(
    session: Session, bank: Bank, empty_bank: Flask, tmp_path: Path, kind: str
) -> None:
    fill(session, bank)
    first, second = tmp_path / f"first.{kind}", tmp_path / f"second.{kind}"
    count = write_ledger_file(session, OPERATOR, first, "测试银行")
    with empty_bank.app_context():
        there = current_session()
        begin_writing(there)
        add_own_fields(there)
        done = import_file(there, OPERATOR, FromFile(first))
        assert (done.counts["created"], done.refused) == (count, [])
        again = import_file(there, OPERATOR, FromFile(first))
        assert again.counts["unchanged"] == count
        assert write_ledger_file(there, OPERATOR, second, "测试银行") == count
        there.rollback()
    title, before = cells(first)
    assert "2026-03-10" in title
    assert (title, before) == cells(second)
    assert len(before) == count == session.scalar(select(func.count()).select_from(Loan))


def test_a_row_says_all_of_a_loan_in_arrears(session: Session, bank: Bank, tmp_path: Path) -> None:
    fill(session, bank)
    path = tmp_path / "ledger.csv"
    write_ledger_file(session, OPERATOR, path, "测试银行")
    line = cells(path)[1]["OVERDUE"]
    wanted = {
        "客户姓名": "张三丰",
        "证件号码": resident_id(1),
        "手机号": "13800156001",
        "住址": "浙江省杭州市西湖区文三路18号",
        "月收入": "8500.00",
        "贷款金额": "60000.00",
        "贷款余额": "60000.00",
        "年利率(%)": "7.2",
        "罚息上浮": "50%",
        "放款日": "2026-01-15",
        "期限(月)": "6",
        "还款方式": "等额本息",
        "担保方式": "组合",
        "保证人证件号": resident_id(77),
        "押品评估值": "880000.00",
        "逾期天数": "23",
        "逾期起始日": "2026-02-15",
        "贷款状态": "逾期",
        "贷款用途": "'-买茶苗",
        "备注": "'@逾期",
        "社员证号": "'=1+1",
        "种植面积": "12.5",
        "贴息金额": "123.45",
        "播种日": "2026-02-01",
        "绿色贷款": "是",
        "作物": "茶叶",
        OWN_REMARK: "'@own",
    }
    assert {name: line[name] for name in wanted} == wanted


def test_rates_and_ends_are_those_of_today(session: Session, bank: Bank, tmp_path: Path) -> None:
    fill(session, bank)
    path = tmp_path / "ledger.csv"
    write_ledger_file(session, OPERATOR, path, "测试银行")
    rows = cells(path)[1]
    assert rows["RATE"]["年利率(%)"] == "6.85"
    assert (rows["LONGER"]["到期日"], rows["LONGER"]["期限(月)"]) == ("2026-12-01", "")
    assert rows["LOST"]["核销日期"] == "2026-03-10"
    assert (rows["DONE"]["贷款余额"], rows["DONE"]["最近还款日"]) == ("0.00", "2026-03-10")


def test_what_is_due_within_its_days_of_grace_goes_out_as_due(
    session: Session, bank: Bank, tmp_path: Path
) -> None:
    fill(session, bank)
    path = tmp_path / "ledger.csv"
    write_ledger_file(session, OPERATOR, path, "测试银行")
    line = cells(path)[1]["GRACE"]
    assert (line["逾期天数"], line["逾期起始日"]) == ("0", "2026-02-15")
    assert Decimal(line["逾期本金"]) > 0


def test_one_branch_alone_can_go_out(session: Session, bank: Bank, tmp_path: Path) -> None:
    fill(session, bank)
    path = tmp_path / "ledger.csv"
    assert write_ledger_file(session, OPERATOR, path, "测试银行", "B01") == 1
    title, rows = cells(path)
    assert set(rows) == {"QUARTERLY"}
    assert "城西支行" in title


def test_the_file_is_its_owners_alone(session: Session, bank: Bank, tmp_path: Path) -> None:
    path = tmp_path / "ledger.xlsx"
    write_ledger_file(session, OPERATOR, path, "测试银行")
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "branch", "field", "reason"),
    [
        ("ledger.pdf", "", "file", "kind_unknown"),
        ("none/ledger.csv", "", "file", "unwritable"),
        ("ledger.csv", "Z9", "branch", "unknown"),
    ],
)
def test_a_file_that_cannot_be_is_refused(
    session: Session, bank: Bank, tmp_path: Path, name: str, branch: str, field: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        write_ledger_file(session, OPERATOR, tmp_path / name, "测试银行", branch)
    assert (refusal.value.field, refusal.value.reason) == (field, reason)


def test_who_may_not_see_full_numbers_gets_no_ledger(
    session: Session, bank: Bank, tmp_path: Path
) -> None:
    with pytest.raises(NotAllowed):
        write_ledger_file(session, bank.actor("auditor"), tmp_path / "a.csv", "测试银行")


# The page


def post(client: FlaskClient, **fields: str) -> Any:
    data = {"kind": "csv", "reason": "报送监管", **fields}
    return client.post("/exports/ledger", data=data, buffered=True)


def notes(session: Session) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == "export.ledger")))


def test_a_manager_takes_the_branchs_ledger_for_a_reason(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    fill(session, bank)
    client = sign_in("manager")
    assert "导出原因" in client.get("/exports").get_data(as_text=True)
    answer = post(client)
    assert answer.status_code == 200
    text = answer.get_data().decode("utf-8-sig")
    assert resident_id(1) in text
    assert "QUARTERLY" not in text
    (entry,) = notes(session)
    assert (entry.reason, entry.branch_id) == ("报送监管", bank.branch_a)
    assert entry.changes["rows"][1] == text.count("\n") - 2


@pytest.mark.parametrize("reason", ["", "  ", "长" * 60_000])
def test_without_a_fair_reason_nothing_goes_out(
    session: Session, bank: Bank, sign_in: SignIn, reason: str
) -> None:
    assert post(sign_in("manager"), reason=reason).status_code == 422
    assert not notes(session)


def test_another_branchs_ledger_is_refused(session: Session, bank: Bank, sign_in: SignIn) -> None:
    assert post(sign_in("manager"), branch=bank.branch_b).status_code == 422
    assert not notes(session)


@pytest.mark.parametrize("who", ["officer", "auditor", "administrator"])
def test_other_roles_get_no_ledger(session: Session, bank: Bank, sign_in: SignIn, who: str) -> None:
    assert post(sign_in(who)).status_code == 403
    assert not notes(session)


def test_an_auditor_sees_the_page_without_the_ledger(bank: Bank, sign_in: SignIn) -> None:
    page = sign_in("auditor").get("/exports").get_data(as_text=True)
    assert "/exports/ledger" not in page
    assert "/loans" in page


def test_an_officer_has_no_page_of_exports(bank: Bank, sign_in: SignIn) -> None:
    client = sign_in("officer")
    assert client.get("/exports").status_code == 403
    assert client.get("/exports/template.xlsx").status_code == 403


def test_the_template_has_headings_that_the_import_knows(
    session: Session, bank: Bank, sign_in: SignIn, tmp_path: Path
) -> None:
    add_own_fields(session)
    answer = sign_in("reviewer").get("/exports/template.xlsx", buffered=True)
    assert answer.status_code == 200
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    assert book.sheetnames == ["台账", "填写说明", "选项"]
    sheet: Any = book["台账"]
    headings = {cell.value: cell for cell in sheet[1]}
    assert {"客户姓名", "证件号码", "贷款金额", "社员证号", OWN_REMARK} <= set(headings)
    column = headings["证件号码"].column_letter
    assert sheet.column_dimensions[column].width > 10
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    place = headings["还款方式"].column_letter
    assert rules[f"{place}2"].formula1.startswith("选项!$")
    assert book["选项"].sheet_state == "hidden"
    assert [cell.value for cell in book["填写说明"][1]][:2] == ["栏目", "含义"]


def test_a_filled_template_comes_in(
    session: Session, bank: Bank, sign_in: SignIn, tmp_path: Path
) -> None:
    answer = sign_in("reviewer").get("/exports/template.xlsx", buffered=True)
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    sheet: Any = book["台账"]
    places = {cell.value: cell.column for cell in sheet[1]}
    row: dict[str, Any] = {
        "客户姓名": "赵六",
        "证件号码": resident_id(9),
        "手机号": "13800000009",
        "合同号": "T-1",
        "贷款品种": "经营贷",
        "贷款金额": 60000,
        "贷款余额": 60000,
        "年利率": 7.2,
        "放款日": dt.date(2026, 3, 1),
        "期限(月)": 12,
        "还款方式": "等额本息",
        "经办机构": "城东支行",
    }
    for name, value in row.items():
        sheet.cell(2, places[name], value)
    path = tmp_path / "filled.xlsx"
    book.save(path)
    begin_writing(session)
    done = import_file(session, OPERATOR, FromFile(path, strict=True))
    assert (done.counts["created"], done.refused) == (1, [])
