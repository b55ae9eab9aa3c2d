"""The rules of the trade, in pure Python.

It imports no framework and reads no clock: `today` and `as_of` are always arguments. Money is
whole fen (`int`), rates are `Decimal` fractions of a year, dates are civil dates. A function
refuses bad input by raising `errors.Invalid(field, reason)`.
"""
