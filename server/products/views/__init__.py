"""The pages of products, the bank's own fields and the parameters of the rules."""

from server.products.views import fields, parameters, products
from server.products.views.blueprint import blueprint

__all__ = ["blueprint", "fields", "parameters", "products"]
