"""Signing in and out, and the pages of one's own account."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import (
    session as cookie,
)
from flask_babel import gettext as _
from flask_login import LoginManager, current_user

from server.accounts import actions, queries
from server.crypto.passwords import password_matches
from server.database import Session
from server.database.engine import begin_writing
from server.database.extension import current_session
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.web.doors import is_public, public, reads, writes
from server.web.forms import FormState, read_form

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("accounts", __name__)
_TOKEN = "token"  # noqa: S105 (the name of a cookie value, not a secret)
_SEEN_EVERY = dt.timedelta(minutes=5)


def init_accounts(app: Flask) -> None:
    """Register the pages, and find on each request who is behind it."""
    login = LoginManager()
    login.init_app(app)
    login.request_loader(_load_person)
    app.register_blueprint(blueprint)
    app.before_request(_require_person)


def _load_person(_request: Any) -> queries.SignedIn | None:
    token = cookie.get(_TOKEN)
    if not token:
        return None
    return queries.signed_in_by_token(current_session(), token, dt.datetime.now(dt.UTC))


def _require_person() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint == "static":
        return None
    view = current_app.view_functions.get(request.endpoint)
    person = current_user._get_current_object()  # noqa: SLF001 (the proxy's documented way)
    if not person.is_authenticated:
        return None if is_public(view) else _ask_to_sign_in()
    now = dt.datetime.now(dt.UTC)
    g.language = person.language
    g.actor = person.actor(now, now.astimezone(current_app.config["TIMEZONE"]).date())
    if now - person.last_seen_at > _SEEN_EVERY:
        _note_seen(person.session_id, now)
    if person.must_change_password and not _may_come_first(request.endpoint):
        return redirect(url_for("accounts.password"))
    return None


def _may_come_first(endpoint: str) -> bool:
    return endpoint in {"accounts.password", "accounts.change_password", "accounts.sign_out"} or (
        is_public(current_app.view_functions.get(endpoint))
    )


def _note_seen(session_id: str, now: dt.datetime) -> None:
    session = current_session()
    begin_writing(session)
    actions.touch_session(session, session_id, now)
    session.commit()


def _ask_to_sign_in() -> ResponseReturnValue:
    target = url_for("accounts.sign_in", next=_here())
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    return redirect(target)


def _here() -> str | None:
    if request.method != "GET" or request.path == "/":
        return None
    return request.full_path.rstrip("?")


def _local(target: str | None) -> str:
    """Only paths of this site are returned to after sign-in."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return url_for("desk.today")
    return target


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in page."""
    if current_user.is_authenticated:
        return redirect(_local(request.args.get("next")))
    return render_template("accounts/sign_in.html", form=FormState())


@blueprint.post("/sign-in")
@public
def start_session() -> ResponseReturnValue:
    """Sign in. The password is checked before the write transaction: it takes a while."""
    form = read_form(request.form, ("username", "next"))
    arrival = actions.Arrival(
        address=request.remote_addr or "",
        browser=request.headers.get("User-Agent", ""),
        now=dt.datetime.now(dt.UTC),
    )
    session = current_session()
    refusal = _sign_in(session, form, arrival, request.form.get("password", ""))
    if refusal is None:
        return redirect(_local(form.text("next")))
    form.errors["password"] = refusal
    return render_template("accounts/sign_in.html", form=form), 422


def _sign_in(
    session: Session, form: FormState, arrival: actions.Arrival, password: str
) -> str | None:
    failures = queries.recent_failures(
        session, arrival.address, arrival.now - actions.FAILURES_WINDOW
    )
    if failures >= actions.FAILURES_AN_ADDRESS:
        return _("尝试次数过多，请过 15 分钟再试。")
    user = queries.user_by_username(session, form.text("username"))
    if user and user.locked_until and user.locked_until > arrival.now:
        return _("连续输错密码，该账号已锁定 15 分钟。")
    matches = password_matches(password, user.password_hash if user else None)
    begin_writing(session)
    user = queries.user_by_username(session, form.text("username"))
    if not matches or user is None or not user.active:
        actions.count_failure(session, form.text("username"), user, arrival)
        session.commit()
        return _("用户名或密码不正确。")
    token = actions.start_session(session, user, arrival)
    session.commit()
    cookie.clear()
    cookie[_TOKEN] = token
    return None


@blueprint.post("/sign-out")
@writes
def sign_out(session: Session, actor: Actor) -> ResponseReturnValue:
    """End this session."""
    actions.end_session(session, actor, current_user.session_id)
    cookie.clear()
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/account/password")
@reads
def password(_session: Session, _actor: Actor) -> ResponseReturnValue:
    """Show the form that changes one's own password."""
    return render_template("accounts/password.html", form=FormState())


@blueprint.post("/account/password")
@writes
def change_password(session: Session, actor: Actor) -> ResponseReturnValue:
    """Change one's own password."""
    form = FormState()
    try:
        actions.change_password(
            session,
            actor,
            request.form.get("old_password", ""),
            request.form.get("new_password", ""),
            session_id=current_user.session_id,
        )
        if request.form.get("new_password") != request.form.get("again"):
            raise Invalid("again", "differs")
    except Invalid as refusal:
        form.refuse(refusal)
        return render_template("accounts/password.html", form=form), 422
    flash(_("密码已修改，其他设备已退出登录。"), "success")
    return redirect(url_for("desk.today"))


@blueprint.get("/account/sessions")
@reads
def sessions(session: Session, actor: Actor) -> ResponseReturnValue:
    """List one's own sessions."""
    rows = queries.running_sessions(session, actor, actor.now)
    return render_template(
        "accounts/sessions.html", sessions=rows, current_id=current_user.session_id
    )


@blueprint.post("/account/sessions/<uuid:session_id>/end")
@writes
def end_session(session: Session, actor: Actor, session_id: Any) -> ResponseReturnValue:
    """End one of one's own sessions."""
    actions.end_session(session, actor, str(session_id))
    flash(_("该登录已结束。"), "success")
    return redirect(url_for("accounts.sessions"))
