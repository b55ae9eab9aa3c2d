"""Today: what is due, what is late, what came in, what waits for a decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Flask, current_app, render_template, request

from server.accounts import queries as accounts
from server.covers import queries as covers
from server.database import Session
from server.desk import queries
from server.desk.views.blueprint import blueprint
from server.domain.access import Actor, Permission, Role
from server.products import queries as products
from server.web.doors import reads

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


_QUEUES = "taizhang_queues"


def add_queue(app: Flask, count: queries.CountQueue) -> None:
    """Let a room above the desk show its queue on today's page."""
    app.extensions.setdefault(_QUEUES, []).append(count)


def queues_above(app: Flask) -> list[queries.CountQueue]:
    """What `add_queue` was told."""
    found: list[queries.CountQueue] = app.extensions.get(_QUEUES, [])
    return found


@blueprint.get("/today")
@blueprint.get("/")
@reads
def today(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the day: to an officer the own loans, or those of a colleague who is covered; to others
    those of the branch or the bank.
    """
    if not actor.may(Permission.LOANS_READ):
        return _administration(session, actor)
    is_officer = actor.role is Role.OFFICER
    branches = accounts.branches(session, actor)
    covered = covers.covered_by(session, actor) if is_officer else []
    wanted = request.args.get("scope", "")
    mine = is_officer and wanted != "branch"
    officer_id = actor.user_id if mine else None
    if wanted in dict(covered):
        officer_id = wanted
    scope = queries.Scope(tuple(branch.id for branch in branches), officer_id)
    days = queries.day_by_branch(session, actor, scope)
    return render_template(
        "desk/today.html",
        today=actor.today,
        days=days,
        sums=_sums(days),
        branches={branch.id: branch.name for branch in branches},
        overdue=queries.overdue_rows(session, actor, scope),
        due=queries.due_rows(session, actor, scope),
        coming=queries.coming_rows(session, actor, scope),
        coming_until=actor.today + queries.AHEAD,
        queues=queries.queues(session, actor, officer_id, queues_above(current_app)),
        steps=queries.first_steps(session, actor),
        scope={
            "is_officer": is_officer,
            "mine": mine,
            "is_own": officer_id == actor.user_id,
            "officer_id": officer_id,
            "covered": covered,
        },
    )


def _sums(days: list[queries.BranchDay]) -> dict[str, int]:
    names = [name for name in queries.BranchDay.__slots__ if name != "branch_id"]
    return {name: sum(getattr(day, name) for day in days) for name in names}


def _administration(session: Session, actor: Actor) -> str:
    """What an administrator sets up; loans and customers are none of the role's business."""
    context: dict[str, Any] = {
        "staff": sum(accounts.active_staff(session).values()),
        "branches": len(accounts.branches(session, actor)),
        "products": len(products.products(session, actor, active=True)),
    }
    return render_template("desk/administration.html", **context)
