"""Two officers with three devices, a reviewer, a bad network; step by step at random."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import time_machine
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.covers.actions import GiveCover, end_cover, give_cover
from server.covers.models import Cover
from server.customers.actions import (
    EditCustomer,
    ReassignCustomers,
    reassign_customers,
    update_customer,
)
from server.customers.actions.standing import standing
from server.customers.models import Customer
from server.database import record
from server.domain.errors import Conflict, Invalid, NotFound
from server.loans.models import Loan
from server.repayments.actions import ConfirmHeld, RecordRepayment, confirm_held, record_repayment
from server.repayments.models import HeldRepayment, Repayment
from server.replication.actions.conflicts import SettleConflict, decide_conflict
from server.replication.actions.held import DecideHeld, decide_held
from server.replication.models.log import ConflictRow, LoggedMutation
from tests.properties.replication.office import PEOPLE, Cut, Line, Office
from tests.properties.replication.witness import Witness
from tests.server.bank import NOW, resident_id
from tests.server.replication.device import FieldDevice, Row, new_id

Draft = dict[str, Any]

DAY_MS = 86_400_000
PICK = st.integers(0, 9)
FATE = st.sampled_from(["ok", "ok", "ok", "lost", "crash", "cut", "twice", "later"])
PHONES = st.sampled_from([f"1390000000{n}" for n in range(6)])
TEXTS = st.sampled_from(["甲", "乙", "丙", "丁"])
EDITS = st.one_of(
    st.fixed_dictionaries({"remark": TEXTS}),
    st.fixed_dictionaries({"spouse_name": TEXTS}),
    st.fixed_dictionaries({"name": TEXTS, "remark": TEXTS}),
)
CONTACT_EDITS = st.one_of(
    st.fixed_dictionaries({"value": PHONES}),
    st.fixed_dictionaries({"person_name": TEXTS}),
    st.fixed_dictionaries({"value": PHONES, "person_name": TEXTS}),
    st.just({"deleted": True}),
)
FEN = st.sampled_from([100_00, 200_00, 300_00])
_OF_THE_WRITER = frozenset({"by", "by_name", "customer_id"})


class World(RuleBasedStateMachine):
    """`open_office` gives an office on a fresh copy of the database, `close_office` ends it."""

    open_office: Callable[[], Office]
    close_office: Callable[[Office], None]

    def __init__(self) -> None:
        super().__init__()
        self.clock = time_machine.travel(NOW, tick=False)
        self.time = self.clock.start()
        self.office = type(self).open_office()
        self.witness = Witness(self.office)
        self.devices: list[FieldDevice] = []
        self.gone: list[FieldDevice] = []
        self.copies = False
        self.mail: list[tuple[FieldDevice, bytes]] = []
        self.seen: set[str] = set()
        self.serial = 100
        self.desk_money = 0

    @initialize()
    def three_devices_are_enrolled(self) -> None:
        for username in (*PEOPLE, PEOPLE[0]):
            self._enrol(username)
        for device in self.devices:
            device.pull()
        self.witness.look()

    # What officers do

    @rule(who=PICK, which=PICK, values=EDITS)
    def edit_a_customer(self, who: int, which: int, values: Draft) -> None:
        device = self._device(who)
        for key in _picked(_held(device, "customer"), which):
            device.write(self._now(), "customer", key, "edit", dict(values))

    @rule(who=PICK, which=PICK, values=CONTACT_EDITS)
    def edit_a_contact(self, who: int, which: int, values: Draft) -> None:
        device = self._device(who)
        for key in _picked(_held(device, "contact"), which):
            device.write(self._now(), "contact", key, "edit", dict(values))

    @rule(who=PICK, which=PICK, phone=PHONES)
    def add_a_contact(self, who: int, which: int, phone: str) -> None:
        device = self._device(who)
        for key in _picked(_held(device, "customer"), which):
            values = {"customer_id": key, "kind": "mobile", "relation": "work", "value": phone}
            device.write(self._now(), "contact", new_id(), "create", values)

    @rule(who=PICK, known=st.booleans())
    def meet_a_new_customer(self, who: int, known: bool) -> None:
        self.serial += 0 if known else 1
        values = {
            "kind": "person",
            "name": "新人",
            "id_no": resident_id(self.serial),
            "mobile": "13700000000",
        }
        self._device(who).write(self._now(), "customer", new_id(), "create", values)

    @rule(who=PICK, which=PICK, fen=FEN)
    def take_money(self, who: int, which: int, fen: int) -> None:
        device = self._device(who)
        for key in _picked(_held(device, "loan"), which):
            values = {"loan_id": key, "amount": fen, "paid_on": "2026-03-10", "method": "cash"}
            device.write(self._now(), "repayment", new_id(), "create", values)

    @rule(who=PICK, which=PICK)
    def hear_feedback(self, who: int, which: int) -> None:
        device = self._device(who)
        for key in _picked(_held(device, "customer"), which):
            values = {
                "customer_id": key,
                "kind": "question",
                "category": "service",
                "channel": "field",
                "content": "利率几何",
                "received_on": "2026-03-10",
            }
            device.write(self._now(), "feedback", new_id(), "create", values)

    @rule(who=PICK, which=PICK, poison=st.sampled_from([1.5, 7, "x" * 3000]))
    def write_poison(self, who: int, which: int, poison: Any) -> None:
        device = self._device(who)
        for key in _picked(_held(device, "customer"), which):
            device.write(self._now(), "customer", key, "edit", {"remark": poison})

    @rule(who=PICK, days=st.integers(-40, 40))
    def clock_jumps(self, who: int, days: int) -> None:
        self._device(who).skew_ms = days * DAY_MS

    @precondition(lambda self: len(self.devices) < 5)
    @rule(who=PICK)
    def device_is_copied(self, who: int) -> None:
        self.copies = True
        self.devices.append(self._device(who).copied())

    # What the network does

    @rule(who=PICK, most=st.integers(1, 6), fate=FATE)
    def push(self, who: int, most: int, fate: str) -> None:
        device = self._device(who)
        if not device.outbox:
            return
        body = device.body(self._now(), most)
        if fate == "later":
            self.mail.append((device, body))
        elif fate == "crash":
            self.office.crashes = True
            try:
                self._send(device, body)
            except Cut:
                pass
            finally:
                self.office.crashes = False
        elif fate != "lost":
            reply = self._send(device, body)
            if fate == "twice":
                reply = self._send(device, body)
            if fate != "cut":
                self._hear(device, reply)

    @precondition(lambda self: self.mail)
    @rule(which=PICK)
    def late_mail_arrives(self, which: int) -> None:
        self._now()
        self._send(*self.mail.pop(which % len(self.mail)))

    @rule(who=PICK, whole=st.booleans())
    def pull(self, who: int, whole: bool) -> None:
        self._now()
        device = self._device(who)
        if whole:
            device.pull()
        else:
            device.store(device.ask())

    # What the desk does

    @rule(which=PICK, values=EDITS)
    def desk_edits_a_customer(self, which: int, values: Draft) -> None:
        self._desk_edit(which, lambda old: replace(old, **values))

    @rule(which=PICK, phone=PHONES, take_away=st.booleans())
    def desk_edits_a_contact(self, which: int, phone: str, take_away: bool) -> None:
        def change(old: Any) -> Any:
            first, *rest = old.contacts
            if take_away:
                return replace(old, contacts=(first, *rest[1:]))
            return replace(old, contacts=(replace(first, value=phone), *rest))

        self._desk_edit(which, change)

    @rule(which=PICK, fen=FEN)
    def desk_takes_money(self, which: int, fen: int) -> None:
        def act(session: Session) -> None:
            loan = _pick(sorted(session.scalars(select(Loan.id))), which)
            command = RecordRepayment(
                loan, fen, NOW.date(), "cash", accept_credit=True, accept_double=True
            )
            record_repayment(session, self.office.actor(session, "reviewer"), command)
            self.desk_money += fen

        self._at_desk(act)

    @rule(which=PICK, to=st.sampled_from(PEOPLE))
    def customer_changes_hands(self, which: int, to: str) -> None:
        def act(session: Session) -> None:
            key = _pick(sorted(session.scalars(select(Customer.id))), which)
            command = ReassignCustomers((key,), self.office.staff[to], "调整")
            reassign_customers(session, self.office.actor(session, "manager"), command)

        self._at_desk(act)

    @rule(who=st.sampled_from(PEOPLE))
    def customers_are_covered_by_the_colleague(self, who: str) -> None:
        (colleague,) = set(PEOPLE) - {who}

        def act(session: Session) -> None:
            today, staff = NOW.date(), self.office.staff
            command = GiveCover(staff[who], staff[colleague], today, today, "休假")
            give_cover(session, self.office.actor(session, "manager"), command)

        self._at_desk(act)

    @rule(which=PICK)
    def cover_ends(self, which: int) -> None:
        def act(session: Session) -> None:
            rows = session.scalars(select(Cover.id).where(Cover.ended_at.is_(None)))
            for key in _picked(sorted(rows), which):
                end_cover(session, self.office.actor(session, "manager"), key)

        self._at_desk(act)

    @rule(which=PICK, choice=st.sampled_from(["kept", "other"]))
    def reviewer_settles_a_conflict(self, which: int, choice: str) -> None:
        def act(session: Session) -> None:
            rows = session.scalars(select(ConflictRow.id).where(ConflictRow.is_open))
            for key in _picked(sorted(rows), which):
                actor = self.office.actor(session, "reviewer")
                decide_conflict(session, actor, SettleConflict(key, choice, "核实"))

        self._at_desk(act)

    @rule(which=PICK, decision=st.sampled_from(["apply", "reject"]))
    def reviewer_decides_about_a_held_entry(self, which: int, decision: str) -> None:
        def act(session: Session) -> None:
            query = select(LoggedMutation.id).where(
                LoggedMutation.is_waiting, LoggedMutation.entity != "repayment"
            )
            for key in _picked(sorted(session.scalars(query)), which):
                actor = self.office.actor(session, "reviewer")
                decide_held(session, actor, DecideHeld(key, decision, "核实"))

        self._at_desk(act)

    @rule(which=PICK)
    def reviewer_confirms_held_money(self, which: int) -> None:
        def act(session: Session) -> None:
            query = select(HeldRepayment.id).where(HeldRepayment.status == "waiting")
            for key in _picked(sorted(session.scalars(query)), which):
                actor = self.office.actor(session, "reviewer")
                confirm_held(session, actor, ConfirmHeld(key, "核实"))

        self._at_desk(act)

    @precondition(lambda self: len(self.devices) > 3)
    @rule(who=PICK)
    def device_is_revoked(self, who: int) -> None:
        device = self._device(who)
        if all(each.device == device.device for each in self.devices):
            return
        self.office.revoke(device.device)
        for each in [each for each in self.devices if each.device == device.device]:
            self.devices.remove(each)
            self.gone.append(each)

    @precondition(lambda self: len(self.devices) < 5)
    @rule(username=st.sampled_from(PEOPLE))
    def device_is_enrolled(self, username: str) -> None:
        self._enrol(username)

    # What must hold

    @invariant()
    def nothing_acknowledged_is_missing_from_the_log(self) -> None:
        acknowledged = {i: r for each in self.devices for i, r in each.results.items()}
        with self.office.reading() as session:
            rows = session.execute(select(LoggedMutation.id, LoggedMutation.outcome))
            log = {row[0]: row[1] for row in rows}
        for mutation, result in acknowledged.items():
            assert log[mutation] == result["outcome"] or result.get("reason") == "altered"

    def teardown(self) -> None:
        try:
            if self.devices:
                self._everything_arrives()
                self._no_money_is_lost_or_doubled()
                self._all_agree()
                self._repeats_change_nothing()
        finally:
            type(self).close_office(self.office)
            self.clock.stop()

    def _everything_arrives(self) -> None:
        for device, body in self.mail:
            self._send(device, body)
        for device in self.gone:
            if device.outbox:
                self._now()
                self._hear(device, self._send(device, device.body(self.office.now_ms)))
                assert device.outbox == []
        for device in self.devices * 2:
            for _ in range(4):
                if device.outbox:
                    self._hear(device, self._send(device, device.body(self._now())))
            assert device.outbox == []
            device.pull()

    def _no_money_is_lost_or_doubled(self) -> None:
        """Every payment of every device is in one place alone, and the sums agree."""
        taken = {
            draft["entity_id"]: draft["set"]["amount"]
            for device in [*self.devices, *self.gone]
            for draft in device.kept
            if draft["entity"] == "repayment"
        }
        with self.office.reading() as session:
            recorded = _amounts(session, select(Repayment.id, Repayment.amount))
            held = _amounts(session, select(HeldRepayment.id, HeldRepayment.amount))
            kept = {
                json.loads(row.envelope or "")["entity_id"]
                for row in [
                    *session.scalars(select(LoggedMutation).where(LoggedMutation.is_waiting)),
                ]
            }
            total = session.scalar(select(func.sum(Repayment.amount))) or 0
        for key, amount in taken.items():
            assert recorded.get(key, held.get(key)) == amount or key in kept
        own = sum(amount for key, amount in recorded.items() if key in taken)
        assert total == own + self.desk_money

    def _all_agree(self) -> None:
        for device in self.devices:
            fresh = FieldDevice(device.client, self.office.enrol(device.client.username), "")
            fresh.pull()
            shown = {
                key: (row.number, _completed(row.document, fresh.rows.get(key)))
                for key, row in device.rows.items()
            }
            anew = {key: (row.number, row.document) for key, row in fresh.rows.items()}
            assert {
                key: (shown.get(key), anew.get(key))
                for key in shown.keys() | anew.keys()
                if shown.get(key) != anew.get(key)
            } == {}
            assert device.repairs == 0 or self.copies

    def _repeats_change_nothing(self) -> None:
        with self.office.reading() as session:
            before = record.last_number(session)
        values = dict(self.witness.values)
        for device in self.devices:
            own = [draft for draft in device.kept if draft["device"] == device.device]
            own.sort(key=lambda draft: int(draft["n"]))
            if own:
                body = {"device": device.device, "clock": 0, "mutations": own}
                reply = self.office.push(device.client.username, json.dumps(body).encode())
                results = {each["mutation"]: each for each in reply.get_json()["results"]}
                for mutation, result in results.items():
                    # No number for what went elsewhere since: the device is not to keep it.
                    assert result | {"number": 0} == device.results[mutation] | {"number": 0}
                    assert result.get("number") in (None, device.results[mutation].get("number"))
        self.witness.look()
        with self.office.reading() as session:
            assert record.last_number(session) == before
        assert self.witness.values == values

    # Hands

    def _now(self) -> int:
        self.office.now += dt.timedelta(seconds=2)
        self.time.move_to(self.office.now)
        return self.office.now_ms

    def _device(self, who: int) -> FieldDevice:
        return self.devices[who % len(self.devices)]

    def _enrol(self, username: str) -> None:
        line = Line(self.office, username)
        device = self.office.enrol(username)
        self.devices.append(FieldDevice(line, device, self.office.staff[username]))

    def _send(self, device: FieldDevice, body: bytes) -> Any:
        """Let a push arrive; the witness looks at what it did."""
        reply = device.send(body, packed=False)
        told = reply.get_json()
        if "results" in told:
            results = {each["mutation"]: each for each in told["results"]}
            drafts = json.loads(body)["mutations"]
            new = [draft for draft in drafts if draft["id"] not in self.seen]
            self.seen |= results.keys()
            self.witness.saw_push(device.device, new, results)
        return reply

    def _hear(self, device: FieldDevice, reply: Any) -> None:
        if reply.get_json().get("error") in ("clone", "gap"):
            device.renew(self.office.enrol(device.client.username))
            return
        device.hear(reply, self.office.now_ms)

    def _desk_edit(self, which: int, change: Callable[[Any], Any]) -> None:
        def act(session: Session) -> None:
            key = _pick(sorted(session.scalars(select(Customer.id))), which)
            row = session.get_one(Customer, key)
            command = EditCustomer(row.id, row.version, change(standing(row)))
            update_customer(session, self.office.actor(session, "reviewer"), command)

        self._at_desk(act)

    def _at_desk(self, act: Callable[[Session], None]) -> None:
        """One act at the desk; what its form would refuse is not done."""
        self._now()
        money = self.desk_money
        try:
            with self.office.writing() as session:
                act(session)
        except (Invalid, Conflict, NotFound):
            self.desk_money = money
        self.witness.saw_desk()


def _held(device: FieldDevice, kind: str) -> list[str]:
    """What the device shows of a kind, also what waits in its outbox."""
    made = {
        draft["entity_id"]
        for draft in device.outbox
        if draft["entity"] == kind and draft["op"] == "create"
    }
    return sorted({key for name, key in device.rows if name == kind} | made)


def _amounts(session: Session, query: Any) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(query)}


def _picked(found: list[Any], which: int) -> list[Any]:
    """One of what was found, or none where nothing was."""
    return [_pick(found, which)] if found else []


def _pick(found: list[Any], which: int) -> Any:
    return found[which % len(found)]


def _completed(document: dict[str, Any], there: Row | None) -> dict[str, Any]:
    """What a device shows of an entry of its own: who wrote it, and blanks, it knows unasked."""
    if there is None:
        return document
    own = {n: v for n, v in there.document.items() if n in _OF_THE_WRITER or v in (None, "", [])}
    return {**own, **document}
