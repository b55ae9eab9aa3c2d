"""Branches, staff and their sessions: who signs in, and as which `Actor` they act.

It may import `web`, `database`, `crypto` and the domain. The neighbour to copy is `customers`.
"""
