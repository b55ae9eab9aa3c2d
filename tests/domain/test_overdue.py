from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.domain.overdue import (
    UnpaidItem,
    count_late,
    is_late,
    is_past_grace,
    measure_overdue,
)
from server.domain.parameters import DEFAULTS
from server.domain.standing import Bucket

DUE = date(2024, 3, 10)

days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
items = st.lists(
    st.builds(
        UnpaidItem,
        due_on=days,
        principal=st.integers(0, 500),
        interest=st.integers(0, 500),
        fee=st.integers(0, 500),
    ),
    max_size=12,
)


def test_the_due_date_is_day_zero_and_the_next_day_one() -> None:
    item = UnpaidItem(DUE, principal=10_000)

    assert measure_overdue([item], DUE).dpd == 0
    assert measure_overdue([item], DUE + timedelta(days=1)).dpd == 1


def test_days_of_grace_show_nothing_and_then_count_from_the_due_date() -> None:
    item = UnpaidItem(DUE, principal=10_000)

    inside = measure_overdue([item], DUE + timedelta(days=3), grace_days=3)
    after = measure_overdue([item], DUE + timedelta(days=4), grace_days=3)

    assert (inside.dpd, inside.overdue_amount, inside.oldest_unpaid_due) == (0, 0, None)
    assert (after.dpd, after.overdue_amount, after.oldest_unpaid_due) == (4, 10_000, DUE)


def test_an_instalment_still_in_grace_is_not_added_to_an_older_one() -> None:
    old, fresh = UnpaidItem(DUE, principal=500), UnpaidItem(DUE + timedelta(days=30), principal=700)

    found = measure_overdue([fresh, old], DUE + timedelta(days=32), grace_days=5)

    assert (found.dpd, found.overdue_instalments, found.overdue_amount) == (32, 1, 500)


def test_exactly_the_tolerance_is_forgiven_and_a_fen_more_is_not() -> None:
    next_day = DUE + timedelta(days=1)

    assert measure_overdue([UnpaidItem(DUE, principal=100)], next_day, tolerance=100).dpd == 0
    assert measure_overdue([UnpaidItem(DUE, principal=101)], next_day, tolerance=100).dpd == 1


def test_parts_within_the_tolerance_count_when_their_sum_exceeds_it() -> None:
    item = UnpaidItem(DUE, principal=60, interest=60)

    found = measure_overdue([item], DUE + timedelta(days=9), tolerance=100)

    assert (found.dpd, found.principal_dpd, found.interest_dpd) == (9, 0, 0)


def test_principal_and_interest_have_days_of_their_own() -> None:
    unpaid = [UnpaidItem(DUE, interest=5), UnpaidItem(DUE + timedelta(days=31), principal=5)]

    found = measure_overdue(unpaid, DUE + timedelta(days=40))

    assert (found.dpd, found.principal_dpd, found.interest_dpd) == (40, 9, 40)
    assert found.bucket is Bucket.M2


def test_a_part_payment_does_not_reset_the_days() -> None:
    before, after = UnpaidItem(DUE, principal=10_000), UnpaidItem(DUE, principal=1)
    as_of = DUE + timedelta(days=45)

    assert measure_overdue([before], as_of).dpd == measure_overdue([after], as_of).dpd == 45


def test_nothing_unpaid_is_nothing_overdue() -> None:
    assert measure_overdue([], DUE).dpd == 0
    assert measure_overdue([UnpaidItem(DUE)], DUE + timedelta(days=400)).dpd == 0


@given(items, days, st.integers(0, 30), st.integers(0, 100), st.integers(0, 400))
def test_a_later_day_never_lowers_the_days_overdue(
    unpaid: list[UnpaidItem], as_of: date, grace: int, tolerance: int, later: int
) -> None:
    first = measure_overdue(unpaid, as_of, grace, tolerance)
    then = measure_overdue(unpaid, as_of + timedelta(days=later), grace, tolerance)

    assert then.dpd >= first.dpd
    assert then.overdue_amount >= first.overdue_amount


@given(items, days, st.integers(0, 30), st.integers(0, 100))
def test_the_days_of_a_part_never_exceed_those_of_the_whole(
    unpaid: list[UnpaidItem], as_of: date, grace: int, tolerance: int
) -> None:
    found = measure_overdue(unpaid, as_of, grace, tolerance)

    assert found.dpd >= max(found.principal_dpd, found.interest_dpd)
    assert (found.dpd == 0) == (found.oldest_unpaid_due is None)
    assert found == measure_overdue(reversed(unpaid), as_of, grace, tolerance)


def test_paid_on_the_last_day_of_grace_is_not_late() -> None:
    as_of = date(2024, 12, 31)

    assert not is_late(DUE, DUE + timedelta(days=3), as_of, grace_days=3)
    assert is_late(DUE, DUE + timedelta(days=4), as_of, grace_days=3)


def test_what_is_never_paid_becomes_late_with_time() -> None:
    assert not is_late(DUE, None, DUE)
    assert is_late(DUE, None, DUE + timedelta(days=1))
    assert not is_past_grace(DUE, DUE - timedelta(days=200))


def test_only_the_last_twenty_four_instalments_are_looked_at() -> None:
    assert count_late([True] * 6 + [False] * 24).cumulative == 0
    assert count_late([True] * 6 + [False] * 21) == count_late([True] * 3 + [False] * 21)
    assert not count_late([True, True, True] + [True, False] * 2 + [False] * 20).hit


def test_three_in_a_row_hit_and_two_do_not() -> None:
    assert count_late([False, True, True, True]).hit
    assert not count_late([True, True, False, True, True]).hit


def test_six_in_total_hit_and_five_do_not() -> None:
    assert count_late([True, False] * 6).hit
    assert not count_late([True, False] * 5).hit


def test_no_history_is_no_hit() -> None:
    record = count_late([])

    assert (record.max_consecutive, record.cumulative, record.hit) == (0, 0, False)


def test_a_bank_may_set_a_stricter_count() -> None:
    assert count_late([True, True], replace(DEFAULTS.overdue, late_in_a_row=2)).hit


@given(st.lists(st.booleans(), max_size=60))
def test_a_run_is_never_longer_than_the_total(flags: list[bool]) -> None:
    record = count_late(flags)

    assert 0 <= record.max_consecutive <= record.cumulative <= 24
    assert record.hit == (record.max_consecutive >= 3 or record.cumulative >= 6)
