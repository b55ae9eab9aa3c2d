from __future__ import annotations

import pytest

from server.domain.identity import check_character
from server.domain.parsing.ids import Cell, Damage, inspect_account, inspect_id

GOOD = "110199199003070017"


@pytest.mark.parametrize(
    ("cell", "status", "value"),
    [
        (GOOD, Damage.OK, GOOD),
        (f"'{GOOD}", Damage.OK, GOOD),
        (f" {GOOD}　", Damage.OK, GOOD),
        ("11019919880101009x", Damage.OK, "11019919880101009X"),
        ("110199900307001.0", Damage.OK, "110199900307001"),
        (110199900307001, Damage.OK, "110199900307001"),
        (110199900307001.0, Damage.OK, "110199900307001"),
        ("1.10199E+17", Damage.DAMAGED, None),
        ("1.10199e17", Damage.DAMAGED, None),
        ("１．１０１９９Ｅ＋１７", Damage.DAMAGED, None),
        ("1.10199900307001E+14", Damage.DAMAGED, None),
        (1.10199199003070e17, Damage.DAMAGED, None),
        ("110199199003070000", Damage.PRECISION_LOSS, None),
        ("110199199003070000.0", Damage.PRECISION_LOSS, None),
        ("110199199003070018", Damage.INVALID, None),
        ("110199199013070000", Damage.INVALID, None),
        ("张三", Damage.INVALID, None),
        (1.5, Damage.INVALID, None),
        (float("nan"), Damage.INVALID, None),
        (True, Damage.INVALID, None),
        ("#REF!", Damage.INVALID, None),
        ("", Damage.EMPTY, None),
        ("无", Damage.EMPTY, None),
        (None, Damage.EMPTY, None),
    ],
)
def test_a_number_is_whole_or_is_asked_for_again(
    cell: Cell, status: Damage, value: str | None
) -> None:
    found = inspect_id(cell)

    assert (found.status, found.value) == (status, value)
    assert found.must_be_reentered is (status not in {Damage.OK, Damage.EMPTY})


def test_a_number_that_truly_ends_in_zeros_is_whole() -> None:
    ending = next(
        body + "0"
        for day in range(1, 29)
        for area in range(101, 120)
        if check_character(body := f"110{area}199003{day:02d}000"[:17]) == "0"
    )
    assert ending.endswith("000")
    assert inspect_id(ending).status is Damage.OK


@pytest.mark.parametrize(
    ("cell", "status", "value"),
    [
        ("6222 0200 0000 0000 018", Damage.OK, "6222020000000000018"),
        ("6222020000000000019", Damage.OK, "6222020000000000019"),
        ("6222021234567890000", Damage.PRECISION_LOSS, None),
        ("6.22202E+18", Damage.DAMAGED, None),
        (6.22202e18, Damage.DAMAGED, None),
        (123456789012, Damage.OK, "123456789012"),
        ("某账号", Damage.INVALID, None),
        ("", Damage.EMPTY, None),
    ],
)
def test_an_account_is_whole_or_is_asked_for_again(
    cell: Cell, status: Damage, value: str | None
) -> None:
    found = inspect_account(cell)

    assert (found.status, found.value) == (status, value)
