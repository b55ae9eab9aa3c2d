"""The three hundred customers of the demo bank, made of words and numbers that belong to nobody.

ID numbers and credit codes pass every check but name a county (code 99) that was never given out;
mobiles count up from 138 0000 0001, bank cards from an issuer number not in use.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from random import Random
from typing import Final

from server.customers.actions import Address, Contact, NewCustomer
from server.demo.people import OFFICERS
from server.demo.products import SOURCES
from server.demo.words import (
    COUNTY,
    FEMALE,
    FIRMS,
    JOBS,
    MALE,
    RARE_SURNAMES,
    STREETS,
    SURNAMES,
    TOWNS,
    TRADES,
    VILLAGES,
)
from server.domain.identity import check_character
from server.domain.organisation import check_character as credit_check
from server.domain.organisation import organisation_check

PERSONS: Final = 240
COMPANIES: Final = 60
_AREA: Final = "330199"
_BRANCH_SHARES: Final = ("101", "101", "101", "102", "102", "103", "103")
_WITHOUT_MOBILE: Final = frozenset({37, 118, 203})
"""Customers whose mobile an old register did not have; somebody accepted that."""


@dataclass(frozen=True, slots=True)
class PlannedCustomer:
    """A customer before the bank gives out ids; `branch` and `officer` are code and username.

    `id_valid_years` says how far from today the ID card runs out.
    """

    number: int
    branch: str
    officer: str
    values: NewCustomer
    id_valid_years: int
    source: str

    def command(
        self, branch_id: str, officer_id: str, source_key: str, today: dt.date
    ) -> NewCustomer:
        """The customer as one is entered at that branch."""
        return NewCustomer(
            kind=self.values.kind,
            name=self.values.name,
            branch_id=branch_id,
            officer_id=officer_id,
            id_no=self.values.id_no,
            id_expiry_on=today + dt.timedelta(days=self.id_valid_years * 365 + self.number % 28),
            spouse_name=self.values.spouse_name,
            bank_card=self.values.bank_card,
            contacts=self.values.contacts,
            addresses=self.values.addresses,
            employer=self.values.employer,
            occupation=self.values.occupation,
            monthly_income=self.values.monthly_income,
            extra={source_key: self.source},
            incomplete=self.values.incomplete,
        )


def plan_customers() -> tuple[PlannedCustomer, ...]:
    """All customers: persons first, then companies; the same at every call."""
    return tuple(
        _planned(number, _person(number) if number < PERSONS else _company(number))
        for number in range(PERSONS + COMPANIES)
    )


def person_name(draw: Random, gender: str) -> str:
    """A name as people have them; one in thirty of a compound or rarely read surname."""
    surname = draw.choice(RARE_SURNAMES if draw.random() < 1 / 30 else SURNAMES)
    return surname + draw.choice(MALE if gender == "M" else FEMALE)


def resident_id(draw: Random, number: int, gender: str) -> str:
    """A number that passes every check; `number` below 500 keeps it apart from others."""
    born = dt.date(1964, 1, 1) + dt.timedelta(days=draw.randrange(35 * 365))
    sequence = (number + 1) * 2 % 1000 + (gender == "M")
    body = f"{_AREA}{born:%Y%m%d}{sequence:03d}"
    return body + check_character(body)


def mobile(number: int) -> str:
    """The mobile of customer `number`."""
    return f"138{number + 1:08d}"


def _planned(number: int, values: NewCustomer) -> PlannedCustomer:
    draw = Random(f"place of customer {number}")  # noqa: S311 (the same every time is the point)
    branch = draw.choice(_BRANCH_SHARES)
    return PlannedCustomer(
        number,
        branch,
        draw.choice(OFFICERS[branch]),
        values,
        draw.choice((0, 2, 5, 8, 12, 15)),
        draw.choice(SOURCES),
    )


def _person(number: int) -> NewCustomer:
    draw = Random(f"person {number}")  # noqa: S311
    gender = draw.choice("MF")
    employer, occupation = draw.choice(JOBS)
    contacts = [Contact("mobile", mobile(number))]
    is_married = draw.random() < 0.7
    spouse = person_name(draw, "F" if gender == "M" else "M") if is_married else ""
    if spouse:
        contacts.append(Contact("mobile", mobile(number + 1000), "spouse", spouse))
    elif draw.random() < 0.5:
        contacts.append(
            Contact("mobile", mobile(number + 1000), "emergency", person_name(draw, "M"))
        )
    is_incomplete = number in _WITHOUT_MOBILE
    return NewCustomer(
        kind="person",
        name=person_name(draw, gender),
        branch_id="",
        id_no=resident_id(draw, number, gender),
        spouse_name=spouse,
        bank_card=_bank_card(number),
        contacts=() if is_incomplete else tuple(contacts),
        addresses=(Address(_home(draw)),),
        employer=employer,
        occupation=occupation,
        monthly_income=draw.randrange(35, 260) * 100_00,
        incomplete=("mobile",) if is_incomplete else (),
    )


def _company(number: int) -> NewCustomer:
    draw = Random(f"company {number}")  # noqa: S311
    place = number - PERSONS
    firm, (trade, business) = (
        FIRMS[place % len(FIRMS)],
        TRADES[(place * 7 + place // len(FIRMS)) % len(TRADES)],
    )
    town = "临溪" if place % 3 else "柳林"
    return NewCustomer(
        kind="company",
        name=f"{town}{firm}{trade}有限公司",
        branch_id="",
        id_no=_credit_code(number),
        bank_card=_bank_card(number),
        contacts=(
            Contact("mobile", mobile(number), "self", person_name(draw, draw.choice("MF"))),
            Contact("landline", f"0571-88{number:05d}", "work", "财务室"),
        ),
        addresses=(
            Address(f"{COUNTY}开发区{draw.choice(STREETS)}{draw.randrange(1, 200)}号", "business"),
        ),
        employer="",
        occupation=business,
        monthly_income=draw.randrange(8, 120) * 10_000_00,
    )


def _home(draw: Random) -> str:
    town = draw.choice(TOWNS)
    if town.endswith("乡"):
        group = f"{draw.randrange(1, 15)}组{draw.randrange(1, 90)}号"
        return f"{COUNTY}{town}{draw.choice(VILLAGES)}{group}"
    house = f"{draw.choice(STREETS)}{draw.randrange(1, 300)}号{draw.randrange(1, 30)}幢"
    flat = f"{draw.randrange(1, 4)}单元{draw.randrange(1, 18)}0{draw.randrange(1, 5)}室"
    return f"{COUNTY}{town}{house}{flat}"


def _bank_card(number: int) -> str:
    body = f"622999000000{number:06d}"
    return body + _luhn_digit(body)


def _luhn_digit(body: str) -> str:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(body))]
    return str(-sum(each - 9 if each > 9 else each for each in doubled) % 10)


def _credit_code(number: int) -> str:
    organisation = f"MA9D{number:04d}"
    body = f"91{_AREA}{organisation}{organisation_check(organisation)}"
    return body + credit_check(body)


def guarantor_id(number: int, gender: str) -> str:
    """The ID number of somebody who is no customer."""
    draw = Random(f"guarantor {number}")  # noqa: S311
    return resident_id(draw, 250 + number % 240, gender)
