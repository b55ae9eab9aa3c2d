"""The worker's jobs: what runs when (`schedule`), and the process that runs them (`__main__`).

A job is a function of `(session, actor)`; the door around it (`door`) opens the session, commits
and logs. It may import every slice and no Flask.
"""
