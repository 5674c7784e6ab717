"""The timezones that a form offers."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from wtforms import SelectField

#: The others are old names of these, or offsets without a place.
_REGIONS = (
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic"),
    *("Australia", "Europe", "Indian", "Pacific"),
)


class ZoneField(SelectField):  # type: ignore[misc]
    """A choice of places by region; whether it will do, the service says."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Offer what is chosen, too, whatever it is called."""
        super().process(*args, **kwargs)
        self.choices = zones(self.data)


def zones(present: str | None = None) -> dict[str, list[tuple[str, str]]]:
    """Return names and labels of the timezones, by region; `present` is among them."""
    known = {name for zones in _by_region().values() for name, _ in zones}
    others = ["UTC", *({present or "UTC"} - known - {"UTC"})]
    return {"Anywhere": [(name, name) for name in others], **_by_region()}


@cache
def _by_region() -> dict[str, list[tuple[str, str]]]:
    """Return them; to look them up takes some milliseconds."""
    names = sorted(available_timezones())
    return {
        region: [(name, _label(name)) for name in names if name.startswith(f"{region}/")]
        for region in _REGIONS
    }


def _label(name: str) -> str:
    return name.partition("/")[2].replace("_", " ") or name
