"""A whole day by the clock: who is told what, once, and of nothing that was paid."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.covers.actions import GiveCover, give_cover
from server.customers.actions import ReassignCustomers, reassign_customers
from server.database.notices import Notice
from server.domain.terms import Method
from server.domain.workdays import HolidayRule
from server.loans.models import Loan
from server.products.actions import ChangeParameter, change_parameter
from server.reminders.actions import remind, save_wishes
from server.reminders.models import Reminder
from server.reminders.queries import Wishes, still_true
from server.repayments.actions import reverse_repayment
from tests.server.bank import Bank, add_borrower, add_repayment
from tests.server.reminders.conftest import INTEREST, TODAY, at, due_in, job

Told = list[tuple[str, str, dict[str, Any]]]
Run = Callable[..., Told]
DAY = dt.timedelta(days=1)


def _kinds(told: Told) -> list[tuple[str, str]]:
    return [(who, kind) for who, kind, _ in told]


def _digest(told: Told, who: str) -> dict[str, Any]:
    (found,) = [params for name, kind, params in told if (name, kind) == (who, "due_digest")]
    return {name: value for name, value in found.items() if value}


def test_a_day_tells_each_officer_the_own_and_the_manager_the_branch(
    session: Session, bank: Bank, run: Run
) -> None:
    for days in (7, 3, 1, 0, -1, -3, -20, 8, 5):
        due_in(bank, days)
    due_in(bank, 0, branch_id=bank.branch_b)
    due_in(bank, 3, branch_id=bank.branch_b)
    session.commit()

    told = run()

    # T-5 counts as the T-7 that was not told; T-8 is still far.
    assert _digest(told, "officer") == {
        "on": "2026-03-10",
        "due": 1,
        "soon": 4,
        "overdue": 3,
        "sum": INTEREST,
    }
    assert _digest(told, "officer_b") == {
        "on": "2026-03-10",
        "due": 1,
        "soon": 1,
        "sum": INTEREST,
    }
    assert _digest(told, "manager") == _digest(told, "officer")
    assert _digest(told, "chief") == {
        "on": "2026-03-10",
        "due": 2,
        "soon": 5,
        "overdue": 3,
        "sum": 2 * INTEREST,
    }
    assert _kinds(told) == [
        ("chief", "due_digest"),
        ("manager", "due_digest"),
        ("officer", "due_digest"),
        ("officer", "overdue"),
        ("officer_b", "due_digest"),
    ]
    assert run() == []
    assert run(TODAY, 15) == []


def test_the_first_day_overdue_is_told_by_itself_with_what_is_owed(
    session: Session, bank: Bank, run: Run
) -> None:
    loan_id = due_in(bank, -1)
    session.commit()
    (params,) = [params for _, kind, params in run() if kind == "overdue"]
    assert params["loan_id"] == loan_id
    assert (params["days"], params["offset"], params["loans"]) == (1, 1, 1)
    assert params["amount"] == INTEREST + 11  # a day of compound interest
    assert params["name"] == "张三丰"


def test_two_loans_of_a_customer_are_one_notice(session: Session, bank: Bank, run: Run) -> None:
    customer_id = add_borrower(bank)
    for _each in range(2):
        due_in(bank, -1, customer_id=customer_id)
    session.commit()
    singles = [params for _, kind, params in run() if kind == "overdue"]
    assert [each["loans"] for each in singles] == [2]


def test_a_large_instalment_of_today_is_told_by_itself(
    session: Session, bank: Bank, run: Run
) -> None:
    due_in(bank, 0, principal=1_000_000_00, periods=1)
    due_in(bank, 0)
    session.commit()
    told = [(who, params["offset"]) for who, kind, params in run() if kind == "due_soon"]
    assert told == [("officer", 0)]


def test_a_bullet_loan_is_told_a_month_ahead(session: Session, bank: Bank, run: Run) -> None:
    due_in(bank, 20, method=Method.BULLET, periods=1)
    due_in(bank, 20)
    session.commit()
    assert _digest(run(), "officer") == {"on": "2026-03-10", "soon": 1}


def test_each_day_of_an_instalment_is_told_once(session: Session, bank: Bank, run: Run) -> None:
    due_in(bank, 7)
    session.commit()
    days: dict[int, list[str]] = {}
    for number in range(50):
        told = run(TODAY + number * DAY)
        days[number - 7] = [kind for who, kind, _ in told if who == "officer"]
    reached = session.scalars(select(Reminder.offset_days).order_by(Reminder.offset_days)).all()
    assert list(reached) == [-7, -3, -1, 0, 1, 3, 7, 37]
    quiet = [day for day, kinds in days.items() if not kinds]
    assert quiet == [-6, -5, -4, -2]
    assert [day for day, kinds in days.items() if "overdue" in kinds] == [1]


def test_nothing_is_told_of_what_is_paid(session: Session, bank: Bank, run: Run) -> None:
    for days in (0, 3):
        loan_id = due_in(bank, days)
        add_repayment(bank, loan_id, INTEREST, TODAY)
    session.commit()
    assert run() == []
    assert session.scalar(select(func.count()).select_from(Reminder)) == 0


def test_what_is_paid_between_telling_and_sending_does_not_leave(
    session: Session, bank: Bank, run: Run
) -> None:
    loan_id = due_in(bank, -1)
    session.commit()
    run()
    notice = session.scalars(select(Notice).where(Notice.kind == "overdue")).one()
    assert still_true(session, notice)
    paid = add_repayment(bank, loan_id, INTEREST + 11, TODAY)
    session.commit()
    assert not still_true(session, notice)
    reverse_repayment(session, bank.actor("chief"), paid, "记错了贷款")
    session.commit()
    assert still_true(session, notice)


def test_a_payment_that_is_reversed_is_asked_for_again_the_next_day(
    session: Session, bank: Bank, run: Run
) -> None:
    loan_id = due_in(bank, 0)
    paid = add_repayment(bank, loan_id, INTEREST, TODAY)
    session.commit()
    assert run() == []
    reverse_repayment(session, bank.actor("chief"), paid, "记错了贷款")
    session.commit()
    assert ("officer", "due_digest") in _kinds(run(TODAY, 14))
    assert ("officer", "overdue") in _kinds(run(TODAY + DAY))


def test_three_days_without_a_worker_are_one_list_with_what_is_still_true(
    session: Session, bank: Bank, run: Run
) -> None:
    due_in(bank, 4)
    paid = due_in(bank, 1)
    late = due_in(bank, 2)
    session.commit()
    run()
    add_repayment(bank, paid, INTEREST, TODAY)
    session.commit()
    told = run(TODAY + 4 * DAY)
    assert _digest(told, "officer") == {
        "on": "2026-03-14",
        "due": 1,
        "overdue": 1,
        "sum": INTEREST,
    }
    (single,) = [params for _, kind, params in told if kind == "overdue"]
    assert (single["loan_id"], single["days"]) == (late, 2)
    mine = [kind for who, kind, _ in told if who == "officer"]
    assert mine == ["due_digest", "overdue"]


def test_a_customer_with_another_officer_by_now_is_that_officers(
    session: Session, bank: Bank, run: Run
) -> None:
    loan_id = due_in(bank, -1)
    session.commit()
    run()
    notice = session.scalars(select(Notice).where(Notice.kind == "overdue")).one()
    customer_id = session.get_one(Loan, loan_id).customer_id
    command = ReassignCustomers((customer_id,), bank.people["officer2"])
    reassign_customers(session, bank.actor("manager"), command)
    session.commit()
    assert not still_true(session, notice)
    told = _kinds(run(TODAY + 2 * DAY))
    assert ("officer2", "due_digest") in told
    assert ("officer", "due_digest") not in told


def test_who_covers_an_officer_is_told_instead(session: Session, bank: Bank, run: Run) -> None:
    due_in(bank, -1)
    people = bank.people
    cover = GiveCover(people["officer"], people["officer2"], TODAY, TODAY + DAY, "年休假")
    give_cover(session, bank.actor("manager"), cover)
    session.commit()
    told = [(who, kind) for who, kind in _kinds(run()) if not kind.startswith("cover")]
    assert told == [
        ("chief", "due_digest"),
        ("manager", "due_digest"),
        ("officer2", "due_digest"),
        ("officer2", "overdue"),
    ]
    assert ("officer", "due_digest") in _kinds(run(TODAY + 2 * DAY))


def test_where_the_officer_has_left_it_is_in_the_managers_list(
    session: Session, bank: Bank, run: Run
) -> None:
    due_in(bank, -1)
    session.get_one(User, bank.people["officer"]).active = False
    session.commit()
    told = run()
    assert _kinds(told) == [("chief", "due_digest"), ("manager", "due_digest")]
    assert _digest(told, "manager")["overdue"] == 1


def test_a_person_is_told_the_largest_few_by_themselves(
    session: Session, bank: Bank, run: Run
) -> None:
    command = ChangeParameter("reminder.single_most", TODAY, 2, "太多了")
    change_parameter(session, bank.actor("administrator"), command)
    loans = [due_in(bank, -1, principal=each * 100_000_00) for each in (1, 4, 3, 2)]
    session.commit()
    told = run()
    singles = {params["loan_id"] for _, kind, params in told if kind == "overdue"}
    assert singles == {loans[1], loans[2]}
    assert _digest(told, "officer")["overdue"] == 4


def test_due_dates_that_move_are_told_by_the_working_day(
    session: Session, bank: Bank, run: Run
) -> None:
    due_in(bank, 4, holidays=HolidayRule.NEXT_WORKDAY)  # Saturday the 14th: Monday the 16th
    due_in(bank, 4)
    session.commit()
    monday = TODAY + 6 * DAY
    assert _digest(run(monday), "officer") == {
        "on": "2026-03-16",
        "due": 1,
        "overdue": 1,
        "sum": INTEREST,
    }
    rows = session.execute(select(Reminder.due_on, Reminder.offset_days)).all()
    assert sorted(rows) == [(TODAY + 4 * DAY, 1), (monday, 0)]


def test_on_the_eve_of_a_moved_date_the_sum_is_that_of_its_instalment(
    session: Session, bank: Bank, run: Run
) -> None:
    due_in(bank, 4, holidays=HolidayRule.NEXT_WORKDAY, principal=500_000_000, periods=1)
    session.commit()
    run(TODAY + 5 * DAY)
    (row,) = session.scalars(select(Reminder))
    assert row.offset_days == -1
    told = [params for _, kind, params in run(TODAY + 6 * DAY) if kind == "due_soon"]
    assert [each["amount"] for each in told] == [500_000_000 + 3_000_000]


@pytest.mark.parametrize(("hour", "tells"), [(6, False), (7, False), (8, True), (19, True)])
def test_nobody_is_told_before_the_hour_of_the_bank(
    session: Session, bank: Bank, run: Run, hour: int, tells: bool
) -> None:
    due_in(bank, 0)
    session.commit()
    assert bool(run(TODAY, hour)) is tells


def test_nobody_is_told_in_the_evening(session: Session, bank: Bank, run: Run) -> None:
    due_in(bank, 0)
    session.commit()
    assert run(TODAY, 20) == []


def test_a_person_chooses_the_hour_of_the_list(session: Session, bank: Bank, run: Run) -> None:
    due_in(bank, 0)
    save_wishes(session, bank.actor("officer"), Wishes(digest_at=10))
    save_wishes(session, bank.actor("manager"), Wishes(digest_at=6))
    session.commit()
    assert _kinds(run(TODAY, 6)) == [("manager", "due_digest")]
    assert _kinds(run(TODAY, 8)) == [("chief", "due_digest")]
    assert _kinds(run(TODAY, 10)) == [("officer", "due_digest")]


def test_the_bank_switches_singles_off(session: Session, bank: Bank, run: Run) -> None:
    due_in(bank, -1)
    command = ChangeParameter("reminder.single_overdue", TODAY, False, "只要汇总")
    change_parameter(session, bank.actor("administrator"), command)
    session.commit()
    assert "overdue" not in {kind for _, kind in _kinds(run())}


def test_a_day_that_fails_in_the_middle_leaves_nothing_and_is_done_again(
    session: Session, bank: Bank, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    due_in(bank, -1)
    session.commit()

    def broken(*_args: object) -> list[object]:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("server.reminders.actions.running.tell_many", broken)
        with pytest.raises(ZeroDivisionError):
            remind(session, job())
        session.rollback()
    assert session.scalar(select(func.count()).select_from(Reminder)) == 0
    assert ("officer", "overdue") in _kinds(run())


def test_a_list_of_the_day_holds_the_day_it_is_about(
    session: Session, bank: Bank, run: Run
) -> None:
    due_in(bank, 0)
    session.commit()
    run()
    notices = session.scalars(select(Notice).where(Notice.kind == "due_digest")).all()
    assert {each.about_on for each in notices} == {TODAY}
    assert {each.at for each in notices} == {at(TODAY)}
    assert not any(each.urgent for each in notices)
    assert all(json.loads(each.params or "")["on"] == "2026-03-10" for each in notices)
