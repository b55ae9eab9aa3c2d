"""A colleague's device and the customers that its person covers: they come, and they go."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.covers.actions import GiveCover, end_cover, give_cover
from server.customers.actions import (
    EditCustomer,
    ReassignCustomers,
    reassign_customers,
    update_customer,
)
from server.customers.actions.standing import standing
from server.customers.models import Customer
from server.database.engine import begin_writing
from server.repayments.models import HeldRepayment, Repayment
from server.replication.actions.days import is_rolled, roll_next_day
from server.replication.documents import pulling
from sync.chunks import LEAST
from tests.server.bank import NOW, TODAY, Bank, add_customer, add_loan
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pulling import Reader, enrolled
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, outcome_of

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")
DAY = dt.timedelta(days=1)


def _cover(bank: Bank, days: int = 0, officer: str = "officer", to: str = "officer2") -> str:
    begin_writing(bank.session)
    people = (bank.people[officer], bank.people[to])
    command = GiveCover(*people, TODAY, TODAY + days * DAY, "年休假")
    cover_id = give_cover(bank.session, bank.actor("manager"), command)
    bank.session.commit()
    return cover_id


def _end(bank: Bank, cover_id: str) -> None:
    begin_writing(bank.session)
    end_cover(bank.session, bank.actor("manager"), cover_id)
    bank.session.commit()


def _customers(bank: Bank, count: int = 3, first: int = 1) -> list[str]:
    begin_writing(bank.session)
    ids = [add_customer(bank, first + serial) for serial in range(count)]
    bank.session.commit()
    return ids


def _edit(bank: Bank, customer_id: str, remark: str) -> None:
    begin_writing(bank.session)
    row = bank.session.get_one(Customer, customer_id)
    changed = EditCustomer(row.id, row.version, replace(standing(row), remark=remark))
    update_customer(bank.session, bank.actor("reviewer"), changed)
    bank.session.commit()


def _give_away(bank: Bank, customer_id: str, to: str) -> None:
    begin_writing(bank.session)
    command = ReassignCustomers((customer_id,), bank.people[to], "片区调整")
    reassign_customers(bank.session, bank.actor("manager"), command)
    bank.session.commit()


@pytest.fixture
def colleague(bank: Bank, sign_in: SignIn) -> Reader:
    reader = enrolled(sign_in("officer2"))
    reader.pull()
    return reader


def _agrees(reader: Reader) -> bool:
    return reader.tally == reader.own_tally and set(reader.starts[1:]) <= {"resume"}


def test_what_is_covered_is_caught_up_without_the_rest_coming_again(
    bank: Bank, colleague: Reader
) -> None:
    customers = _customers(bank)
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=customers[0])
    bank.session.commit()
    colleague.pull()
    own = dict(colleague.rows)
    assert colleague.ids("customer") == set()

    _cover(bank)
    came = colleague.pull()

    assert colleague.ids("customer") == set(customers)
    assert colleague.ids("loan") == {loan_id}
    assert not {(kind, key) for kind, key, *_ in came} & own.keys()
    assert _agrees(colleague)
    assert colleague.pull() == []


def test_a_new_device_gets_what_is_covered_with_its_first_pull(bank: Bank, sign_in: SignIn) -> None:
    customers = _customers(bank)
    _cover(bank)
    reader = enrolled(sign_in("officer2"))
    reader.pull()

    assert reader.ids("customer") == set(customers)
    assert _agrees(reader)


def test_a_long_catching_up_resumes_and_news_come_before_it(bank: Bank, colleague: Reader) -> None:
    customers = _customers(bank, 90)
    colleague.pull()
    _cover(bank)
    colleague.hear(colleague.ask(size=LEAST))
    assert colleague.tally is None
    assert 0 < len(colleague.ids("customer")) < 90

    _edit(bank, customers[-1], "新的备注")
    _edit(bank, customers[0], "新的备注")
    first, *_ = colleague.hear(colleague.ask(size=LEAST))
    assert first[1] == customers[-1]
    colleague.pull(size=LEAST)

    assert colleague.ids("customer") == set(customers)
    assert colleague.rows["customer", customers[0]][1]["remark"] == "新的备注"
    assert _agrees(colleague)


def test_news_and_exits_of_covered_customers_flow(bank: Bank, colleague: Reader) -> None:
    first, second, third = _customers(bank)
    _cover(bank)
    colleague.pull()

    _edit(bank, first, "新的备注")
    _give_away(bank, second, "reviewer")
    (new,) = _customers(bank, 1, first=9)
    colleague.pull()

    assert colleague.ids("customer") == {first, third, new}
    assert colleague.rows["customer", first][1]["remark"] == "新的备注"
    assert _agrees(colleague)


def test_when_it_ends_what_was_covered_leaves_as_exits(bank: Bank, colleague: Reader) -> None:
    customers = _customers(bank)
    cover_id = _cover(bank)
    colleague.pull()
    _end(bank, cover_id)

    came = colleague.pull()

    assert all(document is None for kind, _, _, document in came if kind != "notice")
    assert {key for kind, key, *_ in came if kind == "customer"} == set(customers)
    assert colleague.ids("customer") == colleague.ids("contact") == set()
    assert _agrees(colleague)


def test_the_last_day_ends_it_without_anybody_doing_anything(bank: Bank, colleague: Reader) -> None:
    customers = _customers(bank)
    _cover(bank, days=1)
    with time_machine.travel(NOW + DAY, tick=False):
        colleague.client.post("/sign-in", data={"username": "officer2", "password": Bank.password})
        colleague.pull()
        assert colleague.ids("customer") == set(customers)
    with time_machine.travel(NOW + 2 * DAY, tick=False):
        colleague.client.post("/sign-in", data={"username": "officer2", "password": Bank.password})
        colleague.pull()
        assert colleague.ids("customer") == set()
    assert _agrees(colleague)


def test_what_came_over_to_the_colleague_meanwhile_stays(bank: Bank, colleague: Reader) -> None:
    kept, left, gone = _customers(bank)
    cover_id = _cover(bank)
    colleague.pull()
    _give_away(bank, kept, "officer2")
    _give_away(bank, gone, "reviewer")
    _end(bank, cover_id)

    colleague.pull()

    assert colleague.ids("customer") == {kept}
    assert left not in colleague.ids("customer")
    assert _agrees(colleague)


def test_leaving_resumes_where_it_was_cut_and_a_new_cover_waits_for_its_end(
    bank: Bank, colleague: Reader
) -> None:
    customers = _customers(bank, 90)
    cover_id = _cover(bank)
    colleague.pull()
    _end(bank, cover_id)
    colleague.hear(colleague.ask(size=LEAST))
    assert 0 < len(colleague.ids("customer")) < 90
    _give_away(bank, customers[-1], "reviewer")

    _cover(bank)
    colleague.pull(size=LEAST)

    assert colleague.ids("customer") == set(customers[:-1])
    assert _agrees(colleague)


def test_the_officer_keeps_all_and_pulls_nothing_but_the_notice(
    bank: Bank, sign_in: SignIn
) -> None:
    customers = _customers(bank)
    officer = enrolled(sign_in("officer"))
    officer.pull()

    _cover(bank)
    came = officer.pull()

    assert [row[0] for row in came] == ["notice"]
    assert officer.ids("customer") == set(customers)


def test_more_covers_than_a_cursor_names_are_compared(
    bank: Bank, colleague: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers = _customers(bank)
    _cover(bank)
    colleague.pull()
    monkeypatch.setattr(pulling, "_MOST_LENT", 0)

    answer = colleague.ask().get_json()

    assert answer["start"] == "compare"
    assert colleague.ids("customer") == set(customers)


def test_the_digest_knows_what_is_covered(bank: Bank, colleague: Reader) -> None:
    _customers(bank)
    _cover(bank)
    colleague.pull()

    answer = colleague.client.get("/sync/v1/digest", query_string={"device": colleague.device})

    groups = answer.get_json()["groups"]
    assert sum(count for count, _ in groups.values()) == len(colleague.rows)


def test_the_night_rolls_loans_that_only_a_colleagues_device_holds(
    bank: Bank, colleague: Reader
) -> None:
    _customers(bank, 1)
    _cover(bank)
    begin_writing(bank.session)
    while roll_next_day(bank.session, bank.actor("chief")):
        pass
    bank.session.commit()

    assert is_rolled(bank.session, bank.people["officer"], TODAY)


def _device_with_covered(bank: Bank, sign_in: SignIn) -> tuple[FieldDevice, str, str, str]:
    """The colleague's device after a pull; a covered customer, its loan, and the cover."""
    (customer_id,) = _customers(bank, 1)
    begin_writing(bank.session)
    loan_id = add_loan(bank, customer_id=customer_id)
    bank.session.commit()
    cover_id = _cover(bank)
    device = enrol(bank, sign_in, "officer2")
    device.pull()
    return device, customer_id, loan_id, cover_id


def _device_with_own(bank: Bank, sign_in: SignIn) -> tuple[FieldDevice, str, str]:
    """The colleague's device after a pull; a customer of the colleague's own and its loan."""
    begin_writing(bank.session)
    customer_id = add_customer(bank, officer_id=bank.people["officer2"])
    loan_id = add_loan(bank, customer_id=customer_id)
    bank.session.commit()
    device = enrol(bank, sign_in, "officer2")
    device.pull()
    return device, customer_id, loan_id


def _payment(device: FieldDevice, loan_id: str, now_ms: int = NOW_MS) -> dict[str, Any]:
    values = {"loan_id": loan_id, "amount": 100_00, "paid_on": "2026-03-10", "method": "cash"}
    return device.write(now_ms, "repayment", new_id(), "create", values)


def test_entries_about_covered_customers_count_and_agree(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    device, customer_id, loan_id, _ = _device_with_covered(bank, sign_in)
    edit = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "代管时记下"})
    paid = _payment(device, loan_id)

    device.sync(NOW_MS)

    assert outcome_of(device, edit) == outcome_of(device, paid) == ("applied", "")
    assert "number" in device.results[edit["id"]]
    assert session.scalars(select(Repayment)).one().recorded_by == bank.people["officer2"]
    assert session.get_one(Customer, customer_id).remark == "代管时记下"
    assert device.agrees
    assert device.repairs == 0


def test_many_payments_at_once_about_covered_customers_count(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    device, _, loan_id, _ = _device_with_covered(bank, sign_in)
    drafts = [_payment(device, loan_id) for _ in range(3)]

    device.sync(NOW_MS)

    assert {outcome_of(device, each) for each in drafts} == {("applied", "")}
    assert device.repairs == 0


def test_what_was_entered_before_the_end_and_arrives_after_it_waits_for_a_person(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    device, customer_id, loan_id, cover_id = _device_with_covered(bank, sign_in)
    edit = device.write(NOW_MS - 60_000, "customer", customer_id, "edit", {"remark": "之前"})
    paid = _payment(device, loan_id)
    _end(bank, cover_id)

    device.sync(NOW_MS)

    assert outcome_of(device, edit) == ("held", "reassigned")
    assert outcome_of(device, paid) == ("held", "reassigned")
    assert session.scalars(select(HeldRepayment)).one().reason == "reassigned"
    assert {kind for kind, _ in device.rows} <= {"notice", "product", "staff", "bank"}
    assert device.repairs == 0


def test_what_was_entered_after_the_end_is_not_taken(bank: Bank, sign_in: SignIn) -> None:
    device, customer_id, _, cover_id = _device_with_covered(bank, sign_in)
    _end(bank, cover_id)
    later = NOW_MS + 60_000
    with time_machine.travel(NOW + dt.timedelta(minutes=1), tick=False):
        edit = device.write(later, "customer", customer_id, "edit", {"remark": "之后"})
        device.sync(later)

    assert outcome_of(device, edit) == ("rejected", "not_yours")


def test_a_customer_given_away_during_the_cover_was_held_by_the_colleague(
    bank: Bank, sign_in: SignIn
) -> None:
    device, customer_id, _, _ = _device_with_covered(bank, sign_in)
    edit = device.write(NOW_MS - 60_000, "customer", customer_id, "edit", {"remark": "之前"})
    _give_away(bank, customer_id, "reviewer")

    device.sync(NOW_MS)

    assert outcome_of(device, edit) == ("held", "reassigned")
    assert device.repairs == 0


def test_somebody_who_never_covered_is_not_taken(bank: Bank, sign_in: SignIn) -> None:
    (customer_id,) = _customers(bank, 1)
    device = enrol(bank, sign_in, "officer2")
    edit = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "别人的"})

    device.sync(NOW_MS)

    assert outcome_of(device, edit) == ("rejected", "not_yours")


def test_what_waits_about_a_customer_given_away_comes_with_a_cover_of_the_new_officer(
    bank: Bank, sign_in: SignIn
) -> None:
    device, customer_id, loan_id = _device_with_own(bank, sign_in)
    paid = _payment(device, loan_id, NOW_MS - 60_000)
    _give_away(bank, customer_id, "officer")
    device.push(NOW_MS)
    assert outcome_of(device, paid) == ("held", "reassigned")
    assert "number" not in device.results[paid["id"]]

    _cover(bank)
    device.pull()

    assert device.rows["repayment", paid["entity_id"]].document["state"] == "held"
    assert device.repairs == 0


def test_what_was_entered_under_a_cover_goes_with_it_though_no_pull_knew_of_it(
    bank: Bank, sign_in: SignIn
) -> None:
    device, customer_id, loan_id = _device_with_own(bank, sign_in)
    _give_away(bank, customer_id, "officer")
    cover_id = _cover(bank)
    paid = _payment(device, loan_id)
    device.push(NOW_MS)
    assert outcome_of(device, paid) == ("applied", "")
    assert ("repayment", paid["entity_id"]) in device.rows

    _end(bank, cover_id)
    device.pull()

    assert ("repayment", paid["entity_id"]) not in device.rows
    assert device.repairs == 0


def test_an_edit_from_one_cover_that_counts_under_the_next_comes_with_it(
    bank: Bank, sign_in: SignIn
) -> None:
    device, customer_id, _, cover_id = _device_with_covered(bank, sign_in)
    edit = device.write(NOW_MS, "customer", customer_id, "edit", {"remark": "代管时记下"})
    _end(bank, cover_id)
    device.pull()
    assert ("customer", customer_id) not in device.rows

    _cover(bank)
    device.push(NOW_MS)
    device.pull()

    assert outcome_of(device, edit) == ("applied", "")
    assert device.rows["customer", customer_id].document["remark"] == "代管时记下"
    assert device.repairs == 0
