"""The administrators' pages: staff, branches and the audit trail.

It holds no tables: staff and branches are written by `accounts.actions`, the audit is read from
the record of each commit. It may import every slice. The neighbour to copy is `accounts`.
"""
