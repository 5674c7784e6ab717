"""Jobs, as administrators get them."""

from todoapp import limits
from todoapp.schemas.answer import Out, OutInstant, Resource
from todoapp.schemas.fields import OneOf
from todoapp.schemas.query import PageQuery


class JobQuery(PageQuery):
    """Which jobs."""

    state = OneOf(limits.JobState, metadata={"description": "How they stand."})


class JobOut(Resource):
    """A job."""

    collection = "jobs"

    id = Out({"type": "integer"})
    kind = Out({"type": "string", "description": "What it does."})
    payload = Out({"type": "object", "description": "With what."})
    slot = Out(
        {
            "type": ["string", "null"],
            "description": "The beginning of its period; null: it is not periodic.",
        }
    )
    state = Out({"type": "string", "enum": [state.value for state in limits.JobState]})
    run_at = OutInstant(metadata={"description": "It is not run earlier."})
    attempts = Out({"type": "integer", "description": "How often it was begun in vain, or now."})
    error = Out({"type": ["string", "null"], "description": "Why it failed last."})
    leased_by = Out({"type": ["string", "null"], "description": "The worker that runs it."})
    leased_until = OutInstant(
        nullable=True, metadata={"description": "When another one gets it, if that one is silent."}
    )
    created_at = OutInstant()
    ended_at = OutInstant(
        nullable=True, metadata={"description": "Since when it is done, or given up."}
    )
