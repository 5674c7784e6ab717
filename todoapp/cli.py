"""`flask todo …`: what the operator does at the shell of the host."""

from typing import Any

import click
from flask import Flask, current_app
from flask.cli import AppGroup, ScriptInfo

from todoapp import cli_backup, cli_export, cli_generate, cli_jobs, cli_people, migrating
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.errors import DomainError, FieldError, Invalid
from todoapp.limits import Scope, UserRole
from todoapp.services import (
    accounts,
    api_keys,
    demo,
    health,
    key_rows,
    passwords,
)
from todoapp.services.health import UNREACHABLE
from todoapp.setting_pages import configuration, documentation, example
from todoapp.setting_values import masked
from todoapp.settings import Settings
from todoapp.web.listen import refusal

#: By which option a command is told the fields whose names differ from it.
_OPTIONS = {"expires_at": "--expires", "expires_in": "--expires", "lists_to": "--lists-to"}


class _Group(AppGroup):
    """Commands that fail with one sentence, not with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Invalid as error:
            raise click.ClickException("; ".join(map(_told, error.errors))) from None
        except DomainError as error:
            raise click.ClickException(error.detail) from None
        except UNREACHABLE as error:
            told = f"The database {_database(ctx)} cannot be used: {health.reason(error)}."
            advice = " Is it migrated? (flask todo init)" if health.lacks_tables(error) else ""
            raise click.ClickException(told + advice) from None


def _told(error: FieldError) -> str:
    name = error.where.lstrip("/")
    return f"{_OPTIONS.get(name, name)}: {error.detail}"


def _database(ctx: click.Context) -> str:
    """Return the address of the database, without its password."""
    settings: Settings = ctx.ensure_object(ScriptInfo).load_app().config["SETTINGS"]
    return masked(settings.database_url)


todo = _Group("todo", help="Set up and look after the to-do service.")


def install(app: Flask) -> None:
    """Add the commands."""
    several = (*cli_backup.COMMANDS, *cli_jobs.COMMANDS, *cli_people.COMMANDS)
    for command in (*several, cli_export.command, cli_generate.command):
        todo.add_command(command)
    app.cli.add_command(todo)


@todo.command()
def init() -> None:
    """Make ready to serve: migrate, and at the first start make an administrator and a key."""
    settings: Settings = current_app.config["SETTINGS"]
    if health.is_ahead():
        click.echo(
            "The schema is newer than this version of todoapp, and stays as it is.", err=True
        )
    else:
        migrating.upgrade()
    with unit_of_work():
        accounts.lock()
        first = _first_accounts(settings) if accounts.is_empty() else None
        if settings.guest_access:
            accounts.ensure_guest(at=utcnow())
    if first:
        _welcome(*first, base=settings.base_url)


def _first_accounts(settings: Settings) -> tuple[str, str]:
    """Make the first administrator and their key; return the password and the key.

    They are shown once, so not where the address is taken, and it cannot serve. Whoever has them
    may migrate while the service runs.
    """
    refused = refusal(settings.bind)
    if refused:
        raise click.ClickException(refused)
    password = passwords.generate()
    body = {"username": "admin", "password": password, "role": UserRole.ADMIN.value}
    user = accounts.create(body, at=utcnow())
    wanted = {"name": "first key", "scopes": [Scope.TODOS_READ, Scope.TODOS_WRITE, Scope.ACCOUNT]}
    return password, api_keys.issue(None, user.id, wanted, at=utcnow()).secret


def _welcome(password: str, key: str, *, base: str) -> None:
    click.echo(f"""
Welcome. This is shown once; keep it:

  administrator   admin
  password        {password}
  API key         {key}
  log in at       {base}/admin

Paste this when the service is up:

  curl {base}/api/v1/todos \\
    -H "X-API-Key: {key}" \\
    -H "Content-Type: application/json" \\
    -d '{{"title": "Buy milk", "due_date": "2030-01-01"}}'

  curl {base}/api/v1/todos -H "X-API-Key: {key}"
""")


@todo.command("create-user")
@click.argument("name")
@click.option("--role", default=UserRole.MEMBER.value, help="member (default) or admin")
@click.option("--email")
@click.option("--timezone", default="UTC", help="An IANA name, such as Europe/Berlin")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create_user(
    name: str, role: str, email: str | None, timezone: str, password_stdin: bool
) -> None:
    """Add a person, with an Inbox of their own.

    Without --password-stdin they have no password: they use the API by key only.
    """
    body: dict[str, Any] = {"username": name, "role": role, "email": email, "timezone": timezone}
    if password_stdin:
        body["password"] = cli_people.password_from_stdin()
    with unit_of_work():
        accounts.create(body, at=utcnow())
    click.echo(f"Added {name}.")


@todo.command("create-key")
@click.argument("user")
@click.option("--name", required=True, help="What it is for.")
@click.option("--scopes", required=True, help="With commas between, such as todos:read,todos:write")
@click.option(
    "--expires", default="never", help="An instant, or one of 7d, 30d, 90d, 1y; default: never"
)
@click.option(
    "--filter", "row_filter", help="Only the todos that this selects, such as 'tags : ci'."
)
def create_key(user: str, name: str, scopes: str, expires: str, row_filter: str | None) -> None:
    """Make an API key for USER; print it, and nothing else, on standard output."""
    body: dict[str, Any] = {"name": name, "scopes": [s.strip() for s in scopes.split(",")]}
    body["filter"] = row_filter
    is_instant = expires[:4].isdigit()  # it begins with a year
    body["expires_at" if is_instant else "expires_in"] = expires
    with unit_of_work():
        actor = accounts.acting(user)
        if Scope.ADMIN in set(body["scopes"]) - actor.scopes:
            raise click.ClickException(f"{user} is no administrator: see flask todo set-role.")
        made = api_keys.create(actor, body, at=utcnow())
    click.echo(made.secret)


@todo.command()
@click.argument("user", required=False)
def keys(user: str | None) -> None:
    """List the API keys, of USER or of everybody."""
    if user is not None:
        accounts.acting(user)  # somebody who is not there has no list
    for row in key_rows.everyones(user):
        click.echo(
            f"todo_{row.public_id}  {row.username:<20} {_state(row):<28} {row.scopes}  {row.name}"
        )


def _state(row: Any) -> str:
    if row.revoked_at:
        return f"revoked {row.revoked_at:%Y-%m-%d}"
    if row.expires_at:
        word = "expired" if row.expires_at <= utcnow() else "expires"
        return f"{word} {row.expires_at:%Y-%m-%d}"
    return f"used {row.last_used_at:%Y-%m-%d %H:%M}" if row.last_used_at else "never used"


@todo.command("revoke-key")
@click.argument("key")
def revoke_key(key: str) -> None:
    """End KEY, given whole or by its beginning (todo_ and eight characters), at once."""
    with unit_of_work():
        api_keys.end(None, api_keys.by_prefix(key), at=utcnow())
    click.echo("Revoked.")


@todo.command("demo")
def make_demo() -> None:
    """Add four people with lists and todos to look at; if they are there, change nothing."""
    with unit_of_work():
        made = demo.make(at=utcnow())
    if made is None:
        click.echo("The people of the demo are here already; nothing was changed.")
        return
    click.echo(
        f"Added {', '.join(made.people)}: {made.lists} lists beside their Inboxes, "
        f"{made.todos} todos.\nTo look around as one of them, make a key:\n\n"
        f"  .venv/bin/flask todo create-key {made.people[0]} --name demo "
        "--scopes todos:read,todos:write"
    )


@todo.command()
def routes() -> None:
    """List every route with the scope that it demands."""
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        view = current_app.view_functions[rule.endpoint]
        methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        click.echo(f"{methods:<8} {rule.rule:<36} {_demand(view)}")


def _demand(view: Any) -> str:
    declared = getattr(view, "operation", None)
    if declared is None or declared.public:
        return "-"
    return str(declared.scope or "any key")


@todo.command("settings")
@click.option("--env", is_flag=True, help="As a file to start from: .env.example is made with it.")
def settings_reference(env: bool) -> None:
    """Print the reference of the settings: docs/configuration.md is made with it."""
    click.echo(example() if env else documentation(), nl=False)


@todo.command("config")
def config() -> None:
    """Print every setting as it is in force, secrets masked, and where it comes from."""
    for chosen in configuration(current_app.config["SETTINGS"]):
        click.echo(f"{chosen.name}={chosen.value}  # {chosen.origin or 'default'}")
