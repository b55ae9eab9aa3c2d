"""The `flask` commands, a line each; what they do stands in the slices."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask import current_app
from flask.cli import AppGroup

from server.accounts import actions as accounts
from server.accounts.queries import branch_by_code, user_by_username
from server.backups.commands import backup
from server.config import new_secrets_text
from server.crypto import keyring
from server.database import record
from server.database.doors import in_a_transaction
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.demo.people import is_demo, is_empty, logins_text
from server.domain.access import Actor, Role
from server.domain.calculator.desk import calculate
from server.domain.errors import Invalid
from server.intake.actions import FromFile, import_file
from server.intake.documents.outcome import outcome_document
from server.jobs.sealed import stores
from server.loans import actions as loan_actions
from server.loans.documents import statement_document, statement_table
from server.loans.queries import loan_by_contract_no, statement_on
from server.operations.actions.keys import KeyRotation
from server.operations.queries.keys import seal_counts
from server.products.queries import parameters_on
from server.push.actions import deliver_next, own_key, renew_key, tell_test
from server.push.queries import outcomes_of
from server.push.sending import senders
from server.replication.actions.life import begin_new_epoch
from server.reports.documents.files import write_ledger_file
from server.web.messages import message_for

if TYPE_CHECKING:
    from flask import Flask

keys = AppGroup("keys", help="Secrets of a deployment.")
audit = AppGroup("audit", help="The tamper-evident audit trail.")
users = AppGroup("users", help="Members of staff.")
_ROLES = [str(role) for role in Role]
loans = AppGroup("loans", help="Loans and what is derived from their events.")
sync = AppGroup("sync", help="Devices of the field app.")
push = AppGroup("push", help="Notices of browsers, mails and hooks.")
demo = AppGroup("demo", help="A synthetic bank to try the ledger with.")


def init_commands(app: Flask) -> None:
    """Register every command."""
    app.cli.add_command(keys)
    app.cli.add_command(audit)
    app.cli.add_command(rules)
    app.cli.add_command(users)
    app.cli.add_command(loans)
    app.cli.add_command(sync)
    app.cli.add_command(push)
    app.cli.add_command(backup)
    app.cli.add_command(statement)
    app.cli.add_command(demo)
    app.cli.add_command(import_ledger)
    app.cli.add_command(export_ledger)


def operator(role: Role) -> Actor:
    """Whoever runs a command on the server, acting in a role on every branch, now."""
    now = dt.datetime.now(current_app.config["TIMEZONE"])
    return Actor(None, "命令行", role, None, now, now.date(), "cli")


@keys.command("new")
def new_keys() -> None:
    """Print fresh secrets as lines for an environment file."""
    click.echo(new_secrets_text(), nl=False)


@keys.command("status")
def keys_status() -> None:
    """Count what is sealed under each version of the key; exit 1 where a key is missing."""
    counts = seal_counts(current_session(), stores(current_app.config["DATA_DIR"]))
    ring = keyring.active()
    for each in counts:
        told = "" if each.is_known else "  NO KEY"
        newest = "  newest" if each.version == ring.newest else ""
        click.echo(f"{each.place:<44} {each.version:>5} {each.count:>9}{newest}{told}")
    old = sum(each.count for each in counts if each.version != ring.newest)
    click.echo(f"newest key {ring.newest}, {old} values under others")
    if not all(each.is_known for each in counts):
        raise SystemExit(1)


@keys.command("rotate")
def keys_rotate() -> None:
    """Seal everything that is under an older key under the newest, now and not at night."""
    session, actor = current_session(), operator(Role.ADMINISTRATOR)
    work, done = KeyRotation(stores(current_app.config["DATA_DIR"])), 0
    while step := in_a_transaction(session, lambda inside: work(inside, actor)):
        done += step
    click.echo(f"{done} values sealed under key {keyring.active().newest}")


@audit.command("verify")
def verify_audit() -> None:
    """Walk the audit chain; exit 1 at the first entry that does not fit."""
    read, broken = record.first_broken_entry(current_session())
    if broken is not None:
        raise click.ClickException(f"entry {broken} does not fit the chain ({read} entries fit)")
    click.echo(f"{read} entries, chain whole, newest {record.audit_head(current_session())}")


@sync.command("restored")
def _restored() -> None:
    """Say that the database was restored from a backup: devices send again what they keep."""
    session = current_session()
    begin_writing(session)
    epoch = begin_new_epoch(session, operator(Role.ADMINISTRATOR))
    session.commit()
    click.echo(f"new epoch {epoch}, numbers go on from {record.last_number(session)}")


@push.command("keys")
@click.option("--renew", is_flag=True, help="Make another pair; every browser subscribes anew.")
def push_keys(*, renew: bool) -> None:
    """Print the public key by which push services know this bank; it is made when missing."""
    session = current_session()
    begin_writing(session)
    actor = operator(Role.ADMINISTRATOR)
    kept = renew_key(session, actor) if renew else own_key(session, actor.now)
    session.commit()
    click.echo(kept.public)


@push.command("test")
@click.argument("username")
def push_test(username: str) -> None:
    """Tell USERNAME a test by all channels, deliver what is due, and say what became of it."""
    session = current_session()
    begin_writing(session)
    person = user_by_username(session, username)
    if person is None:
        raise click.ClickException(f"nobody is called {username}")
    actor = replace(operator(Role.ADMINISTRATOR), user_id=person.id)
    notice_id = tell_test(session, actor)
    session.commit()
    if notice_id is None:
        raise click.ClickException("one test a minute")
    while deliver_next(session, operator(Role.ADMINISTRATOR), senders.active(), _now):
        pass
    outcomes = outcomes_of(session, notice_id)
    for channel, state, error in outcomes:
        click.echo(f"{channel}  {state}  {error}".rstrip())
    if not outcomes:
        raise click.ClickException("this person has no browser, mail address or other channel")


@users.command("create")
@click.argument("username")
@click.option("--name", help="The name shown to others; the username by default.")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default="administrator",
    show_default=True,
)
@click.option("--branch", "branch_code", help="The code of the branch; the head office by default.")
def create_user(username: str, name: str | None, role: str, branch_code: str | None) -> None:
    """Make a member of staff, such as a bank's first administrator, and print a first password."""
    session = current_session()
    begin_writing(session)
    branch = branch_by_code(session, branch_code) if branch_code else None
    if branch_code and branch is None:
        raise click.ClickException(f"no branch has the code {branch_code}")
    command = accounts.SaveUser(username, name or username, role, branch.id if branch else None)
    try:
        _, password = accounts.create_user(session, operator(Role.ADMINISTRATOR), command)
    except Invalid as refusal:
        raise click.ClickException(f"{refusal.field}: {message_for(refusal)}") from refusal
    session.commit()
    click.echo(f"{username}  {password}")


@click.command("rules")
@click.argument("area")
def rules(area: str) -> None:
    """Answer JSON lines on standard input by the rules of AREA (the auditor's calculator)."""
    for line in sys.stdin.buffer:
        if line.strip():
            answer = json.dumps(_answer(area, line), ensure_ascii=False)
            click.echo(answer.encode("utf-8", "backslashreplace"))


def _answer(area: str, line: bytes) -> dict[str, object]:
    try:
        return calculate(area, _read_object(line))
    except Invalid as refusal:
        return {"error": {"field": refusal.field, "reason": refusal.reason}}


def _read_object(line: bytes) -> dict[str, object]:
    try:
        value = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Invalid("input", "not_json") from None
    if not isinstance(value, dict):
        raise Invalid("input", "not_an_object")
    return value


@loans.command("rebuild")
@click.option("--fix", is_flag=True, help="Write the derived rows anew where they differ.")
def rebuild_loans(*, fix: bool) -> None:
    """Derive every loan's state afresh; exit 1 when any differs from what is kept."""
    session = current_session()
    begin_writing(session)
    found = list(loan_actions.differences(session))
    for each in found:
        click.echo(f"{each.contract_no} {each.column}: {each.kept} -> {each.derived}", err=True)
    if found and fix:
        loan_actions.rebuild(session)
        session.commit()
    click.echo(f"{len(found)} differences" + (", mended" if found and fix else ""))
    if found:
        raise SystemExit(1)


@click.command("statement")
@click.argument("contract_no")
@click.option("--as-of", "as_of", help="The day, such as 2026-01-31; today by default.")
@click.option("--json", "as_json", is_flag=True, help="Answer JSON instead of a table.")
def statement(contract_no: str, as_of: str | None, *, as_json: bool) -> None:
    """Tell the statement of a loan as of a day."""
    session = current_session()
    try:
        day = _day(as_of) if as_of else operator(Role.AUDITOR).today
        loan = loan_by_contract_no(session, contract_no)
        if loan is None:
            raise Invalid("contract_no", "not_found")
        sheet = statement_on(session, loan, day)
    except Invalid as refusal:
        click.echo(json.dumps({"error": {"field": refusal.field, "reason": refusal.reason}}))
        raise SystemExit(1) from None
    if as_json:
        document = statement_document(contract_no, sheet, parameters_on(session, day))
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        click.echo(statement_table(contract_no, sheet))


@click.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--dry-run", "dry", is_flag=True, help="Say what would happen and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print every reason, as JSON.")
@click.option("--strict", is_flag=True, help="Refuse rows that lack standard fields.")
@click.option("--accept-incomplete", is_flag=True, help="Take them, marked so (the default).")
@click.option("--sheet", default="", help="The sheet; by default the one with most known headings.")
@click.option("--branch", default="", help="Code of the branch for rows that name none we know.")
@click.option("--product", default="", help="Code of the product for rows that name none we know.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day the balances are of.")
@click.option("--map", "mapped", multiple=True, metavar="HEADING=FIELD", help="A column's field.")
def import_ledger(path: Path, *, as_json: bool, accept_incomplete: bool, **said: Any) -> None:
    """Bring the ledger in PATH (xlsx, xls, ods, csv) into the bank."""
    if accept_incomplete and said["strict"]:
        raise click.UsageError("--strict and --accept-incomplete contradict each other")
    columns = dict(each.rpartition("=")[::2] for each in said.pop("mapped"))
    as_of = said.pop("as_of")
    command = FromFile(path, as_of=as_of.date() if as_of else None, columns=columns, **said)
    try:
        done = import_file(current_session(), operator(Role.MANAGER), command)
    except Invalid as refusal:
        raise click.ClickException(f"{refusal.field}: {message_for(refusal)}") from refusal
    for name, detail in done.notes:
        click.echo(message_for(Invalid("note", name, **detail)), err=True)
    document = outcome_document(done)
    if not as_json:
        document["reasons"] = document["reasons"][:1000]
    click.echo(json.dumps(document, ensure_ascii=False, indent=None if as_json else 1))


@click.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--branch", default="", help="Code of the branch; the whole bank by default.")
def export_ledger(path: Path, *, branch: str) -> None:
    """Write the whole ledger to PATH (xlsx or csv), with full numbers, as `import` reads it."""
    session, actor = current_session(), operator(Role.MANAGER)
    try:
        rows = write_ledger_file(session, actor, path, current_app.config["BANK_NAME"], branch)
    except Invalid as refusal:
        raise click.ClickException(f"{refusal.field}: {message_for(refusal)}") from refusal
    click.echo(f"{rows} loans")


@demo.command("load")
@click.option("--if-empty", is_flag=True, help="Leave a bank that has staff as it is.")
def load_demo_bank(*, if_empty: bool) -> None:
    """Fill an empty bank with the demo's staff, customers and loans; print how to sign in."""
    from server.demo.load import load_demo  # noqa: PLC0415 (10 MB that no other process needs)

    session = current_session()
    begin_writing(session)
    if is_empty(session):
        click.echo("Loading the demo bank; this takes half a minute.", err=True)
        load_demo(session, dt.datetime.now(current_app.config["TIMEZONE"]))
    elif not if_empty:
        raise click.ClickException("the bank is not empty; the demo was not loaded")
    text = logins_text() if is_demo(session) else "This is no demo bank: sign in as yourself."
    session.commit()
    click.echo(text)


def _now() -> dt.datetime:
    return dt.datetime.now(current_app.config["TIMEZONE"])


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Invalid("as_of", "date") from None
