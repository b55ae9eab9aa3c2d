from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync import feed
from sync.errors import CursorRefused
from sync.feed import (
    AFTER_RESTORE,
    Cursor,
    Feed,
    Lent,
    Start,
    first_number_after_restore,
    is_rescoped,
    lend,
    read_cursor,
    start_of,
    write_cursor,
)
from sync.values import canonical

KEY = b"k" * 32
CURSOR = Cursor("epoch-1", "bank", 17, 20, 3)
FEED = Feed("epoch-1", "bank", hi=20, purged=0, scope_version=3)
WHOLE = st.integers(0, 2**53 - 1)


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=20), st.text(max_size=20), WHOLE, WHOLE, WHOLE)
def test_a_cursor_reads_back_from_its_token(
    epoch: str, space: str, after: int, hi: int, version: int
) -> None:
    cursor = Cursor(epoch, space, after, hi, version)

    assert read_cursor(write_cursor(cursor, KEY), KEY) == cursor


def test_a_token_is_safe_in_an_address() -> None:
    token = write_cursor(CURSOR, KEY)

    assert token.replace("-", "").replace("_", "").isalnum()


def test_no_letter_of_a_token_can_be_changed() -> None:
    token = write_cursor(CURSOR, KEY)
    for place, letter in enumerate(token):
        changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
        with pytest.raises(CursorRefused):
            read_cursor(changed, KEY)


def test_another_key_does_not_read_it() -> None:
    with pytest.raises(CursorRefused) as refused:
        read_cursor(write_cursor(CURSOR, KEY), b"x" * 32)

    assert refused.value.reason == "forged"


@pytest.mark.parametrize("token", ["", None, 5, "!", "台", "a" * 3073, "a b", "AAAAA", "AAA="])
def test_what_is_no_token_is_refused(token: object) -> None:
    with pytest.raises(CursorRefused) as refused:
        read_cursor(token, KEY)

    assert refused.value.reason == "form"


def test_a_signature_without_a_cursor_is_forged() -> None:
    with pytest.raises(CursorRefused) as refused:
        read_cursor("AAAA", KEY)

    assert refused.value.reason == "forged"


def test_a_short_key_signs_nothing() -> None:
    with pytest.raises(ValueError, match="too short"):
        write_cursor(CURSOR, b"short")


def test_a_pull_resumes_after_its_cursor() -> None:
    assert start_of(CURSOR, FEED) is Start.RESUME


def test_a_first_pull_and_an_unknown_epoch_start_again() -> None:
    assert start_of(None, FEED) is Start.RESTART
    assert start_of(replace(CURSOR, epoch="epoch-0"), FEED) is Start.RESTART
    assert start_of(replace(CURSOR, space="other"), FEED) is Start.RESTART


def test_a_cursor_past_the_end_is_of_another_life() -> None:
    assert start_of(replace(CURSOR, after=20), FEED) is Start.RESUME
    assert start_of(replace(CURSOR, after=21), FEED) is Start.RESTART


def test_a_cursor_older_than_the_forgotten_deletions_is_compared() -> None:
    assert start_of(CURSOR, replace(FEED, purged=18)) is Start.COMPARE
    assert start_of(CURSOR, replace(FEED, purged=17)) is Start.RESUME
    assert start_of(replace(CURSOR, after=0), replace(FEED, purged=18)) is Start.RESUME


def test_changed_grants_are_told_first() -> None:
    assert not is_rescoped(CURSOR, FEED)
    assert is_rescoped(CURSOR, replace(FEED, scope_version=4))


def test_a_restore_leaves_every_number_of_the_lost_days_behind() -> None:
    noon, hi = 1_780_000_000, 500

    first = first_number_after_restore(hi, noon)
    same_backup_again = first_number_after_restore(hi, noon + 60)

    assert hi + 1_000_000 < first < same_backup_again - 1_000_000
    assert same_backup_again < 2**53


def test_a_backup_of_a_restored_life_can_be_restored_twice_within_the_hour() -> None:
    hi = first_number_after_restore(500, 1_780_000_000) + 40

    first = first_number_after_restore(hi, 1_780_000_060)

    assert hi < first < first_number_after_restore(hi, 1_780_000_120)


def test_a_restore_under_a_clock_at_zero_still_goes_forward() -> None:
    assert first_number_after_restore(10**15, 0) == 10**15 + AFTER_RESTORE


def test_a_cursor_with_lent_scopes_reads_back() -> None:
    cursor = replace(CURSOR, lent=(Lent("a", 3, 17), Lent("b", 0, 9, left=True)))

    assert read_cursor(write_cursor(cursor, KEY), KEY) == cursor


def test_a_token_of_sixteen_lent_scopes_after_a_restore_still_fits() -> None:
    most = 2**53 - 1
    scopes = tuple(Lent(f"{each:036}", most, most, left=True) for each in range(16))
    cursor = Cursor("e" * 36, "s" * 36, most, most, most, scopes)

    assert read_cursor(write_cursor(cursor, KEY), KEY) == cursor


def test_a_scope_that_is_lent_is_caught_up_as_far_as_the_device_has_read() -> None:
    assert lend(CURSOR, {"a"}).lent == (Lent("a", 0, 17),)
    assert lend(CURSOR, {"a"}).read_with == ("a",)


def test_a_device_that_has_read_nothing_has_nothing_to_catch_up() -> None:
    (lent,) = lend(replace(CURSOR, after=0), {"a"}).lent

    assert lent.is_caught_up


def test_a_scope_on_its_way_stays_as_it_is() -> None:
    cursor = replace(CURSOR, lent=(Lent("a", 5, 11),))

    assert lend(cursor, {"a"}) == cursor


def test_a_scope_that_is_taken_back_leaves_from_its_beginning() -> None:
    cursor = replace(CURSOR, lent=(Lent("a", 5, 11),))

    assert lend(cursor, ()).lent == (Lent("a", 0, 17, left=True),)
    assert lend(cursor, ()).read_with == ()


def test_a_scope_that_comes_back_leaves_first() -> None:
    leaving = replace(CURSOR, lent=(Lent("a", 4, 11, left=True),))

    assert lend(leaving, {"a"}) == leaving
    assert lend(leaving.without("a"), {"a"}).lent == (Lent("a", 0, 17),)


@pytest.mark.parametrize(
    "lent", [[["a", 1, 2]], [[1, 1, 2, False]], [["a", -1, 2, False]], [["a", 1, 2, 0]], 5, "x"]
)
def test_lent_scopes_of_another_shape_are_refused(lent: object) -> None:
    body = canonical(["epoch-1", "bank", 17, 20, 3, lent]).encode()

    with pytest.raises(CursorRefused):
        read_cursor(feed._text(feed._tag(body, KEY) + body), KEY)
