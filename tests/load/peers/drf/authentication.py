"""An authentication class of one's own, as REST Framework's documents describe it."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tests.load.peers import keys
from tests.load.peers.drf.models import ApiKey, User


class KeyAuthentication(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        key = request.headers.get("X-API-Key")
        if key is None:
            return None
        try:
            found = ApiKey.objects.select_related("user").get(public_id=keys.public_id(key))
        except ApiKey.DoesNotExist:
            raise AuthenticationFailed("The API key is not valid.") from None
        if not found.opens_with(key, timezone.now()):
            raise AuthenticationFailed("The API key is not valid.")
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return "X-API-Key"
