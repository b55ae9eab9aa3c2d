from __future__ import annotations

from itertools import permutations

import pytest

from server.domain.duplicates import CustomerRecord, Finding, Rule, Severity, find_duplicates

ONE, TWO, THREE = "110199199003070017", "440199198512310025", "510199200002291133"


def _customer(name: str, number: str | None, phone: str = "", account: str = "") -> CustomerRecord:
    return CustomerRecord(name, name.rstrip("0123456789"), number, phone, account)


def _found(*customers: CustomerRecord) -> list[tuple[Rule, Severity, tuple[str, ...]]]:
    return [(each.rule, each.severity, each.ids) for each in find_duplicates(customers)]


def test_strangers_have_nothing_in_common() -> None:
    assert _found(_customer("赵一", ONE, "13800000001"), _customer("钱二", TWO, "")) == []


def test_one_number_under_two_names_blocks() -> None:
    assert _found(_customer("张三", ONE), _customer("张珊", ONE)) == [
        (Rule.SAME_ID_DIFFERENT_NAME, Severity.BLOCK, ("张三", "张珊"))
    ]


def test_the_old_and_new_number_of_one_person_are_to_be_merged() -> None:
    assert _found(_customer("张三1", ONE), _customer("张三2", "110199900307001")) == [
        (Rule.SAME_PERSON_15_18, Severity.BLOCK, ("张三1", "张三2"))
    ]


def test_a_person_entered_twice_blocks_whatever_the_writing() -> None:
    assert _found(_customer("张三1", ONE), _customer("张三2", f" '{ONE} ")) == [
        (Rule.DUPLICATE_ID, Severity.BLOCK, ("张三1", "张三2"))
    ]


def test_a_phone_of_two_warns_and_of_three_is_grave() -> None:
    two = [_customer("赵一", ONE, "138 0000 0009"), _customer("钱二", TWO, "+8613800000009")]
    three = [*two, _customer("孙三", THREE, "13800000009")]

    assert _found(*two) == [(Rule.SHARED_PHONE, Severity.WARN, ("赵一", "钱二"))]
    assert _found(*three) == [(Rule.SHARED_PHONE, Severity.HIGH, ("赵一", "钱二", "孙三"))]


def test_records_of_one_person_share_a_phone_by_right() -> None:
    rules = [
        rule
        for rule, _, _ in _found(
            _customer("张三1", ONE, "13800000009", "6222"),
            _customer("张三2", ONE, "13800000009", "6222"),
        )
    ]

    assert rules == [Rule.DUPLICATE_ID]


def test_people_without_a_number_are_people_all_the_same() -> None:
    assert _found(_customer("赵一", None, "13800000009"), _customer("钱二", "", "13800000009")) == [
        (Rule.SHARED_PHONE, Severity.WARN, ("赵一", "钱二"))
    ]


def test_one_account_of_two_borrowers_is_grave() -> None:
    assert _found(
        _customer("赵一", ONE, "", "6222 0200 0000 0000 018"),
        _customer("钱二", TWO, "", "6222020000000000018"),
    ) == [(Rule.SHARED_ACCOUNT, Severity.HIGH, ("赵一", "钱二"))]


def test_the_phone_of_an_employee_is_grave() -> None:
    found = find_duplicates([_customer("赵一", ONE, "13800000009")], ["+86 138 0000 0009"])

    assert found == (Finding(Rule.EMPLOYEE_PHONE, Severity.HIGH, ("赵一",)),)


def test_findings_stand_gravest_first() -> None:
    customers = [
        _customer("赵一", ONE, "13800000009", "6222"),
        _customer("钱二", TWO, "13800000009", "6222"),
        _customer("孙三", ONE),
    ]

    assert [severity for _, severity, _ in _found(*customers)] == ["BLOCK", "HIGH", "WARN"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_same_is_found_in_every_order(order: tuple[int, ...]) -> None:
    customers = [
        _customer("赵一", ONE, "13800000009"),
        _customer("钱二", TWO, "13800000009"),
        _customer("孙三", ONE, "13800000009"),
    ]

    found = _found(*(customers[place] for place in order))
    assert {(rule, severity, frozenset(ids)) for rule, severity, ids in found} == {
        (Rule.SAME_ID_DIFFERENT_NAME, Severity.BLOCK, frozenset({"赵一", "孙三"})),
        (Rule.SHARED_PHONE, Severity.WARN, frozenset({"赵一", "钱二", "孙三"})),
    }
