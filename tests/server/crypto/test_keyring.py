"""Sealed values open at their place and nowhere else; the blind index tells nothing."""

from __future__ import annotations

import base64
import os

import pytest

from server.crypto.keyring import SealBroken, new_keyring_text, read_keyring

PLACE = "customers.id_no:0190a000-0000-7000-8000-000000000001"


def _key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


def test_what_is_sealed_opens_at_the_same_place() -> None:
    ring = read_keyring(new_keyring_text())
    assert ring.open(ring.seal("身份证 110199199003070017", PLACE), PLACE) == (
        "身份证 110199199003070017"
    )


def test_the_same_text_is_sealed_differently_each_time() -> None:
    ring = read_keyring(new_keyring_text())
    assert ring.seal("x", PLACE) != ring.seal("x", PLACE)


def test_a_value_moved_to_another_row_does_not_open() -> None:
    ring = read_keyring(new_keyring_text())
    with pytest.raises(SealBroken):
        ring.open(ring.seal("x", PLACE), PLACE[:-1] + "2")


@pytest.mark.parametrize("position", [0, 2, 14, -1])
def test_one_altered_bit_is_noticed(position: int) -> None:
    ring = read_keyring(new_keyring_text())
    sealed = bytearray(ring.seal("x", PLACE))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        ring.open(bytes(sealed), PLACE)


@pytest.mark.parametrize("sealed", [b"", b"\x00\x01", b"\x00\x01" + bytes(12)])
def test_a_value_cut_short_is_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        read_keyring(new_keyring_text()).open(sealed, PLACE)


def test_after_a_new_key_old_values_still_open_and_new_ones_name_it() -> None:
    first, index = _key(), _key()
    old = read_keyring(f"1:{first},index:{index}")
    new = read_keyring(f"1:{first},2:{_key()},index:{index}")
    sealed = old.seal("x", PLACE)
    assert new.open(sealed, PLACE) == "x"
    assert new.seal("x", PLACE)[:2] == b"\x00\x02"
    assert old.blind("phone", "138") == new.blind("phone", "138")


def test_the_blind_index_differs_by_kind_and_by_key() -> None:
    ring = read_keyring(new_keyring_text())
    other = read_keyring(new_keyring_text())
    seen = {ring.blind("id_no", "1"), ring.blind("phone", "1"), other.blind("id_no", "1")}
    assert len(seen) == 3


KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()


@pytest.mark.parametrize(
    "text",
    ["", "1", "{}", "1:abc,index:abc", f"0:{KEY},index:{KEY}", f"1:{KEY}", f"x:{KEY},index:{KEY}"],
    ids=["empty", "no key", "json", "short", "version 0", "no index", "version x"],
)
def test_an_unusable_keyring_is_refused_without_showing_a_key(text: str) -> None:
    with pytest.raises(ValueError, match="TAIZHANG_KEYRING") as refused:
        read_keyring(text)
    assert KEY not in str(refused.value)
    assert "abc" not in str(refused.value)
