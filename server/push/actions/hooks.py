"""Hooks: adding, changing, switching off and on."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from server.database import new_id, record
from server.database.doors import in_a_transaction
from server.domain.access import Actor, Permission
from server.domain.errors import Conflict, Invalid
from server.push import queries
from server.push.actions.parcels import target_of
from server.push.models import AUDIENCES, HOOK_KINDS, Hook
from server.push.sending.addresses import AddressRefused, check_url
from server.push.sending.hooks import Told, check_template
from server.push.sending.outcome import Fate, Outcome
from server.push.sending.senders import HookCall


@dataclass(frozen=True, slots=True)
class SaveHook:
    """A hook as it is to be. A secret, header or address left empty stays as it was."""

    name: str
    kind: str
    audience: str
    branch_id: str | None = None
    language: str = "zh"
    urgent_only: bool = False
    show_amounts: bool = False
    url: str = ""
    secret: str = ""
    authorization: str = ""
    template: str = ""


@dataclass(frozen=True, slots=True)
class SavedHook:
    """The hook's id, and its secret where one was made up for it: to be shown once."""

    id: str
    new_secret: str = ""


def save_hook(
    session: Session,
    actor: Actor,
    command: SaveHook,
    *,
    hook_id: str | None = None,
    version: int = 0,
    allowed: Iterable[str] = (),
) -> SavedHook:
    """Add a hook, or change the one of an id. Hosts in `allowed` may be internal.

    Raises `NotAllowed`, `NotFound`, `Conflict`, and `Invalid` for a field.
    """
    actor.require(Permission.OPERATIONS_MANAGE)
    row = _new(actor) if hook_id is None else queries.hook(session, actor, hook_id)
    if hook_id is not None and row.version != version:
        raise Conflict("hook", {"name": row.name}, {"name": command.name})
    _check(session, row, command, allowed)
    before = _told(row)
    row.name, row.kind, row.audience = command.name, command.kind, command.audience
    row.branch_id, row.language = command.branch_id, command.language
    row.urgent_only, row.show_amounts = command.urgent_only, command.show_amounts
    row.url = command.url or row.url
    row.template = command.template if command.kind == "sms" else None
    row.authorization = command.authorization or row.authorization
    made = _secret(row, command)
    row.secret = made or command.secret or row.secret
    row.version += 1
    session.add(row)
    session.flush()
    _note(session, actor, row, before, command)
    return SavedHook(row.id, made)


def set_hook_active(session: Session, actor: Actor, hook_id: str, *, active: bool) -> None:
    """Switch a hook off or on; what waits for one that is off is dropped when its time comes."""
    row = queries.hook(session, actor, hook_id)
    if row.active != active:
        row.active = active
        row.version += 1
        session.flush()
        act = "hook.activate" if active else "hook.deactivate"
        record.note(session, actor, act, ("hook", row.id), branch_id=row.branch_id)


def _new(actor: Actor) -> Hook:
    return Hook(id=new_id(), version=0, created_at=actor.now, active=True)


def _check(session: Session, row: Hook, command: SaveHook, allowed: Iterable[str]) -> None:
    if command.kind not in HOOK_KINDS:
        raise Invalid("kind", "unknown")
    if command.audience not in AUDIENCES:
        raise Invalid("audience", "unknown")
    if command.audience == "customers" and command.kind in ("wecom", "dingtalk"):
        raise Invalid("audience", "robot_for_customers")
    if queries.hook_named(session, command.name) not in (None, row.id):
        raise Invalid("name", "taken")
    if command.kind == "sms":
        check_template(command.template)
    if not command.url and row.url_sealed is None:
        raise Invalid("url", "missing")
    if command.url:
        try:
            check_url(command.url, allowed)
        except AddressRefused as refused:
            raise Invalid("url", f"address_{refused.reason}") from None


def _secret(row: Hook, command: SaveHook) -> str:
    """A secret where the bank gave none; chat robots bring their own."""
    needs = command.kind in ("json", "sms") and not command.secret and row.secret_sealed is None
    return secrets.token_urlsafe(32) if needs else ""


def _told(row: Hook) -> dict[str, object]:
    """What the audit tells of a hook: nothing that is sealed."""
    names = ("name", "kind", "audience", "branch_id", "language", "urgent_only", "show_amounts")
    return {name: getattr(row, name) for name in names}


def _note(
    session: Session, actor: Actor, row: Hook, before: dict[str, object], command: SaveHook
) -> None:
    after = _told(row)
    changes = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    changes |= {
        name: ["***", "***"]
        for name in ("url", "secret", "authorization")
        if getattr(command, name)
    }
    act = "hook.create" if row.version == 1 else "hook.update"
    record.note(session, actor, act, ("hook", row.id), branch_id=row.branch_id, changes=changes)


def trial_call(
    session: Session, actor: Actor, hook_id: str, title: str, body: str, phone: str = ""
) -> HookCall:
    """A request to try a hook with; `phone` is where a gateway sends it."""
    row = queries.hook(session, actor, hook_id)
    told = Told(
        id=new_id(),
        about=new_id(),
        kind="channel_test",
        title=title,
        body=body,
        url="",
        urgent=False,
        language=row.language,
        at=actor.now.isoformat(),
        type="text" if row.audience == "customers" else "notice",
        to={"phone": phone} if phone else {"user": actor.user_id or "", "name": actor.name},
    )
    return HookCall(target_of(row), told)


def note_trial(session: Session, actor: Actor, hook_id: str, outcome: Outcome) -> None:
    """Write down that a hook was tried, in a transaction of its own."""

    def work(writing: Session) -> None:
        row = queries.hook(writing, actor, hook_id)
        if outcome.fate is Fate.SENT:
            row.last_ok_at = actor.now
        record.note(
            writing,
            actor,
            "hook.try",
            ("hook", row.id),
            branch_id=row.branch_id,
            changes={"result": [None, outcome.error or str(outcome.fate)]},
        )

    in_a_transaction(session, work)
