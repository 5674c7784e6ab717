"""The tables. Every rule that a database can hold is a constraint here."""

from todoapp.models.api_key import ApiKey, ApiKeyList
from todoapp.models.change import Change
from todoapp.models.failure import Failure
from todoapp.models.idempotent_answer import IdempotentAnswer
from todoapp.models.job import Job
from todoapp.models.login_attempt import LoginAttempt
from todoapp.models.membership import Membership
from todoapp.models.recovery_code import RecoveryCode
from todoapp.models.tag_count import TagCount
from todoapp.models.todo import Todo, TodoTag
from todoapp.models.todo_count import TodoCount
from todoapp.models.todo_list import TodoList
from todoapp.models.todo_search import todo_search
from todoapp.models.user import User
from todoapp.models.user_session import UserSession
from todoapp.models.view import View

__all__ = [
    "ApiKey",
    "ApiKeyList",
    "Change",
    "Failure",
    "IdempotentAnswer",
    "Job",
    "LoginAttempt",
    "Membership",
    "RecoveryCode",
    "TagCount",
    "Todo",
    "TodoCount",
    "TodoList",
    "TodoTag",
    "User",
    "UserSession",
    "View",
    "todo_search",
]
