"""The plan: from terms, and what later changed them, to instalments.

It may import the rest of the domain below it (terms, events, calendar, money), nothing else.
`grid` lays the due dates, `rates` counts interest, `methods` splits principal, `walk` goes
through the periods. The neighbour to copy is `statement`.
"""

from server.domain.plan.grid import due_dates
from server.domain.plan.make import make_plan, plan_of
from server.domain.plan.rows import Instalment, Plan
from server.domain.plan.walk import walk

__all__ = ["Instalment", "Plan", "due_dates", "make_plan", "plan_of", "walk"]
