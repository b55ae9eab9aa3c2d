"""Every code of the domain and of the tables has its word, and so has every act of the audit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from server.accounts.queries import HEAD_OFFICE
from server.customers import models as customers
from server.domain.access import Permission, Role
from server.domain.contact_rules import Breach
from server.domain.fields import DEFAULT_RULES, FieldKind, FieldOwner, FieldRule
from server.domain.fieldwork import (
    CallChannel,
    CallResult,
    HandoverState,
    Met,
    NextStep,
    PromiseChannel,
    Purpose,
)
from server.domain.parameters import (
    SETTINGS,
    CeilingKind,
    Institution,
    LprTenor,
    Parameters,
    Unit,
)
from server.domain.promises import PromiseState
from server.domain.standing import Bucket, FiveClass, Status
from server.domain.terms import DayCount, FeeKind, Method
from server.loans import models as loans
from server.repayments import models as repayments
from server.visits import models as visits
from server.web.labels import LABELS, label, options_of
from server.web.language import LANGUAGES

SERVER = Path(__file__).parents[3] / "server"
ACT = re.compile(r'"((?:[a-z_]+)\.(?:[a-z_]+))"')


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("role", Role),
        ("permission", Permission),
        ("method", Method),
        ("day_count", DayCount),
        ("fee_kind", FeeKind),
        ("status", Status),
        ("five_class", FiveClass),
        ("bucket", Bucket),
        ("field_kind", FieldKind),
        ("field_owner", FieldOwner),
        ("field_rule", FieldRule),
        ("standard_field", DEFAULT_RULES),
        ("unit", Unit),
        ("institution", Institution),
        ("ceiling_kind", CeilingKind),
        ("lpr_tenor", LprTenor),
        ("parameter", SETTINGS),
        ("parameter_group", Parameters.__dataclass_fields__),
        ("source", {setting.source for setting in SETTINGS.values()}),
        ("language", LANGUAGES),
        ("customer_kind", customers.CUSTOMER_KINDS),
        ("contact_kind", customers.CONTACT_KINDS),
        ("contact_relation", customers.CONTACT_RELATIONS),
        ("company_contact_relation", customers.CONTACT_RELATIONS),
        ("address_kind", customers.ADDRESS_KINDS),
        ("security", loans.SECURITY_KINDS),
        ("event_kind", loans.EVENT_KINDS),
        ("payment_method", repayments.PAYMENT_METHODS),
        ("component", loans.COMPONENTS),
        ("request_status", repayments.REQUEST_STATUSES),
        ("held_reason", repayments.HELD_REASONS),
        ("handover_state", HandoverState),
        ("visit_purpose", Purpose),
        ("visit_met", Met),
        ("visit_next_step", NextStep),
        ("promise_channel", PromiseChannel),
        ("promise_state", PromiseState),
        ("call_channel", CallChannel),
        ("call_result", CallResult),
        ("call_relation", visits.CALL_RELATIONS),
        ("breach", Breach),
    ],
)
def test_every_code_has_its_word(group: str, codes: Iterable[str]) -> None:
    missing = {str(code) for code in codes} - set(LABELS[group])
    assert not missing


def acts_recorded() -> set[str]:
    """The acts named in a call of `record.note` or handed to one, as the sources write them."""
    found: set[str] = set()
    for path in SERVER.rglob("actions*/**/*.py"):
        for name in ACT.findall(path.read_text()):
            room = name.partition(".")[0]
            if room in LABELS["entity"] or room in ("session", "access"):
                found.add(name)
    return found


def test_every_act_of_the_audit_has_its_word() -> None:
    assert acts_recorded() - set(LABELS["action"]) - set(SETTINGS) - set(DEFAULT_RULES) == set()


def test_a_code_without_a_word_shows_as_itself() -> None:
    assert label("NEW_THING", "method") == "NEW_THING"


def test_options_come_in_the_order_of_their_group() -> None:
    assert [code for code, _ in options_of("field_rule")] == ["shown", "required", "off"]


def test_the_head_office_is_no_id_of_a_branch() -> None:
    assert "-" not in HEAD_OFFICE
