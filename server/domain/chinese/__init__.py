"""Chinese writing: amounts in capitals 人民币大写 and back, the pinyin of names, surnames.

`names` is the only module of the domain that imports a library (pypinyin, a dictionary).
"""

from server.domain.chinese.amounts import capitals, fen_from_capitals
from server.domain.chinese.names import NamePinyin, name_pinyin
from server.domain.chinese.surnames import has_compound_surname, surname_of

__all__ = [
    "NamePinyin",
    "capitals",
    "fen_from_capitals",
    "has_compound_surname",
    "name_pinyin",
    "surname_of",
]
