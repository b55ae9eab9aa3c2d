"""Files kept with a customer, a loan, a product or feedback: photographs, scans, contracts.

The rows stand in the database; the bytes lie sealed in DATA_DIR/attachments/<aa>/<sha256>, named
by the SHA-256 of what they are, written before the row. It knows its owners by kind and id alone,
and may import accounts and what lies below. The neighbour to copy is `customers`.
"""
