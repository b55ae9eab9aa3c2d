"""Who looks after whose customers for some days: an officer on holiday, a colleague who covers.

Below the views it may import accounts, customers and the database. The replication asks `queries`
whose customers a device holds beside its own officer's; copy `feedback` for a larger slice.
"""
