"""Repayments: money received on loans, its receipts, and the reversal of what was wrong.

Every payment is an event of its loan first (`loans.actions.events`); a row here keeps who paid
how. It may import `loans` and everything below. The neighbour to copy is `loans`.
"""
