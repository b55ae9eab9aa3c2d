"""The people of the demo bank: many, valid, and nobody."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from server.customers.actions import check_customer
from server.demo.customers import plan_customers
from server.demo.people import BRANCHES, PASSWORD, STAFF, logins_text
from server.domain.access import Role

TODAY = dt.date(2026, 3, 10)


def test_there_are_three_hundred_customers_of_both_kinds() -> None:
    kinds = Counter(each.values.kind for each in plan_customers())

    assert kinds == {"person": 240, "company": 60}


def test_customers_are_the_same_at_every_call() -> None:
    assert plan_customers() == plan_customers()


def test_every_number_is_valid_and_used_once() -> None:
    checked = [
        check_customer(each.command("branch", "officer", "source", TODAY), TODAY)
        for each in plan_customers()
    ]

    assert len({each.values.id_no for each in checked}) == 300
    assert len({each.values.bank_card for each in checked}) == 300
    warnings = {warning for each in checked for warning in each.warnings}
    assert warnings == {"id_no.unknown_county"}


def test_every_number_names_a_county_that_was_never_given_out() -> None:
    for each in plan_customers():
        area = each.values.id_no[:6] if each.values.kind == "person" else each.values.id_no[2:8]
        assert area == "330199"


def test_companies_have_names_of_their_own() -> None:
    names = [each.values.name for each in plan_customers() if each.values.kind == "company"]

    assert len(set(names)) == len(names)


def test_twelve_staff_in_all_roles_stand_in_the_list_of_logins() -> None:
    text = logins_text()

    assert len(STAFF) == 12
    assert {person.role for person in STAFF} == set(Role)
    assert {person.branch for person in STAFF} == {each.code for each in BRANCHES} | {None}
    assert all(f"  {person.username} " in text for person in STAFF)
    assert PASSWORD in text
