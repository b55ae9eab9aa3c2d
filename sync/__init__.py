"""The sync engine, standard library only: it turns offline edits into one truth that loses none.

`clock` stamps, `mutation` and `push` read what devices send, `order` tells a repeat from a copied
phone, `convert` raises old schemas, `policy`, `settle` and `merge` decide field by field, `feed`,
`chunks` and `digest` say what a device has and still needs, `outcome` is the answer.
It knows neither loans nor `server`: the server hands it fields and numbers and gets fields and
numbers back, all of it pure functions over frozen values. To add a rule, copy `settle`.
"""
