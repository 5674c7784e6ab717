"""The list of todos: what it shows, in which order, page by page, with its state in the address."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.listing import chosen, links, titles
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.limits import ListRole

Person = Callable[..., Api]


@pytest.fixture
def todos(visitor: Api) -> Api:
    """Return alice, with todos of every kind."""
    today = utcnow().date()
    house = visitor.make_list("House", color="#2e8b57")["id"]
    visitor.todo("Water plants", tags=["home"], priority="high", list_id=house)
    visitor.todo("Pay rent", due_date=str(today - timedelta(days=3)), tags=["money", "home"])
    visitor.todo("Call Bob", assigned_to="alice", status="on_hold")
    visitor.todo("Old story", status="completed")
    visitor.todo("Bad idea", status="cancelled", tags=["home"])
    return visitor


def test_open_todos_come_first_and_the_filter_can_be_taken_off(todos: Api, window: Browser) -> None:
    page = window.get("/admin/todos")
    assert titles(page) == ["Call Bob", "Pay rent", "Water plants"]
    assert chosen(page) == ["Open"]
    assert "3 todos" in page.text
    everything = window.get(links(page)["Open , remove"])
    assert titles(everything) == ["Bad idea", "Old story", "Call Bob", "Pay rent", "Water plants"]
    assert chosen(everything) == []
    assert titles(window.get(links(everything)["Open"])) == titles(page)


@pytest.mark.parametrize(
    ("filter_", "shown"),
    [
        ("Overdue", ["Pay rent"]),
        ("Due today", []),
        ("No date", ["Call Bob", "Water plants"]),
        ("Assigned to me", ["Call Bob"]),
        ("Unassigned", ["Pay rent", "Water plants"]),
        ("On hold", ["Pay rent", "Water plants"]),
        ("Completed", ["Old story", "Call Bob", "Pay rent", "Water plants"]),
        ("High", ["Water plants"]),
        ("House", ["Water plants"]),
        ("home", ["Pay rent", "Water plants"]),
        ("alice", ["Call Bob"]),
    ],
)
def test_a_click_narrows_the_list_and_another_widens_it(
    todos: Api, window: Browser, filter_: str, shown: list[str]
) -> None:
    page = window.get("/admin/todos")
    narrowed = window.get(links(page)[filter_])
    assert titles(narrowed) == shown
    here = links(narrowed)
    back = here.get(f"{filter_} , remove", here.get(filter_, ""))
    assert titles(window.get(back)) == titles(page)


def test_several_filters_are_on_and_cleared_at_once(todos: Api, window: Browser) -> None:
    page = window.get("/admin/todos?status=any&tags=home,money&priority=medium,low&page_size=25")
    assert titles(page) == ["Pay rent"]
    assert chosen(page) == ["Tag: home", "Tag: money", "Priority: Medium", "Priority: Low"]
    without = window.get(links(page)["Tag: money , remove"])
    assert titles(without) == ["Bad idea", "Pay rent"]
    cleared = links(page)["Clear all"]
    assert cleared == "/admin/todos?page_size=25&status=any"
    assert len(titles(window.get(cleared))) == 5
    assert links(page)["100"].endswith("&page_size=100")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("rent", ["Pay rent"]),
        ("PAY re", ["Pay rent"]),
        ("status = completed", ["Old story"]),
        ("tags : home AND open = true", ["Pay rent", "Water plants"]),
        ("nothing of the kind", []),
    ],
)
def test_one_box_takes_words_and_filters(
    todos: Api, window: Browser, text: str, shown: list[str]
) -> None:
    page = window.get("/admin/todos", query_string={"find": text})
    assert titles(page) == shown
    told = "Read as a filter" if "=" in text else "Read as words"
    assert told in page.text
    assert f'value="{text}"' in page.text


def test_a_filter_that_cannot_be_read_is_kept_and_explained(todos: Api, window: Browser) -> None:
    page = window.get("/admin/todos?find=open %3D true AND pirority %3D high&tags=home")
    assert page.status_code == 400
    assert "At character 17: Unknown field <code>pirority</code>" in page.text
    assert "did you mean <code>priority</code>?" in page.text
    assert "open = true AND <mark>pirority</mark> = high" in page.text
    assert 'value="open = true AND pirority = high"' in page.text
    assert titles(page) == []
    assert chosen(page) == ["Tag: home"]
    words = window.get(links(page)["Look for it as words"])
    assert words.status_code == 200
    assert "Read as words" in words.text


def test_a_column_sorts_both_ways(todos: Api, window: Browser) -> None:
    page = window.get("/admin/todos?tags=home")
    by_title = window.get(links(page)["Title"])
    assert titles(by_title) == ["Bad idea", "Pay rent", "Water plants"]
    assert by_title.text.count("aria-sort") == 1
    assert '<th scope="col" aria-sort="ascending">' in by_title.text
    turned = window.get(links(by_title)["Title"])
    assert titles(turned) == titles(by_title)[::-1]
    assert '<th scope="col" aria-sort="descending">' in turned.text
    assert titles(window.get(links(page)["Priority"]))[0] == "Water plants"
    assert titles(window.get(links(page)["Due"]))[0] == "Pay rent"
    words = window.get(f"{links(page)['Title']}&find=pay")
    assert titles(words) == ["Pay rent"]
    assert "Title, A to Z" not in words.text


@pytest.mark.parametrize("sort", ["", "&sort=title", "&sort=-due_date"])
def test_one_pages_forward_and_back(visitor: Api, window: Browser, sort: str) -> None:
    for number in range(7):
        visitor.todo(f"Todo {number}", due_date="2027-01-02" if number % 2 else None)
    first = window.get(f"/admin/todos?page_size=3&status=open{sort}")
    second = window.get(links(first)["Next"])
    third = window.get(links(second)["Next"])
    assert [len(titles(page)) for page in (first, second, third)] == [3, 3, 1]
    assert len({*titles(first), *titles(second), *titles(third)}) == 7
    assert "Previous" not in links(first)
    assert "Next" not in links(third)
    assert titles(window.get(links(third)["Previous"])) == titles(second)
    assert titles(window.get(links(second)["Previous"])) == titles(first)
    assert "7 todos" in second.text


def test_a_saved_view_is_shown_in_its_order(todos: Api, window: Browser) -> None:
    view = todos.made("views", {"name": "At home", "filter": "tags : home", "sort": "title"})
    page = window.get(f"/admin/todos?view={view['id']}")
    assert titles(page) == ["Bad idea", "Pay rent", "Water plants"]
    assert chosen(page) == ["View: At home"]
    assert links(page)["At home"] == f"/admin/todos?view={view['id']}"
    assert 'aria-sort="ascending"' in page.text


def test_a_member_sees_their_own_and_an_administrator_all(
    app: Flask, todos: Api, window: Browser, person: Person, share: Callable[..., None]
) -> None:
    bob = person("bob", password=PASSWORD, role="admin")
    carol = person("carol", password=PASSWORD)
    bob.todo("Bob's own")
    at_bobs, at_carols = Browser(app), Browser(app)
    at_bobs.log_in("bob")
    at_carols.log_in("carol")
    assert titles(at_carols.get("/admin/todos")) == []
    assert titles(at_bobs.get("/admin/todos")) == [
        "Bob's own",
        "Call Bob",
        "Pay rent",
        "Water plants",
    ]
    assert "Inbox of alice" in at_bobs.get("/admin/todos").text
    assert "Bob" not in " ".join(titles(window.get("/admin/todos?find=own")))
    house = todos.get("lists").get_json()["lists"][-1]["id"]
    share(house, carol, ListRole.VIEWER)
    page = at_carols.get("/admin/todos")
    assert titles(page) == ["Water plants"]
    assert "data-select>" not in page.text  # she may only look
    assert "Rename: " not in page.text


def test_a_page_takes_as_many_statements_for_5_todos_as_for_500(
    visitor: Api, window: Browser
) -> None:
    def statements() -> int:
        with counted(window.app) as seen:
            assert window.get("/admin/todos?page_size=200").status_code == 200
        return len(seen)

    for number in range(5):
        visitor.todo(f"Todo {number}", tags=["home", f"tag {number}"])
    statements()
    few = statements()
    for start in range(0, 500, 100):
        operations = [
            {"op": "create", "todo": {"title": f"More {number}", "tags": ["home"]}}
            for number in range(start, start + 100)
        ]
        assert visitor.post("todos/batch", {"operations": operations}).status_code == 200
    assert statements() == few
    assert few <= 8


def test_who_has_no_todos_is_told_how_to_begin(visitor: Api, window: Browser) -> None:
    page = window.get("/admin/todos").text
    assert "No open todos" in page
    assert "curl http://localhost/api/v1/todos" in page
    assert "No todos yet" in window.get("/admin/todos?status=any").text
    for filter_ in ("tags=none-such", "list_id=999"):
        nothing = window.get(f"/admin/todos?{filter_}")
        assert "Nothing matches" in nothing.text
        assert links(nothing)["Clear all filters"] == "/admin/todos?status=any"


HOSTILE = ["%00", "%F0%9F%92%A9", "a" * 5000, "%ED%A0%80", '"><script>', "%0D%0A", "-1", ",", "1e9"]
NAMES = [
    *("find", "filter", "q", "status", "completed", "priority", "tags", "list_id", "assigned_to"),
    *("created_by", "due", "due_before", "parent_id", "updated_since", "view", "trashed", "sort"),
    *("page_size", "page_token", "rename", "unknown", "everyone", "in"),
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_stands_in_the_address_the_page_works(
    todos: Api, window: Browser, value: str
) -> None:
    for name in NAMES:
        value = value if value.startswith("%") else quote(value)
        page = window.get(f"/admin/todos?{name}={value}&page_size=25")
        assert page.status_code in (200, 400, 422), (name, page.status_code)
        assert "<h1>Todos</h1>" in page.text
        assert "<script>" not in page.text
        refused = page.status_code != 200
        assert refused == ("aria-invalid" in page.text or "notice danger" in page.text), name
        for said, url in links(page).items():
            if said in ("Leave it out", "Begin at the first page"):
                assert window.get(url).status_code == 200


def test_a_page_token_of_another_list_is_explained(visitor: Api, window: Browser) -> None:
    for number in range(4):
        visitor.todo(f"Todo {number}")
    token = links(window.get("/admin/todos?page_size=2"))["Next"].partition("page_token=")[2]
    page = window.get(f"/admin/todos?page_size=2&tags=home&page_token={token}")
    assert page.status_code == 400
    assert "does not belong to" in page.text
    assert links(page)["Begin at the first page"] == "/admin/todos?page_size=2&tags=home"
