"""The page of activity: who did what, narrowed, page by page, as a file, and taken back."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted

Share = Callable[[int, Api, str], None]
ENTRY = re.compile(r'<div class="history-head">(.*?)</span>\s*<span class="quiet', re.DOTALL)


@pytest.fixture
def account(person: Callable[..., Api]) -> Api:
    """Alice, who has a password."""
    return person("alice", password=PASSWORD)


@pytest.fixture
def browser(app: Flask, account: Api) -> Browser:
    browser = Browser(app)
    browser.log_in()
    return browser


def told(page: str) -> list[str]:
    """Return the sentences of the entries, the newest first."""
    texts = [re.sub(r"<[^>]+>", " ", entry) for entry in ENTRY.findall(page)]
    return [" ".join(text.split()) for text in texts]


def read(browser: Browser, query: str = "noun=todo", status: int = 200) -> str:
    answer = browser.get(f"/admin/activity?{query}")
    assert answer.status_code == status
    return answer.text


def links(page: str, text: str) -> list[str]:
    """Return the addresses of the links that say `text`."""
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return [url.replace("&amp;", "&") for url, inner in found if text in inner]


def test_it_tells_what_was_done_by_whom_and_what_it_was_before(
    browser: Browser, account: Api
) -> None:
    todo = account.todo("Plants", due_date="2031-05-04")
    account.patch(f"todos/{todo['id']}", {"title": "Water the plants"})
    page = read(browser)
    assert told(page) == [
        "alice renamed “Water the plants”",
        "alice added “Water the plants” to Inbox",
    ]
    assert "<del><bdi>Plants</bdi></del>" in page
    assert "<ins><bdi>Water the plants</bdi></ins>" in page
    assert "4 May 2031" in page
    assert "by the key “alice&#39;s key”, from 127.0.0.1" in page
    assert f'href="/admin/todos/{todo["id"]}"' in page


def test_a_move_is_told_once_with_the_lists_by_name(browser: Browser, account: Api) -> None:
    todo, office = account.todo("Pens"), account.make_list("Office")
    account.patch(f"todos/{todo['id']}", {"list_id": office["id"]})
    page = read(browser)
    assert told(page)[0] == "alice moved “Pens” to Office"
    assert "<del><bdi>Inbox</bdi></del>" in page
    assert "at once" not in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("noun=todo", 2),
        ("noun=list", 1),
        ("noun=todo&action=create", 1),
        ("actor=me&noun=todo", 2),
        ("actor=alice&noun=todo", 2),
        ("actor=nobody", 0),
        ("noun=todo&since=2020-01-01&until=2020-12-31", 0),
        ("noun=todo&since=2020-01-01", 2),
        ("noun=todo&since=&until=&actor=", 2),
        ("noun=todo&unknown=1&before=x", 2),
        ("noun=todo&before=99999999999999999999", 2),
        ("noun=todo&before=1", 0),
    ],
)
def test_filters_narrow_it(browser: Browser, account: Api, query: str, count: int) -> None:
    todo = account.todo("Plants")
    account.patch(f"todos/{todo['id']}", {"title": "Water the plants"})
    page = read(browser, query)
    assert len(told(page)) == count
    assert ("Nothing matches" in page) == (count == 0)


def test_it_is_narrowed_to_a_list_and_to_a_thing(browser: Browser, account: Api) -> None:
    office = account.make_list("Office")
    pens, _milk = account.todo("Pens", list_id=office["id"]), account.todo("Milk")
    in_list = read(browser, f"list_id={office['id']}")
    assert told(in_list) == ["alice added “Pens” to Office", "alice made the list “Office”"]
    assert links(in_list, "In Office") == ["/admin/activity"]
    assert len(told(read(browser, f"noun=todo&noun_id={pens['id']}"))) == 1


def test_chips_keep_the_other_filters(browser: Browser, account: Api) -> None:
    account.todo("Plants")
    page = read(browser, "noun=todo&actor=alice")
    assert links(page, "By alice") == ["/admin/activity?noun=todo"]
    today = str(datetime.now(UTC).date())
    assert links(page, "Today") == [f"/admin/activity?actor=alice&noun=todo&since={today}"]
    assert links(page, "Clear all") == ["/admin/activity"]
    now = read(browser, f"actor=alice&noun=todo&since={today}")
    assert links(now, "Today") == ["/admin/activity?actor=alice&noun=todo"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=yesterday", "Since: Must be a date"),
        ("noun=%00", "Noun: Must be one of"),
        ("noun_id=5", "Noun id: Needs a noun"),
        ("actor=" + "a" * 5000, "Actor: Must have at most 39 characters."),
        ("operation_id=<script>", "Operation id: Must look like"),
        ("without_operation_id=x", "Without operation id: Must look like"),
    ],
)
def test_what_cannot_be_understood_is_said_and_left_out(
    browser: Browser, query: str, said: str
) -> None:
    page = read(browser, query, 422)
    assert said in page
    assert links(page, "Clear the filters") == ["/admin/activity"]


def test_what_one_call_did_is_told_together_and_passed_over_by_the_next_page(
    browser: Browser, account: Api
) -> None:
    for number in range(45):
        account.todo(f"Before {number}")
    top = account.todo("Top")
    for number in range(11):
        account.todo(f"Below {number}", parent_id=top["id"])
    account.delete(f"todos/{top['id']}")
    page = read(browser, "noun=todo&action=trash")
    assert told(page)[0] == "alice moved “Top” to the trash"
    assert len(told(page)) == 3
    [more] = links(page, "and 9 more at once")
    whole = read(browser, more.partition("?")[2])
    assert len(told(whole)) == 12
    assert "<dt>Changes</dt><dd>12</dd>" in whole
    assert whole.count('action="/admin/changes/') == 1

    first = read(browser)
    [older] = links(first, "Older")
    assert len(told(first)) == 3 + (50 - 12)
    assert len(told(read(browser, older.partition("?")[2]))) == 57 - 38
    assert links(read(browser, older.partition("?")[2]), "Newest") == ["/admin/activity?noun=todo"]


def test_a_page_that_ends_within_a_call_goes_on_after_it(browser: Browser, account: Api) -> None:
    account.todo("Before")
    creating = [{"op": "create", "todo": {"title": f"Todo {number}"}} for number in range(60)]
    assert account.post("todos/batch", {"operations": creating}).status_code == 200
    page = read(browser)
    assert len(told(page)) == 3
    [older] = links(page, "Older")
    assert told(read(browser, older.partition("?")[2])) == ["alice added “Before” to Inbox"]


def test_undo_takes_it_back_and_can_be_undone_itself(browser: Browser, account: Api) -> None:
    todo = account.todo("Plants")
    account.patch(f"todos/{todo['id']}", {"status": "completed"})
    page = read(browser)
    [action, *_] = re.findall(r'action="(/admin/changes/\d+/undo)"', page)
    answer = browser.post(action, form="/admin/activity", next="/admin/activity?noun=todo")
    assert (answer.status_code, answer.location) == (303, "/admin/activity?noun=todo")
    page = read(browser)
    assert told(page)[0] == "alice reopened “Plants”"
    assert "Undone." in page


def test_an_undo_that_comes_too_late_says_what_has_been_done_since(
    browser: Browser, account: Api
) -> None:
    todo = account.todo("Plants")
    done = account.patch(f"todos/{todo['id']}", {"title": "Water"}).headers["Change-Id"]
    account.patch(f"todos/{todo['id']}", {"title": "Water the plants"})
    answer = browser.post(f"/admin/changes/{done}/undo", form="/admin/activity")
    assert answer.status_code == 409
    assert "1 thing has changed since" in answer.text
    assert told(answer.text) == ["alice renamed “Water the plants”"]
    assert account.get(f"todos/{todo['id']}").get_json()["title"] == "Water the plants"


def test_what_cannot_be_undone_at_all_is_explained(browser: Browser, account: Api) -> None:
    todo = account.todo("Plants")
    account.delete(f"todos/{todo['id']}")
    purged = account.delete(f"todos/{todo['id']}?purge=true")
    change_id = purged.headers["Change-Id"]
    answer = browser.post(f"/admin/changes/{change_id}/undo", form="/admin/activity")
    assert answer.status_code == 409
    assert "stays done" in answer.text
    assert "deleted a todo for good" in told(read(browser, "action=purge"))[0]


def test_the_file_has_what_is_filtered(browser: Browser, account: Api) -> None:
    account.todo("=cmd()")
    account.make_list("Office")
    [url] = links(read(browser), "Export")
    answer = browser.get(url)
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="activity-')
    rows = list(csv.DictReader(StringIO(answer.get_data(as_text=True).removeprefix("\ufeff"))))
    assert [(row["noun"], row["name"]) for row in rows] == [("todo", "'=cmd()")]


def test_people_see_what_happened_in_their_lists_and_administrators_all(
    browser: Browser, account: Api, bob: Api, share: Share, person: Callable[..., Api]
) -> None:
    shared = bob.make_list("Shared")
    share(shared["id"], account)
    bob.todo("Private")
    bob.todo("Common", list_id=shared["id"])
    page = read(browser)
    assert told(page) == ["bob added “Common” to Shared"]
    assert "127.0.0.1" not in page
    person("root", role="admin", password=PASSWORD)
    root = Browser(browser.app)
    root.log_in("root")
    assert told(read(root)) == ["bob added “Common” to Shared", "bob added “Private” to Inbox"]


def test_its_statements_are_the_same_however_much_there_is(browser: Browser, account: Api) -> None:
    def statements() -> int:
        with counted(browser.app) as run:
            read(browser)
        return len(run)

    account.todo("First")
    before = statements()
    for number in range(40):
        list_ = account.make_list(f"List {number}")
        account.todo(f"Todo {number}", list_id=list_["id"])
    assert statements() == before
