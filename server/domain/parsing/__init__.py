"""Reading what people type and what old ledgers hold: dates, amounts, rates, numbers, headings.

Each reader takes a cell (text, number, date or None) and answers a `typed.Reading`: the value
and a flag. A reader never guesses in silence: what had to be assumed carries a flag, what could
be two things has no value. Nothing here knows of files; the rules are those of old Chinese loan
ledgers.
"""
