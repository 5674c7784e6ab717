"""What is asked of each database.

Pages are asked for in such a size that the smallest fills them, as far as it can: what differs
then is the finding, and not the writing of the answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from todoapp.clock import utcnow
from todoapp.schemas.todo import SORTS
from todoapp.services.generate_text import subject

#: Returns what the API answers to a path below /api/v1/, as one of the people.
Ask = Callable[[str], Any]


@dataclass(frozen=True)
class Question:
    """A call that every database has to answer."""

    #: Below /api/v1/; `{list_id}` and the like stand for what `facts` returns.
    path: str
    #: What the table calls it; empty: by its path.
    name: str = ""
    #: POSTs a todo with a title as others have it: thousands of one kind would hide the others.
    adds: bool = False
    #: Asked by an administrator.
    everyone: bool = False
    #: Not the first page, but the one in the midst.
    deep: bool = False


def _pages(filters: str, size: int = 50) -> list[Question]:
    """Return a page for each of the filters, given with spaces between."""
    return [Question(f"todos?page_size={size}&{one}") for one in filters.split()]


def _filtered(size: int, *texts: str) -> list[Question]:
    """Return a page for each text in the filter language."""
    return [
        Question(f"todos?page_size={size}&filter={quote(text, safe='{}')}", f"todos?filter={text}")
        for text in texts
    ]


QUESTIONS: list[Question] = [
    Question("todos/{todo_id}"),
    Question("todos", adds=True),
    Question("lists"),
    Question("tags"),
    Question("changes?page_size=50"),
    Question("todos/{todo_id}/history"),
    *_pages(" ".join(f"sort={sign}{name}" for name in SORTS for sign in ("", "-"))),
    *(
        Question(f"todos?sort={sort}", deep=True)
        for sort in ("-created_at", "due_date", "title", "-priority", "completed_at")
    ),
    *_pages("count=true"),
    # What many todos are.
    *_pages("completed=true completed=false due=any due=none parent_id=none status=pending"),
    *_pages("assigned_to=me assigned_to=none created_by=me"),
    *_pages("priority=medium tags=work due_before={next_week} due_after={next_week}", 20),
    *_pages("status=pending,in_progress,on_hold priority=high,critical", 20),
    # What few are.
    *_pages("priority=critical status=cancelled trashed=true tags=money", 5),
    *_pages("list_id={list_id} due=overdue due_before={yesterday}", 3),
    *_pages("tags=tax&trashed=true tags=tax&sort=title tags=tax&completed=false&count=true", 1),
    *_pages("due=today tags=tax updated_since={yesterday} parent_id={parent_id}", 1),
    *_pages("created_by=user050 created_by=user002 assigned_to=user002 status=cancelled", 1),
    # Several at once.
    *_pages("sort=due_date&completed=false sort=-priority&completed=false", 20),
    *_pages("sort=title&tags=work sort=due_date&assigned_to=me", 20),
    *_pages("sort=-completed_at&completed=true sort=-updated_at&priority=high", 20),
    *_pages("list_id={list_id}&completed=false&sort=position", 2),
    *_pages("priority=critical&tags=work&completed=false", 1),
    *_pages("assigned_to=me&due=overdue due=today&completed=false tags=work,home", 1),
    *_pages("tags=work&completed=false&count=true completed=false&count=true", 20),
    # In the filter language: what many are, then few.
    *_filtered(50, "open = true", "NOT due_date:*", "NOT (completed = true OR assigned_to = bob)"),
    *_filtered(20, "tags : work", "priority >= high", "due_date < now+7d AND open = true"),
    *_filtered(20, "open = true AND (tags : home OR priority >= high)", "title : report"),
    *_filtered(1, "overdue = true", "tags : tax", "text : kestrel", "parent_id = {parent_id}"),
    # Words: of many todos, of few, of none; two that follow each other; and the beginning of one.
    *_pages("q=review%20 q=report%20&completed=false", 5),
    *_pages("q=kestrel%20 q=absentee%20 q={subject}%20 q=%22the%20floor%20plan%22 q=re", 1),
    *_pages("q=review%20&sort=-created_at q=absentee%20&sort=-created_at q=review%20report%20", 1),
    # Everybody's.
    *(
        Question(f"{path}everyone=true", everyone=True)
        for path in ("todos?", "todos?sort=created_at&", "todos?sort=-id&", "todos?sort=due_date&")
    ),
    *(
        Question(f"todos?{filters}&everyone=true", everyone=True)
        for filters in ("completed=false", "tags=work", "q=review%20", "count=true", "trashed=true")
    ),
    Question("lists?everyone=true", everyone=True),
    Question("tags?everyone=true", everyone=True),
    Question("changes?page_size=50&everyone=true", everyone=True),
    # Statistics, which are counted anew after a write alone; and views.
    Question("stats"),
    Question("stats?everyone=true", everyone=True),
    Question("views"),
]


def facts(ask: Ask) -> Mapping[str, Any]:
    """Return what stands in the places of the paths."""
    todos = ask("todos?page_size=200&sort=created_at")["todos"]
    child = next(todo for todo in _all(ask, "todos?page_size=200") if todo["parent_id"])
    now = utcnow()
    return {
        "todo_id": todos[0]["id"],
        "list_id": child["list_id"],
        "parent_id": child["parent_id"],
        "subject": quote(subject(0)),
        "yesterday": quote((now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")),
        "next_week": (now + timedelta(days=7)).date().isoformat(),
    }


def _all(ask: Ask, path: str) -> Any:
    token = ""
    while token is not None:
        page = ask(f"{path}{token and f'&page_token={token}'}")
        yield from page["todos"]
        token = page["next_page_token"]


def in_the_midst(ask: Ask, path: str) -> str:
    """Return the path of the page half-way through what `path` pages through."""
    total = ask(f"{path}&count=true")["total_count"]
    seen, token = 0, ""
    while seen < total / 2:
        page = ask(f"{path}&page_size=200{token and f'&page_token={token}'}")
        seen, token = seen + len(page["todos"]), page["next_page_token"]
    return f"{path}&page_token={token}"
