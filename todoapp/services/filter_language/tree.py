"""What a filter says, as a tree that can be compared and hashed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal


@dataclass(frozen=True, slots=True)
class Relative:
    """A moment that is counted from when the filter is used."""

    anchor: Literal["now", "today"]
    distance: timedelta = timedelta(0)


#: As the database has it: a rank, a folded title; but moments and `me` depend on who asks.
Value = str | int | float | date | datetime | Relative | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison. False where the field is unset.

    `operator` is one of `= < <= > >= :`, or `:*`, which takes no value.
    """

    field: str
    operator: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Not:
    """True where `part` is false."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """True where all of two or more parts are."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """True where any of two or more parts is."""

    parts: "tuple[Expression, ...]"


Expression = Comparison | Not | And | Or
