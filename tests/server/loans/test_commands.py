"""The commands `statement` and `loans rebuild`."""

from __future__ import annotations

import datetime as dt
import json

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from server.loans.models import LoanState
from tests.server.bank import Bank, add_loan, add_repayment


def test_a_statement_answers_json(app: Flask, session: Session, bank: Bank) -> None:
    loan_id = add_loan(bank, contract_no="HT1")
    repayment_id = add_repayment(bank, loan_id, 1_100_000, dt.date(2026, 2, 15))
    session.commit()
    args = ["statement", "HT1", "--as-of", "2026-02-20", "--json"]
    result = app.test_cli_runner().invoke(args=args)
    assert result.exit_code == 0, result.output
    told = json.loads(result.output)
    assert told["contract_no"] == "HT1"
    assert (told["status"], told["dpd"], told["class"]) == ("NORMAL", 0, "NORMAL")
    assert (told["principal"], told["principal_balance"]) == ("60000.00", "50148.95")
    assert (told["credit"], told["total_due"]) == ("788.95", "0.00")
    assert (told["next_due"], told["next_due_amount"]) == ("2026-03-15", "9422.10")
    assert len(told["instalments"]) == 6
    first = told["instalments"][0]
    assert (first["paid_principal"], first["paid_interest"], first["unpaid"]) == (
        "9851.05",
        "360.00",
        "0.00",
    )
    [payment] = told["payments"]
    assert (payment["id"], payment["on"], payment["amount"]) == (
        repayment_id,
        "2026-02-15",
        "11000.00",
    )
    assert [(each["component"], each["amount"]) for each in payment["allocated"]] == [
        ("interest", "360.00"),
        ("principal", "9851.05"),
        ("credit", "788.95"),
    ]


def test_a_statement_reads_as_a_table(app: Flask, session: Session, bank: Bank) -> None:
    add_loan(bank, contract_no="HT1")
    session.commit()
    result = app.test_cli_runner().invoke(args=["statement", "HT1", "--as-of", "2026-03-10"])
    assert result.exit_code == 0
    assert "DPD 23" in result.output
    assert "2026-07-15" in result.output


def test_an_unknown_contract_or_day_is_told_as_json(app: Flask, bank: Bank) -> None:
    runner = app.test_cli_runner()
    for args, field, reason in (
        (["statement", "NONE", "--json"], "contract_no", "not_found"),
        (["statement", "NONE", "--as-of", "2026-02-31"], "as_of", "date"),
    ):
        result = runner.invoke(args=args)
        assert result.exit_code == 1
        assert json.loads(result.output) == {"error": {"field": field, "reason": reason}}


def test_rebuild_finds_no_difference_until_somebody_tampers(
    app: Flask, session: Session, bank: Bank
) -> None:
    add_loan(bank, contract_no="HT1")
    session.commit()
    runner = app.test_cli_runner()
    assert runner.invoke(args=["loans", "rebuild"]).exit_code == 0
    session.execute(update(LoanState).values(total_due=1))
    session.commit()
    found = runner.invoke(args=["loans", "rebuild"])
    assert found.exit_code == 1
    assert "HT1 total_due: 1" in found.output
    assert runner.invoke(args=["loans", "rebuild", "--fix"]).exit_code == 1
    assert runner.invoke(args=["loans", "rebuild"]).exit_code == 0
