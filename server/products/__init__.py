"""Products: what the bank lends, the fields of its own, and the dated parameters of the rules.

`queries.parameters_on` gives the rules of a day, `queries.field_rules` what a product's forms show
or require, `queries.custom_fields` the bank's own fields. It may import `accounts` and below. The
neighbour to copy is `customers`.
"""
