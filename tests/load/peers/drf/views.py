"""The view set."""

import uuid
from typing import Any

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from rest_framework.pagination import CursorPagination
from rest_framework.viewsets import ModelViewSet

from tests.load.peers.drf.models import Membership, Todo, TodoList
from tests.load.peers.drf.serializers import TodoSerializer


class NewestFirst(CursorPagination):
    """Pages without a count, which would take longer."""

    page_size = 50
    ordering = ("-created_at", "-id")


class TodoViewSet(ModelViewSet):
    serializer_class = TodoSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Todo]:
        mine = Membership.objects.filter(user=self.request.user).values("list_id")
        seen = Todo.objects.filter(list_id__in=mine)
        if self.action == "list":
            seen = seen.filter(deleted_at=None)
        return seen.select_related("created_by", "assigned_to").prefetch_related("tag_rows")

    @transaction.atomic
    def perform_create(self, serializer: Any) -> None:
        inbox = TodoList.objects.get(inbox_of=self.request.user)
        last = Todo.objects.filter(list=inbox).aggregate(last=Max("position"))["last"]
        body, now = serializer.validated_data, timezone.now()
        serializer.save(
            uid=str(uuid.uuid4()),
            list=inbox,
            title_key=body["title"].casefold(),
            search_text=f"{body['title']} {body.get('description', '')}".casefold(),
            created_by=self.request.user,
            position=(last or 0) + 1,
            created_at=now,
            updated_at=now,
        )
