"""Field work 外勤: visits, promises and contacts, as the codes that forms and devices use."""

from __future__ import annotations

from enum import StrEnum


class Purpose(StrEnum):
    """What a visit is for."""

    COLLECTION = "collection"
    POST_LOAN = "post_loan"
    FIRST_CHECK = "first_check"
    BEFORE_MATURITY = "before_maturity"
    COLLATERAL = "collateral"
    PRE_LOAN = "pre_loan"
    OTHER = "other"


class Met(StrEnum):
    """Whom the visitor met."""

    SELF = "self"
    FAMILY = "family"
    STAFF = "staff"
    NOBODY = "nobody"
    OTHER = "other"


class NextStep(StrEnum):
    """What is to follow a visit."""

    NONE = "none"
    VISIT = "visit"
    CALL = "call"
    COLLECT = "collect"
    MATERIAL = "material"
    REPORT = "report"


class PromiseChannel(StrEnum):
    """How a promise was given."""

    VISIT = "visit"
    PHONE = "phone"
    WECHAT = "wechat"
    SMS = "sms"
    OTHER = "other"


class CallChannel(StrEnum):
    """How a contact was sought."""

    PHONE = "phone"
    SMS = "sms"
    WECHAT = "wechat"
    VISIT = "visit"
    OTHER = "other"


class CallResult(StrEnum):
    """What came of it."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    SWITCHED_OFF = "switched_off"
    INVALID = "invalid"
    REFUSED = "refused"
    RELAYED = "relayed"


UNANSWERED = frozenset(
    {CallResult.NO_ANSWER, CallResult.SWITCHED_OFF, CallResult.INVALID, CallResult.REFUSED}
)
"""Dialled, and nobody was spoken to: what the limit of attempts a day counts."""


class HandoverState(StrEnum):
    """How far the handing in of a day's cash is."""

    WAITING = "waiting"
    SIGNED = "signed"
    REFUSED = "refused"
