"""Ways to reach and to pay a customer: phone numbers, e-mail addresses, bank cards."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from server.domain.errors import Invalid
from server.domain.typed import code_text, plain

_COUNTRY: Final = re.compile(r"(?:\+86|0086|86)-?(?=1[3-9])|\(?(?:\+86|0086)\)?-?")
_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE: Final = re.compile(
    r"\(?(?P<area>0(?:10|2[0-9]|[3-9][0-9]{2}))\)?-?(?P<number>[2-9][0-9]{6,7})"
    r"(?:(?:-|转|x|X|#|ext\.?)(?P<extension>[0-9]{1,6}))?"
)
_LOOSE_LANDLINE: Final = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}(?:-[0-9]{1,6})?")
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


# Twice a digit, its own digits added: 7 becomes 14 becomes 5.
_DOUBLED: Final = bytes.maketrans(b"0123456789", b"0246813579")


class PhoneKind(StrEnum):
    """What a number rings."""

    MOBILE = "mobile"
    LANDLINE = "landline"


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in the one form that is stored and compared.

    A mobile is eleven digits; a landline is `area-number` with `-extension` where there is one.
    """

    number: str
    kind: PhoneKind


@dataclass(frozen=True, slots=True)
class BankCard:
    """An account number. A failed Luhn test is only a warning: some old cards do not satisfy it."""

    number: str
    luhn_holds: bool

    @property
    def tail(self) -> str:
        """The last four digits 尾号."""
        return self.number[-4:]


def read_phone(text: str, field: str = "mobile") -> Phone:
    """Read a mobile or landline number. Raises `Invalid(field, "phone")` for anything else."""
    digits = code_text(text, field)
    bare = _COUNTRY.sub("", digits, count=1) if _COUNTRY.match(digits) else digits
    mobile = bare.replace("-", "")
    if _MOBILE.fullmatch(mobile):
        return Phone(mobile, PhoneKind.MOBILE)
    if bare != digits and not bare.startswith(("0", "(0")):
        bare = f"0{bare}"  # +86 571 8765 4321: the trunk zero is not dialled from abroad
    return _read_landline(bare, field)


def is_mobile(text: str) -> bool:
    """Whether `text` reads as a mobile number."""
    try:
        return read_phone(text).kind is PhoneKind.MOBILE
    except Invalid:
        return False


def read_bank_card(text: str, field: str = "repay_account") -> BankCard:
    """Read a card number of 16 to 19 digits.

    Raises `Invalid(field, "digits")` for other characters, `Invalid(field, "length")`.
    """
    digits = code_text(text, field).replace("-", "")
    if not re.fullmatch(r"[0-9]+", digits):
        raise Invalid(field, "digits")
    if not 16 <= len(digits) <= 19:
        raise Invalid(field, "length", digits=digits)
    return BankCard(digits, luhn_holds(digits))


def luhn_holds(digits: str) -> bool:
    """The Luhn test over a string of ASCII digits."""
    codes = digits.encode("ascii")
    total = sum(codes[-1::-2]) + sum(codes[-2::-2].translate(_DOUBLED))
    return (total - ord("0") * len(codes)) % 10 == 0


def read_email(text: str, field: str = "email") -> str:
    """The address, its domain in lower case. Raises `Invalid(field, "email")`."""
    address = plain(text, field)
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise Invalid(field, "email")
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _read_landline(text: str, field: str) -> Phone:
    found = _LANDLINE.fullmatch(text)
    if found:
        extension = f"-{found['extension']}" if found["extension"] else ""
        number = f"{found['area']}-{found['number']}{extension}"
        return Phone(number, PhoneKind.LANDLINE)
    # No whitelist of area codes: whatever has the shape is kept as it was written.
    if _LOOSE_LANDLINE.fullmatch(text):
        return Phone(text, PhoneKind.LANDLINE)
    raise Invalid(field, "phone")
