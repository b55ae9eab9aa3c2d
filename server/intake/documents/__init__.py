"""What leaves the intake: the outcome as JSON, refused rows, the whole ledger, blank templates.

It may import the slice's actions and queries; writing of tables stands in `tables`.
"""
