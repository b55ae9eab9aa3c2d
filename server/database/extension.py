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
    if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
            "connect_args": POSTGRESQL_CONNECT,
            "pool_pre_ping": True,
        }
    db.init_app(app)
    _migrate.init_app(app, db)
    with app.app_context():
        prepare_engine(db.engine)
    record.install(db.session)


def current_session() -> Session:
    """The session of the current request or command."""
    return db.session()
