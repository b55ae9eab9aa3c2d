"""Phones and a desk in a bad network, step by step at random: nothing may be lost or doubled."""

from __future__ import annotations

import json
import os
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sync.clock import Stamp, tick
from sync.mutation import DESK
from tests.sync.simulation.office import Books, Office, document_of, row_of
from tests.sync.simulation.oracle import Oracle, Shown
from tests.sync.simulation.phone import Draft, Phone, new_id

HOUR = 3_600_000
PICK = st.integers(0, 9)
FATE = st.sampled_from(["ok", "ok", "ok", "lost", "abort", "cut", "twice", "later"])
VALUES = st.sampled_from(
    [
        *({"phone": f"138{n}"} for n in range(4)),
        *({"id_no": f"X{n}"} for n in range(4)),
        *({"risk": word} for word in ("low", "high")),
        *({"visit": f"2026-05-0{n}"} for n in range(1, 4)),
        {"phone": "1390", "id_no": "Y"},
        {"deleted": True},
        {"deleted": True},
    ]
)


class World(RuleBasedStateMachine):
    """Three phones at first, one office, one desk, a sack of late mail."""

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.office = Office(self.oracle)
        self.phones = [Phone(self.oracle) for _ in range(3)]
        self.mail: list[bytes] = []
        self.forms: list[tuple[str, int, dict[str, Shown]]] = []
        self.backup: Books | None = None
        self.desk = Stamp(0, 0, DESK)

    @initialize()
    def a_customer_stands(self) -> None:
        self._at_desk("create", new_id(), {"name": "Li", "tags": []}, 0, {})
        for phone in self.phones:
            self._sync(phone)

    # What people do on their phones

    @rule(who=PICK, which=PICK, values=VALUES)
    def edit(self, who: int, which: int, values: Draft) -> None:
        phone = self._phone(who)
        for entity_id in _picked(phone.customers(), which):
            phone.write(self._now(), "edit", entity_id, values)

    @rule(who=PICK, which=PICK, tag=st.sampled_from("abcd"))
    def tag_or_untag(self, who: int, which: int, tag: str) -> None:
        phone = self._phone(who)
        for entity_id in _picked(phone.customers(), which):
            shown = phone.shown(entity_id).get("tags", Shown([], None)).value
            tags = [t for t in shown if t != tag] if tag in shown else [*shown, tag]
            phone.write(self._now(), "edit", entity_id, {"tags": tags})

    @rule(who=PICK)
    def new_customer(self, who: int) -> None:
        self._phone(who).write(self._now(), "create", new_id(), {"name": "Sun", "tags": []})

    @rule(who=PICK, fen=st.integers(1, 9))
    def take_money(self, who: int, fen: int) -> None:
        money: Any = {"entity": "repayment"}
        self._phone(who).write(self._now(), "create", new_id(), {"fen": fen}, **money)

    @rule(who=PICK, which=PICK)
    def write_poison(self, who: int, which: int) -> None:
        phone = self._phone(who)
        for entity_id in _picked(phone.customers(), which):
            phone.write(self._now(), "edit", entity_id, {"phone": 1.5})

    @rule(who=PICK, which=PICK, other=st.booleans())
    def settle_on_a_phone(self, who: int, which: int, other: bool) -> None:
        phone = self._phone(who)
        rows = [pair for pair in sorted(phone.conflicts.items()) if pair[1]["is_open"]]
        for _, row in _picked(rows, which):
            decided = {row["field"]: row["other" if other else "kept"]}
            more: Any = {"conflict": row["id"]}
            phone.write(self._now(), "resolve", row["entity_id"], decided, **more)

    @rule(who=PICK, hours=st.integers(-80, 80))
    def clock_jumps(self, who: int, hours: int) -> None:
        self._phone(who).skew_ms = hours * HOUR

    @precondition(lambda self: len(self.phones) < 5)
    @rule(who=PICK)
    def phone_is_copied(self, who: int) -> None:
        self.phones.append(self._phone(who).copied())

    @precondition(lambda self: len(self.phones) < 5)
    @rule(who=PICK, values=VALUES)
    def phone_and_its_copy_write(self, who: int, values: Draft) -> None:
        first = self._phone(who)
        twin = first.copied()
        self.phones.append(twin)
        for phone in (first, twin):
            for entity_id in phone.customers()[:1]:
                name = next(iter(values))
                phone.write(self._now(), "edit", entity_id, {name: f"of {len(phone.queue)}"})
                phone.hear_push(_travelled(self.office.push(phone.body(self._now(), 9))), 0)

    # What the desk does

    @rule(which=PICK)
    def desk_opens(self, which: int) -> None:
        entities = [e for e in self.office.books.entities.values() if e.kind == "customer"]
        entity = _pick(sorted(entities, key=lambda e: e.id), which)
        shown = {name: Shown(s.value, s.mutation) for name, s in entity.fields.items()}
        self.forms.append((entity.id, entity.number, shown))

    @precondition(lambda self: self.forms)
    @rule(which=PICK, values=VALUES)
    def desk_saves(self, which: int, values: Draft) -> None:
        entity_id, number, shown = self.forms.pop(which % len(self.forms))
        if entity_id in self.office.books.entities:
            self._at_desk("edit", entity_id, values, number, shown)

    @rule(which=PICK, form=PICK, other=st.booleans())
    def desk_settles(self, which: int, form: int, other: bool) -> None:
        rows = [(i, row) for i, row in self.office.books.rows.items() if row.is_open]
        if not rows:
            return
        row_id, row = _pick(sorted(rows, key=lambda pair: pair[0]), which)
        entity = self.office.books.entities[row.entity_id]
        shown = {name: Shown(s.value, s.mutation) for name, s in entity.fields.items()}
        number = entity.number
        forms = [opened for opened in self.forms if opened[0] == row.entity_id]
        if forms:
            _, number, shown = _pick(forms, form)
        value = row.conflict.other if other else row.conflict.kept
        self._at_desk("resolve", row.entity_id, {row.conflict.field: value}, number, shown, row_id)

    # What the network does

    @rule(who=PICK, most=st.integers(1, 6), fate=FATE)
    def push(self, who: int, most: int, fate: str) -> None:
        phone = self._phone(who)
        body = phone.body(self._now(), most)
        if fate == "later":
            self.mail.append(body)
        elif fate == "abort":
            before = self.office.books.copy()
            self.office.push(body)
            self.office.books = before
        elif fate != "lost":
            reply = self.office.push(body)
            if fate == "twice":
                self.office.push(body)
            if fate != "cut":
                phone.hear_push(_travelled(reply), self.office.now_ms)

    @precondition(lambda self: self.mail)
    @rule(which=PICK)
    def late_mail_arrives(self, which: int) -> None:
        self._now()
        self.office.push(self.mail.pop(which % len(self.mail)))

    @rule(who=PICK)
    def pull(self, who: int) -> None:
        self._now()
        self._phone(who).pull(self.office.pull)

    # What befalls the office

    @rule()
    def is_backed_up(self) -> None:
        self.backup = self.office.books.copy()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def is_restored(self) -> None:
        assert self.backup is not None
        self._now()
        self.office.restore(self.backup)
        self.forms = []

    @rule(who=PICK, values=VALUES, again=VALUES)
    def a_morning_is_lost(self, who: int, values: Draft, again: Draft) -> None:
        """What a phone saw in the morning is gone, and the desk writes it anew and otherwise."""
        phone, self.backup = self._phone(who), self.office.books.copy()
        for change in (values, again):
            self._sync(phone)
            for entity_id in sorted(self.office.books.entities)[:1]:
                entity = self.office.books.entities[entity_id]
                if entity.kind == "customer":
                    shown = {n: Shown(s.value, s.mutation) for n, s in entity.fields.items()}
                    self._at_desk("edit", entity_id, change, entity.number, shown)
            if change is values:
                self._sync(phone)
                for entity_id in phone.customers()[:1]:
                    phone.write(self._now(), "edit", entity_id, {next(iter(again)): "0"})
                self.is_restored()

    # What must hold

    @invariant()
    def nothing_is_merged_twice(self) -> None:
        assert set(self.office.books.merged.values()) <= {1}

    @invariant()
    def no_mutation_is_taken_for_another(self) -> None:
        assert self.office.altered == []

    def teardown(self) -> None:
        if self.office.books.number:
            self._everything_arrives()
            self._all_agree()
            self._nothing_is_missing()
            self._repeats_change_nothing()

    def _everything_arrives(self) -> None:
        for body in self.mail:
            self.office.push(body)
        for phone in self.phones * 2:
            self._sync(phone)
            assert phone.queue == []

    def _all_agree(self) -> None:
        fresh = Phone(self.oracle)
        self._sync(fresh)
        books = self.office.books
        documents = {i: document_of(entity)["fields"] for i, entity in books.entities.items()}
        conflicts = {row_id: row_of(row_id, row) for row_id, row in books.rows.items()}
        for phone in [fresh, *self.phones]:
            held = {i: document["fields"] for i, document in phone.documents.items()}
            assert held == documents
            assert phone.conflicts == conflicts

    def _nothing_is_missing(self) -> None:
        for phone in self.phones:
            for draft in phone.kept:
                assert self.office.books.results[draft["id"]].outcome == phone.outcomes[draft["id"]]
        written = {i for i, raw in self.oracle.written.items() if raw["device"] != DESK}
        assert written <= self.office.books.merged.keys()
        taken = {d["id"]: d["set"]["fen"] for p in self.phones for d in p.kept if "fen" in d["set"]}
        entries = [e for e in self.office.books.entities.values() if e.kind == "repayment"]
        assert sum(taken.values()) == sum(entry.fields["fen"].value for entry in entries)

    def _repeats_change_nothing(self) -> None:
        before = self.office.books.copy()
        for phone in self.phones:
            for draft in phone.kept:
                push = {"device": phone.device, "clock": 0, "mutations": [draft]}
                if draft["device"] == phone.device:
                    self.office.push(json.dumps(push).encode())
        before.last = self.office.books.last  # a copied phone's numbers may be taken by known ids
        assert self.office.books == before

    # Hands

    def _now(self) -> int:
        self.office.now_ms += 1_700
        return self.office.now_ms

    def _phone(self, who: int) -> Phone:
        return self.phones[who % len(self.phones)]

    def _sync(self, phone: Phone) -> None:
        for _ in range(6):
            while phone.pull(self.office.pull):
                pass
            if not phone.queue:
                break
            body = phone.body(self._now(), 1_000)
            phone.hear_push(_travelled(self.office.push(body)), self.office.now_ms)
        while phone.pull(self.office.pull):
            pass

    def _at_desk(
        self,
        op: str,
        entity_id: str,
        values: Draft,
        number: int,
        shown: dict[str, Shown],
        conflict: str | None = None,
    ) -> None:
        self.desk = tick(self.desk, self._now())
        raw: Draft = {
            "id": new_id(),
            "device": DESK,
            "n": 1,
            "entity": "customer",
            "entity_id": entity_id,
            "op": op,
            "base_number": number,
            "set": values,
            "was": {name: shown[name].value for name in values if name in shown},
            "stamp": str(self.desk),
            "app": "1",
            "schema": 1,
            "actor": "reviewer",
            "made_at": "2026-05-01T09:30:00+08:00",
            "conflict": conflict,
        }
        self.oracle.wrote(raw, shown, (f"desk {raw['id']}",))
        self.office.write(raw)


def _picked(found: list[Any], which: int) -> list[Any]:
    """One of what was found, or none where nothing was."""
    return [_pick(found, which)] if found else []


def _pick(found: list[Any], which: int) -> Any:
    return found[which % len(found)]


def _travelled(reply: Draft) -> Draft:
    travelled: Draft = json.loads(json.dumps(reply))
    return travelled


# A longer and random search: SIMULATION_EXAMPLES=2000 pytest tests/sync/test_simulation.py
EXAMPLES = os.environ.get("SIMULATION_EXAMPLES")

World.TestCase.settings = settings(
    max_examples=int(EXAMPLES or 30),
    stateful_step_count=40,
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    report_multiple_bugs=False,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
TestWorld = World.TestCase
