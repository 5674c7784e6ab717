"""Finding todos by words: `q` of GET /todos."""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.db import db, unit_of_work
from todoapp.models import Todo
from todoapp.services import todo_nearest, todo_selects

Share = Callable[[int, Api, str], None]


def found(who: Api, q: str, more: str = "") -> list[str]:
    """Return the titles that `who` finds, oldest first."""
    path = f"todos?count=true&fields=title&q={quote(q)}&{more}"
    response = who.get(path)
    assert response.status_code == 200, response.text
    page = response.get_json()
    assert page["total_count"] == len(page["todos"])
    return [todo["title"] for todo in reversed(page["todos"])]


@pytest.fixture
def todos(alice: Api) -> None:
    """Add what the searches choose from."""
    alice.todo("Buy oat milk", description="From the *corner* shop")
    alice.todo("Milk the goat")
    alice.todo("Straße fegen", description="ÀÉÎ naïve ＦＵＬＬ")
    alice.todo("Answer e-mail", description="Don't forget _the attachment_!")
    alice.todo("Mail from E")
    alice.todo("東京都に行く 🎉", description="ทดสอบ")
    alice.todo("한국어 배우기")
    alice.todo("Fix 8e9a5b in v2.10")
    alice.todo("x" * 100, description="a OR b NEAR c")


CASES = [
    ("milk", "Buy oat milk|Milk the goat"),
    ("MILK", "Buy oat milk|Milk the goat"),
    ("mil", "Buy oat milk|Milk the goat"),
    ("m", "Buy oat milk|Milk the goat|Answer e-mail|Mail from E"),
    ("ilk", ""),
    ("oat mil", "Buy oat milk"),
    ("mil oat", ""),
    ("milk oat", "Buy oat milk"),
    ("milk unheard", ""),
    ("corner", "Buy oat milk"),
    ("buy corner", "Buy oat milk"),
    ('"oat milk"', "Buy oat milk"),
    ('"milk oat"', ""),
    ('"mil"', ""),
    ('"oat mil"', ""),
    ("“oat milk”", "Buy oat milk"),
    ('"oat milk" sho', "Buy oat milk"),
    ('sho "oat milk"', ""),
    ('"oat mil', "Buy oat milk"),
    ("milk -", "Buy oat milk|Milk the goat"),
    ("strasse", "Straße fegen"),
    ("STRASSE", "Straße fegen"),
    ("straß", "Straße fegen"),
    ("aei naive full", "Straße fegen"),
    ("aéI NAÏVE ｆｕｌｌ", "Straße fegen"),
    ("nai\u0308ve fegen", "Straße fegen"),
    ("e-mail", "Answer e-mail"),
    ("E-MA", "Answer e-mail"),
    ("mail", "Answer e-mail|Mail from E"),
    ("email", ""),
    ("don't", "Answer e-mail"),
    ("don’t", "Answer e-mail"),
    ("attachment", "Answer e-mail"),
    ("東京都に行く", "東京都に行く 🎉"),
    ("京都", "東京都に行く 🎉"),
    ("都京", ""),
    ("行く🎉", "東京都に行く 🎉"),
    ("ทดสอบ", "東京都に行く 🎉"),
    ("한국", "한국어 배우기"),
    ("배우기 한국어", "한국어 배우기"),
    ("8e9a5b", "Fix 8e9a5b in v2.10"),
    ("8e9a", "Fix 8e9a5b in v2.10"),
    ("v2.1", "Fix 8e9a5b in v2.10"),
    ("v2.2", ""),
    ("x" * 100, "x" * 100),
    ("x" * 30, "x" * 100),
    ('"' + "x" * 30 + '"', ""),
    ("a OR b NEAR c", "x" * 100),
    ("milk OR b", ""),
    ("NOT milk", ""),
    ("list_id 1", ""),
]


@pytest.mark.parametrize(("q", "titles"), CASES, ids=[case[0] for case in CASES])
def test_a_search_finds(alice: Api, todos: None, q: str, titles: str) -> None:
    assert "|".join(found(alice, q)) == titles


HOSTILE = [
    '"',
    '""',
    '"""',
    '" OR "',
    "OR",
    "AND NOT NEAR(",
    "NEAR(milk goat, 2)",
    "milk*",
    "^milk",
    "title:milk",
    "search_text : milk",
    "list_id : 1",
    "{list_id} : 1",
    "-milk",
    "milk) OR (goat",
    "' OR 1=1 --",
    "milk:*",
    "milk <-> goat",
    "!milk",
    "milk & goat | x",
    "'milk'':A",
    "\\",
    "\\'milk\\",
    "%",
    "%s %(search)s :search ?",
    "_",
    "milk\\",
    "* ^ : - + ( ) { }",
    "🎉",
    "\u0301",
    "\ufdfa" * 200,
    " ".join(["\ufdfa"] * 16),
    "\u200d\u2066milk",
    "1e5 1e5x 0x1f 1.5e-3",
    "https://example.com/a?b=c&d#e",
    "me@example.com",
    "/etc/passwd",
    "<b>milk</b>",
    "𞤀𞤁 \U00030000",
    "a" * 200,
]


@pytest.mark.parametrize("q", HOSTILE)
def test_no_syntax_comes_through(alice: Api, bob: Api, todos: None, q: str) -> None:
    bob.todo("milk goat 1 or and near x")
    page = alice.get(f"todos?count=true&fields=created_by&q={quote(q)}")
    assert page.status_code in (200, 422), page.text
    if page.status_code == 200:
        assert {todo["created_by"] for todo in page.get_json()["todos"]} <= {"alice"}


@pytest.mark.parametrize(
    ("q", "code"),
    [
        ("", "blank"),
        ("   ", "blank"),
        ("-", "no_words"),
        ('"" *', "no_words"),
        ("🎉", "no_words"),
        ("a" * 201, "too_long"),
        (" ".join("abcdefghijklmnopq"), "too_many"),
        ("a\0b", "control_character"),
        ("a\nb", "control_character"),
    ],
)
def test_what_is_no_search_is_refused(alice: Api, q: str, code: str) -> None:
    assert wrong(alice.get(f"todos?q={quote(q)}")) == {"q": code}


def test_sixteen_words_may_be_searched_for(alice: Api) -> None:
    todo = alice.todo(" ".join("abcdefghijklmnop"))
    assert alice.ids(f"todos?q={quote(todo['title'])}") == [todo["id"]]


@pytest.mark.parametrize(
    "description",
    [
        "\ufdfa" * 16_384,
        " ".join(f"{number:x}\ufdfa" for number in range(3000))[:16_384],
        "".join(chr(0x4E00 + number) for number in range(16_384)),
        "x" * 16_384,
        "\u0301" * 16_384,
        "' \\ : * & | ! <-> \" " * 500,
    ],
    ids=["expanding", "distinct", "ideographs", "one word", "marks", "syntax"],
)
def test_whatever_a_description_holds_it_can_be_searched(alice: Api, description: str) -> None:
    todo = alice.todo("Buy milk", description=description)
    assert alice.ids("todos?q=mil") == [todo["id"]]
    alice.patch(f"todos/{todo['id']}", {"description": ""})
    assert alice.ids("todos?q=mil") == [todo["id"]]


# The index follows what is done.


def test_a_changed_title_is_found_and_the_description_still(alice: Api) -> None:
    todo = alice.todo("Buy milk", description="At the corner")
    alice.patch(f"todos/{todo['id']}", {"title": "Buy bread"})
    assert found(alice, "milk") == []
    assert found(alice, "bread corner") == ["Buy bread"]


def test_a_changed_description_is_found_and_the_title_still(alice: Api) -> None:
    todo = alice.todo("Buy milk", description="At the corner")
    alice.patch(f"todos/{todo['id']}", {"description": "In town"})
    assert found(alice, "corner") == []
    assert found(alice, "milk town") == ["Buy milk"]
    alice.patch(f"todos/{todo['id']}", {"description": None, "priority": "high"})
    assert found(alice, "town") == []
    assert found(alice, "milk") == ["Buy milk"]


def test_a_replaced_todo_is_found_by_what_it_is_now(alice: Api) -> None:
    todo = alice.todo("Buy milk", description="At the corner")
    alice.put(f"todos/{todo['id']}", {"title": "Sell cheese"})
    assert [found(alice, q) for q in ("milk", "corner", "cheese")] == [[], [], ["Sell cheese"]]


def test_a_change_that_failed_leaves_what_was_found(alice: Api) -> None:
    todo = alice.todo("Buy milk")
    body = {"title": "Buy bread", "list_id": 999999}
    assert wrong(alice.patch(f"todos/{todo['id']}", body))
    assert [found(alice, "milk"), found(alice, "bread")] == [["Buy milk"], []]


def test_the_trash_is_searched_apart(alice: Api) -> None:
    todo = alice.todo("Buy milk")
    alice.todo("child of milk", parent_id=todo["id"])
    alice.delete(f"todos/{todo['id']}")
    assert found(alice, "milk") == []
    assert found(alice, "milk", "trashed=true") == ["Buy milk", "child of milk"]
    alice.post(f"todos/{todo['id']}/restore")
    assert found(alice, "milk") == ["Buy milk", "child of milk"]
    assert found(alice, "milk", "trashed=true") == []


def test_what_was_purged_is_not_found(alice: Api) -> None:
    todo = alice.todo("Buy milk")
    alice.todo("child of milk", parent_id=todo["id"])
    alice.todo("More milk")
    alice.delete(f"todos/{todo['id']}?purge=true")
    assert found(alice, "milk") == ["More milk"]
    assert found(alice, "milk", "trashed=true") == []


def test_what_the_simple_face_writes_is_found(alice: Api) -> None:
    todo = alice.post("/todos", {"title": "Buy milk"}).get_json()
    assert found(alice, "milk") == ["Buy milk"]
    alice.put(f"/todos/{todo['id']}", {"title": "Buy bread"})
    assert [found(alice, "milk"), found(alice, "bread")] == [[], ["Buy bread"]]


# Who finds what.


def test_others_todos_are_never_found(alice: Api, bob: Api, carol: Api, share: Share) -> None:
    shared = alice.make_list()["id"]
    share(shared, bob, "viewer")
    alice.todo("private milk")
    alice.todo("shared milk", list_id=shared)
    bob.todo("bob's milk")
    assert found(alice, "milk") == ["private milk", "shared milk"]
    assert found(bob, "milk") == ["shared milk", "bob's milk"]
    assert found(carol, "milk") == []
    assert found(carol, "milk", f"list_id={shared}") == []


def test_a_todo_that_moves_is_found_where_it_went(alice: Api, bob: Api, share: Share) -> None:
    shared = alice.make_list()["id"]
    share(shared, bob, "editor")
    todo = alice.todo("Buy milk", list_id=shared)
    child = alice.todo("a little milk", list_id=shared, parent_id=todo["id"])
    assert bob.ids("todos?q=milk") == [child["id"], todo["id"]]
    inbox = alice.get("me").get_json()["inbox_id"]
    alice.patch(f"todos/{todo['id']}", {"list_id": inbox})
    assert bob.ids("todos?q=milk") == []
    assert alice.ids("todos?q=milk") == [child["id"], todo["id"]]
    assert found(alice, "milk", f"list_id={inbox}") == ["Buy milk", "a little milk"]
    assert found(alice, "milk", f"list_id={shared}") == []


def test_somebody_with_very_many_lists_finds_the_same(alice: Api, bob: Api, share: Share) -> None:
    made = [alice.make_list(f"List {number}")["id"] for number in range(101)]
    bob.todo("bob's milk")
    expected = []
    for list_id in (made[0], made[-1]):
        expected.insert(0, alice.todo("milk", list_id=list_id)["id"])
    assert alice.ids("todos?q=milk") == expected
    assert alice.ids(f"todos?q=milk&list_id={made[-1]}") == expected[:1]


# With filters, in order, by pages.


def test_a_search_is_combined_with_filters(alice: Api) -> None:
    parent = alice.todo("milk 1", tags=["Home"], priority="high", due_date="2030-01-01")
    alice.todo("milk 2", tags=["home"], completed=True, parent_id=parent["id"])
    alice.todo("milk 3", assigned_to="alice", due_date="2031-01-01")
    alice.todo("bread", tags=["home"], priority="high")
    expected = {
        "tags=HOME": ["milk 1", "milk 2"],
        "tags=home&completed=false": ["milk 1"],
        "priority=high,low": ["milk 1"],
        "status=completed": ["milk 2"],
        "due_before=2030-06-01": ["milk 1"],
        "due=any&assigned_to=me": ["milk 3"],
        f"parent_id={parent['id']}": ["milk 2"],
        "parent_id=none&created_by=me": ["milk 1", "milk 3"],
        f"list_id={parent['list_id']}&updated_since=2020-01-01T00:00:00Z": [
            "milk 1",
            "milk 2",
            "milk 3",
        ],
        "created_by=bob": [],
    }
    for more, titles in expected.items():
        assert found(alice, "milk", more) == titles, more
        assert found(alice, "milk", f"sort=-created_at&{more}") == titles, more


@pytest.mark.parametrize("sort", ["id", "created_at", "title", "-updated_at", "-due_date"])
def test_a_search_in_another_order_is_refused(alice: Api, sort: str) -> None:
    response = alice.get(f"todos?q=milk&sort={sort}")
    assert wrong(response) == {"sort": "choice"}
    assert "-id, -created_at" in response.get_json()["errors"][0]["detail"]


def test_a_search_and_a_sort_may_be_wrong_at_once(alice: Api) -> None:
    assert wrong(alice.get("todos?q=-&sort=age")) == {"q": "no_words", "sort": "choice"}


def _pages(who: Api, path: str) -> list[int]:
    """Return the ids of all pages, following the links that each answer gives."""
    ids: list[int] = []
    token: str | None = ""
    while token is not None:
        page = who.get(f"{path}{f'&page_token={token}' if token else ''}").get_json()
        assert len(page["todos"]) <= 3
        ids += [todo["id"] for todo in page["todos"]]
        token = page["next_page_token"]
    return ids


@pytest.mark.parametrize("sort", ["", "&sort=-id", "&sort=-created_at"])
def test_pages_of_a_search_have_no_gap_and_no_repeat(
    app: Flask, alice: Api, bob: Api, sort: str
) -> None:
    lists = [alice.make_list(str(number))["id"] for number in range(3)]
    made = []
    for number in range(20):
        made.append(alice.todo(f"milk {number}", list_id=lists[number % 3])["id"])
        alice.todo("bread")
        bob.todo("milk")
    _set_back(app, made[4::5])
    newest: Any = {id_: (id_ not in made[4::5], id_) for id_ in made}
    expected = sorted(made, key=newest.get if "created" in sort else None, reverse=True)
    assert _pages(alice, f"todos?q=milk&page_size=3{sort}") == expected


@pytest.fixture(params=[0, 5, 40])
def nearby(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Let a search look at so few todos before it asks the index."""
    reach = todo_nearest.Reach(0, request.param, request.param, request.param)
    monkeypatch.setattr(todo_nearest, "REACHES", dict.fromkeys(todo_nearest.REACHES, reach))
    anew = todo_selects._statement.__wrapped__  # type: ignore[attr-defined]
    monkeypatch.setattr(todo_selects, "_statement", anew)  # it keeps what it made
    number: int = request.param
    return number


#: Of many todos, of few and of none; a beginning; a phrase, one across the end of the title.
_WORDS = ("milk", "kestrel", '"absentee"', "m", "kes", '"oat milk"', '"milk from"', "oat kestrel")


@pytest.mark.parametrize("sort", ["-id", "-created_at"])
def test_a_search_finds_what_is_near_and_what_is_far_in_one_order(
    app: Flask, alice: Api, bob: Api, nearby: int, sort: str
) -> None:
    random = Random(nearby)
    lists = [alice.make_list(str(number))["id"] for number in range(4)]
    made: list[int] = []
    texts: dict[int, str] = {}
    for number in range(60):
        title = random.choice(["oat milk", "milk", "milk", "bread", "oats for a kestrel", "from"])
        body = {"description": random.choice(["", "from the shop", "milk"])}
        # One list has most of them, and one the oldest alone.
        list_id = lists[3] if number < 5 else random.choice([lists[0]] * 4 + lists[:3])
        if number % 7 == 0:
            bob.todo(title, **body)
        id_ = alice.todo(title, list_id=list_id, **body)["id"]
        made.append(id_)
        texts[id_] = f" {title} {body['description']} "
    _set_back(app, made[9::11])
    order: Any = {id_: (id_ not in made[9::11] or sort == "-id", id_) for id_ in made}
    for q in _WORDS:
        expected = sorted((id_ for id_ in made if _has(texts[id_], q)), key=order.get, reverse=True)
        path = f"todos?q={quote(q)}&sort={sort}&page_size="
        assert alice.ids(f"{path}200") == expected, q
        assert _pages(alice, f"{path}3") == expected, q


def _has(text: str, q: str) -> bool:
    """Tell whether all of `q` is in the text; what is open is the beginning of a word."""
    if q.startswith('"'):
        return f" {q[1:-1]} " in text
    *whole, beginning = q.split()
    return f" {beginning}" in text and all(f" {word} " in text for word in whole)


@pytest.mark.usefixtures("nearby")
def test_a_search_finds_all_of_what_was_made_at_one_moment(app: Flask, alice: Api) -> None:
    made = [alice.todo("milk" if number % 3 else "bread")["id"] for number in range(30)]
    _set_back(app, made)
    expected = [id_ for number, id_ in enumerate(made) if number % 3][::-1]
    assert _pages(alice, "todos?q=milk&sort=-created_at&page_size=3") == expected


@pytest.mark.parametrize("sort", ["-id", "-created_at"])
@pytest.mark.usefixtures("nearby")
def test_what_is_added_meanwhile_moves_no_page_of_a_search(alice: Api, sort: str) -> None:
    made = [alice.todo("milk" if number % 3 else "bread")["id"] for number in range(30)]
    seen: list[int] = []
    token: str | None = ""
    while token is not None:
        path = f"todos?q=milk&sort={sort}&page_size=3{token and f'&page_token={token}'}"
        page = alice.get(path).get_json()
        seen += [todo["id"] for todo in page["todos"]]
        token = page["next_page_token"]
        alice.todo("more milk")
    assert seen == [id_ for number, id_ in enumerate(made) if number % 3][::-1]


@pytest.mark.usefixtures("nearby")
def test_near_and_far_a_search_keeps_to_its_filters(
    alice: Api, bob: Api, person: Callable[..., Api], share: Share
) -> None:
    admin = person("root", ["todos:read", "admin"], role="admin")
    shared = alice.make_list()["id"]
    share(shared, bob, "editor")
    found_by: dict[str, list[int]] = {"bob": [], "list": [], "done": [], "trash": [], "all": []}
    for number in range(24):
        todo = alice.todo("milk", list_id=shared if number % 2 else None, completed=number % 3 == 0)
        names = ["bob", "list"] if number % 2 else []
        if number % 8 == 7:
            alice.delete(f"todos/{todo['id']}")
            found_by["trash"].insert(0, todo["id"])
            continue
        for name in [*names, "all", *(["done"] if number % 3 == 0 else [])]:
            found_by[name].insert(0, todo["id"])
    for sort in ("-id", "-created_at"):
        path = f"todos?q=milk&page_size=3&sort={sort}"
        assert _pages(bob, path) == found_by["bob"]
        assert _pages(alice, path) == found_by["all"]
        assert _pages(admin, f"{path}&everyone=true") == found_by["all"]
        assert _pages(admin, f"{path}&everyone=true&list_id={shared}") == found_by["list"]
        assert _pages(alice, f"{path}&list_id={shared}") == found_by["list"]
        assert _pages(alice, f"{path}&completed=true") == found_by["done"]
        assert _pages(alice, f"{path}&filter={quote('status = completed')}") == found_by["done"]
        assert _pages(alice, f"{path}&trashed=true") == found_by["trash"]


def _set_back(app: Flask, ids: list[int]) -> None:
    """Let these todos be made, all at the same instant, before all others, as a clock might."""
    with app.app_context(), unit_of_work():
        at = db.session.scalar(db.select(db.func.min(Todo.created_at))) - timedelta(days=1)
        db.session.execute(update(Todo).where(Todo.id.in_(ids)).values(created_at=at))


def test_a_page_token_holds_for_its_search_alone(alice: Api) -> None:
    for number in range(2):
        alice.todo(f"milk {number}")
    token = alice.get("todos?q=milk&page_size=1").get_json()["next_page_token"]
    problem(alice.get(f"todos?q=mil&page_token={token}"), 400, "bad-page-token")
    assert len(alice.ids(f"todos?q=milk&page_token={token}")) == 1


def test_a_search_takes_as_many_statements_whatever_it_finds(app: Flask, alice: Api) -> None:
    alice.get("me")
    for size in (1, 20):
        for _ in range(size):
            alice.todo("milk", tags=["a", "b"])
        with counted(app) as statements:
            page = alice.get("todos?q=milk&count=true").get_json()
        assert len(page["todos"]) >= size
        assert len(statements) <= 3, statements


def test_what_a_batch_and_an_undo_leave_is_found(alice: Api) -> None:
    todo = alice.todo("Call the plumber")
    operations = [
        {"op": "create", "todo": {"title": "Buy milk", "description": "Semi-skimmed"}},
        {"op": "update", "id": todo["id"], "todo": {"title": "Call the gardener"}},
    ]
    batch = alice.post("todos/batch", {"operations": operations})
    assert found(alice, "skimmed") == ["Buy milk"]
    assert found(alice, "gardener") == ["Call the gardener"]
    alice.post(f"changes/{batch.headers['Change-Id']}/undo")
    assert found(alice, "skimmed") == found(alice, "gardener") == []
    assert found(alice, "plumber") == ["Call the plumber"]
