"""The notice centre: what a person was told, put off and done with, at the desk and on a tablet.

Notices are told by `server.database.notices`; here they are only read and marked, each by the
person whom it was told. May import the rooms below, `reminders` and `push` among them, for the
page of a person's own wishes. Copy `feedback` for the shape of a slice.
"""
