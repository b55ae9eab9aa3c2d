"""What the rules refuse, as facts with codes; the words for people are made at the edge."""

from __future__ import annotations


class Invalid(ValueError):
    """A value that a rule refuses.

    `field` is the name of the input at fault (a key of the command or JSON object), `reason` a
    stable snake_case code such as `not_positive`; `detail` holds figures for the message.
    """

    def __init__(self, field: str, reason: str, **detail: object) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.detail = detail
