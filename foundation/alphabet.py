"""Names in the order of the Nordic alphabets: in Python for short lists, in the database for long ones.

Norwegian and Danish end with æ, ø, å (and aa sorts as å); Swedish ends with å, ä, ö. English readers meet Nordic
names too and get the Norwegian order.
"""

from __future__ import annotations

import unicodedata

from django.db.models import F, TextField, Value
from django.db.models.expressions import Combinable, Func
from django.db.models.functions import Collate

ASCII_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
# The same letters as the function sort_key of the database; a test compares the two.
SWEDISH = str.maketrans("ÅåÄäÆæÖöØøÜüÉéÈè", "{{||||}}}}yyeeee")
NORWEGIAN = str.maketrans("ÆæÄäØøÖöÅåÜüÉéÈè", "{{{{||||}}yyeeee")


def sort_key(words: str, language: str) -> str:
    """What the words sort by in the language, to be compared character by character."""
    composed = unicodedata.normalize("NFC", words).translate(ASCII_LOWER)
    if alphabet_of(language) == "sv":
        return composed.translate(SWEDISH)
    return composed.translate(NORWEGIAN).replace("aa", "}")


def name_key(field: str, language: str) -> Combinable:
    """The same key of a column, for order_by; customers have an index on it."""
    key = Func(F(field), Value(alphabet_of(language)), function="sort_key", output_field=TextField())
    return Collate(key, "C")


def alphabet_of(language: str) -> str:
    """The alphabet that the language is sorted by: that of Swedish, or the one of Norwegian and Danish."""
    return "sv" if language == "sv" else "nb"
