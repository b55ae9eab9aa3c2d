"""How far a loan may be extended (展期).

Source: 贷款通则 art. 12; the numbers are parameters.
"""

from __future__ import annotations

from typing import NamedTuple

from server.domain.parameters import ExtensionRules


class ExtensionLimit(NamedTuple):
    """Whether a request is allowed, and the months all extensions together may add."""

    allowed: bool
    limit_total_months: int


def extension_limit(
    original_months: int,
    already_extended_months: int,
    requested_months: int,
    rules: ExtensionRules | None = None,
) -> ExtensionLimit:
    """Judge a request to extend a loan of `original_months`.

    Short loans may be extended by their own term in all, medium ones by half of it (rounded
    down), long ones by a fixed number of months.
    """
    rules = rules or ExtensionRules()
    if original_months <= rules.short_up_to:
        limit = int(original_months * rules.short_share)
    elif original_months <= rules.medium_up_to:
        limit = int(original_months * rules.medium_share)
    else:
        limit = rules.long_limit
    allowed = requested_months > 0 and already_extended_months + requested_months <= limit
    return ExtensionLimit(allowed, limit)
