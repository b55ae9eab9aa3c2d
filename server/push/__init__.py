"""How a notice leaves the house: web push, mail, and signed requests to what a bank wires up.

`actions` queue a delivery in the transaction that tells, claim it, and write down what became of
it; `sending` talks to the outside and knows no database. It may import `web` and below; what it
needs from rooms above (who reads how, whether a notice still holds) is handed in (`above`).
The neighbour to copy is `feedback`.
"""
