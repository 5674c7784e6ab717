"""Enumerations and bounds: written once, read by models, schemas, forms and the reference."""

from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum


class Status(StrEnum):
    """Where a todo stands."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


#: A todo that still wants doing.
OPEN_STATUSES = (Status.PENDING, Status.IN_PROGRESS, Status.ON_HOLD)


class Priority(IntEnum):
    """How much a todo matters; stored and compared by rank, spoken of by its lower-case name."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4


#: The rank's name, by rank, as the API writes it.
PRIORITY_NAMES = {int(p): p.name.lower() for p in Priority}
#: The rank, by name.
PRIORITY_RANKS = {name: rank for rank, name in PRIORITY_NAMES.items()}


class UserRole(StrEnum):
    """What a person may do beside their own lists: an admin also runs the installation."""

    MEMBER = "member"
    ADMIN = "admin"


class ListRole(StrEnum):
    """What a member may do in a list; see `services.access` for the table."""

    VIEWER = "viewer"
    EDITOR = "editor"
    OWNER = "owner"


class SessionKind(StrEnum):
    """How a session is carried on."""

    BROWSER = "browser"  # by a cookie
    TOKEN = "token"  # by access tokens, renewed with refresh tokens  # noqa: S105


class Due(StrEnum):
    """What somebody who logs in to the pages has to do before all else."""

    PASSWORD = "password"  # noqa: S105
    TWO_FACTOR = "two-factor"


class Scope(StrEnum):
    """What an API key may be used for."""

    TODOS_READ = "todos:read"
    TODOS_WRITE = "todos:write"
    ACCOUNT = "account"
    ADMIN = "admin"


class KeyState(StrEnum):
    """Whether an API key works, and why it does not."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class JobState(StrEnum):
    """How a job stands."""

    QUEUED = "queued"  # to be run, at the earliest at `run_at`
    RUNNING = "running"  # a worker has it, until its lease ends
    DONE = "done"
    DEAD = "dead"  # given up, until an administrator retries it


class Noun(StrEnum):
    """What the change log speaks of."""

    TODO = "todo"
    LIST = "list"
    API_KEY = "api_key"
    USER = "user"
    SESSION = "session"
    VIEW = "view"
    JOB = "job"
    LOG = "log"  # the change log itself


class Action(StrEnum):
    """What the change log says was done."""

    CREATE = "create"
    UPDATE = "update"
    ENTER = "enter"  # a todo came into this list, or a person into a list
    LEAVE = "leave"  # a todo left this list, or a person a list: the tombstone of who saw it
    TRASH = "trash"
    RESTORE = "restore"
    PURGE = "purge"
    REVOKE = "revoke"
    ROTATE = "rotate"  # a key was replaced by another
    DELETE = "delete"
    LOGIN = "login"
    LOGIN_FAILED = "login_failed"
    LOGOUT = "logout"  # a session was ended, by whomever
    NEW_PASSWORD = "new_password"  # what it is, the log does not know  # noqa: S105
    RETRY = "retry"  # a job that was given up is to be run again
    PRUNE = "prune"  # the log is no longer kept up to the change that `noun_id` names


#: JavaScript's largest exact integer: ids and numbers beyond it do not survive many clients.
MAX_INTEGER = 2**53

TITLE_MAX = 500
DESCRIPTION_MAX = 16_384
UID_MAX = 255
TAG_MAX = 60
TAGS_MAX = 50
#: A root todo has depth 1.
DEPTH_MAX = 8
LIST_NAME_MAX = 255
LIST_DESCRIPTION_MAX = 16_384
COLOR_PATTERN = r"#[0-9a-fA-F]{6}"
VIEW_NAME_MAX = 100
#: Of one person, and in one list.
VIEWS_MAX = 200
KEY_NAME_MAX = 100
#: Lists that a limited key names.
KEY_LISTS_MAX = 100
#: For how many days a key may be asked to work; None: until it is revoked.
KEY_LIFETIMES: dict[str, int | None] = {"7d": 7, "30d": 30, "90d": 90, "1y": 365, "never": None}
#: For how many hours a key that was replaced may still work.
KEY_GRACE_HOURS_MAX = 168
KEY_GRACE_HOURS_DEFAULT = 24
#: The holder of a key is warned from this many days before it expires.
KEY_WARNING_DAYS = 7
EMAIL_MAX = 254
#: What browsers take for one in a form (HTML, "Valid e-mail address"), with a dot in the domain.
EMAIL_PATTERN = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"
#: Of addresses in text form, IPv6 ones with an IPv4 one inside included.
ADDRESS_MAX = 45
USER_AGENT_MAX = 255
TIMEZONE_MAX = 64
#: What is kept of a failure: of the method of the request, and of class and place of the exception.
METHOD_MAX = 16
FAILURE_TEXT_MAX = 200
JOB_KIND_MAX = 64
#: Of the beginning of a period, in which a periodic job is run once.
JOB_SLOT_MAX = 32
#: Of the name of a worker.
WORKER_MAX = 128

USERNAME_PATTERN = r"[a-z0-9][a-z0-9._-]{0,38}"
USERNAME_MAX = 39
#: Names that mean something else in a filter, or belong to the service itself.
RESERVED_USERNAMES = frozenset({"me", "none", "any", "guest", "system"})
#: The account that keyless calls act as, where the operator allows them.
GUEST_USERNAME = "guest"
PASSWORD_MIN = 8
PASSWORD_MAX = 256
#: Of recovery codes, with what people put between their groups.
OTP_MAX = 64
#: Of what is sent to be revoked or renewed.
TOKEN_MAX = 4000
ACCESS_TOKEN_LIFETIME = timedelta(minutes=15)

#: Instants and dates from 1900-01-01 up to, not including, 9999-01-01.
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)

#: Full text: the characters of a query, and the words written in it.
SEARCH_MAX = 200
SEARCH_WORDS_MAX = 16

#: Of a filter: its characters, how deep it is nested, and the comparisons in it.
FILTER_MAX = 2_000
FILTER_DEPTH_MAX = 16
FILTER_COMPARISONS_MAX = 50
#: How far from now or today a filter reaches, so that no result is out of range.
FILTER_REACH = timedelta(days=36_500)

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 200
#: `count=true` counts up to this many and then says that it stopped.
COUNT_MAX = 10_000
#: Of the changes that a call has made, so many are counted.
OPERATION_COUNT_MAX = 1_000
#: How many days statistics go back, and how many lists they name.
STATS_DAYS_MAX = 90
STATS_DAYS_DEFAULT = 30
BUSIEST_LISTS_MAX = 5
#: The simple face lists at most this many todos.
SIMPLE_LIST_MAX = 1_000

#: Databases limit the number of values in one statement: ids are bound in portions of this many.
IDS_AT_ONCE = 1000
#: Of what has had its time, so many rows are removed in one transaction.
PRUNED_AT_ONCE = 1000
IDEMPOTENCY_KEY_MAX = 255
#: Operations in one batch.
BATCH_MAX = 100
#: Todos that are selected to be changed at once.
BULK_MAX = 10_000
BODY_MAX_BYTES = 1024 * 1024
JSON_DEPTH_MAX = 32
