"""A long address costs no more than its length: pages repeat it in their links."""

from urllib.parse import urlencode

from tests.support.api import Api
from tests.support.listing import links
from tests.support.pages import Browser


def test_more_parameters_than_there_are_get_no_page(visitor: Api, window: Browser) -> None:
    some, more = ({f"p{number}": 1 for number in range(count)} for count in (50, 51))
    assert window.get(f"/admin/todos?{urlencode(some)}").status_code == 422
    todo = visitor.todo()["id"]
    for path in (
        f"/admin/todos?{urlencode(more)}",
        f"/admin/todos/export?{urlencode(more)}",
        f"/admin/todos/{todo}?{urlencode({'in': urlencode(more)})}",
    ):
        assert window.get(path).status_code == 400


def test_more_words_than_can_be_asked_for_are_taken_away_together(
    visitor: Api, window: Browser
) -> None:
    visitor.todo()
    for name, label in (("tags", "Tag"), ("status", "Status")):
        page = window.get(f"/admin/todos?{name}={','.join(f'w{n}' for n in range(51))}")
        assert page.status_code == 422
        chips = {said: url for said, url in links(page).items() if said.startswith(f"{label}: ")}
        assert list(chips.values()) == ["/admin/todos?status=any"]


def test_nobody_is_sent_on_to_what_cannot_be_asked_for(visitor: Api, window: Browser) -> None:
    visitor.todo()
    for length, place in ((100, "/admin/todos?q="), (10_000, "/admin/")):
        sent = window.post("/admin/theme", "/admin/account", next=f"/admin/todos?q={'a' * length}")
        assert sent.headers["Location"].rstrip("a") == place
    refused = window.post(
        "/admin/todos/bulk", "/admin/todos", next=f"/admin/todos?q={'a' * 10_000}"
    )
    assert refused.status_code == 400
