"""Cash of a day: handed in by who took it, signed for by somebody else against the ledger."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from server.database import new_id, record
from server.database.notices import tell
from server.domain.access import Actor, Permission
from server.domain.errors import Invalid, NotFound
from server.domain.fieldwork import HandoverState
from server.domain.money import MAX_FEN, yuan
from server.loans.actions import clean
from server.repayments.models import Handover
from server.repayments.queries.cash import cash_of_day

MAX_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class HandIn:
    """Cash of a day as it was counted, in fen. `id` and `device` where a device made the entry."""

    day: dt.date
    counted: int
    note: str = ""
    id: str = ""
    device: str | None = None


def hand_in(session: Session, actor: Actor, command: HandIn) -> str:
    """Hand in the cash of a day and give the handover's id.

    Raises `NotAllowed`, and `Invalid`: a day to come, an amount below nothing, or nobody of a
    branch.
    """
    actor.require(Permission.REPAYMENTS_RECORD)
    if actor.user_id is None or actor.branch_id is None:
        raise Invalid("day", "needs_a_branch")
    if command.day > actor.today:
        raise Invalid("day", "in_future")
    if command.counted < 0:
        raise Invalid("counted", "negative")
    if command.counted > MAX_FEN:
        raise Invalid("counted", "too_large")
    row = Handover(
        id=command.id or new_id(),
        user_id=actor.user_id,
        branch_id=actor.branch_id,
        day=command.day,
        counted=command.counted,
        note=clean(command.note, "note", MAX_NOTE),
        state=HandoverState.WAITING.value,
        device=command.device,
        handed_at=actor.now,
    )
    session.add(row)
    session.flush()
    _note(session, actor, "handover.hand_in", row, {"day": [None, row.day.isoformat()]})
    return row.id


def sign_handover(session: Session, actor: Actor, handover_id: str, note: str = "") -> None:
    """Sign for the cash; where it is not what the ledger says, only with a note.

    Raises `NotFound`, `NotAllowed`, `Invalid("handover", "own_entry" | "decided")` and
    `Invalid("note", "explain_difference")`.
    """
    row = _to_decide(session, actor, handover_id)
    told = clean(note, "note", MAX_NOTE)
    cash = cash_of_day(session, row.user_id, row.day, actor.now.tzinfo)
    if cash.handed_in != cash.expected and not told:
        raise Invalid("note", "explain_difference")
    _decide(session, actor, row, HandoverState.SIGNED, told, cash.expected)


def refuse_handover(session: Session, actor: Actor, handover_id: str, note: str) -> None:
    """Give the cash back to be counted again. Raises as `sign_handover`, and without a reason."""
    row = _to_decide(session, actor, handover_id)
    told = clean(note, "note", MAX_NOTE)
    if not told:
        raise Invalid("note", "missing")
    cash = cash_of_day(session, row.user_id, row.day, actor.now.tzinfo)
    _decide(session, actor, row, HandoverState.REFUSED, told, cash.expected)


def _to_decide(session: Session, actor: Actor, handover_id: str) -> Handover:
    row = session.get(Handover, handover_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound("handover", handover_id)
    actor.require_reach("handover", handover_id, row.branch_id)
    actor.require(Permission.HANDOVERS_SIGN, row.branch_id)
    if row.state != HandoverState.WAITING:
        raise Invalid("handover", "decided")
    if actor.user_id is None or row.user_id == actor.user_id:
        raise Invalid("handover", "own_entry")
    return row


def _decide(
    session: Session, actor: Actor, row: Handover, state: HandoverState, note: str, recorded: int
) -> None:
    row.state = state.value
    row.recorded = recorded
    row.decided_by = actor.user_id
    row.decided_at = actor.now
    row.decision_note = note
    session.flush()
    action = "sign" if state is HandoverState.SIGNED else "refuse"
    told: dict[str, list[Any]] = {
        "recorded": [None, yuan(recorded)],
        "state": ["waiting", state.value],
    }
    _note(session, actor, f"handover.{action}", row, told, note)
    tell(
        session,
        row.user_id,
        f"handover_{state.value}",
        ("handover", row.id),
        at=actor.now,
        branch_id=row.branch_id,
        params={
            "day": row.day.isoformat(),
            "counted": row.counted,
            "recorded": recorded,
            "note": note,
            "by": actor.name,
        },
    )


def _note(
    session: Session,
    actor: Actor,
    action: str,
    row: Handover,
    changes: dict[str, list[Any]],
    reason: str = "",
) -> None:
    entity = ("handover", row.id)
    told = {"counted": [None, yuan(row.counted)], **changes}
    record.note(
        session, actor, action, entity, branch_id=row.branch_id, changes=told, reason=reason
    )
    record.changed(session, entity, row.branch_id, portfolio=row.user_id)
