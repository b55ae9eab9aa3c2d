from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.observation import (
    earliest_upgrade_on,
    is_in_observation,
    months_after,
    observation_ends_on,
)
from server.domain.parameters import DEFAULTS

days = st.dates(date(2010, 1, 1), date(2040, 1, 1))


@pytest.mark.parametrize(
    ("first_due_on", "frequency", "expected"),
    [
        (date(2024, 3, 20), 1, date(2025, 3, 20)),
        (date(2024, 3, 20), 6, date(2025, 3, 20)),
        (date(2024, 3, 20), 12, date(2026, 3, 20)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2023, 8, 31), 9, date(2025, 2, 28)),
    ],
)
def test_observation_lasts_two_intervals_and_at_least_a_year(
    first_due_on: date, frequency: int, expected: date
) -> None:
    assert observation_ends_on(first_due_on, frequency) == expected


def test_a_missed_due_date_starts_observation_again() -> None:
    ends_on = observation_ends_on(date(2024, 1, 10), 1, [date(2024, 5, 10), date(2024, 3, 10)])

    assert ends_on == date(2025, 5, 10)


def test_a_miss_after_the_end_or_before_the_start_changes_nothing() -> None:
    outside = [date(2023, 12, 10), date(2025, 2, 10)]

    assert observation_ends_on(date(2024, 1, 10), 1, outside) == date(2025, 1, 10)


def test_a_miss_inside_the_second_run_starts_a_third() -> None:
    missed = [date(2024, 12, 10), date(2025, 11, 10)]

    assert observation_ends_on(date(2024, 1, 10), 1, missed) == date(2026, 11, 10)


def test_an_interval_of_no_months_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        observation_ends_on(date(2024, 1, 10), 0)

    assert (refused.value.field, refused.value.reason) == ("frequency_months", "not_positive")


def test_a_bank_may_watch_longer() -> None:
    rules = replace(DEFAULTS.upgrade, observation_months=18)

    assert observation_ends_on(date(2024, 1, 10), 1, rules=rules) == date(2025, 7, 10)


def test_a_loan_is_watched_from_its_restructuring_through_the_last_day() -> None:
    begin, end = date(2024, 1, 1), date(2025, 1, 10)

    assert is_in_observation(begin, begin, end)
    assert is_in_observation(end, begin, end)
    assert not is_in_observation(date(2025, 1, 11), begin, end)
    assert not is_in_observation(date(2023, 12, 31), begin, end)


@given(days, st.integers(1, 24), st.lists(days, max_size=5))
def test_misses_never_shorten_observation(first: date, frequency: int, missed: list[date]) -> None:
    without = observation_ends_on(first, frequency)

    assert observation_ends_on(first, frequency, missed) >= without >= first


def test_six_months_must_pass_even_when_instalments_come_sooner() -> None:
    kept = [date(2024, 3, 20), date(2024, 4, 20)]

    assert earliest_upgrade_on(date(2024, 3, 10), kept) == date(2024, 9, 10)


def test_the_second_instalment_counts_when_it_comes_after_six_months() -> None:
    kept = [date(2024, 12, 31), date(2024, 6, 30)]

    assert earliest_upgrade_on(date(2024, 3, 10), kept) == date(2024, 12, 31)


def test_one_instalment_on_time_is_not_enough() -> None:
    assert earliest_upgrade_on(date(2024, 3, 10), [date(2024, 6, 30)]) is None
    assert earliest_upgrade_on(date(2024, 3, 10), []) is None


def test_instalments_up_to_the_day_arrears_were_cleared_do_not_count() -> None:
    kept = [date(2024, 2, 10), date(2024, 3, 10), date(2024, 4, 10)]

    assert earliest_upgrade_on(date(2024, 3, 10), kept) is None


@given(days, st.integers(-600, 600))
def test_going_months_on_and_back_returns_to_the_day_or_the_month_end(
    day: date, months: int
) -> None:
    there = months_after(day, months)

    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months
    assert there.day == day.day or months_after(date(there.year, there.month, 1), 1).day == 1
    assert there.day <= day.day


def test_months_beyond_the_calendar_are_refused() -> None:
    with pytest.raises(Invalid) as refused:
        months_after(date(9999, 12, 1), 1)

    assert (refused.value.field, refused.value.reason) == ("date", "out_of_range")
