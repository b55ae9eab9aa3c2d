"""Every number of the rules that a bank may set, grouped by the rule that reads it.

The defaults are those of the domain specification. "Confirm" in a source means that the number
was not read in the regulation's own text: the bank's compliance staff has to confirm it.
"""

# ruff: noqa: RUF009 -- each default is a call that makes a fresh dataclass field, never shared

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from server.domain.errors import Invalid
from server.domain.parameters.holidays import (
    DEFAULT_HOLIDAYS,
    Stretch,
    read_stretch,
    write_stretch,
)
from server.domain.parameters.rates import (
    DEFAULT_CEILINGS,
    DEFAULT_LPR,
    Ceiling,
    LprQuote,
    read_ceiling,
    read_lpr_quote,
    write_ceiling,
    write_lpr_quote,
)
from server.domain.parameters.setting import Unit, day, flag, numbers, share, table, text, whole
from server.domain.standing import FiveClass

_OWN: Final = "house rule"
_CLASSES_2023: Final = "商业银行金融资产风险分类办法 2023 No. 1; confirm"
_PROVISION: Final = "银行贷款损失准备计提指引"
_PENALTY: Final = "银发〔2003〕251号; confirm"
_EXTENSION: Final = "贷款通则 art. 12; confirm"
_CONDUCT: Final = "GB/T 45251-2025; 金融机构个人消费类贷款催收工作指引 2026"
_COMPLAINTS: Final = "银行业保险业消费投诉处理管理办法 2020; confirm"
_HOLIDAYS: Final = "国务院办公厅节假日安排的通知; confirm and continue"


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """Limits of the identity, duplicate and impostor checks."""

    signing_age_low: int = whole(18, Unit.YEARS, (14, 60), _OWN)
    signing_age_high: int = whole(65, Unit.YEARS, (40, 100), _OWN)
    id_expiry_notice: int = whole(30, Unit.DAYS, (0, 365), _OWN)
    shared_mobile_warn: int = whole(2, Unit.COUNT, (2, 100), _OWN)
    shared_mobile_high: int = whole(3, Unit.COUNT, (2, 100), _OWN)
    shared_account_high: int = whole(2, Unit.COUNT, (2, 100), _OWN)
    shared_address_warn: int = whole(3, Unit.COUNT, (2, 100), _OWN)
    same_place_within: int = whole(50, Unit.METRES, (0, 5000), _OWN)
    same_day_loans_high: int = whole(3, Unit.COUNT, (2, 100), _OWN)
    guarantees_warn: int = whole(3, Unit.COUNT, (1, 100), _OWN)
    emergency_contact_warn: int = whole(3, Unit.COUNT, (1, 100), _OWN)
    mobile_change_notice: int = whole(7, Unit.DAYS, (0, 365), _OWN)
    balance_confirmation_share: Decimal = share("0.10", ("0", "1"), _OWN)

    def check(self) -> None:
        """Raise `Invalid` where two limits contradict each other."""
        _ascending(self, "signing_age_low", "signing_age_high")
        _ascending(self, "shared_mobile_warn", "shared_mobile_high")


@dataclass(frozen=True, slots=True)
class RepaymentRules:
    """Grace, penalty, allocation and prepayment: defaults of a product and their bounds."""

    grace_days: int = whole(0, Unit.DAYS, (0, 90), _OWN)
    penalty_uplift: Decimal = share("0.5", ("0", "1"), _PENALTY)
    penalty_uplift_low: Decimal = share("0.3", ("0", "1"), _PENALTY)
    penalty_uplift_high: Decimal = share("0.5", ("0", "1"), _PENALTY)
    misuse_uplift_low: Decimal = share("0.5", ("0", "2"), _PENALTY)
    misuse_uplift_high: Decimal = share("1", ("0", "2"), _PENALTY)
    compound_on_interest: bool = flag(default=True, source=_PENALTY)
    penalty_basis: int = whole(360, Unit.DAYS, (360, 366), _OWN)
    principal_first_above_dpd: int = whole(90, Unit.DAYS, (0, 3650), _OWN)
    prepayment_minimum: int = whole(0, Unit.FEN, (0, 10**12), _OWN)
    prepayment_notice: int = whole(0, Unit.DAYS, (0, 90), _OWN)

    def check(self) -> None:
        """Raise `Invalid` where a bound or default falls outside another."""
        _ascending(self, "penalty_uplift_low", "penalty_uplift", "penalty_uplift_high")
        _ascending(self, "misuse_uplift_low", "misuse_uplift_high")


@dataclass(frozen=True, slots=True)
class ExtensionRules:
    """Limits on the months all extensions of one loan may add."""

    short_up_to: int = whole(12, Unit.MONTHS, (1, 120), _EXTENSION)
    medium_up_to: int = whole(60, Unit.MONTHS, (1, 360), _EXTENSION)
    short_share: Decimal = share("1", ("0", "2"), _EXTENSION)
    medium_share: Decimal = share("0.5", ("0", "2"), _EXTENSION)
    long_limit: int = whole(36, Unit.MONTHS, (0, 360), _EXTENSION)

    def check(self) -> None:
        """Raise `Invalid` unless short terms end before medium ones."""
        _ascending(self, "short_up_to", "medium_up_to")


@dataclass(frozen=True, slots=True)
class CostRules:
    """Disclosure of the annualised cost and the ceilings on it."""

    form_required_from: date = day(date(2026, 8, 1), "NFRA/PBoC cost disclosure rule of 2026")
    lpr_multiple: Decimal = share(
        "4", ("1", "10"), "民间借贷规定 art. 25; confirm", unit=Unit.MULTIPLE
    )
    lower_line: Decimal = share("0.24", ("0", "1"), "court practice; confirm")
    upper_line: Decimal = share("0.36", ("0", "1"), "民间借贷规定 2015, replaced 2020; confirm")
    ceilings: tuple[Ceiling, ...] = table(
        DEFAULT_CEILINGS,
        "民间借贷规定; supervisors' guidance; confirm",
        read_ceiling,
        write_ceiling,
    )
    lpr: tuple[LprQuote, ...] = table(
        DEFAULT_LPR,
        "published LPR up to 2025-05-20; confirm and continue",
        read_lpr_quote,
        write_lpr_quote,
    )

    def check(self) -> None:
        """Raise `Invalid` unless the lower line is below the upper one."""
        _ascending(self, "lower_line", "upper_line")


@dataclass(frozen=True, slots=True)
class OverdueRules:
    """What counts as unpaid, and 连三累六."""

    tolerance: int = whole(0, Unit.FEN, (0, 100), _OWN)
    late_window: int = whole(24, Unit.PERIODS, (1, 360), "credit reporting custom; confirm")
    late_in_a_row: int = whole(3, Unit.COUNT, (1, 360), "credit reporting custom; confirm")
    late_in_total: int = whole(6, Unit.COUNT, (1, 360), "credit reporting custom; confirm")

    def check(self) -> None:
        """Raise `Invalid` unless the run is no longer than the total."""
        _ascending(self, "late_in_a_row", "late_in_total", "late_window")


@dataclass(frozen=True, slots=True)
class ClassificationRules:
    """Thresholds of the five tiers; every "above" is strict."""

    special_mention_above_dpd: int = whole(0, Unit.DAYS, (0, 90), _CLASSES_2023)
    substandard_above_dpd: int = whole(90, Unit.DAYS, (1, 3650), _CLASSES_2023)
    doubtful_above_dpd: int = whole(270, Unit.DAYS, (1, 3650), _CLASSES_2023)
    loss_above_dpd: int = whole(360, Unit.DAYS, (1, 3650), _CLASSES_2023)
    technical_delay: int = whole(7, Unit.DAYS, (0, 30), _CLASSES_2023)
    doubtful_from_ecl: Decimal = share("0.5", ("0", "1"), _CLASSES_2023)
    loss_from_ecl: Decimal = share("0.9", ("0", "1"), _CLASSES_2023)
    debtor_npl_above: Decimal = share("0.10", ("0", "1"), _CLASSES_2023)
    all_banks_over90_above: Decimal = share("0.20", ("0", "1"), _CLASSES_2023)

    def check(self) -> None:
        """Raise `Invalid` unless each worse tier begins later than the milder one."""
        _ascending(
            self,
            "special_mention_above_dpd",
            "substandard_above_dpd",
            "doubtful_above_dpd",
            "loss_above_dpd",
        )
        _ascending(self, "doubtful_from_ecl", "loss_from_ecl")


@dataclass(frozen=True, slots=True)
class DefaultRules:
    """When a loan is in default (违约): days overdue on an amount worth counting."""

    above_dpd: int = whole(90, Unit.DAYS, (0, 3650), "Basel definition; confirm")
    material_amount: int = whole(0, Unit.FEN, (0, 10**9), _OWN)

    def check(self) -> None:
        """No two of these contradict each other."""


@dataclass(frozen=True, slots=True)
class UpgradeRules:
    """What must pass before a class may improve, and before an observation period ends."""

    on_time_periods: int = whole(2, Unit.PERIODS, (1, 24), _CLASSES_2023)
    on_time_months: int = whole(6, Unit.MONTHS, (0, 60), _CLASSES_2023)
    observation_periods: int = whole(2, Unit.PERIODS, (0, 24), _CLASSES_2023)
    observation_months: int = whole(12, Unit.MONTHS, (0, 60), _CLASSES_2023)

    def check(self) -> None:
        """No two of these contradict each other."""


@dataclass(frozen=True, slots=True)
class ProvisionRules:
    """Provision of each class, as a share of the principal balance."""

    normal: Decimal = share("0.01", ("0", "1"), _PROVISION)
    special_mention: Decimal = share("0.02", ("0", "1"), _PROVISION)
    substandard: Decimal = share("0.25", ("0.20", "0.30"), _PROVISION)
    doubtful: Decimal = share("0.50", ("0.40", "0.60"), _PROVISION)
    loss: Decimal = share("1", ("0", "1"), _PROVISION)

    def rate_of(self, five_class: FiveClass) -> Decimal:
        """The share provided for a loan of this class."""
        rate: Decimal = getattr(self, five_class.value.lower())
        return rate

    def check(self) -> None:
        """Raise `Invalid` unless a worse class is provided for at least as much."""
        _ascending(self, "normal", "special_mention", "substandard", "doubtful", "loss")


@dataclass(frozen=True, slots=True)
class PortfolioRules:
    """Guides and limits on the whole book."""

    coverage_guide_low: Decimal = share("1.2", ("0", "10"), "supervisory guide; confirm")
    coverage_guide_high: Decimal = share("1.5", ("0", "10"), "supervisory guide; confirm")
    provision_guide_low: Decimal = share("0.015", ("0", "1"), "supervisory guide; confirm")
    provision_guide_high: Decimal = share("0.025", ("0", "1"), "supervisory guide; confirm")
    single_borrower_limit: Decimal = share("0.10", ("0", "1"), "concentration limits; confirm")
    group_limit: Decimal = share("0.15", ("0", "1"), "concentration limits; confirm")
    maturity_month_signal: Decimal = share("0.20", ("0", "1"), _OWN)

    def check(self) -> None:
        """Raise `Invalid` where a guide's ends are crossed."""
        _ascending(self, "coverage_guide_low", "coverage_guide_high")
        _ascending(self, "provision_guide_low", "provision_guide_high")
        _ascending(self, "single_borrower_limit", "group_limit")


@dataclass(frozen=True, slots=True)
class FeedbackRules:
    """Within how many days after receipt a customer is owed an answer."""

    complaint_days: int = whole(15, Unit.DAYS, (1, 60), _COMPLAINTS)
    complex_complaint_days: int = whole(30, Unit.DAYS, (1, 120), _COMPLAINTS)
    special_complaint_days: int = whole(60, Unit.DAYS, (1, 180), _COMPLAINTS)
    other_days: int = whole(10, Unit.DAYS, (1, 60), _OWN)

    def check(self) -> None:
        """Raise `Invalid` where a harder complaint had less time."""
        _ascending(self, "complaint_days", "complex_complaint_days")
        _ascending(self, "complex_complaint_days", "special_complaint_days")


@dataclass(frozen=True, slots=True)
class CollectionRules:
    """Calls to one number on one day that nobody answers, and how much of a promise keeps it."""

    calls_warn: int = whole(3, Unit.COUNT, (1, 20), _OWN)
    calls_most: int = whole(6, Unit.COUNT, (1, 20), _CONDUCT)
    promise_kept_share: Decimal = share("1", ("0.5", "1"), _OWN)

    def check(self) -> None:
        """Raise `Invalid` unless the warning comes before the stop."""
        _ascending(self, "calls_warn", "calls_most")


@dataclass(frozen=True, slots=True)
class HolidayRules:
    """The days that differ from the week; see `domain.workdays` for what follows from them."""

    days: tuple[Stretch, ...] = table(DEFAULT_HOLIDAYS, _HOLIDAYS, read_stretch, write_stretch)

    def check(self) -> None:
        """Raise `Invalid` where a day is both a holiday and a working day."""
        stretches = sorted(self.days, key=lambda each: each.from_on)
        for earlier, later in pairwise(stretches):
            if later.from_on <= earlier.to_on:
                raise Invalid("days", "order")


@dataclass(frozen=True, slots=True)
class ReminderRules:
    """Who is reminded when: days before and after the due date, hours, and texts to customers.

    Hours are whole hours of the bank's clock. The law's quiet from 22 to 8 can only be widened.
    `texts_on` lets reminders go to customers; `texts_overdue` those that count as collection too.
    """

    before: tuple[int, ...] = numbers((3, 1, 0), (0, 60), _OWN)
    large_from: int = whole(0, Unit.FEN, (0, 10**12), _OWN)
    large_before: int = whole(7, Unit.DAYS, (0, 60), _OWN)
    bullet_before: int = whole(30, Unit.DAYS, (0, 90), _OWN)
    after: tuple[int, ...] = numbers((1, 3, 7), (1, 365), _OWN)
    after_every: int = whole(30, Unit.DAYS, (0, 90), _OWN)
    digest_at: int = whole(8, Unit.HOUR, (6, 12), _OWN)
    single_due_from: int = whole(5_000_000, Unit.FEN, (0, 10**12), _OWN)
    single_most: int = whole(5, Unit.COUNT, (0, 100), _OWN)
    single_overdue: bool = flag(default=True, source=_OWN)
    single_promise: bool = flag(default=True, source=_OWN)
    single_complaint: bool = flag(default=True, source=_OWN)
    complaint_before: tuple[int, ...] = numbers((5, 2, 0), (0, 60), _OWN)
    send_from: int = whole(9, Unit.HOUR, (8, 12), _OWN)
    send_until: int = whole(20, Unit.HOUR, (12, 22), _OWN)
    quiet_from: int = whole(22, Unit.HOUR, (18, 22), _CONDUCT)
    quiet_until: int = whole(8, Unit.HOUR, (8, 12), _CONDUCT)
    texts_on: bool = flag(default=False, source=_OWN)
    texts_overdue: bool = flag(default=False, source=_CONDUCT)
    texts_english: bool = flag(default=False, source=_OWN)
    help_phone: str = text("", 30, _OWN)
    complaint_phone: str = text("12378", 30, _COMPLAINTS)

    def check(self) -> None:
        """Raise `Invalid` where the hours of sending reach into the quiet."""
        _ascending(self, "quiet_until", "send_from")
        _ascending(self, "send_until", "quiet_from")


@dataclass(frozen=True, slots=True)
class Parameters:
    """All settings as they stand on one day, grouped by the rule that reads them."""

    identity: IdentityRules = field(default_factory=IdentityRules)
    repayment: RepaymentRules = field(default_factory=RepaymentRules)
    extension: ExtensionRules = field(default_factory=ExtensionRules)
    cost: CostRules = field(default_factory=CostRules)
    overdue: OverdueRules = field(default_factory=OverdueRules)
    classification: ClassificationRules = field(default_factory=ClassificationRules)
    default: DefaultRules = field(default_factory=DefaultRules)
    upgrade: UpgradeRules = field(default_factory=UpgradeRules)
    provision: ProvisionRules = field(default_factory=ProvisionRules)
    portfolio: PortfolioRules = field(default_factory=PortfolioRules)
    feedback: FeedbackRules = field(default_factory=FeedbackRules)
    collection: CollectionRules = field(default_factory=CollectionRules)
    reminder: ReminderRules = field(default_factory=ReminderRules)
    holiday: HolidayRules = field(default_factory=HolidayRules)


def _ascending(rules: object, *names: str) -> None:
    for lower, upper in pairwise(names):
        if getattr(rules, lower) > getattr(rules, upper):
            raise Invalid(upper, "order", below=lower)
