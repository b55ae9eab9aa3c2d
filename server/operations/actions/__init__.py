"""The only writes of the room: the lease, the runs, the renewing of seals."""

from server.operations.actions.leases import (
    Lease,
    LeaseLost,
    hold_lease,
    publish_schedule,
    release_lease,
    renew_lease,
    take_lease,
)
from server.operations.actions.runs import (
    RunEnd,
    RunNote,
    abandon_runs,
    ask_run,
    beat_runs,
    begin_run,
    claim_asked,
    end_run,
    fail_again,
    forget_runs,
)

__all__ = [
    "Lease",
    "LeaseLost",
    "RunEnd",
    "RunNote",
    "abandon_runs",
    "ask_run",
    "beat_runs",
    "begin_run",
    "claim_asked",
    "end_run",
    "fail_again",
    "forget_runs",
    "hold_lease",
    "publish_schedule",
    "release_lease",
    "renew_lease",
    "take_lease",
]
