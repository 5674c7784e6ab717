"""Uses the client that was generated from the document, as a program of somebody else would.

`make contract` runs it, where the client is installed; our own package is not.
"""

import os

from todoapp_client import AuthenticatedClient
from todoapp_client.api.lists import create_list
from todoapp_client.api.todos import (
    create_todo,
    delete_todo,
    get_todo,
    list_todos,
    patch_todo,
    put_todo,
)
from todoapp_client.models import (
    ListCreate,
    ListTodosSort,
    Problem,
    Todo,
    TodoCreate,
    TodoPage,
    TodoPatch,
    TodoPatchStatusType0,
    TodoPut,
    TodoStatus,
)

client = AuthenticatedClient(
    base_url=os.environ["CONTRACT_URL"],
    token=os.environ["CONTRACT_KEY"],
    raise_on_unexpected_status=True,
)


def create(title: str, **values: object) -> Todo:
    made = create_todo.sync(client=client, body=TodoCreate(title=title, **values))
    assert isinstance(made, Todo), made
    return made


def pages(**query: object) -> list[list[object]]:
    """Return the todos of every page."""
    found: list[list[object]] = []
    token: dict[str, str] = {}
    while True:
        page = list_todos.sync(client=client, page_size=2, **query, **token)
        assert isinstance(page, TodoPage), page
        found.append(page.todos)
        if page.next_page_token is None:
            return found
        token = {"page_token": page.next_page_token}


def main() -> None:
    kept = create_list.sync(client=client, body=ListCreate(name="Client"))
    day = create("A day", list_id=kept.id, due_date="2030-05-31", tags=["home", "café"])
    assert (day.due_date, day.tags, day.status) == ("2030-05-31", ["home", "café"], "pending")
    instant = create("An instant", list_id=kept.id, due_date="2030-05-31T18:00:00+02:00")
    assert instant.due_date == "2030-05-31T16:00:00Z"
    child = create("A child", list_id=kept.id, parent_id=day.id)

    whole = pages(list_id=kept.id, sort=ListTodosSort.ID)
    assert [[todo.id for todo in page] for page in whole] == [[day.id, instant.id], [child.id]]
    assert whole[0][0] == day
    sparse = pages(list_id=kept.id, sort=ListTodosSort.ID, fields="id,title")
    assert [todo.title for page in sparse for todo in page] == ["A day", "An instant", "A child"]

    change = TodoPatch(status=TodoPatchStatusType0.IN_PROGRESS, due_date=None, version=1)
    changed = patch_todo.sync(day.id, client=client, body=change)
    assert (changed.status, changed.due_date) == (TodoStatus.IN_PROGRESS, None)
    stale = patch_todo.sync(day.id, client=client, body=change)
    assert isinstance(stale, Problem)
    assert (stale.status, stale.current["version"]) == (412, changed.version)

    edited = TodoPut.from_dict({**changed.to_dict(), "title": "What was got, edited"})
    replaced = put_todo.sync(day.id, client=client, body=edited)
    assert (replaced.title, replaced.version, replaced.tags) == (edited.title, 3, day.tags)

    assert delete_todo.sync_detailed(child.id, client=client).status_code == 204
    assert get_todo.sync(child.id, client=client).deleted_at is not None
    missing = get_todo.sync(2**40, client=client)
    assert isinstance(missing, Problem)
    assert missing.status == 404
    print("The generated client can create, page through, change and delete.")


if __name__ == "__main__":
    main()
