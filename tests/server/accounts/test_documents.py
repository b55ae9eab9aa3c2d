"""What a device holds of the bank and its staff."""

from __future__ import annotations

from server.accounts.documents import bank_documents, staff_documents
from server.accounts.models import Branch, User
from tests.server.bank import TODAY, Bank
from tests.server.shapes import faults


def test_staff_are_known_by_name_and_nothing_else(bank: Bank) -> None:
    ids = [bank.people["officer"], bank.people["reviewer"]]

    found = staff_documents(bank.session, ids, TODAY)

    assert [found[each]["name"] for each in ids] == ["officer 员工", "reviewer 员工"]
    assert [faults("Staff", each) for each in found.values()] == [[], []]


def test_who_left_is_left_out(bank: Bank) -> None:
    bank.session.get_one(User, bank.people["officer2"]).active = False
    bank.session.flush()

    assert staff_documents(bank.session, [bank.people["officer2"]], TODAY) == {}


def test_a_branch_has_its_name_its_phone_and_the_hours_of_the_law(bank: Bank) -> None:
    bank.session.get_one(Branch, bank.branch_a).phone = "0571-88880000"
    bank.session.flush()

    found = bank_documents(bank.session, [bank.branch_a], TODAY, name="测试银行")[bank.branch_a]

    assert faults("Bank", found) == []
    assert (found["name"], found["branch_name"]) == ("测试银行", "城东支行")
    assert found["branch_phone"] == "0571-88880000"
    assert (found["quiet_from"], found["quiet_until"]) == ("22:00", "08:00")


def test_the_head_office_has_no_branch(bank: Bank) -> None:
    nobody = "ffffffff-ffff-ffff-ffff-ffffffffffff"

    found = bank_documents(bank.session, [nobody], TODAY, name="测试银行")[nobody]

    assert faults("Bank", found) == []
    assert found["branch_name"] == ""
