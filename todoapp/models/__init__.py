"""The tables. Every rule that a database can hold is a constraint here."""

from todoapp.models.api_key import ApiKey
from todoapp.models.change import Change
from todoapp.models.membership import Membership
from todoapp.models.todo import Todo, TodoTag
from todoapp.models.todo_list import TodoList
from todoapp.models.user import User
from todoapp.models.user_session import UserSession

__all__ = [
    "ApiKey",
    "Change",
    "Membership",
    "Todo",
    "TodoList",
    "TodoTag",
    "User",
    "UserSession",
]
