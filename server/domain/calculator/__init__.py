"""The auditor's calculator: JSON in, JSON out, one function an area of the rules.

Each module here holds the areas of one family in a table `AREAS` (area name -> function from
the input object to the output object); it reads the JSON, calls the domain, and writes JSON.
Amounts are yuan text, rates are annual fractions as text, dates are ISO.
"""
