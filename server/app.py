"""The application factory: a table of contents."""

from __future__ import annotations

from typing import Final

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from server.accounts.actions import SESSION_LASTS
from server.accounts.views import init_accounts
from server.admin.views import blueprint as admin
from server.admin.views.audit import whole_list as audit_list
from server.attachments.views import blueprint as attachments
from server.backups.views import blueprint as backups
from server.cli import init_commands
from server.config import Config, read_config
from server.covers.views import blueprint as covers
from server.crypto import keyring
from server.customers.views import blueprint as customers
from server.database.extension import init_database
from server.desk.views import blueprint as desk
from server.desk.views.customers import whole_list as customers_list
from server.feedback.views import blueprint as feedback
from server.feedback.views import whole_list as feedback_list
from server.field.rendering import init_field_templates
from server.field.views import blueprint as field
from server.intake.queries.runs import runs_at_work
from server.intake.views import blueprint as intake
from server.loans.actions import follow_events
from server.loans.views import blueprint as loans
from server.loans.views.pages import whole_list as loans_list
from server.notices.views import init_notices
from server.operations.views import init_operations
from server.products.views import blueprint as products
from server.push.above import Above
from server.push.queries import waiting_deliveries
from server.push.views import init_push
from server.push.wording import buttons
from server.pwa.views import blueprint as pwa
from server.reminders.queries import readers_of, still_true, text_holds
from server.reminders.views import blueprint as reminders
from server.repayments.views import blueprint as repayments
from server.repayments.views import handovers, init_held
from server.repayments.views import whole_list as repayments_list
from server.replication.queries.waiting import held_entry_count, open_conflict_count
from server.replication.views import init_replication
from server.reports.views import init_exports
from server.visits.actions import refresh_promises_of
from server.visits.views import blueprint as visits
from server.web.appearance import init_appearance
from server.web.assets import init_assets
from server.web.compressing import init_compressing
from server.web.errors import init_errors
from server.web.formatting import init_formatting
from server.web.headers import init_headers
from server.web.labels import init_labels
from server.web.language import init_language
from server.web.logs import init_logs
from server.web.navigation import init_navigation
from server.web.notice_words import words

QUEUES: Final = {
    "imports": runs_at_work,
    "deliveries": waiting_deliveries,
    "conflicts": open_conflict_count,
    "held": held_entry_count,
}
"""What waits, by name, for the metrics."""


def create_app(config: Config | None = None) -> Flask:
    """Make the app. Raises `ConfigurationError` or `ValueError` when a setting is unusable."""
    config = config or read_config()
    app = Flask(__name__, static_folder=None)
    _configure(app, config)
    keyring.install(keyring.read_keyring(config.keyring))
    init_database(app)
    follow_events(refresh_promises_of)
    init_logs(app)
    init_operations(app, QUEUES)
    init_compressing(app)
    init_headers(app, https=config.https)
    init_language(app)
    init_appearance(app)
    init_formatting(app)
    init_labels(app)
    init_assets(app)
    init_field_templates(app)
    init_navigation(app)
    CSRFProtect(app)
    init_errors(app)
    init_accounts(app)
    init_push(app, config.channels, Above(readers_of, words, buttons, still_true, text_holds))
    app.register_blueprint(covers)
    app.register_blueprint(customers)
    app.register_blueprint(attachments)
    app.register_blueprint(feedback)
    app.register_blueprint(desk)
    app.register_blueprint(loans)
    app.register_blueprint(repayments)
    app.register_blueprint(handovers)
    app.register_blueprint(visits)
    init_held(app)
    init_notices(app)
    app.register_blueprint(products)
    app.register_blueprint(reminders)
    app.register_blueprint(intake)
    app.register_blueprint(admin)
    app.register_blueprint(backups)
    app.register_blueprint(field)
    app.register_blueprint(pwa)
    init_replication(app)
    init_exports(app, (customers_list, loans_list, repayments_list, feedback_list, audit_list))
    init_commands(app)
    return app


def _configure(app: Flask, config: Config) -> None:
    config.data_dir.mkdir(parents=True, exist_ok=True)
    app.config.update(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SESSION_COOKIE_NAME="taizhang",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.https,
        PERMANENT_SESSION_LIFETIME=SESSION_LASTS,
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=config.max_upload_bytes,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        MAX_FORM_PARTS=2000,
        WTF_CSRF_TIME_LIMIT=None,
        TIMEZONE=config.timezone,
        BANK_NAME=config.bank_name,
        DATA_DIR=config.data_dir,
        BACKUPS=config.backups,
        DEVELOPMENT=config.development,
        LOG_AS_JSON=config.log_as_json,
        METRICS_TOKEN=config.metrics_token,
        METRICS_DIR=config.metrics_dir,
    )
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.trusted_proxies, x_proto=1)  # type: ignore[method-assign]
