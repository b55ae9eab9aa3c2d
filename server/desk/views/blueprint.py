"""The blueprint that the pages of no single slice hang on."""

from flask import Blueprint

blueprint = Blueprint("desk", __name__)
