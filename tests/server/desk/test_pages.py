"""The pages that join slices: by role, by branch, with a fixed number of statements."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.customers.actions import NewCustomer, create_customer
from server.database.models import AuditEntry
from server.feedback.actions import LogFeedback, log_feedback
from tests.server.bank import TODAY, Bank, add_customer, add_loan, add_repayment

SignIn = Callable[[str], FlaskClient]
pytestmark = pytest.mark.usefixtures("morning")

DUE_TODAY = dt.date(2026, 2, 10)
IN_ARREARS = dt.date(2026, 1, 5)
INSTALMENT = 1_021_105


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return str(answer.get_data(as_text=True))


def selects(statements: list[str]) -> int:
    return sum(each.lstrip().startswith("SELECT") for each in statements)


def busy_customer(bank: Bank, serial: int, loans: int) -> str:
    """A customer with loans in arrears, a payment on each, a case and a guarantee."""
    customer_id = add_customer(bank, serial)
    for _ in range(loans):
        made = add_loan(bank, customer_id=customer_id, disbursed_on=IN_ARREARS)
        add_repayment(bank, made, INSTALMENT, dt.date(2026, 2, 5))
    said = LogFeedback(customer_id, "question", "other", "call", "何时到账", TODAY)
    log_feedback(bank.session, bank.actor("officer"), said)
    return customer_id


def test_an_empty_bank_is_taught_its_first_steps(bank: Bank, sign_in: SignIn) -> None:
    page = text_of(sign_in("manager").get("/"))

    assert "从这里开始" in page
    assert "登记第一笔贷款" in page
    assert "今日应收" not in page


def test_today_is_the_home_page_and_shows_what_is_asked(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    for disbursed_on, contract in ((DUE_TODAY, "DUE-1"), (IN_ARREARS, "LATE-1")):
        add_loan(bank, disbursed_on=disbursed_on, contract_no=contract)
    session.commit()
    reviewer = sign_in("reviewer")

    page = text_of(reviewer.get("/"))
    assert page.index("DUE-1") < page.index("LATE-1")
    assert "10,211.05" in page
    assert "冲正申请" in page
    assert "各机构今日" not in page
    assert text_of(reviewer.get("/today")).count("DUE-1") == page.count("DUE-1")


def test_an_officer_sees_the_own_loans_first_and_the_branch_on_asking(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    for username in ("officer", "officer2"):
        officer_id = bank.people[username]
        add_loan(bank, disbursed_on=DUE_TODAY, officer_id=officer_id, contract_no=f"OF-{username}")
    session.commit()
    officer = sign_in("officer")

    mine, branch = text_of(officer.get("/today")), text_of(officer.get("/today?scope=branch"))

    assert "OF-officer<" in mine
    assert "OF-officer2<" not in mine
    assert "OF-officer2<" in branch


def test_the_head_office_sees_every_branch_and_a_branch_only_its_own(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    add_loan(bank, disbursed_on=DUE_TODAY, contract_no="IN-A")
    add_loan(bank, disbursed_on=DUE_TODAY, contract_no="IN-B", branch_id=bank.branch_b)
    session.commit()

    whole = text_of(sign_in("chief").get("/today"))
    assert "各机构今日" in whole
    assert "IN-A" in whole
    assert "IN-B" in whole
    assert "IN-B" not in text_of(sign_in("manager").get("/today"))
    assert "IN-A" not in text_of(sign_in("officer_b").get("/today?scope=branch"))


def test_an_auditor_reads_and_is_offered_no_act(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    customer_id = busy_customer(bank, 1, 1)
    session.commit()
    auditor = sign_in("auditor")

    today, customer = auditor.get("/today"), auditor.get(f"/customers/{customer_id}")

    assert "记录还款" not in text_of(today)
    page = text_of(customer)
    for act in ("/repayments/new", "/feedback/new", "/loans/new", "/edit", "multipart/form-data"):
        assert act not in page


def test_an_administrator_sees_what_is_set_up_and_no_customers(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    customer_id = busy_customer(bank, 1, 1)
    session.commit()
    administrator = sign_in("administrator")

    page = text_of(administrator.get("/"))

    assert "在职员工" in page
    assert 'role="search"' not in page
    assert administrator.get(f"/customers/{customer_id}").status_code == 403
    assert administrator.get("/customers").status_code == 403
    assert administrator.get("/search?q=x").status_code == 403


def test_one_page_shows_all_of_a_customer(bank: Bank, session: Session, sign_in: SignIn) -> None:
    customer_id = busy_customer(bank, 1, 2)
    session.commit()

    page = text_of(sign_in("officer").get(f"/customers/{customer_id}"))

    for part in (
        "本金余额",
        "计划与实还",
        "逾期 5 天",
        "最近还款",
        "现金",
        "330***********0014",
        "138****6001",
        "反馈",
        "附件",
        "登记贷款",
        "变更记录",
        "登记客户",
        "officer 员工",
    ):
        assert part in page, part
    assert "13800136001" not in page


def test_a_customer_of_another_branch_is_not_there_and_the_try_is_audited(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    customer_id = busy_customer(bank, 1, 1)
    session.commit()

    assert sign_in("officer_b").get(f"/customers/{customer_id}").status_code == 404

    last = session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert last is not None
    assert (last.action, last.entity_id) == ("access.not_found", customer_id)


def test_a_customer_without_loans_is_offered_the_first(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    customer_id = add_customer(bank)
    session.commit()

    page = text_of(sign_in("officer").get(f"/customers/{customer_id}"))

    assert "登记第一笔贷款" in page
    assert f"/loans/new?customer_id={customer_id}" in page


def test_the_list_of_customers_tells_their_standing(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    busy_customer(bank, 1, 1)
    session.commit()

    page = text_of(sign_in("officer").get("/customers"))

    row = re.search(r"<tr>.*?张三丰.*?</tr>", page, re.DOTALL)
    assert row is not None
    assert "逾期" in row[0]
    assert "50,148.95" in row[0]


def test_the_search_answers_a_page_or_a_fragment(
    bank: Bank, session: Session, sign_in: SignIn
) -> None:
    busy_customer(bank, 1, 1)
    session.commit()
    officer = sign_in("officer")

    page = text_of(officer.get("/search?q=zsf"))
    fragment = text_of(officer.get("/search?q=zsf", headers={"HX-Request": "true"}))

    assert "<html" in page
    assert "<html" not in fragment
    for text in (page, fragment):
        assert "张三丰" in text
        assert "138****6001" in text
    assert "没有找到" in text_of(officer.get("/search?q=nobody"))
    assert "要找什么" in text_of(officer.get("/search"))
    assert "没有找到" in text_of(sign_in("officer_b").get("/search?q=zsf"))


@pytest.mark.parametrize("text", ["%00", "%27%20OR%201=1", "%F0%9F%92%A3", "x" * 6000, "%25", "#"])
def test_the_search_bears_anything(sign_in: SignIn, text: str) -> None:
    assert sign_in("officer").get(f"/search?q={text}").status_code == 200


def test_names_are_text_and_never_markup(bank: Bank, session: Session, sign_in: SignIn) -> None:
    name = "<script>alert(1)</script>"
    customer_id = create_customer(
        session,
        bank.actor("officer"),
        NewCustomer("person", name, bank.branch_a, incomplete=("id_no", "mobile")),
    )
    add_loan(bank, customer_id=customer_id, disbursed_on=DUE_TODAY, imported=True)
    session.commit()
    officer = sign_in("officer")

    for path in ("/today?scope=branch", f"/customers/{customer_id}", "/search?q=%3Cscript"):
        page = text_of(officer.get(path))
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_today_takes_as_many_statements_for_many_loans_as_for_few(
    bank: Bank, session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    manager, counted = sign_in("manager"), []
    for count in (2, 20):
        for _ in range(count):
            add_loan(bank, disbursed_on=DUE_TODAY)
            add_loan(bank, disbursed_on=IN_ARREARS)
        session.commit()
        statements.clear()
        manager.get("/today")
        counted.append(selects(statements))

    assert counted == [20, 20]


def test_a_customer_takes_as_many_statements_with_many_loans_as_with_few(
    bank: Bank, session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    few, many = busy_customer(bank, 1, 1), busy_customer(bank, 2, 9)
    session.commit()
    officer, counted = sign_in("officer"), []
    for customer_id in (few, many):
        statements.clear()
        officer.get(f"/customers/{customer_id}")
        counted.append(selects(statements))

    assert counted == [26, 26]


def test_the_search_takes_as_many_statements_for_many_hits_as_for_few(
    bank: Bank, session: Session, sign_in: SignIn, statements: list[str]
) -> None:
    officer, counted = sign_in("officer"), []
    for serials in (range(1, 3), range(3, 15)):
        for serial in serials:
            add_loan(bank, customer_id=add_customer(bank, serial))
        session.commit()
        statements.clear()
        officer.get("/search?q=zsf")
        counted.append(selects(statements))

    assert counted[0] == counted[1]


def test_the_pages_speak_english_too(bank: Bank, session: Session, sign_in: SignIn) -> None:
    customer_id = busy_customer(bank, 1, 1)
    session.get_one(User, bank.people["officer"]).language = "en"
    session.commit()
    officer = sign_in("officer")

    for path in ("/", "/customers", f"/customers/{customer_id}", "/search?q=zsf", "/feedback"):
        assert '<html lang="en"' in text_of(officer.get(path))
