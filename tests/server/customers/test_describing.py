"""What only describes customers is changed for many in few statements."""

from __future__ import annotations

import pytest

from server.customers.actions import DescribeCustomer, describe_customers
from server.customers.models import Customer
from server.domain.errors import Invalid, NotAllowed, NotFound
from tests.server.bank import Bank, add_borrower, add_customer, credit_code


def _describe(bank: Bank, customer_id: str, username: str = "officer", **texts: str) -> None:
    command = DescribeCustomer(customer_id, texts)
    describe_customers(bank.session, bank.actor(username), [command])


def test_texts_are_evened_out_and_income_stays(bank: Bank) -> None:
    made = add_customer(bank)

    command = DescribeCustomer(made, {"employer": " 新店 ", "remark": "一\r\n二 "})
    stored = describe_customers(bank.session, bank.actor("officer"), [command])

    assert stored == [{"employer": "新店", "remark": "一\n二"}]
    row = bank.session.get_one(Customer, made)
    assert row.employment is not None
    assert (row.employment.employer, row.employment.occupation) == ("新店", "零售")
    assert row.employment.monthly_income == "850000"
    assert (row.remark, row.version) == ("一\n二", 2)


def test_work_of_somebody_who_had_none_is_new(bank: Bank) -> None:
    made = add_borrower(bank)

    _describe(bank, made, occupation="运输")

    work = bank.session.get_one(Customer, made).employment
    assert work is not None
    assert (work.employer, work.occupation) == ("", "运输")


def test_what_stands_already_changes_nothing(bank: Bank) -> None:
    made = add_customer(bank)

    _describe(bank, made, remark="老客户")

    assert bank.session.get_one(Customer, made).version == 1


def test_what_the_session_held_is_read_anew(bank: Bank) -> None:
    made = add_customer(bank)
    row = bank.session.get_one(Customer, made)
    assert row.employment is not None

    _describe(bank, made, employer="新店", spouse_name="王五")

    assert (row.spouse_name, row.employment.employer) == ("王五", "新店")


@pytest.mark.parametrize(
    ("texts", "field", "reason"),
    [
        ({"remark": "长" * 2001}, "remark", "too_long"),
        ({"occupation": "长" * 81}, "occupation", "too_long"),
        ({"name": "李四"}, "name", "not_editable"),
    ],
)
def test_refusals_name_the_field(
    bank: Bank, texts: dict[str, str], field: str, reason: str
) -> None:
    made = add_customer(bank)

    with pytest.raises(Invalid) as refused:
        _describe(bank, made, **texts)

    assert (refused.value.field, refused.value.reason) == (field, reason)


def test_a_company_has_no_spouse(bank: Bank) -> None:
    made = add_customer(bank, kind="company", name="西湖茶行", id_no=credit_code(), spouse_name="")

    with pytest.raises(Invalid, match="not_for_company"):
        _describe(bank, made, spouse_name="王五")


def test_customers_of_another_branch_are_not_there(bank: Bank) -> None:
    made = add_customer(bank, branch_id=bank.branch_b)

    with pytest.raises(NotFound):
        _describe(bank, made, remark="好")


def test_who_may_not_write_customers_may_not_describe_them(bank: Bank) -> None:
    made = add_customer(bank)

    with pytest.raises(NotAllowed):
        _describe(bank, made, "risk", remark="好")


def test_many_take_as_many_statements_as_one(bank: Bank, statements: list[str]) -> None:
    made = [add_customer(bank, serial) for serial in range(1, 8)]
    bank.session.flush()
    counts = []
    for some in (made[:1], made[1:]):
        statements.clear()
        commands = [DescribeCustomer(each, {"remark": "好", "employer": "店"}) for each in some]
        describe_customers(bank.session, bank.actor("officer"), commands)
        counts.append(len(statements))

    assert counts[0] == counts[1]
