"""What goes in and comes out."""

from rest_framework import serializers

from tests.load.peers.drf.models import Todo


class TodoSerializer(serializers.ModelSerializer):
    # Hyperlinked fields would resolve each URL, which takes longer.
    url = serializers.ReadOnlyField()
    completed = serializers.ReadOnlyField()
    priority = serializers.CharField(source="get_priority_display", read_only=True)
    tags = serializers.SlugRelatedField("name", source="tag_rows", many=True, read_only=True)
    due_date = serializers.ReadOnlyField()
    assigned_to = serializers.SlugRelatedField("username", read_only=True)
    created_by = serializers.SlugRelatedField("username", read_only=True)

    class Meta:
        model = Todo
        fields = [
            "id",
            "uid",
            "url",
            "version",
            "list_id",
            "title",
            "description",
            "status",
            "completed",
            "completed_at",
            "priority",
            "tags",
            "due_date",
            "assigned_to",
            "created_by",
            "parent_id",
            "position",
            "created_at",
            "updated_at",
            "deleted_at",
        ]
        # All but title and description.
        read_only_fields = [
            "uid",
            "version",
            "status",
            "completed_at",
            "position",
            "created_at",
            "updated_at",
            "deleted_at",
        ]
