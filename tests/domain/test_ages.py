from __future__ import annotations

from datetime import date

import pytest

from server.domain.ages import (
    Validity,
    age_is_unusual,
    age_on,
    expires_on,
    validity_on,
    validity_years,
)
from server.domain.errors import Invalid


@pytest.mark.parametrize(
    ("born_on", "day", "age"),
    [
        (date(2000, 2, 29), date(2018, 2, 28), 17),
        (date(2000, 2, 29), date(2018, 3, 1), 18),
        (date(2000, 5, 5), date(2018, 5, 4), 17),
        (date(2000, 5, 5), date(2018, 5, 5), 18),
        (date(2000, 5, 5), date(2000, 5, 5), 0),
    ],
)
def test_age_is_counted_in_whole_years(born_on: date, day: date, age: int) -> None:
    assert age_on(born_on, day) == age


def test_nobody_has_an_age_before_birth() -> None:
    with pytest.raises(Invalid) as refused:
        age_on(date(2000, 5, 5), date(2000, 5, 4))

    assert refused.value.reason == "after_day"


@pytest.mark.parametrize(
    ("born_year", "unusual"), [(2009, True), (2008, False), (1961, False), (1960, True)]
)
def test_both_bounds_of_age_are_still_usual(born_year: int, unusual: bool) -> None:
    assert age_is_unusual(date(born_year, 1, 1), date(2026, 6, 1)) is unusual


@pytest.mark.parametrize(
    ("age", "years"), [(15, 5), (16, 10), (25, 10), (26, 20), (45, 20), (46, None)]
)
def test_a_card_is_valid_by_the_age_at_issue(age: int, years: int | None) -> None:
    assert validity_years(age) == years


def test_a_card_issued_on_a_leap_day_ends_on_one_or_on_the_first_of_march() -> None:
    assert expires_on(date(1990, 1, 1), date(2020, 2, 29)) == date(2040, 2, 29)
    assert expires_on(date(2010, 1, 1), date(2024, 2, 29)) == date(2029, 3, 1)
    assert expires_on(date(1950, 1, 1), date(2020, 2, 29)) is None


@pytest.mark.parametrize(
    ("expires", "standing"),
    [
        (None, Validity.VALID),
        (date(2026, 1, 30), Validity.EXPIRED),
        (date(2026, 1, 31), Validity.EXPIRING),
        (date(2026, 3, 2), Validity.EXPIRING),
        (date(2026, 3, 3), Validity.VALID),
    ],
)
def test_a_card_is_valid_through_its_last_day(expires: date | None, standing: Validity) -> None:
    assert validity_on(expires, date(2026, 1, 31)) is standing
