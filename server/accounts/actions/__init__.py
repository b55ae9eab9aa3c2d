"""The only writes of sessions, passwords, staff and branches."""

from server.accounts.actions.branches import (
    SaveBranch,
    create_branch,
    set_branch_active,
    update_branch,
)
from server.accounts.actions.signing_in import (
    FAILURES_AN_ADDRESS,
    FAILURES_WINDOW,
    SESSION_LASTS,
    Arrival,
    change_password,
    choose_language,
    count_failure,
    end_session,
    start_session,
    sweep_sessions,
    touch_session,
)
from server.accounts.actions.staff import (
    SaveUser,
    create_user,
    end_user_sessions,
    is_locked,
    reset_password,
    set_user_active,
    unlock_user,
    update_user,
)

__all__ = [
    "FAILURES_AN_ADDRESS",
    "FAILURES_WINDOW",
    "SESSION_LASTS",
    "Arrival",
    "SaveBranch",
    "SaveUser",
    "change_password",
    "choose_language",
    "count_failure",
    "create_branch",
    "create_user",
    "end_session",
    "end_user_sessions",
    "is_locked",
    "reset_password",
    "set_branch_active",
    "set_user_active",
    "start_session",
    "sweep_sessions",
    "touch_session",
    "unlock_user",
    "update_branch",
    "update_user",
]
