"""What holds for every route, every error and every template, those to come included."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from todoapp import errors
from todoapp.api.openapi import document, operations
from todoapp.api.operation import Operation
from todoapp.app import create_app
from todoapp.limits import PASSWORD_MIN
from todoapp.settings import ROOT
from todoapp.web.problem_kinds import KINDS
from todoapp.web.problems import BY_STATUS

PACKAGE = ROOT / "todoapp"


@pytest.fixture(scope="module")
def service(make_settings: object) -> Flask:
    """Return the application; nothing here asks its database anything."""
    return create_app(make_settings())  # type: ignore[operator]


def test_every_route_of_both_apis_declares_its_operation(service: Flask) -> None:
    seen = 0
    for rule in service.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in ("api", "simple"):
            declared = getattr(service.view_functions[rule.endpoint], "operation", None)
            assert isinstance(declared, Operation), rule
            assert declared.public or declared.scope or rule.endpoint in ANY_KEY, rule
            seen += 1
    assert seen > 20


#: What any key may call, whatever its scopes.
ANY_KEY = {"api.get_me", "api.revoke_api_key"}
#: What needs no key.
PUBLIC = {"api.get_index", "api.get_openapi", "simple.home"}
#: What it takes to get in is in their bodies.
PUBLIC |= {"api.log_in", "api.refresh_tokens", "api.revoke_token"}


def test_only_these_routes_of_the_apis_are_public(service: Flask) -> None:
    views = service.view_functions.items()
    public = {name for name, view in views if getattr(view, "operation", Operation()).public}
    assert public == PUBLIC


def test_the_openapi_document_is_valid(service: Flask) -> None:
    with service.app_context():
        OpenAPIV31SpecValidator(document(service)).validate()


def test_every_operation_is_documented(service: Flask) -> None:
    with service.app_context():
        paths = document(service)["paths"]
    described = {
        (path, method): operation
        for path, methods in paths.items()
        for method, operation in methods.items()
    }
    assert len(described) == len(list(operations(service)))
    for (path, method), operation in described.items():
        assert operation["summary"], (method, path)
        assert len(operation["summary"]) < 60, (method, path)
        assert operation["description"], (method, path)
        assert operation["tags"], (method, path)
        assert any(status.startswith("2") for status in operation["responses"]), (method, path)
    ids = [operation["operationId"] for operation in described.values()]
    assert len(ids) == len(set(ids))


def test_what_is_created_leads_to_what_can_be_done_with_it(service: Flask) -> None:
    with service.app_context():
        paths = document(service)["paths"]
    created = paths["/api/v1/todos"]["post"]["responses"]["201"]
    assert {"get_todo", "patch_todo", "delete_todo", "restore_todo"} <= set(created["links"])
    link = created["links"]["get_todo"]
    assert link == {"operationId": "get_todo", "parameters": {"todo_id": "$response.body#/id"}}


def test_what_is_only_found_leads_there_from_its_page(service: Flask) -> None:
    with service.app_context():
        paths = document(service)["paths"]
    where = {"name": "$response.body#/tags/0/name"}
    links = paths["/api/v1/tags"]["get"]["responses"]["200"]["links"]
    assert links["patch_tag"] == {"operationId": "patch_tag", "parameters": where}
    assert set(paths["/api/v1/sessions"]["get"]["responses"]["200"]["links"]) == {
        "get_session",
        "end_session",
    }
    assert "links" not in paths["/api/v1/sessions"]["delete"]["responses"]["204"]
    assert "links" not in paths["/api/v1/sessions"]["delete"]["responses"]["200"]


@pytest.mark.parametrize("body", ["UserCreate", "UserPatch", "MePatch"])
def test_a_timezone_is_documented_as_a_string(service: Flask, body: str) -> None:
    with service.app_context():
        schemas = document(service)["components"]["schemas"]
    assert schemas[body]["properties"]["timezone"]["type"] == "string"


@pytest.mark.parametrize("body", ["LoginBody", "PasswordPut"])
def test_how_long_a_new_password_is_at_least_is_documented(service: Flask, body: str) -> None:
    with service.app_context():
        schemas = document(service)["components"]["schemas"]
    assert schemas[body]["properties"]["new_password"]["minLength"] == PASSWORD_MIN


def test_what_is_passed_over_is_documented(service: Flask) -> None:
    with service.app_context():
        schemas = document(service)["components"]["schemas"]
    bodies = {declared.body for *_, declared in operations(service) if declared.body}
    for body in bodies:
        properties = schemas[body.__name__]["properties"]
        passed_over = {name for name, schema in properties.items() if schema.get("readOnly")}
        assert passed_over == body.read_only
    assert any(body.read_only for body in bodies)


def test_every_tag_says_what_it_is_about(service: Flask) -> None:
    with service.app_context():
        api = document(service)
    used = {tag for call in calls(api) for tag in call["tags"]}
    assert used == {tag["name"] for tag in api["tags"] if tag["description"]}


def calls(api: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in api["paths"].values():
        yield from methods.values()


def test_every_kind_of_domain_error_has_a_problem() -> None:
    kinds = errors.DomainError.__subclasses__()
    assert len(kinds) > 5
    assert {kind.code for kind in kinds} <= set(KINDS)


def codes_in(path: Path) -> Iterator[str]:
    """Yield each literal `code=` of an error that is raised or returned in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                    yield str(keyword.value.value)


def test_every_code_in_the_code_is_a_problem() -> None:
    codes = {code for path in PACKAGE.rglob("*.py") for code in codes_in(path)}
    assert len(codes) > 5
    assert codes <= set(KINDS)
    assert set(BY_STATUS.values()) <= set(KINDS)
    assert all(KINDS[code].status == status for status, code in BY_STATUS.items())


FOLDER = ROOT / "templates"
#: Those of the admin need somebody who is logged in: see tests/admin.
TEMPLATES = sorted(
    str(path.relative_to(FOLDER))
    for path in FOLDER.rglob("*.html")
    if FOLDER / "admin" not in path.parents
)


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_renders(service: Flask, name: str) -> None:
    facts = {
        "kind": KINDS["malformed"],
        "kinds": KINDS,
        "code": "malformed",
        "detail": "<b>",
        "request_id": "abc",
    }
    with service.test_request_context("/"):
        page = service.jinja_env.get_template(name).render(facts)
    assert "<b>" not in page
    assert page.count("<h1") == (0 if name == "base.html" or name.startswith("macros/") else 1)
    assert "style=" not in page
    assert "<script>" not in page


def test_what_a_problem_advises_shows_code_as_code(service: Flask) -> None:
    page = service.test_client().get("/problems/changed-since").text
    assert "<code>conflicts</code>" in page
    assert "`" not in page


def test_imports_point_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout
