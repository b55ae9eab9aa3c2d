"""The worker's jobs: what runs when (`schedule`), and the process that runs them (`__main__`).

A job is `work(session, actor) -> int`, one step; the door around it (`door`) opens the session,
begins and commits each step, and logs. It may import every slice and no Flask.
"""
