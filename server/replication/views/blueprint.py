"""The blueprint of what devices ask for, and how they are refused."""

from flask import Blueprint

from server.replication.views.asking import DeviceRevoked, revoked

blueprint = Blueprint("replication", __name__, url_prefix="/sync/v1")
blueprint.register_error_handler(DeviceRevoked, revoked)
