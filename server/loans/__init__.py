"""Loans: contracts with their terms, what happened to them, and the state derived from both.

`queries.history` turns rows into the domain's events and back; `actions.booking` makes loans,
`actions.amendments` what happens to them beside payments, `actions.states` what is derived. It
may import `customers`, `products` and `accounts`, nothing above. The neighbour to copy is
`repayments`.
"""
