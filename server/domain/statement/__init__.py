"""The statement: from a loan's terms and the set of its events to every figure on a given day.

`statement(terms, events, as_of)` is pure and looks at the events as a set. It may import the rest
of the domain and nothing else. `result` says what comes out, `replay` walks through the days,
`figures` reads the end state, `lines` tells it as a story. The neighbour to copy is `plan`.
"""
