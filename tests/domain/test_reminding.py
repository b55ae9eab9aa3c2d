"""When somebody is reminded: offsets, the newest only, and the hours of the day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from server.domain.errors import Invalid
from server.domain.parameters import DEFAULTS, SETTINGS, ReminderRules
from server.domain.parameters.setting import read_value
from server.domain.reminding import current_offset, offsets_of, time_to_send

RULES = DEFAULTS.reminder
DUE = date(2026, 3, 13)


def test_an_instalment_is_told_at_7_3_1_0_and_after_1_3_7_days_then_monthly() -> None:
    offsets = offsets_of(RULES)
    assert offsets[:8] == [-7, -3, -1, 0, 1, 3, 7, 37]
    assert len(offsets) == 7 + 24


def test_small_instalments_are_told_later_where_the_bank_sets_a_limit() -> None:
    assert offsets_of(RULES, is_large=False)[:3] == [-3, -1, 0]


def test_a_loan_paid_back_at_once_is_told_a_month_ahead() -> None:
    assert offsets_of(RULES, is_large=False, is_bullet=True)[:3] == [-30, -7, -3]


def test_no_reminder_comes_again_where_the_bank_wants_none() -> None:
    assert offsets_of(replace(RULES, after_every=0))[-1] == 7
    assert offsets_of(replace(RULES, after=()))[-1] == 0


@pytest.mark.parametrize(
    ("days", "offset"), [(-8, None), (-7, -7), (-4, -7), (-2, -3), (0, 0), (2, 1), (36, 7)]
)
def test_who_was_away_is_told_the_newest_and_not_all_that_was_missed(
    days: int, offset: int | None
) -> None:
    today = DUE + timedelta(days=days)
    assert current_offset(DUE, today, offsets_of(RULES)) == offset


@pytest.mark.parametrize(
    ("planned", "sent"),
    [
        ("2026-03-13T08:59", "2026-03-13T09:00"),
        ("2026-03-13T09:00", "2026-03-13T09:00"),
        ("2026-03-13T19:59", "2026-03-13T19:59"),
        ("2026-03-13T20:00", "2026-03-14T09:00"),
        ("2026-12-31T23:30", "2027-01-01T09:00"),
        ("2026-03-13T00:00", "2026-03-13T09:00"),
    ],
)
def test_customers_are_written_to_within_the_hours_of_the_bank(planned: str, sent: str) -> None:
    assert time_to_send(datetime.fromisoformat(planned), RULES) == datetime.fromisoformat(sent)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("quiet_from", 23, "too_large"),
        ("quiet_until", 7, "too_small"),
        ("before", [3, 3], "out_of_range"),
        ("before", [-1], "too_small"),
        ("before", "3", "type"),
        ("after", [0], "too_small"),
        ("help_phone", "0" * 31, "too_long"),
        ("help_phone", "0571\n", "type"),
        ("help_phone", 12378, "type"),
    ],
)
def test_a_setting_beyond_the_law_or_without_sense_is_refused(
    field: str, value: object, reason: str
) -> None:
    name = f"reminder.{field}"
    with pytest.raises(Invalid) as refused:
        read_value(name, SETTINGS[name], value)
    assert refused.value.reason == reason


def test_the_hours_of_sending_stay_out_of_the_quiet() -> None:
    with pytest.raises(Invalid):
        replace(RULES, send_from=8, quiet_until=9).check()
    ReminderRules().check()
