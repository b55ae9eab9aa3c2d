"""Lists as files: what is exported is what is shown, masked as there, and it leaves a trace."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.reports import views
from tests.server.bank import (
    TODAY,
    Bank,
    add_borrower,
    add_customer,
    add_loan,
    add_repayment,
    resident_id,
)

SignIn = Callable[[str], FlaskClient]


def rows_of(client: FlaskClient, url: str) -> list[list[str]]:
    """The rows of a csv, headings included."""
    answer = client.get(url, buffered=True)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def sheet_of(client: FlaskClient, url: str) -> Any:
    answer = client.get(url, buffered=True)
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.get_data())).active


def entries(session: Session, action: str) -> list[AuditEntry]:
    query = select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.number)
    return list(session.scalars(query))


def test_a_list_comes_with_all_its_pages_in_the_order_of_the_page(
    session: Session, bank: Bank, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.web.exports.ROWS_A_PAGE", 2)
    customer_id = add_borrower(bank)
    for number in range(5):
        add_loan(bank, customer_id=customer_id, contract_no=f"N{number}")
    session.commit()
    rows = rows_of(sign_in("reviewer"), "/export/loans.csv?sort=-contract_no&cols=balance")
    assert rows[0] == ["合同号", "本金余额"]
    assert rows[1:] == [[f"N{number}", "60000.00"] for number in (4, 3, 2, 1, 0)]


def test_a_workbook_has_the_bank_the_day_and_typed_cells(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_loan(bank, contract_no="=N1")
    session.commit()
    sheet = sheet_of(
        sign_in("reviewer"), "/export/loans.xlsx?cols=contract_no&cols=principal&cols=disbursed_on"
    )
    assert sheet["A1"].value.startswith("测试银行 贷款（截至 ")
    assert [cell.value for cell in sheet[2]] == ["合同号", "贷款金额", "放款日"]
    number, principal, day = sheet[3]
    assert (number.value, number.data_type) == ("=N1", "s")
    assert (principal.value, principal.number_format) == (60_000, "#,##0.00")
    assert day.value.date() == dt.date(2026, 1, 15)


def test_filters_keep_what_they_keep_on_the_page(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_loan(bank, contract_no="LATE")
    add_loan(bank, contract_no="MORE")
    session.commit()
    rows = rows_of(sign_in("reviewer"), "/export/loans.csv?q=LA&cols=contract_no")
    assert rows == [["合同号"], ["LATE"]]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
@pytest.mark.parametrize("name", ["customers", "loans", "repayments", "feedback", "audit"])
def test_every_list_with_export_links_answers_them(
    session: Session, bank: Bank, sign_in: SignIn, name: str, kind: str
) -> None:
    customer_id = add_customer(bank)
    loan_id = add_loan(bank, customer_id=customer_id, contract_no="N1")
    add_repayment(bank, loan_id, 100_00, TODAY)
    session.commit()
    client = sign_in("manager")
    path = "/admin/audit" if name == "audit" else f"/{name}"
    assert f"/export/{name}.{kind}" in client.get(path).get_data(as_text=True)
    answer = client.get(f"/export/{name}.{kind}", buffered=True)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_numbers_are_masked_as_on_the_page(session: Session, bank: Bank, sign_in: SignIn) -> None:
    add_customer(bank)
    session.commit()
    client = sign_in("reviewer")
    (head, row) = rows_of(client, "/export/customers.csv")
    line = dict(zip(head, row, strict=True))
    assert line["证件号码"] == f"330***********{resident_id()[-4:]}"
    assert line["电话"] == "138****6001"
    data = client.get("/export/customers.csv", buffered=True).get_data(as_text=True)
    assert resident_id() not in data
    assert "西湖区" not in data


def test_a_search_exports_what_it_finds(session: Session, bank: Bank, sign_in: SignIn) -> None:
    add_customer(bank, 1, name="张三丰")
    add_customer(bank, 2, name="李四光")
    session.commit()
    rows = rows_of(sign_in("reviewer"), "/export/customers.csv?q=李四&cols=name")
    assert [row[0] for row in rows] == ["姓名", "李四光"]


def test_payments_come_with_amounts_that_add_up(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank, contract_no="N1")
    add_repayment(bank, loan_id, 100_00, TODAY)
    session.commit()
    rows = rows_of(sign_in("reviewer"), "/export/repayments.csv?from=2026-01-01")
    line = dict(zip(*rows, strict=True))
    assert (line["金额"], line["方式"], line["状态"]) == ("100.00", "现金", "有效")


def test_a_branch_exports_its_own_rows_alone(session: Session, bank: Bank, sign_in: SignIn) -> None:
    add_loan(bank, contract_no="OURS")
    add_loan(bank, contract_no="THEIRS", branch_id=bank.branch_b)
    session.commit()
    url = f"/export/loans.csv?branch={bank.branch_b}"
    assert "THEIRS" not in sign_in("reviewer").get(url, buffered=True).get_data(as_text=True)
    assert "THEIRS" in sign_in("auditor").get(url, buffered=True).get_data(as_text=True)


def test_an_export_is_in_the_audit_with_filters_and_rows(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_loan(bank, contract_no="N1")
    session.commit()
    sign_in("reviewer").get("/export/loans.xlsx?q=N&sort=-principal", buffered=True)
    (entry,) = entries(session, "export.list")
    assert (entry.entity, entry.entity_id, entry.branch_id) == ("export", "loans", bank.branch_a)
    assert entry.actor_id == bank.people["reviewer"]
    assert entry.changes == {
        "rows": [None, 1],
        "file_kind": [None, "xlsx"],
        "filters": [None, "q=N&sort=-principal"],
    }


def test_a_number_that_was_searched_for_is_not_in_the_audit(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    sign_in("reviewer").get(f"/export/customers.csv?q={resident_id()}", buffered=True)
    (entry,) = entries(session, "export.list")
    assert entry.changes["filters"] == [None, "q=330***"] or resident_id()[-1] == "X"
    assert resident_id() not in str(entry.changes)


def test_an_officer_may_not_export(bank: Bank, session: Session, sign_in: SignIn) -> None:
    client = sign_in("officer")
    assert client.get("/export/loans.csv", buffered=True).status_code == 403
    assert "/export/" not in client.get("/loans").get_data(as_text=True)
    assert not entries(session, "export.list")
    assert entries(session, "access.refused")


def test_who_may_not_see_a_list_may_not_export_it(bank: Bank, sign_in: SignIn) -> None:
    assert sign_in("reviewer").get("/export/audit.csv", buffered=True).status_code == 403


def test_a_list_nobody_knows_is_not_found(bank: Bank, sign_in: SignIn) -> None:
    client = sign_in("reviewer")
    assert client.get("/export/secrets.csv", buffered=True).status_code == 404
    assert client.get("/export/loans.pdf", buffered=True).status_code == 404


def test_too_many_rows_are_told_and_leave_no_trace_of_an_export(
    session: Session, bank: Bank, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MAX_LIST_ROWS", 1)
    customer_id = add_borrower(bank)
    add_loan(bank, customer_id=customer_id, contract_no="N1")
    add_loan(bank, customer_id=customer_id, contract_no="N2")
    session.commit()
    answer = sign_in("reviewer").get("/export/loans.xlsx", buffered=True)
    assert answer.status_code == 400
    assert "超过 1 行" in answer.get_data(as_text=True)
    assert not entries(session, "export.list")


@pytest.mark.parametrize("query", ["sort=nonsense", "sort=" + "x" * 60_000])
def test_an_unknown_order_is_refused(bank: Bank, sign_in: SignIn, query: str) -> None:
    assert sign_in("reviewer").get(f"/export/loans.csv?{query}", buffered=True).status_code == 400


def test_an_export_takes_the_same_few_statements_a_page(
    session: Session, bank: Bank, sign_in: SignIn, statements: list[str]
) -> None:
    client = sign_in("reviewer")
    counts = []
    for number in (1, 5):
        for each in range(number):
            add_customer(bank, number * 10 + each)
        session.commit()
        statements.clear()
        client.get("/export/customers.csv", buffered=True)
        counts.append(len(statements))
    assert counts[0] == counts[1]
