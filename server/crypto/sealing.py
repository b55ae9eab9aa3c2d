"""Sealing to the server: what a device locks away so that only the server can open it.

A device whose PIN is forgotten hands in what waits unread. Wire form: base64 of an ephemeral
P-256 point (raw, 65 bytes), an iv (12) and AES-256-GCM text; the key is HKDF-SHA256 of the shared
secret (no salt, info "taizhang outbox 1"). The server's own key comes from the keyring's index
key, which no rotation changes: what was sealed long ago still opens.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.crypto import keyring
from server.crypto.keyring import SealBroken

_CURVE: Final = ec.SECP256R1()
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_POINT_BYTES: Final = 65
_IV_BYTES: Final = 12
_TAG_BYTES: Final = 16
_OWN_KEY: Final = b"taizhang seal key 1"
_OUTBOX: Final = b"taizhang outbox 1"


def public_point() -> bytes:
    """The server's public point, raw: 65 bytes, the first of them 4."""
    return _point(_own_key().public_key())


def unseal(wire: str) -> bytes:
    """Open what a device sealed to `public_point`. Raises `SealBroken`."""
    try:
        raw = base64.b64decode(wire, validate=True)
        point, iv, locked = _parted(raw)
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        return AESGCM(_shared(_own_key(), theirs)).decrypt(iv, locked, None)
    except (ValueError, binascii.Error, InvalidTag):
        raise SealBroken("outbox") from None


def seal(plain: bytes, point: bytes) -> str:
    """Seal as a device does, to a raw public point."""
    once = ec.generate_private_key(_CURVE)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
    iv = os.urandom(_IV_BYTES)
    locked = AESGCM(_shared(once, theirs)).encrypt(iv, plain, None)
    return base64.b64encode(_point(once.public_key()) + iv + locked).decode()


def _parted(raw: bytes) -> tuple[bytes, bytes, bytes]:
    head = _POINT_BYTES + _IV_BYTES
    if len(raw) < head + _TAG_BYTES:
        raise ValueError("too short")
    return raw[:_POINT_BYTES], raw[_POINT_BYTES:head], raw[head:]


def _own_key() -> ec.EllipticCurvePrivateKey:
    """A scalar of 1 to order - 1; 48 bytes leave no bias worth naming."""
    drawn = int.from_bytes(_stretched(keyring.active().index_key, _OWN_KEY, 48), "big")
    return ec.derive_private_key(drawn % (_ORDER - 1) + 1, _CURVE)


def _shared(own: ec.EllipticCurvePrivateKey, theirs: ec.EllipticCurvePublicKey) -> bytes:
    return _stretched(own.exchange(ec.ECDH(), theirs), _OUTBOX, 32)


def _stretched(secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
