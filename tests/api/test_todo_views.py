"""`GET /todos?view=…`: what a saved view shows."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted

Share = Callable[[int, Api, str], None]


@pytest.fixture
def ids(alice: Api) -> dict[str, int]:
    """Return todos of alice's by title, made in this order, and the list that some are in."""
    list_id = alice.make_list()["id"]
    wanted: list[dict[str, Any]] = [
        {"title": "b", "priority": "high", "list_id": list_id},
        {"title": "a", "priority": "high"},
        {"title": "d", "priority": "low", "list_id": list_id},
        {"title": "c", "priority": "high", "list_id": list_id, "status": "completed"},
    ]
    return {"list": list_id} | {one["title"]: alice.todo(**one)["id"] for one in wanted}


def save(api: Api, **values: Any) -> str:
    """Save a view of what matters, and return the path of its todos."""
    chosen = {"name": "Urgent", "filter": "priority = high", "sort": "title", **values}
    url: str = api.made("views", chosen)["todos_url"]
    return url.removeprefix("http://localhost")


def test_a_view_brings_its_filter_and_its_sort(alice: Api, ids: dict[str, int]) -> None:
    assert alice.ids(save(alice)) == [ids["a"], ids["b"], ids["c"]]
    everything = alice.ids(save(alice, filter="", sort="-title"))
    assert everything == [ids["d"], ids["c"], ids["b"], ids["a"]]


def test_other_parameters_narrow_it_and_a_sort_goes_before(alice: Api, ids: dict[str, int]) -> None:
    path = save(alice)
    assert alice.ids(f"{path}&sort=-title") == [ids["c"], ids["b"], ids["a"]]
    assert alice.ids(f"{path}&completed=false") == [ids["a"], ids["b"]]
    assert alice.ids(f"{path}&list_id={ids['list']}") == [ids["b"], ids["c"]]
    counted_ = alice.get(f"{path}&count=true&page_size=1").get_json()
    assert counted_["total_count"] == 3
    assert alice.ids(f"{path}&q=b") == [ids["b"]]
    assert wrong(alice.get(f"{path}&q=b&sort=title")) == {"sort": "choice"}


def test_a_filter_narrows_that_of_the_view(alice: Api, ids: dict[str, int]) -> None:
    path = save(alice, filter="priority = high OR title : d")
    assert alice.ids(path) == [ids["a"], ids["b"], ids["c"], ids["d"]]
    narrowed = alice.ids(f"{path}&filter=title:d%20OR%20status=completed&count=true")
    assert narrowed == [ids["c"], ids["d"]]


def test_a_view_speaks_of_whoever_looks(
    alice: Api, bob: Api, share: Share, ids: dict[str, int]
) -> None:
    share(ids["list"], bob, "viewer")
    hers = alice.todo(assigned_to="alice", list_id=ids["list"])["id"]
    his = alice.todo(assigned_to="bob", list_id=ids["list"])["id"]
    path = save(alice, filter="assigned_to = me", list_id=ids["list"])
    assert (alice.ids(path), bob.ids(path)) == ([hers], [his])


def test_a_shared_view_shows_what_is_in_its_list(
    alice: Api, bob: Api, share: Share, ids: dict[str, int]
) -> None:
    share(ids["list"], bob, "viewer")
    bob.todo("e", priority="high")
    path = save(alice, list_id=ids["list"])
    assert alice.ids(path) == bob.ids(path) == [ids["b"], ids["c"]]
    assert alice.ids(f"{path}&list_id={ids['list']}") == [ids["b"], ids["c"]]
    assert wrong(alice.get(f"{path}&list_id=1")) == {"list_id": "contradiction"}


def test_a_view_that_one_does_not_see_is_one_that_is_not_there(alice: Api, bob: Api) -> None:
    view = alice.made("views", {"name": "Mine"})
    answers = [bob.get(f"todos?view={id_}") for id_ in (view["id"], 10**9)]
    assert wrong(answers[0]) == {"view": "unknown"}
    assert answers[0].get_json()["errors"] == answers[1].get_json()["errors"]
    assert wrong(alice.get("todos?view=0")) == {"view": "range"}


def test_pages_of_a_view_meet(alice: Api, ids: dict[str, int]) -> None:
    found: list[int] = []
    path: str | None = f"{save(alice)}&page_size=1"
    while path:
        page = alice.get(path)
        found += [todo["id"] for todo in page.get_json()["todos"]]
        link = page.headers.get("Link", "")
        path = link.partition(">")[0].removeprefix("<http://localhost") or None
    assert found == [ids["a"], ids["b"], ids["c"]]


@pytest.mark.parametrize("change", [{"sort": "-created_at"}, {"filter": ""}, {"name": "Other"}])
def test_a_page_token_ends_when_the_view_changes(
    alice: Api, ids: dict[str, int], change: dict[str, str]
) -> None:
    path = f"{save(alice)}&page_size=1"
    following = f"{path}&page_token={alice.get(path).get_json()['next_page_token']}"
    assert alice.ids(following) == [ids["b"]]
    view = path.partition("view=")[2].partition("&")[0]
    assert alice.patch(f"views/{view}", change).status_code == 200
    problem(alice.get(following), 400, "bad-page-token")
    alice.delete(f"views/{view}")
    assert wrong(alice.get(following)) == {"view": "unknown"}


def test_a_view_takes_one_statement_more(app: Flask, alice: Api, ids: dict[str, int]) -> None:
    path, taken = save(alice), []
    for asked in ("todos?sort=title&priority=high", path):
        alice.ids(asked)
        with counted(app) as statements:
            alice.ids(asked)
        taken.append(len(statements))
    assert taken[1] == taken[0] + 1
