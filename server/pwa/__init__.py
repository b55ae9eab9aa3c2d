"""What makes the field app installable: its manifest, its icons and the script of its worker.

The worker's script stands at the site's root, so that it may answer for `/field/`. May import
`web` and everything below; no other room is like it.
"""
