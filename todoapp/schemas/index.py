"""The index of the API."""

from todoapp.schemas.answer import Answer, Out

_URL = {"type": "string", "format": "uri"}


class Index(Answer):
    """Where everything is."""

    todos_url = Out(_URL)
    lists_url = Out(_URL)
    tags_url = Out(_URL)
    stats_url = Out(_URL)
    views_url = Out(_URL)
    changes_url = Out(_URL)
    api_keys_url = Out(_URL)
    sessions_url = Out(_URL)
    users_url = Out(_URL)
    jobs_url = Out(_URL)
    me_url = Out(_URL)
    openapi_url = Out(_URL)
    docs_url = Out(_URL)


class OpenApi(Answer):
    """An OpenAPI document."""

    openapi = Out({"type": "string"})
    info = Out({"type": "object"})
    paths = Out({"type": "object"})
    components = Out({"type": "object"})
