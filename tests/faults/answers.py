"""What the service owes its clients while something is wrong."""

import http.client
import json


def body_of(response: http.client.HTTPResponse, path: str) -> bytes:
    """Read an answer to its end; assert that a 503 of the API says all that it has to."""
    body = response.read()
    if response.status == 503 and path.startswith("/api/"):
        assert response.headers["Retry-After"].isdigit(), body
        assert response.headers["Content-Type"] == "application/problem+json"
        assert json.loads(body)["code"] == "unavailable"
    return body
