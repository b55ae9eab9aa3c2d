"""What a device holds of a loan: the sums of the desk, and those of the days ahead."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from server.domain.statement import lines_of
from server.loans import queries
from server.loans.actions import Guarantor
from server.loans.documents import loan_documents
from server.loans.models import Loan
from server.loans.queries import LoanFilter, list_loans
from server.repayments.actions import PrepayLoan, prepay_loan, reverse_repayment
from server.repayments.queries import allocations_of
from tests.server.bank import TODAY, Bank, add_customer, add_loan, add_repayment, resident_id
from tests.server.shapes import faults

_FIRST = 1_021_105
_DUE = dt.date(2026, 2, 15)


def _document(bank: Bank, loan_id: str, today: dt.date = TODAY) -> dict[str, Any]:
    document = loan_documents(bank.session, [loan_id], today)[loan_id]
    assert faults("Loan", document) == []
    return document


def test_every_sum_of_today_is_that_of_the_desks_list(bank: Bank) -> None:
    ids = [add_loan(bank, customer_id=add_customer(bank, serial)) for serial in (1, 2)]
    add_repayment(bank, ids[1], _FIRST, _DUE)

    documents = loan_documents(bank.session, ids, TODAY)

    for row in list_loans(bank.session, bank.actor("officer"), LoanFilter()).rows:
        found = documents[row.id]
        assert found["contract_no"] == row.contract_no
        assert found["product"] == row.product_name
        assert found["balance"] == row.balance
        assert found["days"][0]["due"] == row.total_due
        assert found["next_due_amount"] == row.next_due_amount
        assert found["next_due_on"] == (row.next_due_on and row.next_due_on.isoformat())
        assert (found["dpd"], found["status"]) == (row.dpd, row.status.value)
        assert found["five_class"] == row.five_class.value
        assert found["maturity_on"] == row.maturity_on.isoformat()


def test_each_day_ahead_is_the_statement_and_payoff_of_that_day(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank), grace_days=3)
    loan = bank.session.get_one(Loan, loan_id)

    days = _document(bank, loan_id)["days"]

    assert [each["on"] for each in days] == [
        (TODAY + dt.timedelta(days=count)).isoformat() for count in range(15)
    ]
    for each in days:
        on = dt.date.fromisoformat(each["on"])
        sheet = queries.statement_on(bank.session, loan, on)
        assert {name: each[name] for name in sheet.due._fields} == sheet.due._asdict()
        assert (each["due"], each["dpd"]) == (sheet.total_due, sheet.dpd)
        assert each["payoff"] == queries.payoff_on(bank.session, loan, on).total


def test_a_loan_that_asks_for_nothing_in_that_time_has_one_day(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank), disbursed_on=TODAY)

    (today,) = _document(bank, loan_id)["days"]

    assert (today["due"], today["payoff"]) == (0, 6_000_000)


def test_plan_against_actual_is_the_desks(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    add_repayment(bank, loan_id, _FIRST + 500_000, _DUE)
    on = dt.date(2026, 4, 20)
    sheet = queries.statement_on(bank.session, bank.session.get_one(Loan, loan_id), on)

    plan = _document(bank, loan_id, on)["plan"]

    assert [(each["due"], each["paid"], each["left"]) for each in plan] == [
        (item.due.total, item.paid.total, item.unpaid.total) for item in sheet.instalments
    ]
    states = [each["state"] for each in plan]
    assert states == ["paid", "overdue", "overdue", "future", "future", "future"]


def test_an_instalment_paid_in_part_on_its_day_says_so(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    add_repayment(bank, loan_id, 500_000, _DUE)

    assert _document(bank, loan_id, _DUE)["plan"][0]["state"] == "part"


def test_the_history_tells_payments_with_receipt_and_parts_the_newest_first(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    first = add_repayment(bank, loan_id, _FIRST, _DUE)
    wrong = add_repayment(bank, loan_id, 200_000, TODAY)
    reverse_repayment(bank.session, bank.actor("chief"), wrong, "记错了")

    history = _document(bank, loan_id)["history"]

    assert [(each["kind"], each["amount"], each["reversed"]) for each in history] == [
        ("reversal", -200_000, False),
        ("repayment", 200_000, True),
        ("repayment", _FIRST, False),
    ]
    kept = history[-1]
    assert kept["id"] == first
    assert kept["receipt_no"]
    assert {part["name"]: part["amount"] for part in kept["parts"]} == {
        name: amount
        for row in allocations_of(bank.session, first)
        for name, amount in row.parts.items()
    }


def test_paying_off_is_one_line_with_all_the_money_that_was_brought(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    paid_off = PrepayLoan(loan_id, None, TODAY, "cash")
    payment = prepay_loan(bank.session, bank.actor("chief"), paid_off)

    document = _document(bank, loan_id)

    (line,) = document["history"]
    sums: dict[str, int] = {}
    for row in allocations_of(bank.session, payment):
        for name, amount in row.parts.items():
            sums[name] = sums.get(name, 0) + amount
    assert {part["name"]: part["amount"] for part in line["parts"]} == sums
    assert line["amount"] == sum(sums.values())
    assert (document["status"], document["settled_on"]) == ("SETTLED", TODAY.isoformat())
    assert [day["payoff"] for day in document["days"]] == [0]


def test_a_long_history_is_cut_at_sixty_lines(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank))
    for amount in range(1, 63):
        add_repayment(bank, loan_id, amount, TODAY, accept_double=True)

    history = _document(bank, loan_id)["history"]

    assert [each["amount"] for each in history] == list(range(62, 2, -1))
    sheet = queries.statement_on(bank.session, bank.session.get_one(Loan, loan_id), TODAY)
    assert len(lines_of(sheet)) > len(history)


def test_the_contract_says_its_rate_in_per_cent_and_who_stands_for_it(bank: Bank) -> None:
    guarantor = Guarantor(name="赵六", id_no=resident_id(9), mobile="13911112222")
    loan_id = add_loan(
        bank,
        customer_id=add_customer(bank),
        annual_rate=Decimal("0.054"),
        guarantors=(guarantor,),
        security="guarantee",
    )

    document = _document(bank, loan_id)

    assert (document["rate"], document["periods"]) == ("5.40", 6)
    assert document["guarantors"] == [{"name": "赵六", "mobile": "13911112222"}]
    assert resident_id(9) not in str(document)


def test_a_rate_keeps_the_places_it_has(bank: Bank) -> None:
    loan_id = add_loan(bank, customer_id=add_customer(bank), annual_rate=Decimal("0.04375"))

    assert _document(bank, loan_id)["rate"] == "4.375"


def test_many_loans_take_as_many_queries_as_one(bank: Bank, statements: list[str]) -> None:
    customers = [add_customer(bank, serial) for serial in range(1, 6)]
    ids = [add_loan(bank, customer_id=each) for each in customers]
    bank.session.flush()
    counts = []
    for some in (ids[:1], ids):
        bank.session.expunge_all()
        statements.clear()
        loan_documents(bank.session, some, TODAY)
        counts.append(len(statements))

    assert counts[0] == counts[1] == 6
