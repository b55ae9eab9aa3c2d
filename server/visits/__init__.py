"""Field work: visits, promises to pay, and contacts with customers.

A visit or a contact is recorded once and never changed; what was wrong is said in an addendum.
It may import `loans` and everything below. The neighbour to copy is `feedback`.
"""
