"""The catalogue of problems with who is calling, and what they may do."""

from todoapp.web.problem_kind import Kind

CALLERS: dict[str, Kind] = {
    "unauthenticated": Kind(
        401,
        "A valid API key or access token is needed",
        "Send a key in the header `X-API-Key: todo_…` or `Authorization: Bearer todo_…`, or an "
        "access token as `Authorization: Bearer`. In the URL neither is accepted. A key that has "
        "expired or been revoked stays so: make a new one. A login that has ended does, too: log "
        "in again.",
    ),
    "token-expired": Kind(
        401,
        "The access token has expired",
        "Send the refresh token to `/api/v1/auth/refresh`, and the request again with the new "
        "access token.",
    ),
    "bad-refresh-token": Kind(
        401,
        "The refresh token is not valid",
        "It was used before, or the login that it belongs to has ended. Log in again at "
        "`/api/v1/auth/token`.",
    ),
    "bad-credentials": Kind(
        401,
        "The name or the password is wrong",
        "Check both. Which one it is, nobody is told. If you have forgotten the password, an "
        "administrator can set another one.",
    ),
    "otp-required": Kind(
        401,
        "A code is needed",
        "The second factor is on: send the code that your authenticator app shows, or a recovery "
        "code, as `otp` beside the name and the password.",
    ),
    "bad-otp": Kind(
        401,
        "The code is wrong",
        "Each code works once, and for about a minute: wait for the next one, and see that the "
        "clock of your device is right. A recovery code will do, too.",
    ),
    "forbidden": Kind(403, "Not allowed", "You may see this, but not do this with it."),
    "insufficient-scope": Kind(
        403,
        "The key lacks a scope",
        "`required_scope` names what the key would need. Use a key that has it, or make one: no "
        "key gives more than it has, but an access token of `/api/v1/auth/token` may do all that "
        "its owner may. The scope `admin` is for administrators, and the first key is without it: "
        "`flask todo create-key admin --name people --scopes admin` makes one at the shell.",
    ),
    "limited-key": Kind(
        403,
        "The key is limited to some lists or todos",
        "It sees the lists that it names, or the todos that its filter selects, and does nothing "
        "that goes beyond them. Use a key without limits.",
    ),
    "outside-filter": Kind(
        403,
        "The filter of the key does not reach that far",
        "`filter` tells which todos the key has. It changes no others, not even subtasks that "
        "would go along, and leaves none outside. Keep to the filter, or use a key without one.",
    ),
    "insufficient-role": Kind(
        403,
        "Your role in the list does not allow this",
        "A viewer reads, an editor changes todos, an owner changes the list itself. Ask the "
        "list's owner for another role.",
    ),
    "password-change-required": Kind(
        403,
        "Another password is due",
        "Somebody else has set yours. Send the one that you have, and another one as "
        "`new_password`.",
    ),
    "two-factor-required": Kind(
        403,
        "A second factor is due",
        "An administrator demands one of you, and you have none yet. Log in with a browser to set "
        "it up, or set it up with an API key at `/api/v1/me/two-factor`.",
    ),
}
