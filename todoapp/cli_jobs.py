"""`flask todo …`: what is done in the background, and its housekeeping at once."""

import click
from flask import current_app
from flask.cli import with_appcontext

from todoapp.clock import utcnow
from todoapp.installation import settings
from todoapp.jobs import housekeeping
from todoapp.jobs.worker import Worker


@click.command("worker")
@click.option("--once", is_flag=True, help="Run what is due, then end.")
@click.option("--parent", type=int, hidden=True, help="End when this process has ended.")
@with_appcontext
def work(once: bool, parent: int | None) -> None:
    """Run jobs in the background: housekeeping, and what else is enqueued."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    worker = Worker(app, parent=parent)
    if not once:
        worker.run()
    while once and worker.step():
        pass


@click.command()
@with_appcontext
def prune() -> None:
    """Remove at once what workers remove when its time has come.

    The changes that are older than TODOAPP_CHANGES_DAYS, what has been in the trash for
    TODOAPP_TRASH_DAYS, logins that are over, and their like.
    """
    now, chosen = utcnow(), settings()
    purged = housekeeping.whole(housekeeping.trash, now)
    forgotten = housekeeping.whole(housekeeping.log, now)
    for chore in housekeeping.FURTHER:
        housekeeping.whole(chore, now)
    click.echo(f"Forgot {forgotten} changes older than {chosen.changes_days} days.")
    if chosen.trash_days:
        click.echo(f"Purged {purged} todos and lists, {chosen.trash_days} days in the trash.")


COMMANDS = (work, prune)
