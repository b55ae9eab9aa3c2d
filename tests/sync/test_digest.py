from __future__ import annotations

import random

from sync.digest import (
    GROUPS,
    Tally,
    by_group,
    by_scope,
    differing,
    group_of,
    row_hash,
    sum_of,
    tally,
)
from tests.sync.builders import uuid7

ROWS = [(uuid7(n), n + 1) for n in range(500)]


def test_a_row_is_hashed_over_id_and_number() -> None:
    assert row_hash("a", 1) == 0x2B2C40A6706D
    assert len({row_hash("a", 1), row_hash("a", 2), row_hash("b", 1)}) == 3


def test_order_does_not_matter() -> None:
    mixed = ROWS.copy()
    random.Random(7).shuffle(mixed)

    assert tally(mixed) == tally(ROWS)


def test_swapped_numbers_are_seen() -> None:
    (one, first), (two, second) = ROWS[:2]

    assert tally([(one, second), (two, first)]) != tally([(one, first), (two, second)])


def test_a_tally_is_kept_up_row_by_row() -> None:
    kept = Tally()
    for entity_id, number in ROWS:
        kept = kept.with_row(entity_id, number)
    assert kept == tally(ROWS)

    for entity_id, number in ROWS:
        kept = kept.without_row(entity_id, number)
    assert kept == Tally()


def test_ids_made_in_one_year_spread_over_all_groups() -> None:
    assert len({group_of(entity_id) for entity_id, _ in ROWS}) == GROUPS


def test_each_scope_has_its_tally() -> None:
    rows = [("north", *ROWS[0]), ("south", *ROWS[1]), ("north", *ROWS[2])]

    assert by_scope(rows) == {"north": tally([ROWS[0], ROWS[2]]), "south": tally([ROWS[1]])}


def test_only_groups_that_differ_are_named() -> None:
    theirs = [*ROWS[1:], (uuid7(0xABCDEF), 9)]
    stale = [(uuid7(5), 999) if row[0] == uuid7(5) else row for row in theirs]

    assert differing(by_group(ROWS), by_group(ROWS)) == ()
    assert differing(by_group(ROWS), by_group(stale)) == (0x00, 0x05, 0xEF)


def test_parts_add_up_to_the_whole() -> None:
    parts = [tally(ROWS[start::7]) for start in range(7)]

    assert sum_of(parts) == tally(ROWS)
    assert sum_of([]) == Tally()
