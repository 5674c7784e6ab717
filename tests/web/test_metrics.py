"""`/metrics`: who may look, and what there is to see. Workers: tests/server/test_metrics.py."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from prometheus_client import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families as parsed

from tests.conftest import MakeSettings
from tests.support.api import Api
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import backups, jobs

TOKEN = "t0ken-0f-the-scraper"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
#: What has nothing to do with the database is tried on one engine only.
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Configured = Callable[..., Flask]


@pytest.fixture
def measured(configured: Configured) -> Flask:
    """The service, showing its metrics to whoever has the token."""
    return configured(metrics_token=TOKEN)


def scraped(app: Flask) -> dict[str, Metric]:
    """Return what Prometheus would make of the page, by name."""
    response = Api(app).get("/metrics", headers=BEARER)
    assert response.status_code == 200
    return {family.name: family for family in parsed(response.text)}


def value(app: Flask, name: str, **labels: str) -> float | None:
    """Return the value of a sample; None: there is none with these labels."""
    found = [
        sample.value
        for family in scraped(app).values()
        for sample in family.samples
        if sample.name == name and sample.labels == labels
    ]
    return found[0] if found else None


def test_they_are_off_unless_somebody_may_see_them(app: Flask) -> None:
    answer, unknown = (Api(app).get(path, headers=BEARER) for path in ("/metrics", "/metricz"))
    assert (answer.status_code, unknown.status_code) == (404, 404)
    assert "meters" not in app.extensions


@one_engine
@pytest.mark.parametrize(
    "credentials",
    [
        None,
        "",
        TOKEN,
        "Bearer",
        "Bearer ",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        "Bearer t\xf6ken",
    ],
)
def test_without_the_token_there_is_nothing(measured: Flask, credentials: str | None) -> None:
    headers = {} if credentials is None else {"Authorization": credentials}
    answer, unknown = (
        Api(measured).get(path, headers=headers) for path in ("/metrics", "/metricz")
    )
    assert answer.status_code == unknown.status_code == 404
    assert (
        answer.text.replace("metrics", "metricz").split("request_id")[0]
        == (unknown.text.split("request_id")[0])
    )
    assert set(answer.headers.keys()) == set(unknown.headers.keys())


@one_engine
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_no_other_method_tells_that_there_is_something(measured: Flask, method: str) -> None:
    assert Api(measured).call(method, "/metrics").status_code == 404
    refused = Api(measured).call(method, "/metrics", headers=BEARER)
    assert refused.status_code == 405
    assert refused.headers["Allow"] == "GET, HEAD"


@one_engine
def test_a_key_is_not_the_token(measured: Flask, person: Callable[..., Api]) -> None:
    root = person("root", ["admin"], role="admin")
    assert Api(measured, root.key).get("/metrics").status_code == 404


@one_engine
@pytest.mark.parametrize(
    ("client", "chosen", "status"),
    [
        ("10.1.2.3", {}, 200),
        ("::ffff:10.1.2.3", {}, 200),
        ("2001:db8::7", {}, 200),
        ("10.2.0.1", {}, 404),
        ("2001:db8:1::7", {}, 404),
        ("", {}, 404),
        ("192.0.2.1", {"claims": "10.1.2.3"}, 404),
        ("192.0.2.1", {"claims": "10.1.2.3", "proxies": "1"}, 200),
        ("10.1.2.3", {"claims": "192.0.2.1", "proxies": "1"}, 404),
        ("192.0.2.1", {"claims": "10.1.2.3, 192.0.2.9", "proxies": "1"}, 404),
    ],
)
def test_an_address_is_enough_where_it_is_the_clients_own(
    configured: Configured, client: str, chosen: dict[str, str], status: int
) -> None:
    app = configured(metrics_from="10.1.0.0/16, 2001:db8::/64", proxies=chosen.get("proxies", "0"))
    headers = {"X-Forwarded-For": chosen["claims"]} if "claims" in chosen else {}
    answer = Api(app).get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": client})
    assert answer.status_code == status


@one_engine
def test_the_scraper_need_not_know_our_name(measured: Flask) -> None:
    headers = BEARER | {"Host": "10.244.0.17:8000"}
    assert Api(measured).get("/metrics", headers=headers).status_code == 200


@one_engine
def test_it_answers_in_the_format_that_is_asked_for(measured: Flask) -> None:
    plain = Api(measured).get("/metrics", headers=BEARER)
    assert plain.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert plain.headers["Cache-Control"] == "no-store"
    assert list(parsed(plain.text))
    accept = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
    new = Api(measured).get("/metrics", headers=BEARER | accept)
    assert new.content_type.startswith("application/openmetrics-text; version=1.0.0")
    assert list(openmetrics.text_string_to_metric_families(new.text))


@one_engine
def test_a_scrape_is_no_request_of_anybody(configured: Configured) -> None:
    app = configured(metrics_token=TOKEN, rate_limit="1/60")
    for _ in range(5):
        answer = Api(app).get("/metrics", headers=BEARER)
        assert answer.status_code == 200
        assert "RateLimit" not in answer.headers


def test_requests_are_counted_by_route_and_status(measured: Flask, alice: Api) -> None:
    caller = Api(measured, alice.key)
    made = [caller.todo("Buy milk")["id"] for _ in range(2)]
    for todo_id in (*made, *made):
        caller.get(f"todos/{todo_id}")
    caller.get("todos/999999")
    route = "/api/v1/todos/<id:todo_id>"
    labels = {"method": "GET", "route": route}
    total, seconds = "todoapp_http_requests_total", "todoapp_http_request_duration_seconds"
    assert value(measured, total, **labels, status="200") == 4
    assert value(measured, total, **labels, status="404") == 1
    assert value(measured, total, method="POST", route="/api/v1/todos", status="201") == 2
    assert value(measured, f"{seconds}_count", **labels) == 5
    assert value(measured, f"{seconds}_bucket", **labels, le="+Inf") == 5


@one_engine
def test_no_client_can_make_up_labels(measured: Flask) -> None:
    for index in range(20):
        Api(measured).get(f"/made-up/{index}")
        measured.test_client().open(f"/made-up/{index}", method=f"BREW{index}").close()
    samples = scraped(measured)["todoapp_http_requests"].samples
    told = {
        tuple(sample.labels.values()): sample.value
        for sample in samples
        if sample.name.endswith("_total")
    }
    assert told == {("GET", "unknown", "404"): 20, ("OTHER", "unknown", "404"): 20}


def test_nothing_is_told_of_people_or_their_todos(measured: Flask, alice: Api) -> None:
    Api(measured, alice.key).todo("Buy kumquats", tags=["pomelo"])
    text = Api(measured).get("/metrics", headers=BEARER).text
    for private in ("alice", "kumquats", "pomelo", (alice.key or "")[5:13], TOKEN):
        assert private not in text


def test_what_the_database_had_to_do_is_told(measured: Flask, alice: Api) -> None:
    todo_id = alice.todo()["id"]
    Api(measured, alice.key).get(f"todos/{todo_id}")
    for name in ("database_seconds", "statements"):
        assert value(measured, f"todoapp_http_request_{name}_count") >= 1
        assert value(measured, f"todoapp_http_request_{name}_sum") > 0


def test_writers_wait_in_a_queue_on_sqlite_alone(measured: Flask, alice: Api) -> None:
    waited = "todoapp_writer_queue_seconds_count"
    Api(measured, alice.key).get("todos")
    assert value(measured, waited) == 0
    Api(measured, alice.key).todo()
    assert value(measured, waited) == (1 if measured.config["SETTINGS"].is_sqlite else 0)


def test_connections_are_told(measured: Flask, alice: Api) -> None:
    Api(measured, alice.key).todo()
    most = measured.config["SETTINGS"].threads + 2
    for pool, in_use in (("reads", 1), ("writes", 0)):
        assert value(measured, "todoapp_database_pool_in_use", pool=pool) == in_use
        assert value(measured, "todoapp_database_pool_size", pool=pool) == most


def test_failed_logins_are_counted(measured: Flask, person: Callable[..., Api]) -> None:
    person("ada")
    for name, password in (("ada", "wrong"), ("nobody", "wrong")):
        Api(measured).post("auth/token", {"username": name, "password": password})
    assert value(measured, "todoapp_failed_logins_total") == 2


def test_todos_are_counted_by_status(measured: Flask, alice: Api) -> None:
    first, second, _pending = (alice.todo(f"Todo {n}")["id"] for n in range(3))
    alice.patch(f"todos/{first}", {"status": "completed"})
    alice.delete(f"todos/{second}")
    told = {
        status: value(measured, "todoapp_todos", status=status)
        for status in ("pending", "completed", "on_hold")
    }
    assert told == {"pending": 1, "completed": 1, "on_hold": 0}


@one_engine
def test_the_build_is_told(measured: Flask) -> None:
    [build] = scraped(measured)["todoapp_build_info"].samples
    assert build.value == 1
    assert build.labels["version"] == Api(measured).get("/health").get_json()["version"]
    assert build.labels["python"].startswith("3.")
    assert build.labels["revision"].isdigit()


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/away", "sqlite:///{folder}/empty.db"])
def test_without_a_database_it_answers_still(
    make_settings: MakeSettings, tmp_path_factory: pytest.TempPathFactory, url: str
) -> None:
    url = url.format(folder=tmp_path_factory.mktemp("empty"))
    app = create_app(make_settings(database_url=url, metrics_token=TOKEN))
    Api(app).get("/livez")
    labels = {"method": "GET", "route": "/livez", "status": "200"}
    assert value(app, "todoapp_up_database") == 0
    assert value(app, "todoapp_http_requests_total", **labels) == 1
    assert value(app, "todoapp_todos", status="pending") is None


def test_with_a_database_it_says_so(measured: Flask) -> None:
    assert value(measured, "todoapp_up_database") == 1


def test_the_queue_is_told(measured: Flask) -> None:
    now = utcnow()
    with measured.app_context(), unit_of_work():
        jobs.enqueue("late", {}, at=now - timedelta(minutes=5))
        jobs.enqueue("early", {}, at=now + timedelta(minutes=5))
    assert value(measured, "todoapp_jobs", state="queued") == 2
    assert value(measured, "todoapp_jobs", state="dead") == 0
    waited = value(measured, "todoapp_oldest_due_job_age_seconds")
    assert waited is not None
    assert 300 <= waited < 900


@one_engine
def test_the_last_backup_is_told(configured: Configured) -> None:
    name = "todoapp_last_backup_timestamp_seconds"
    assert value(configured(metrics_token=TOKEN), name) is None
    nightly = configured(metrics_token=TOKEN, backup_at="02:30")
    assert value(nightly, name) == 0
    now = utcnow()
    with nightly.app_context():
        backups.make(at=now)
    assert value(nightly, name) == int(now.timestamp())
