"""The only writes of products, the bank's own fields and dated parameters."""

from server.products.actions.fields import (
    ChangeField,
    NewField,
    change_field,
    create_field,
    delete_field,
)
from server.products.actions.parameters import (
    ChangeParameter,
    change_parameter,
    withdraw_parameter_change,
)
from server.products.actions.products import (
    SaveProduct,
    create_product,
    set_product_active,
    update_product,
)

__all__ = [
    "ChangeField",
    "ChangeParameter",
    "NewField",
    "SaveProduct",
    "change_field",
    "change_parameter",
    "create_field",
    "create_product",
    "delete_field",
    "set_product_active",
    "update_product",
    "withdraw_parameter_change",
]
