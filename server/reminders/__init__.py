"""Reminders: who is told of what falls due, how each person wants to be told, texts to customers.

The job `actions.remind` writes a row for each instalment that reached one of its days, at most once
for ever, and tells people from them; `actions.preferences` keeps how somebody wants to be told. The
slice reads loans, promises and complaints of the rooms below; channels (`push`) carry what it
tells. The neighbour to copy is `visits`.
"""
