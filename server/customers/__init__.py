"""Customers: who borrows, how they are reached, and how they are found.

`actions.create` makes them in batches, `actions.update` changes one without overwriting another's
change, `actions.reveal` shows a sealed field with a trace; `queries.search` finds by terms. It may
import `products`, `accounts` and below. The neighbour to copy is `loans`.
"""
