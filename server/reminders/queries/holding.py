"""Whether what was told still holds when a channel is about to send it.

Nobody is told of an instalment that was paid meanwhile, and nobody of a customer who is with
another officer by now.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from server.database.notices import Notice
from server.domain.promises import PromiseState
from server.feedback.models import Feedback
from server.push.models import OutgoingText
from server.reminders.queries.due import WAITING_STATES
from server.reminders.queries.people import staff_on
from server.reminders.queries.reminded import are_all_owed, complaining, is_owed, owner_of
from server.visits.models import Promise

Params = Mapping[str, Any]


def still_true(session: Session, notice: Notice) -> bool:
    """Whether a notice may still leave; kinds that nothing can overtake always may."""
    holds = _HOLDS.get(notice.kind)
    return holds is None or holds(session, notice, json.loads(notice.params or "{}"))


def text_holds(session: Session, text: OutgoingText) -> bool:
    """Whether a text to a customer may still leave: all it says is owed, and no complaint since."""
    prefix, _, day = text.key.rpartition(":")
    if prefix != f"reminder:{text.customer_id}":
        return True
    if text.kind == "overdue" and complaining(session, [text.customer_id]):
        return False
    return are_all_owed(session, text.customer_id, dt.date.fromisoformat(day))


def _is_owed(session: Session, notice: Notice, params: Params) -> bool:
    if notice.customer_id is None or not _is_his(session, notice):
        return False
    return is_owed(session, notice.customer_id, dt.date.fromisoformat(params["due_on"]))


def _is_promised(session: Session, notice: Notice, _params: Params) -> bool:
    promise = session.get(Promise, notice.entity_id, populate_existing=True)
    is_open = promise is not None and promise.state == PromiseState.OPEN.value
    return is_open and _is_his(session, notice)


def _is_broken(session: Session, notice: Notice, _params: Params) -> bool:
    promise = session.get(Promise, notice.entity_id, populate_existing=True)
    is_broken = promise is not None and promise.state != PromiseState.KEPT.value
    return is_broken and _is_his(session, notice)


def _is_unanswered(session: Session, notice: Notice, _params: Params) -> bool:
    case = session.get(Feedback, notice.entity_id, populate_existing=True)
    return case is not None and case.status in WAITING_STATES


def _is_his(session: Session, notice: Notice) -> bool:
    """Whether its reader is still the one who is told of that customer."""
    owner = owner_of(session, notice.customer_id or "")
    if owner is None:
        return False
    return notice.user_id in staff_on(session, notice.at.date()).responsible(*owner)


_HOLDS: Final[Mapping[str, Callable[[Session, Notice, Params], bool]]] = {
    "due_soon": _is_owed,
    "overdue": _is_owed,
    "promise_due": _is_promised,
    "promise_broken": _is_broken,
    "complaint_due": _is_unanswered,
}
