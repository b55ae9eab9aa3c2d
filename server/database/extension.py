"""Flask-SQLAlchemy, imported here alone, and how the app's session is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from server.database import record
from server.database.base import Base
from server.database.engine import POSTGRESQL_CONNECT, prepare_engine

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

db = SQLAlchemy(model_class=Base, disable_autonaming=True)
_migrate = Migrate(directory="server/migrations", render_as_batch=True)


def init_database(app: Flask) -> None:
    """Bind the database to the app: engine recipe, record of each commit, migrations."""
    # The connection used last goes out first: its pages are warm, and the others hold none. What a
    # statement was given stays out of error texts, it may be a customer's.
    options: dict[str, object] = {"pool_use_lifo": True, "hide_parameters": True}
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        options |= {"connect_args": POSTGRESQL_CONNECT, "pool_pre_ping": True}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    db.init_app(app)
    _migrate.init_app(app, db)
    with app.app_context():
        prepare_engine(db.engine)
    record.install(db.session)


def current_session() -> Session:
    """The session of the current request or command."""
    return db.session()
