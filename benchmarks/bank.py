"""A bank of any size in a folder of its own, made by the same actions as the real one."""

from __future__ import annotations

import datetime as dt
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, TypeVar
from zoneinfo import ZoneInfo

from flask_migrate import upgrade

from server.app import create_app
from server.config import Config
from server.crypto.keyring import new_keyring_text
from server.customers.actions import Contact, NewCustomer, create_customers
from server.database.engine import begin_writing
from server.database.extension import current_session, db
from server.demo.customers import person_name
from server.demo.people import PASSWORD, House, found_house
from server.demo.products import offer_products
from server.domain.access import Actor, Role
from server.domain.identity import check_character
from server.domain.terms import Method, Terms
from server.loans.actions import NewLoan, create_loans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session

Answer = TypeVar("Answer")
_KEYRING: Final = new_keyring_text()
"""One for all banks of a run: the keyring is the process's, not an app's."""

SECRET: Final = "a secret of the benches alone"
ZONE: Final = ZoneInfo("Asia/Shanghai")
_BATCH: Final = 5000
_METHODS: Final = ((Method.EQUAL_INSTALMENT, "XF"), (Method.EQUAL_PRINCIPAL, "JY"))


@dataclass(frozen=True, slots=True)
class Bank:
    """A bank that is open: its app, what it was made of, a person of the head office.

    No context is left open: a browser's request would work inside it and take it for its own.
    """

    app: Flask
    file: Path
    house: House
    products: dict[str, str]
    customers: list[str]
    loans: list[str]
    chief: Actor

    def browser(self, username: str = "manager2") -> FlaskClient:
        """A signed-in browser."""
        client = self.app.test_client()
        answer = client.post("/sign-in", data={"username": username, "password": PASSWORD})
        if answer.status_code != 303:
            raise RuntimeError("the sign-in was refused")
        return client

    def alone(self, act: Callable[[], Answer]) -> Answer:
        """Run an act in a context and transaction of its own, as a request does."""
        with self.app.app_context():
            return act()

    def environment(self) -> dict[str, str]:
        """What a server of its own process needs to open the same bank."""
        return {
            "DATABASE_URL": f"sqlite:///{self.file}",
            "DATA_DIR": str(self.file.parent),
            "SECRET_KEY": SECRET,
            "TAIZHANG_KEYRING": _KEYRING,
        }

    def of_branch(self) -> Actor:
        """A manager who reaches one branch."""
        branch_id = next(iter(self.house.branches.values()))
        return replace(self.chief, branch_id=branch_id)


@contextmanager
def open_bank(
    customers: int, loans: int = 0, disbursed_days_ago: Callable[[int], int] | None = None
) -> Iterator[Bank]:
    """Make a bank with so many customers and loans on SQLite; gone at the end.

    `disbursed_days_ago` says of each loan's number when it began.
    """
    with tempfile.TemporaryDirectory(prefix="taizhang-bench-") as folder:
        app = _app(Path(folder))
        with app.app_context():
            upgrade()
            bank = _filled(app, current_session(), Path(folder), customers)
            _lend(current_session(), bank, loans, disbursed_days_ago or _days_ago)
        yield bank
        with app.app_context():
            db.engine.dispose()


def _app(folder: Path) -> Flask:
    app = create_app(
        Config(
            database_url=f"sqlite:///{folder / 'taizhang.db'}",
            data_dir=folder,
            secret_key=SECRET,
            keyring=_KEYRING,
            timezone=ZONE,
            bank_name="测速银行",
            https=False,
            development=False,
            trusted_proxies=0,
            max_upload_bytes=32 * 1024 * 1024,
        )
    )
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def _filled(app: Flask, session: Session, folder: Path, customers: int) -> Bank:
    now = dt.datetime.now(ZONE)
    founder = Actor(None, "founder", Role.ADMINISTRATOR, None, now, now.date(), "cli")
    begin_writing(session)
    house, products = found_house(session, founder), offer_products(session, founder)
    session.commit()
    chief = Actor(house.staff["manager2"], "郑华", Role.MANAGER, None, now, now.date(), "cli")
    bank = Bank(app, folder / "taizhang.db", house, products, [], [], chief)
    for start in range(0, customers, _BATCH):
        _add_customers(session, bank, range(start, min(start + _BATCH, customers)))
    return bank


def _lend(session: Session, bank: Bank, loans: int, days_ago: Callable[[int], int]) -> None:
    for start in range(0, loans, _BATCH):
        _add_loans(session, bank, range(start, min(start + _BATCH, loans)), days_ago)


def resident_id(number: int) -> str:
    """The ID number of customer `number`."""
    born = dt.date(1960, 1, 1) + dt.timedelta(days=number // 500)
    body = f"330106{born:%Y%m%d}{number % 500 * 2:03d}"
    return body + check_character(body)


def mobile(number: int) -> str:
    """The mobile of customer `number`."""
    return f"139{number:08d}"


def _add_customers(session: Session, bank: Bank, numbers: range) -> None:
    branches = list(bank.house.branches.values())
    draw = Random(numbers.start)
    commands = [
        NewCustomer(
            kind="person",
            name=person_name(draw, "MF"[number % 2]),
            branch_id=branches[number % len(branches)],
            id_no=resident_id(number),
            contacts=(Contact("mobile", mobile(number)),),
        )
        for number in numbers
    ]
    begin_writing(session)
    bank.customers.extend(create_customers(session, bank.chief, commands))
    session.commit()


def _add_loans(
    session: Session, bank: Bank, numbers: range, days_ago: Callable[[int], int]
) -> None:
    begin_writing(session)
    commands = [_loan(bank, number, days_ago(number)) for number in numbers]
    bank.loans.extend(create_loans(session, bank.chief, commands))
    session.commit()


def _days_ago(number: int) -> int:
    """Every fifth loan is overdue; the others began lately."""
    return 20 + number % 300 if number % 5 == 0 else number % 25


def _loan(bank: Bank, number: int, ago: int) -> NewLoan:
    method, product = _METHODS[number % 2]
    place = number % len(bank.customers)
    branches = list(bank.house.branches.values())
    return NewLoan(
        customer_id=bank.customers[place],
        branch_id=branches[place % len(branches)],
        product_id=bank.products[product],
        terms=Terms(
            method=method,
            principal=(50 + number % 100) * 100_000,
            annual_rate=Decimal("0.068"),
            disbursed_on=bank.chief.today - dt.timedelta(days=ago),
            periods=(12, 24, 36)[number % 3],
        ),
        purpose="周转",
    )
