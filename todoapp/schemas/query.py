"""What calls on several nouns take beside their own: preconditions, tries, pages."""

from functools import cache

from todoapp import limits
from todoapp.schemas.fields import FlagWord, Text, Whole, WholeWord
from todoapp.schemas.strict import Strict, StrictQuery


class Precondition(Strict):
    """The body of a call that takes nothing but a precondition."""

    version = Whole(metadata={"description": "The version that you have seen."})


class WriteQuery(StrictQuery):
    """What every write takes."""

    validate_only = FlagWord(
        load_default=False,
        metadata={"description": 'Check everything, then change nothing: `{"valid": true}`.'},
    )


class PreconditionQuery(WriteQuery):
    """A precondition for a call without a body."""

    version = WholeWord(metadata={"description": "The version that you have seen."})


class EveryoneQuery(StrictQuery):
    """What calls take that an administrator may make for everybody."""

    everyone = FlagWord(
        load_default=False,
        metadata={
            "description": "Everybody's, not only yours: for administrators, with the scope "
            "`admin`."
        },
    )


@cache
def with_everyone(query: type[StrictQuery]) -> type[StrictQuery]:
    """Return the parameters of `query`, and `everyone`."""
    return type(f"{query.__name__}ForEveryone", (EveryoneQuery, query), {})


class SizedQuery(StrictQuery):
    """How much of a collection at once."""

    page_size = WholeWord(
        cap=limits.PAGE_SIZE_MAX,
        load_default=limits.PAGE_SIZE_DEFAULT,
        metadata={"description": "How many; more than 200 is lowered to 200."},
    )


class PageQuery(SizedQuery):
    """Which page of a collection."""

    page_token = Text(
        high=4000,  # one for a sort by title holds up to 500 characters of any alphabet
        metadata={
            "pattern": r"^[A-Za-z0-9_.-]*$",
            "description": "`next_page_token` of the page before, with the same filters.",
        },
    )
