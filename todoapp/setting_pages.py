"""What people read of the settings: those in force, the reference, the file to copy."""

import textwrap
from typing import NamedTuple

from todoapp.setting_sources import PREFIX
from todoapp.settings import Settings, known


class Chosen(NamedTuple):
    """A setting, as it is in force."""

    #: Of its variable.
    name: str
    #: As it would be set, secrets masked.
    value: str
    #: The variable that it was read from; None: it has its default.
    origin: str | None


def configuration(settings: Settings) -> list[Chosen]:
    """Return every setting."""
    return [
        Chosen(
            PREFIX + f.name.upper(),
            f.metadata["show"](getattr(settings, f.name)),
            settings.origins.get(f.name),
        )
        for f in known()
    ]


def documentation() -> str:
    """Return the reference of all settings, as Markdown."""
    lines = [
        "# Configuration",
        "",
        "Every setting is an environment variable. With `_FILE` behind its name it gives the path",
        "of a file to read the value from. A setting that cannot be used, or does not exist, stops",
        "the start with a sentence that says so.",
        "",
        "This page is made by `flask todo settings > docs/configuration.md`.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    for f in known():
        default = f"`{f.metadata['default']}`" if f.metadata["default"] else "-"
        lines.append(f"| `{PREFIX}{f.name.upper()}` | {default} | {f.metadata['doc']} |")
    return "\n".join(lines) + "\n"


def example() -> str:
    """Return every setting as a line of an environment file, with its default, commented out."""
    lines = [
        "# Every setting, with its default. The service reads its environment, not this file: copy",
        "# it to .env, take away the # of what you change, put values with & or a space into '…',",
        "# and start with it:",
        "#",
        "#   set -a; . ./.env; set +a; make run",
        "#",
        "# With _FILE behind its name a setting is read from the file that it names.",
        "# This file is made by `flask todo settings --env > .env.example`.",
        "",
        "# The shell reads it, for Gunicorn as well: Flask need not advise to read it itself.",
        "FLASK_SKIP_DOTENV=1",
    ]
    for f in known():
        told = textwrap.wrap(f.metadata["doc"].replace("`", ""), 97, break_on_hyphens=False)
        setting = f"#{PREFIX}{f.name.upper()}={f.metadata['default']}"
        lines += ["", *(f"# {line}" for line in told), setting]
    return "\n".join(lines) + "\n"
