"""The figures that /metrics tells of the worker, its jobs and what waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.domain.access import Actor
from server.operations.queries.runs import last_done, lines_of, worker_state


@dataclass(frozen=True, slots=True)
class Tally:
    """By job and by queue; times in seconds, moments in seconds since 1970."""

    is_alive: int
    heartbeat_age: float | None
    success: Mapping[str, float]
    failed: Mapping[str, int]
    stuck: Mapping[str, int]
    queues: Mapping[str, int]


def tally(
    session: Session, actor: Actor, queues: Mapping[str, Callable[[Session, Actor], int]]
) -> Tally:
    """Count everything."""
    worker = worker_state(session, actor.now)
    lines = lines_of(session, worker, actor.now)
    done = last_done(session)
    beat = worker.heartbeat_at
    return Tally(
        is_alive=int(worker.lives),
        heartbeat_age=(actor.now - beat).total_seconds() if beat else None,
        success={job: at.timestamp() for job, at in sorted(done.items())},
        failed={line.job: int(line.state == "failed") for line in lines},
        stuck={line.job: int(line.state == "stuck") for line in lines},
        queues={name: count(session, actor) for name, count in queues.items()},
    )
