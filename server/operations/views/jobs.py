"""/administration/jobs: what the worker runs, what became of it, and running it now."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from server.database import Session
from server.domain.access import Actor
from server.operations import queries
from server.operations.actions import ask_run
from server.operations.views.blueprint import blueprint
from server.web.doors import reads, writes
from server.web.labels import label

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_LATEST: Final = 30
_SPAN: Final = re.compile(r"(\d+)-(\d+)")


@blueprint.get("/administration/jobs")
@reads
def jobs(session: Session, actor: Actor) -> ResponseReturnValue:
    """Show the worker, each job and the latest runs."""
    lines = queries.job_lines(session, actor)
    runs = sorted(
        (run for line in lines for run in line.runs), key=lambda run: run.id, reverse=True
    )
    return render_template(
        "operations/jobs.html",
        worker=queries.worker_state(session, actor.now),
        lines=lines,
        runs=runs[:_LATEST],
        rule_words=rule_words,
    )


@blueprint.post("/administration/jobs/<name>/run")
@writes
def job_run(session: Session, actor: Actor, name: str) -> ResponseReturnValue:
    """Ask the worker to run a job now."""
    ask_run(session, actor, name)
    flash(_("已交给后台程序：%(job)s。", job=label(name, "job")), "good")
    return redirect(url_for("operations.jobs"), 303)


def rule_words(line: queries.JobLine) -> str:
    """When a job runs, in words; a rule without words as it is written."""
    if line.every is not None:
        return str(_("每 %(seconds)s 秒", seconds=f"{line.every:g}"))
    parts = dict(part.partition("=")[::2] for part in line.rule.split(" "))
    hour, minute = parts.pop("hour", ""), parts.pop("minute", "0")
    if (span := _SPAN.fullmatch(hour)) and minute.isdecimal() and not parts:
        return str(_("%(first)s–%(last)s 点每小时", first=span[1], last=span[2]))
    if not (hour.isdecimal() and minute.isdecimal()):
        return line.rule
    clock = f"{int(hour):02d}:{int(minute):02d}"
    if not parts:
        return str(_("每天 %(clock)s", clock=clock))
    if set(parts) == {"day"} and parts["day"].isdecimal():
        return str(_("每月 %(day)s 日 %(clock)s", day=parts["day"], clock=clock))
    return line.rule
