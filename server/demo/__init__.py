"""The demo bank: synthetic, the same every time, always current.

`stories` says which loans there are and how each stands today, `history` tells what happened to a
loan, day by day and without a database; `load` lets the bank's staff enter it all in order, by
the same actions that a person's tap ends in. Everything is counted back from the day of loading,
so the figures shift with it and the people stay. It may import every slice; only `cli` imports it.
"""
