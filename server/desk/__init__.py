"""The pages that join slices: today's work, a customer's whole account, the list of customers with
their standing, the search over everything.

They only read. `queries` may select from the tables of any slice below; `views` hang on the
blueprints of `customers` where the page is one of customers. The neighbour to copy is `loans`.
"""
