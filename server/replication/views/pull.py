"""GET /sync/v1/pull: the next rows of the feed after a cursor."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from server.database import Session
from server.database.doors import in_a_transaction
from server.database.engine import begin_reading
from server.domain.access import Actor
from server.replication.actions.days import is_rolled, roll_day
from server.replication.actions.life import begin_life, notice_restore
from server.replication.documents import NumberUnknown, Reader
from server.replication.documents import pull as pull_rows
from server.replication.queries.feed import life_of_feed
from server.replication.views.asking import reader_who_asks, sent
from server.replication.views.blueprint import blueprint
from server.web.doors import reads
from sync.chunks import START, bounded


@blueprint.get("/pull")
@reads
def pull(session: Session, actor: Actor) -> ResponseReturnValue:
    """Answer rows, the cursor behind them, whether there are more, and at the end the tally."""
    reader = reader_who_asks(session, actor)
    _prepare(session, actor, reader)
    size = bounded(request.args.get("size", START, type=int))
    cursor = request.args.get("cursor", "")
    try:
        chunk = pull_rows(session, reader, cursor, size)
    except NumberUnknown as unknown:
        seen = unknown.seen
        in_a_transaction(session, lambda writing: notice_restore(writing, actor, seen))
        begin_reading(session)
        chunk = pull_rows(session, reader, cursor, size)
    return sent(session, reader, chunk)


def _prepare(session: Session, actor: Actor, reader: Reader) -> None:
    """The first to ask begins the life of the feed; the first of a day rolls the loans."""
    portfolios = (reader.scope.user_id, *reader.scope.lent)
    late = [each for each in portfolios if not is_rolled(session, each, actor.today)]
    if life_of_feed(session) and not late:
        return

    def work(writing: Session) -> None:
        begin_life(writing, actor.now)
        for portfolio in late:
            roll_day(writing, portfolio, actor.today)

    in_a_transaction(session, work)
    begin_reading(session)
