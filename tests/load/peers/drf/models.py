"""The service's tables."""

from datetime import date, datetime

from django.conf import settings
from django.db import models

from tests.load.peers import keys


class User(models.Model):
    username = models.CharField(max_length=64)
    is_active = models.BooleanField()

    # What IsAuthenticated asks for.
    is_authenticated = True

    class Meta:
        managed = False
        db_table = "user_account"


class ApiKey(models.Model):
    user = models.ForeignKey(User, models.DO_NOTHING)
    public_id = models.CharField(max_length=8, unique=True)
    secret_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "api_key"

    def opens_with(self, key: str, at: datetime) -> bool:
        """Tell whether `key` is this one, and counts at the time `at`."""
        if self.revoked_at or (self.expires_at and self.expires_at <= at):
            return False
        return keys.matches(key, self.secret_hash) and self.user.is_active


class TodoList(models.Model):
    inbox_of = models.OneToOneField(User, models.DO_NOTHING, null=True, db_column="inbox_of")

    class Meta:
        managed = False
        db_table = "todo_list"


class Membership(models.Model):
    pk = models.CompositePrimaryKey("user_id", "list_id")
    user = models.ForeignKey(User, models.DO_NOTHING)
    list = models.ForeignKey(TodoList, models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "membership"


class Todo(models.Model):
    class Priority(models.IntegerChoices):
        LOW = 1, "low"
        MEDIUM = 2, "medium"
        HIGH = 3, "high"
        CRITICAL = 4, "critical"

    id = models.BigAutoField(primary_key=True)
    uid = models.CharField(max_length=255)
    version = models.IntegerField(default=1)
    list = models.ForeignKey(TodoList, models.DO_NOTHING)
    title = models.CharField(max_length=500)
    title_key = models.TextField()
    search_text = models.TextField()
    description = models.TextField(blank=True)
    status = models.CharField(max_length=16, default="pending")
    completed_at = models.DateTimeField(null=True)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.MEDIUM)
    due_on = models.DateField(null=True)
    due_at = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(User, models.DO_NOTHING, null=True, related_name="+")
    created_by = models.ForeignKey(User, models.DO_NOTHING, related_name="+")
    parent = models.ForeignKey("self", models.DO_NOTHING, null=True)
    position = models.FloatField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "todo"

    @property
    def url(self) -> str:
        return f"{settings.BASE_URL}/todos/{self.id}"

    @property
    def completed(self) -> bool:
        return self.status == "completed"

    @property
    def due_date(self) -> date | datetime | None:
        return self.due_on or self.due_at


class TodoTag(models.Model):
    pk = models.CompositePrimaryKey("todo_id", "position")
    todo = models.ForeignKey(Todo, models.DO_NOTHING, related_name="tag_rows")
    position = models.SmallIntegerField()
    name = models.CharField(max_length=64)

    class Meta:
        managed = False
        db_table = "todo_tag"
        ordering = ["position"]
