"""`flask todo export`: what the API's export gives, at the shell of the host."""

from urllib.parse import parse_qs

import click
from flask import current_app
from flask.cli import with_appcontext

from todoapp.clock import utcnow
from todoapp.schemas.todo_export import MEDIA_TYPES, ExportQuery
from todoapp.services import accounts, export
from todoapp.settings import Settings


@click.command("export")
@click.argument("query", default="")
@click.option("--user", required=True, help="Whose todos.")
@click.option(
    "--format", "kind", type=click.Choice(list(MEDIA_TYPES)), default="jsonl", show_default=True
)
@with_appcontext
def command(query: str, user: str, kind: str) -> None:
    """Write somebody's todos to standard output; QUERY is that of the API: "due=any&sort=title"."""
    settings: Settings = current_app.config["SETTINGS"]
    actor = accounts.acting(user)
    pairs = {"format": [kind], **parse_qs(query, keep_blank_values=True)}
    wanted = ExportQuery.parse_query(pairs)
    for part in export.parts(actor, wanted, base=settings.base_url, now=utcnow()):
        click.echo(part, nl=False)
