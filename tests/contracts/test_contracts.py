"""What holds for every route, every error and every template, those to come included."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from todoapp import errors
from todoapp.api.openapi import document, operations
from todoapp.api.operation import Operation
from todoapp.app import create_app
from todoapp.settings import ROOT
from todoapp.web.problems import BY_STATUS, KINDS

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
TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))


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
    assert page.count("<h1") == (0 if name == "base.html" else 1)
    assert "style=" not in page
    assert "<script>" not in page


def test_imports_point_down() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout
    assert "0 broken" in checked.stdout
