"""A piece of work in a write transaction of its own, tried again where the database asks for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import OperationalError

from server.database.engine import begin_writing

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

Answer = TypeVar("Answer")

TRIES: Final = 3
_AGAIN: Final = frozenset({"40P01", "40001"})  # deadlock, serialization


def in_a_transaction(session: Session, work: Callable[[Session], Answer]) -> Answer:
    """Begin, do the work, commit, and only then give its answer.

    Two that wait for each other (on PostgreSQL) are begun anew, at most three times: the work must
    have no effect but on the session. Any other failure rolls back and is raised.
    """
    for left in reversed(range(TRIES)):
        begin_writing(session)
        try:
            answer = work(session)
            session.commit()
        except OperationalError as error:
            session.rollback()
            if left == 0 or getattr(error.orig, "sqlstate", None) not in _AGAIN:
                raise
        except BaseException:
            session.rollback()
            raise
        else:
            return answer
    raise AssertionError("unreachable")
