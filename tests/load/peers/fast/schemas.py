"""What goes in and comes out."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class TodoIn(BaseModel):
    title: str = Field(min_length=1, max_length=500)
    description: str = ""


class TodoOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    uid: str
    url: str
    version: int
    list_id: int
    title: str
    description: str
    status: str
    completed: bool
    completed_at: datetime | None
    priority: str
    tags: list[str]
    due_date: date | datetime | None
    assigned_to: str | None
    created_by: str
    parent_id: int | None
    position: float
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


class Page(BaseModel):
    todos: list[TodoOut]
    next_cursor: str | None
