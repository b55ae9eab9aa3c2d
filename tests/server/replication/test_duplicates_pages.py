"""The desk's pages of customers who may be one person: compared, merged, parted again."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.accounts.models import User
from server.customers.actions import Contact
from server.customers.models import Customer, CustomerMerge, CustomerPair
from server.customers.queries.duplicates import possible_duplicate_count, possible_duplicates
from server.database.models import AuditEntry
from server.loans.models import Loan
from server.replication.models.log import LoggedMutation
from tests.server.bank import Bank, add_customer, add_loan, resident_id
from tests.server.pages import text_of
from tests.server.replication.pushing import NOW_MS, SignIn, enrol, outcome_of
from tests.server.replication.test_push_money import new_customer

pytestmark = pytest.mark.usefixtures("the_morning_of_the_tenth")


@pytest.fixture
def pair(session: Session, bank: Bank) -> tuple[str, str]:
    """The officer's has no ID number; the same person with one, and a loan, is officer2's."""
    lacking = add_customer(bank, 1, id_no="", bank_card="", incomplete=("id_no",))
    whole = add_customer(
        bank,
        1,
        spouse_name="李四妹",
        officer_id=bank.people["officer2"],
        contacts=(
            Contact("mobile", "13800156001"),
            Contact("landline", "0571-87654321", "work"),
        ),
    )
    add_loan(bank, customer_id=whole)
    session.commit()
    return lacking, whole


@pytest.fixture
def held(session: Session, bank: Bank, sign_in: SignIn) -> tuple[str, str]:
    """A new customer of a device whose ID number is known: the entry, and who has it."""
    known = add_customer(bank, 7, officer_id=bank.people["officer2"])
    session.commit()
    device = enrol(bank, sign_in)
    made = new_customer(device, 7)
    device.push(NOW_MS)
    assert outcome_of(device, made) == ("held", "duplicate_customer")
    return made["id"], known


def _url(pair: tuple[str, str]) -> str:
    return f"/customers/duplicates/{pair[0]}/{pair[1]}"


def _linked(pair: tuple[str, str]) -> str:
    """As the lists link it: the older id first."""
    return _url((min(pair), max(pair)))


def _merge(sign_in: SignIn, pair: tuple[str, str], **data: str) -> Any:
    given = {"keep": "first", "reason": "电话核实是同一人", **data}
    return sign_in("reviewer").post(f"{_url(pair)}/merge", data=given)


def test_the_list_tells_why_two_may_be_one_and_shows_no_whole_phone(
    sign_in: SignIn, pair: tuple[str, str]
) -> None:
    shown = text_of(sign_in("reviewer"), "/customers/duplicates")
    assert _linked(pair) in shown
    assert "姓名和本人电话 138****6001" in shown
    assert "只有一位登记了" in shown
    assert "13800156001" not in shown


def test_todays_queue_and_the_list_of_what_waits_count_the_pair(
    sign_in: SignIn, pair: tuple[str, str]
) -> None:
    reviewer = sign_in("reviewer")
    queue = text_of(reviewer, "/today").partition('class="queues"')[2].partition("/conflicts")[2]
    assert ">1<" in queue.partition("</li>")[0]
    assert _linked(pair) in text_of(reviewer, "/conflicts")


def test_two_are_compared_on_whole_values_and_shown_masked(
    session: Session, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    shown = text_of(sign_in("reviewer"), _url(pair))
    assert "李四妹" in shown
    assert "不同：以留下的为准" in shown
    assert "只有一位有：留给合并后的客户" in shown
    assert "都归留下的客户，共 1 项" in shown
    for whole in ("13800156001", "0571-87654321", resident_id(1)):
        assert whole not in shown
    assert "customer.reveal" not in session.scalars(select(AuditEntry.action)).all()


def test_the_side_with_the_number_and_the_loan_is_proposed_to_stay(
    sign_in: SignIn, pair: tuple[str, str]
) -> None:
    shown = text_of(sign_in("reviewer"), _url(pair))
    second = shown.partition('value="second"')[2].partition(">")[0]
    assert "checked" in second


@pytest.mark.parametrize(("side", "place"), [("first", 0), ("second", 1)])
def test_a_merge_leaves_the_chosen_one_with_all_that_both_had(
    session: Session, sign_in: SignIn, pair: tuple[str, str], side: str, place: int
) -> None:
    answer = _merge(sign_in, pair, keep=side)
    assert answer.status_code == 303
    assert answer.location == f"/customers/{pair[place]}"
    session.expire_all()
    assert session.get(Customer, pair[1 - place]) is None
    assert session.scalars(select(Loan.customer_id)).all() == [pair[place]]


def test_the_page_of_who_is_gone_leads_to_who_stayed(
    session: Session, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    reviewer = sign_in("reviewer")
    assert "可能是同一人" in text_of(reviewer, f"/customers/{pair[0]}")
    _merge(sign_in, pair)
    assert reviewer.get(f"/customers/{pair[1]}").location == f"/customers/{pair[0]}"
    shown = text_of(reviewer, f"/customers/{pair[0]}")
    assert "电话核实是同一人" in shown
    assert "可能是同一人" not in shown


def test_an_officer_is_not_shown_who_may_be_the_same(
    sign_in: SignIn, pair: tuple[str, str]
) -> None:
    assert "/customers/duplicates" not in text_of(sign_in("officer"), f"/customers/{pair[0]}")


def test_a_merge_without_a_reason_is_refused_and_keeps_the_choice(
    session: Session, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    answer = _merge(sign_in, pair, keep="first", reason=" ")
    assert answer.status_code == 422
    assert "请填写此项" in answer.text
    assert "checked" in answer.text.partition('value="first"')[2].partition(">")[0]
    assert session.scalars(select(CustomerMerge)).all() == []


def test_a_merge_that_does_not_say_who_stays_is_refused(
    session: Session, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    assert _merge(sign_in, pair, keep="both").status_code == 422
    assert session.scalars(select(CustomerMerge)).all() == []


def test_two_with_numbers_of_their_own_are_told_apart_and_cannot_be_merged(
    session: Session, bank: Bank, sign_in: SignIn
) -> None:
    two = (add_customer(bank, 1), add_customer(bank, 2))
    session.commit()
    reviewer = sign_in("reviewer")
    shown = text_of(reviewer, _url(two))
    assert "两位客户各有证件号码" in shown
    assert "您的决定" not in shown
    assert _merge(sign_in, two).status_code == 422


def test_a_merge_is_undone_from_the_list_once(
    session: Session, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    _merge(sign_in, pair)
    reviewer = sign_in("reviewer")
    merged = session.scalars(select(CustomerMerge.id)).one()
    assert "撤销合并" in text_of(reviewer, "/customers/duplicates")
    url = f"/customers/merges/{merged}/undo"
    assert reviewer.post(url).status_code == 303
    session.expire_all()
    assert session.get(Customer, pair[1]) is not None
    assert session.scalars(select(Loan.customer_id)).all() == [pair[1]]
    shown = text_of(reviewer, "/customers/duplicates")
    assert "已撤销" in shown
    assert "撤销合并" not in shown.partition("做过的合并")[2]
    reviewer.post(url)
    assert "这次合并已经撤销过了" in text_of(reviewer, "/customers/duplicates")


def test_a_held_new_customer_is_laid_beside_the_one_with_its_number(
    sign_in: SignIn, held: tuple[str, str]
) -> None:
    reviewer = sign_in("reviewer")
    entry, known = held
    url = f"/customers/duplicates/entries/{entry}"
    assert url in text_of(reviewer, f"/conflicts/entries/{entry}")
    assert url in text_of(reviewer, "/customers/duplicates")
    shown = text_of(reviewer, url)
    assert f"/customers/{known}" in shown
    assert "相同" in shown
    assert resident_id(7) not in shown


def test_a_held_new_customer_is_joined_from_its_page_with_a_reason(
    session: Session, sign_in: SignIn, held: tuple[str, str]
) -> None:
    reviewer = sign_in("reviewer")
    url = f"/customers/duplicates/entries/{held[0]}/merge"
    assert reviewer.post(url, data={"reason": ""}).status_code == 422
    answer = reviewer.post(url, data={"reason": "同一证件"})
    assert (answer.status_code, answer.location) == (303, "/conflicts")
    session.expire_all()
    assert not session.get_one(LoggedMutation, held[0]).is_waiting
    merge = session.scalars(select(CustomerMerge)).one()
    assert merge.keep_id == held[1]
    assert "外勤新登记" in text_of(reviewer, "/customers/duplicates")
    again = reviewer.post(url, data={"reason": "同一证件"})
    assert (again.status_code, again.location) == (303, f"/conflicts/entries/{held[0]}")
    assert "这条记录已经处理过了" in text_of(reviewer, again.location)
    assert reviewer.get(f"/customers/duplicates/entries/{held[0]}").location == again.location


@pytest.mark.parametrize("username", ["officer", "auditor", "administrator"])
def test_who_may_not_settle_sees_nothing_of_it(
    sign_in: SignIn, pair: tuple[str, str], username: str
) -> None:
    person = sign_in(username)
    for url in ("/customers/duplicates", _url(pair)):
        assert person.get(url).status_code == 403
    data = {"keep": "first", "reason": "同一人"}
    assert person.post(f"{_url(pair)}/merge", data=data).status_code == 403


def test_another_branch_finds_nothing(
    session: Session,
    bank: Bank,
    sign_in: SignIn,
    pair: tuple[str, str],
    held: tuple[str, str],
) -> None:
    _merge(sign_in, pair)
    merged = session.scalars(select(CustomerMerge.id)).one()
    session.get_one(User, bank.people["reviewer2"]).branch_id = bank.branch_b
    session.commit()
    other = sign_in("reviewer2")
    listed = text_of(other, "/customers/duplicates")
    assert "没有疑似重复的客户" in listed
    assert merged not in listed
    assert other.get(_url(pair)).status_code == 404
    assert other.get(f"/customers/duplicates/entries/{held[0]}").status_code == 404
    assert other.post(f"/customers/merges/{merged}/undo").status_code == 404


def test_two_who_both_lack_a_number_are_one_pair(session: Session, bank: Bank) -> None:
    for _ in range(2):
        add_customer(bank, 1, id_no="", bank_card="", incomplete=("id_no",))
    session.commit()
    reviewer = bank.actor("reviewer")
    assert len(possible_duplicates(session, reviewer)) == 1
    assert possible_duplicate_count(session, reviewer) == 1


def test_two_who_are_two_leave_the_list_and_come_back_when_that_is_undone(
    session: Session, bank: Bank, sign_in: SignIn, pair: tuple[str, str]
) -> None:
    browser = sign_in("reviewer")
    assert browser.post(f"{_url(pair)}/apart", data={"reason": " "}).status_code == 303
    assert possible_duplicate_count(session, bank.actor("reviewer")) == 1

    browser.post(f"{_url(pair)}/apart", data={"reason": "两张身份证都看过"})
    assert possible_duplicate_count(session, bank.actor("reviewer")) == 0
    page = text_of(browser, "/customers/duplicates")
    assert "两张身份证都看过" in page
    row = session.scalars(select(CustomerPair)).one()

    browser.post(f"/customers/pairs/{row.id}/undo")
    session.rollback()
    assert possible_duplicate_count(session, bank.actor("reviewer")) == 1
