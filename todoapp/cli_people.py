"""`flask todo …` for accounts: what the operator does when nobody else can, or nobody is let in."""

import sys
from typing import Any

import click
from flask.cli import with_appcontext

from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.services import account_changes, account_endings, accounts, passwords, two_factor_setup
from todoapp.services.preconditions import UNCONDITIONAL


def password_from_stdin() -> str:
    """Return the first line of standard input: an argument would be seen by other users."""
    return sys.stdin.readline().rstrip("\r\n")


@click.command()
@with_appcontext
def users() -> None:
    """List the people."""
    for row in accounts.everybody():
        seen = f"seen {row.last_seen_at:%Y-%m-%d %H:%M}" if row.last_seen_at else "never seen"
        state = seen if row.is_active else "deactivated"
        click.echo(f"{row.username:<39} {row.role:<6} {state:<21} {row.email or ''}".rstrip())


@click.command("set-role")
@click.argument("name")
@click.argument("role")
@with_appcontext
def set_role(name: str, role: str) -> None:
    """Make NAME a member or an admin, as ROLE says."""
    _patch(name, {"role": role})
    click.echo(f"{name} is {role} now.")


@click.command()
@click.argument("name")
@with_appcontext
def deactivate(name: str) -> None:
    """Shut NAME out: every session ends, every key is revoked, at once."""
    _patch(name, {"is_active": False})
    click.echo(f"{name} is shut out.")


@click.command()
@click.argument("name")
@with_appcontext
def activate(name: str) -> None:
    """Let NAME in again; the keys stay revoked."""
    _patch(name, {"is_active": True})
    click.echo(f"{name} is let in again.")


def _patch(name: str, body: dict[str, Any]) -> None:
    with unit_of_work():
        account_changes.patch(None, name, body, UNCONDITIONAL, at=utcnow())


@click.command("delete-user")
@click.argument("name")
@click.option("--lists-to", required=True, help="Who gets the lists, the Inbox included.")
@click.option("--trash", is_flag=True, help="Hand the lists over in the trash.")
@with_appcontext
def delete_user(name: str, lists_to: str, trash: bool) -> None:
    """Delete the account of NAME for good; history keeps the name."""
    query = {"lists_to": lists_to, "lists": "trash" if trash else "keep"}
    with unit_of_work():
        account_endings.delete(None, name, query, UNCONDITIONAL, at=utcnow())
    click.echo(f"Deleted {name}; the lists are {lists_to}'s now.")


@click.command("reset-password")
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_appcontext
def reset_password(name: str, password_stdin: bool) -> None:
    """Give NAME another password, and end every session.

    Without --password-stdin a random one is printed, this once; it must be changed.
    """
    password = password_from_stdin() if password_stdin else passwords.generate()
    with unit_of_work():
        account_changes.reset_password(name, password, must_change=not password_stdin, at=utcnow())
    click.echo("The password is changed." if password_stdin else password)


@click.command("reset-second-factor")
@click.argument("name")
@with_appcontext
def reset_second_factor(name: str) -> None:
    """Turn off the second factor of NAME, who has lost it, and end their sessions."""
    with unit_of_work():
        two_factor_setup.reset(None, name, at=utcnow())
    click.echo(f"{name} logs in with the password alone.")


COMMANDS = (
    users,
    set_role,
    deactivate,
    activate,
    delete_user,
    reset_password,
    reset_second_factor,
)
