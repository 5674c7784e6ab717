"""The routes."""

from rest_framework.routers import SimpleRouter

from tests.load.peers.drf.views import TodoViewSet

router = SimpleRouter(trailing_slash=False)
router.register("todos", TodoViewSet, basename="todo")
urlpatterns = router.urls
