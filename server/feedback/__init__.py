"""Feedback of customers: logging it, answering it in time, and who may see it.

A complaint about a member of staff is never shown to that person, nor counted for them
(`queries.visible`). It may import attachments and what lies below. The neighbour to copy is
`customers`.
"""
