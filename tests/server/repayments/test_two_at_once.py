"""Two people act on one loan at the same moment: the second sees what the first did."""

from __future__ import annotations

import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database.engine import begin_writing
from server.database.extension import current_session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.loans.actions import differences
from server.loans.models import LoanEvent
from server.repayments.actions import RecordRepayment, record_repayment, reverse_repayment
from server.repayments.models import Repayment
from tests.server.bank import TODAY, Bank, add_loan, add_repayment


def _at_once(app: Flask, acts: list[Callable[[Session], object]]) -> list[object]:
    """Run each act in a thread and a transaction of its own, begun together."""
    start, answers = threading.Barrier(len(acts)), []

    def run(act: Callable[[Session], object]) -> None:
        with app.app_context():
            session = current_session()
            start.wait()
            begin_writing(session)
            try:
                answers.append(act(session))
                session.commit()
            except Invalid as refusal:
                session.rollback()
                answers.append(refusal.reason)
            finally:
                session.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _pay(actor: Actor, loan_id: str, amount: int) -> Callable[[Session], object]:
    command = RecordRepayment(loan_id, amount, TODAY, "cash")
    return lambda session: record_repayment(session, actor, command)


def test_payments_at_once_follow_each_other(app: Flask, session: Session, bank: Bank) -> None:
    loan_id, actor = add_loan(bank), bank.actor("officer")
    session.commit()
    answers = _at_once(app, [_pay(actor, loan_id, 1000 + number) for number in range(6)])
    assert len(set(answers)) == 6
    places = session.scalars(select(LoanEvent.place).order_by(LoanEvent.place)).all()
    assert places == [1, 2, 3, 4, 5, 6]
    numbers = session.scalars(select(Repayment.receipt_no).order_by(Repayment.receipt_no)).all()
    assert [each[-4:] for each in numbers] == ["0001", "0002", "0003", "0004", "0005", "0006"]
    assert list(differences(session)) == []


def test_the_same_payment_twice_at_once_is_asked_about(
    app: Flask, session: Session, bank: Bank
) -> None:
    loan_id, actor = add_loan(bank), bank.actor("officer")
    session.commit()
    answers = _at_once(app, [_pay(actor, loan_id, 5000), _pay(actor, loan_id, 5000)])
    assert "double_entry" in answers
    assert len(session.scalars(select(Repayment)).all()) == 1


def test_one_payment_is_reversed_once(app: Flask, session: Session, bank: Bank) -> None:
    repayment_id = add_repayment(bank, add_loan(bank), 5000, TODAY)
    session.commit()
    actor = bank.actor("chief")

    def reverse(own: Session) -> object:
        reverse_repayment(own, actor, repayment_id, "录错")
        return "reversed"

    assert sorted(map(str, _at_once(app, [reverse, reverse]))) == ["already_reversed", "reversed"]
    assert list(differences(session)) == []
