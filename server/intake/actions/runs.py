"""What people decide of an import run: its sheet, its mapping, its start, that it stops."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from sqlalchemy import delete
from sqlalchemy.orm import Session

from server.database import record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.ledger.mapping import heading_key
from server.intake.actions.choices import Choices, Surroundings, read_choices, require_day
from server.intake.actions.laying import REFUSED
from server.intake.actions.places import surroundings
from server.intake.actions.uploads import LookedOver, require_import
from server.intake.models import HeaderMapping, ImportRow, ImportRun
from server.intake.queries.runs import (
    WORKING,
    find_run,
)


@dataclass(frozen=True, slots=True)
class MapRun:
    """A person's mapping of a run. With `remember`, its headings are known the next time."""

    run_id: str
    choices: Choices
    remember: bool = False


def choose_sheet(session: Session, actor: Actor, run_id: str, seen: LookedOver) -> None:
    """Take another sheet of the file; what was chosen of the old one's columns is forgotten."""
    run = _changeable(session, actor, run_id)
    run.headers, run.mapping = seen.columns, seen.sheet
    kept = replace(read_choices(run.choices), sheet=seen.sheet["name"], columns={}, scales={})
    run.choices, run.counts, run.status = kept.as_json(), {}, "uploaded"
    _forget_rows(session, run_id)


def map_run(session: Session, actor: Actor, command: MapRun) -> None:
    """Keep the mapping and have the preview made. Raises `Invalid` and `NotAllowed`."""
    run = _changeable(session, actor, command.run_id)
    around = surroundings(session, actor)
    choices = _checked(actor, command.choices, around)
    if command.remember:
        _teach(session, actor, run, choices)
    run.choices, run.status = choices.as_json(), "reading"
    run.progress = run.total = 0
    run.cancel_wanted, run.error, run.heartbeat_at = False, "", None
    run.counts = {"survey": run.counts.get("survey", {}), "asked_at": actor.now.isoformat()}
    _forget_rows(session, run.id)
    record.note(session, actor, "import.map", ("import", run.id), branch_id=run.branch_id)


def start_run(session: Session, actor: Actor, run_id: str) -> None:
    """Have the previewed file brought in. Raises `Invalid("run", reason)`."""
    require_import(actor)
    run = _standing(session, actor, run_id)
    if run.status != "previewed":
        raise Invalid("run", "not_previewed")
    preview = run.counts.get("preview", {})
    if read_choices(run.choices).all_or_none and preview.get(REFUSED):
        raise Invalid("run", "rows_refused", count=preview[REFUSED])
    run.status, run.progress, run.heartbeat_at = "importing", 0, None
    run.cancel_wanted, run.error = False, ""
    run.counts = {**run.counts, "imported": {}, "claims": 0, "asked_at": actor.now.isoformat()}
    _forget_rows(session, run.id)
    record.note(session, actor, "import.start", ("import", run.id), branch_id=run.branch_id)


def cancel_run(session: Session, actor: Actor, run_id: str) -> None:
    """Stop a run: at once where nobody works on it, else after the chunk that is under way.

    Rows that are in stay in. A preview that is stopped leads back to the mapping.
    """
    require_import(actor)
    run = _standing(session, actor, run_id)
    if run.status in {"done", "cancelled", "failed"}:
        raise Invalid("run", "finished")
    record.note(session, actor, "import.cancel", ("import", run.id), branch_id=run.branch_id)
    if run.status in WORKING and run.heartbeat_at is not None:
        run.cancel_wanted = True
    elif run.status == "reading":
        run.status = "uploaded"
    else:
        run.status, run.finished_at = "cancelled", actor.now


def reopen_run(session: Session, actor: Actor, run_id: str) -> None:
    """Lead a previewed, stopped or failed run back to its mapping, to be brought in again."""
    require_import(actor)
    run = _standing(session, actor, run_id)
    if run.status in WORKING or run.mapping.get("swept"):
        raise Invalid("run", "finished")
    run.status, run.error, run.finished_at = "uploaded", "", None
    run.cancel_wanted, run.heartbeat_at = False, None


def note_download(session: Session, actor: Actor, run_id: str, rows: int) -> None:
    """Tell the audit that refused rows went out, with the cells as they were sent."""
    require_import(actor)
    run = _standing(session, actor, run_id)
    record.note(
        session,
        actor,
        "import.download",
        ("import", run.id),
        branch_id=run.branch_id,
        changes={"rows": [None, rows]},
    )


def _standing(session: Session, actor: Actor, run_id: str) -> ImportRun:
    find_run(session, actor, run_id)
    return session.get_one(ImportRun, run_id, populate_existing=True)


def _changeable(session: Session, actor: Actor, run_id: str) -> ImportRun:
    require_import(actor)
    run = _standing(session, actor, run_id)
    if run.status not in {"uploaded", "previewed"} or run.mapping.get("swept"):
        raise Invalid("run", "finished")
    return run


def _checked(actor: Actor, choices: Choices, around: Surroundings) -> Choices:
    """Refuse what the person may not choose; staff of a branch import into their own alone."""
    require_day(choices.as_of, actor.today)
    branch_id = actor.branch_id or choices.branch_id
    branches = set(around.branches.values())
    products = {bounds.id for bounds in around.products.values() if bounds.active}
    officers = {
        officer_id
        for officer_id, branch in around.officers.values()
        if branch is None or actor.reaches(branch)
    }
    for name, chosen, known in (
        ("branch_id", [branch_id], branches),
        ("product_id", [choices.product_id], products),
        ("branch", choices.branches.values(), branches),
        ("product", choices.products.values(), products),
        ("officer", choices.officers.values(), officers),
    ):
        if any(each and each not in known for each in chosen):
            raise Invalid(name, "unknown")
    mapped = {name for name in choices.columns.values() if name not in {"", "-"}}
    if not mapped & {"customer_name", "customer_no", "id_no", "uscc"}:
        raise Invalid("columns", "no_customer")
    twice = Counter(name for name in choices.columns.values() if name not in {"", "-"})
    for place, name in choices.columns.items():
        if twice[name] > 1:
            raise Invalid(f"column.{place}", "twice")
    if "branch" not in mapped and not branch_id:
        raise Invalid("branch_id", "missing")
    has_loans = "principal_amount" in mapped
    if has_loans and "product" not in mapped and not choices.product_id:
        raise Invalid("product_id", "missing")
    return replace(choices, branch_id=branch_id)


def _teach(session: Session, actor: Actor, run: ImportRun, choices: Choices) -> None:
    for column in run.headers:
        chosen, key = choices.columns.get(column["place"]), heading_key(column["heading"])
        if not key or not chosen:
            continue
        wanted = None if chosen == "-" else chosen
        if wanted == column["field"] and not column["doubtful"]:
            continue
        taught = session.get(HeaderMapping, key)
        if taught is None:
            taught = HeaderMapping(header=key)
            session.add(taught)
        taught.field, taught.taught_by, taught.taught_at = wanted, actor.user_id, actor.now
        session.flush()


def _forget_rows(session: Session, run_id: str) -> None:
    session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
