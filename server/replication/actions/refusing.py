"""What a person is told when an entry still cannot be applied: the same facts as at any form."""

from __future__ import annotations

from server.domain.errors import Invalid, NotAllowed
from server.replication.actions.taking import Fate
from sync.outcome import Outcome


def refuse_unless_done(fate: Fate) -> None:
    """Raise `Invalid` or `NotAllowed` where nothing was written; what waits elsewhere is done."""
    if fate.outcome is not Outcome.REJECTED and not fate.is_waiting:
        return
    word, *rest = fate.reason.split(" ")
    if word == "invalid" and len(rest) == 2:
        raise Invalid(rest[0], rest[1])
    if word == "not_allowed":
        raise NotAllowed(" ".join(rest))
    raise Invalid("mutation", word or "error")
