"""Keys of web push: the bank's own pair, and what a browser hands over with its subscription."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from server.domain.errors import Invalid

_CURVE: Final = ec.SECP256R1()
_POINT_BYTES: Final = 65
_AUTH_BYTES: Final = 16


def new_private_key() -> str:
    """A fresh private key as PEM text."""
    key = ec.generate_private_key(_CURVE)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_point(private: str) -> str:
    """The public key of a private one as browsers subscribe with it: a point in base64url."""
    raw = _public(private).public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def public_pem(private: str) -> bytes:
    """The public key of a private one as PEM."""
    return _public(private).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def check_point(text: str) -> str:
    """A browser's public key. Raises `Invalid("keys.p256dh", ...)` unless it is a P-256 point."""
    raw = _decoded("keys.p256dh", text)
    try:
        if len(raw) != _POINT_BYTES:
            raise ValueError(len(raw))
        ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, raw)
    except ValueError:
        raise Invalid("keys.p256dh", "key") from None
    return _plain(raw)


def check_auth(text: str) -> str:
    """A browser's secret. Raises `Invalid("keys.auth", ...)` unless it has 16 bytes."""
    raw = _decoded("keys.auth", text)
    if len(raw) != _AUTH_BYTES:
        raise Invalid("keys.auth", "key")
    return _plain(raw)


def _public(private: str) -> ec.EllipticCurvePublicKey:
    key = load_pem_private_key(private.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError("not an elliptic curve key")
    return key.public_key()


def _decoded(name: str, text: str) -> bytes:
    bare = text.rstrip("=")
    try:
        padded = bare + "=" * (-len(bare) % 4)
        return base64.b64decode(padded.translate(_URL_SAFE), validate=True)
    except (ValueError, binascii.Error):
        raise Invalid(name, "key") from None


def _plain(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


_URL_SAFE: Final = str.maketrans("-_", "+/")
