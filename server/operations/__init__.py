"""The running of the house: the worker's lease and its runs, health, metrics, renewed seals.

It stands under accounts, beside push, and knows no slice: what it counts or seals for others is
handed to it (`queues` of `init_operations`, the stores of files of `actions.keys`). The worker
itself is `server/jobs`. Copy `feedback` for a slice of the trade.
"""
