"""What goes in and comes out."""

from marshmallow import Schema, fields, validate


class TodoSchema(Schema):
    id = fields.Int(dump_only=True)
    uid = fields.Str(dump_only=True)
    url = fields.Str(dump_only=True)
    version = fields.Int(dump_only=True)
    list_id = fields.Int(dump_only=True)
    title = fields.Str(required=True, validate=validate.Length(min=1, max=500))
    description = fields.Str(load_default="")
    status = fields.Str(dump_only=True)
    completed = fields.Bool(dump_only=True)
    completed_at = fields.DateTime(dump_only=True)
    priority = fields.Str(dump_only=True)
    tags = fields.List(fields.Str(), dump_only=True)
    due_date = fields.Function(lambda todo: todo.due_date and todo.due_date.isoformat())
    assigned_to = fields.Str(dump_only=True)
    created_by = fields.Str(dump_only=True)
    parent_id = fields.Int(dump_only=True)
    position = fields.Float(dump_only=True)
    created_at = fields.DateTime(dump_only=True)
    updated_at = fields.DateTime(dump_only=True)
    deleted_at = fields.DateTime(dump_only=True)


class PageSchema(Schema):
    todos = fields.List(fields.Nested(TodoSchema))
    next_cursor = fields.Str()
