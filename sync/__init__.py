"""The sync engine, standard library only: the clock, mutations, merge policies and the change feed.

It knows neither loans nor `server`: the server hands it fields and numbers, it answers with
fields and numbers. The engine itself arrives with the field app; until then the room is empty.
"""
