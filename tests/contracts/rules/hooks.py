"""What Schemathesis cannot know of the service by its document alone."""

import os
import re
from typing import Any
from urllib.parse import urlencode

import schemathesis
from schemathesis.openapi.checks import IgnoredAuth, RejectedPositiveData, UseAfterFree

#: The keys that it tests with.
OWN_KEYS = set(os.environ["CONTRACT_KEY_IDS"].split())
#: The people that it tests as.
OWN_NAMES = set(os.environ["CONTRACT_NAMES"].split())
#: Gunicorn refuses longer request lines before the service sees them, and not as JSON.
QUERY_MAX = 7000
#: Codes of problems that are about the present state of things, or a syntax of its own.
PROBLEMS = {"bad-page-token", "bad-filter", "precondition-failed"}
#: Codes of fields that break what the document says. All others are about the state of things.
FORM = {
    *("required", "null", "type", "unknown", "choice", "pattern", "range", "instant", "comma"),
    *("blank", "too_short", "too_long", "too_many", "control_character"),
}
#: The pointer to an id, alone or in an array of ids.
REFERENCE = re.compile(r"(_id|/id|_ids/\d+)$")


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """Keep the keys and people that the test itself needs, and to what reaches the service."""
    path = case.path_parameters or {}
    own_name = case.path.startswith("/api/v1/users/") and path.get("username") in OWN_NAMES
    own = str(path.get("key_id")) in OWN_KEYS or own_name
    query = case.query or {}
    # What is only tried is not retried: the key is passed over, whatever it is.
    ignored = "validate_only" in query and "Idempotency-Key" in (case.headers or {})
    too_long = len(urlencode(query, doseq=True)) > QUERY_MAX
    return not (own and case.method != "GET") and not ignored and not too_long


#: Paths whose DELETE was last only tried (`validate_only`): what is there, stays.
TRIED: set[str] = set()


@schemathesis.hook
def after_call(
    context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response
) -> None:
    """Note which deletions were tried, and which took place."""
    if case.method == "DELETE" and response.status_code == 200:
        TRIED.add(case.formatted_path)
    elif case.method == "DELETE" and response.status_code == 204:
        TRIED.discard(case.formatted_path)


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: Any) -> Any:
    """Write 3 for 3.0: to JSON Schema both are integers, to the service only the former is."""
    if isinstance(body, dict):
        return {name: map_body(context, value) for name, value in body.items()}
    if isinstance(body, list):
        return [map_body(context, value) for value in body]
    return int(body) if isinstance(body, float) and body.is_integer() else body


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Any, case: schemathesis.Case, response: Any
) -> bool:
    """Let go of what is refused for what it met, or is kept although it was deleted."""
    if isinstance(failure, RejectedPositiveData):
        return not _meets_state(response.json())
    if isinstance(failure, IgnoredAuth):  # wrong keys are refused by their number, too
        return "got `429 " not in failure.message
    if isinstance(failure, UseAfterFree):
        tried = any(f"{case.formatted_path}/".startswith(f"{path}/") for path in TRIED)
        return response.status_code != 304 and not tried and not _is_kept(response.json())
    return True


def _meets_state(problem: dict[str, Any]) -> bool:
    if problem["code"] == "validation-failed":
        return not any(map(_breaks_form, problem["errors"]))
    return problem["code"] in PROBLEMS


def _breaks_form(error: dict[str, str]) -> bool:
    """Tell whether the document should have said so: not of years, months and what there is."""
    who = error.get("parameter") in ("lists_to", "view")
    refers = (who or REFERENCE.search(error.get("pointer", ""))) and error["code"] == "unknown"
    years = error["code"] == "range" and "in the years" in error["detail"]
    months = error["code"] == "instant" and "due_" in (error.get("pointer") or error["parameter"])
    # What one parameter makes of another, and how many words a text has, no document can say.
    search = error["detail"].startswith("With q") or error.get("parameter") == "q"
    syntax = "position" in error  # of a filter
    return error["code"] in FORM and not (refers or years or months or search or syntax)


def _is_kept(body: dict[str, Any]) -> bool:
    """Tell whether it lies in the trash or is a key that was revoked; both can still be read.

    So can the members of a list in the trash.
    """
    is_member = {"list_id", "role"} <= body.keys()
    kept = body.get("deleted_at") or body.get("revoked_at")
    return bool(kept or is_member or "members" in body or "changes" in body)
