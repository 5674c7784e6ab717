"""The filter language: `status = pending AND (tags : home OR priority >= high)`.

A text becomes tokens (`lexer`), and these a tree (`parser`, `tree`), whose comparisons `fields` has
checked; `sql` makes a condition of it. All of it is linear in the length of the text, which is
bounded, as are its depth and the number of comparisons. docs/filters.md tells what they mean.

The tree is kept apart from its values: trees of one structure share one statement.
"""

from todoapp.services.filter_language.parser import check, parse
from todoapp.services.filter_language.sql import Variant, bind, condition
from todoapp.services.filter_language.tree import Expression

__all__ = ["Expression", "Variant", "bind", "check", "condition", "parse"]
