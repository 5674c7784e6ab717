"""Several writes in one call: what clients send, what they get."""

from typing import Any

from marshmallow import ValidationError, fields

from todoapp import limits
from todoapp.schemas.answer import Answer, Out
from todoapp.schemas.fields import CodedField, OneOf, Whole
from todoapp.schemas.strict import Strict
from todoapp.schemas.todo import TodoCreate, TodoPatch
from todoapp.schemas.todo_out import TodoOut


class Part(CodedField, fields.Nested):
    """An object within the body, of a schema of its own."""


class CreateOperation(Strict):
    """Create a todo, as POST /todos does."""

    op = OneOf(("create",), required=True)
    todo = Part(TodoCreate, required=True)


class Targeted(Strict):
    """What is done to a todo that is there."""

    id = Whole(required=True)
    version = Whole(metadata={"description": "A precondition: the version that you have seen."})


class UpdateOperation(Targeted):
    """Change a todo, as PATCH /todos/{id} does."""

    op = OneOf(("update",), required=True)
    todo = Part(TodoPatch, required=True)


class DeleteOperation(Targeted):
    """Put a todo into the trash, as DELETE /todos/{id} does."""

    op = OneOf(("delete",), required=True)


class RestoreOperation(Targeted):
    """Bring a todo back from the trash, as POST /todos/{id}/restore does."""

    op = OneOf(("restore",), required=True)


OPERATIONS: dict[str, type[Strict]] = {
    "create": CreateOperation,
    "update": UpdateOperation,
    "delete": DeleteOperation,
    "restore": RestoreOperation,
}


class Operations(CodedField):
    """From 1 to BATCH_MAX operations; all that is wrong with any of them comes at once."""

    default_error_messages = {
        "type": "Must be an array of operations.",
        "length": "Must have from 1 to {high} operations.",
        "object": "Must be an object.",
        "choice": "Must be one of: {choices}.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        kinds = {op: f"#/components/schemas/{kind.__name__}" for op, kind in OPERATIONS.items()}
        items = {
            "oneOf": [{"$ref": ref} for ref in kinds.values()],
            "discriminator": {"propertyName": "op", "mapping": kinds},
        }
        bounds = {"minItems": 1, "maxItems": limits.BATCH_MAX}
        self.metadata = {"type": "array", "items": items, **bounds, **self.metadata}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[dict[str, Any]]:
        if not isinstance(value, list):
            raise self.make_error("type")
        if not 1 <= len(value) <= limits.BATCH_MAX:
            raise self.make_error("length", high=limits.BATCH_MAX)
        loaded: list[dict[str, Any]] = []
        errors: dict[int, Any] = {}
        for index, item in enumerate(value):
            try:
                loaded.append(self._load(item))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return loaded

    def _load(self, item: Any) -> dict[str, Any]:
        if not isinstance(item, dict):
            raise self.make_error("object")
        op = item.get("op")
        kind = OPERATIONS.get(op) if isinstance(op, str) else None
        if kind is None:
            wrong = self.make_error("choice", choices=", ".join(OPERATIONS))
            raise ValidationError({"op": wrong.messages})
        loaded: dict[str, Any] = kind().load(item)
        return loaded


class Batch(Strict):
    """Operations that are done all, in order, or not at all."""

    operations = Operations(required=True)


class BatchResult(Answer):
    """One operation, and the todo as the batch has left it."""

    op = Out({"type": "string", "enum": list(OPERATIONS)})
    todo = fields.Nested(TodoOut)


class BatchResults(Answer):
    """A result for each operation, in their order."""

    results = fields.List(fields.Nested(BatchResult))
