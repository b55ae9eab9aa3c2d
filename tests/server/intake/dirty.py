"""A loan ledger workbook with every kind of dirt a bank has shown, and the truth about each of its rows."""

from __future__ import annotations
