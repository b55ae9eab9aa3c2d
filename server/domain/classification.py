"""The five-tier class of a loan: at least the worst of what its days and its troubles demand.

Source: 《商业银行金融资产风险分类办法》 (2023 No. 1) as told in the domain specification, §4.
Machines only ever give a minimum. A person may say worse at once, and better never.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from server.domain.errors import Invalid
from server.domain.parameters import DEFAULTS, ClassificationRules, DefaultRules
from server.domain.standing import FiveClass, worst_class


class Segment(StrEnum):
    """Retail is classed loan by loan; for other debtors one bad claim colours the rest."""

    RETAIL = "RETAIL"
    NON_RETAIL = "NON_RETAIL"


class Reason(StrEnum):
    """What demanded a class."""

    ALL_BANKS_OVER90 = "ALL_BANKS_OVER90"
    BANKRUPT = "BANKRUPT"
    BORROW_NEW = "BORROW_NEW"
    DEBTOR_NPL = "DEBTOR_NPL"
    DEBTOR_NPL_SHARE = "DEBTOR_NPL_SHARE"
    DPD = "DPD"
    ECL = "ECL"
    EVASION = "EVASION"
    EXTENDED_IN_DIFFICULTY = "EXTENDED_IN_DIFFICULTY"
    IMPAIRED = "IMPAIRED"
    KEPT_CLASS = "KEPT_CLASS"
    MISUSE = "MISUSE"
    RATING_COLLAPSE = "RATING_COLLAPSE"
    RESTRUCTURED = "RESTRUCTURED"
    RESTRUCTURED_AGAIN = "RESTRUCTURED_AGAIN"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a loan and its debtor when it is classed.

    `technical` marks a delay by a bank's own system or procedure; `borrow_new` a loan that
    repays another (借新还旧), `small_rollover` the excepted 小微续贷, `extended_in_difficulty` an
    extension (展期) that the debtor needed to pay at all; `ecl` the expected credit
    loss and the two shares of the debtor are fractions; `pre_class` is the class at the time of
    restructuring, `cured` that the conditions for leaving it have been met since.
    """

    dpd: int
    segment: Segment = Segment.RETAIL
    technical: bool = False
    misuse: bool = False
    borrow_new: bool = False
    small_rollover: bool = False
    impaired: bool = False
    ecl: Decimal = Decimal(0)
    evasion: bool = False
    bankrupt: bool = False
    rating_collapse: bool = False
    extended_in_difficulty: bool = False
    restructured: bool = False
    in_observation: bool = False
    restructure_again: bool = False
    pre_class: FiveClass | None = None
    cured: bool = False
    debtor_any_npl: bool = False
    debtor_npl_share: Decimal = Decimal(0)
    debtor_all_banks_over90_share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Classification:
    """The class a loan must have at least, with every reason found, in alphabetical order."""

    minimum_class: FiveClass
    reasons: tuple[Reason, ...]

    @property
    def non_performing(self) -> bool:
        """Whether the minimum class is one of 不良."""
        return self.minimum_class.is_non_performing


_Demand = tuple[FiveClass, Reason]


def classify(
    facts: Circumstances, rules: ClassificationRules = DEFAULTS.classification
) -> Classification:
    """The worst class that any trigger demands; `NORMAL` without reasons when none does."""
    demands = [
        *_demanded_by_days(facts, rules),
        *_demanded_by_use(facts),
        *_demanded_by_losses(facts, rules),
        *_demanded_by_restructuring(facts),
        *_demanded_by_other_debts(facts, rules),
    ]
    return Classification(
        minimum_class=worst_class(five_class for five_class, _ in demands),
        reasons=tuple(sorted({reason for _, reason in demands})),
    )


def class_of_days(dpd: int, rules: ClassificationRules = DEFAULTS.classification) -> FiveClass:
    """The class that days overdue alone demand (脱期法)."""
    if dpd > rules.loss_above_dpd:
        return FiveClass.LOSS
    if dpd > rules.doubtful_above_dpd:
        return FiveClass.DOUBTFUL
    if dpd > rules.substandard_above_dpd:
        return FiveClass.SUBSTANDARD
    if dpd > rules.special_mention_above_dpd:
        return FiveClass.SPECIAL_MENTION
    return FiveClass.NORMAL


def _demanded_by_days(facts: Circumstances, rules: ClassificationRules) -> Iterator[_Demand]:
    if facts.technical and facts.dpd <= rules.technical_delay:
        return
    five_class = class_of_days(facts.dpd, rules)
    if five_class is not FiveClass.NORMAL:
        yield five_class, Reason.DPD


def _demanded_by_use(facts: Circumstances) -> Iterator[_Demand]:
    if facts.misuse:
        yield FiveClass.SPECIAL_MENTION, Reason.MISUSE
    if facts.borrow_new and not facts.small_rollover:
        yield FiveClass.SPECIAL_MENTION, Reason.BORROW_NEW
    if facts.extended_in_difficulty:
        yield FiveClass.SPECIAL_MENTION, Reason.EXTENDED_IN_DIFFICULTY


def _demanded_by_losses(facts: Circumstances, rules: ClassificationRules) -> Iterator[_Demand]:
    if facts.impaired:
        yield FiveClass.SUBSTANDARD, Reason.IMPAIRED
    if facts.ecl >= rules.loss_from_ecl:
        yield FiveClass.LOSS, Reason.ECL
    elif facts.impaired and facts.ecl >= rules.doubtful_from_ecl:
        yield FiveClass.DOUBTFUL, Reason.ECL
    if facts.rating_collapse:
        yield FiveClass.SUBSTANDARD, Reason.RATING_COLLAPSE
    if facts.evasion:
        yield FiveClass.DOUBTFUL, Reason.EVASION
    if facts.bankrupt:
        yield FiveClass.LOSS, Reason.BANKRUPT


def _demanded_by_restructuring(facts: Circumstances) -> Iterator[_Demand]:
    if not (facts.restructured and facts.in_observation):
        return
    yield FiveClass.SPECIAL_MENTION, Reason.RESTRUCTURED
    if facts.restructure_again:
        yield FiveClass.SUBSTANDARD, Reason.RESTRUCTURED_AGAIN
    if facts.pre_class is not None and facts.pre_class.is_non_performing and not facts.cured:
        yield facts.pre_class, Reason.KEPT_CLASS


def _demanded_by_other_debts(facts: Circumstances, rules: ClassificationRules) -> Iterator[_Demand]:
    if facts.segment is Segment.RETAIL:
        return
    if facts.debtor_any_npl or facts.debtor_npl_share > 0:
        yield FiveClass.SPECIAL_MENTION, Reason.DEBTOR_NPL
    if facts.debtor_npl_share > rules.debtor_npl_above:
        yield FiveClass.SUBSTANDARD, Reason.DEBTOR_NPL_SHARE
    if facts.debtor_all_banks_over90_share > rules.all_banks_over90_above:
        yield FiveClass.SUBSTANDARD, Reason.ALL_BANKS_OVER90


def reviewed_class(minimum: FiveClass, opinion: FiveClass | None) -> FiveClass:
    """The class that stands when a reviewer has an opinion.

    Raises `Invalid("override", "better_than_minimum")`: a person may only say worse.
    """
    if opinion is None:
        return minimum
    if opinion.rank < minimum.rank:
        raise Invalid("override", "better_than_minimum", minimum=str(minimum))
    return opinion


def class_to_hold(current: FiveClass, minimum: FiveClass) -> FiveClass:
    """The class of the daily run: it falls by itself, and rises only by an approved upgrade."""
    return worst_class((current, minimum))


def suggested_class(own: FiveClass, others: Iterable[FiveClass]) -> FiveClass:
    """What a retail debtor's other loans suggest for this one: a warning, never forced."""
    if any(other.is_non_performing for other in others):
        return worst_class((own, FiveClass.SPECIAL_MENTION))
    return own


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """What a reviewer states, and the ledger knows, when a better class is asked for.

    `earliest_on` is what `observation.earliest_upgrade_on` gave; None while too few instalments
    were paid on time.
    """

    to_class: FiveClass
    minimum_class: FiveClass
    arrears_cleared: bool
    earliest_on: date | None
    debtor_able: bool
    other_impaired_claims: bool
    in_observation: bool = False


def upgrade_refusals(request: UpgradeRequest, on: date) -> tuple[str, ...]:
    """Why a class may not be improved on `on`: codes, none when it may."""
    best = FiveClass.SPECIAL_MENTION if request.in_observation else FiveClass.NORMAL
    refusals = (
        ("arrears_unpaid", not request.arrears_cleared),
        ("too_early", request.earliest_on is None or on < request.earliest_on),
        ("debtor_not_able", not request.debtor_able),
        ("impaired_claims_left", request.other_impaired_claims),
        ("in_observation", request.to_class.rank < best.rank),
        ("better_than_minimum", request.to_class.rank < request.minimum_class.rank),
    )
    return tuple(code for code, refused in refusals if refused)


class UnlikelyToPay(StrEnum):
    """Facts that make a default by themselves, whatever the days overdue."""

    IMPAIRED = "IMPAIRED"
    DISTRESSED_RESTRUCTURE = "DISTRESSED_RESTRUCTURE"
    BANKRUPT = "BANKRUPT"
    WRITTEN_OFF = "WRITTEN_OFF"
    EVASION = "EVASION"
    FRAUD = "FRAUD"


def is_in_default(
    dpd: int,
    overdue_amount: int,
    signs: Iterable[UnlikelyToPay] = (),
    rules: DefaultRules = DEFAULTS.default,
) -> bool:
    """违约: over the limit of days on more than the material amount (fen), or unlikely to pay."""
    by_days = dpd > rules.above_dpd and overdue_amount > rules.material_amount
    return by_days or any(True for _ in signs)


def count_defaults(flags: Sequence[bool]) -> int:
    """How often a loan entered default, from its flags in order of time, the oldest first."""
    entries = zip((False, *flags), flags, strict=False)
    return sum(now and not before for before, now in entries)
