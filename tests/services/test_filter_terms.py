"""What a filter says is asked of the indexes that the parameters have."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.api import Api
from todoapp.schemas.todo import SIGNED_SORTS, TodoQuery
from todoapp.services import filter_language
from todoapp.services.filters import select_by

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def selected(alice: Api, **query: str) -> tuple[set[Any], dict[str, Any]]:
    """Return the variants of a query, and what is bound to them."""
    assert alice.actor
    with alice.app.app_context():
        parsed = TodoQuery.parse_query({name: [value] for name, value in query.items()})
        variants, bound = select_by(parsed, alice.actor, NOW)
    return set(variants), bound


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("tags : Tax", {"tags": "tax"}),
        ("tags : tax AND tags : work", {"tags": "tax,work"}),
        ("parent_id = 7", {"parent_id": "7"}),
        ("list_id = 7 AND status = pending", {"list_id": "7", "status": "pending"}),
        ("completed = true", {"status": "completed"}),
        ("assigned_to = me", {"assigned_to": "me"}),
        ("created_by = bob", {"created_by": "bob"}),
        ("overdue = true", {"due": "overdue"}),
        ("text : kestrel", {"q": "kestrel"}),
        ('text : "kestrel"', {"q": '"kestrel"'}),
        ('text : "oat" AND (text : milk AND tags : home)', {"q": "oat milk", "tags": "home"}),
    ],
)
def test_it_is_asked_as_the_parameter(alice: Api, text: str, parameters: dict[str, str]) -> None:
    assert selected(alice, filter=text) == selected(alice, **parameters)


@pytest.mark.parametrize(
    ("text", "asked", "left"),
    [
        ("tags : tax AND priority >= high", {"tags": "tax"}, "priority >= high"),
        ("title : report", {"q": "report"}, "title : report"),
        ('text : "oat milk"', {"q": '"oat" "milk"'}, 'text : "oat milk"'),
        ("overdue = true OR tags : tax", {}, "overdue = true OR tags : tax"),
        ("NOT tags : tax", {}, "NOT tags : tax"),
    ],
)
def test_the_rest_is_asked_of_each_todo(
    alice: Api, text: str, asked: dict[str, str], left: str
) -> None:
    variants, bound = selected(alice, filter=text)
    others, values = selected(alice, **asked)
    [rest] = variants - others
    assert others < variants
    assert rest == filter_language.bind(filter_language.parse(left), alice.actor, NOW, "filter")[0]
    assert values.items() <= bound.items()


def test_a_parameter_that_is_given_as_well_stays(alice: Api) -> None:
    pending, bound = selected(alice, filter="status = pending", status="completed")
    assert "status*1" in pending
    assert len(pending) == 3  # and what is not in the trash
    assert sorted(bound.values()) == ["completed", "pending"]
    done = alice.todo(status="completed")["id"]
    alice.todo(status="pending")
    assert alice.ids("todos?status=completed") == [done]
    assert alice.ids("todos?status=completed&filter=status = pending") == []
    assert alice.ids("todos?tags=a&filter=tags : b") == []


@pytest.mark.parametrize("sort", SIGNED_SORTS)
@pytest.mark.parametrize("field", ["title", "text"])
def test_words_are_found_in_any_order(alice: Api, field: str, sort: str) -> None:
    oat, rye = alice.todo("oat milk")["id"], alice.todo("rye bread, oat")["id"]
    alice.todo("butter")
    path = f"todos?filter={field} : oat&sort={sort}"
    assert sorted(alice.ids(path)) == [oat, rye]
    token = alice.get(f"{path}&page_size=1").get_json()["next_page_token"]
    [first] = alice.ids(f"{path}&page_size=1")
    assert {first, *alice.ids(f"{path}&page_size=1&page_token={token}")} == {oat, rye}
