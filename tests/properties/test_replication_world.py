"""Devices and a desk on the real server in a bad network: nothing may be lost or doubled.

A longer and random search: REPLICATION_EXAMPLES=2000 pytest tests/properties -k replication
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from server.app import create_app
from server.customers.actions import create_customer
from server.database.extension import current_session, db
from tests.postgres import Postgres, postgres
from tests.properties.replication.office import Office
from tests.properties.replication.world import World
from tests.server.bank import NOW, a_customer, add_loan, found_bank
from tests.server.conftest import make_config, migrate

__all__ = ["postgres"]
EXAMPLES = os.environ.get("REPLICATION_EXAMPLES")


def found_world(url: str, folder: Path) -> None:
    """Migrate an empty database and found a bank in it: three customers, three loans."""
    migrate(url, folder)
    app = create_app(make_config(url, folder))
    with app.app_context():
        session = current_session()
        bank = found_bank(session)
        for serial, officer in ((1, "officer"), (2, "officer"), (3, "officer2")):
            command = replace(a_customer(bank, serial), officer_id=bank.people[officer])
            customer = create_customer(session, bank.actor("officer"), command)
            add_loan(bank, customer_id=customer)
        session.commit()
        db.session.remove()
        db.engine.dispose()


def search(world: Any, examples: int) -> None:
    """Run the world so many times, the same ones each time unless asked for more."""
    run_state_machine_as_test(
        world,
        settings=settings(
            max_examples=int(EXAMPLES or examples),
            stateful_step_count=40,
            derandomize=EXAMPLES is None,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_nothing_is_lost_or_doubled_on_sqlite(tmp_path: Path) -> None:
    template = tmp_path / "template.db"
    found_world(f"sqlite:///{template}", tmp_path / "data")
    path = tmp_path / "world.db"

    def open_office() -> Office:
        for old in tmp_path.glob("world.db*"):
            old.unlink()
        shutil.copy(template, path)
        return Office(f"sqlite:///{path}", NOW)

    class OnSqlite(World):
        """On a file."""

    OnSqlite.open_office = staticmethod(open_office)
    OnSqlite.close_office = staticmethod(Office.close)
    search(OnSqlite, 20)


def test_nothing_is_lost_or_doubled_on_postgresql(postgres: Postgres, tmp_path: Path) -> None:
    template = postgres.create_database()
    found_world(template, tmp_path / "data")

    def open_office() -> Office:
        return Office(postgres.create_database(template=template), NOW)

    def close_office(office: Office) -> None:
        office.close()
        postgres.drop_database(office.url)

    class OnPostgres(World):
        """On a database of its own each time."""

    OnPostgres.open_office = staticmethod(open_office)
    OnPostgres.close_office = staticmethod(close_office)
    search(OnPostgres, 4)
