from __future__ import annotations

import json
import random
import zlib

import pytest

from sync.chunks import KIB, LEAST, MOST, START, ChunkSize, bounded, cut


def _rows(count: int) -> list[str]:
    dice = random.Random(7)
    return [
        json.dumps({"id": f"{dice.getrandbits(128):032x}", "no": n, "note": "台" * 300})
        for n in range(count)
    ]


def test_a_first_chunk_is_of_64_kib() -> None:
    assert ChunkSize().size == START == 64 * KIB


def test_a_timeout_halves_down_to_16_kib() -> None:
    sizes, size = [], ChunkSize()
    for _ in range(4):
        size = size.after_timeout()
        sizes.append(size.size // KIB)

    assert sizes == [32, 16, 16, 16]


def test_two_quick_answers_in_a_row_double_up_to_256_kib() -> None:
    sizes, size = [], ChunkSize()
    for _ in range(6):
        size = size.after_quick()
        sizes.append(size.size // KIB)

    assert sizes == [64, 128, 128, 256, 256, 256]


def test_a_slow_answer_or_a_timeout_breaks_the_row() -> None:
    assert ChunkSize().after_quick().after_slow().after_quick().size == START
    assert ChunkSize().after_quick().after_timeout().after_quick().size == START // 2


@pytest.mark.parametrize(
    ("asked", "granted"), [(-1, LEAST), (0, LEAST), (10**9, MOST), (50_000,) * 2]
)
def test_what_a_device_asks_for_is_bounded(asked: int, granted: int) -> None:
    assert bounded(asked) == granted


def test_chunks_hold_every_row_in_order() -> None:
    rows = _rows(3_000)

    assert [row for chunk in cut(rows, LEAST) for row in chunk] == rows


def test_chunks_are_near_their_compressed_size() -> None:
    chunks = list(cut(_rows(3_000), LEAST))
    sizes = [len(zlib.compress("".join(chunk).encode(), 6)) for chunk in chunks]

    assert len(chunks) > 3
    assert max(sizes) <= LEAST + 5 * KIB
    assert min(sizes[:-1]) >= LEAST // 2


def test_a_row_larger_than_a_chunk_goes_alone() -> None:
    dice = random.Random(7)
    large = "".join(f"{dice.getrandbits(32):08x}" for _ in range(20_000))

    assert list(cut([large, "{}", large], LEAST)) == [[large], ["{}", large]]


def test_nothing_is_no_chunk() -> None:
    assert list(cut([], LEAST)) == []
