"""Reads of the room: the worker and its runs, the seals by version, the state of the house."""

from server.operations.queries.health import Health, health
from server.operations.queries.runs import (
    JobLine,
    RunRow,
    Served,
    WorkerState,
    asked_runs,
    first_led,
    job_lines,
    last_done,
    lines_of,
    served,
    troubled,
    worker_state,
)
from server.operations.queries.tallies import Tally, tally

__all__ = [
    "Health",
    "JobLine",
    "RunRow",
    "Served",
    "Tally",
    "WorkerState",
    "asked_runs",
    "first_led",
    "health",
    "job_lines",
    "last_done",
    "lines_of",
    "served",
    "tally",
    "troubled",
    "worker_state",
]
