"""The catalogue of problems: each code has a status, a title, and what to do about it."""

from todoapp.web.problem_callers import CALLERS
from todoapp.web.problem_kind import Kind

KINDS: dict[str, Kind] = {
    "malformed": Kind(
        400,
        "The request cannot be read",
        "The body is not valid JSON, or something else in the request breaks its own format. "
        "The detail says where. Send JSON in UTF-8 with each key once, and nothing deeper than "
        "32 levels.",
    ),
    "bad-page-token": Kind(
        400,
        "The page token is not valid here",
        "A page token belongs to the caller, the filters and the sort that it was given for. "
        "Send it with exactly those, or leave it out to begin at the first page.",
    ),
    "bad-filter": Kind(
        400,
        "The filter cannot be read",
        "`errors` says what is wrong, at which character (`position`, from 0), and what to write "
        "instead. In a URL a filter is encoded: + is %2B. "
        "The language is described in docs/filters.md, which comes with the service.",
    ),
    "untrusted-host": Kind(
        400,
        "The host name is not ours",
        "The service answers only to the host names that its operator trusts. Use one of those, "
        "or have yours added to TODOAPP_TRUSTED_HOSTS.",
    ),
    **CALLERS,
    "not-found": Kind(
        404,
        "There is no such thing",
        "It never existed, is gone for good, or is not yours to see: the answer is the same. "
        "Check the id and the path.",
    ),
    "method-not-allowed": Kind(
        405,
        "This method does not work here",
        "The header Allow names the methods that do.",
    ),
    "not-acceptable": Kind(406, "Not acceptable", "The answer is JSON; accept it."),
    "timeout": Kind(408, "The request took too long", "Send it again."),
    "conflict": Kind(
        409,
        "The state of things does not allow this",
        "The detail says what stands in the way. Read the thing again and decide anew.",
    ),
    "in-trash": Kind(
        409,
        "It is in the trash",
        "What is in the trash does not change. Restore it first, or what it belongs to.",
    ),
    "not-in-trash": Kind(409, "It is not in the trash", "There is nothing to restore."),
    "request-in-progress": Kind(
        409,
        "The same request is under way",
        "A request with this `Idempotency-Key` has not been answered yet. Send it again after a "
        "moment: the answer will be the same.",
    ),
    "uid-taken": Kind(
        409,
        "The uid is taken",
        "A `uid` is unique in its list. `todo_id` names the todo that has it: change that one, or "
        "choose another uid.",
    ),
    "changed-since": Kind(
        409,
        "It has changed since",
        "What was done cannot be undone, because somebody has changed it since. `conflicts` names "
        "what, by noun, id and fields. Change it by hand, or undo the later changes first.",
    ),
    "not-undoable": Kind(
        409,
        "It cannot be undone",
        "What is purged, and what was done to accounts, keys, members, saved views and jobs, stays "
        "done.",
    ),
    "too-many": Kind(
        409,
        "Too many todos at once",
        "At most 10,000 todos are changed at once, so that nobody waits for long. Narrow the "
        "filter, or select them in parts.",
    ),
    "inbox": Kind(
        409,
        "The Inbox stays",
        "Everybody has one Inbox: it cannot be archived, deleted or shared.",
    ),
    "owner-needed": Kind(
        409,
        "A list has an owner",
        "The owner cannot leave, or take another role. Hand the list over first: give another "
        "member the role owner.",
    ),
    "no-member": Kind(
        409,
        "They are no member of the list",
        "A list is handed over to a member. Let them in first, as viewer or editor.",
    ),
    "key-ended": Kind(
        409,
        "The key has ended",
        "A key that was revoked, has expired or was replaced already cannot be replaced. Make a "
        "new one.",
    ),
    "username-taken": Kind(
        409,
        "The name is taken",
        "Somebody has it, or had it before being deleted. Choose another username.",
    ),
    "username-reserved": Kind(
        409,
        "The name is reserved",
        "The service has an account of its own by this name, or may have: nobody else gets the "
        "name, and nobody changes or deletes the account. Choose another username.",
    ),
    "email-taken": Kind(409, "The address is taken", "Somebody else has this e-mail address."),
    "last-administrator": Kind(
        409,
        "Somebody must run the installation",
        "The last active administrator cannot be demoted, deactivated or deleted. Make somebody "
        "else an administrator first.",
    ),
    "two-factor-enabled": Kind(
        409,
        "The second factor is on already",
        "There is nothing to begin or to confirm. To set up another authenticator app, turn it off "
        "first.",
    ),
    "two-factor-off": Kind(
        409,
        "The second factor is off",
        "There is nothing to confirm, to renew or to turn off. To turn it on, begin with "
        "`POST /api/v1/me/two-factor`, then confirm with a code of your app.",
    ),
    "two-factor-demanded": Kind(
        409,
        "The second factor is demanded",
        "An administrator demands it of you, so it stays on. Who has lost the app asks an "
        "administrator to reset it.",
    ),
    "gone": Kind(
        410,
        "It is no longer kept",
        "Changes are kept for a limited time, and yours are older. Read everything anew, then ask "
        "for the changes after `kept_after`.",
    ),
    "precondition-failed": Kind(
        412,
        "It has changed meanwhile",
        "Somebody saved another version after the one that you named. `current` is the thing as "
        "it stands: apply your change to it and send it again with its version.",
    ),
    "content-too-large": Kind(413, "Too much was sent", "A body has at most 1 MiB."),
    "uri-too-long": Kind(414, "The URL is too long", "Shorten the query."),
    "unsupported-media-type": Kind(
        415,
        "The body is of another kind",
        "Send `Content-Type: application/json`; PATCH also takes `application/merge-patch+json`.",
    ),
    "validation-failed": Kind(
        422,
        "The request is not valid",
        "It was understood, but some of its values cannot be accepted. `errors` lists every one: "
        "`pointer` says where in the body (RFC 6901), `parameter` which query parameter.",
    ),
    "too-many-requests": Kind(429, "Too many requests", "Wait as long as Retry-After says."),
    "headers-too-large": Kind(431, "The headers are too large", "Send fewer or shorter ones."),
    "internal-error": Kind(
        500,
        "Something went wrong on our side",
        "It is not your fault. The operator finds the reason in the log by the `request_id`.",
    ),
    "not-implemented": Kind(501, "Not implemented", "This method is not known here."),
    "busy": Kind(
        503,
        "Too many files are being sent",
        "Each takes a place for as long as its reader takes. Wait for one of yours to end, or for "
        "the seconds in Retry-After, and ask again.",
    ),
    "unavailable": Kind(
        503,
        "Not available at this moment",
        "Nothing was changed, unless the detail says that it is not known. Try again after the "
        "seconds in Retry-After.",
    ),
}
