"""The officer's app: pages under `/field/`, rendered on the device from one set of templates.

`templates/field/` is written in the subset of Jinja2 that `compiler` turns into plain JavaScript
for the service worker; `environment` is the same environment for Python, `filters` the twin of
static/src/shared/filters.ts. It may import `desk` and everything below. No other room is like it:
read `compiler` first.
"""
