"""What is said of one kind of problem."""

from typing import NamedTuple


class Kind(NamedTuple):
    """One kind of problem."""

    status: int
    title: str
    #: For the page: what happened, and what the reader can do.
    advice: str
