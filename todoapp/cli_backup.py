"""`flask todo backup` and what else keeps the data safe, at the shell of the host."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from todoapp import migrating
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import backups, bulk, doctor, health, restore
from todoapp.services.doctor import Verdict
from todoapp.setting_values import database_url
from todoapp.settings import Settings
from todoapp.web.listen import refusal


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


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@with_appcontext
def restore_from(file: Path) -> None:
    """Fill the empty database from the backup FILE, and bring it up to date.

    The service must not run meanwhile.
    """
    _refuse_running()
    revision = restore.restore(file)
    with unit_of_work():
        restore.begin_anew()
    click.echo(f"Restored {file}, of revision {revision}.")
    if revision != health.head():
        migrating.upgrade()
        click.echo(f"Brought it up to date: revision {health.head()}.")
    bulk.settle()
    click.echo(
        "Start the service. Clients that keep a copy read everything anew; keys and logins that "
        "ended since the backup are back: look through them."
    )


@click.command("move")
@click.argument("to_url")
@with_appcontext
def move_to(to_url: str) -> None:
    """Copy everything from the SQLite database to the empty PostgreSQL database TO_URL.

    The service must not run meanwhile. Others can read a command line: leave the password out of
    TO_URL, and give it as PGPASSWORD in the environment.
    """
    # Here, since the other commands and the service on SQLite need not load the driver.
    from todoapp.services import move  # noqa: PLC0415

    _refuse_running()
    try:
        target = replace(current_app.config["SETTINGS"], database_url=database_url(to_url))
    except ValueError as error:
        raise click.BadParameter(f"{error}.", param_hint="TO_URL") from None
    move.refuse(target.url)
    _migrate(target)
    with unit_of_work():
        tables = move.copy(target.url)
    for name, table in tables.items():
        click.echo(f"{name:<20} {table.rows:>12,}")
    click.echo(
        "Every row is the same in PostgreSQL now. Name it in TODOAPP_DATABASE_URL, keep the secret "
        f"key ({_secret_key()}), and start the service. The SQLite file is as it was."
    )


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
@with_appcontext
def examine(as_json: bool) -> None:
    """Look at everything that can be wrong, and say what to do; exit with 1 if anything is broken.

    SQLite's file is read whole, which takes its time.
    """
    lines = list(doctor.examine(utcnow()))
    if as_json:
        click.echo(json.dumps([asdict(line) for line in lines], indent=2))
    else:
        for line in lines:
            click.echo(f"{line.verdict:<13} {line.subject:<14} {line.text} {line.advice}".rstrip())
    if any(line.verdict == Verdict.BROKEN for line in lines):
        raise click.exceptions.Exit(1)


def _migrate(settings: Settings) -> None:
    """Make the tables of another database than the application's."""
    other = Flask("todoapp")
    other.config["SETTINGS"] = settings
    with other.app_context():
        migrating.upgrade()


def _refuse_running() -> None:
    settings: Settings = current_app.config["SETTINGS"]
    if refusal(settings.bind):
        raise click.ClickException(f"{settings.bind} is in use: stop the service first.")


def _secret_key() -> str:
    """Return where the secret key is, which is not in the database."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.origins.get("secret_key") or str(settings.data_dir / "secret_key")


COMMANDS = (backup, restore_from, move_to, examine)
