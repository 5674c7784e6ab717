"""The Postman collection, made from the OpenAPI document: `make postman` writes it to docs/postman.

A folder for each tag, a request for each call. From top to bottom it runs on a fresh service: what
is created comes first and leaves its id in a variable, as the document's links say; what deletes
comes late. What the document does not tell is in postman_steps.py.
"""

import json
from collections.abc import Iterator
from tempfile import TemporaryDirectory
from typing import Any

from tests.contracts import postman_steps as steps
from todoapp.api.openapi import document
from todoapp.app import create_app
from todoapp.settings import ROOT, Settings

PATH = ROOT / "docs/postman/todoapp.postman_collection.json"
_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_AUTH = [
    {"key": "in", "value": "header", "type": "string"},
    {"key": "key", "value": "X-API-Key", "type": "string"},
    {"key": "value", "value": "{{api_key}}", "type": "string"},
]
_METHODS = ["get", "patch", "put", "post", "delete"]
#: A later request may speak of what this one did.
_NOTE_CHANGE = (
    'if (pm.response.headers.has("Change-Id"))'
    ' pm.collectionVariables.set("change_id", pm.response.headers.get("Change-Id"));'
)
#: A path, a method, and what the document says of the two.
Call = tuple[str, str, dict[str, Any]]


def collection(api: dict[str, Any]) -> dict[str, Any]:
    """Return the collection of an OpenAPI document."""
    variables = steps.SET | {"api_key": "", "change_id": "", "otp": ""}
    for _, _, call in _calls(api):
        variables |= dict.fromkeys(_noted(call), "")
        named = [p for p in call["parameters"] if p["in"] == "path" and "example" in p["schema"]]
        variables |= {_variable(p["name"]): p["schema"]["example"] for p in named}
    return {
        "info": {**_about(api), "schema": _SCHEMA},
        "auth": {"type": "apikey", "apikey": _AUTH},
        "variable": [{"key": name, "value": value} for name, value in variables.items()],
        "item": [_folder(api, *filled) for filled in _folders(api)],
    }


def _about(api: dict[str, Any]) -> dict[str, str]:
    described = api["info"]["description"] + "\n" + steps.DESCRIPTION
    return {"name": api["info"]["title"], "description": described}


def _calls(api: dict[str, Any]) -> Iterator[Call]:
    for path, methods in api["paths"].items():
        for method, call in methods.items():
            yield path, method, call


def _folders(api: dict[str, Any]) -> Iterator[tuple[dict[str, str], list[Call]]]:
    """Yield what each folder is about, and the calls in it."""
    calls = sorted(_calls(api), key=_when)
    early = [call for call in calls if call[2]["operationId"] not in steps.LAST]
    for tag in sorted(api["tags"], key=lambda tag: _place(steps.FIRST_FOLDERS, tag["name"])):
        yield tag, [call for call in early if tag["name"] in call[2]["tags"]]
    yield steps.AT_LAST, [call for call in calls if call not in early]


def _folder(api: dict[str, Any], about: dict[str, str], calls: list[Call]) -> dict[str, Any]:
    return {**about, "item": [_item(api, *call) for call in calls]}


def _when(call: Call) -> tuple[int, bool, bool, int, str]:
    """Return when a call comes: creating first, deleting late, restoring after that."""
    path, method, described = call
    creates = "201" in described["responses"]
    place = _place(steps.FIRST, described["operationId"])
    return place, not creates, path.endswith("/restore"), _METHODS.index(method), path


def _place(first: list[str], name: str) -> int:
    return first.index(name) if name in first else len(first)


def _item(api: dict[str, Any], path: str, method: str, call: dict[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": method.upper(),
        "description": call["description"],
        "header": [],
        "url": _url(path, call),
    }
    if call.get("security") == []:
        request["auth"] = {"type": "noauth"}
    if body := _body(api, call):
        request["header"] = [{"key": "Content-Type", "value": "application/json"}]
        request["body"] = {"mode": "raw", "raw": json.dumps(body, indent=2, ensure_ascii=False)}
    before = steps.BEFORE.get(call["operationId"], "")
    scripts = {"test": _script(method, call), "prerequest": before.strip().splitlines()}
    return {
        "name": call["summary"],
        "request": request,
        "event": [_event(*script) for script in scripts.items() if script[1]],
    }


def _event(when: str, lines: list[str]) -> dict[str, Any]:
    return {"listen": when, "script": {"type": "text/javascript", "exec": lines}}


def _url(path: str, call: dict[str, Any]) -> dict[str, Any]:
    for parameter in call["parameters"]:
        if parameter["in"] == "path":
            name = parameter["name"]
            path = path.replace(f"{{{name}}}", f"{{{{{_variable(name)}}}}}")
    query = [_parameter(p) for p in call["parameters"] if p["in"] == "query"]
    raw = f"{{{{base_url}}}}{path}"
    return {"raw": raw, "host": ["{{base_url}}"], "path": path[1:].split("/"), "query": query}


def _variable(parameter: str) -> str:
    return steps.PATH_VARIABLES.get(parameter, parameter)


def _parameter(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return a parameter of the query; those that may be left out wait to be ticked."""
    schema = parameter["schema"]
    value = schema.get("example", schema.get("default", ""))
    described = {"key": parameter["name"], "value": str(value)}
    described["description"] = parameter.get("description", "")
    return described | {"disabled": not parameter.get("required", False)}


def _body(api: dict[str, Any], call: dict[str, Any]) -> Any:
    if call["operationId"] in steps.SENT:
        return steps.SENT[call["operationId"]]
    content = call.get("requestBody", {}).get("content", {})
    return _sample(api, content["application/json"]["schema"]) if content else None


def _sample(api: dict[str, Any], schema: dict[str, Any]) -> Any:
    """Return a value that the schema allows: its example where it has one, else the shortest."""
    if "$ref" in schema:
        return _sample(api, api["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for alternatives in ("oneOf", "anyOf"):
        if alternatives in schema and "example" not in schema:
            return _sample(api, schema[alternatives][0])
    kind = schema.get("type", "object")
    if "example" in schema or "enum" in schema:
        return schema["example"] if "example" in schema else schema["enum"][0]
    if kind == "object":
        wanted = schema.get("required", [])
        members = schema.get("properties", {}).items()
        return {n: _sample(api, s) for n, s in members if n in wanted or "example" in s}
    if kind == "array":
        return [_sample(api, schema["items"])]
    return {"integer": 1, "number": 1, "boolean": True}.get(kind, "text")


def _script(method: str, call: dict[str, Any]) -> list[str]:
    # Beside it there may be 200, for what is only validated.
    status = max(status for status in call["responses"] if status.startswith("2"))
    lines = [f'pm.test("answers {status}", () => pm.response.to.have.status({status}));']
    lines += [
        f'pm.collectionVariables.set("{name}", pm.response.json().{member});'
        for name, member in _noted(call).items()
    ]
    lines += steps.AFTER.get(call["operationId"], "").strip().splitlines()
    return lines if method == "get" else [*lines, _NOTE_CHANGE]


def _noted(call: dict[str, Any]) -> dict[str, str]:
    """Return the variables that an answer sets, and the members that they are set to."""
    links = call["responses"].get("201", {}).get("links", {}).values()
    parameters = [pair for link in links for pair in link["parameters"].items()]
    linked = {_variable(n): source.removeprefix("$response.body#/") for n, source in parameters}
    return linked | steps.NOTED.get(call["operationId"], {})


def written(api: dict[str, Any]) -> str:
    """Return the file that the collection is kept in."""
    return json.dumps(collection(api), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        app = create_app(Settings.from_environment({"TODOAPP_DATA_DIR": folder}))
        with app.app_context():
            PATH.write_text(written(document(app)), encoding="utf-8")
