"""The only writes of field work: visits, promises to pay, contacts."""

from server.visits.actions.calling import log_call
from server.visits.actions.commands import FromField, LogCall, MakePromise, Position, RecordVisit
from server.visits.actions.promising import (
    make_promise,
    refresh_due_promises,
    refresh_promises_of,
)
from server.visits.actions.visiting import MAX_PHOTOS, photo_arrived, record_visit

__all__ = [
    "MAX_PHOTOS",
    "FromField",
    "LogCall",
    "MakePromise",
    "Position",
    "RecordVisit",
    "log_call",
    "make_promise",
    "photo_arrived",
    "record_visit",
    "refresh_due_promises",
    "refresh_promises_of",
]
