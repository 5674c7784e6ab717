"""What the Postman collection does that the OpenAPI document does not tell."""

DESCRIPTION = """
To run it from top to bottom, set its variables:

- `base_url`: where the service is;
- `api_key`: an administrator's key with every scope, of
  `flask todo create-key admin --name postman --scopes todos:read,todos:write,account,admin`;
- `username` and `password`: whose key that is. The first start shows a password, and
  `flask todo reset-password admin --password-stdin` sets another one. The last call but one changes
  it to `new_password`; then the two variables change places.

The calls on jobs are about the newest one, and succeed if that was given up. For a short time the
second factor of the account is on. The calls on people and members are about
whom "Add somebody" added, in the variable `person`.
"""
#: Variables with a value from the start; the path's `username` is somebody else's.
SET = {
    "base_url": "http://127.0.0.1:8000",
    "username": "admin",
    "password": "purple teapot 9 sings",
    "new_password": "orange kettle 7 hums",
}
PATH_VARIABLES = {"username": "person"}
#: By the call: what is sent instead of the document's examples.
SENT = {
    "log_in": {"username": "{{username}}", "password": "{{password}}"},
    "refresh_tokens": {"refresh_token": "{{refresh_token}}"},
    "revoke_token": {"token": "{{refresh_token}}"},
    "begin_two_factor": {"password": "{{password}}"},
    "confirm_two_factor": {"otp": "{{otp}}"},
    "renew_recovery_codes": {"password": "{{password}}"},
    "disable_two_factor": {"password": "{{password}}", "otp": "{{otp}}"},
    # Nobody else can have the name of somebody who was deleted.
    "create_user": {"username": "ada-{{$timestamp}}"},
    "put_my_password": {"current_password": "{{password}}", "new_password": "{{new_password}}"},
}
#: By the call: the variables that its answer sets, beside those of the document's links.
NOTED = {
    "log_in": {"refresh_token": "refresh_token"},
    "refresh_tokens": {"refresh_token": "refresh_token"},
    "list_sessions": {"session_id": "sessions[0].id"},
    "list_jobs": {"job_id": "jobs[0].id"},
    "begin_two_factor": {"totp_secret": "secret"},
    # A code of the app counts once; after it comes a recovery code.
    "confirm_two_factor": {"otp": "recovery_codes[0]"},
    "renew_recovery_codes": {"otp": "recovery_codes[0]"},
}
#: The folders that come first: people are let into lists, and the last change that is noted before
#: "Undo a change" is one of todos.
FIRST_FOLDERS = ["Todos", "Lists", "People", "Members", "Tags", "Changes"]
#: What comes first in its folder, in this order.
FIRST = [
    *("log_in", "refresh_tokens", "list_sessions", "get_session", "end_session"),
    *("begin_two_factor", "confirm_two_factor", "get_two_factor"),
    *("renew_recovery_codes", "disable_two_factor"),
    *("list_jobs", "get_job", "retry_job", "discard_job"),
]
#: What the rest could not do without: a folder of its own.
LAST = {"put_my_password", "delete_user"}
AT_LAST = {"name": "At last", "description": "What would be missed before."}
#: What an authenticator app does (RFC 6238).
_TOTP = """
const hashes = require("crypto-js");
const hex = (number, digits) => number.toString(16).padStart(digits, "0");
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const secret = [...pm.collectionVariables.get("totp_secret")];
const bits = secret.map((l) => letters.indexOf(l).toString(2).padStart(5, "0")).join("");
const key = bits.match(/.{8}/g).map((byte) => hex(parseInt(byte, 2), 2)).join("");
const step = hex(Math.floor(Date.now() / 30000), 16);
const mac = hashes.HmacSHA1(...[step, key].map(hashes.enc.Hex.parse)).toString();
const offset = 2 * parseInt(mac.slice(-1), 16);
const code = (parseInt(mac.slice(offset, offset + 8), 16) & 0x7fffffff) % 1000000;
pm.collectionVariables.set("otp", String(code).padStart(6, "0"));
"""
_SWAP_PASSWORDS = """
if (pm.response.code === 204) {
  const old = pm.collectionVariables.get("password");
  pm.collectionVariables.set("password", pm.collectionVariables.get("new_password"));
  pm.collectionVariables.set("new_password", old);
}
"""
#: By the call: what runs before it, and what runs after it.
BEFORE = {"confirm_two_factor": _TOTP}
AFTER = {"put_my_password": _SWAP_PASSWORDS}
