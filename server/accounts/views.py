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
from server.web.appearance import TEXT_COOKIE, TEXT_SIZES, THEME_COOKIE, THEMES, known
from server.web.doors import is_public, public, reads, writes
from server.web.forms import FormState, read_form
from server.web.labels import label
from server.web.language import COOKIE as LANGUAGE_COOKIE
from server.web.language import read_language
from server.web.programs import asked_by_program, refuse
from server.web.returning import HOME, local_path

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("accounts", __name__)
_FIELD = "/field/"
_TOKEN = "token"  # noqa: S105 (the name of a cookie value, not a secret)
_BEFORE_ALL_ELSE = {"accounts.password", "accounts.change_password", "accounts.sign_out"}
_SEEN_EVERY = dt.timedelta(minutes=5)
_YEAR = 365 * 24 * 3600


def init_accounts(app: Flask) -> None:
    """Register the pages, and find on each request who is behind it."""
    login = LoginManager()
    login.init_app(app)
    login.request_loader(_load_person)
    app.register_blueprint(blueprint)
    app.before_request(_require_person)
    app.context_processor(_describe_person)


def _load_person(_request: Any) -> queries.SignedIn | None:
    token = cookie.get(_TOKEN)
    if not token or g.get("no_person"):
        return None
    return queries.signed_in_by_token(current_session(), token, dt.datetime.now(dt.UTC))


def _require_person() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint == "static":
        return None
    person = current_user._get_current_object()  # noqa: SLF001 (the proxy's documented way)
    if not person.is_authenticated:
        return None if _is_open(endpoint) else _ask_to_sign_in()
    now = dt.datetime.now(current_app.config["TIMEZONE"])
    g.language = person.language
    g.actor = person.actor(now, now.date())
    if now - person.last_seen_at > _SEEN_EVERY:
        _note_seen(person.session_id, now)
    if person.must_change_password and not (_is_open(endpoint) or endpoint in _BEFORE_ALL_ELSE):
        if asked_by_program():
            return refuse("password", 403)
        return redirect(url_for("accounts.password"))
    return None


def _is_open(endpoint: str | None) -> bool:
    """Whether anybody may ask for it: a public page, or an address that does not exist."""
    return endpoint is None or is_public(current_app.view_functions[endpoint])


def _note_seen(session_id: str, now: dt.datetime) -> None:
    session = current_session()
    begin_writing(session)
    actions.touch_session(session, session_id, now)
    session.commit()


def _ask_to_sign_in() -> ResponseReturnValue:
    if asked_by_program():
        return refuse("sign_in", 401)
    target = url_for("accounts.sign_in", next=_here())
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": target}
    return redirect(target)


def _here() -> str | None:
    if request.method != "GET" or request.path == "/":
        return None
    return request.full_path.rstrip("?")


def _describe_person() -> dict[str, Any]:
    person = current_user._get_current_object()  # noqa: SLF001 (the proxy's documented way)
    if not person.is_authenticated:
        return {}
    return {
        "user_role": label(person.role, "role"),
        "user_branch": person.branch_name or _("总行"),
    }


@blueprint.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    """Show the sign-in page."""
    if current_user.is_authenticated:
        return redirect(local_path(request.args.get("next")))
    return render_template(
        "accounts/sign_in.html",
        form=FormState(),
        next=request.args.get("next", ""),
        is_first_start=queries.is_first_start(current_session()),
    )


@blueprint.post("/sign-in")
@public
def start_session() -> ResponseReturnValue:
    """Sign in. The password is checked before the write transaction: it takes a while."""
    form = read_form(request.form, ("username", "next"))
    session = current_session()
    refusal = _sign_in(session, form, _arrival(), request.form.get("password", ""))
    if refusal is None:
        return redirect(local_path(form.text("next")), 303)
    form.errors["password"] = refusal
    return render_template("accounts/sign_in.html", form=form, next=form.text("next")), 422


def _arrival() -> actions.Arrival:
    return actions.Arrival(
        address=request.remote_addr or "",
        browser=request.headers.get("User-Agent", ""),
        now=dt.datetime.now(dt.UTC),
    )


def _not_now(session: Session, user: Any, username: str, arrival: actions.Arrival) -> str | None:
    """Why no password is looked at now: too many wrong ones, from this address or by this name."""
    since = arrival.now - actions.FAILURES_WINDOW
    if queries.recent_failures(session, arrival.address, since) >= actions.FAILURES_AN_ADDRESS:
        return str(_("尝试次数过多，请过 15 分钟再试。"))
    if queries.locked_until(session, user, username, arrival.now):
        return str(_("连续输错密码，该账号已锁定 15 分钟。"))
    return None


def _sign_in(
    session: Session, form: FormState, arrival: actions.Arrival, password: str
) -> str | None:
    user = queries.user_by_username(session, form.text("username"))
    refusal = _not_now(session, user, form.text("username"), arrival)
    if refusal is not None:
        return refusal
    checked = user.password_hash if user else None
    matches = password_matches(password, checked)
    begin_writing(session)
    user = queries.user_by_username(session, form.text("username"))
    if user is not None and user.password_hash != checked:
        matches = False
    if not matches or user is None or not user.active:
        actions.count_failure(session, form.text("username"), user, arrival)
        session.commit()
        return str(_("用户名或密码不正确。"))
    token = actions.start_session(session, user, arrival)
    session.commit()
    cookie.clear()
    cookie[_TOKEN] = token
    # A tablet's browser is killed by its system many times a day; a desk's sign-in ends with it.
    cookie.permanent = local_path(form.text("next")).startswith(_FIELD)
    return None


@blueprint.post("/sign-out")
@writes
def sign_out(session: Session, actor: Actor) -> ResponseReturnValue:
    """End this session."""
    actions.end_session(session, actor, current_user.session_id)
    cookie.clear()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.get("/account/password")
@reads
def password(_session: Session, _actor: Actor) -> ResponseReturnValue:
    """Show the form that changes one's own password."""
    return render_template("accounts/password.html", form=FormState())


@blueprint.post("/account/password")
@reads
def change_password(session: Session, actor: Actor) -> ResponseReturnValue:
    """Change one's own password; a wrong old one counts like a failed sign-in, and stays counted
    though the change is refused.
    """
    form, arrival = FormState(), _arrival()
    person = queries.user_by_id(session, actor.user_id)
    refusal = _not_now(session, person, person.username, arrival)
    if refusal is None:
        begin_writing(session)
        try:
            _change_password(session, actor)
        except Invalid as fault:
            session.rollback()
            form.refuse(fault)
            if fault.field == "old_password":
                _count_failure(session, person.username, arrival)
        else:
            session.commit()
            flash(_("密码已修改，其他设备已退出登录。"), "good")
            return redirect(HOME, 303)
    else:
        form.errors["old_password"] = refusal
    return render_template("accounts/password.html", form=form), 422


def _change_password(session: Session, actor: Actor) -> None:
    actions.change_password(
        session,
        actor,
        request.form.get("old_password", ""),
        request.form.get("new_password", ""),
        request.form.get("again", ""),
        session_id=current_user.session_id,
    )


def _count_failure(session: Session, username: str, arrival: actions.Arrival) -> None:
    begin_writing(session)
    user = queries.user_by_username(session, username)
    actions.count_failure(session, username, user, arrival)
    session.commit()


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
    flash(_("该登录已结束。"), "good")
    return redirect(url_for("accounts.sessions"), 303)


@blueprint.post("/preferences/language")
@public
def choose_language() -> ResponseReturnValue:
    """Speak another language: on this browser, and for the person signed in everywhere."""
    language = read_language(request.form.get("language", ""))
    answer = redirect(local_path(request.form.get("next")), 303)
    if language is None:
        return answer
    answer.set_cookie(LANGUAGE_COOKIE, language, **_kept())
    if current_user.is_authenticated:
        session = current_session()
        begin_writing(session)
        actions.choose_language(session, g.actor, language)
        session.commit()
    return answer


@blueprint.post("/preferences/appearance")
@public
def choose_appearance() -> ResponseReturnValue:
    """Change theme and text size on this browser."""
    answer = redirect(local_path(request.form.get("next")), 303)
    answer.set_cookie(THEME_COOKIE, known(request.form.get("theme"), THEMES), **_kept())
    answer.set_cookie(TEXT_COOKIE, known(request.form.get("text"), TEXT_SIZES), **_kept())
    return answer


def _kept() -> dict[str, Any]:
    """How a cookie of a preference is kept: for a year, seen by no script."""
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    return {"max_age": _YEAR, "httponly": True, "samesite": "Lax", "secure": secure}
