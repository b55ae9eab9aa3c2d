"""Pages of loans: what they show, what they refuse, how many statements they take."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from server.database.models import AuditEntry
from server.loans.models import Loan, LoanEvent
from tests.server.bank import TODAY, Bank, add_borrower, add_loan, add_repayment
from tests.server.pages import text_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
SignIn = Callable[[str], FlaskClient]


def _form(bank: Bank, **changes: str) -> dict[str, str]:
    return {
        "customer_id": add_borrower(bank),
        "product_id": bank.product_id,
        "principal": "6万",
        "annual_rate": "7.2",
        "method": "EQUAL_INSTALMENT",
        "disbursed_on": "2026.1.15",
        "periods": "6",
        "frequency_months": "1",
        **changes,
    }


def test_the_list_shows_loans_with_their_sums(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    add_loan(bank, contract_no="HT1")
    add_loan(bank, contract_no="HT2", branch_id=bank.branch_b)
    session.commit()
    page = text_of(sign_in("officer"), "/loans")
    assert "HT1" in page
    assert "HT2" not in page
    assert "60,000.00" in page
    everywhere = text_of(sign_in("chief"), "/loans")
    assert "HT2" in everywhere
    assert "120,000.00" in everywhere


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("bucket=overdue", {"LATE"}),
        ("bucket=M1", {"LATE"}),
        ("bucket=M2", set()),
        ("bucket=M0", {"GOOD", "DONE"}),
        ("status=OVERDUE", {"LATE"}),
        ("status=NORMAL", {"GOOD"}),
        ("status=SETTLED", {"DONE"}),
        ("class=SPECIAL_MENTION", {"LATE"}),
        ("q=GO", {"GOOD"}),
        ("due_from=2026-03-20&due_to=2026-04-01", {"GOOD"}),
        ("officer=018f0000-0000-7000-8000-000000000000", set()),
        ("bucket=nonsense&status=x&due_from=31.31.2026", {"GOOD", "LATE", "DONE"}),
    ],
)
def test_filters_keep_what_they_say(
    session: Session, bank: Bank, sign_in: SignIn, query: str, shown: set[str]
) -> None:
    add_loan(bank, contract_no="LATE")
    add_loan(bank, contract_no="GOOD", disbursed_on=dt.date(2026, 3, 1))
    done = add_loan(bank, contract_no="DONE", disbursed_on=dt.date(2026, 2, 1), periods=1)
    owed = session.get_one(Loan, done).state.total_due
    add_repayment(bank, done, owed, TODAY)
    session.commit()
    page = text_of(sign_in("officer"), f"/loans?{query}")
    assert {each for each in ("LATE", "GOOD", "DONE") if f">{each}<" in page} == shown


@pytest.mark.parametrize("sort", ["contract_no", "-principal", "unpaid_due_on", "-next_due_on"])
def test_pages_follow_each_other_without_gaps(session: Session, bank: Bank, sort: str) -> None:
    from server.loans.queries import LoanFilter, list_loans

    customer_id = add_borrower(bank)
    for number in range(7):
        add_loan(
            bank,
            customer_id=customer_id,
            contract_no=f"N{number}",
            principal=(number % 3 + 1) * 1_000_000,
            disbursed_on=dt.date(2026, 1, 1) + dt.timedelta(days=number // 2),
        )
    done = add_loan(bank, contract_no="DONE", disbursed_on=dt.date(2026, 2, 1), periods=1)
    add_repayment(bank, done, session.get_one(Loan, done).state.total_due, TODAY)
    session.commit()
    actor = bank.actor("officer")
    seen, after, before = [], None, None
    while True:
        page = list_loans(session, actor, LoanFilter(), sort=sort, after=after, limit=3)
        seen.append([row.contract_no for row in page.rows])
        before = page.preceding
        if page.following is None:
            break
        after = page.following
    found = sorted(number for page in seen for number in page)
    assert found == ["DONE", *(f"N{number}" for number in range(7))]
    back: list[list[str]] = []
    while before is not None:
        page = list_loans(session, actor, LoanFilter(), sort=sort, before=before, limit=3)
        back.insert(0, [row.contract_no for row in page.rows])
        before = page.preceding
    assert back == seen[:-1]


def test_a_made_up_sort_or_cursor_is_refused(bank: Bank, sign_in: SignIn) -> None:
    officer = sign_in("officer")
    for query in ("sort=password", "after=zzz", "after=WzEsMl0", "before=%00"):
        assert officer.get(f"/loans?{query}").status_code == 400


def _counted(session: Session, client: FlaskClient, url: str) -> int:
    counted: list[str] = []

    def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", count)
    try:
        text_of(client, url)
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(counted)


def test_a_longer_list_takes_no_more_statements(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    officer = sign_in("officer")
    add_loan(bank)
    session.commit()
    few = _counted(session, officer, "/loans")
    for _ in range(9):
        add_loan(bank)
    session.commit()
    assert _counted(session, officer, "/loans") == few
    assert few <= 8


@pytest.mark.parametrize("tab", ["plan", "statement", "events", "terms", "nonsense"])
def test_every_part_of_a_loan_shows(
    session: Session, bank: Bank, sign_in: SignIn, tab: str
) -> None:
    loan_id = add_loan(bank, contract_no="HT1", purpose="购买货车")
    add_repayment(bank, loan_id, 100_000, dt.date(2026, 3, 1))
    session.commit()
    page = text_of(sign_in("officer"), f"/loans/{loan_id}?tab={tab}")
    assert "HT1" in page
    assert "逾期" in page
    assert "10,211.05" in page or tab != "plan"


def test_a_statement_of_an_earlier_day_knows_no_later_payment(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank)
    add_repayment(bank, loan_id, 123_456, dt.date(2026, 3, 1))
    session.commit()
    officer = sign_in("officer")
    url = f"/loans/{loan_id}?tab=statement"
    assert "1,234.56" in text_of(officer, url)
    assert "1,234.56" not in text_of(officer, f"{url}&as_of=2026-2-20")
    assert "没有这一天" in text_of(officer, f"{url}&as_of=2026-02-31")
    assert text_of(officer, f"{url}&as_of=2999-01-01")
    assert text_of(officer, f"{url}&as_of=1066-01-01&on=0001-01-01")


def test_the_plan_prints_on_a_sheet(session: Session, bank: Bank, sign_in: SignIn) -> None:
    loan_id = add_loan(bank, contract_no="HT1")
    session.commit()
    page = text_of(sign_in("officer"), f"/loans/{loan_id}/plan")
    assert "借款人签字" in page
    assert "2026-07-15" in page


def test_another_branchs_loan_is_not_there_and_the_try_is_audited(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank, branch_id=bank.branch_b)
    session.commit()
    officer = sign_in("officer")
    for url in (f"/loans/{loan_id}", f"/loans/{loan_id}/plan", f"/loans/{loan_id}/repayments/new"):
        text_of(officer, url, 404)
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "access.not_found")
    ).all()
    assert [each.entity_id for each in entries] == [loan_id] * 3


def test_an_administrator_sees_no_loans(bank: Bank, sign_in: SignIn) -> None:
    text_of(sign_in("administrator"), "/loans", 403)


def test_a_new_loan_is_booked_from_what_people_type(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    form = _form(bank, contract_no="HT9", **{"guarantors.0.name": "李四"})
    session.commit()
    officer = sign_in("officer")
    assert "7.2%" in text_of(officer, f"/loans/new?customer_id={form['customer_id']}")
    answer = officer.post("/loans", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    loan = session.scalars(select(Loan)).one()
    assert (loan.contract_no, loan.principal) == ("HT9", 6_000_000)
    assert [each.name for each in loan.guarantors] == ["李四"]
    assert "贷款已登记" in text_of(officer, answer.headers["Location"])


def test_the_plan_is_shown_before_saving(session: Session, bank: Bank, sign_in: SignIn) -> None:
    form = _form(bank)
    session.commit()
    officer = sign_in("officer")
    fragment = officer.post("/loans/preview", data=form, headers={"HX-Request": "true"})
    text = fragment.get_data(as_text=True)
    assert "9,851.05" in text
    assert "<html" not in text
    assert "<html" in officer.post("/loans/preview", data=form).get_data(as_text=True)
    wrong = officer.post(
        "/loans/preview", data={**form, "periods": "0"}, headers={"HX-Request": "1"}
    )
    assert "还不能计算" in wrong.get_data(as_text=True)
    assert session.scalars(select(Loan)).all() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"principal": "-5"},
        {"principal": "1" + "0" * 15},
        {"principal": "一大笔"},
        {"annual_rate": "1000"},
        {"annual_rate": "-1"},
        {"disbursed_on": "2026-02-31"},
        {"periods": "601"},
        {"periods": ""},
        {"method": "MAGIC"},
        {"product_id": "x"},
        {"purpose": "进" * 60_000},
        {"contract_no": "号" * 60_000},
        {"remark": "进" * 60_000},
        {"guarantors.1.id_no": "123"},
        {"collaterals.0.value": "abc"},
        {"officer_id": "nobody"},
        {"security": "gold"},
        {"repay_day": "0"},
        {"amort_periods": "9" * 400},
    ],
)
def test_bad_input_comes_back_with_what_was_typed(
    session: Session, bank: Bank, sign_in: SignIn, changes: dict[str, str]
) -> None:
    form = _form(bank, iou_no="J-77", **changes)
    session.commit()
    answer = sign_in("officer").post("/loans", data=form)
    assert answer.status_code == 422
    text = answer.get_data(as_text=True)
    assert "notice--bad" in text
    assert 'value="J-77"' in text
    assert session.scalars(select(Loan)).all() == []


def test_no_loan_for_a_customer_of_another_branch(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    customer_id = add_borrower(bank, branch_id=bank.branch_b)
    session.commit()
    officer = sign_in("officer")
    text_of(officer, f"/loans/new?customer_id={customer_id}", 404)
    text_of(officer, "/loans/new?customer_id=nobody", 404)
    form = _form(bank, customer_id=customer_id)
    session.commit()
    assert officer.post("/loans", data=form).status_code == 404


@pytest.mark.parametrize(
    "kind", ["waiver", "fee", "rate_change", "extension", "refund", "write_off"]
)
def test_every_amendment_has_its_form(
    session: Session, bank: Bank, sign_in: SignIn, kind: str
) -> None:
    loan_id = add_loan(bank)
    session.commit()
    assert "查看影响" in text_of(sign_in("reviewer"), f"/loans/{loan_id}/amendments/{kind}")


def test_an_amendment_is_looked_at_then_recorded_then_undone(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank)
    session.commit()
    reviewer, url = sign_in("reviewer"), f"/loans/{loan_id}/amendments/fee"
    form = {"value_on": "2026-03-10", "amount": "50", "reason": "工本费"}
    looked = reviewer.post(url, data={**form, "step": "preview"})
    assert looked.status_code == 200
    assert "确认记录" in looked.get_data(as_text=True)
    assert session.scalars(select(LoanEvent)).all() == []
    assert reviewer.post(url, data={**form, "step": "record"}).status_code == 303
    session.rollback()
    event_id = session.scalars(select(LoanEvent.id)).one()
    session.rollback()
    undo = f"/loans/{loan_id}/events/{event_id}/reversal"
    assert "将被冲正的事项" in text_of(reviewer, undo)
    assert reviewer.post(undo, data={"reason": ""}).status_code == 422
    assert reviewer.post(undo, data={"reason": "收错"}).status_code == 303
    assert "已冲正" in text_of(reviewer, f"/loans/{loan_id}?tab=events")


def test_an_amendment_with_a_fault_names_it(session: Session, bank: Bank, sign_in: SignIn) -> None:
    loan_id = add_loan(bank)
    session.commit()
    form = {"value_on": "2026-03-10", "component": "penalty", "amount": "99999", "reason": "困难"}
    answer = sign_in("reviewer").post(f"/loans/{loan_id}/amendments/waiver", data=form)
    assert answer.status_code == 422
    assert "大于该项的欠款" in answer.get_data(as_text=True)


def test_amendments_are_not_for_officers_nor_of_unknown_kinds(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    loan_id = add_loan(bank)
    session.commit()
    text_of(sign_in("officer"), f"/loans/{loan_id}/amendments/fee", 403)
    text_of(sign_in("reviewer"), f"/loans/{loan_id}/amendments/magic", 404)
