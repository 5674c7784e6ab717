"""Errors, as clients get them: RFC 9457."""

from marshmallow import fields

from todoapp.schemas.answer import Answer, Out


class ProblemField(Answer):
    """One thing wrong with what was sent: in the body (`pointer`) or the query (`parameter`)."""

    optional = frozenset({"pointer", "parameter", "position"})

    pointer = Out(
        {"type": "string", "description": "RFC 6901, into the body.", "example": "/title"}
    )
    parameter = Out({"type": "string", "description": "A query parameter.", "example": "page_size"})
    code = Out({"type": "string", "example": "required"})
    detail = Out({"type": "string", "example": "Missing data for required field."})
    position = Out(
        {"type": "integer", "description": "The character in the text sent, from 0 (bad-filter)."}
    )


class ConflictOut(Answer):
    """A thing that is no longer as it was left."""

    noun = Out({"type": "string"})
    id = Out({"type": "integer"})
    fields_ = Out({"type": "array", "items": {"type": "string"}}, data_key="fields")


class Problem(Answer):
    """What went wrong, and what to do about it."""

    optional = frozenset(
        {
            *("errors", "current", "required_scope", "role", "filter", "todo_id", "conflicts"),
            "kept_after",
        }
    )

    type = Out({"type": "string", "format": "uri", "description": "A page that explains it."})
    title = Out({"type": "string"})
    status = Out({"type": "integer"})
    code = Out({"type": "string", "description": "For programs: stays the same."})
    detail = Out({"type": "string", "description": "For people: this very case."})
    instance = Out({"type": "string"})
    request_id = Out({"type": "string", "description": "Finds the line in the log."})
    errors = fields.List(
        fields.Nested(ProblemField), metadata={"description": "Every field that is wrong."}
    )
    current = Out({"type": "object", "description": "The thing as it stands (412)."})
    required_scope = Out({"type": "string", "description": "What the key lacks (403)."})
    role = Out({"type": "string", "description": "Your role in the list (403)."})
    filter = Out({"type": "string", "description": "The todos that the key has (403)."})
    todo_id = Out({"type": "integer", "description": "The todo that stands in the way (409)."})
    conflicts = fields.List(
        fields.Nested(ConflictOut), metadata={"description": "What has changed since (409)."}
    )
    kept_after = Out({"type": "integer", "description": "The last change that is gone (410)."})
