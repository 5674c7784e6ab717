"""A Flask route that does nothing: what server and framework take before our work begins."""

from flask import Flask, Response

app = Flask("empty")


@app.get("/")
def empty() -> Response:
    return Response(b'{"status":"ok"}\n', content_type="application/json")
