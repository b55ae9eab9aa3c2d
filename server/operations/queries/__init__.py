"""Reads of the room: the worker and its runs, the seals by version, the state of the house."""

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

__all__ = [
    "JobLine",
    "RunRow",
    "Served",
    "WorkerState",
    "asked_runs",
    "first_led",
    "job_lines",
    "last_done",
    "lines_of",
    "served",
    "troubled",
    "worker_state",
]
