"""The blueprint of the room, and what its addresses for programs have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Blueprint, g, request

from server.database import Session
from server.domain.access import Actor

CountQueue = Callable[[Session, Actor], int]
QUEUES: Final = "taizhang_queue_lengths"
_OF_PROGRAMS: Final = frozenset({"operations.live", "operations.ready", "operations.metrics"})

blueprint = Blueprint("operations", __name__)


def ask_nobody() -> None:
    """Who watches over the ledger is no person: nobody is looked up, in no database."""
    if request.endpoint in _OF_PROGRAMS:
        g.no_person = True
