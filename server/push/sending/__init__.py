"""Talking to the outside: push services, a mail server, and what a bank wires up.

Knows no database: it is given a message and answers an `Outcome`. Every address was typed by
somebody or comes from a browser, so `connecting` decides at the moment of connecting where a
request may go.
"""
