"""A bank's own loan ledger as a sheet of cells: what its headings mean and what its rows say.

Pure, like the rest of the domain, from which it may import; it knows of no file format and no
table. `layout` finds the headings and tells rows apart, `mapping` gives each column its field,
`cells` reads one, `rows` a whole row, `terms` and `position` make of it what the loan's plan and
statement need. The neighbour to copy is `parsing`.
"""
