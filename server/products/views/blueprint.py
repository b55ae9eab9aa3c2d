"""The blueprint that the pages of this slice hang on."""

from flask import Blueprint

blueprint = Blueprint("products", __name__)
