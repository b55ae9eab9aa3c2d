"""Working days, and loans whose due date moves to one: in time until then, overdue from then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from server.domain.errors import Invalid
from server.domain.events import Event, Repayment
from server.domain.parameters import DEFAULTS, HolidayRules, ParameterChange
from server.domain.statement import look_ahead, statement
from server.domain.statement.outline import outline
from server.domain.terms import Method, Terms
from server.domain.workdays import HolidayRule, Workdays, workdays_of

DEFAULT = workdays_of(())


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2026-02-13", True),
        ("2026-02-14", True),  # a Saturday made up for
        ("2026-02-16", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),
        ("2026-03-01", False),
        ("2027-01-01", True),  # nobody has told of 2027 yet: a Friday is a Friday
        ("2027-01-02", False),
    ],
)
def test_the_bank_works_by_the_week_and_the_table(day: str, works: bool) -> None:
    assert DEFAULT.is_workday(date.fromisoformat(day)) is works


def test_a_year_is_known_once_its_table_is_there() -> None:
    rows = [{"from_on": "2027-01-01", "to_on": "2027-01-03", "kind": "HOLIDAY", "name": "元旦"}]
    added = workdays_of([ParameterChange("holiday.days", date(2027, 1, 1), rows)])
    assert (DEFAULT.knows(2026), DEFAULT.knows(2027)) == (True, False)
    assert (added.knows(2026), added.knows(2027)) == (True, True)
    assert not added.is_workday(date(2027, 1, 1))
    assert not added.is_workday(date(2026, 10, 1))  # the years before keep their table


@pytest.mark.parametrize(
    "row",
    [
        {"from_on": "2027-01-03", "to_on": "2027-01-01", "kind": "HOLIDAY"},
        {"from_on": "2027-01-01", "to_on": "2027-12-31", "kind": "HOLIDAY"},
        {"from_on": "2027-01-01", "kind": "FEAST"},
        {"from_on": "2027-13-01", "kind": "HOLIDAY"},
        {"kind": "HOLIDAY"},
    ],
)
def test_a_row_that_says_nothing_is_refused(row: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        workdays_of([ParameterChange("holiday.days", date(2027, 1, 1), [row])])


def test_a_day_cannot_be_both() -> None:
    days = DEFAULTS.holiday.days
    with pytest.raises(Invalid):
        HolidayRules((*days, replace(days[0], name="又一个"))).check()


DUE = date(2026, 2, 16)  # in the Spring Festival; the next working day is the 24th
MOVED = date(2026, 2, 24)
TERMS = Terms(
    method=Method.INTEREST_ONLY,
    principal=6_000_000,
    annual_rate=Decimal("0.072"),
    disbursed_on=date(2026, 1, 16),
    periods=3,
    holidays=HolidayRule.NEXT_WORKDAY,
    workdays=DEFAULT,
)
INTEREST = 36_000


def _paid(on: date, amount: int = INTEREST) -> list[Event]:
    return [Repayment(id="1", value_on=on, posted_on=on, amount=amount)]


def test_paid_until_the_next_working_day_is_in_time_and_costs_nothing() -> None:
    sheet = statement(TERMS, _paid(MOVED), MOVED)
    first = sheet.instalments[0]
    assert (first.due_on, first.cleared_on, first.is_late) == (DUE, MOVED, False)
    assert (sheet.due.total, sheet.dpd, sheet.times_overdue) == (0, 0, 0)


@pytest.mark.parametrize(("day", "dpd"), [(DUE, 0), (MOVED, 0), (date(2026, 2, 25), 1)])
def test_days_overdue_count_from_the_moved_date(day: date, dpd: int) -> None:
    assert statement(TERMS, (), day).dpd == dpd
    assert outline(TERMS, (), day).dpd == dpd


def test_penalty_counts_from_the_moved_date_and_interest_as_planned() -> None:
    on = date(2026, 3, 6)
    moved, planned = (
        statement(TERMS, (), on),
        statement(replace(TERMS, holidays=HolidayRule.NONE), (), on),
    )
    assert moved.instalments[0].due.interest == planned.instalments[0].due.interest == INTEREST
    assert moved.instalments[0].days == planned.instalments[0].days
    # 360 yuan of interest at 10.8 % a year: 10 days against 18
    assert (moved.due.compound, planned.due.compound) == (108, 194)
    assert (moved.dpd, planned.dpd) == (10, 18)


def test_grace_counts_from_the_moved_date() -> None:
    terms = replace(TERMS, grace_days=2)
    assert statement(terms, (), date(2026, 2, 26)).dpd == 0
    assert statement(terms, (), date(2026, 2, 27)).dpd == 3


def test_without_the_clause_a_holiday_changes_nothing() -> None:
    plain = replace(TERMS, holidays=HolidayRule.NONE)
    assert statement(plain, (), date(2026, 2, 17)).dpd == 1


@pytest.mark.parametrize("day", [date(2026, 2, 10), DUE, MOVED, date(2026, 3, 20)])
@pytest.mark.parametrize("grace", [0, 3])
def test_the_outline_and_the_days_ahead_say_the_same(day: date, grace: int) -> None:
    terms = replace(TERMS, grace_days=grace)
    sheet, short = statement(terms, (), day), outline(terms, (), day)
    for name in ("dpd", "due", "overdue", "overdue_instalments", "times_overdue", "next_due"):
        assert getattr(sheet, name) == getattr(short, name), name
    _, ahead = look_ahead(terms, (), day, 30)
    for each in ahead:
        assert each.dpd == statement(terms, (), each.on).dpd


def test_the_oldest_unpaid_day_is_the_one_that_counts() -> None:
    assert outline(TERMS, (), date(2026, 2, 20)).unpaid_due_on == MOVED
    assert outline(TERMS, (), date(2026, 3, 1)).unpaid_due_on == MOVED
    assert statement(TERMS, (), date(2026, 3, 1)).oldest_unpaid_due_on == MOVED


def test_two_tables_of_one_day_are_read_in_order() -> None:
    empty = Workdays([])
    assert empty.is_workday(date(2026, 10, 1))
    assert not empty.knows(2026)
