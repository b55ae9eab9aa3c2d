"""The only writes of customers: make, change, hand over, let be found, show in clear."""

from server.customers.actions.checks import CheckedCustomer, check_customer, examine_customer
from server.customers.actions.commands import (
    NEED,
    SEALED,
    Address,
    Contact,
    EditCustomer,
    NewCustomer,
    ReassignCustomers,
)
from server.customers.actions.create import (
    CustomerRows,
    create_customer,
    create_customers,
    examine_customers,
    rows_of,
    write_customer_rows,
    write_customers,
)
from server.customers.actions.describing import (
    DESCRIBING,
    DescribeCustomer,
    describe_customers,
)
from server.customers.actions.reveal import (
    Revealed,
    reveal_address,
    reveal_contact,
    reveal_field,
)
from server.customers.actions.standing import FIELDS, differences, standing_customers
from server.customers.actions.terms import add_search_terms, add_terms
from server.customers.actions.update import examine_edit, reassign_customers, update_customer

__all__ = [
    "DESCRIBING",
    "FIELDS",
    "NEED",
    "SEALED",
    "Address",
    "CheckedCustomer",
    "Contact",
    "CustomerRows",
    "DescribeCustomer",
    "EditCustomer",
    "NewCustomer",
    "ReassignCustomers",
    "Revealed",
    "add_search_terms",
    "add_terms",
    "check_customer",
    "create_customer",
    "create_customers",
    "describe_customers",
    "differences",
    "examine_customer",
    "examine_customers",
    "examine_edit",
    "reassign_customers",
    "reveal_address",
    "reveal_contact",
    "reveal_field",
    "rows_of",
    "standing_customers",
    "update_customer",
    "write_customer_rows",
    "write_customers",
]
