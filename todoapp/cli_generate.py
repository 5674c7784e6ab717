"""`flask todo generate`: an installation at its full size, to measure and to try things on."""

import click
from flask.cli import with_appcontext

from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import bulk, generate

_REPORT_EACH = 100_000


@click.command("generate")
@click.option("--todos", default=1_000_000, show_default=True)
@click.option("--users", default=50, show_default=True, help="Called user001 and so on.")
@click.option(
    "--lists", default=2_000, show_default=True, help="A multiple of the users; with the Inboxes."
)
@click.option("--seed", default=1, show_default=True, help="Another one draws other todos.")
@with_appcontext
def command(todos: int, users: int, lists: int, seed: int) -> None:
    """Fill a new installation with todos; print a key of user001.

    Nothing may be there but the first administrator. The same options give the same todos, with
    dates around today. A million take some minutes, during which nobody else can write. The change
    log hears of the people and the lists, not of the todos.
    """
    size = generate.Size(todos=todos, users=users, lists=lists)
    with unit_of_work():
        key = generate.make(size, seed=seed, at=utcnow(), progress=_report)
    bulk.settle()
    click.echo(key)


def _report(count: int) -> None:
    if count % _REPORT_EACH == 0:
        click.echo(f"{count:,} todos", err=True)
