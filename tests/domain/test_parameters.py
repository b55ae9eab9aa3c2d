from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import Invalid
from server.domain.parameters import (
    DEFAULTS,
    SETTINGS,
    Institution,
    LprTenor,
    ParameterChange,
    Unit,
    check_change,
    listed_parameters,
    parameter_value,
    parameters_on,
)
from server.domain.parameters.setting import read_value, write_value

JANUARY, JUNE = date(2025, 1, 1), date(2025, 6, 1)


def refusal(change: ParameterChange, *others: ParameterChange) -> tuple[str, str]:
    with pytest.raises(Invalid) as refused:
        check_change(change, others)
    return refused.value.field, refused.value.reason


def test_without_changes_the_defaults_stand() -> None:
    assert parameters_on(JANUARY) == DEFAULTS


def test_a_change_stands_from_its_day_on() -> None:
    change = ParameterChange("overdue.tolerance", JUNE, 100)

    assert parameters_on(date(2025, 5, 31), [change]).overdue.tolerance == 0
    assert parameters_on(JUNE, [change]).overdue.tolerance == 100


def test_the_latest_change_in_effect_wins_in_any_order() -> None:
    early = ParameterChange("overdue.tolerance", JANUARY, 10)
    late = ParameterChange("overdue.tolerance", JUNE, 20)

    assert parameters_on(JUNE, [early, late]) == parameters_on(JUNE, [late, early])
    assert parameters_on(JUNE, [late, early]).overdue.tolerance == 20
    assert parameters_on(JANUARY, [late, early]).overdue.tolerance == 10


def test_of_two_changes_on_one_day_the_one_entered_later_wins() -> None:
    changes = [ParameterChange("overdue.tolerance", JUNE, value) for value in (10, 20)]

    assert parameters_on(JUNE, changes).overdue.tolerance == 20


def test_a_change_touches_no_other_setting() -> None:
    changed = parameters_on(JUNE, [ParameterChange("provision.substandard", JUNE, "0.30")])

    assert changed.provision.substandard == Decimal("0.30")
    assert changed.provision.doubtful == DEFAULTS.provision.doubtful
    assert changed.classification == DEFAULTS.classification


def test_a_date_a_flag_and_a_table_can_be_changed() -> None:
    lpr = [{"tenor": "1Y", "published_on": "2026-01-20", "rate": "0.0290"}]
    ceilings = [
        {"institution": "BANK", "kind": "FIXED", "value": "0.20", "from_on": "2026-01-01"},
    ]
    changed = parameters_on(
        JUNE,
        [
            ParameterChange("cost.form_required_from", JANUARY, "2026-09-01"),
            ParameterChange("repayment.compound_on_interest", JANUARY, value=False),
            ParameterChange("cost.lpr", JANUARY, lpr),
            ParameterChange("cost.ceilings", JANUARY, ceilings),
        ],
    )

    assert changed.cost.form_required_from == date(2026, 9, 1)
    assert changed.repayment.compound_on_interest is False
    assert (changed.cost.lpr[0].tenor, changed.cost.lpr[0].rate) == (
        LprTenor.ONE_YEAR,
        Decimal("0.0290"),
    )
    assert changed.cost.ceilings[0].institution is Institution.BANK
    assert changed.cost.ceilings[0].to_on is None


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("overdue.tolerence", 1, "unknown"),
        ("tolerance", 1, "unknown"),
        ("overdue", 1, "unknown"),
        ("overdue.tolerance", "1", "type"),
        ("overdue.tolerance", True, "type"),
        ("overdue.tolerance", 1.0, "type"),
        ("overdue.tolerance", None, "type"),
        ("overdue.tolerance", -1, "too_small"),
        ("overdue.tolerance", 101, "too_large"),
        ("repayment.penalty_uplift", 0.5, "type"),
        ("repayment.penalty_uplift", "NaN", "type"),
        ("repayment.penalty_uplift", "1e9", "type"),
        ("repayment.penalty_uplift", "50", "too_large"),
        ("repayment.compound_on_interest", 1, "type"),
        ("cost.form_required_from", 20260801, "type"),
        ("cost.form_required_from", "2026-02-30", "date"),
        ("cost.form_required_from", "20260801", "date"),
        ("cost.lpr", {}, "type"),
        ("cost.lpr", [1], "type"),
        ("cost.lpr", [{"tenor": "2Y"}], "unknown"),
        ("cost.lpr", [{"tenor": "1Y", "published_on": "2026-01-20"}], "type"),
        (
            "cost.lpr",
            [{"tenor": "1Y", "published_on": "2026-01-20", "rate": "3.1"}],
            "out_of_range",
        ),
        (
            "cost.ceilings",
            [{"institution": "BANK", "kind": "FIXED", "value": "0", "from_on": "2026-01-01"}],
            "out_of_range",
        ),
        (
            "cost.ceilings",
            [
                {
                    "institution": "BANK",
                    "kind": "FIXED",
                    "value": "0.2",
                    "from_on": "2026-01-01",
                    "to_on": "2025-01-01",
                }
            ],
            "order",
        ),
        ("provision.substandard", "0.31", "too_large"),
        ("classification.substandard_above_dpd", 271, "order"),
        ("repayment.penalty_uplift", "0.29", "order"),
    ],
)
def test_a_wrong_change_is_refused_with_its_reason(name: str, value: Any, reason: str) -> None:
    assert refusal(ParameterChange(name, JUNE, value))[1] == reason


def test_a_refusal_of_one_value_names_the_setting() -> None:
    assert refusal(ParameterChange("overdue.tolerance", JUNE, 101)) == (
        "overdue.tolerance",
        "too_large",
    )


def test_two_settings_that_contradict_each_other_may_change_on_one_day() -> None:
    doubtful = ParameterChange("classification.doubtful_above_dpd", JUNE, 300)
    substandard = ParameterChange("classification.substandard_above_dpd", JUNE, 280)

    assert refusal(substandard) == ("classification.doubtful_above_dpd", "order")
    check_change(substandard, [doubtful])


def test_a_change_that_a_later_one_will_contradict_is_refused() -> None:
    later = ParameterChange("classification.doubtful_above_dpd", JUNE, 100)
    change = ParameterChange("classification.substandard_above_dpd", JANUARY, 120)

    check_change(change)
    assert refusal(change, later) == ("classification.doubtful_above_dpd", "order")


def test_every_setting_is_listed_with_unit_bounds_and_source() -> None:
    listed = listed_parameters()

    assert [row.name for row in listed] == list(SETTINGS)
    assert len(listed) == len(set(SETTINGS)) > 60
    for row in listed:
        assert row.setting.source
        unbounded = row.setting.unit in {Unit.DATE, Unit.FLAG, Unit.TABLE}
        assert (row.setting.low is None) == (row.setting.high is None) == unbounded


@pytest.mark.parametrize("name", list(SETTINGS))
def test_every_default_is_within_its_own_bounds_and_survives_json(name: str) -> None:
    value = parameter_value(DEFAULTS, name)

    read = read_value(name, SETTINGS[name], value)

    assert write_value(SETTINGS[name], read) == value
    assert parameters_on(JUNE, [ParameterChange(name, JUNE, value)]) == DEFAULTS


def test_the_defaults_do_not_contradict_each_other() -> None:
    for group in (
        DEFAULTS.identity,
        DEFAULTS.repayment,
        DEFAULTS.extension,
        DEFAULTS.cost,
        DEFAULTS.overdue,
        DEFAULTS.classification,
        DEFAULTS.default,
        DEFAULTS.upgrade,
        DEFAULTS.provision,
        DEFAULTS.portfolio,
    ):
        group.check()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(list(SETTINGS)) | st.text(), json_values)
def test_any_json_value_is_taken_or_refused_and_nothing_else(name: str, value: Any) -> None:
    try:
        check_change(ParameterChange(name, JUNE, value))
    except Invalid as refused:
        accepted, code = False, refused.reason
    else:
        accepted, code = True, ""

    assert accepted != bool(code)
