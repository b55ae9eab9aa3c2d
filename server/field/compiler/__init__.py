"""Turns the field templates into plain JavaScript for the service worker, at build time.

Jinja2 parses (`env.parse`), `subset` says what may stand in a template, `expressions`, `calls`
and `statements` write JavaScript over static/src/sw/runtime.ts, `modules` joins the templates that
`reach` finds into one ES module, `catalogues` picks the translations they need. A construct
outside the subset is a `Refused` with file and line. Runs as `python -m server.field.compiler`;
nothing imports it but its tests.
"""
