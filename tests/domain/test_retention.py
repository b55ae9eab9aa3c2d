"""Which backups are kept: the newest of days, weeks and months, and never none that was tried."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from server.domain.retention import Held, KeepRule, to_drop

RULE = KeepRule(7, 5, 12)
START = dt.datetime(2026, 1, 1, 2, 30, tzinfo=dt.UTC)


def nightly(days: int, *, verified: bool = True) -> list[Held]:
    nights = (START + dt.timedelta(days=day) for day in range(days))
    return [Held(f"{at:%Y-%m-%d}", at, verified) for at in nights]


def kept(held: list[Held], rule: KeepRule = RULE) -> list[str]:
    gone = set(to_drop(held, rule))
    return [each.name for each in held if each.name not in gone]


def test_a_year_of_nights_leaves_days_weeks_and_months() -> None:
    left = kept(nightly(365))
    assert left[-7:] == [f"2026-12-{day}" for day in range(25, 32)]
    sundays = {f"2026-12-{day:02}" for day in (6, 13, 20, 27)}
    month_ends = {"2026-01-31", "2026-02-28", "2026-06-30", "2026-11-30", "2026-12-31"}
    assert sundays | month_ends <= set(left)
    assert len(left) == 7 + 3 + 11


def test_of_a_day_the_newest_stays() -> None:
    morning = Held("morning", START, True)
    noon = Held("noon", START + dt.timedelta(hours=10), True)
    assert to_drop([noon, morning], KeepRule(1, 1, 1)) == ["morning"]


def test_days_without_a_backup_do_not_count() -> None:
    old = Held("old", START - dt.timedelta(days=400), True)
    assert kept([old, *nightly(2)], KeepRule(3, 0, 0)) == ["old", "2026-01-01", "2026-01-02"]


def test_the_newest_and_the_newest_that_was_tried_stay_by_any_rule() -> None:
    tried, *rest = nightly(9, verified=False)
    held = [Held(tried.name, tried.made_at, True), *rest]
    assert kept(held, KeepRule(0, 0, 0)) == [tried.name, rest[-1].name]


MOMENTS = st.integers(0, 1000 * 24).map(lambda hours: START + dt.timedelta(hours=hours))
HELD = st.lists(st.tuples(MOMENTS, st.booleans()), max_size=40).map(
    lambda rows: [Held(f"{place}", at, tried) for place, (at, tried) in enumerate(rows)]
)
RULES = st.builds(KeepRule, *[st.integers(0, 5)] * 3)


@given(HELD, RULES)
def test_one_that_was_tried_is_left_where_there_was_one(held: list[Held], rule: KeepRule) -> None:
    gone = set(to_drop(held, rule))
    left = [each for each in held if each.name not in gone]
    assert any(each.is_verified for each in left) == any(each.is_verified for each in held)
    assert bool(left) == bool(held)
    assert len(left) <= rule.daily + rule.weekly + rule.monthly + 2


@given(HELD, RULES)
def test_dropping_twice_drops_nothing_more(held: list[Held], rule: KeepRule) -> None:
    gone = set(to_drop(held, rule))
    assert to_drop([each for each in held if each.name not in gone], rule) == []
