"""All columns an import knows: the standard ones, and those a whole ledger needs beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from server.domain.parsing.synonyms import COLUMNS, Column, Kind


def _further(field: str, label: str, kind: Kind, synonyms: str = "") -> Column:
    return Column(field, label, kind, tuple(synonyms.split()))


FURTHER: Final = (
    _further("first_due_on", "首期还款日", Kind.DATE, "首次还款日 首期还款日期 首次还款日期"),
    _further("frequency_months", "还款间隔月数", Kind.NUMBER, "还款周期月数 还款频率(月)"),
    _further("amort_periods", "摊还期数", Kind.NUMBER, "气球贷摊还期数"),
    _further("grace_periods", "还本宽限期数", Kind.NUMBER, "宽限期数"),
    _further("grace_days", "宽限天数", Kind.NUMBER, "宽限期天数"),
    _further("day_count", "计息规则", Kind.ENUM, "计息天数规则"),
    _further("compound_due", "复利", Kind.MONEY, "欠复利 应收复利 复利余额"),
    _further("fee_due", "欠费", Kind.MONEY, "欠缴费用 应收费用"),
    _further("oldest_due_on", "逾期起始日", Kind.DATE, "逾期日期 逾期开始日 最早欠款日"),
    _further("customer_remark", "客户备注", Kind.TEXT),
)
"""What a plan or a position needs and old ledgers seldom have; the export writes them all."""

ALL: Final = (*COLUMNS, *FURTHER)
BY_FIELD: Final[Mapping[str, Column]] = {column.field: column for column in ALL}

CUSTOMER_FIELDS: Final = (
    *("customer_no", "customer_name", "customer_type", "id_type", "id_no", "id_expiry_on"),
    *("uscc", "gender", "birth_on", "mobile", "mobile2", "address", "employer", "occupation"),
    *("monthly_income", "spouse_name", "emergency_contact", "emergency_phone"),
    *("repay_account", "customer_remark"),
)
"""Columns that speak of the customer; merged cells are filled down in these alone."""

PLACE_FIELDS: Final = ("branch", "officer")
LOAN_FIELDS: Final = tuple(
    column.field for column in ALL if column.field not in {*CUSTOMER_FIELDS, *PLACE_FIELDS}
)

KEPT_FIELDS: Final = (
    *("credit_limit", "rate_type", "lpr_spread_bp", "instalment_amount", "overdue_periods"),
    *("five_class", "loan_status", "extended", "restructured", "last_paid_on", "last_visit_on"),
    *("writeoff_on", "dpd"),
)
"""What a ledger says of a loan that the product derives or has no place for yet: kept as it was
read, beside the bank's own fields, so that nothing of the old ledger is lost.
"""

KEPT: Final = "ledger"
"""The key under which it is kept in `extra`; no field of the bank's own has a key so short."""

CUSTOM: Final = "extra."
"""A column mapped to a field of the bank's own: `extra.customer.<key>`, `extra.loan.<key>`."""

IGNORED_FIELD: Final = "-"
"""What a person answers for a column that is not to be read."""


def label_of(field: str) -> str:
    """The standard Chinese heading of a field; the field itself where it has none."""
    column = BY_FIELD.get(field)
    return column.label if column else field
