"""The pages of the administration: staff, branches, the audit trail."""

from server.admin.views import audit, branches, channels, users
from server.admin.views.blueprint import blueprint

__all__ = ["audit", "blueprint", "branches", "channels", "users"]
