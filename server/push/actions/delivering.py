"""One step of delivering: claim, send, write down; each in a transaction of its own, or in none.

What is claimed is committed before anything leaves the house. A worker that dies in between leaves
a claim without an outcome; after `CLAIM_LASTS` it is sent again under the same id, or, where the
receiver knows no ids, it is called unknown and a person sees it (docs/decisions/0019).
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.database import new_id
from server.database.doors import in_a_transaction
from server.domain.access import Actor
from server.push import above
from server.push.actions.keys import own_key
from server.push.actions.parcels import Parcel, Verdict, considered
from server.push.models import Delivery, Hook, PushSubscription
from server.push.queries import browsers_by_id
from server.push.queries.deliveries import abandoned, due_in_order, is_anything_due
from server.push.sending.outcome import Fate, Outcome
from server.push.sending.senders import Senders

AT_ONCE: Final = 16
"""Messages sent side by side in one step; those that are sent once go one by one."""

_FIRST_PAUSE: Final = 30.0
_LONGEST_PAUSE: Final = 3600.0
_REFUSALS_BEFORE_GONE: Final = 5


def deliver_next(
    session: Session, actor: Actor, senders: Senders, clock: Callable[[], dt.datetime]
) -> int:
    """Deliver what is due, a handful at a time; gives how many were looked at, 0 when none are.

    Begins and ends its own transactions; nothing is locked while something is being sent.
    """
    if not is_anything_due(session, actor.now):
        session.rollback()
        return 0
    verdicts, private = in_a_transaction(session, lambda to: _claim(to, actor, senders))
    parcels = [each.parcel for each in verdicts if each.parcel is not None]
    outcomes = _sent(parcels, senders, private, clock)
    if parcels:
        now = clock()
        in_a_transaction(
            session, lambda to: _write_down(to, list(zip(parcels, outcomes, strict=True)), now)
        )
    return len(verdicts)


def _claim(session: Session, actor: Actor, senders: Senders) -> tuple[list[Verdict], str]:
    """Take some of what is due, and decide about each whether it still is to be sent."""
    _give_up_claims(session, actor.now)
    private = own_key(session, actor.now).private or ""
    rows = _some(session, actor.now)
    verdicts = considered(session, rows, actor, above.active(), senders)
    claim = new_id()
    for row, verdict in zip(rows, verdicts, strict=True):
        row.error = verdict.reason
        if verdict.parcel is not None:
            row.state, row.claim, row.claimed_at = "sending", claim, actor.now
            row.attempts += 1
            verdict.parcel.claim = claim
        elif verdict.move_to is not None:
            row.next_try_at = verdict.move_to
        else:
            row.state, row.ended_at = verdict.state, actor.now
    session.flush()
    return verdicts, private


def _give_up_claims(session: Session, now: dt.datetime) -> None:
    """What nobody told the outcome of: sent again, unless its receiver would see it twice."""
    session.execute(
        update(Delivery)
        .where(abandoned(now), Delivery.once)
        .values(state="unknown", claim=None, ended_at=now, error="no_outcome")
    )
    session.execute(
        update(Delivery)
        .where(abandoned(now), ~Delivery.once)
        .values(state="waiting", claim=None, next_try_at=now)
    )


def _some(session: Session, now: dt.datetime) -> list[Delivery]:
    """Some of what is due, urgent ones first. Rows that another worker looks at are left to it."""
    for urgent in (True, False):
        rows = list(
            session.scalars(
                due_in_order(now, urgent=urgent)
                .limit(AT_ONCE)
                .with_for_update(skip_locked=True)
                .execution_options(populate_existing=True)
            )
        )
        if rows:
            return rows[:1] if rows[0].once else [row for row in rows if not row.once]
    return []


def _sent(
    parcels: Sequence[Parcel], senders: Senders, private: str, clock: Callable[[], dt.datetime]
) -> list[Outcome]:
    def send(parcel: Parcel) -> Outcome:
        return senders.send(parcel.message, private, clock())

    if len(parcels) < 2:
        return [send(each) for each in parcels]
    with ThreadPoolExecutor(min(8, len(parcels))) as pool:
        return list(pool.map(send, parcels))


def _write_down(session: Session, done: Sequence[tuple[Parcel, Outcome]], now: dt.datetime) -> None:
    ids = [parcel.delivery_id for parcel, _outcome in done]
    found = session.scalars(
        select(Delivery)
        .where(Delivery.id.in_(ids), Delivery.claim == done[0][0].claim)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {row.id: row for row in found}
    browsers = browsers_by_id(session, [row.target for row in rows.values()])
    for parcel, outcome in done:
        row = rows.get(parcel.delivery_id)
        if row is None:
            continue  # Another took the claim over after it had lasted too long.
        _end(row, outcome, now)
        browser = browsers.get(row.target)
        if browser is not None:
            _mark_browser(browser, outcome, now)
        elif row.channel == "hook" and outcome.fate is Fate.SENT:
            session.execute(update(Hook).where(Hook.id == row.target).values(last_ok_at=now))
    session.flush()


def _end(row: Delivery, outcome: Outcome, now: dt.datetime) -> None:
    row.claim, row.error = None, outcome.error
    if outcome.fate is Fate.LATER:
        again = now + dt.timedelta(seconds=pause(row.attempts, outcome.after))
        if again < row.until:
            row.state, row.next_try_at = "waiting", again
            return
    row.state, row.ended_at = _STATES[outcome.fate], now


_STATES: Final = {
    Fate.SENT: "sent",
    Fate.GONE: "dropped",
    Fate.LATER: "failed",
    Fate.REFUSED: "failed",
    Fate.UNKNOWN: "unknown",
}


def pause(attempts: int, asked: float | None = None) -> float:
    """Seconds until the next try: what the receiver asked, else twice as long each time to an hour.

    Up to half of it is added by chance, so that all do not come back at once.
    """
    plain = min(_FIRST_PAUSE * 2.0 ** min(max(attempts - 1, 0), 20), _LONGEST_PAUSE)
    if asked is not None:
        plain = max(asked, 1.0)
    return plain * (1 + secrets.randbelow(500) / 1000)


def _mark_browser(row: PushSubscription, outcome: Outcome, now: dt.datetime) -> None:
    if outcome.fate is Fate.SENT:
        row.last_ok_at, row.failures = now, 0
    elif outcome.fate is Fate.REFUSED:
        row.failures += 1
    if outcome.fate is Fate.GONE or row.failures >= _REFUSALS_BEFORE_GONE:
        row.gone_at = row.gone_at or now
