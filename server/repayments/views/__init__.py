"""Pages of repayments: payments and receipts, whether a receipt is ours, cash handed in."""

from server.repayments.views import verifying
from server.repayments.views.handovers import blueprint as handovers
from server.repayments.views.payments import blueprint, init_held, whole_list

__all__ = ["blueprint", "handovers", "init_held", "verifying", "whole_list"]
