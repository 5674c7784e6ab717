"""What the change log says to people."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import get_template_attribute
from flask_login import login_user

from tests.support.api import Api
from todoapp.admin import differences
from todoapp.admin.visitors import Visitor
from todoapp.admin.wording import deed, thing, who
from todoapp.clock import utcnow

LISTS = {7: "Household", 8: "Office"}


def change(noun: str, action: str, **diff: list[Any]) -> dict[str, Any]:
    name = {"user": "ana", "session": None}.get(noun, "Plants")
    told = {"id": 4, "actor": "ana", "noun": noun, "noun_id": 5, "action": action, "name": name}
    return {**told, "diff": diff, "at": utcnow(), "api_key": None}


def said(change: dict[str, Any], *, own: bool = False) -> str:
    """Return the sentence as the macro puts it together."""
    words = deed(change, LISTS, own=own)
    parts = [who(change), words.before, words.has_thing and thing(change), words.after]
    return " ".join(filter(None, parts))


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (change("todo", "create", title=[None, "Plants"]), "ana added “Plants”"),
        (change("todo", "create", list_id=[None, 7]), "ana added “Plants” to Household"),
        (change("todo", "update", status=["pending", "completed"]), "ana completed “Plants”"),
        (change("todo", "update", status=["completed", "pending"]), "ana reopened “Plants”"),
        (change("todo", "update", status=["pending", "on_hold"]), "ana put “Plants” on hold"),
        (
            change("todo", "update", due_date=[None, "2026-11-30"]),
            "ana set the due date of “Plants”",
        ),
        (change("todo", "update", assigned_to=["ben", None]), "ana assigned “Plants” to nobody"),
        (change("todo", "update", tags=[[], ["a"]]), "ana changed the tags of “Plants”"),
        (
            change("todo", "update", tags=[[], ["a"]], status=["pending", "completed"]),
            "ana changed the tags and status of “Plants”",
        ),
        (
            change("todo", "update", **{name: [1, 2] for name in "abcd"}),
            "ana changed 4 fields of “Plants”",
        ),
        (change("todo", "enter", list_id=[8, 7]), "ana moved “Plants” to Household"),
        (change("todo", "enter", list_id=[8, 99]), "ana moved “Plants” to another list"),
        (change("todo", "leave"), "ana moved “Plants” to another list"),
        (change("todo", "trash"), "ana moved “Plants” to the trash"),
        (change("todo", "purge") | {"name": None}, "ana deleted a todo for good"),
        (change("list", "create"), "ana made the list “Plants”"),
        (change("list", "update", is_archived=[False, True]), "ana archived the list “Plants”"),
        (
            change("list", "update", members=[{"bob": None}, {"bob": "editor"}]),
            "ana let bob into the list “Plants”",
        ),
        (
            change("list", "update", members=[{"bob": "editor"}, {"bob": "viewer"}]),
            "ana made bob a viewer in the list “Plants”",
        ),
        (
            change("list", "update", members=[{"bob": "editor"}, {"bob": None}]),
            "ana took bob out of the list “Plants”",
        ),
        (change("api_key", "rotate"), "ana replaced the key “Plants”"),
        (
            change("view", "delete", name=["Late", None]) | {"name": None},
            "ana deleted the view “Late”",
        ),
        (change("user", "leave", list_id=[7, None]), "ana left Household"),
        (change("user", "login_failed") | {"actor": None}, "Somebody failed to log in as ana"),
        (change("session", "login", kind=[None, "browser"]), "ana logged in"),
        (change("job", "retry") | {"name": "prune-jobs"}, "ana retried the job “prune-jobs”"),
        (change("job", "delete", name=["a", None]) | {"name": None}, "ana deleted the job “a”"),
        (change("log", "prune") | {"actor": None}, "todoapp forgot the oldest changes"),
    ],
)
def test_a_change_is_a_sentence(entry: dict[str, Any], sentence: str) -> None:
    assert said(entry).replace("the account ", "") == sentence


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (change("todo", "create"), "ana added it"),
        (change("todo", "update", tags=[[], ["a"]]), "ana changed the tags"),
        (change("todo", "enter", list_id=[8, 7]), "ana moved it to Household"),
        (change("list", "update", members=[{"b": None}, {"b": "editor"}]), "ana let b into it"),
    ],
)
def test_on_its_own_page_a_thing_is_it(entry: dict[str, Any], sentence: str) -> None:
    assert said(entry, own=True) == sentence


@pytest.mark.parametrize(
    ("field", "old", "new", "told"),
    [
        ("title", "Plant", "Plants", ("Title", "Plant", "Plants")),
        ("status", "pending", "on_hold", ("Status", "Pending", "On hold")),
        ("tags", [], ["a", "b"], ("Tags", "none", "a, b")),
        ("is_archived", False, True, ("Archived", "no", "yes")),
        ("list_id", 8, 7, ("List", "Office", "Household")),
        ("list_id", 8, 99, ("List", "Office", "another list")),
        ("description", "x", "", ("Description", "x", "none")),
        ("members", {"bob": None}, {"bob": "editor"}, ("bob", "none", "Editor")),
    ],
)
def test_values_are_written_as_people_do(
    field: str, old: Any, new: Any, told: tuple[str, str, str]
) -> None:
    [one] = differences.of(change("todo", "update", **{field: [old, new]}), LISTS)
    assert one.old
    assert (one.label, one.old.text, one.new.text) == told


def test_what_is_new_has_no_old_values_and_leaves_out_what_the_words_say() -> None:
    made = change(
        "todo", "create", title=[None, "Plants"], list_id=[None, 7], due_date=[None, None]
    )
    made["diff"] |= {"priority": [None, "high"], "status": [None, "pending"]}
    [one] = differences.of(made, LISTS)
    assert (one.label, one.old, one.new.text) == ("Priority", None, "High")


def test_what_a_failed_login_got_wrong_was_nothing_else_before() -> None:
    [one] = differences.of(change("user", "login_failed", wrong=[None, "password"]))
    assert (one.label, one.old, one.new.text) == ("Wrong", None, "password")


def test_a_long_text_is_cut_with_the_whole_to_open() -> None:
    [one] = differences.of(change("todo", "update", title=["a" * 160, "b" * 161]))
    assert one.old == ("a" * 160, None)
    assert one.new == ("b" * 160 + "…", "b" * 161)


def test_a_long_name_is_cut() -> None:
    assert thing(change("todo", "trash") | {"name": "a" * 81}) == "“" + "a" * 80 + "…”"
    assert thing(change("todo", "trash") | {"name": "a" * 80}) == "“" + "a" * 80 + "”"


@pytest.fixture
def visit(alice: Api) -> Iterator[None]:
    """Alice looks at a page."""
    assert alice.actor
    with alice.app.test_request_context("/admin/activity"):
        login_user(Visitor("token", alice.actor))
        yield


@pytest.mark.usefixtures("visit")
def test_days_are_those_of_the_visitor() -> None:
    entry = change("todo", "update", due_date=["2031-05-04", "2031-05-05T10:00:00Z"])
    [one] = differences.of(entry)
    assert one.old
    assert (one.old.text, one.new.text) == ("4 May 2031", "5 May 2031 10:00")


@pytest.mark.usefixtures("visit")
def test_an_entry_escapes_links_and_offers_what_it_is_told_to() -> None:
    entry = get_template_attribute("macros/history.html", "entry")
    renamed = change("todo", "update", title=["<b>", "<i>"]) | {"name": "<i>"}
    page = entry(renamed, undo=True, caller=lambda one: f"Restore {one.was}")
    assert '<a href="/admin/todos/5">“&lt;i&gt;”</a>' in page
    assert "<del><bdi>&lt;b&gt;</bdi></del>" in page
    assert 'action="/admin/changes/4/undo"' in page
    assert "Restore &lt;b&gt;" in page
    assert "/undo" not in entry(renamed)
    assert "/admin/todos/5" not in entry(renamed | {"name": None})
