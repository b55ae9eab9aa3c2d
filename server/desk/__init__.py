"""The pages that join slices: today's work, a customer's whole account, the list of customers with
their standing, the search over everything.

`queries` may select from the tables of any slice below, and what is written is written by their
actions; `views` hang on the blueprint of the slice that the page is one of. The neighbour to copy
is `loans`.
"""
