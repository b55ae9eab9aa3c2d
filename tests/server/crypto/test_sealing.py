"""What a device seals to the server opens there, and nowhere else."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from server.crypto import keyring, sealing
from server.crypto.keyring import SealBroken, new_keyring_text, read_keyring


@pytest.fixture(autouse=True)
def ring() -> Iterator[None]:
    before = list(keyring._installed)
    keyring.install(read_keyring(new_keyring_text()))
    yield
    keyring._installed[:] = before


def test_what_is_sealed_to_the_server_opens() -> None:
    wire = sealing.seal(b"an entry", sealing.public_point())
    assert sealing.unseal(wire) == b"an entry"


def test_the_public_point_is_raw_and_stays_the_same() -> None:
    point = sealing.public_point()
    assert len(point) == 65
    assert point[0] == 4
    assert sealing.public_point() == point


def test_another_bank_cannot_open_it() -> None:
    wire = sealing.seal(b"an entry", sealing.public_point())
    keyring.install(read_keyring(new_keyring_text()))
    with pytest.raises(SealBroken):
        sealing.unseal(wire)


def test_an_altered_entry_does_not_open() -> None:
    raw = bytearray(base64.b64decode(sealing.seal(b"an entry", sealing.public_point())))
    raw[-1] ^= 1
    with pytest.raises(SealBroken):
        sealing.unseal(base64.b64encode(raw).decode())


@pytest.mark.parametrize("wire", ["", "AAAA", "not base64!", base64.b64encode(b"x" * 120).decode()])
def test_what_is_no_sealed_entry_is_refused(wire: str) -> None:
    with pytest.raises(SealBroken):
        sealing.unseal(wire)
