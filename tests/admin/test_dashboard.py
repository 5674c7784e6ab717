"""The dashboard, and how whoever has no todos begins."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted

Share = Callable[[int, Api, str], None]
TILE = re.compile(r'card-link" href="([^"]+)"><span class="quiet">([^<]+)<.*?>([\d,]+)</span>')


@pytest.fixture
def account(person: Callable[..., Api]) -> Api:
    """Alice, who has a password."""
    return person("alice", password=PASSWORD)


@pytest.fixture
def browser(app: Flask, account: Api) -> Browser:
    browser = Browser(app)
    browser.log_in()
    return browser


def tiles(browser: Browser) -> dict[str, str]:
    return {name: figure for _url, name, figure in TILE.findall(browser.get("/admin/").text)}


def test_who_has_nothing_is_shown_how_to_begin(browser: Browser, account: Api) -> None:
    page = browser.get("/admin/").text
    assert "Welcome, alice" in page
    assert 'method="post" action="/admin/todos"' in page
    assert "curl http://localhost/api/v1/todos" in page
    assert 'href="/admin/keys"' in page
    assert 'href="/docs"' in page
    account.todo()
    assert "Welcome" not in browser.get("/admin/").text


def test_each_number_leads_to_the_todos_that_it_counts(browser: Browser, account: Api) -> None:
    account.todo(due_date="2020-01-01")
    account.todo()
    done = account.todo()
    account.patch(f"todos/{done['id']}", {"completed": True})
    assert tiles(browser) == {
        "Open": "2",
        "Overdue": "1",
        "Due today": "0",
        "Completed this week": "1",
    }
    for url, _name, figure in TILE.findall(browser.get("/admin/").text):
        query = url.replace("&amp;", "&").partition("?")[2]
        assert len(account.ids(f"todos?{query}")) == int(figure)


def test_the_chart_has_its_numbers_in_a_table(browser: Browser, account: Api) -> None:
    done = account.todo()
    account.patch(f"todos/{done['id']}", {"completed": True})
    page = browser.get("/admin/").text
    assert "In 30 days: 1 created, 1 completed." in page
    assert page.count('<rect class="chart-') == 2 + 2  # the bars of today, and the legend
    rows = re.findall(r'<td data-label="Day">(.*?)</td>.*?href="([^"]+)">1</a>', page)
    assert [day for day, _url in rows] == ["Today"]
    assert page.count('<td data-label="Day">') == 30


def test_the_busiest_lists_and_the_news_are_told(browser: Browser, account: Api) -> None:
    office = account.make_list("Office")
    for title in ("Pens", "Paper"):
        account.todo(title, list_id=office["id"])
    account.todo("Milk")
    page = browser.get("/admin/").text
    assert page.index(">Office</a><span>2 open") < page.index(">Inbox</a><span>1 open")
    assert "“Paper”</a>" in page


def test_members_count_their_own_and_administrators_all(
    browser: Browser, account: Api, bob: Api, share: Share, person: Callable[..., Api]
) -> None:
    account.todo()
    shared = bob.make_list("Shared")
    share(shared["id"], account)
    bob.todo(list_id=shared["id"])
    bob.todo()
    assert tiles(browser)["Open"] == "2"
    person("root", role="admin", password=PASSWORD)
    root = Browser(browser.app)
    root.log_in("root")
    assert tiles(root)["Open"] == "3"


def test_its_statements_are_the_same_however_much_there_is(browser: Browser, account: Api) -> None:
    def statements() -> int:
        with counted(browser.app) as run:
            assert browser.get("/admin/").status_code == 200
        return len(run)

    account.todo()
    account.make_list("Groceries")
    before = statements()
    for number in range(30):
        account.todo(list_id=account.make_list(f"List {number}")["id"])
    assert statements() == before
