"""Members of lists: what clients send, what they get."""

from typing import Any, ClassVar

from todoapp import limits
from todoapp.schemas.answer import Out, OutInstant, Resource
from todoapp.schemas.fields import OneOf, Whole
from todoapp.schemas.strict import Strict


class MemberPut(Strict):
    """Somebody's role in a list."""

    read_only: ClassVar = frozenset({"url", "list_id", "username", "created_at"})

    role = OneOf(
        limits.ListRole,
        required=True,
        metadata={"description": "owner, for a member: hands the list over to them."},
    )
    version = Whole(metadata={"description": "A precondition: the list's version that you saw."})


class MemberOut(Resource):
    """Somebody in a list."""

    list_id = Out({"type": "integer"})
    version = Out({"type": "integer", "description": "The list's: it counts its members' roles."})
    username = Out({"type": "string"})
    role = Out({"type": "string", "enum": [role.value for role in limits.ListRole]})
    created_at = OutInstant(metadata={"description": "When they were let in."})

    def _url(self, row: Any) -> str:
        return f"{self._base}/api/v1/lists/{row.list_id}/members/{row.username}"
