"""Who is told that a job failed: the administrators, once a day for each job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from server.backups.queries.rows import administrators
from server.database.notices import Told, tell_many

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from server.domain.access import Actor

FAILED: Final = "job_failed"


def tell_of_failure(session: Session, actor: Actor, job: str, run_id: str) -> None:
    """Tell them in the transaction that writes the end of the run."""
    told = [
        Told(
            user_id,
            FAILED,
            ("job", run_id),
            actor.now,
            params={"job": job},
            key=f"{FAILED}:{job}:{actor.today.isoformat()}",
            urgent=True,
            about_on=actor.today,
        )
        for user_id in administrators(session)
    ]
    tell_many(session, told)
