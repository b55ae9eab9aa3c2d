"""Laying prepared rows beside what stands: new ones are written, known ones compared.

One chunk is one transaction and a handful of statements, however many rows it has. What earlier
rows of the same file brought is remembered, so that a loan named twice is refused with the other
row's number and a customer with several loans is made once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from server.customers.actions import (
    CheckedCustomer,
    EditCustomer,
    NewCustomer,
    differences,
    standing_customers,
    update_customer,
    write_customers,
)
from server.customers.queries import blind_id
from server.customers.queries.needles import blind_phone
from server.database import record
from server.domain.access import Actor
from server.domain.errors import Invalid
from server.domain.ledger.rows import Fault
from server.intake.actions.merging import (
    changed_terms,
    described,
    merged_customer,
    position_faults,
)
from server.intake.actions.prepare import Prepared
from server.intake.queries import standing
from server.intake.queries.standing import StandingCustomer, StandingLoan
from server.loans.actions import (
    CheckedLoan,
    DescribeLoan,
    Entry,
    add_events,
    describe_loan,
    write_loans,
)
from server.loans.models import Loan
from server.loans.queries import terms_of

CREATED, UPDATED, UNCHANGED, REFUSED = "created", "updated", "unchanged", "refused"


class Outcome(NamedTuple):
    """What became of a row; `faults` refuse it, `remarks` are told."""

    row_no: int
    outcome: str
    faults: tuple[Fault, ...] = ()
    remarks: tuple[Fault, ...] = ()


class _Met(NamedTuple):
    """A customer that an earlier row of this file named; `id` once it is written."""

    row_no: int
    name: str
    branch_id: str
    id: str


@dataclass(slots=True)
class Memory:
    """What the rows so far brought, by the numbers they name."""

    customers: dict[str, _Met] = field(default_factory=dict)
    contracts: dict[str, tuple[int, str]] = field(default_factory=dict)
    ious: dict[str, int] = field(default_factory=dict)
    nameless: dict[tuple[object, ...], int] = field(default_factory=dict)
    journal: list[tuple[dict[Any, Any], Any]] = field(default_factory=list)

    def put(self, where: dict[Any, Any], key: Any, value: Any) -> None:
        """Remember something that `undo` forgets, unless it is known already."""
        if key not in where:
            where[key] = value
            self.journal.append((where, key))

    def keep(self) -> None:
        """What was remembered so far stays."""
        self.journal.clear()

    def undo(self) -> None:
        """Forget what was remembered since `keep`: its rows were rolled back."""
        while self.journal:
            where, key = self.journal.pop()
            del where[key]


class _Known(NamedTuple):
    """What stands already of all that a chunk names."""

    by_id: dict[str, StandingCustomer]
    by_number: dict[str, StandingCustomer]
    by_phone: dict[tuple[str, str], StandingCustomer]
    by_contract: dict[str, StandingLoan]
    by_iou: dict[str, StandingLoan]
    of_customer: dict[str, list[StandingLoan]]


@dataclass(slots=True)
class _Decided:
    """A row that is going in: whose it is, and what is to be done for it."""

    prepared: Prepared
    keys: tuple[str, ...]
    customer_id: str = ""
    creates: CheckedCustomer | None = None
    compares: StandingCustomer | None = None
    waits_for: str = ""
    loan: CheckedLoan | None = None
    stands: StandingLoan | None = None
    changes: bool = False


def lay_rows(
    session: Session,
    actor: Actor,
    rows: Sequence[Prepared],
    memory: Memory,
    *,
    dry: bool = False,
) -> list[Outcome]:
    """Lay a chunk of rows; gives their outcomes in order. With `dry` nothing is written.

    Raises `Invalid` when another writer took a number meanwhile: the chunk is then rolled back
    and laid row by row.
    """
    return _Laying(session, actor, rows, memory, dry=dry).run()


class _Laying:
    """One chunk."""

    def __init__(
        self,
        session: Session,
        actor: Actor,
        rows: Sequence[Prepared],
        memory: Memory,
        *,
        dry: bool,
    ) -> None:
        self.session, self.actor, self.rows = session, actor, rows
        self.memory, self.dry = memory, dry
        self.indexes: dict[str, str] = {}
        self.fresh: dict[str, _Met] = {}

    def run(self) -> list[Outcome]:
        known = self._known()
        decided: list[_Decided] = []
        outcomes: dict[int, Outcome] = {}
        for row in self.rows:
            found = _Faulty(row.faults) if row.faults else self._decide(row, known)
            if isinstance(found, _Faulty):
                outcomes[row.row_no] = Outcome(row.row_no, REFUSED, found.faults, row.remarks)
            else:
                decided.append(found)
        self._write(decided)
        for each in decided:
            outcomes.setdefault(each.prepared.row_no, self._outcome(each))
        outcomes.update(self.refusals)
        return [outcomes[row.row_no] for row in self.rows]

    # What stands

    def _known(self) -> _Known:
        good = [row for row in self.rows if not row.faults and row.customer is not None]
        values = [row.customer.values for row in good if row.customer is not None]
        self.refusals: dict[int, Outcome] = {}
        self.indexes = {each.id_no: blind_id(each.id_no) for each in values if each.id_no}
        phones = [
            blind_phone(each.contacts[0].value)
            for each in values
            if not each.id_no and not each.customer_no and each.contacts
        ]
        loans = [row.loan.values for row in good if row.loan is not None]
        session = self.session
        by_id = standing.customers_by_id_index(session, self.indexes.values())
        by_number = standing.customers_by_number(
            session, [each.customer_no for each in values if each.customer_no]
        )
        by_phone = standing.customers_by_phone(session, phones)
        numbers = [each.contract_no for each in loans if each.contract_no]
        numbers += [f"{each.contract_no}/{each.iou_no}" for each in loans if each.iou_no]
        nameless = any(not each.contract_no for each in loans)
        customers = [*by_id.values(), *by_number.values(), *by_phone.values()] if nameless else []
        return _Known(
            by_id,
            by_number,
            by_phone,
            standing.loans_by_number(session, Loan.contract_no, numbers),
            standing.loans_by_number(
                session, Loan.iou_no, [each.iou_no for each in loans if each.iou_no]
            ),
            standing.loans_of_customers(session, [each.id for each in customers]),
        )

    # Deciding

    def _decide(self, row: Prepared, known: _Known) -> _Decided | _Faulty:
        if row.customer is None:
            return _Faulty((Fault("customer_name", "missing"),))
        values = row.customer.values
        found = _Decided(row, _keys_of(values))
        fault = self._whose(found, values, row.customer, known)
        if fault is None and row.loan is not None:
            fault = self._which_loan(found, row.loan, known)
        if fault is not None:
            return _Faulty((fault,))
        self._remember(found, values)
        return found

    def _whose(
        self, found: _Decided, values: NewCustomer, checked: CheckedCustomer, known: _Known
    ) -> Fault | None:
        for key in found.keys:
            met = self.memory.customers.get(key)
            if met is not None:
                found.customer_id, found.waits_for = met.id, "" if met.id else key
                return _fits_met(met, values, key)
        stands = self._standing(values, known)
        if stands is None:
            by_loan = self._by_loan(found, known)
            if by_loan is not None:
                found.customer_id = by_loan
            else:
                found.creates = checked
            return None
        found.customer_id, found.compares = stands.id, stands
        return self._fits_standing(stands, values)

    def _by_loan(self, found: _Decided, known: _Known) -> str | None:
        """Whose loan it is, for a row that says no more of its customer than the name."""
        row = found.prepared
        if row.loan is None or not found.keys[0].startswith("name "):
            return None
        values = row.loan.values
        stands = known.by_iou.get(values.iou_no) or known.by_contract.get(values.contract_no)
        if stands is None or row.customer is None:
            return None
        same = stands.customer_name == row.customer.values.name
        return stands.loan.customer_id if same else None

    def _standing(self, values: NewCustomer, known: _Known) -> StandingCustomer | None:
        if values.id_no:
            by_id = known.by_id.get(self.indexes[values.id_no])
            if by_id is not None:
                return by_id
        if values.customer_no:
            return known.by_number.get(values.customer_no)
        if not values.id_no and values.contacts:
            return known.by_phone.get((values.name, blind_phone(values.contacts[0].value)))
        return None

    def _fits_standing(self, stands: StandingCustomer, values: NewCustomer) -> Fault | None:
        if not self.actor.reaches(stands.branch_id):
            return Fault("id_no" if values.id_no else "customer_no", "taken_elsewhere")
        if values.id_no and stands.id_no_index not in {None, self.indexes[values.id_no]}:
            return Fault("customer_no", "taken")
        if values.name not in {stands.name, values.customer_no}:
            return Fault(
                "customer_name", "SAME_ID_DIFFERENT_NAME", {"customer_no": stands.customer_no}
            )
        if stands.branch_id != values.branch_id:
            return Fault("branch", "not_the_customers")
        return None

    def _which_loan(self, found: _Decided, loan: CheckedLoan, known: _Known) -> Fault | None:
        values = loan.values
        if not values.contract_no:
            return self._nameless(found, loan, known)
        contract_no = values.contract_no
        before = self.memory.contracts.get(contract_no)
        if before is not None:
            if not values.iou_no or values.iou_no == before[1] or not before[1]:
                return Fault("contract_no", "taken_in_file", {"row": before[0]})
            contract_no = f"{contract_no}/{values.iou_no}"
        if values.iou_no and values.iou_no in self.memory.ious:
            return Fault("iou_no", "taken_in_file", {"row": self.memory.ious[values.iou_no]})
        stands = known.by_iou.get(values.iou_no) if values.iou_no else None
        stands = stands or known.by_contract.get(contract_no)
        if stands is not None and values.iou_no and stands.loan.iou_no not in {None, values.iou_no}:
            contract_no = f"{values.contract_no}/{values.iou_no}"
            stands = known.by_contract.get(contract_no)
        if contract_no != values.contract_no:
            loan = replace(loan, values=replace(values, contract_no=contract_no))
        found.loan, found.stands = loan, stands
        return self._fits_loan(found)

    def _nameless(self, found: _Decided, loan: CheckedLoan, known: _Known) -> Fault | None:
        """A loan without a number is known by its customer, day and amount."""
        terms = loan.values.terms
        key = (found.keys[:1], terms.disbursed_on, terms.principal)
        before = self.memory.nameless.get(key)
        if before is not None:
            return Fault("contract_no", "taken_in_file", {"row": before})
        found.loan = loan
        for each in known.of_customer.get(found.customer_id, ()):
            same = (each.loan.disbursed_on, each.loan.principal)
            if same == (terms.disbursed_on, terms.principal):
                found.stands = each
                return self._fits_loan(found)
        return None

    def _fits_loan(self, found: _Decided) -> Fault | None:
        stands = found.stands
        if stands is None or found.loan is None:
            return None
        if not self.actor.reaches(stands.loan.branch_id):
            return Fault("contract_no", "taken_elsewhere")
        if found.customer_id and stands.loan.customer_id != found.customer_id:
            return Fault("contract_no", "of_another_customer")
        if not found.customer_id:
            return Fault("contract_no", "taken")
        if stands.events:
            terms = changed_terms(stands, found.loan.values.terms, found.prepared.given)
            for column, (_name, before, after) in terms.items():
                return Fault(column, "loan_has_history", {"ledger": str(before), "row": str(after)})
            for fault in position_faults(stands, found.prepared.figures):
                return fault
        return None

    def _remember(self, found: _Decided, values: NewCustomer) -> None:
        row_no = found.prepared.row_no
        met = _Met(row_no, values.name, values.branch_id, found.customer_id)
        for key in found.keys:
            self.memory.put(self.memory.customers, key, met)
        if found.loan is None:
            return
        loan = found.loan.values
        if loan.contract_no:
            self.memory.put(self.memory.contracts, loan.contract_no, (row_no, loan.iou_no))
        else:
            of = (found.keys[:1], loan.terms.disbursed_on, loan.terms.principal)
            self.memory.put(self.memory.nameless, of, row_no)
        if loan.iou_no:
            self.memory.put(self.memory.ious, loan.iou_no, row_no)

    # Writing

    def _write(self, decided: list[_Decided]) -> None:
        makers = [each for each in decided if each.creates is not None]
        if not self.dry:
            self._create_customers(makers)
        self._compare_customers([each for each in decided if each.compares is not None])
        loans = [each for each in decided if each.loan is not None and each.stands is None]
        if not self.dry:
            for each in loans:
                self._find_customer(each)
            new = [each.loan for each in loans if each.loan is not None]
            write_loans(self.session, self.actor, new, [each.customer_id for each in loans])
        for each in decided:
            if each.stands is not None and each.loan is not None:
                self._compare_loan(each, each.stands, each.loan)

    def _create_customers(self, makers: list[_Decided]) -> None:
        checked = [each.creates for each in makers if each.creates is not None]
        ids = write_customers(self.session, self.actor, checked)
        for each, customer_id in zip(makers, ids, strict=True):
            each.customer_id = customer_id
            for key in each.keys:
                met = self.memory.customers[key]
                if met.row_no == each.prepared.row_no:
                    self.memory.customers[key] = met._replace(id=customer_id)

    def _find_customer(self, each: _Decided) -> None:
        if not each.customer_id:
            each.customer_id = self.memory.customers[each.waits_for].id

    def _compare_customers(self, known: list[_Decided]) -> None:
        ids = [each.customer_id for each in known]
        for start in range(0, len(ids), 500):
            part = known[start : start + 500]
            old = standing_customers(self.session, self.actor, ids[start : start + 500])
            for each in part:
                self._compare_customer(each, old[each.customer_id])

    def _compare_customer(self, each: _Decided, old: NewCustomer) -> None:
        row, stands = each.prepared, each.compares
        if row.customer is None or stands is None:
            return
        new = merged_customer(old, row.customer.values, row.given)
        if not differences(old, new):
            return
        each.changes = True
        if self.dry:
            return
        edit = EditCustomer(each.customer_id, stands.version, new)
        try:
            with record.savepoint(self.session):
                update_customer(self.session, self.actor, edit)
        except Invalid as refusal:
            self._refuse(each, Fault(_column(refusal.field), refusal.reason))

    def _compare_loan(self, each: _Decided, stands: StandingLoan, loan: CheckedLoan) -> None:
        if each.prepared.row_no in self.refusals:
            return
        given, values = each.prepared.given, loan.values
        wanted = described(stands, values, given)
        terms = None
        if not stands.events:
            changed = {
                name: new for name, _, new in changed_terms(stands, values.terms, given).values()
            }
            terms = replace(terms_of(stands.loan), **changed) if changed else None
        opens = not stands.events and values.opening is not None
        if not (wanted or terms or opens):
            return
        each.changes = True
        if self.dry:
            return
        command = DescribeLoan(stands.loan.id, wanted, values.guarantors, values.collaterals, terms)
        try:
            with record.savepoint(self.session):
                describe_loan(self.session, self.actor, command)
                if opens and values.opening is not None:
                    self.session.refresh(stands.loan)
                    entries = [Entry(event) for event in (values.opening, *values.events)]
                    add_events(self.session, self.actor, stands.loan, entries)
        except Invalid as refusal:
            self._refuse(each, Fault(_column(refusal.field), refusal.reason))

    def _refuse(self, each: _Decided, fault: Fault) -> None:
        row = each.prepared
        self.refusals[row.row_no] = Outcome(row.row_no, REFUSED, (fault,), row.remarks)

    def _outcome(self, each: _Decided) -> Outcome:
        row = each.prepared
        is_new = each.loan is not None and each.stands is None
        if is_new or (each.loan is None and each.creates is not None):
            outcome = CREATED
        else:
            outcome = UPDATED if each.changes or each.creates is not None else UNCHANGED
        return Outcome(row.row_no, outcome, (), row.remarks)


class _Faulty(NamedTuple):
    """Why a row is not going in."""

    faults: tuple[Fault, ...]


def _keys_of(values: NewCustomer) -> tuple[str, ...]:
    """The numbers by which a customer is known, the surest first."""
    keys = []
    if values.id_no:
        keys.append(f"id {values.id_no}")
    if values.customer_no:
        keys.append(f"no {values.customer_no}")
    if not keys and values.contacts:
        keys.append(f"tel {values.name} {values.contacts[0].value}")
    return tuple(keys) or (f"name {values.name} {values.branch_id}",)


def _fits_met(met: _Met, values: NewCustomer, key: str) -> Fault | None:
    if met.name != values.name:
        if key.startswith("no "):
            return Fault("customer_no", "taken_in_file", {"row": met.row_no})
        return Fault("customer_name", "SAME_ID_DIFFERENT_NAME", {"row": met.row_no})
    if met.branch_id != values.branch_id:
        return Fault("branch", "not_the_customers", {"row": met.row_no})
    return None


def _column(field: str) -> str:
    names = {"name": "customer_name", "contacts": "mobile", "security": "security_type"}
    return names.get(field, field)
