"""Who is in a list, on its page: let in, given another role, removed, made the owner."""

from collections.abc import Callable

import pytest

from tests.admin.test_lists import alice, browser, words
from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted

__all__ = ["alice", "browser"]
Share = Callable[[int, Api, str], None]
Person = Callable[..., Api]


@pytest.fixture
def list_id(alice: Api) -> int:
    return int(alice.make_list()["id"])


def role(of: Api, list_id: int) -> str | None:
    return of.get(f"lists/{list_id}").get_json().get("my_role")  # type: ignore[no-any-return]


def test_the_owner_lets_somebody_in(browser: Browser, bob: Api, list_id: int) -> None:
    page = f"/admin/lists/{list_id}"
    form = {"username": " bob ", "role": "viewer", "next": page}
    answer = browser.post(f"{page}/members", page, **form)
    assert (answer.status_code, answer.location) == (303, page)
    assert role(bob, list_id) == "viewer"
    shown = words(browser.get(page).text)
    assert "bob is a viewer now." in shown
    assert "bob Viewer now Make bob editor Make bob owner Remove bob" in shown
    browser.post(f"{page}/members/bob", page, role="editor")
    assert role(bob, list_id) == "editor"


@pytest.mark.parametrize(
    ("username", "chosen", "told"),
    [
        ("nobody", "editor", "There is no user nobody."),
        (" ", "editor", "Enter their username."),
        ("x\0", "editor", "There is no such user."),
        ("<b>", "editor", "There is no user &lt;b&gt;."),
        ("alice", "editor", "A list has an owner: hand it over first."),
        ("bob", "owner", "Not a valid choice."),
    ],
)
def test_who_cannot_be_let_in_is_said_beside_the_form(
    browser: Browser,
    bob: Api,
    list_id: int,
    username: str,
    chosen: str,
    told: str,
) -> None:
    page = f"/admin/lists/{list_id}"
    form = {"username": username, "role": chosen, "next": page}
    answer = browser.post(f"{page}/members", page, **form)
    assert answer.status_code in (409, 422)
    assert told in answer.text
    assert f'name="next" value="{page}"' in answer.text
    assert role(bob, list_id) is None


def test_the_owner_removes_somebody_after_a_question(
    browser: Browser,
    bob: Api,
    share: Share,
    list_id: int,
) -> None:
    share(list_id, bob, "editor")
    path = f"/admin/lists/{list_id}/members/bob/remove"
    assert "Remove bob?" in browser.get(path).text
    assert role(bob, list_id) == "editor"
    assert browser.post(path).location == f"/admin/lists/{list_id}"
    assert role(bob, list_id) is None


def test_the_owner_cannot_leave_but_hand_the_list_over(
    browser: Browser,
    alice: Api,
    bob: Api,
    share: Share,
    list_id: int,
) -> None:
    share(list_id, bob, "editor")
    page = f"/admin/lists/{list_id}"
    refused = browser.post(f"{page}/members/alice/remove")
    assert refused.status_code == 409
    assert "A list has an owner: hand it over first." in refused.text
    asked = browser.get(f"{page}/members/bob/owner").text
    assert "Make bob the owner?" in asked
    assert browser.post(f"{page}/members/bob/owner").location == page
    assert (role(alice, list_id), role(bob, list_id)) == ("editor", "owner")
    shown = browser.get(page).text
    assert f"{page}/members/alice/remove" in shown
    assert f"{page}/members/bob/remove" not in shown
    assert browser.post(f"{page}/members/alice/remove").location == "/admin/lists"
    assert "You have left the list." in browser.get("/admin/lists").text


def test_a_viewer_is_offered_nothing_but_to_leave(
    browser: Browser,
    alice: Api,
    bob: Api,
    share: Share,
) -> None:
    list_id = bob.make_list()["id"]
    share(list_id, alice, "viewer")
    page = f"/admin/lists/{list_id}"
    shown = browser.get(page).text
    assert f"{page}/members/alice/remove" in shown
    for path in ("edit", "archive", "trash", "members/bob/remove", "members/alice/owner"):
        assert f'"{page}/{path}"' not in shown
    assert browser.post(f"{page}/members/bob", page, role="viewer").status_code == 403
    assert browser.post(f"{page}/members/bob/remove").status_code == 403


def test_the_page_takes_as_many_statements_whoever_is_in_it(
    browser: Browser,
    alice: Api,
    person: Person,
    share: Share,
    list_id: int,
) -> None:
    def statements() -> int:
        with counted(alice.app) as run:
            assert browser.get(f"/admin/lists/{list_id}").status_code == 200
        return len(run)

    browser.get("/admin/lists")
    alone = statements()
    for number in range(5):
        share(list_id, person(f"p{number}", password=PASSWORD), "viewer")
    assert statements() == alone
