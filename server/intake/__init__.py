"""Intake: a bank's own sheet brought in, by command or by pages with mapping and preview.

The file's reading stands in `queries` and `actions` (opening, surveying, prepare, laying, running);
the pages stand in `views`, an upload in `actions/uploads.py` and its run in `actions/runs.py`,
written apart from the file's reading. May import customers, loans and all rooms below; the
neighbour to copy is `server.attachments`.
"""
