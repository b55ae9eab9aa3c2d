"""What all pages share: doors, form state, words and figures for people, error pages, headers.

It may import Flask, the database's session and the domain; no slice. A page's own parts stand in
its slice. The neighbour to copy is `formatting`.
"""
