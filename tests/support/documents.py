"""Reading the commands in a document, and running them as a reader would."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.serve import BIN, KEY, PATIENCE
from todoapp.settings import ROOT

#: Where the documents say that the service listens.
BASE = "http://127.0.0.1:8000"
_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROMISE = re.compile(r"# (\d{3})$")
_OURS = re.compile(r"\bcurl |flask todo ")
_START = re.compile(r"((?:TODOAPP_\w+=\S+ )*)make run")
#: What differs from one run to the next.
_VOLATILE = re.compile(r"uid|key|prefix|request_id|operation_id|next_page_token|at|.+_at")


@dataclass
class Command:
    """A line to paste, and what the document says about its answer."""

    text: str
    status: int | None = None
    shown: str = ""

    @property
    def setting(self) -> dict[str, str] | None:
        """The settings that it starts the service with; None: it does not start it."""
        match = _START.fullmatch(self.text)
        return match and dict(pair.split("=", 1) for pair in match[1].split())

    @property
    def promised(self) -> str:
        """The first digits of the status that the answer must have."""
        told = re.search(r'^\{"type".*"status": ?(\d{3})', self.shown, re.DOTALL)
        return str(self.status or (told and told[1]) or "2")


@dataclass
class Chapter:
    """What is done on a service from one start to the next."""

    settings: dict[str, str] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)


def chapters(markdown: str) -> list[Chapter]:
    """Return the commands of a document, by the starts of the service in it."""
    found = [Chapter()]
    for command in commands(markdown):
        if command.setting is None:
            found[-1].commands.append(command)
        else:
            found.append(Chapter(command.setting))
    return [chapter for chapter in found if chapter.settings or chapter.commands]


@dataclass
class Outcome:
    """What a command did."""

    command: Command
    exit_code: int
    #: Of every curl in it, in order.
    statuses: list[str]
    output: str
    errors: str

    def complaints(self) -> Iterator[str]:
        """Yield what is not as the document says."""
        if self.exit_code:
            yield f"exit {self.exit_code}: {self.errors}"
        wrong = [s for s in self.statuses if not s.startswith(self.command.promised)]
        if wrong:
            yield f"answered {wrong}, not {self.command.promised}: {self.output}"
        if self.command.shown and not agrees(self.command.shown, self.output):
            yield f"does not answer as shown: {self.output}"


def commands(markdown: str) -> list[Command]:
    """Return the commands of the blocks `sh` and `console`, in order.

    A line `# 412` is about the command below it. In `sh` the answer is the block `json` behind.
    """
    found: list[Command] = []
    for kind, block in _FENCE.findall(markdown):
        if kind == "sh":
            found += _pasted(block)
        elif kind == "console":
            found += _typed(block)
        elif kind == "json":
            found[-1].shown = block
    return [c for c in found if c.setting is not None or _OURS.search(c.text)]


def _pasted(block: str) -> Iterator[Command]:
    status: int | None = None
    text = ""
    for line in block.splitlines():
        if promise := _PROMISE.match(line):
            status = int(promise[1])
            continue
        text += line
        if line.endswith("\\") or text.count("'") % 2:
            text += "\n"
            continue
        yield Command(text, status)
        text, status = "", None


def _typed(block: str) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        text = re.match(r"(?:.*\\\n)*.*", part)
        assert text
        yield Command(text[0], shown=part[text.end() :].strip())


def agrees(shown: str, output: str) -> bool:
    """Tell whether the output is what was shown; members may be left out of objects."""
    if shown.startswith(("{", "[")):
        shown = re.sub(r",\s*…\s*(?=[}\]])|…", "", shown)
        return _within(json.loads(shown), json.loads(output))
    return KEY.sub("KEY", shown) == KEY.sub("KEY", output).strip()


def _within(shown: Any, actual: Any, name: str = "") -> bool:
    if _VOLATILE.fullmatch(name):
        return type(shown) is type(actual)
    if isinstance(shown, dict) and isinstance(actual, dict):
        return all(key in actual and _within(shown[key], actual[key], key) for key in shown)
    if isinstance(shown, list) and isinstance(actual, list):
        return len(shown) == len(actual) and all(map(_within, shown, actual))
    return bool(shown == actual)


@dataclass
class Shell:
    """Runs commands, as in one terminal, against the service that listens on `base`."""

    folder: Path
    env: dict[str, str]
    base: str
    _count: int = field(default=0)

    def run(self, wanted: list[Command]) -> list[Outcome]:
        """Run them one after the other, whatever comes of each."""
        first = self._count
        self._count += len(wanted)
        lines = [_PRELUDE, *(self._line(first + n, c.text) for n, c in enumerate(wanted))]
        subprocess.run(
            ["bash", "-c", "\n".join(lines)],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE * 4,
            check=True,
        )
        return [self._outcome(first + n, command) for n, command in enumerate(wanted)]

    def _line(self, number: int, text: str) -> str:
        text = text.replace(BASE, self.base).replace(".venv/bin/", f"{BIN}/")
        place = self.folder / str(number)
        return f"PLACE={place}\n{{ {text}\n}} >$PLACE.out 2>$PLACE.err; echo $? >$PLACE.code"

    def _outcome(self, number: int, command: Command) -> Outcome:
        def read(kind: str) -> str:
            path = self.folder / f"{number}.{kind}"
            return path.read_text().replace(self.base, BASE) if path.exists() else ""

        statuses = re.findall(r"^HTTP/\S+ (\d{3})", read("head"), re.MULTILINE)
        return Outcome(command, int(read("code")), statuses, read("out"), read("err"))


#: curl as it is, but it notes the headers of the answer.
_PRELUDE = 'curl() { command curl --silent --show-error --dump-header "$PLACE.head" "$@"; }'
