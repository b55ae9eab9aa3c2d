"""Sealed streams: what was written comes back, and nothing else is ever believed."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.crypto.streams import (
    CHUNK_BYTES,
    MAGIC,
    OpeningReader,
    SealingWriter,
    StreamBroken,
    new_stream_keys_text,
    read_head,
    read_stream_keys,
)

KEYS = read_stream_keys(new_stream_keys_text())
LENGTHS = (0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 600_000)


def sealed(plain: bytes) -> bytes:
    target = io.BytesIO()
    writer = SealingWriter(target, KEYS, {"made_at": "2026-03-10"})
    writer.write(plain)
    writer.finish()
    assert writer.written == len(target.getvalue())
    return target.getvalue()


def opened(stream: bytes) -> bytes:
    reader, parts = OpeningReader(io.BytesIO(stream), KEYS), []
    while part := reader.read(70_000):
        parts.append(part)
    return b"".join(parts)


def reason(stream: bytes) -> str:
    with pytest.raises(StreamBroken) as told:
        opened(stream)
    return told.value.reason


def plain_of(length: int) -> bytes:
    return (b"0123456789abcdef" * (length // 16 + 1))[:length]


WHOLE = sealed(plain_of(600_000))


@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_sealed_comes_back(length: int) -> None:
    assert opened(sealed(plain_of(length))) == plain_of(length)


def test_anybody_may_read_what_the_head_tells() -> None:
    assert read_head(io.BytesIO(WHOLE)).told == {"made_at": "2026-03-10"}


def test_two_streams_of_the_same_have_nothing_in_common() -> None:
    assert sealed(b"x" * 100)[-116:] != sealed(b"x" * 100)[-116:]


@given(st.integers(0, len(WHOLE) * 8 - 1))
@settings(max_examples=300, deadline=None)
def test_a_stream_with_one_bit_flipped_anywhere_is_refused(bit: int) -> None:
    bent = bytearray(WHOLE)
    bent[bit // 8] ^= 1 << bit % 8
    assert reason(bytes(bent))


def test_every_bit_of_the_head_counts() -> None:
    short = sealed(b"")
    for bit in range(len(short) * 8):
        bent = bytearray(short)
        bent[bit // 8] ^= 1 << bit % 8
        assert reason(bytes(bent))


@given(st.integers(0, len(WHOLE) - 1))
@settings(max_examples=200, deadline=None)
def test_a_stream_that_ends_early_is_refused(length: int) -> None:
    assert reason(WHOLE[:length])


@pytest.mark.parametrize("length", [CHUNK_BYTES + 1, 2 * CHUNK_BYTES + 1])
def test_an_end_between_chunks_is_called_cut_short(length: int) -> None:
    whole = sealed(plain_of(length))
    assert reason(whole[: -(1 + 16)]) == "cut_short"
    assert reason(whole[: len(read_head(io.BytesIO(whole)).raw)]) == "cut_short"


def test_what_is_added_behind_is_refused() -> None:
    assert reason(WHOLE + b"x") == "damaged"
    assert reason(WHOLE + sealed(b"more")) == "damaged"


def test_chunks_cannot_change_places_or_be_left_out() -> None:
    head, size = len(read_head(io.BytesIO(WHOLE)).raw), CHUNK_BYTES + 16
    first, second, rest = (
        WHOLE[head : head + size],
        WHOLE[head + size : head + 2 * size],
        WHOLE[head + 2 * size :],
    )
    assert reason(WHOLE[:head] + second + first + rest) == "damaged"
    assert reason(WHOLE[:head] + first + rest) == "damaged"
    assert reason(WHOLE[:head] + first + first + second + rest) == "damaged"


def test_a_chunk_of_another_stream_does_not_fit() -> None:
    other, head = sealed(plain_of(600_000)), len(read_head(io.BytesIO(WHOLE)).raw)
    assert reason(WHOLE[:head] + other[head:]) == "damaged"


def test_another_key_is_called_so() -> None:
    for text, word in (
        (new_stream_keys_text(), "wrong_key"),
        (new_stream_keys_text().replace("1:", "2:"), "no_such_key"),
    ):
        with pytest.raises(StreamBroken, match=word):
            OpeningReader(io.BytesIO(WHOLE), read_stream_keys(text))


def test_after_a_new_version_old_streams_still_open() -> None:
    old = new_stream_keys_text()
    target = io.BytesIO()
    writer = SealingWriter(target, read_stream_keys(old), {})
    writer.finish()
    both = read_stream_keys(old + "," + new_stream_keys_text().replace("1:", "2:"))
    assert both.newest == 2
    assert OpeningReader(io.BytesIO(target.getvalue()), both).read() == b""


@pytest.mark.parametrize("other", [b"", b"PK\x03\x04 a zip", b"SQLite format 3\0", MAGIC[:5]])
def test_what_is_no_stream_is_called_so(other: bytes) -> None:
    assert reason(other) in {"not_sealed", "cut_short"}


def test_a_head_that_asks_for_too_much_is_refused() -> None:
    for chunk in (1 << 40, 0, "x"):
        given = {"key": 1, "check": "x", "salt": "", "told": {}, "chunk": chunk}
        raw = json.dumps(given).encode()
        assert reason(MAGIC + len(raw).to_bytes(4, "big") + raw) == "damaged"
    assert reason(MAGIC + b"\xff\xff\xff\xff") == "damaged"


@pytest.mark.parametrize("text", ["", "1", "1:short", "0:" + "A" * 43 + "=", "x:y", "1:é"])
def test_keys_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        read_stream_keys(text)


def test_a_version_has_one_key() -> None:
    with pytest.raises(ValueError, match="each version"):
        read_stream_keys(f"{new_stream_keys_text()},{new_stream_keys_text()}")
