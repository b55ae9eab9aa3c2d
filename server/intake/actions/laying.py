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
    EditCustomer,
    NewCustomer,
    differences,
    rows_of,
    standing_customers,
    update_customer,
    write_customer_rows,
)
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
from server.intake.actions.prepare import Prepared, Told, Which, Who
from server.intake.queries import standing
from server.intake.queries.standing import StandingCustomer, StandingLoan
from server.loans.actions import (
    CheckedLoan,
    DescribeLoan,
    Entry,
    LoanRows,
    add_events,
    describe_loan,
    write_loan_rows,
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
    who: Who
    customer_id: str = ""
    creates: bool = False
    compares: StandingCustomer | None = None
    waits_for: str = ""
    which: Which | None = None
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
        self.refusals: dict[int, Outcome] = {}
        session = self.session
        people = [row.who for row in self.rows if row.who is not None]
        loans = [row.which for row in self.rows if row.which is not None]
        by_id = standing.customers_by_id_index(session, [w.id_index for w in people if w.id_index])
        by_number = standing.customers_by_number(
            session, [who.customer_no for who in people if who.customer_no]
        )
        by_phone = standing.customers_by_phone(
            session, [who.phone_index for who in people if who.phone_index]
        )
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
        who = row.who
        if who is None:
            return _Faulty((Fault("customer_name", "missing"),))
        found = _Decided(row, who)
        fault = self._whose(found, who, known)
        if fault is None and row.which is not None:
            fault = self._which_loan(found, row.which, known)
        if fault is not None:
            return _Faulty((fault,))
        self._remember(found, who)
        return found

    def _whose(self, found: _Decided, who: Who, known: _Known) -> Fault | None:
        for key in who.keys:
            met = self.memory.customers.get(key)
            if met is not None:
                found.customer_id, found.waits_for = met.id, "" if met.id else key
                return _fits_met(met, who, key)
        stands = _standing(who, known)
        if stands is None:
            by_loan = _by_loan(found.prepared, who, known)
            if by_loan is not None:
                found.customer_id = by_loan
            else:
                found.creates = True
            return None
        found.customer_id, found.compares = stands.id, stands
        return self._fits_standing(stands, who)

    def _fits_standing(self, stands: StandingCustomer, who: Who) -> Fault | None:
        if not self.actor.reaches(stands.branch_id):
            return Fault("id_no" if who.id_index else "customer_no", "taken_elsewhere")
        if who.id_index and stands.id_no_index not in {None, who.id_index}:
            return Fault("customer_no", "taken")
        if who.name not in {stands.name, who.customer_no}:
            told = {"customer_no": stands.customer_no}
            return Fault("customer_name", "SAME_ID_DIFFERENT_NAME", told)
        if stands.branch_id != who.branch_id:
            return Fault("branch", "not_the_customers")
        return None

    def _which_loan(self, found: _Decided, which: Which, known: _Known) -> Fault | None:
        if not which.contract_no:
            return self._nameless(found, which, known)
        contract_no, iou_no = which.contract_no, which.iou_no
        before = self.memory.contracts.get(contract_no)
        if before is not None:
            if not iou_no or iou_no == before[1] or not before[1]:
                return Fault("contract_no", "taken_in_file", {"row": before[0]})
            contract_no = f"{contract_no}/{iou_no}"
        if iou_no and iou_no in self.memory.ious:
            return Fault("iou_no", "taken_in_file", {"row": self.memory.ious[iou_no]})
        stands = known.by_iou.get(iou_no) if iou_no else None
        stands = stands or known.by_contract.get(contract_no)
        if stands is not None and iou_no and stands.loan.iou_no not in {None, iou_no}:
            contract_no = f"{which.contract_no}/{iou_no}"
            stands = known.by_contract.get(contract_no)
        if contract_no != which.contract_no:
            which = which._replace(contract_no=contract_no)
        found.which, found.stands = which, stands
        return self._fits_loan(found)

    def _nameless(self, found: _Decided, which: Which, known: _Known) -> Fault | None:
        """A loan without a number is known by its customer, day and amount."""
        before = self.memory.nameless.get(_unnamed(found.who, which))
        if before is not None:
            return Fault("contract_no", "taken_in_file", {"row": before})
        found.which = which
        for each in known.of_customer.get(found.customer_id, ()):
            same = (each.loan.disbursed_on, each.loan.principal)
            if same == (which.disbursed_on, which.principal):
                found.stands = each
                return self._fits_loan(found)
        return None

    def _fits_loan(self, found: _Decided) -> Fault | None:
        stands = found.stands
        if stands is None:
            return None
        if not self.actor.reaches(stands.loan.branch_id):
            return Fault("contract_no", "taken_elsewhere")
        if found.customer_id and stands.loan.customer_id != found.customer_id:
            return Fault("contract_no", "of_another_customer")
        if not found.customer_id:
            return Fault("contract_no", "taken")
        if not stands.events:
            return None
        told = _told(found.prepared)
        if told.loan is None:
            return None
        changed = changed_terms(stands, told.loan.values.terms, told.given)
        for column, (_, before, after) in changed.items():
            return Fault(column, "loan_has_history", {"ledger": str(before), "row": str(after)})
        return next(iter(position_faults(stands, told.figures)), None)

    def _remember(self, found: _Decided, who: Who) -> None:
        row_no, which = found.prepared.row_no, found.which
        met = _Met(row_no, who.name, who.branch_id, found.customer_id)
        for key in who.keys:
            self.memory.put(self.memory.customers, key, met)
        if which is None:
            return
        if which.contract_no:
            self.memory.put(self.memory.contracts, which.contract_no, (row_no, which.iou_no))
        else:
            self.memory.put(self.memory.nameless, _unnamed(who, which), row_no)
        if which.iou_no:
            self.memory.put(self.memory.ious, which.iou_no, row_no)

    # Writing

    def _write(self, decided: list[_Decided]) -> None:
        if not self.dry:
            self._create_customers([each for each in decided if each.creates])
        self._compare_customers([each for each in decided if each.compares is not None])
        if not self.dry:
            new = [each for each in decided if each.which is not None and each.stands is None]
            self._create_loans(new)
        for each in decided:
            if each.stands is not None:
                self._compare_loan(each, each.stands)

    def _create_customers(self, makers: list[_Decided]) -> None:
        made = [each.prepared.rows for each in makers if each.prepared.rows is not None]
        if len(made) < len(makers):
            checked = [_told(each.prepared).customer for each in makers]
            made = rows_of(checked, self.actor.now, self.session.get_bind().dialect)
        ids = write_customer_rows(self.session, self.actor, made)
        for each, customer_id in zip(makers, ids, strict=True):
            each.customer_id = customer_id
            for key in each.who.keys:
                met = self.memory.customers[key]
                if met.row_no == each.prepared.row_no:
                    self.memory.customers[key] = met._replace(id=customer_id)

    def _create_loans(self, new: list[_Decided]) -> None:
        ahead: list[LoanRows] = []
        others: list[CheckedLoan] = []
        owners: tuple[list[str], list[str]] = ([], [])
        for each, which in ((each, each.which) for each in new if each.which is not None):
            self._find_customer(each)
            rows = each.prepared.loan_rows
            owners[rows is None].append(each.customer_id)
            if rows is None:
                others.append(_numbered(each.prepared, which))
            elif rows.contract_no == which.contract_no:
                ahead.append(rows)
            else:
                ahead.append(rows._replace(contract_no=which.contract_no))
        write_loan_rows(self.session, self.actor, ahead, owners[0])
        write_loans(self.session, self.actor, others, owners[1])

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
        if stands is None:
            return
        told = _told(row)
        new = merged_customer(old, told.customer.values, told.given)
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

    def _compare_loan(self, each: _Decided, stands: StandingLoan) -> None:
        told = _told(each.prepared)
        if each.prepared.row_no in self.refusals or told.loan is None:
            return
        given, values = told.given, told.loan.values
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
        is_new = each.which is not None and each.stands is None
        if is_new or (each.which is None and each.creates):
            outcome = CREATED
        else:
            outcome = UPDATED if each.changes or each.creates else UNCHANGED
        return Outcome(row.row_no, outcome, (), row.remarks)


class _Faulty(NamedTuple):
    """Why a row is not going in."""

    faults: tuple[Fault, ...]


def _standing(who: Who, known: _Known) -> StandingCustomer | None:
    by_id = known.by_id.get(who.id_index) if who.id_index else None
    if by_id is not None:
        return by_id
    if who.customer_no:
        return known.by_number.get(who.customer_no)
    return known.by_phone.get((who.name, who.phone_index)) if who.phone_index else None


def _by_loan(row: Prepared, who: Who, known: _Known) -> str | None:
    """Whose loan it is, for a row that says no more of its customer than the name."""
    if row.which is None or not who.keys[0].startswith("name "):
        return None
    stands = known.by_iou.get(row.which.iou_no) or known.by_contract.get(row.which.contract_no)
    if stands is None or stands.customer_name != who.name:
        return None
    return stands.loan.customer_id


def _unnamed(who: Who, which: Which) -> tuple[object, ...]:
    return (who.keys[0], which.disbursed_on, which.principal)


def _fits_met(met: _Met, who: Who, key: str) -> Fault | None:
    if met.name != who.name:
        if key.startswith("no "):
            return Fault("customer_no", "taken_in_file", {"row": met.row_no})
        return Fault("customer_name", "SAME_ID_DIFFERENT_NAME", {"row": met.row_no})
    if met.branch_id != who.branch_id:
        return Fault("branch", "not_the_customers", {"row": met.row_no})
    return None


def _told(row: Prepared) -> Told:
    assert row.told is not None  # noqa: S101 (only a row with faults says nothing)
    return row.told()


def _numbered(row: Prepared, which: Which) -> CheckedLoan:
    """The loan under the number it goes by in the ledger."""
    loan = _told(row).loan
    assert loan is not None  # noqa: S101 (a row with a `which` has a loan)
    if loan.values.contract_no == which.contract_no:
        return loan
    return replace(loan, values=replace(loan.values, contract_no=which.contract_no))


def _column(field: str) -> str:
    names = {"name": "customer_name", "contacts": "mobile", "security": "security_type"}
    return names.get(field, field)
