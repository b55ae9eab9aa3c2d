"""Two customers who are one person: compared, merged, found by old entries, and parted again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.customers.actions import Contact
from server.customers.actions.merging import MergeCustomers
from server.customers.actions.standing import standing
from server.customers.models import Customer, CustomerContact
from server.customers.queries import search
from server.customers.queries.duplicates import merges_of, possible_duplicates
from server.database.notices import Notice
from server.domain.errors import Invalid, NotAllowed
from server.feedback.models import Feedback
from server.loans.models import Loan
from server.repayments.models import Repayment
from server.replication.actions.merging import join_held_customer, merge, unmerge
from server.replication.models.log import LoggedMutation
from tests.server.bank import (
    TODAY,
    Bank,
    add_customer,
    add_loan,
    add_repayment,
    resident_id,
)
from tests.server.replication.device import FieldDevice, new_id
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, outcome_of
from tests.server.replication.test_push_money import new_customer

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


@pytest.fixture
def pair(session: Session, bank: Bank) -> tuple[str, str]:
    """The officer's has no ID number; the same person with one, and a loan, is officer2's."""
    keep = add_customer(bank, 1, id_no="", bank_card="", incomplete=("id_no",))
    gone = add_customer(
        bank,
        1,
        spouse_name="李四妹",
        remark="",
        officer_id=bank.people["officer2"],
        contacts=(
            Contact("mobile", "13800156001"),
            Contact("landline", "0571-87654321", "work"),
        ),
    )
    loan = add_loan(bank, customer_id=gone)
    add_repayment(bank, loan, 100_00, TODAY - dt.timedelta(days=1))
    session.commit()
    return keep, gone


def _merge(bank: Bank, pair: tuple[str, str], by: str = "reviewer") -> str:
    found = merge(bank.session, bank.actor(by), MergeCustomers(*pair, "同一人"))
    bank.session.commit()
    return found


def test_one_name_with_one_phone_is_shown_as_a_possible_duplicate(
    session: Session, bank: Bank, pair: tuple[str, str]
) -> None:
    found = possible_duplicates(session, bank.actor("reviewer"))
    assert [{each.first_id, each.second_id} for each in found] == [set(pair)]


def test_all_that_one_had_belongs_to_the_other_who_gets_what_it_lacked(
    session: Session, bank: Bank, pair: tuple[str, str]
) -> None:
    keep, gone = pair
    _merge(bank, pair)
    assert session.get(Customer, gone) is None
    assert session.scalars(select(Loan.customer_id)).all() == [keep]
    stands = standing(session.get_one(Customer, keep))
    assert (stands.spouse_name, stands.remark) == ("李四", "老客户")
    assert stands.id_no == resident_id(1)
    assert session.get_one(Customer, keep).complete
    assert [each.kind for each in stands.contacts] == ["mobile", "mobile", "landline"]
    told = session.scalars(select(Notice)).all()
    assert {each.user_id for each in told} == {bank.people["officer"], bank.people["officer2"]}


def test_the_devices_of_both_officers_hold_what_is_theirs(
    session: Session, bank: Bank, pair: tuple[str, str], sign_in: SignIn
) -> None:
    one, other = enrol(bank, sign_in), enrol(bank, sign_in, "officer2")
    one.pull()
    other.pull()
    merged = _merge(bank, pair)
    one.pull()
    other.pull()
    assert _kinds(one) == {"customer": 1, "contact": 3, "address": 1, "loan": 1, "repayment": 1}
    assert _kinds(other) == {}
    unmerge(session, bank.actor("reviewer"), merged)
    session.commit()
    one.pull()
    other.pull()
    assert _kinds(one) == {"customer": 1, "contact": 2, "address": 1}
    assert _kinds(other) == {"customer": 1, "contact": 2, "address": 1, "loan": 1, "repayment": 1}
    assert one.repairs == other.repairs == 0


def _kinds(device: FieldDevice) -> dict[str, int]:
    found: dict[str, int] = {}
    for kind, _ in device.rows:
        if kind in {"customer", "contact", "address", "loan", "repayment"}:
            found[kind] = found.get(kind, 0) + 1
    return found


def test_undone_both_stand_as_before(session: Session, bank: Bank, pair: tuple[str, str]) -> None:
    before = [standing(session.get_one(Customer, each)) for each in pair]
    merged = _merge(bank, pair)
    assert [each.id for each in merges_of(session, bank.actor("reviewer"), pair[0])] == [merged]
    unmerge(session, bank.actor("reviewer"), merged)
    session.commit()
    session.expire_all()
    assert [standing(session.get_one(Customer, each)) for each in pair] == before
    assert session.scalars(select(Loan.customer_id)).all() == [pair[1]]
    contract = session.scalars(select(Loan.contract_no)).one()
    assert [each.id for each in search(session, bank.actor("reviewer"), contract)] == [pair[1]]
    with pytest.raises(Invalid) as refused:
        unmerge(session, bank.actor("reviewer"), merged)
    assert refused.value.reason == "undone"


def test_entries_about_the_one_that_is_gone_go_to_the_other(
    session: Session, bank: Bank, pair: tuple[str, str], sign_in: SignIn
) -> None:
    keep, gone = pair
    device = enrol(bank, sign_in)
    values = {
        "customer_id": gone,
        "kind": "question",
        "category": "service",
        "channel": "visit",
        "content": "何时放款",
        "received_on": "2026-03-09",
    }
    said = device.write(NOW_MS, "feedback", new_id(), "create", values)
    edit = device.write(NOW_MS, "customer", gone, "edit", {"remark": "新"})
    _merge(bank, pair)
    device.push(NOW_MS)
    assert [outcome_of(device, each)[0] for each in (said, edit)] == ["applied", "applied"]
    assert session.get_one(Feedback, said["entity_id"]).customer_id == keep
    assert session.get_one(Customer, keep).remark == "新"


def test_an_edit_of_the_one_that_is_gone_does_not_keep_it_on_the_device(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    keep = add_customer(bank, 1, id_no="", bank_card="", incomplete=("id_no",))
    gone = add_customer(bank, 1)
    session.commit()
    device = enrol(bank, sign_in)
    device.pull()
    device.write(NOW_MS, "customer", gone, "edit", {"remark": "新"})
    _merge(bank, (keep, gone))
    device.sync(NOW_MS)
    assert ("customer", gone) not in device.rows
    assert device.rows["customer", keep].document["remark"] == "新"
    assert device.repairs == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "different_id_no"),
        ({"branch": "b"}, "of_another_branch"),
        ({"same": True}, "same"),
    ],
)
def test_two_who_cannot_be_one_are_refused(
    session: Session, bank: Bank, changes: dict[str, Any], reason: str
) -> None:
    keep = add_customer(bank, 1)
    branch = bank.branch_b if "branch" in changes else bank.branch_a
    gone = keep if "same" in changes else add_customer(bank, 2, branch_id=branch)
    session.commit()
    with pytest.raises(Invalid) as refused:
        _merge(bank, (keep, gone), "chief")
    assert refused.value.reason == reason


def test_an_officer_does_not_merge(bank: Bank, pair: tuple[str, str]) -> None:
    with pytest.raises(NotAllowed):
        _merge(bank, pair, "officer")


def test_a_held_new_customer_is_joined_with_the_one_who_stands(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    known = add_customer(bank, 7, officer_id=bank.people["officer2"])
    session.commit()
    device = enrol(bank, sign_in)
    made = new_customer(device, 7)
    values = {"customer_id": made["entity_id"], "kind": "landline", "value": "0571-87654321"}
    contact = device.write(NOW_MS, "contact", new_id(), "create", values)
    device.push(NOW_MS)
    assert outcome_of(device, made) == ("held", "duplicate_customer")
    join_held_customer(session, bank.actor("reviewer"), made["id"], known, "同一证件号")
    session.commit()
    assert session.get_one(CustomerContact, contact["entity_id"]).customer_id == known
    waiting = session.scalars(select(LoggedMutation).where(LoggedMutation.is_waiting)).all()
    assert waiting == []
    later = device.write(
        NOW_MS, "contact", new_id(), "create", {**values, "value": "0571-87654322"}
    )
    device.push(NOW_MS)
    assert outcome_of(device, later) == ("rejected", "not_yours")


def test_a_payment_recorded_after_the_merge_goes_back_with_its_loan(
    session: Session, bank: Bank, pair: tuple[str, str], sign_in: SignIn
) -> None:
    other = enrol(bank, sign_in, "officer2")
    merged = _merge(bank, pair)
    loan = session.scalars(select(Loan.id)).one()
    paid = add_repayment(bank, loan, 50_00, TODAY)
    session.commit()
    unmerge(session, bank.actor("reviewer"), merged)
    session.commit()
    other.pull()
    assert ("repayment", paid) in other.rows
    assert session.get_one(Repayment, paid).loan_id == loan
