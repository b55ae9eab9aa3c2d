"""Check codes of receipts that a device writes without a network.

A device gets its own key once, when it is enrolled; the server derives the same key again from
the device's id, so that no key is stored. The code tells that these figures were written down by
that device, nothing else.
"""

from __future__ import annotations

import base64
import hmac
from typing import Final

from server.crypto import keyring

CODE_LENGTH: Final = 10
_KEY_OF: Final = "receipt key 1"
_CODE_OF: Final = "receipt 1"


def receipt_key(device_id: str) -> bytes:
    """The 32 bytes with which a device signs its receipts."""
    told = f"{_KEY_OF}\0{device_id}".encode()
    return hmac.digest(keyring.active().index_key, told, "sha256")


def check_code(key: bytes, repayment_id: str, contract_no: str, amount: int, paid_on: str) -> str:
    """The code of a receipt: ten letters and digits; `amount` in fen, `paid_on` an ISO date."""
    told = "\n".join((_CODE_OF, repayment_id, contract_no, str(amount), paid_on))
    digest = hmac.digest(key, told.encode(), "sha256")
    return base64.b32encode(digest).decode()[:CODE_LENGTH]


def same_code(one: str, other: str) -> bool:
    """Whether two codes are the same, typed with or without spaces, dashes and capitals."""
    return hmac.compare_digest(_plain(one).encode(), _plain(other).encode())


def _plain(code: str) -> str:
    return "".join(each for each in code.upper() if each.isalnum())
