"""Masks 脱敏: how personal data looks where it need not be read in full.

The patterns are the product's own, after the informative annex of JR/T 0171-2020. A mask shows
no more than its rule says, whatever stands in the field: what has not the expected shape is
shown by the narrowest rule or not at all. Addresses have their own module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from server.domain.addresses import district_of
from server.domain.chinese import has_compound_surname
from server.domain.contacts import PhoneKind, read_phone
from server.domain.errors import Invalid
from server.domain.typed import code_text, plain

_DOTS: Final = frozenset("·•‧・.")


def mask_name(name: str) -> str:
    """`张三` as `张*`, `欧阳娜娜` as `欧阳**`, `阿依古丽·买买提` as `阿***·***`."""
    text = plain(name, "name")
    shown = 0 if len(text) < 2 else 2 if has_compound_surname(text) else 1
    return text[:shown] + "".join(c if c in _DOTS else "*" for c in text[shown:])


def mask_id(number: str) -> str:
    """First three and last four: `110***********0017`. Also for a credit code."""
    return _between(code_text(number, "id_no"), 3, 4)


def mask_phone(number: str) -> str:
    """A mobile as `138****0000`; a landline by `mask_landline`; anything else ends in two."""
    try:
        phone = read_phone(number, "phone")
    except Invalid:
        return _between(code_text(number, "phone"), 0, 2)
    if phone.kind is PhoneKind.LANDLINE:
        return _mask_after_area(phone.number)
    return _between(phone.number, 3, 4)


def mask_landline(number: str) -> str:
    """Area code and last two: `0571-******21`. Something else than a landline as `mask_phone`."""
    return mask_phone(number)


def mask_card(number: str) -> str:
    """First six and last four: `622202*********0018`."""
    return _between(code_text(number, "card").replace("-", ""), 6, 4)


def card_tail(number: str) -> str:
    """For texts and print: the last four characters 尾号, or fewer than all there are."""
    digits = code_text(number, "card").replace("-", "")
    return digits[-4:] if len(digits) > 8 else ""


def mask_email(address: str) -> str:
    """First character and domain: `a***@b.cn`."""
    local, at, domain = plain(address, "email").rpartition("@")
    return f"{local[:1]}***@{domain}" if at else "***"


def mask_address(address: str) -> str:
    """Up to the district or county: `浙江省杭州市西湖区****`."""
    text = plain(address, "address")
    return f"{district_of(text)}****" if text else ""


MASKS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "name": mask_name,
        "id": mask_id,
        "phone": mask_phone,
        "landline": mask_landline,
        "card": mask_card,
        "email": mask_email,
        "address": mask_address,
    }
)
"""The mask of each kind of field."""


def mask(kind: str, value: str) -> str:
    """Mask `value` as a field of `kind`. Raises `Invalid("kind", "unknown")`."""
    if kind not in MASKS:
        raise Invalid("kind", "unknown")
    return MASKS[kind](value)


def _between(text: str, head: int, tail: int) -> str:
    """Show the ends, one `*` for each hidden character; what is too short is all hidden."""
    hidden = len(text) - head - tail
    if hidden < 2:
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[len(text) - tail :]


def _mask_after_area(number: str) -> str:
    area, dash, rest = number.partition("-")
    if not dash:
        # No dash to tell where the area code ends: three digits are never more than it.
        area, rest = number[:3], number[3:]
    return f"{area}{dash}{_between(rest, 0, 2)}"
