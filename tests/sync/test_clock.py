from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.clock import (
    MAX_AHEAD_MS,
    MAX_COUNTER,
    MAX_MS,
    Stamp,
    correct,
    is_device,
    offset,
    read_stamp,
    receive,
    tick,
)
from sync.errors import Malformed

HOUR = 3_600_000
STAMPS = st.builds(
    Stamp,
    st.integers(0, MAX_MS),
    st.integers(0, MAX_COUNTER),
    st.from_regex(r"[0-9a-z][0-9a-z-]{0,5}", fullmatch=True),
)
EARLIER = STAMPS.filter(lambda stamp: stamp.ms < MAX_MS)


def test_a_stamp_reads_back_from_its_text() -> None:
    stamp = Stamp(1_700_000_000_000, 7, "d-1")

    assert str(stamp) == "018bcfe56800-0007-d-1"
    assert read_stamp(str(stamp)) == stamp


@settings(derandomize=True, deadline=None)
@given(STAMPS, STAMPS)
def test_text_sorts_as_stamps_do(left: Stamp, right: Stamp) -> None:
    assert (str(left) < str(right)) == (left < right)
    assert read_stamp(str(left)) == left


@pytest.mark.parametrize(
    "text",
    [
        "",
        "018bcfe56800-0007-",
        "018BCFE56800-0007-d",
        "18bcfe56800-0007-d",
        "018bcfe56800-00007-d",
        "018bcfe56800-0007-d\n",
        " 018bcfe56800-0007-d",
        "018bcfe56800-0007-D",
        "018bcfe56800-0007-\u0661",
        "018bcfe56800-0007-" + "d" * 65,
        None,
        5,
        ["018bcfe56800-0007-d"],
    ],
)
def test_anything_else_is_no_stamp(text: object) -> None:
    with pytest.raises(Malformed) as refused:
        read_stamp(text)

    assert (refused.value.field, refused.value.reason) == ("stamp", "stamp")


@pytest.mark.parametrize("text", ["", "-d", "D", "d_1", "d" * 65, "台"])
def test_a_device_is_small_letters_digits_and_hyphens(text: str) -> None:
    assert is_device("d-1")
    assert not is_device(text)


def test_a_later_wall_clock_starts_the_counter_afresh() -> None:
    assert tick(Stamp(100, 9, "d"), 101) == Stamp(101, 0, "d")


@pytest.mark.parametrize("now", [100, 99, 0, -HOUR])
def test_a_clock_that_stands_or_goes_backwards_counts_on(now: int) -> None:
    assert tick(Stamp(100, 9, "d"), now) == Stamp(100, 10, "d")


def test_a_full_counter_carries_into_the_milliseconds() -> None:
    assert tick(Stamp(100, MAX_COUNTER, "d"), 50) == Stamp(101, 0, "d")


def test_the_last_stamp_of_all_has_no_successor() -> None:
    with pytest.raises(OverflowError):
        tick(Stamp(MAX_MS, MAX_COUNTER, "d"), 0)


def test_a_wall_clock_beyond_48_bits_is_the_greatest_there_is() -> None:
    assert tick(Stamp(0, 0, "d"), MAX_MS * 2) == Stamp(MAX_MS, 0, "d")


def test_what_is_written_after_hearing_is_later_than_what_was_heard() -> None:
    heard = Stamp(500, 3, "server")

    assert receive(Stamp(100, 9, "d"), heard, 90) == Stamp(500, 4, "d")
    assert receive(Stamp(600, 9, "d"), heard, 90) == Stamp(600, 10, "d")
    assert receive(Stamp(100, 9, "d"), heard, 700) == Stamp(700, 0, "d")


def test_hearing_a_full_counter_carries_too() -> None:
    assert receive(Stamp(1, 0, "d"), Stamp(500, MAX_COUNTER, "s"), 90) == Stamp(501, 0, "d")


@settings(derandomize=True, deadline=None)
@given(
    STAMPS.filter(lambda s: s.ms < MAX_MS), STAMPS.filter(lambda s: s.ms < MAX_MS), st.integers()
)
def test_the_clock_only_moves_forward(last: Stamp, heard: Stamp, now: int) -> None:
    assert tick(last, now) > last
    moved = receive(last, heard, now)
    assert moved > last
    assert (moved.ms, moved.counter) > (heard.ms, heard.counter)
    assert moved.device == last.device


@pytest.mark.parametrize("wrong", [-72 * HOUR, -HOUR, 0, HOUR, 72 * HOUR])
def test_a_clock_that_is_hours_wrong_is_put_right(wrong: int) -> None:
    server = 1_700_000_000_000
    written = Stamp(server - 5_000 + wrong, 2, "d")

    corrected = correct(written, offset(server + wrong, server), server)

    assert corrected == Stamp(server - 5_000, 2, "d")


def test_a_clock_in_2099_moves_nothing_further_than_a_minute() -> None:
    server = 1_700_000_000_000
    assert correct(Stamp(4_070_908_800_000, 0, "d"), 0, server).ms == server + MAX_AHEAD_MS


def test_a_stamp_is_never_before_1970() -> None:
    assert correct(Stamp(5, 0, "d"), -10, 1_000).ms == 0


def test_two_writes_of_one_device_keep_their_order_at_the_limit() -> None:
    first = correct(Stamp(900_000, 5, "d"), 0, 100_000)
    second = correct(Stamp(950_000, 0, "d"), 0, 100_000, after=first)

    assert first == Stamp(160_000, 5, "d")
    assert second == Stamp(160_000, 6, "d")


def test_a_later_stamp_is_left_as_it_is() -> None:
    assert correct(Stamp(500, 0, "d"), 0, 1_000, after=Stamp(400, 9, "d")) == Stamp(500, 0, "d")
