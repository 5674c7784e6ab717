"""`flask todo backup` and what else keeps the data safe, at the shell of the host."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from todoapp.clock import utcnow
from todoapp.services import backups
from todoapp.settings import Settings


@click.command("backup")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Restore it for a try, and compare every row.")
@with_appcontext
def backup(path: Path | None, verify: bool) -> None:
    """Make a backup while the service runs; print its path alone on standard output.

    It goes into TODOAPP_BACKUP_DIR, where the oldest are removed; or to PATH, a folder or a new
    file, where nothing is removed.
    """
    made = backups.make(path, at=utcnow(), verify=verify)
    click.echo(made.backup.path)
    if made.verified is not None:
        rows = sum(table.rows for table in made.verified.values())
        click.echo(f"Restored for a try: {rows:,} rows are the same.", err=True)
    for old in made.removed:
        click.echo(f"Removed {old}.", err=True)
    click.echo(f"Keep the secret key as well, apart from it: {_secret_key()}.", err=True)


def _secret_key() -> str:
    """Return where the secret key is, which is not in the database."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.origins.get("secret_key") or str(settings.data_dir / "secret_key")


COMMANDS = (backup,)
