"""The numbers of the rules that a bank may set, with effective dates.

`rules.py` holds them in groups with defaults, bounds, units and sources; `rates.py` the tables
of ceilings and LPR; `holidays.py` the days off; `setting.py` reads and writes one value;
`dated.py` overlays dated changes.
Imports nothing of the domain but errors and standing: the rules take a group as an argument.
"""

from server.domain.parameters.dated import (
    DEFAULTS,
    SETTINGS,
    Listed,
    ParameterChange,
    check_change,
    listed_parameters,
    parameter_value,
    parameters_on,
)
from server.domain.parameters.holidays import DEFAULT_HOLIDAYS, DayKind, Stretch
from server.domain.parameters.rates import Ceiling, CeilingKind, Institution, LprQuote, LprTenor
from server.domain.parameters.rules import (
    ClassificationRules,
    CollectionRules,
    CostRules,
    DefaultRules,
    ExtensionRules,
    FeedbackRules,
    HolidayRules,
    IdentityRules,
    OverdueRules,
    Parameters,
    PortfolioRules,
    ProvisionRules,
    ReminderRules,
    RepaymentRules,
    UpgradeRules,
)
from server.domain.parameters.setting import Setting, Unit

__all__ = [
    "DEFAULTS",
    "DEFAULT_HOLIDAYS",
    "SETTINGS",
    "Ceiling",
    "CeilingKind",
    "ClassificationRules",
    "CollectionRules",
    "CostRules",
    "DayKind",
    "DefaultRules",
    "ExtensionRules",
    "FeedbackRules",
    "HolidayRules",
    "IdentityRules",
    "Institution",
    "Listed",
    "LprQuote",
    "LprTenor",
    "OverdueRules",
    "ParameterChange",
    "Parameters",
    "PortfolioRules",
    "ProvisionRules",
    "ReminderRules",
    "RepaymentRules",
    "Setting",
    "Stretch",
    "Unit",
    "UpgradeRules",
    "check_change",
    "listed_parameters",
    "parameter_value",
    "parameters_on",
]
