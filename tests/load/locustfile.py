"""What people do with the service: 70 % reads, 20 % writes, 10 % pages in a browser.

Run by tests/load/scenario.py, which says by the environment who there is (CROWD_PEOPLE), where each
request is noted (CROWD_NOTES), and how many requests a client sends in a second (CROWD_RATE; 0: as
many as it can). Each client is somebody with an API key and, at the same time, with a browser.
"""

import json
import os
import random
import re
import time
import uuid
from itertools import cycle
from pathlib import Path
from typing import Any

from locust import FastHttpUser, constant, constant_throughput, events, task

PEOPLE = cycle(json.loads(Path(os.environ["CROWD_PEOPLE"]).read_text()))
RATE = float(os.environ["CROWD_RATE"])
NOTES = Path(os.environ["CROWD_NOTES"]).open("w")  # noqa: SIM115
#: Half of what the todos are made of has one of these words.
WORDS = ("review", "report", "plan", "invoice", "budget")
CSRF = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@events.request.add_listener
def note(name: str, response_time: float, exception: Any, response: Any, **_facts: Any) -> None:
    """Note when it ended, what it was, how many milliseconds it took, and what was wrong."""
    status = getattr(response, "status_code", 0)
    wrong = "" if exception is None and 0 < status < 400 else f"{status} {exception}"
    NOTES.write(json.dumps([time.time(), name, response_time, wrong]) + "\n")


@events.quitting.add_listener
def close(**_facts: Any) -> None:
    """Leave nothing unwritten."""
    NOTES.close()


class Person(FastHttpUser):
    """Somebody of the crowd."""

    wait_time = constant_throughput(RATE) if RATE else constant(0)

    def on_start(self) -> None:
        """Look around, and log in."""
        self.me = next(PEOPLE)
        self.made: list[int] = []
        oldest = self.read("oldest 200", "/todos?sort=created_at&page_size=200")
        #: Nobody deletes those that were there before.
        self.known = [todo["id"] for todo in oldest["todos"]]
        self.lists = [one["id"] for one in self.read("lists", "/lists")["lists"]]
        self.csrf = self.token(self.client.get("/admin/login", name="page: login").text)
        form = {"username": self.me["username"], "password": self.me["password"]}
        self.submit("login", "/admin/login", form)
        self.csrf = self.token(self.client.get("/admin/todos", name="page: todos").text)

    def call(self, method: str, name: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API; what goes wrong is noted."""
        headers["X-API-Key"] = self.me["key"]
        url = f"/api/v1{path}"
        return self.client.request(method, url, name=name, json=body, headers=headers)

    def read(self, name: str, path: str) -> Any:
        return self.call("GET", f"read: {name}", path).json()

    def submit(self, name: str, path: str, form: dict[str, str]) -> None:
        """Send a form, which is answered by leading elsewhere."""
        sent = {"csrf_token": self.csrf, **form}
        self.client.post(path, data=sent, name=f"form: {name}", allow_redirects=False)

    @staticmethod
    def token(page: str) -> str:
        """Return what proves that a form comes from this page."""
        found = CSRF.search(page)
        return found[1] if found else ""

    @task(24)
    def newest(self) -> None:
        self.read("newest 50", "/todos")

    @task(20)
    def one(self) -> None:
        self.read("one", f"/todos/{random.choice(self.known)}")

    @task(8)
    def due(self) -> None:
        self.read("open by date", "/todos?completed=false&sort=due_date&page_size=20")

    @task(6)
    def of_a_list(self) -> None:
        self.read("of a list", f"/todos?list_id={random.choice(self.lists)}")

    @task(4)
    def search(self) -> None:
        self.read("search", f"/todos?q={random.choice(WORDS)}&page_size=20")

    @task(4)
    def all_lists(self) -> None:
        self.read("lists", "/lists")

    @task(4)
    def changes(self) -> None:
        self.read("changes", "/changes?page_size=50")

    @task(9)
    def create(self) -> None:
        body = {
            "title": f"Buy {random.randrange(1000)} litres of milk",
            "list_id": random.choice(self.lists),
        }
        key = {"Idempotency-Key": str(uuid.uuid4())}
        answer = self.call("POST", "write: create", "/todos", body, **key)
        if answer.status_code == 201:
            self.made.append(answer.json()["id"])

    @task(8)
    def change(self) -> None:
        body = {"completed": random.random() < 0.5, "priority": random.choice(("low", "high"))}
        self.call("PATCH", "write: change", f"/todos/{random.choice(self.known)}", body)

    @task(3)
    def delete(self) -> None:
        if self.made:
            self.call("DELETE", "write: delete", f"/todos/{self.made.pop()}")
        else:
            self.create()

    @task(4)
    def page_of_todos(self) -> None:
        self.client.get("/admin/todos", name="page: todos")

    @task(2)
    def dashboard(self) -> None:
        self.client.get("/admin/", name="page: dashboard")

    @task(2)
    def page_of_one(self) -> None:
        self.client.get(f"/admin/todos/{random.choice(self.known)}", name="page: one todo")

    @task(1)
    def add_in_browser(self) -> None:
        self.submit("add", "/admin/todos", {"title": "Call the plumber", "list_id": ""})

    @task(1)
    def tick_in_browser(self) -> None:
        path = f"/admin/todos/{random.choice(self.known)}/tick"
        self.submit("tick", path, {"completed": random.choice(("true", "false"))})
