"""Statistics: which are asked for, what they say."""

from marshmallow import fields

from todoapp import limits
from todoapp.schemas.answer import Answer, Out
from todoapp.schemas.fields import WholeWord
from todoapp.schemas.strict import StrictQuery

_NUMBER = {"type": "integer", "minimum": 0}


class StatsQuery(StrictQuery):
    """Of which list, and for how long."""

    list_id = WholeWord(metadata={"description": "Only this list; default: all that you see."})
    days = WholeWord(
        high=limits.STATS_DAYS_MAX,
        load_default=limits.STATS_DAYS_DEFAULT,
        metadata={"description": "How many days `per_day` covers, today included."},
    )


class StatusCountsOut(Answer):
    """How many todos have each status."""

    pending = Out(_NUMBER)
    in_progress = Out(_NUMBER)
    on_hold = Out(_NUMBER)
    completed = Out(_NUMBER)
    cancelled = Out(_NUMBER)


class BusyListOut(Answer):
    """A list with much to do."""

    list_id = Out({"type": "integer"})
    name = Out({"type": "string"})
    open = Out(_NUMBER)


class DayOut(Answer):
    """What was done on a day of the caller's timezone."""

    date = Out({"type": "string", "format": "date"})
    created = Out(_NUMBER)
    completed = Out({**_NUMBER, "description": "Those that still are completed."})


class StatsOut(Answer):
    """Numbers of todos; the trash is not counted."""

    open = Out({**_NUMBER, "description": "Pending, in progress or on hold."})
    overdue = Out({**_NUMBER, "description": "As `due=overdue` selects."})
    due_today = Out({**_NUMBER, "description": "As `due=today` selects, done or not."})
    by_status = fields.Nested(StatusCountsOut)
    busiest_lists = fields.List(
        fields.Nested(BusyListOut),
        metadata={"description": "Up to five, with the most open todos first."},
    )
    per_day = fields.List(
        fields.Nested(DayOut), metadata={"description": "Every day, the oldest first, today last."}
    )
