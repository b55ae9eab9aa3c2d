"""The plan: from terms, and what later changed them, to instalments.

It may import the rest of the domain below it (terms, events, calendar, money), nothing else.
`grid` lays the due dates, `rates` counts interest, `methods` splits principal, `walk` goes
through the periods. The neighbour to copy is `statement`.
"""
