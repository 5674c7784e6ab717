"""The timezones that a form offers."""

from functools import cache
from zoneinfo import available_timezones

from wtforms import Field, Form, SelectField
from wtforms.fields import SelectChoice

#: The others are old names of these, or offsets without a place.
_REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic"),
    *("Australia", "Europe", "Indian", "Pacific"),
)
_ANYWHERE = "Anywhere"


def zone_field(label: str) -> SelectField:
    """Return a choice of places by region; whether it will do, the service says."""
    return SelectField(label, choices=_offered, validate_choice=False)


def zones(present: str | None) -> list[SelectChoice]:
    """Return the timezones, by region; `present`, whatever it is called, is among them."""
    places = _places()
    others = ["UTC", *({present or "UTC"} - {place.value for place in places} - {"UTC"})]
    return [*(SelectChoice(name, name, optgroup=_ANYWHERE) for name in others), *places]


def _offered(_form: Form, field: Field) -> list[SelectChoice]:
    return zones(field.data)


@cache
def _places() -> list[SelectChoice]:
    """Return all that have a place; to look them up takes some milliseconds."""
    names = sorted(available_timezones())
    split = [(name, *name.split("/", 1)) for name in names if name.startswith(_PREFIXES)]
    return [
        SelectChoice(name, place.replace("_", " "), optgroup=region)
        for name, region, place in split
    ]


_PREFIXES = tuple(f"{region}/" for region in _REGIONS)
